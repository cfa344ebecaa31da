"""What the commands of this feature do, for the tests that hold for every feature."""

from typing import Any

from mcmeet.live.wire import MediaAssigned
from tests.live.scene import Contract, says


def reduce(part: Any, event: dict[str, Any]) -> Any:
    """Who is host is in the roster; here it is found without looking through it."""
    data, host = event["data"], part["host"]
    match event["type"]:
        case "roster.joined" | "roster.changed" if data["role"] == "host":
            host = data["seat"]
        case "roster.joined" | "roster.changed" | "roster.left" if data["seat"] == host:
            host = None
    return part | {"host": host}


CONTRACT = Contract(
    may={"meetings.end": frozenset({"host"}), "media.renew": frozenset({"host", "co_host", "participant"})},
    data={},
    steps={"renew-media": says("Emma", "media.renew")},
    events={"media.assigned": MediaAssigned},
    reduce=reduce,
)
