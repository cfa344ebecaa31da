"""The end for all: by the host's button, by the host's account, by a host seat whose socket is dead."""

import asyncio
from typing import Any

import pytest

from mcmeet.core.auth import Seat
from mcmeet.core.errors import NotSaved
from mcmeet.features.meetings import api
from mcmeet.live import store as live_store
from mcmeet.live.tables import MeetingRun, Participation
from tests.fixtures.app import App, LiveSocket, Visitor

pytestmark = pytest.mark.anyio


async def two_people(app: App) -> tuple[Visitor, Visitor, dict[str, Any], LiveSocket, LiveSocket]:
    lin, zhou = await app.person("林晓"), app.visitor()
    meeting = await lin.create_meeting()
    host = await lin.enter(meeting, "林晓")
    return lin, zhou, meeting, host, await zhou.enter(meeting, "周航")


async def end(visitor: Visitor, meeting: dict[str, Any], credential: str | None = None) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {credential}"} if credential else {}
    answer = await visitor.http.post(f"/api/meetings/{meeting['number']}/end", headers=headers)
    return answer.status_code, answer.json()["code"] if answer.content else ""


async def is_over(app: App) -> bool:
    def read(session: Any) -> bool:
        runs = session.query(MeetingRun).all()
        open_stays = session.query(Participation).filter(Participation.left_at.is_(None)).count()
        return all(run.ended_at and run.end_reason == "host" for run in runs) and open_stays == 0

    return await app.core.db.read(read)


async def test_the_host_ends_for_all(app: App) -> None:
    _, zhou, meeting, host, guest = await two_people(app)
    assert (await host.command("meetings.end"))["data"] == {}
    for socket in (host, guest):
        assert (await socket.event("meetings.ended"))["data"] == {}
        assert await socket.closed() == 4003
    assert await is_over(app)
    assert (await zhou.try_join(meeting["number"], "周航", passcode=meeting["passcode"])).status_code == 404


async def test_the_hosts_account_ends_it_without_a_socket(app: App) -> None:
    lin, _, meeting, host, guest = await two_people(app)
    await host.drop()
    assert await end(lin, meeting) == (204, "")
    assert await guest.closed() == 4003
    assert await is_over(app)


async def test_a_host_seat_ends_it_by_its_credential_with_a_dead_socket(app: App) -> None:
    _, _, meeting, host, guest = await two_people(app)
    resume = host.welcome["resume"]
    await host.drop()
    assert await end(app.visitor(), meeting, resume) == (204, "")
    assert await guest.closed() == 4003
    assert await is_over(app)


async def test_the_seats_credential_goes_before_the_account_of_the_browser(app: App) -> None:
    _, _, meeting, host, _ = await two_people(app)
    emma = await app.person("Emma")
    assert await end(emma, meeting, host.welcome["resume"]) == (204, "")
    assert await is_over(app)


async def test_a_participant_cannot_end_it_by_any_way(app: App) -> None:
    _, zhou, meeting, _, guest = await two_people(app)
    assert (await guest.command("meetings.end"))["error"]["code"] == "forbidden"
    assert await end(zhou, meeting, guest.welcome["resume"]) == (403, "forbidden")
    assert await end(zhou, meeting) == (401, "unauthenticated")
    assert await end(app.visitor(), meeting, "forged") == (401, "unauthenticated")
    assert (await guest.command("participants.rename", name="仍在"))["ack"]


async def test_a_host_of_another_meeting_cannot_end_this_one(app: App) -> None:
    *_, meeting, _, _ = await two_people(app)
    emma = await app.person("Emma")
    own = await emma.create_meeting()
    seat = await emma.enter(own, "Emma")
    assert await end(emma, meeting, seat.welcome["resume"]) == (404, "meeting_not_available")
    assert await end(emma, meeting) == (404, "meeting_not_available")


async def test_the_host_of_the_moment_and_the_host_of_record_may_both_end(app: App) -> None:
    lin, _, meeting, host, guest = await two_people(app)
    await host.command("participants.set_role", seat=2, role="host")
    assert (await host.command("meetings.end"))["error"]["code"] == "forbidden"
    assert await end(app.visitor(), meeting, guest.welcome["resume"]) == (204, "")
    assert await end(lin, meeting) == (404, "meeting_not_available")


async def test_who_hands_over_while_they_ask_for_the_end_does_not_end_it(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, meeting, host, guest = await two_people(app)
    find = api.seat_of_bearer

    async def find_then_hand_over(*asked: Any) -> Seat | None:
        seat = await find(*asked)
        await host.command("participants.set_role", seat=guest.seat, role="host")
        return seat

    monkeypatch.setattr(api, "seat_of_bearer", find_then_hand_over)
    assert await end(app.visitor(), meeting, host.welcome["resume"]) == (403, "forbidden")
    assert not await is_over(app)


async def test_an_end_twice_is_an_end(app: App) -> None:
    lin, _, meeting, _, _ = await two_people(app)
    answers = await asyncio.gather(*(end(lin, meeting) for _ in range(4)))
    assert (204, "") in answers
    assert set(answers) <= {(204, ""), (404, "meeting_not_available")}
    assert await is_over(app)


async def test_a_meeting_that_nobody_entered_can_be_ended(app: App) -> None:
    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    assert await end(lin, meeting) == (204, "")
    assert await is_over(app)


async def test_no_credential_of_the_meeting_opens_it_afterwards(app: App) -> None:
    lin, zhou, meeting, host, guest = await two_people(app)
    joined = await app.visitor().join(meeting, "Emma")
    await end(lin, meeting)
    for hello in ({"ticket": joined["ticket"]}, {"resume": guest.welcome["resume"]}):
        socket = await zhou.live()
        assert "error" in await socket.hello(**hello)
    assert await end(zhou, meeting, host.welcome["resume"]) == (401, "unauthenticated")


async def test_an_end_that_cannot_be_stored_ends_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    lin, _, meeting, host, guest = await two_people(app)

    def refuse(*_: Any) -> None:
        raise NotSaved

    monkeypatch.setattr(live_store, "end_run", refuse)
    assert (await host.command("meetings.end"))["error"]["code"] == "not_saved"
    assert await end(lin, meeting) == (503, "not_saved")
    monkeypatch.undo()
    assert (await guest.command("participants.rename", name="还在"))["ack"]
    app.engine.connect(guest.welcome["media"]["token"])
    assert await end(lin, meeting) == (204, "")


async def test_whoever_ends_gets_the_answer_before_the_door_closes(app: App) -> None:
    *_, host, _ = await two_people(app)
    assert "ack" in await host.command("meetings.end")
    assert await host.closed() == 4003
