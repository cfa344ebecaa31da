"""What the sockets say has the shape that the page's types are generated from."""

import json
from typing import Any

import pytest
from pydantic import BaseModel

from mcmeet.live import wire
from mcmeet.openapi import document
from tests.fixtures.app import App
from tests.live import declared
from tests.live.test_contract import STEPS, recording

DATA: dict[str, type[BaseModel]] = {
    "roster.joined": wire.RosterEntry,
    "roster.changed": wire.RosterEntry,
    "roster.left": wire.RosterLeft,
    "you.changed": wire.YouChanged,
    **{name: shape for contract in declared.CONTRACTS.values() for name, shape in contract.events.items()},
}


def holds(model: type[BaseModel], said: Any) -> None:
    """Nothing is missing, and nothing is said that the shape does not name."""
    model.model_validate(said, extra="forbid")


@pytest.mark.parametrize("name", STEPS)
def test_snapshots_and_events_have_the_shape_of_the_openapi_document(name: str) -> None:
    for seen in json.loads(recording(name).read_text(encoding="utf-8")):
        events = seen["events"]
        replaced = [event["data"] for event in events if event["type"] == "state.replaced"]
        for snapshot in (seen["before"], seen["after"], *replaced):
            for owner, contract in declared.CONTRACTS.items():
                if contract.part is not None and owner in snapshot:
                    holds(contract.part, snapshot[owner])
            for entry in snapshot["roster"]:
                holds(wire.RosterEntry, entry)
        for event in events:
            holds(wire.EventFrame, event)
            if event["type"] != "state.replaced":
                holds(DATA[event["type"]], event["data"])


@pytest.mark.anyio
async def test_a_welcome_has_the_shape_of_the_openapi_document(app: App) -> None:
    host = await app.person("林晓")
    socket = await host.enter(await host.create_meeting("产品周会"), "林晓")
    holds(wire.Welcome, socket.welcome)


def test_the_document_names_every_shape_of_the_socket() -> None:
    named = set(document()["components"]["schemas"])
    assert {model.__name__ for model in (*DATA.values(), *wire.MODELS)} <= named
    assert {"Mute", "Rename", "SetRole", "Remove", "NoData", "Speakers", "ParticipantsSnapshot"} <= named
