"""What any client does with events: the reference against which server and page are held."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

Snapshot = dict[str, Any]
Part = Callable[[Any, dict[str, Any]], Any]
"""A feature's part of the snapshot and an event → the part after it."""


def reduce(snapshot: Snapshot, event: dict[str, Any], parts: Mapping[str, Part]) -> Snapshot:
    """The snapshot after `event`; a new one."""
    after, data = deepcopy(snapshot), event["data"]
    match event["type"]:
        case "state.replaced":
            return deepcopy(data)
        case "roster.joined" | "roster.changed":
            after["roster"] = sorted(
                [entry for entry in after["roster"] if entry["seat"] != data["seat"]] + [data],
                key=lambda entry: entry["seat"],
            )
        case "roster.left":
            after["roster"] = [entry for entry in after["roster"] if entry["seat"] != data["seat"]]
    for name, part in parts.items():
        if name in after:
            after[name] = part(after[name], event)
    return after


def normal(snapshot: Snapshot) -> Snapshot:
    """Order of the roster means nothing."""
    after = deepcopy(snapshot)
    after["roster"] = sorted(after["roster"], key=lambda entry: entry["seat"])
    return after
