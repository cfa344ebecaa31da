"""Who is there, who is lost, who has left: rows of participation tell it exactly."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mcmeet.core.errors import NotSaved
from mcmeet.core.feature import Feature
from mcmeet.live.feature import Change, LiveFeature
from mcmeet.live.seats import Occupant
from mcmeet.live.tables import MeetingRun, Participation, Seat
from tests.fixtures.app import START, App, AppStarter

pytestmark = pytest.mark.anyio


async def stays(app: App) -> list[tuple[str, float, float | None]]:
    """(name, joined, left) in seconds since the start of the test, in order."""

    def read(session: Any) -> list[tuple[str, float, float | None]]:
        rows = session.scalars(select(Participation).order_by(Participation.joined_at, Participation.seat))
        return [
            (
                row.name,
                (row.joined_at - START).total_seconds(),
                None if row.left_at is None else (row.left_at - START).total_seconds(),
            )
            for row in rows
        ]

    return await app.core.db.read(read)


async def test_a_return_within_the_grace_time_continues_the_same_stay(app: App) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    one = await host.enter(meeting, "林晓")
    two = await app.visitor().enter(meeting, "周航")
    await two.drop()
    assert (await one.event("roster.changed"))["data"]["state"] == "away"
    await app.advance(19)
    again = await two_returns(app, two)
    assert (await one.event("roster.changed"))["data"]["state"] == "here"
    assert again["type"] == "welcome"
    assert await stays(app) == [("林晓", 0, None), ("周航", 0, None)]


class Greeting(LiveFeature):
    """Stores something when somebody comes, which the database refuses as long as the test says so."""

    name = "greeting"
    is_refused = False

    async def on_join(self, occupant: Occupant) -> Change:
        return Change(write=self._store)

    def _store(self, session: Session) -> None:
        if Greeting.is_refused:
            raise NotSaved


async def test_who_is_stored_and_not_let_in_is_shown_as_away_until_they_are_back(
    app_starter: AppStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_starter.run(extra=(Feature("greeting", live=Greeting),)) as app:
        host, guest = await app.person("林晓"), app.visitor()
        meeting = await host.create_meeting()
        one = await host.enter(meeting, "林晓")
        joined = await guest.join(meeting, "周航")
        two = await guest.live(joined["socket"])
        with monkeypatch.context() as full:
            full.setattr(Greeting, "is_refused", True)
            assert (await two.hello(ticket=joined["ticket"]))["error"]["code"] == "not_saved"
        assert (await one.event("roster.joined"))["data"]["state"] == "here"
        assert (await one.event("roster.changed"))["data"]["state"] == "away"
        await guest.enter(meeting, "周航")
        assert (await one.event("roster.changed"))["data"]["state"] == "here"


class Impatient(LiveFeature):
    """Lets go whoever is away, which no hook may."""

    name = "impatient"

    async def on_away(self, occupant: Occupant) -> Change:
        return self.room.left(occupant)


async def test_a_hook_that_lets_somebody_go_is_not_carried_out(app_starter: AppStarter) -> None:
    async with app_starter.run(extra=(Feature("impatient", live=Impatient),)) as app:
        host = await app.person("林晓")
        meeting = await host.create_meeting()
        one = await host.enter(meeting, "林晓")
        two = await app.visitor().enter(meeting, "周航")
        await two.drop()
        assert (await one.event("roster.changed"))["data"]["state"] == "away"
        await two_returns(app, two)
        assert (await one.event("roster.changed"))["data"]["state"] == "here"
        assert await stays(app) == [("林晓", 0, None), ("周航", 0, None)]


async def two_returns(app: App, socket: Any) -> dict[str, Any]:
    fresh = await app.visitor().live()
    answer: dict[str, Any] = await fresh.hello(resume=socket.welcome["resume"])
    return answer


async def test_who_stays_away_has_left_at_the_moment_of_the_loss(app: App) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    one = await host.enter(meeting, "林晓")
    guest = app.visitor()
    two = await guest.enter(meeting, "周航")
    await app.advance(5)
    await two.drop()
    await one.event("roster.changed")
    await app.advance(21)
    assert (await one.event("roster.left"))["data"] == {"seat": two.seat}
    assert await stays(app) == [("林晓", 0, None), ("周航", 0, 5)]
    late = await app.visitor().live()
    await late.send({"type": "hello", "resume": two.welcome["resume"]})
    assert (await late.frame())["error"]["code"] == "stay_over"
    assert await late.closed() == 4001
    back = await guest.enter(meeting, "周航")
    assert back.seat == two.seat
    assert await stays(app) == [("林晓", 0, None), ("周航", 0, 5), ("周航", 26, None)]


async def test_who_left_on_purpose_comes_back_through_admission_and_not_by_an_old_credential(
    app: App,
) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    one = await host.enter(meeting, "林晓")
    two = await app.visitor().enter(meeting, "周航")
    await one.command("participants.set_role", seat=two.seat, role="host")
    await two.command("live.leave")
    late = await app.visitor().live()
    await late.send({"type": "hello", "resume": two.welcome["resume"]})
    assert (await late.frame())["error"]["code"] == "hello_refused"
    bearer = {"Authorization": f"Bearer {two.welcome['resume']}"}
    refused = await app.visitor().http.post(f"/api/meetings/{meeting['number']}/end", headers=bearer)
    assert refused.status_code == 401


async def test_an_end_in_somebodys_grace_time_does_not_move_their_leaving(app: App) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    one = await host.enter(meeting, "林晓")
    two = await app.visitor().enter(meeting, "周航")
    await two.drop()
    await one.event("roster.changed")
    await app.advance(7)
    await one.command("meetings.end")
    assert await stays(app) == [("林晓", 0, 7), ("周航", 0, 0)]


async def test_a_meeting_that_all_had_left_when_the_server_stopped_still_ends(
    app_starter: AppStarter,
) -> None:
    async with app_starter.run() as before:
        host = await before.person("林晓")
        one = await host.enter(await host.create_meeting(), "林晓")
        await one.command("live.leave")
    async with app_starter.run() as after:
        await after.advance(62)
        reason = await after.core.db.read(lambda session: session.scalar(select(MeetingRun.end_reason)))
        assert reason == "empty"


async def test_leaving_closes_the_stay_and_the_socket(app: App) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    one = await host.enter(meeting, "林晓")
    two = await app.visitor().enter(meeting, "周航")
    await app.advance(3)
    assert (await two.command("live.leave"))["ack"] == 1
    assert await two.closed() == 4007
    assert (await one.event("roster.left"))["data"] == {"seat": two.seat}
    assert (await stays(app))[1] == ("周航", 0, 3)


async def test_twelve_seconds_of_silence_are_a_loss(app: App) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    one = await host.enter(meeting, "林晓")
    await app.advance(11, silent=True)
    await one.send({"type": "ping"})
    assert (await one.event("pong")) == {"type": "pong"}
    await app.advance(11, silent=True)
    assert app.rooms.open_rooms()[0].is_connected(one.seat)
    await app.advance(3, silent=True)
    assert await one.closed() == 4000


async def test_a_meeting_without_anybody_for_a_minute_is_over(app: App) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    one = await host.enter(meeting, "林晓")
    await one.drop()
    await app.advance(59)
    assert len(app.rooms.open_rooms()) == 1
    await app.advance(5)
    assert app.rooms.open_rooms() == []
    reason = await app.core.db.read(lambda session: session.scalar(select(MeetingRun.end_reason)))
    assert reason == "empty"
    refused = await app.visitor().try_join(meeting["number"], "周航", passcode=meeting["passcode"])
    assert (refused.status_code, refused.json()["code"]) == (404, "meeting_not_available")


async def test_last_seen_is_stamped_while_somebody_is_there(app: App) -> None:
    host = await app.person("林晓")
    await host.enter(await host.create_meeting(), "林晓")
    await app.advance(24)
    seen = await app.core.db.read(lambda session: session.scalar(select(Seat.last_seen_at)))
    assert seen is not None
    assert START + timedelta(seconds=14) <= seen <= START + timedelta(seconds=24)


async def test_the_same_seat_opened_again_replaces_the_first_socket(app: App) -> None:
    host = await app.person("林晓")
    one = await host.enter(await host.create_meeting(), "林晓")
    second = await host.live()
    answer = await second.hello(resume=one.welcome["resume"])
    assert answer["type"] == "welcome"
    assert await one.closed() == 4005
    assert (await second.command("participants.rename", name="林晓二"))["ack"] == 1


async def test_the_host_is_host_again_after_a_reconnect(app: App) -> None:
    host = await app.person("林晓")
    one = await host.enter(await host.create_meeting(), "林晓")
    await one.drop()
    await app.advance(2)
    again = await host.live()
    welcome = await again.hello(resume=one.welcome["resume"])
    assert welcome["you"]["role"] == "host"
    assert "meetings.end" in welcome["you"]["rights"]["actions"]


async def test_a_credential_works_until_its_successor_has_been_used(app: App) -> None:
    host = await app.person("林晓")
    one = await host.enter(await host.create_meeting(), "林晓")
    first = one.welcome["resume"]
    lost = await host.live()
    await lost.hello(resume=first)  # its answer, with the new credential, never arrived
    second = (await (await host.live()).hello(resume=first))["resume"]
    third = (await (await host.live()).hello(resume=second))["resume"]
    late = await host.live()
    await late.send({"type": "hello", "resume": first})
    assert (await late.frame())["error"]["code"] == "hello_refused"
    assert (await (await host.live()).hello(resume=third))["type"] == "welcome"


async def test_after_a_restart_people_are_back_in_the_same_stay(app_starter: AppStarter) -> None:
    async with app_starter.run() as before:
        host = await before.person("林晓")
        meeting = await host.create_meeting()
        one = await host.enter(meeting, "林晓")
        two = await before.visitor().enter(meeting, "周航")
        credentials = one.welcome["resume"], two.welcome["resume"]
        await before.rooms.close()
        assert await one.closed() == 4000
    async with app_starter.run() as after:
        back = await after.visitor().live()
        welcome = await back.hello(resume=credentials[0], epoch=one.welcome["epoch"], seq=one.welcome["seq"])
        assert welcome["type"] == "welcome"
        assert welcome["epoch"] != one.welcome["epoch"]
        assert (welcome["you"]["seat"], welcome["you"]["role"]) == (1, "host")
        assert [entry["state"] for entry in welcome["snapshot"]["roster"]] == ["here", "away"]
        await after.advance(21)
        rows = await stays(after)
        assert [(name, left is None) for name, _, left in rows] == [("林晓", True), ("周航", False)]


async def test_a_task_that_lost_its_lease_stops_and_writes_nothing(app: App) -> None:
    host = await app.person("林晓")
    one = await host.enter(await host.create_meeting(), "林晓")

    def another_node(session: Any) -> None:
        session.scalars(select(MeetingRun)).one().term += 1

    await app.core.db.write(another_node)
    await one.send({"id": 1, "type": "participants.rename", "data": {"name": "写不进"}})
    assert await one.closed() == 4002
    name = await app.core.db.read(lambda session: session.scalar(select(Seat.name)))
    assert name == "林晓"
