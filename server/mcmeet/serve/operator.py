"""What the operator does on the server itself, beside the running server."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from mcmeet.app import create_core
from mcmeet.core import lan, logs
from mcmeet.core.config import Config
from mcmeet.core.services import NOWHERE, Core
from mcmeet.features.meetings import OperatorMeeting, create_for_operator
from mcmeet.privacy.network_log.entries import Act, Entry, operator
from mcmeet.privacy.network_log.log import NetworkLog
from mcmeet.serve import run_file
from mcmeet.serve.preparing import prepare


def create_meeting(data: Path, topic: str) -> OperatorMeeting:
    """The operator's meeting; works beside a running server. Raises ConfigError, SecretsError, NotReady."""
    logs.configure()
    prepared = prepare(data)
    core = create_core(prepared.config, prepared.secrets)
    try:
        return asyncio.run(_create_meeting(core, topic))
    finally:
        core.db.close()


async def _create_meeting(core: Core, topic: str) -> OperatorMeeting:
    async with core.the(NetworkLog) as network_log:
        made = await create_for_operator(core, topic, base=_running_url(core.config))
        who = operator(os.getuid())
        network_log.record(Entry(Act.ADMIN_CREATE_MEETING, core.clock.now(), who, NOWHERE, made.run))
        return made


def _running_url(config: Config) -> str:
    if config.server.public_url:
        return config.server.public_url
    configured = f"http://{lan.in_url(config.server.host)}:{config.server.port}"
    return run_file.url(config.data) or configured
