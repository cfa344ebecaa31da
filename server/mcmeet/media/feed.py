"""The queue between an engine and the one reader of its events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from mcmeet.media.port import MediaEvent


class EventFeed:
    """Keeps order and loses nothing; `end` lets the reader finish what is queued, then stop."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[MediaEvent | None] = asyncio.Queue()

    def emit(self, event: MediaEvent) -> None:
        self._queue.put_nowait(event)

    def end(self) -> None:
        self._queue.put_nowait(None)

    async def read(self) -> AsyncIterator[MediaEvent]:
        while (event := await self._queue.get()) is not None:
            yield event
