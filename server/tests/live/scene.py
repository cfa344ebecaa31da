"""A meeting to look at: five people, what happens among them, and what a feature declares about that."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from mcmeet.core.auth import Action, Seat
from mcmeet.core.declare import Purpose
from mcmeet.core.feature import Feature
from mcmeet.live.feature import Change, LiveFeature, message
from mcmeet.live.room import Room
from tests.fixtures.app import App, LiveSocket, Visitor
from tests.live.reduce import Part, reduce


class MoveTo:
    def __init__(self, seat: int, space: str) -> None:
        self.seat, self.space = seat, space


class Mover(LiveFeature):
    """Only for tests: spaces exist from the first day, who moves people comes with the waiting room."""

    name = "mover"

    @message(MoveTo)
    async def move(self, move: MoveTo) -> Change:
        return self.room.moved(self.room.roster.require(move.seat), move.space, None)


MOVER = Feature(
    name="mover", live=Mover, actions=(Action("mover.move", Purpose.HOLD_MEETING, frozenset({Seat})),)
)


class Scene:
    """Five people, one of them waiting to get in, each with the snapshot that they keep by events alone."""

    def __init__(self, app: App, host: Visitor, meeting: dict[str, Any], parts: Mapping[str, Part]) -> None:
        self.app, self.host, self.meeting, self.parts = app, host, meeting, parts
        self.people: dict[str, LiveSocket] = {}
        self.kept: dict[str, dict[str, Any]] = {}
        self.read: dict[str, int] = {}

    @property
    def room(self) -> Room:
        return self.app.rooms.open_rooms()[0]

    def seat(self, who: str) -> int:
        return self.people[who].seat

    async def enters(self, who: str, socket: LiveSocket) -> None:
        self.people[who] = socket
        self.kept[who] = socket.welcome["snapshot"]
        self.read[who] = len(socket.frames)

    async def arrives(self, who: str) -> None:
        await self.enters(who, await self.app.visitor().enter(self.meeting, who))

    async def catch_up(self, who: str) -> list[dict[str, Any]]:
        """Events since the last time, applied."""
        await self.app.settle()
        socket = self.people[who]
        await socket.send({"type": "ping"})
        await socket.event("pong")
        new = [frame for frame in socket.frames[self.read[who] :] if "at" in frame]
        self.read[who] = len(socket.frames)
        for event in new:
            self.kept[who] = reduce(self.kept[who], event, self.parts)
        return new


async def scene(app: App, parts: Mapping[str, Part]) -> Scene:
    host = await app.person("林晓")
    meeting = await host.create_meeting("产品周会")
    made = Scene(app, host, meeting, parts)
    await made.enters("林晓", await host.enter(meeting, "林晓"))
    for name in ("何静", "周航", "Emma", "王睿"):
        await made.arrives(name)
    await made.people["林晓"].command("participants.set_role", seat=made.seat("何静"), role="co_host")
    await app.rooms.tell(made.room.run.id, MoveTo(made.seat("王睿"), "lobby"))
    for name in made.people:
        await made.catch_up(name)
    return made


@dataclass(frozen=True)
class Step:
    """Something that happens in a meeting: `commands` are those that it gives, `gone` is who leaves by it."""

    happen: Callable[[Scene], Awaitable[Any]]
    commands: frozenset[str] = frozenset()
    gone: str = ""


def says(who: str, type_: str, about: str | None = None, *, gone: str = "", **data: Any) -> Step:
    async def happen(scene: Scene) -> None:
        fields = data if about is None else {"seat": scene.seat(about)} | data
        answer = await scene.people[who].command(type_, **fields)
        assert "ack" in answer, answer

    return Step(happen, frozenset({type_}), gone)


def in_turn(*steps: Step) -> Step:
    async def happen(scene: Scene) -> None:
        for step in steps:
            await step.happen(scene)

    gone = "".join(step.gone for step in steps)
    return Step(happen, frozenset().union(*(step.commands for step in steps)), gone)


@dataclass(frozen=True)
class Contract:
    """What the commands of one feature do, for the tests that hold for all: its `tests/contract.py`.

    `may` says which roles may give a command, `data` what it is given about the seat of a participant,
    `steps` what happens, by the name of its recording. `part` and `events` are the shapes of the feature's
    part of the snapshot and of its events, `reduce` what a client makes of the two.
    """

    may: Mapping[str, frozenset[str]]
    steps: Mapping[str, Step]
    data: Mapping[str, Callable[[int], dict[str, Any]]]
    events: Mapping[str, type[BaseModel]]
    part: type[BaseModel] | None = None
    reduce: Part | None = None
