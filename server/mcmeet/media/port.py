"""What the product asks of a media engine. Implementations: `embedded`, `fake` (and a LiveKit cluster later).

Rooms and seats are opaque strings of the caller: names, roles and metadata never reach an engine.
Every call is idempotent and every value serialisable; there is no SDP in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self


class Source(StrEnum):
    """What a track shows; the values are LiveKit's `canPublishSources`."""

    CAMERA = "camera"
    MICROPHONE = "microphone"
    SCREEN_SHARE = "screen_share"
    SCREEN_SHARE_AUDIO = "screen_share_audio"


class GoneReason(StrEnum):
    """Why a seat has no media connection any more."""

    LEFT = "left"  # the client said so
    LOST = "lost"  # its signalling socket broke without a word
    FAILED = "failed"  # its media path failed
    REPLACED = "replaced"  # the same seat connected again
    REMOVED = "removed"  # by `remove`
    ROOM_CLOSED = "room_closed"  # by `close`
    SHUTDOWN = "shutdown"  # the engine stops


@dataclass(frozen=True, slots=True)
class Rights:
    """What a seat may do. A source that is not in `publish` reaches nobody."""

    publish: frozenset[Source] = frozenset(Source)
    subscribe: bool = True
    data: bool = True


@dataclass(frozen=True, slots=True)
class Admission:
    """How a client connects: `url` is ws(s)://, `token` lets one seat in until `expires_at` (UTC).

    `port` is where media arrives (UDP): a page whose network blocks it names it, and `url` does not tell.
    """

    url: str
    token: str
    expires_at: datetime
    port: int


@dataclass(frozen=True, slots=True)
class TrackState:
    track: str
    source: Source
    muted: bool


@dataclass(frozen=True, slots=True)
class SeatState:
    seat: str
    rights: Rights
    hidden: bool
    connected: bool
    tracks: tuple[TrackState, ...]


@dataclass(frozen=True, slots=True)
class SeatConnected:
    """The seat's media path stands: packets can flow. One per connection."""

    room: str
    seat: str


@dataclass(frozen=True, slots=True)
class SeatGone:
    """Ends what `SeatConnected` began; the seat's tracks ended before it."""

    room: str
    seat: str
    reason: GoneReason


@dataclass(frozen=True, slots=True)
class TrackPublished:
    room: str
    seat: str
    track: str
    source: Source
    muted: bool


@dataclass(frozen=True, slots=True)
class TrackMuted:
    """The publisher muted (True) or unmuted (False) its own track, which stays published."""

    room: str
    seat: str
    track: str
    muted: bool


@dataclass(frozen=True, slots=True)
class TrackEnded:
    """Unpublished, its right withdrawn, or its seat gone. It may return under a new id."""

    room: str
    seat: str
    track: str


@dataclass(frozen=True, slots=True)
class SpeakersChanged:
    """Everybody who is speaking now, loudest first: (seat, level in 0..1). Empty: silence."""

    room: str
    speakers: tuple[tuple[str, float], ...]


MediaEvent = SeatConnected | SeatGone | TrackPublished | TrackMuted | TrackEnded | SpeakersChanged


class MediaError(Exception):
    """The engine cannot do what was asked."""


class RoomNotOpen(MediaError):
    """`open` it first."""


class TapNotAvailable(MediaError):
    """This engine cannot hand out media for recording."""


class MediaEngine(Protocol):
    healthy: bool
    """False once it can carry nothing any more; it does not mend itself."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def open(self, room: str) -> None: ...

    async def close(self, room: str, reason: GoneReason) -> None:
        """Ends every connection of the room; its tokens are worth nothing from now on."""
        ...

    async def admit(self, room: str, seat: str, rights: Rights, hidden: bool = False) -> Admission:
        """Lets the seat in, with a fresh token each time.

        Changed rights of a seat that is in already take effect as by `set_rights`. A hidden seat is
        not shown to the others and cannot publish. Raises RoomNotOpen.
        """
        ...

    async def set_rights(self, room: str, seat: str, rights: Rights) -> None:
        """Returns once packets obey: no packet of a withdrawn source is forwarded afterwards.

        A seat that was not admitted, or a room that is not open, is left alone.
        """
        ...

    async def remove(self, room: str, seat: str, reason: GoneReason) -> None:
        """Ends the seat's connection and its admission; tokens handed out are worth nothing until `admit`."""
        ...

    async def tap(self, room: str, seats: frozenset[str]) -> None:
        """Hands the media of exactly these seats to the recorder; empty ends it. Raises TapNotAvailable."""
        ...

    async def list(self, room: str) -> tuple[SeatState, ...]:
        """Every admitted seat: the state to reconcile with. Raises RoomNotOpen."""
        ...

    def events(self) -> AsyncIterator[MediaEvent]:
        """What happened, in order, from the engine's start on; one reader. It ends with the engine."""
        ...
