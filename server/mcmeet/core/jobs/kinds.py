"""Durable jobs: how a kind of them is declared, and how one is promised.

A job is a row in the transaction of whoever wants the work done: it exists exactly if that transaction
committed. It is tried at least once and has effect once, if its handler leaves all writing to what it
returns: that runs in the transaction that finishes the job. A handler that writes by itself, in steps,
must bear being run again from the start.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from mcmeet.core import auth, logs
from mcmeet.core.auth import Action
from mcmeet.core.clock import Clock
from mcmeet.core.db import after_commit
from mcmeet.core.declare import PD, Basis, Keep, Purpose
from mcmeet.core.ids import Platform, Tenant, new_id
from mcmeet.core.jobs import store
from mcmeet.core.jobs.store import NewJob

if TYPE_CHECKING:
    from mcmeet.core.feature import Feature
    from mcmeet.core.services import Core

ATTEMPTS_MOST: Final = 10
WITHIN: Final = timedelta(minutes=10)
DONE_KEPT: Final = timedelta(days=1)
DEAD_KEPT: Final = timedelta(days=30)
UNKNOWN_WAITS: Final = timedelta(days=1)
"""For a node that knows the kind: during an upgrade node by node, or after a mistaken switch."""
SCHEDULED: Final = "scheduled"
"""The key of a job that a schedule made: none is added while the last one runs."""
CARRIED_AS: Final = "jobs"

log = logs.get("jobs")


class Arguments(BaseModel):
    """What a job is told. Each field is declared: the row outlives the transaction it came from.

    A field may be added with a default; jobs that wait were written by the version before.
    """

    model_config = ConfigDict(frozen=True)

    tenant: Annotated[
        Tenant,
        PD(
            cat="user.unique_id",
            clause=("1.6",),
            purpose=Purpose.SERVICE_OPERATION,
            basis=Basis.CONTRACT,
            subject=("tenant",),
            keep=Keep.JOB,
        ),
    ] = Field(exclude=True)


A = TypeVar("A", bound=Arguments)
Write = Callable[[Session], None]


@dataclass(frozen=True, slots=True)
class Run(Generic[A]):
    """One try of a job. `id` is the same in each: what goes out of the house can be marked with it."""

    id: UUID
    attempt: int
    actor: auth.Job
    arguments: A


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind(Generic[A]):
    """An entry point like a route or a live command; its name is its action's.

    `run` returns what is written when the job is finished, or None. `every`: it comes by itself, for
    the installation, so its arguments are the tenant alone. `within`: a try that takes longer has failed,
    or a few that hang would keep all others from their turn.
    """

    action: Action
    arguments: type[A]
    run: Callable[[Core, Run[A]], Awaitable[Write | None]]
    every: timedelta | None = None
    within: timedelta = WITHIN
    attempts_most: int = ATTEMPTS_MOST

    @property
    def name(self) -> str:
        return self.action.name


class UndeclaredJob(LookupError):
    """The code promises work, or tells of something, that no feature declares."""


class Jobs:
    """The declared kinds of this server, carried by each of its transactions."""

    def __init__(self, clock: Clock, features: Iterable[Feature]) -> None:
        """Raises ValueError when a declaration is wrong."""
        self.clock = clock
        self.kinds: dict[str, JobKind[Any]] = {}
        self.listeners: dict[type[Arguments], list[JobKind[Any]]] = {}
        self.wake: Callable[[], None] | None = None
        """What the worker of this process wants to be told, in any thread."""
        for feature in features:
            for kind in (*feature.jobs, *feature.on):
                self._declare(feature, kind)
            for event in feature.events:
                self.listeners.setdefault(event, [])
            for kind in feature.on:
                self.listeners.setdefault(kind.arguments, []).append(kind)

    def _declare(self, feature: Feature, kind: JobKind[Any]) -> None:
        if kind.name in self.kinds:
            raise ValueError(f"two kinds of jobs are called {kind.name}")
        if kind.action not in feature.actions:
            raise ValueError(f"{feature.name} does not list the action {kind.name} of its job")
        if auth.Job not in kind.action.actors:
            raise ValueError(f"no job may ever do {kind.name}")
        if kind.every is not None:
            kind.arguments(tenant=Platform())
        self.kinds[kind.name] = kind

    @property
    def scheduled(self) -> Mapping[str, timedelta]:
        return {name: kind.every for name, kind in self.kinds.items() if kind.every is not None}


def jobs_of(tx: Session) -> Jobs:
    jobs: Jobs = tx.info[CARRIED_AS]
    return jobs


def enqueue(
    tx: Session, kind: JobKind[A], arguments: A, *, run_at: datetime | None = None, key: str | None = None
) -> None:
    """Promises a job, if the transaction commits. Raises UndeclaredJob.

    `key` names the work: while a job of this kind with the same tenant and key is unfinished, running
    ones included, no other is added. Work that has to see this very change has the change in its key.
    """
    jobs = jobs_of(tx)
    if jobs.kinds.get(kind.name) is not kind:
        raise UndeclaredJob(kind.name)
    now = jobs.clock.now()
    job = NewJob(
        id=new_id(now),
        kind=kind.name,
        tenant=arguments.tenant,
        args=arguments.model_dump_json(),
        run_at=run_at or now,
        attempts_most=kind.attempts_most,
        key=key,
    )
    store.add(tx, job)
    if jobs.wake is not None:
        after_commit(tx, jobs.wake)


async def purge(core: Core) -> None:
    """What is done, or dead for so long that nobody will look at it: arguments are about people too."""
    now, kinds = core.clock.now(), core.jobs.kinds.keys()
    done, dead = now - DONE_KEPT, now - DEAD_KEPT
    if await core.db.read(lambda tx: store.has_unknown(tx, kinds, now - UNKNOWN_WAITS)):
        log.error("jobs are dead", error=store.UNKNOWN_KIND)
        bury = partial(store.bury_unknown, kinds=kinds, due_before=now - UNKNOWN_WAITS, now=now)
        await core.db.write_batches(bury)
    if await core.db.read(lambda tx: store.has_old(tx, done, dead)):
        await core.db.write_batches(partial(store.forget_old, done_before=done, dead_before=dead))
