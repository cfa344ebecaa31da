"""A media engine in memory, with the rules of the real ones and no packets: for tests of everything above it.

`connect`, `publish`, `mute`, `unpublish`, `disconnect`, `fail` and `speak` play the client of a seat.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from mcmeet.core.clock import Clock, SystemClock
from mcmeet.media.feed import EventFeed
from mcmeet.media.port import (
    Admission,
    GoneReason,
    MediaEngine,
    MediaError,
    MediaEvent,
    Rights,
    RoomNotOpen,
    SeatConnected,
    SeatGone,
    SeatState,
    Source,
    SpeakersChanged,
    TapNotAvailable,
    TrackEnded,
    TrackMuted,
    TrackPublished,
    TrackState,
)

URL: Final = "ws://media.invalid"
PORT: Final = 7881
"""Not that of any URL in a test: what names the media port must have been told it."""
TOKEN_LIFETIME: Final = timedelta(minutes=10)


class Refused(MediaError):
    """What a client hears: its token is worth nothing, or it lacks the right."""


@dataclass(slots=True)
class _Seat:
    rights: Rights
    hidden: bool
    tokens: dict[str, datetime] = field(default_factory=dict)
    connected: bool = False
    tracks: dict[str, TrackState] = field(default_factory=dict)


class FakeEngine(MediaEngine):
    def __init__(self, clock: Clock | None = None) -> None:
        self.healthy = True
        self._clock = clock or SystemClock()
        self._feed = EventFeed()
        self._rooms: dict[str, dict[str, _Seat]] = {}
        self._track_numbers = itertools.count(1)
        self._stopped = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Idempotent; the context's end calls it too."""
        for room in tuple(self._rooms):
            await self.close(room, GoneReason.SHUTDOWN)
        if not self._stopped:
            self._feed.end()
        self._stopped = True

    # The port.

    async def open(self, room: str) -> None:
        self._rooms.setdefault(room, {})

    async def close(self, room: str, reason: GoneReason) -> None:
        for name in tuple(self._rooms.get(room, {})):
            self._end(room, name, reason)
        self._rooms.pop(room, None)

    async def admit(self, room: str, seat: str, rights: Rights, hidden: bool = False) -> Admission:
        if room not in self._rooms:
            raise RoomNotOpen(room)
        held = self._rooms[room].setdefault(seat, _Seat(rights, hidden))
        held.hidden = hidden
        await self.set_rights(room, seat, rights)
        token, expires_at = secrets.token_urlsafe(), self._clock.now() + TOKEN_LIFETIME
        held.tokens[token] = expires_at
        return Admission(URL, token, expires_at, PORT)

    async def set_rights(self, room: str, seat: str, rights: Rights) -> None:
        held = self._rooms.get(room, {}).get(seat)
        if held is None:
            return
        held.rights = rights
        for track in tuple(held.tracks.values()):
            if track.source not in rights.publish:
                self.unpublish(room, seat, track.track)

    async def remove(self, room: str, seat: str, reason: GoneReason) -> None:
        if seat in self._rooms.get(room, {}):
            self._end(room, seat, reason)
            del self._rooms[room][seat]

    async def tap(self, room: str, seats: frozenset[str]) -> None:
        raise TapNotAvailable(room)

    async def list(self, room: str) -> tuple[SeatState, ...]:
        if room not in self._rooms:
            raise RoomNotOpen(room)
        return tuple(
            SeatState(name, seat.rights, seat.hidden, seat.connected, tuple(seat.tracks.values()))
            for name, seat in self._rooms[room].items()
        )

    def events(self) -> AsyncIterator[MediaEvent]:
        return self._feed.read()

    # The client of a seat.

    def connect(self, token: str) -> None:
        """A second connection of the same seat replaces the first. Raises Refused."""
        for room, seats in self._rooms.items():
            for name, seat in seats.items():
                if seat.tokens.get(token, self._clock.now()) > self._clock.now():
                    self._end(room, name, GoneReason.REPLACED)
                    seat.connected = True
                    self._feed.emit(SeatConnected(room, name))
                    return
        raise Refused("the token is not valid here")

    def publish(self, room: str, seat: str, source: Source, *, muted: bool = False) -> str:
        """Returns the track's id. Raises Refused without the right, or when hidden or not connected."""
        held = self._rooms[room][seat]
        if not held.connected or held.hidden or source not in held.rights.publish:
            raise Refused(f"{seat} may not publish {source}")
        track = TrackState(f"TR_{next(self._track_numbers)}", source, muted)
        held.tracks[track.track] = track
        self._feed.emit(TrackPublished(room, seat, track.track, source, muted))
        return track.track

    def mute(self, room: str, seat: str, track: str, muted: bool) -> None:
        held = self._rooms[room][seat]
        before = held.tracks[track]
        if before.muted == muted:
            return
        held.tracks[track] = TrackState(track, before.source, muted)
        self._feed.emit(TrackMuted(room, seat, track, muted))

    def unpublish(self, room: str, seat: str, track: str) -> None:
        del self._rooms[room][seat].tracks[track]
        self._feed.emit(TrackEnded(room, seat, track))

    def disconnect(self, room: str, seat: str) -> None:
        self._end(room, seat, GoneReason.LEFT)

    def fail(self, room: str, seat: str) -> None:
        """The seat's media path breaks for good."""
        self._end(room, seat, GoneReason.FAILED)

    def speak(self, room: str, levels: Mapping[str, float]) -> None:
        loudest_first = sorted(levels.items(), key=lambda speaker: -speaker[1])
        self._feed.emit(SpeakersChanged(room, tuple(loudest_first)))

    def _end(self, room: str, seat: str, reason: GoneReason) -> None:
        held = self._rooms[room][seat]
        if not held.connected:
            return
        for track in tuple(held.tracks):
            self.unpublish(room, seat, track)
        held.connected = False
        self._feed.emit(SeatGone(room, seat, reason))
