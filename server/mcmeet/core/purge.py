"""Forgets what may be kept for minutes only, whoever comes along: at the start, then each minute."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from mcmeet.core import jobs, logs
from mcmeet.core.services import Core

EVERY_S: Final = 60.0

log = logs.get("purge")


async def purge(core: Core) -> None:
    """What fails is logged and tried again a minute later; the others are not held up."""
    await _guarded(core.sms.forget_old())
    await _guarded(jobs.purge(core))
    for feature in core.features:
        if feature.purge is not None:
            await _guarded(feature.purge(core))


async def _guarded(forgetting: Awaitable[None]) -> None:
    try:
        await forgetting
    except Exception as error:
        log.exception("not purged", error=type(error).__name__)


async def purge_forever(core: Core) -> None:
    """Minutes count from the start of a purge: what falls due while it runs waits for the next, no longer."""
    due = core.clock.monotonic() + EVERY_S
    while True:
        await core.clock.sleep(max(0.0, due - core.clock.monotonic()))
        due = core.clock.monotonic() + EVERY_S
        await purge(core)
