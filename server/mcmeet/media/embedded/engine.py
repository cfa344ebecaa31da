"""The `MediaEngine` over `mcmeet_sfu`: rooms, admissions, and the media threads' events."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from mcmeet.core import logs
from mcmeet.core.clock import Clock, SystemClock
from mcmeet.core.errors import TooManyRequests
from mcmeet.media.embedded import messages, tokens
from mcmeet.media.embedded.participant import Connection, Participant
from mcmeet.media.embedded.room import Room
from mcmeet.media.embedded.tokens import Grant, TokenKey, TokenRejected
from mcmeet.media.feed import EventFeed
from mcmeet.media.port import (
    Admission,
    GoneReason,
    MediaEngine,
    MediaError,
    MediaEvent,
    Rights,
    RoomNotOpen,
    SeatState,
    TapNotAvailable,
)

if TYPE_CHECKING:
    from mcmeet_sfu import Engine, Event, Stats

log = logs.get("media")

TOKEN_LIFETIME: Final = timedelta(minutes=10)
TOKEN_REFRESH_SECONDS: Final = 240
"""A connected client always holds a token that is good for another few minutes."""
LOST_GRACE_SECONDS: Final = 15
"""A lost /rtc socket without `leave`: media flows on and the client may come back under the same identity."""
FAILED_GRACE_SECONDS: Final = 1
"""The same, once the media path is gone too: nothing flows that could be kept."""
FAREWELL_SECONDS: Final = 1
"""How long a stopping server waits for its clients to be told so."""

UNKNOWN_ROOM: Final = "requested room does not exist"
"""LiveKit's words; clients compare them."""
BROKEN: Final = "a media thread has ended by itself: this process ends and must be started again"
STOPPING: Final = "the server stops"
TOO_OFTEN: Final = "too many connections and tracks in a short time: wait a little, then try again"


class EntryRefused(MediaError):
    """A token that does not open the room; `text` is shown to the client."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class EngineFailed(MediaError):
    """A media thread has ended by itself: what was asked of it will never be in force."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A participant in its room, as the signalling socket holds it."""

    room: Room
    participant: Participant


