"""The roster: who sits where. Features name people by seat number and never hold a second list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Final
from uuid import UUID

from mcmeet.core.auth import HOSTS, Role
from mcmeet.live.errors import NoSuchSeat

LOBBY: Final = "lobby"
MAIN: Final = "main"


class Close(IntEnum):
    """Why a socket was closed, and so what the client does next."""

    RESUME = 4000
    REJOIN = 4001
    MOVED = 4002
    ENDED = 4003
    REMOVED = 4004
    REPLACED = 4005
    TOO_SLOW = 4006
    LEFT = 4007
    HELLO_REFUSED = 4008
    MALFORMED = 4009
    FLOODING = 4010


class SeatKind(StrEnum):
    WEB = "web"
    APP = "app"
    PHONE = "phone"
    API = "api"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Occupant:
    """A seat and who has it. `media` is the opaque name that the media engine knows the seat by."""

    seat: int
    name: str
    role: Role
    space: str
    kind: SeatKind
    media: str
    account: UUID | None
    guest: UUID | None
    present: bool

    def entry(self) -> dict[str, Any]:
        """What others see of it on the wire."""
        return {
            "seat": self.seat,
            "name": self.name,
            "role": self.role.value,
            "space": self.space,
            "kind": self.kind.value,
            "state": "here" if self.present else "away",
            "media": self.media,
        }


@dataclass(frozen=True, slots=True)
class StoredSeat:
    """A seat as a new room finds it; `present` when its stay was never closed."""

    occupant: Occupant
    last_seen_at: datetime | None
    present: bool


@dataclass(frozen=True, slots=True)
class Ticket:
    """Opens a seat once, and what it brings to it. `role`, `space` None: as they are, the stay goes on."""

    hash: bytes
    expires_at: datetime
    name: str
    role: Role | None
    space: str | None


def may_see(viewer: Occupant, other: Occupant) -> bool:
    """Who waits in the lobby sees nobody, and only hosts see who waits there."""
    if viewer.seat == other.seat:
        return True
    if viewer.space == LOBBY:
        return False
    return other.space != LOBBY or viewer.role in HOSTS


class Roster:
    """The occupants of a run that are here or in their grace time."""

    def __init__(self) -> None:
        self._occupants: dict[int, Occupant] = {}

    def __iter__(self) -> Iterator[Occupant]:
        return iter(self._occupants.values())

    def __contains__(self, seat: int) -> bool:
        return seat in self._occupants

    def __len__(self) -> int:
        return len(self._occupants)

    def get(self, seat: int) -> Occupant | None:
        return self._occupants.get(seat)

    def require(self, seat: int) -> Occupant:
        """Raises NoSuchSeat."""
        occupant = self._occupants.get(seat)
        if occupant is None:
            raise NoSuchSeat
        return occupant

    def by_media(self, media: str) -> Occupant | None:
        return next((occupant for occupant in self if occupant.media == media), None)

    def put(self, occupant: Occupant) -> None:
        self._occupants[occupant.seat] = occupant

    def drop(self, seat: int) -> None:
        self._occupants.pop(seat, None)

    def seen_by(self, viewer: Occupant) -> list[dict[str, Any]]:
        return [occupant.entry() for occupant in self if may_see(viewer, occupant)]

    def inside(self) -> frozenset[int]:
        """Everybody but those who wait."""
        return frozenset(occupant.seat for occupant in self if occupant.space != LOBBY)

    def viewers_of(self, occupant: Occupant) -> frozenset[int]:
        return frozenset(viewer.seat for viewer in self if may_see(viewer, occupant)) | {occupant.seat}
