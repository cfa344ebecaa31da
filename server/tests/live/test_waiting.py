"""A room that the database keeps waiting: what came too long ago is not carried out, and nothing piles up."""

import asyncio
from typing import Any

import pytest

from mcmeet.core.db import LIVE_DEADLINE_S
from mcmeet.live.room import WAITING_MOST, Room
from mcmeet.live.seats import Close
from tests.fixtures.app import ANSWER_WITHIN_S, App, LiveSocket, Visitor
from tests.fixtures.held import Held, waiting

pytestmark = pytest.mark.anyio


async def held_up(app: App, held: Held) -> tuple[Visitor, LiveSocket, LiveSocket]:
    """林晓 and 周航, and a room that waits until 林晓's new name is stored."""
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    lin = await host.enter(meeting, "林晓")
    zhou = await app.visitor().enter(meeting, "周航")
    held.hold("rename_seat")
    await lin.send({"id": 1, "type": "participants.rename", "data": {"name": "林晓晓"}})
    await held.reached()
    return host, lin, zhou


def room_of(app: App) -> Room:
    (room,) = app.rooms.open_rooms()
    return room


async def answer(live: LiveSocket, id_: int) -> dict[str, Any]:
    while True:
        frame = await live.frame()
        if id_ in (frame.get("ack"), frame.get("re")):
            return frame


async def test_a_command_that_waited_too_long_is_not_carried_out_and_its_sender_is_told(
    app: App, held: Held
) -> None:
    _, lin, zhou = await held_up(app, held)
    await zhou.send({"id": 1, "type": "hands.raise"})
    await waiting(app)
    app.clock.step(LIVE_DEADLINE_S + 0.1)
    await zhou.send({"id": 2, "type": "participants.mute", "data": {}})
    await waiting(app, 3)  # a tick is among them
    held.release()
    assert (await answer(lin, 1)).keys() == {"ack", "data"}
    assert (await answer(zhou, 1))["error"]["code"] == "not_saved"
    assert (await answer(zhou, 2))["error"]["code"] == "forbidden"
    assert room_of(app).snapshot(room_of(app).roster.require(zhou.seat))["hands"]["raised"] == []
    assert (await zhou.command_with_id(1, "hands.raise"))["error"]["code"] == "not_saved"
    assert "ack" in await zhou.command_with_id(3, "hands.raise")


async def test_a_hello_that_waited_too_long_uses_no_credential_and_takes_no_seat(
    app: App, held: Held
) -> None:
    _, _, zhou = await held_up(app, held)
    late = await app.visitor().live()
    await late.send({"type": "hello", "resume": zhou.welcome["resume"]})
    await waiting(app)
    app.clock.step(LIVE_DEADLINE_S + 0.1)
    held.release()
    assert (await late.frame())["error"]["code"] == "not_saved"
    assert await late.closed() == Close.RESUME
    assert "ack" in await zhou.command("hands.raise")
    again = await app.visitor().live()
    assert (await again.hello(resume=zhou.welcome["resume"]))["type"] == "welcome"


async def test_an_end_over_http_that_waited_too_long_is_not_carried_out_and_answered_at_once(
    app: App, held: Held
) -> None:
    host, lin, zhou = await held_up(app, held)
    number = lin.welcome["meeting"]["number"]
    ending = asyncio.create_task(host.http.post(f"/api/meetings/{number}/end"))
    await waiting(app)
    await asyncio.sleep(0)  # its time begins
    app.clock.step(LIVE_DEADLINE_S + 0.1)
    refused = await asyncio.wait_for(ending, ANSWER_WITHIN_S)
    assert (refused.status_code, refused.json()["code"]) == (503, "not_saved")
    held.release()
    assert "ack" in await answer(lin, 1)
    assert "ack" in await zhou.command("hands.raise")


async def test_an_end_over_http_that_has_begun_is_answered_by_what_becomes_of_it(
    app: App, held: Held
) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    lin = await host.enter(meeting, "林晓")
    held.hold("end_run")
    ending = asyncio.create_task(host.http.post(f"/api/meetings/{meeting['number']}/end"))
    await held.reached()
    app.clock.step(LIVE_DEADLINE_S + 0.1)
    await asyncio.sleep(0.01)
    held.release()
    assert (await asyncio.wait_for(ending, ANSWER_WITHIN_S)).status_code == 204
    assert await lin.closed() == Close.ENDED


async def test_a_hello_whose_sender_has_gone_takes_no_seat(app: App, held: Held) -> None:
    _, _, zhou = await held_up(app, held)
    gone = await app.visitor().live()
    await gone.send({"type": "hello", "resume": zhou.welcome["resume"]})
    await waiting(app)
    await gone.drop()
    await waiting(app, 2)  # the room has yet to hear of it
    held.release()
    assert "ack" in await zhou.command("hands.raise")
    assert room_of(app).is_connected(zhou.seat)


async def test_who_has_too_many_commands_waiting_is_let_go_and_nobody_else_is(app: App, held: Held) -> None:
    _, lin, zhou = await held_up(app, held)
    for number in range(1, WAITING_MOST + 2):
        await zhou.send({"id": number, "type": "hands.lower"})
    assert await zhou.closed() == Close.FLOODING
    held.release()
    assert "ack" in await answer(lin, 1)
    assert "ack" in await lin.command_with_id(2, "hands.raise")


async def test_ticks_do_not_pile_up_while_the_room_waits(app: App, held: Held) -> None:
    _, lin, _ = await held_up(app, held)
    for _ in range(5):
        app.clock.step(1)
        await asyncio.sleep(0.01)
    assert room_of(app).inbox.qsize() == 1
    held.release()
    assert "ack" in await answer(lin, 1)
    await app.advance(13, silent=True)
    assert await lin.closed() == Close.RESUME  # ticks are heard again
