"""*Snapshot before + events = snapshot after*, for every command and for everybody who watches.

A command that the product declares and no step gives is red.

What was seen is recorded for the page's tests (web/src/core/live/recorded). `MCMEET_RECORD=1` writes it anew.
"""

import json
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mcmeet.core.auth import Action, Seat
from mcmeet.core.declare import Purpose
from mcmeet.core.feature import Feature
from mcmeet.live import store
from mcmeet.live.errors import RunEnded
from mcmeet.live.feature import NOTHING, Change, LiveFeature, NoData, command, message
from mcmeet.live.room import Room
from mcmeet.live.rooms import Rooms
from mcmeet.live.seats import Occupant
from mcmeet.media.port import Source
from mcmeet.registry import FEATURES
from tests.fixtures.app import App, AppStarter, LiveSocket, Visitor
from tests.live import declared
from tests.live.reduce import normal, reduce

pytestmark = pytest.mark.anyio
RECORDED = Path(__file__).parents[3] / "web" / "src" / "core" / "live" / "recorded"


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

    def __init__(self, app: App, host: Visitor, meeting: dict[str, Any]) -> None:
        self.app, self.host, self.meeting = app, host, meeting
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
        new = [frame for frame in socket.frames[self.read[who] :] if "seq" in frame and "type" in frame]
        self.read[who] = len(socket.frames)
        for event in new:
            self.kept[who] = reduce(self.kept[who], event)
        return new


async def scene(app: App) -> Scene:
    host = await app.person("林晓")
    meeting = await host.create_meeting("产品周会")
    made = Scene(app, host, meeting)
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
    """Something that happens in a meeting; `commands` are those that it gives."""

    happen: Callable[[Scene], Awaitable[Any]]
    commands: frozenset[str] = frozenset()


def says(who: str, type_: str, about: str | None = None, **data: Any) -> Step:
    async def happen(scene: Scene) -> None:
        fields = data if about is None else {"seat": scene.seat(about)} | data
        answer = await scene.people[who].command(type_, **fields)
        assert "ack" in answer, answer

    return Step(happen, frozenset({type_}))


def in_turn(*steps: Step) -> Step:
    async def happen(scene: Scene) -> None:
        for step in steps:
            await step.happen(scene)

    return Step(happen, frozenset().union(*(step.commands for step in steps)))


async def publishes(scene: Scene) -> None:
    occupant = scene.room.roster.require(scene.seat("周航"))
    scene.app.engine.connect(scene.people["周航"].welcome["media"]["token"])
    track = scene.app.engine.publish(scene.room.run.media_room, occupant.media, Source.CAMERA)
    scene.app.engine.publish(scene.room.run.media_room, occupant.media, Source.MICROPHONE, muted=True)
    scene.app.engine.unpublish(scene.room.run.media_room, occupant.media, track)


async def loses_the_network(scene: Scene) -> None:
    await scene.people.pop("Emma").drop()


async def somebody_comes(scene: Scene) -> None:
    await scene.app.visitor().enter(scene.meeting, "陈默")


async def to_the_lobby_and_back(scene: Scene) -> None:
    for space in ("lobby", "main"):
        await scene.app.rooms.tell(scene.room.run.id, MoveTo(scene.seat("周航"), space))


async def to_the_lobby(scene: Scene) -> None:
    await scene.app.rooms.tell(scene.room.run.id, MoveTo(scene.seat("周航"), "lobby"))


STEPS: dict[str, Step] = {
    "rename": says("周航", "participants.rename", name="周航（上海）"),
    "rename-by-host": says("林晓", "participants.rename", "周航", name="小周"),
    "mute": says("林晓", "participants.mute", "周航", sources=["microphone", "camera"]),
    "unmute": in_turn(
        says("林晓", "participants.mute", "周航", sources=["microphone", "camera"]),
        says("何静", "participants.unmute", "周航", sources=["microphone"]),
    ),
    "unmute-nothing": says("何静", "participants.unmute", "周航", sources=["microphone"]),
    "set-role": says("林晓", "participants.set_role", "周航", role="co_host"),
    "hand-over": says("林晓", "participants.set_role", "周航", role="host"),
    "remove": says("何静", "participants.remove", "Emma"),
    "leave": says("Emma", "live.leave"),
    "renew-media": says("Emma", "media.renew"),
    "publish": Step(publishes),
    "away": Step(loses_the_network),
    "join": Step(somebody_comes),
    "lobby": Step(to_the_lobby),
    "lobby-and-back": Step(to_the_lobby_and_back),
}
GONE = {"remove": "Emma", "leave": "Emma"}
ENDS_THE_MEETING = frozenset({"meetings.end"})
"""No snapshot comes after it, and no room opens again: it has a test of its own below."""


