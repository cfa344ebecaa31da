"""What the commands of this feature do, for the tests that hold for every feature."""

from typing import Any

from mcmeet.features.hands.schemas import RaisedHands
from tests.live.scene import Contract, MoveTo, Scene, Step, in_turn, says

INSIDE = frozenset({"host", "co_host", "participant"})
TWO_HANDS = in_turn(says("周航", "hands.raise"), says("Emma", "hands.raise"))


async def to_the_lobby(scene: Scene) -> None:
    await scene.app.rooms.tell(scene.room.run.id, MoveTo(scene.seat("周航"), "lobby"))


def reduce(part: Any, event: dict[str, Any]) -> Any:
    return event["data"] if event["type"] == "hands.changed" else part


CONTRACT = Contract(
    may={"hands.raise": INSIDE, "hands.lower": INSIDE, "hands.lower_all": INSIDE - {"participant"}},
    data={},
    steps={
        "raise": in_turn(TWO_HANDS, says("周航", "hands.raise")),
        "lower": in_turn(TWO_HANDS, says("周航", "hands.lower")),
        "lower-by-host": in_turn(TWO_HANDS, says("何静", "hands.lower", "Emma")),
        "lower-all": in_turn(TWO_HANDS, says("林晓", "hands.lower_all")),
        "leave-with-hand": in_turn(TWO_HANDS, says("Emma", "live.leave", gone="Emma")),
        "lobby-with-hand": in_turn(TWO_HANDS, Step(to_the_lobby)),
    },
    events={"hands.changed": RaisedHands},
    part=RaisedHands,
    reduce=reduce,
)
