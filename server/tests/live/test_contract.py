"""*Snapshot before + events = snapshot after*, for every command and for everybody who watches.

A command that the product declares and no step gives is red.

What was seen is recorded for the page's tests: web/src/core/live/recorded, and a feature's own `recorded`
for its steps. `RECORD=1` writes it anew.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from mcmeet.core.auth import Action, Seat
from mcmeet.core.declare import Purpose
from mcmeet.core.feature import Feature
from mcmeet.live import store
from mcmeet.live.errors import RunEnded
from mcmeet.live.feature import NOTHING, Change, LiveFeature, NoData, command
from mcmeet.live.room import Room
from mcmeet.live.rooms import Rooms
from mcmeet.live.seats import Occupant
from mcmeet.registry import FEATURES
from tests.fixtures.app import AppStarter
from tests.live import declared
from tests.live.reduce import normal
from tests.live.scene import MOVER, MoveTo, Scene, Step, says, scene

pytestmark = pytest.mark.anyio
WEB = Path(__file__).parents[3] / "web" / "src"
BASE = frozenset({"roster", "live", "media", "meetings", "participants"})
ENVELOPE = frozenset({"you", "state"})
"""What every recording shows; of the other features only the one whose step it is."""


async def loses_the_network(scene: Scene) -> None:
    await scene.people.pop("Emma").drop()


async def somebody_comes(scene: Scene) -> None:
    await scene.app.visitor().enter(scene.meeting, "陈默")


async def to_the_lobby_and_back(scene: Scene) -> None:
    for space in ("lobby", "main"):
        await scene.app.rooms.tell(scene.room.run.id, MoveTo(scene.seat("周航"), space))


async def to_the_lobby(scene: Scene) -> None:
    await scene.app.rooms.tell(scene.room.run.id, MoveTo(scene.seat("周航"), "lobby"))


OWN_STEPS: dict[str, Step] = {
    "leave": says("Emma", "live.leave", gone="Emma"),
    "away": Step(loses_the_network),
    "join": Step(somebody_comes),
    "lobby": Step(to_the_lobby),
    "lobby-and-back": Step(to_the_lobby_and_back),
}
"""What happens whatever features there are."""
STEPS = OWN_STEPS | {
    name: step for contract in declared.CONTRACTS.values() for name, step in contract.steps.items()
}
OWNERS = {step: name for name, contract in declared.CONTRACTS.items() for step in contract.steps}
PARTS = {name: contract.reduce for name, contract in declared.CONTRACTS.items() if contract.reduce}
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
        made = await scene(app, PARTS)
        before = {who: made.kept[who] for who in made.people}
        await STEPS[name].happen(made)
        made.people.pop(STEPS[name].gone, None)
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
        made = await scene(app, PARTS)
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
        made = await scene(app, PARTS)
        run = made.room.run.id
        assert "ack" in await made.people["林晓"].command("meetings.end")
        for socket in made.people.values():
            assert (await socket.event("meetings.ended"))["data"] == {}
            assert await socket.closed() == 4003
        with pytest.raises(RunEnded):
            await app.rooms.open(run)


def recording(name: str) -> Path:
    owner = OWNERS.get(name)
    return (WEB / "features" / owner if owner else WEB / "core" / "live") / "recorded" / f"{name}.json"


def all_away(snapshot: dict[str, Any]) -> dict[str, Any]:
    plain = normal(snapshot)
    for entry in plain["roster"]:
        entry["state"] = "away"
    return plain


def only(record: list[Any], shown: frozenset[str]) -> list[Any]:
    """Without what other features say, so that a new one changes no recording but its own."""

    told = shown | ENVELOPE

    def of_event(event: dict[str, Any]) -> dict[str, Any]:
        data = event["data"]
        if event["type"] == "state.replaced":
            return event | {"data": part(data)}
        if event["type"] == "you.changed":
            actions = [name for name in data["rights"]["actions"] if name.split(".")[0] in shown]
            return event | {"data": data | {"rights": data["rights"] | {"actions": actions}}}
        return event

    def part(snapshot: dict[str, Any]) -> dict[str, Any]:
        return {name: said for name, said in snapshot.items() if name in shown}

    return [
        {
            "viewer": seen["viewer"],
            "before": part(seen["before"]),
            "events": [of_event(event) for event in seen["events"] if event["type"].split(".")[0] in told],
            "after": part(seen["after"]),
        }
        for seen in record
    ]


def compare_with_recorded(name: str, record: list[Any], made: Scene) -> None:
    shown = BASE | {OWNERS.get(name, "")}
    text = json.dumps(only(record, shown), ensure_ascii=False, indent=1) + "\n"
    for occupant in made.room.roster:
        text = text.replace(occupant.media, f"media-{occupant.seat}")
    text = text.replace(made.meeting["number"], "123456789")
    text = re.sub(r'"media": "[\w-]{20,}"', '"media": "media-gone"', text)
    text = re.sub(r'"token": "[\w-]{20,}"', '"token": "token"', text)
    path = recording(name)
    if os.environ.get("RECORD"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    recorded = json.loads(path.read_text(encoding="utf-8"))
    assert recorded == json.loads(text), f"{path.name} is old: run again with RECORD=1"
