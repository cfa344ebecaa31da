"""Every live command by every role. The list of commands comes from the product: an unlisted one is red."""

from typing import Any

import pytest

from mcmeet.core.admission import Admit, Verdict, Wait
from mcmeet.core.feature import Feature
from mcmeet.features.meetings import JoinAttempt
from mcmeet.live.seats import LOBBY
from tests.fixtures.app import App, AppStarter, LiveSocket
from tests.live import declared

pytestmark = pytest.mark.anyio

HOST, CO_HOST, PARTICIPANT, WAITING = "host", "co_host", "participant", "waiting"
EVERYBODY_INSIDE = {HOST, CO_HOST, PARTICIPANT}
MAY: dict[str, set[str]] = {
    "live.leave": {*EVERYBODY_INSIDE, WAITING},
    **{name: set(roles) for contract in declared.CONTRACTS.values() for name, roles in contract.may.items()},
}
LAST = ["participants.remove", "meetings.end", "live.leave"]
"""What ends the scene for somebody comes at its end."""


def commands() -> list[str]:
    found = declared.commands()
    return [*sorted(found - set(LAST)), *(name for name in LAST if name in found)]


async def wait_by_name(attempt: JoinAttempt) -> Verdict:
    return Wait(LOBBY) if attempt.name == "等候的人" else Admit()


async def seat_of(app: App, role: str) -> tuple[LiveSocket, LiveSocket]:
    """The one who acts, and a participant on whom it acts."""
    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    people = {HOST: await lin.enter(meeting, "林晓")}
    for name, kind in (("周航", CO_HOST), ("Emma", PARTICIPANT), ("等候的人", WAITING)):
        people[kind] = await app.visitor().enter(meeting, name)
    target = await app.visitor().enter(meeting, "王睿")
    promoted = await people[HOST].command("participants.set_role", seat=people[CO_HOST].seat, role=CO_HOST)
    assert "ack" in promoted
    return people[role], target


def data_of(command: str, target: int) -> dict[str, Any]:
    for contract in declared.CONTRACTS.values():
        if command in contract.data:
            return contract.data[command](target)
    return {}


async def rights_of(app: App, socket: LiveSocket) -> set[str]:
    room = app.rooms.open_rooms()[0]
    return set(room.rights(room.roster.require(socket.seat)).actions)


def test_every_command_is_in_the_table_and_the_table_has_no_others() -> None:
    assert sorted(commands()) == sorted(MAY)


@pytest.mark.parametrize("role", [HOST, CO_HOST, PARTICIPANT, WAITING])
async def test_a_role_may_do_what_the_table_says_and_nothing_else(app_starter: AppStarter, role: str) -> None:
    async with app_starter.run(extra=[Feature("doorkeeper", admission=(wait_by_name,))]) as app:
        actor, target = await seat_of(app, role)
        assert await rights_of(app, actor) == {name for name in MAY if role in MAY[name]}
        for name in commands():
            if name == "live.leave" and role in MAY["meetings.end"]:
                continue  # over already; leaving is tested with the roster
            answer = await actor.command(name, **data_of(name, target.seat))
            if role in MAY[name]:
                assert "ack" in answer, (name, answer)
            else:
                refused = "wrong_space" if role == WAITING else "forbidden"
                assert answer["error"]["code"] == refused, (name, answer)
