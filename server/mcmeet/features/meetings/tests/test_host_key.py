"""The operator's meeting: nobody's account owns it, and a key makes somebody its host, once."""

import asyncio
from typing import Any

import pytest

from mcmeet.core.guesses import count_failure
from mcmeet.core.purge import purge
from mcmeet.features.meetings import create_for_operator
from mcmeet.live.protocol import TICKET_S
from tests.fixtures.app import App, LiveSocket

pytestmark = pytest.mark.anyio


async def operator_meeting(app: App) -> dict[str, Any]:
    made = await create_for_operator(app.core, "全员大会", base=app.url)
    assert made.link == f"{app.url}/j/{made.number}#p={made.passcode}"
    assert made.host_link.startswith(made.link + "&h=")
    return {
        "number": made.number,
        "passcode": made.passcode,
        "host_key": made.host_link.removeprefix(made.link + "&h="),
    }


def role(socket: LiveSocket) -> str:
    value: str = socket.welcome["you"]["role"]
    return value


async def test_whoever_has_the_key_is_host(app: App) -> None:
    meeting = await operator_meeting(app)
    zhou = await app.visitor().enter(meeting, "周航")
    lin = await app.visitor().enter(meeting, "林晓", host_key=meeting["host_key"])
    assert (role(zhou), role(lin)) == ("participant", "host")


async def test_the_key_opens_the_meeting_without_its_passcode(app: App) -> None:
    meeting = await operator_meeting(app)
    lin = app.visitor()
    body = {"host_key": meeting["host_key"]}
    assert (await lin.http.post(f"/api/meetings/{meeting['number']}/preview", json=body)).status_code == 200
    assert (await lin.try_join(meeting["number"], "林晓", host_key=meeting["host_key"])).status_code == 200


async def test_a_key_used_twice_makes_no_second_host(app: App) -> None:
    meeting = await operator_meeting(app)
    await app.visitor().enter(meeting, "林晓", host_key=meeting["host_key"])
    emma = app.visitor()
    answer = await emma.try_join(meeting["number"], "Emma", host_key=meeting["host_key"])
    assert (answer.status_code, answer.json()["code"]) == (409, "host_key_used")
    assert role(await emma.enter(meeting, "Emma")) == "participant"


async def test_a_refused_key_takes_no_seat(app: App) -> None:
    meeting = await operator_meeting(app)
    await app.visitor().enter(meeting, "林晓", host_key=meeting["host_key"])
    emma = app.visitor()
    await emma.try_join(meeting["number"], "Emma", host_key=meeting["host_key"])
    assert (await emma.join(meeting, "Emma"))["seat"] == 2


async def test_a_wrong_key_is_a_wrong_passcode(app: App) -> None:
    meeting = await operator_meeting(app)
    answer = await app.visitor().try_join(
        meeting["number"], "Emma", passcode=meeting["passcode"], host_key="x" * 43
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "meeting_not_available")


async def test_a_key_for_another_meeting_opens_nothing(app: App) -> None:
    one, other = await operator_meeting(app), await operator_meeting(app)
    answer = await app.visitor().try_join(one["number"], "Emma", host_key=other["host_key"])
    assert answer.json()["code"] == "meeting_not_available"


async def test_the_same_browser_comes_back_as_host_by_either_link(app: App) -> None:
    meeting = await operator_meeting(app)
    lin = app.visitor()
    await (await lin.enter(meeting, "林晓", host_key=meeting["host_key"])).command("live.leave")
    again = await lin.enter(meeting, "林晓", host_key=meeting["host_key"])
    assert role(again) == "host"
    await again.command("live.leave")
    assert role(await lin.enter(meeting, "林晓")) == "host"


async def test_somebody_who_is_in_already_becomes_host_by_the_key(app: App) -> None:
    meeting = await operator_meeting(app)
    lin = app.visitor()
    first = await lin.enter(meeting, "林晓")
    second = await lin.enter(meeting, "林晓", host_key=meeting["host_key"], takeover="continue")
    assert (second.seat, role(second)) == (first.seat, "host")
    assert await first.closed() == 4005


@pytest.mark.parametrize("later", [0, 61, 30 * 60])
@pytest.mark.parametrize("link", ["host link", "ordinary link"])
async def test_a_key_whose_ticket_was_never_used_still_makes_its_owner_host(
    app: App, link: str, later: int
) -> None:
    meeting = await operator_meeting(app)
    lin = app.visitor()
    first = await lin.enter(meeting, "林晓")
    await lin.join(meeting, "林晓", host_key=meeting["host_key"], takeover="continue")
    app.clock.jump(later)
    await purge(app.core)
    key = {"host_key": meeting["host_key"]} if link == "host link" else {}
    second = await lin.enter(meeting, "林晓", takeover="continue", **key)
    assert (second.seat, role(second)) == (first.seat, "host")