def without_a_step(commands: set[str]) -> set[str]:
    return commands - ENDS_THE_MEETING - {name for step in STEPS.values() for name in step.commands}


def test_every_command_has_a_step() -> None:
    assert without_a_step(declared.commands()) == set()


def test_a_command_that_nobody_put_among_the_steps_is_noticed() -> None:
    action = Action("sample.wave", Purpose.HOLD_MEETING, frozenset({Seat}))

    class Sample(LiveFeature):
        name = "sample"

        @command(action)
        async def wave(self, by: Occupant, _: NoData) -> Change:
            return NOTHING

    added = Feature("sample", live=Sample, actions=(action,))
    assert without_a_step(declared.commands((*FEATURES, added))) == {"sample.wave"}


@pytest.mark.parametrize("name", STEPS)
async def test_snapshot_before_and_events_make_the_snapshot_after(app_starter: AppStarter, name: str) -> None:
    async with app_starter.run(extra=(MOVER,)) as app:
        made = await scene(app)
        before = {who: made.kept[who] for who in made.people}
        await STEPS[name].happen(made)
        made.people.pop(GONE.get(name, ""), None)
        record = []
        for who in made.people:
            events = await made.catch_up(who)
            viewer = made.room.roster.require(made.seat(who))
            assert normal(made.kept[who]) == normal(made.room.snapshot(viewer)), who
            record.append(
                {"viewer": who, "before": before[who], "events": events, "after": normal(made.kept[who])}
            )
        compare_with_recorded(name, record, made)


@pytest.mark.parametrize("name", STEPS)
async def test_a_room_that_opens_again_knows_what_the_old_one_knew(
    app_starter: AppStarter, name: str
) -> None:
    async with app_starter.run(extra=(MOVER,)) as app:
        made = await scene(app)
        await STEPS[name].happen(made)
        await app.settle()
        old = made.room
        seats = await app.core.db.read(lambda session: store.seats_of_run(session, old.run.id))
        new = Room(app.core, old.run, app.core.the(Rooms)._factories, lambda _: None)
        await new._open(seats)
        for occupant in old.roster:
            assert all_away(new.snapshot(occupant)) == all_away(old.snapshot(occupant))
            assert new.rights(occupant) == old.rights(occupant)


async def test_the_meetings_end_reaches_everybody_before_the_door_closes(app_starter: AppStarter) -> None:
    async with app_starter.run(extra=(MOVER,)) as app:
        made = await scene(app)
        run = made.room.run.id
        assert "ack" in await made.people["林晓"].command("meetings.end")
        for socket in made.people.values():
            assert (await socket.event("meetings.ended"))["data"] == {}
            assert await socket.closed() == 4003
        with pytest.raises(RunEnded):
            await app.rooms.open(run)


def all_away(snapshot: dict[str, Any]) -> dict[str, Any]:
    plain = normal(snapshot)
    for entry in plain["roster"]:
        entry["state"] = "away"
    return plain


def compare_with_recorded(name: str, record: list[Any], made: Scene) -> None:
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    for occupant in made.room.roster:
        text = text.replace(occupant.media, f"media-{occupant.seat}")
    text = text.replace(made.meeting["number"], "123456789")
    text = re.sub(r'"media": "[\w-]{20,}"', '"media": "media-gone"', text)
    text = re.sub(r'"token": "[\w-]{20,}"', '"token": "token"', text)
    path = RECORDED / f"{name}.json"
    if os.environ.get("MCMEET_RECORD"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    recorded = json.loads(path.read_text(encoding="utf-8"))
    assert recorded == json.loads(text), f"{path.name} is old: run again with MCMEET_RECORD=1"
