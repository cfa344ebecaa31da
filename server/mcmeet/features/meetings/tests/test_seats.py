"""Coming back: the same seat, what it may, and what happens when it is still alive."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from mcmeet.core.admission import Admit, Verdict, Wait
from mcmeet.core.config import Live
from mcmeet.core.feature import Feature
from mcmeet.core.purge import purge
from mcmeet.features.meetings import JoinAttempt
from mcmeet.live import store as live_store
from mcmeet.live.protocol import TICKET_S
from mcmeet.live.seats import LOBBY, Close, Occupant
from mcmeet.live.store import NO_TICKET
from tests.fixtures.app import App, AppStarter, LiveSocket, Visitor
from tests.privacy.conftest import consents

pytestmark = pytest.mark.anyio

GRACE_S = 20


async def two_people(app: App) -> tuple[Visitor, Visitor, dict[str, Any], LiveSocket, LiveSocket]:
    lin, zhou = await app.person("林晓"), app.visitor()
    meeting = await lin.create_meeting()
    host = await lin.enter(meeting, "林晓")
    guest = await zhou.enter(meeting, "周航")
    return lin, zhou, meeting, host, guest


def you(socket: LiveSocket) -> tuple[int, str]:
    return socket.welcome["you"]["seat"], socket.welcome["you"]["role"]


async def test_the_creator_is_host_and_everybody_else_is_not(app: App) -> None:
    *_, host, guest = await two_people(app)
    assert (you(host), you(guest)) == ((1, "host"), (2, "participant"))
    assert host.welcome["snapshot"]["meetings"]["host"] == 1


async def test_a_second_tab_is_asked_what_it_wants(app: App) -> None:
    _, zhou, meeting, _, _ = await two_people(app)
    answer = await zhou.try_join(meeting["number"], "周航", passcode=meeting["passcode"])
    assert (answer.status_code, answer.json()["code"]) == (409, "seat_in_use")
    assert answer.json()["data"] == {"seat": 2, "name": "周航"}


@pytest.mark.parametrize("who", ["account", "guest"])
async def test_of_two_tabs_that_join_at_once_one_gets_the_seat_and_the_other_is_asked_what_it_wants(
    app_starter: AppStarter, who: str
) -> None:
    """Each has found no seat of its person when it comes to where seats are given."""
    both = asyncio.Barrier(2)
    together: list[str] = []

    async def come_together(attempt: JoinAttempt) -> Verdict:
        if attempt.name in together:
            await both.wait()
        return Admit()

    async with app_starter.run(extra=[Feature("doorkeeper", admission=(come_together,))]) as app:
        lin = await app.person("林晓")
        zhou = await app.person("周航") if who == "account" else app.visitor()
        await zhou.join(await lin.create_meeting(), "周航")  # from here on the browser has the guest's cookie
        meeting = await lin.create_meeting()
        opened = {"passcode": meeting["passcode"]}
        together.append("周航")
        tries = [zhou.try_join(meeting["number"], "周航", **opened) for _ in range(2)]
        given, asked = sorted(await asyncio.gather(*tries), key=lambda answer: answer.status_code)
        together.clear()
        assert (given.status_code, given.json()["seat"]) == (200, 1)
        assert (asked.status_code, asked.json()["code"]) == (409, "seat_in_use")
        assert asked.json()["data"] == {"seat": 1, "name": "周航"}
        first = await zhou.live(given.json()["socket"])
        assert (await first.hello(ticket=given.json()["ticket"]))["type"] == "welcome"
        assert (await zhou.join(meeting, "周航", takeover="continue"))["seat"] == 1
        assert (await zhou.join(meeting, "会议室大屏", takeover="new"))["seat"] == 2


async def test_a_second_tab_that_continues_replaces_the_first(app: App) -> None:
    _, zhou, meeting, host, first = await two_people(app)
    joined = await zhou.join(meeting, "周航", takeover="continue")
    assert (await first.command("participants.rename", name="还在这里"))["ack"] == 1
    second = await zhou.live(joined["socket"])
    await second.hello(ticket=joined["ticket"])
    assert second.seat == 2
    assert await first.closed() == 4005
    assert [entry["seat"] for entry in second.welcome["snapshot"]["roster"]] == [1, 2]
    assert (await host.command("participants.remove", seat=2))["ack"] == 1


async def test_a_second_tab_may_be_somebody_else(app: App) -> None:
    _, zhou, meeting, _, first = await two_people(app)
    second = await zhou.enter(meeting, "会议室大屏", takeover="new")
    assert you(second) == (3, "participant")
    assert (await first.event("roster.joined"))["data"]["name"] == "会议室大屏"


async def test_the_hosts_second_seat_has_no_power(app: App) -> None:
    lin, _, meeting, _, _ = await two_people(app)
    assert you(await lin.enter(meeting, "林晓的平板", takeover="new")) == (3, "participant")


async def test_who_comes_back_in_time_keeps_seat_and_role(app: App) -> None:
    _, zhou, meeting, host, guest = await two_people(app)
    await host.command("participants.set_role", seat=2, role="co_host")
    await guest.drop()
    await app.advance(GRACE_S - 2)
    assert you(await zhou.enter(meeting, "周航")) == (2, "co_host")


async def test_who_comes_back_later_keeps_the_seat_and_the_role_is_computed_anew(app: App) -> None:
    lin, zhou, meeting, host, guest = await two_people(app)
    await host.command("participants.set_role", seat=2, role="co_host")
    await guest.drop()
    await host.event("roster.changed")
    await host.drop()
    await app.advance(GRACE_S + 2)
    assert you(await zhou.enter(meeting, "周航")) == (2, "participant")
    assert you(await lin.enter(meeting, "林晓")) == (1, "host")


@pytest.mark.parametrize("gone", ["left", "lost for long"])
async def test_an_account_that_was_co_host_comes_back_as_co_host(app: App, gone: str) -> None:
    lin, zhou = await app.person("林晓"), await app.person("周航")
    meeting = await lin.create_meeting()
    host, co_host = await lin.enter(meeting, "林晓"), await zhou.enter(meeting, "周航")
    await host.command("participants.set_role", seat=2, role="co_host")
    if gone == "left":
        await co_host.command("live.leave")
    else:
        await co_host.drop()
        await host.event("roster.changed")
        await app.advance(GRACE_S + 2)
    back = await zhou.enter(meeting, "周航")
    assert you(back) == (2, "co_host")
    assert you(await zhou.enter(meeting, "周航的平板", takeover="new")) == (3, "participant")
    await host.command("participants.set_role", seat=2, role="participant")
    await back.command("live.leave")
    assert you(await zhou.enter(meeting, "周航", takeover="continue"))[1] == "participant"


async def test_a_co_host_who_was_removed_comes_back_as_a_participant(app: App) -> None:
    lin, zhou = await app.person("林晓"), await app.person("周航")
    meeting = await lin.create_meeting()
    host = await lin.enter(meeting, "林晓")
    await zhou.enter(meeting, "周航")
    await host.command("participants.set_role", seat=2, role="co_host")
    await host.command("participants.remove", seat=2)
    assert you(await zhou.enter(meeting, "周航")) == (3, "participant")


async def test_the_host_keeps_the_role_after_a_reconnect(app: App) -> None:
    lin, _, _, host, guest = await two_people(app)
    await host.drop()
    back = await lin.live()
    answer = await back.hello(resume=host.welcome["resume"])
    assert answer["you"] | {"rights": None} == {"seat": 1, "role": "host", "space": "main", "rights": None}
    assert (await back.command("participants.mute", seat=guest.seat, sources=["microphone"]))["ack"] == 1


async def test_who_hosted_meanwhile_gives_the_role_back(app: App) -> None:
    lin, _, meeting, host, guest = await two_people(app)
    await host.command("participants.set_role", seat=2, role="host")
    await host.command("live.leave")
    back = await lin.enter(meeting, "林晓")
    assert you(back) == (1, "host")
    roles = {entry["seat"]: entry["role"] for entry in back.welcome["snapshot"]["roster"]}
    assert roles == {1: "host", 2: "participant"}
    assert back.welcome["snapshot"]["meetings"]["host"] == 1
    assert (await guest.command("participants.set_role", seat=1, role="participant"))["error"][
        "code"
    ] == "forbidden"


async def test_before_joining_one_reads_who_is_host_now(app: App) -> None:
    lin, _, meeting, host, guest = await two_people(app)

    async def host_read() -> str:
        body = {"passcode": meeting["passcode"]}
        look = f"/api/meetings/{meeting['number']}/preview"
        name: str = (await app.visitor().http.post(look, json=body)).json()["host"]
        return name

    assert await host_read() == "林晓"
    await host.command("participants.set_role", seat=2, role="host")
    assert await host_read() == "周航"
    await guest.command("participants.set_role", seat=1, role="host")
    assert await host_read() == "林晓"
    await host.command("participants.set_role", seat=2, role="host")
    await host.command("live.leave")
    assert await host_read() == "周航"
    await guest.command("live.leave")
    assert await host_read() == "周航", "who was host last, while nobody is"
    back = await lin.enter(meeting, "林晓")
    assert await host_read() == "林晓"
    app.clock.step(1)
    await back.command("live.leave")
    assert await host_read() == "林晓"


async def test_who_was_removed_may_come_back_to_another_seat(app: App) -> None:
    _, zhou, meeting, host, guest = await two_people(app)
    await host.command("participants.remove", seat=2)
    assert await guest.closed() == 4004
    resumed = await zhou.live()
    assert (await resumed.hello(resume=guest.welcome["resume"]))["error"]["code"] == "seat_removed"
    assert you(await zhou.enter(meeting, "周航")) == (3, "participant")


async def test_a_name_may_change_on_the_way_back(app: App) -> None:
    _, zhou, meeting, host, guest = await two_people(app)
    await guest.drop()
    await host.event("roster.changed")
    await zhou.enter(meeting, "周航（上海）")
    changed = await host.event("roster.changed")
    assert changed["data"]["name"] == "周航（上海）"


async def test_a_check_may_send_people_to_the_lobby(app_starter: AppStarter) -> None:
    async def guests_wait(attempt: JoinAttempt) -> Verdict:
        return Wait(LOBBY)

    async with app_starter.run(extra=[Feature("doorkeeper", admission=(guests_wait,))]) as app:
        meeting = await (await app.person("林晓")).create_meeting()
        zhou = await app.visitor().enter(meeting, "周航")
    assert zhou.welcome["you"]["space"] == "lobby"
    assert zhou.welcome["media"]["kind"] == "none"
    assert zhou.welcome["snapshot"]["meetings"]["host"] is None


async def stored_seat(app: App, number: int) -> dict[str, Any]:
    columns = ("name", "role", "space", "resume_hash", "last_seen_at", "removed_at")
    statement = text("SELECT * FROM seat WHERE number = :number")
    row = await app.core.db.read(lambda tx: tx.execute(statement, {"number": number}).mappings().one())
    return {name: row[name] for name in columns}


async def test_a_join_that_continues_and_is_thrown_away_changes_nothing(app: App) -> None:
    _, zhou, meeting, host, guest = await two_people(app)
    before = await stored_seat(app, guest.seat)
    await zhou.join(meeting, "别的名字", takeover="continue")
    assert await stored_seat(app, guest.seat) == before
    await guest.drop()
    assert (await host.event("roster.changed"))["data"]["name"] == "周航"
    back = await zhou.live()
    assert (await back.hello(resume=guest.welcome["resume"]))["type"] == "welcome"
    assert [entry["name"] for entry in back.welcome["snapshot"]["roster"]] == ["林晓", "周航"]


async def test_the_new_name_is_there_when_the_ticket_is_used_and_not_before(app: App) -> None:
    _, zhou, meeting, host, _ = await two_people(app)
    joined = await zhou.join(meeting, "周航（上海）", takeover="continue")
    assert (await stored_seat(app, 2))["name"] == "周航"
    second = await zhou.live(joined["socket"])
    await second.hello(ticket=joined["ticket"])
    assert (await stored_seat(app, 2))["name"] == "周航（上海）"
    assert (await host.event("roster.changed"))["data"]["name"] == "周航（上海）"


async def test_a_late_return_that_is_thrown_away_leaves_the_seat_as_it_was(app: App) -> None:
    _, zhou, meeting, host, guest = await two_people(app)
    await host.command("participants.set_role", seat=2, role="co_host")
    await guest.command("live.leave")
    before = await stored_seat(app, 2)
    await zhou.join(meeting, "别的名字")
    assert await stored_seat(app, 2) == before


async def test_a_ticket_that_continues_a_stay_which_ends_before_it_is_used_is_sent_back_to_admission(
    app: App,
) -> None:
    _, zhou, meeting, host, guest = await two_people(app)
    await host.command("participants.set_role", seat=2, role="co_host")
    await guest.drop()
    await host.event("roster.changed")
    joined = await zhou.join(meeting, "周航")
    await app.advance(GRACE_S + 2)
    late = await zhou.live(joined["socket"])
    assert (await late.hello(ticket=joined["ticket"]))["error"]["code"] == "stay_over"
    assert await late.closed() == Close.REJOIN
    assert you(await zhou.enter(meeting, "周航")) == (2, "participant")


async def kept_of_tickets(app: App) -> dict[int, set[str]]:
    """By seat: the columns of a ticket that hold something."""
    columns = text(f"SELECT number, {', '.join(NO_TICKET)} FROM seat")
    rows = await app.core.db.read(lambda tx: tx.execute(columns).mappings().all())
    kept = {row["number"]: {name for name in NO_TICKET if row[name] is not None} for row in rows}
    return {seat: names for seat, names in kept.items() if names}


@pytest.mark.parametrize("gone", ["used", "expired", "ended with its meeting"])
async def test_what_a_ticket_brought_is_forgotten_with_it(app: App, gone: str) -> None:
    _, zhou, meeting, host, guest = await two_people(app)
    await guest.command("live.leave")
    await guest.closed()
    joined = await zhou.join(meeting, "别的名字")
    assert await kept_of_tickets(app) == {2: set(NO_TICKET)}
    if gone == "used":
        back = await zhou.live(joined["socket"])
        assert (await back.hello(ticket=joined["ticket"]))["type"] == "welcome"
    elif gone == "expired":
        app.clock.jump(TICKET_S)
        await purge(app.core)
    else:
        await host.command("meetings.end")
        assert await host.closed() == Close.ENDED
    assert await kept_of_tickets(app) == {}


@pytest.mark.parametrize("gone", ["removed", "left"])
async def test_what_a_ticket_brought_is_forgotten_with_its_seat(app: App, gone: str) -> None:
    _, zhou, meeting, host, guest = await two_people(app)
    await zhou.join(meeting, "别的名字", takeover="continue")
    assert await kept_of_tickets(app) == {2: {"ticket_hash", "ticket_expires_at", "ticket_name"}}
    if gone == "removed":
        await host.command("participants.remove", seat=2)
    else:
        await guest.command("live.leave")
    assert await guest.closed() == (Close.REMOVED if gone == "removed" else Close.LEFT)
    assert await kept_of_tickets(app) == {}


async def test_a_meeting_gives_out_so_many_seats_and_who_has_one_comes_back(app_starter: AppStarter) -> None:
    async with app_starter.run(live=Live(seats_most=2)) as app:
        host, zhou = await app.person("林晓"), app.visitor()
        meeting = await host.create_meeting()
        await host.join(meeting, "林晓")
        await zhou.join(meeting, "周航")
        opened = {"passcode": meeting["passcode"]}
        refused = await app.visitor().try_join(meeting["number"], "Emma", **opened)
        assert (refused.status_code, refused.json()["code"]) == (409, "meeting_full")
        assert refused.json()["data"] == {"seats": 2}
        assert (await zhou.join(meeting, "周航"))["seat"] == 2
        assert len(await consents(app)) == 4


async def seats_of(app: App) -> dict[int, str]:
    """What is stored: by number, under which name."""
    statement = text("SELECT number, name FROM seat ORDER BY number")
    rows = await app.core.db.read(lambda tx: tx.execute(statement).all())
    return {row.number: row.name for row in rows}


async def test_seats_that_nobody_came_to_are_deleted_and_their_numbers_do_not_come_again(
    app_starter: AppStarter,
) -> None:
    async with app_starter.run(live=Live(seats_most=2)) as app:
        lin = await app.person("林晓")
        meeting = await lin.create_meeting()
        await lin.enter(meeting, "林晓")
        for number in (2, 3):
            assert (await app.visitor().join(meeting, "周航"))["seat"] == number
            refused = await app.visitor().try_join(meeting["number"], "Emma", passcode=meeting["passcode"])
            assert refused.json()["code"] == "meeting_full"
            app.clock.jump(TICKET_S)
            await purge(app.core)
            assert await seats_of(app) == {1: "林晓"}
    async with app_starter.run(live=Live(seats_most=2)) as again:
        again.clock.jump(TICKET_S)
        emma = await again.visitor().enter(meeting, "Emma")
        assert emma.seat == 4
        await purge(again.core)
        assert await seats_of(again) == {1: "林晓", 4: "Emma"}


async def test_a_seat_that_somebody_came_to_stays_though_a_later_ticket_for_it_is_not_used(app: App) -> None:
    _, zhou, meeting, _, guest = await two_people(app)
    await guest.command("live.leave")
    await zhou.join(meeting, "别的名字")
    app.clock.jump(TICKET_S)
    await purge(app.core)
    assert await seats_of(app) == {1: "林晓", 2: "周航"}
    assert you(await zhou.enter(meeting, "周航")) == (2, "participant")


async def test_a_seat_that_nobody_came_to_is_gone_with_its_meeting(app: App) -> None:
    _, _, meeting, host, _ = await two_people(app)
    await app.visitor().join(meeting, "Emma")
    assert 3 in await seats_of(app)
    await host.command("meetings.end")
    assert await seats_of(app) == {1: "林晓", 2: "周航"}


async def test_a_ticket_whose_seat_is_deleted_before_its_turn_is_refused_and_a_new_one_gets_in(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_ticket = live_store.use_ticket

    def after_a_purge(session: Session, run: UUID, seat: int, ticket: bytes, now: datetime) -> Occupant:
        late = now + timedelta(seconds=TICKET_S)
        assert live_store.forget_old_credentials(session, late, now) == 1
        return use_ticket(session, run, seat, ticket, late)

    _, _, meeting, _, _ = await two_people(app)
    emma = app.visitor()
    joined = await emma.join(meeting, "Emma")
    monkeypatch.setattr(live_store, "use_ticket", after_a_purge)
    late = await emma.live(joined["socket"])
    assert (await late.hello(ticket=joined["ticket"]))["error"]["code"] == "hello_refused"
    assert await late.closed() == Close.HELLO_REFUSED
    monkeypatch.undo()
    assert (await emma.enter(meeting, "Emma")).welcome["you"]["role"] == "participant"