async def test_whoever_redeemed_the_key_and_handed_over_takes_nothing_back_by_a_second_tab(app: App) -> None:
    meeting = await operator_meeting(app)
    lin = app.visitor()
    host = await lin.enter(meeting, "林晓", host_key=meeting["host_key"])
    zhou = await app.visitor().enter(meeting, "周航")
    assert "ack" in await host.command("participants.set_role", seat=zhou.seat, role="host")
    second = await lin.enter(meeting, "林晓", host_key=meeting["host_key"], takeover="continue")
    assert (second.seat, role(second)) == (host.seat, "participant")
    assert second.welcome["snapshot"]["meetings"]["host"] == zhou.seat


async def test_an_account_that_redeemed_the_key_hosts_from_any_browser_and_may_end(app: App) -> None:
    meeting = await operator_meeting(app)
    lin = await app.person("林晓")
    await (await lin.enter(meeting, "林晓", host_key=meeting["host_key"])).command("live.leave")
    assert (await lin.http.post(f"/api/meetings/{meeting['number']}/end")).status_code == 204


async def test_two_people_racing_with_one_key_have_one_host(app: App) -> None:
    """The last of those who asked, for nobody had entered by the key until then."""
    meeting = await operator_meeting(app)
    key = {"host_key": meeting["host_key"]}
    people = {name: app.visitor() for name in ("林晓", "周航", "Emma")}
    joined = await asyncio.gather(*(person.join(meeting, name, **key) for name, person in people.items()))
    sockets = [await app.visitor().live(answer["socket"]) for answer in joined]
    tickets = [answer["ticket"] for answer in joined]
    answers = [await socket.hello(ticket=ticket) for socket, ticket in zip(sockets, tickets, strict=True)]
    refused = [name for name, answer in zip(people, answers, strict=True) if "error" in answer]
    assert {answer["error"]["code"] for answer in answers if "error" in answer} == {"hello_refused"}
    assert [socket.welcome["you"]["role"] for socket in sockets if socket.welcome] == ["host"]
    for name in refused:
        late = await people[name].try_join(meeting["number"], name, **key)
        assert late.json()["code"] == "host_key_used"


async def test_a_key_whose_answer_was_lost_makes_the_same_person_host_at_the_next_try(app: App) -> None:
    """The answer brings the cookie: without it the browser is a stranger's."""
    meeting = await operator_meeting(app)
    lost = await app.visitor().join(meeting, "林晓", host_key=meeting["host_key"])
    lin = await app.visitor().enter(meeting, "林晓", host_key=meeting["host_key"])
    assert role(lin) == "host"
    found = await app.visitor().live(lost["socket"])
    assert (await found.hello(ticket=lost["ticket"]))["error"]["code"] == "hello_refused"
    assert [entry["name"] for entry in lin.welcome["snapshot"]["roster"]] == ["林晓"]
    emma = await app.visitor().try_join(meeting["number"], "Emma", host_key=meeting["host_key"])
    assert emma.json()["code"] == "host_key_used"


async def test_a_key_whose_ticket_nobody_used_is_good_again_when_its_seat_is_deleted(app: App) -> None:
    meeting = await operator_meeting(app)
    lin = app.visitor()
    await lin.join(meeting, "林晓", host_key=meeting["host_key"])
    app.clock.jump(TICKET_S)
    await purge(app.core)
    assert role(await lin.enter(meeting, "林晓", host_key=meeting["host_key"])) == "host"


async def test_who_redeemed_the_key_and_was_removed_is_neither_host_nor_spared_the_passcode(app: App) -> None:
    meeting = await operator_meeting(app)
    lin = app.visitor()
    host = await lin.enter(meeting, "林晓", host_key=meeting["host_key"])
    zhou = await app.visitor().enter(meeting, "周航")
    assert "ack" in await host.command("participants.set_role", seat=zhou.seat, role="host")
    assert "ack" in await zhou.command("participants.remove", seat=host.seat)
    answer = await lin.try_join(meeting["number"], "林晓")
    assert answer.json()["code"] == "admission_steps"
    assert answer.json()["data"] == {"steps": ["passcode"]}
    again = await lin.try_join(meeting["number"], "林晓", host_key=meeting["host_key"])
    assert again.json()["code"] == "host_key_used"
    assert role(await lin.enter(meeting, "林晓")) == "participant"


async def test_who_was_removed_is_one_more_stranger_who_guesses(app: App) -> None:
    meeting = await operator_meeting(app)
    host = await app.visitor().enter(meeting, "林晓", host_key=meeting["host_key"])
    emma = app.visitor()
    await emma.enter(meeting, "Emma")
    assert "ack" in await host.command("participants.remove", seat=2)
    for _ in range(101):
        count_failure(app.core.rates, "127.0.0.1", "another number")
    tried = [await emma.try_join(meeting["number"], "Emma", passcode="000000x") for _ in range(2)]
    assert [answer.status_code for answer in tried] == [404, 429]  # a trickle is left
