"""Forgets what opened a seat, once it opens nothing and tells nobody anything."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from mcmeet.core.services import Core
from mcmeet.live import store

CREDENTIALS_TELL: Final = timedelta(hours=24)
"""For so long after a removal or the end, who was offline learns from their credential what happened."""


async def purge(core: Core) -> None:
    now = core.clock.now()
    before = now - CREDENTIALS_TELL
    if await core.db.read(lambda tx: store.has_old_credentials(tx, now, before)):
        await core.db.write_batches(lambda tx: store.forget_old_credentials(tx, now, before))
