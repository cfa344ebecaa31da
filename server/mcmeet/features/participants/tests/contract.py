"""What the commands of this feature do, for the tests that hold for every feature."""

import asyncio
from typing import Any

from mcmeet.features.participants.schemas import ParticipantsSnapshot, SeatMediaChanged, Speakers
from mcmeet.media.port import Source
from tests.fixtures.app import ANSWER_WITHIN_S
from tests.live.scene import Contract, MoveTo, Scene, Step, in_turn, says

INSIDE = frozenset({"host", "co_host", "participant"})
HOSTS = INSIDE - {"participant"}


async def publishes(scene: Scene) -> None:
    media_room, engine = scene.room.run.media_room, scene.app.engine
    seat = scene.room.roster.require(scene.seat("周航")).media
    engine.connect(scene.people["周航"].welcome["media"]["token"])
    track = engine.publish(media_room, seat, Source.CAMERA)
    engine.publish(media_room, seat, Source.MICROPHONE, muted=True)
    engine.unpublish(media_room, seat, track)


async def moves(scene: Scene) -> None:
    for space in ("lobby", "main"):
        await scene.app.rooms.tell(scene.room.run.id, MoveTo(scene.seat("周航"), space))


async def hands_over_to_who_is_away(scene: Scene) -> None:
    seat = scene.seat("Emma")
    await scene.people.pop("Emma").drop()
    async with asyncio.timeout(ANSWER_WITHIN_S):
        while scene.room.is_connected(seat):  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    answer = await scene.people["林晓"].command("participants.set_role", seat=seat, role="host")
    assert answer["error"]["code"] == "seat_away"


def reduce(part: Any, event: dict[str, Any]) -> Any:
    seat, media = str(event["data"].get("seat")), part["media"]
    match event["type"]:
        case "roster.joined" | "roster.changed":
            return {"media": {seat: {"sources": {}, "barred": []}} | media}
        case "roster.left":
            return {"media": {other: state for other, state in media.items() if other != seat}}
        case "participants.media":
            return {"media": media | {seat: {name: event["data"][name] for name in ("sources", "barred")}}}
    return part


CONTRACT = Contract(
    may={
        "participants.rename": INSIDE,
        "participants.mute": HOSTS,
        "participants.unmute": HOSTS,
        "participants.set_role": frozenset({"host"}),
        "participants.remove": HOSTS,
    },
    data={
        "participants.rename": lambda seat: {"name": "改名"},
        "participants.mute": lambda seat: {"seat": seat, "sources": ["camera"]},
        "participants.unmute": lambda seat: {"seat": seat, "sources": ["camera"]},
        "participants.set_role": lambda seat: {"seat": seat, "role": "co_host"},
        "participants.remove": lambda seat: {"seat": seat},
    },
    steps={
        "rename": says("周航", "participants.rename", name="周航（上海）"),
        "rename-by-host": says("林晓", "participants.rename", "周航", name="小周"),
        "mute": says("林晓", "participants.mute", "周航", sources=["microphone", "camera"]),
        "unmute": in_turn(
            says("林晓", "participants.mute", "周航", sources=["microphone", "camera"]),
            says("何静", "participants.unmute", "周航", sources=["microphone"]),
        ),
        "unmute-nothing": says("何静", "participants.unmute", "周航", sources=["microphone"]),
        "set-role": says("林晓", "participants.set_role", "周航", role="co_host"),
        "hand-over-to-who-is-away": Step(hands_over_to_who_is_away),
        "hand-over": says("林晓", "participants.set_role", "周航", role="host"),
        "remove": says("何静", "participants.remove", "Emma", gone="Emma"),
        "publish": Step(publishes),
        "muted-and-moved": in_turn(
            says("林晓", "participants.mute", "周航", sources=["screen_share"]), Step(publishes), Step(moves)
        ),
    },
    events={"participants.media": SeatMediaChanged, "participants.speakers": Speakers},
    part=ParticipantsSnapshot,
    reduce=reduce,
)
