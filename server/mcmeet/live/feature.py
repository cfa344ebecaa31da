"""What a feature plugs into a meeting: commands, messages from outside, hooks, a snapshot.

A handler never writes. It looks at the state, and returns a `Change`: what to write, how to change the
state, what to announce. The room commits the write, then applies, then announces. If the commit fails,
nothing happened.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final, Protocol, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session

from mcmeet.core.auth import Action, Actor, Role
from mcmeet.core.services import Core
from mcmeet.live.seats import MAIN, Close, Occupant, Roster
from mcmeet.live.store import Run
from mcmeet.privacy.network_log.entries import DONE, Act, Entry

SELDOM_PER_S: Final = 1
SELDOM_BURST: Final = 5

PUBLISH_ACTIONS: Mapping[str, str] = {
    "microphone": "media.microphone",
    "camera": "media.camera",
    "screen_share": "media.screen_share",
    "screen_share_audio": "media.screen_share_audio",
}


class NoData(BaseModel):
    """A command without arguments."""


@dataclass(frozen=True, slots=True)
class SeatRights:
    """What a seat may do right now: the result of `can` and every restrictor, drawn by the page as it is."""

    publish: frozenset[str]
    subscribe: bool
    data: bool
    actions: frozenset[str]

    def wire(self) -> dict[str, Any]:
        return {
            "publish": sorted(self.publish),
            "subscribe": self.subscribe,
            "data": self.data,
            "actions": sorted(self.actions),
        }


# Audiences: None = everybody in the meeting; a set = these seats.
Seats = frozenset[int]


@dataclass(frozen=True, slots=True)
class Event:
    """`seats` None = all; resolved when emitted. Transient events are never replayed and may be dropped."""

    type: str
    data: Mapping[str, Any]
    seats: Seats | None = None
    transient: bool = False
    by: int | None = None


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Change:
    """`write` runs in the room's transaction; `apply` changes state after the commit; then `events` go out.

    `rights` names seats whose rights may follow, `replaced` those that must get a whole new snapshot,
    `came_from` those that have moved and their space before,
    `departures` those that leave (with the close code of their socket); `ends` ends the meeting.
    `acts` go to the network log once all of it is stored; `answer` goes back with the ack.
    """

    write: Callable[[Session], None] | None = None
    apply: Callable[[], None] = _nothing
    events: tuple[Event, ...] = ()
    rights: Seats = frozenset()
    replaced: Seats = frozenset()
    came_from: Mapping[int, str] = field(default_factory=dict)
    departures: tuple[tuple[Occupant, Close], ...] = ()
    ends: str | None = None
    acts: tuple[Entry, ...] = ()
    answer: Mapping[str, Any] = field(default_factory=dict)


NOTHING = Change()


@dataclass(frozen=True, slots=True)
class MediaAssignment:
    """Where a seat's media is; it changes with the space. `kind` is `rtc | hls | none`, `port` is UDP."""

    space: str
    kind: str
    url: str = ""
    token: str = ""
    expires_at: datetime | None = None
    port: int = 0


class RoomView(Protocol):
    """What a feature sees of the room that it is part of."""

    @property
    def run(self) -> Run: ...
    @property
    def roster(self) -> Roster: ...
    def feature(self, name: str) -> LiveFeature: ...
    def actor(self, occupant: Occupant) -> Actor: ...
    def rights(self, occupant: Occupant) -> SeatRights: ...
    def is_connected(self, seat: int) -> bool: ...
    def address(self, seat: int) -> str: ...
    def act(self, act: Act, occupant: Occupant, result: str = DONE) -> Entry: ...
    def renamed(self, occupant: Occupant, name: str, by: int) -> Change: ...
    def with_roles(self, roles: Mapping[int, Role], by: int) -> Change: ...
    def moved(self, occupant: Occupant, space: str, by: int | None) -> Change: ...
    def left(self, occupant: Occupant) -> Change: ...
    def removed(self, occupant: Occupant, by: int | None) -> Change: ...
    def ended(self, reason: str) -> Change: ...


Handler = Callable[[Any, Occupant, Any], Awaitable[Change]]
MessageHandler = Callable[[Any, Any], Awaitable[Change]]
H = TypeVar("H", bound=Callable[..., Awaitable[Change]])


@dataclass(frozen=True, slots=True)
class Command:
    """An entry point of the socket; its type on the wire is its action's name.

    `seldom`: a seat may give it SELDOM_PER_S times a second, SELDOM_BURST times at once.
    """

    action: Action
    data: type[BaseModel]
    spaces: frozenset[str]
    seldom: bool
    handler: Handler


def command(
    action: Action,
    data: type[BaseModel] = NoData,
    *,
    spaces: frozenset[str] = frozenset({MAIN}),
    seldom: bool = False,
) -> Callable[[H], H]:
    """Marks `async def method(self, by: Occupant, data) -> Change` as the handler of `action`."""

    def mark(handler: H) -> H:
        handler.__live_command__ = Command(action, data, spaces, seldom, handler)  # type: ignore[attr-defined]
        return handler

    return mark


def message(kind: type[Any]) -> Callable[[H], H]:
    """Marks `async def method(self, message) -> Change` as the handler of what `rooms.tell` brings."""

    def mark(handler: H) -> H:
        handler.__live_message__ = kind  # type: ignore[attr-defined]
        return handler

    return mark


class LiveFeature:
    """Base of a feature's part of one meeting; a new instance each time a room opens.

    Commands and messages may let somebody go or end the meeting; hooks (`on_…`) may not.
    """

    name: ClassVar[str]
    commands: ClassVar[Mapping[str, Command]] = {}
    shapes: ClassVar[tuple[type[BaseModel], ...]] = ()
    """Models of its snapshot and of its events' data: the page's types are generated from them."""
    messages: ClassVar[Mapping[type[Any], MessageHandler]] = {}

    def __init_subclass__(cls) -> None:
        commands, messages = dict(cls.commands), dict(cls.messages)
        for member in vars(cls).values():
            if marked := getattr(member, "__live_command__", None):
                commands[marked.action.name] = marked
            if kind := getattr(member, "__live_message__", None):
                messages[kind] = member
        cls.commands, cls.messages = commands, messages

    def __init__(self, core: Core, room: RoomView) -> None:
        self.core = core
        self.room = room

    def snapshot(self, viewer: Occupant) -> Any:
        """What `viewer` may know; JSON. None when this feature has nothing to say."""
        return None

    async def on_open(self) -> None:
        """Rebuilds durable state from the store, timers included."""

    async def on_join(self, occupant: Occupant) -> Change:
        return NOTHING

    async def on_away(self, occupant: Occupant) -> Change:
        """The connection is lost; the grace time runs."""
        return NOTHING

    async def on_back(self, occupant: Occupant) -> Change:
        return NOTHING

    async def on_move(self, occupant: Occupant, came_from: str) -> Change:
        return NOTHING

    async def on_rights(self, occupant: Occupant, rights: SeatRights) -> None:
        """Returns once the new rights are in force."""

    async def on_leave(self, occupant: Occupant) -> Change:
        return NOTHING

    async def on_close(self, reason: str) -> Change:
        """What is stored and announced together with the end."""
        return NOTHING

    async def on_closed(self) -> None:
        """The end is stored, or nobody has come at all: what is outside this process can be let go."""

    async def assign_media(self, occupant: Occupant, rights: SeatRights) -> MediaAssignment | None:
        """Where this seat's media is; answered by one feature."""
        return None


LiveFactory = Callable[[Core, RoomView], LiveFeature]