class EmbeddedEngine(MediaEngine):
    """Use it as an async context manager in the loop that serves `/rtc`; it closes `sfu` at the end.

    `url` is what `admit` tells clients and may be set later. With `auto_create` a valid token alone makes
    and enters a room, names of tracks reach the others, and a source may send several; else only what `open`
    and `admit` let in comes in, with the rights given there, and each source sends one track, the newest.
    `on_broken` hears, once, why the process has to end.
    """

    def __init__(
        self,
        sfu: Engine,
        key: TokenKey,
        url: str = "",
        *,
        clock: Clock | None = None,
        auto_create: bool = False,
    ) -> None:
        self.url = url
        self.healthy = True
        self.on_broken: Callable[[str], None] = lambda why: None
        self.clock = clock or SystemClock()
        self._sfu = sfu
        self._key = key
        self._auto_create = auto_create
        self._feed = EventFeed()
        self._rooms: dict[str, Room] = {}
        self._by_router: dict[int, Room] = {}
        self._entries: dict[int, Entry] = {}
        self._barriers: dict[int, asyncio.Future[None]] = {}
        self._barrier_numbers = itertools.count(1)
        self._refresher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        asyncio.get_running_loop().add_reader(self._sfu.fileno(), self._drain)
        self._refresher = asyncio.create_task(self._refresh_tokens())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Tells every client that the server stops. Idempotent; the context's end calls it too."""
        if self._refresher is None:
            return
        self._refresher.cancel()
        self._refresher = None
        told = [
            asyncio.ensure_future(participant.connection.wait_closed())
            for room in self._rooms.values()
            for participant in room.participants.values()
            if participant.connection is not None
        ]
        for room in tuple(self._rooms.values()):
            self._close(room, GoneReason.SHUTDOWN)
        if told:
            _, slow = await asyncio.wait(told, timeout=FAREWELL_SECONDS)
            for waiting_for in slow:
                waiting_for.cancel()
        asyncio.get_running_loop().remove_reader(self._sfu.fileno())
        self._sfu.close()
        for waiting in self._barriers.values():
            if not waiting.done():
                waiting.set_result(None)
        self._feed.end()

    # The port.

    async def open(self, room: str) -> None:
        self._open(room)

    async def close(self, room: str, reason: GoneReason) -> None:
        if room in self._rooms:
            self._close(self._rooms[room], reason)

    async def admit(self, room: str, seat: str, rights: Rights, hidden: bool = False) -> Admission:
        if room not in self._rooms:
            raise RoomNotOpen(room)
        grant = Grant(room, seat, rights, hidden)
        await self._grant(grant)
        token, expires_at = tokens.issue(self._key, grant, self.clock.now(), TOKEN_LIFETIME)
        return Admission(self.url, token, expires_at, self._sfu.port)

    async def set_rights(self, room: str, seat: str, rights: Rights) -> None:
        admitted = self._rooms[room].admitted if room in self._rooms else {}
        if seat in admitted:
            await self._grant(Grant(room, seat, rights, admitted[seat].hidden))

    async def remove(self, room: str, seat: str, reason: GoneReason) -> None:
        held = self._rooms.get(room)
        if held is None:
            return
        held.admitted.pop(seat, None)
        if seat in held.participants:
            held.leave(held.participants[seat], reason)
        await self._in_force()  # also of a removal whose caller did not wait for it

    async def tap(self, room: str, seats: frozenset[str]) -> None:
        raise TapNotAvailable(room)

    async def list(self, room: str) -> tuple[SeatState, ...]:
        if room not in self._rooms:
            raise RoomNotOpen(room)
        held = self._rooms[room]
        return tuple(
            held.participants[seat].state()
            if seat in held.participants
            else SeatState(seat, grant.rights, grant.hidden, connected=False, tracks=())
            for seat, grant in held.admitted.items()
        )

    def events(self) -> AsyncIterator[MediaEvent]:
        return self._feed.read()

    # The signalling socket.

    def check(self, token: str) -> Grant:
        """What the token's bearer may do now. Raises EntryRefused."""
        grant = self._granted(token)
        if grant.room in self._rooms:
            try:
                self._rooms[grant.room].require_rate(grant.identity)
            except TooManyRequests as error:
                raise EntryRefused(HTTPStatus.TOO_MANY_REQUESTS, TOO_OFTEN) from error
        return grant

    def _granted(self, token: str) -> Grant:
        """Raises EntryRefused."""
        if not self.healthy or self._refresher is None:
            text = STOPPING if self.healthy else BROKEN
            raise EntryRefused(HTTPStatus.SERVICE_UNAVAILABLE, text)
        try:
            grant = tokens.verify(token, self._key, self.clock.now())
        except TokenRejected as error:
            raise EntryRefused(HTTPStatus.UNAUTHORIZED, str(error)) from error
        if self._auto_create:
            return grant
        if grant.room not in self._rooms:
            raise EntryRefused(HTTPStatus.NOT_FOUND, UNKNOWN_ROOM)
        if grant.identity not in self._rooms[grant.room].admitted:
            raise EntryRefused(HTTPStatus.FORBIDDEN, "this seat is not admitted")
        return self._rooms[grant.room].admitted[grant.identity]

    def enter(
        self,
        grant: Grant,
        connection: Connection,
        *,
        auto_subscribe: bool,
        fast_publish: bool,
        sync_streams: bool,
    ) -> Entry:
        """`grant` comes from `check` in the same step of the loop."""
        room = self._open(grant.room) if self._auto_create else self._rooms[grant.room]
        if self._auto_create:
            room.admitted[grant.identity] = grant
        participant = Participant(
            self._sfu,
            room.router,
            grant,
            connection,
            auto_subscribe=auto_subscribe,
            sync_streams=sync_streams,
            is_standalone=self._auto_create,
            now=self.clock.now(),
        )
        entry = Entry(room, participant)
        self._entries.update((transport, entry) for transport in participant.transports)
        room.join(participant, fast_publish=fast_publish)
        return entry

    def set_lost(self, entry: Entry) -> None:
        """The socket is gone. After a `leave`, nothing is left to do."""
        if entry.participant.publisher.transport not in self._entries:
            return
        entry.participant.connection = None
        self._start_grace(entry, LOST_GRACE_SECONDS, GoneReason.LOST)

    def take_stream(self, descriptor: int) -> None:
        """A TCP connection that begins with media; the descriptor stays the caller's."""
        self._sfu.take_stream(descriptor)

    def stats(self) -> Stats:
        return self._sfu.stats()

    # Inside.

    def _open(self, name: str) -> Room:
        if name not in self._rooms:
            room = Room(self._sfu, name, self._feed.emit, self._set_left, self.clock)
            self._rooms[name] = self._by_router[room.router] = room
        return self._rooms[name]

    def _close(self, room: Room, reason: GoneReason) -> None:
        room.close(reason)
        del self._rooms[room.name], self._by_router[room.router]

    def _set_left(self, room: Room, participant: Participant) -> None:
        for transport in participant.transports:
            self._entries.pop(transport, None)
        if self._auto_create:
            # Later, because whoever is replaced leaves just before the newcomer is in.
            asyncio.get_running_loop().call_soon(self._forget, room, participant.identity)

    def _forget(self, room: Room, identity: str) -> None:
        if identity not in room.participants:
            room.admitted.pop(identity, None)
        if not room.participants and self._rooms.get(room.name) is room:
            self._close(room, GoneReason.ROOM_CLOSED)

    async def _grant(self, grant: Grant) -> None:
        """Returns once packets obey. Rights that were set before may not be in force yet: it waits again."""
        room = self._rooms[grant.room]
        room.admitted[grant.identity] = grant
        participant = room.participants.get(grant.identity)
        if participant is not None:
            room.set_rights(participant, grant.rights, grant.hidden)
            await self._in_force()

    async def _in_force(self) -> None:
        """Returns when the media threads have carried out everything that was asked of them.

        Raises EngineFailed when they cannot.
        """
        number = next(self._barrier_numbers)
        try:
            self._sfu.barrier(number)
        except RuntimeError as error:
            raise EngineFailed(str(error)) from error
        self._barriers[number] = asyncio.get_running_loop().create_future()
        await self._barriers[number]

    def _drain(self) -> None:
        """Each event in a step of its own, so that one that fails takes no other with it."""
        for event in self._sfu.drain():
            asyncio.get_running_loop().call_soon(self._take, event)

    def _take(self, event: Event) -> None:
        match event:
            case ("connected", transport) if transport in self._entries:
                entry = self._entries[transport]
                entry.room.set_connected(entry.participant)
            case ("failed", transport, _) if transport in self._entries:
                self._set_failed(self._entries[transport])
            case ("levels", router, levels) if router in self._by_router:
                self._by_router[router].speak(levels)
            case ("data", transport, reliable, payload) if transport in self._entries:
                entry = self._entries[transport]
                entry.room.relay(entry.participant, payload, reliable=reliable)
            case ("barrier", number):
                waiting = self._barriers.pop(number, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(None)
            case ("worker_failed", _):
                self._set_broken()
            case _:
                pass  # of what was closed in the meantime

    def _set_broken(self) -> None:
        """Nobody comes in any more, and whoever runs this engine ends the process in order.

        Rooms of other media threads end with it. Barriers span all threads, so that no right could be
        withdrawn in any room; and what a panic left behind is not worth a second thread. A process that is
        started again has everybody back within seconds; one that stays lets people wait for pictures.
        """
        if not self.healthy:
            return
        self.healthy = False
        log.error("a media thread has ended")
        for waiting in self._barriers.values():
            if not waiting.done():
                waiting.set_exception(EngineFailed(BROKEN))
        self._barriers.clear()
        self.on_broken(BROKEN)

    def _set_failed(self, entry: Entry) -> None:
        """A client that still listens is told to start over; one without a socket may be on its way back."""
        if entry.participant.connection is None:
            self._start_grace(entry, FAILED_GRACE_SECONDS, GoneReason.LOST)
        else:
            entry.room.leave(entry.participant, GoneReason.FAILED)

    def _start_grace(self, entry: Entry, seconds: float, reason: GoneReason) -> None:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + seconds
        running = entry.participant.grace
        if running is not None:
            ends_at = min(ends_at, running.when())
            running.cancel()
        entry.participant.grace = loop.call_at(ends_at, entry.room.leave, entry.participant, reason)

    async def _refresh_tokens(self) -> None:
        """SDKs that start over by themselves use the last token they were given."""
        while True:
            await self.clock.sleep(TOKEN_REFRESH_SECONDS)
            for room in self._rooms.values():
                for seat, participant in room.participants.items():
                    if seat in room.admitted:
                        grant = room.admitted[seat]
                        token, _ = tokens.issue(self._key, grant, self.clock.now(), TOKEN_LIFETIME)
                        participant.send(messages.refreshed(token))
