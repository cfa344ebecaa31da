"""What the operator does on the server itself, beside the running server.

Each act is a line of the network log (R-privacy C4). Raises ConfigError, SecretsError, NotReady.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from mcmeet.app import create_core
from mcmeet.core import jobs, lan, logs
from mcmeet.core.config import Config
from mcmeet.core.db import Lane
from mcmeet.core.endpoints import NOWHERE
from mcmeet.core.services import Core
from mcmeet.features.meetings import OperatorMeeting, create_for_operator
from mcmeet.privacy.network_log import reading
from mcmeet.privacy.network_log.chain import Fault
from mcmeet.privacy.network_log.entries import Act, Entry, operator
from mcmeet.privacy.network_log.log import NetworkLog
from mcmeet.privacy.network_log.reading import Span
from mcmeet.serve import run_file
from mcmeet.serve.preparing import prepare

T = TypeVar("T")


def create_meeting(data: Path, topic: str) -> OperatorMeeting:
    async def create(core: Core) -> OperatorMeeting:
        made = await create_for_operator(core, topic, base=_running_url(core.config))
        _record(core, Act.ADMIN_CREATE_MEETING, made.run)
        return made

    return _at(data, create)


def dead_jobs(data: Path, kinds: Collection[str] = (), ids: Collection[UUID] = ()) -> list[jobs.DeadJob]:
    """Of these kinds and ids; without either, all."""

    async def look(core: Core) -> list[jobs.DeadJob]:
        return await core.db.read(lambda tx: jobs.dead_jobs(tx, kinds, ids))

    return _at(data, look)


def retry_jobs(data: Path, chosen: Collection[jobs.DeadJob]) -> int:
    """How many are to be tried again; a worker of the running server takes them up by itself."""

    async def retry(core: Core) -> int:
        now = core.clock.now()
        return await _each(core, chosen, Act.ADMIN_RETRY_JOBS, lambda tx, job: jobs.revive_dead(tx, job, now))

    return _at(data, retry)


def forget_jobs(data: Path, chosen: Collection[jobs.DeadJob]) -> int:
    """How many are gone, with what they were told."""

    async def forget(core: Core) -> int:
        return await _each(core, chosen, Act.ADMIN_FORGET_JOBS, jobs.forget_dead)

    return _at(data, forget)


def read_log(
    data: Path, reason: str, span: Span, *, unmask: bool = False
) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Lines, and what is not as it was written in their weeks. Raises NameInvalid, NotLogged."""

    async def reading_it(core: Core) -> tuple[list[dict[str, Any]], list[Fault]]:
        lines = await reading.read(core, operator(os.getuid()), reason, span, unmask=unmask)
        return lines, await reading.verify(core, span=span)

    return _at(data, reading_it)


def verify_log(data: Path, copy: Path | None = None) -> list[Fault]:
    """What is not as it was written, all weeks; `copy`: checkpoints that were taken elsewhere."""

    async def verify(core: Core) -> list[Fault]:
        return await reading.verify(core, copy)

    return _at(data, verify)


async def _each(
    core: Core, chosen: Collection[jobs.DeadJob], act: Act, change: Callable[[Session, UUID], bool]
) -> int:
    """One short transaction after the other: meetings write in between."""
    changed = 0
    for job in chosen:
        changed += await core.db.write(partial(_change, change, job.id), lane=Lane.BATCH)
    if changed:
        _record(core, act)
    return changed


def _change(change: Callable[[Session, UUID], bool], job: UUID, tx: Session) -> bool:
    return change(tx, job)


def _at(data: Path, act: Callable[[Core], Coroutine[None, None, T]]) -> T:
    logs.configure()
    prepared = prepare(data)
    core = create_core(prepared.config, prepared.secrets)

    async def acting() -> T:
        async with core.the(NetworkLog):
            return await act(core)

    try:
        return asyncio.run(acting())
    finally:
        core.db.close()


def _record(core: Core, act: Act, target: UUID | None = None) -> None:
    who = operator(os.getuid())
    core.the(NetworkLog).record(Entry(act, core.clock.now(), who, NOWHERE, target))


def _running_url(config: Config) -> str:
    if config.server.public_url:
        return config.server.public_url
    configured = f"http://{lan.in_url(config.server.host)}:{config.server.port}"
    return run_file.url(config.data) or configured
