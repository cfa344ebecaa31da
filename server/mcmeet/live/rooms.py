"""All running meetings of this node. `tell` is the only way in from HTTP, jobs and engines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from mcmeet.core import logs
from mcmeet.core.db import LIVE_DEADLINE_S
from mcmeet.core.errors import NotSaved
from mcmeet.core.services import Core
from mcmeet.live import store
from mcmeet.live.arrivals import Arrival
from mcmeet.live.errors import RunEnded
from mcmeet.live.feature import LiveFactory
from mcmeet.live.room import Lost, Room, Said, Told
from mcmeet.live.seats import Close, StoredSeat
from mcmeet.live.store import Run

STOP_WITHIN_S: Final = 1.0
TRY_AGAIN_EVERY_S: Final = 60.0

log = logs.get("live.rooms")


class Rooms:
    def __init__(self, core: Core, factories: Sequence[LiveFactory]) -> None:
        self._core = core
        self._factories = tuple(factories)
        self._rooms: dict[UUID, Room] = {}
        self._by_media_room: dict[str, Room] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._opening: dict[UUID, asyncio.Task[Room]] = {}
        """Whoever comes while a room opens waits for the same one, and fails with it."""
        self._not_restored: set[UUID] = set()
        self._closing = False

    async def restore(self) -> None:
        """At start: meetings whose people were there when the server stopped go on, or end in time."""
        runs = await self._core.db.read(store.runs_left_open)
        await asyncio.gather(*(self._restore(run) for run in runs))

    async def restore_forever(self) -> None:
        """What failed at start is tried again, though nobody comes: a meeting without a task does not end."""
        while True:
            await self._core.clock.sleep(TRY_AGAIN_EVERY_S)
            await asyncio.gather(*(self._restore(run) for run in tuple(self._not_restored)))

    async def open(self, run: UUID) -> Room:
        """The room of this run, opened if it is not. Raises RunEnded, or NotSaved when the server stops."""
        self._require_going_on()
        room = self._rooms.get(run)
        if room is not None:
            return room
        opening = self._opening.get(run)
        if opening is None:
            opening = self._opening[run] = asyncio.create_task(self._open(run))
            opening.add_done_callback(lambda done: self._opened(run, done))
        return await asyncio.shield(opening)

    async def arrive(self, run: UUID, arrival: Arrival) -> None:
        """Raises RunEnded, NotSaved."""
        (await self.open(run)).receive(arrival)

    def say(self, run: UUID, said: Said) -> None:
        room = self._rooms.get(run)
        if room is None:
            said.link.close(Close.RESUME)
        else:
            room.receive(said)

    def lost(self, run: UUID, lost: Lost) -> None:
        room = self._rooms.get(run)
        if room is not None:
            room.receive(lost)

    async def tell(self, run: UUID, message: Any) -> None:
        """Returns once the room has handled `message`.

        Raises what its handlers raise, RunEnded, or NotSaved when the room stopped before it got there, or
        did not get there in time.
        """
        room = await self.open(run)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        told = Told(message, done)
        room.receive(told)
        waiting = asyncio.create_task(self._give_up_in_time(told))
        try:
            await done
        finally:
            waiting.cancel()

    def post(self, media_room: str, message: Any) -> None:
        """From the media engine: for a room that is open, without waiting."""
        room = self._by_media_room.get(media_room)
        if room is not None:
            room.receive(Told(message, None))

    def open_rooms(self) -> list[Room]:
        return list(self._rooms.values())

    def is_connected(self, run: UUID, seat: int) -> bool:
        room = self._rooms.get(run)
        return room is not None and room.is_connected(seat)

    def present(self, run: UUID) -> int:
        room = self._rooms.get(run)
        return 0 if room is None else sum(occupant.present for occupant in room.roster)

    async def close(self) -> None:
        """The server stops: everybody is told to come back, and no room opens any more."""
        self._closing = True
        tasks = list(self._tasks.values())
        for room in self.open_rooms():
            room.stop()
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_WITHIN_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _give_up_in_time(self, told: Told) -> None:
        await self._core.clock.sleep(LIVE_DEADLINE_S)
        told.give_up()

    def _require_going_on(self) -> None:
        """Raises NotSaved."""
        if self._closing:
            raise NotSaved

    async def _restore(self, run: UUID) -> None:
        """One that fails stays as it is and is tried again each minute; the others go on."""
        self._not_restored.add(run)
        try:
            await self.open(run)
        except RunEnded:
            pass
        except Exception as error:
            log.exception("not restored", error=type(error).__name__)
            return
        self._not_restored.discard(run)

    async def _open(self, run_id: UUID) -> Room:
        def take(session: Session) -> tuple[Run, list[StoredSeat]] | None:
            run = store.take_lease(session, run_id)
            return None if run is None else (run, store.seats_of_run(session, run_id))

        taken = await self._core.db.write(take)
        self._require_going_on()
        if taken is None:
            raise RunEnded
        run, seats = taken
        room = Room(self._core, run, self._factories, self._forget)
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rooms[run_id] = self._by_media_room[run.media_room] = room
        self._tasks[run_id] = asyncio.create_task(room.run_forever(seats, opened))
        await opened
        return room

    def _opened(self, run: UUID, opening: asyncio.Task[Room]) -> None:
        del self._opening[run]
        if not opening.cancelled():
            opening.exception()  # is not lost when whoever asked for the room has gone

    def _forget(self, room: Room) -> None:
        if self._rooms.get(room.run.id) is room:
            del self._rooms[room.run.id]
            self._by_media_room.pop(room.run.media_room, None)
            self._tasks.pop(room.run.id, None)
