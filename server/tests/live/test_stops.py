"""A room that stops, or cannot start, tells everybody who waits for it what is true."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from mcmeet.core.errors import NotSaved
from mcmeet.core.feature import Feature
from mcmeet.live import room as live_room
from mcmeet.live import rooms as live_rooms
from mcmeet.live import store as live_store
from mcmeet.live.errors import LeaseLost
from mcmeet.live.feature import LiveFeature
from mcmeet.live.room import Room
from mcmeet.live.seats import Close
from mcmeet.live.tables import MeetingRun
from tests.fixtures.app import ANSWER_WITHIN_S, App, AppStarter, LiveSocket, Visitor
from tests.fixtures.held import Held, waiting

pytestmark = pytest.mark.anyio


async def two_people(app: App) -> tuple[Visitor, dict[str, Any], LiveSocket, LiveSocket]:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    one = await host.enter(meeting, "林晓")
    return host, meeting, one, await app.visitor().enter(meeting, "周航")


async def end(visitor: Visitor, meeting: dict[str, Any]) -> tuple[int, str]:
    answer = await visitor.http.post(f"/api/meetings/{meeting['number']}/end")
    return answer.status_code, answer.json()["code"] if answer.content else ""


async def is_running(app: App) -> bool:
    ended = await app.core.db.read(lambda session: session.scalars(select(MeetingRun.ended_at)).all())
    return ended == [None]


RENAME = {"id": 1, "type": "participants.rename", "data": {"name": "改名"}}


async def test_an_end_that_waited_for_a_room_which_lost_its_run_is_not_called_done(
    app: App, held: Held
) -> None:
    host, meeting, one, guest = await two_people(app)
    held.hold("rename_seat", fails=LeaseLost())
    await guest.send(RENAME)
    await held.reached()
    ending = asyncio.create_task(end(host, meeting))
    await waiting(app)
    held.release()
    assert await ending == (503, "not_saved")
    assert await one.closed() == Close.MOVED
    assert await is_running(app)


@pytest.mark.parametrize(
    ("statement", "fails", "told"),
    [("rename_seat", LeaseLost(), Close.MOVED), ("end_run", None, Close.ENDED)],
)
async def test_who_waits_at_the_door_of_a_room_that_stops_is_told_why(
    app: App, held: Held, statement: str, fails: Exception | None, told: Close
) -> None:
    _, _, one, guest = await two_people(app)
    held.hold(statement, fails)
    await one.send(RENAME if statement == "rename_seat" else {"id": 1, "type": "meetings.end"})
    await held.reached()
    again = await app.visitor().live()
    await again.send({"type": "hello", "resume": guest.welcome["resume"]})
    await waiting(app)
    held.release()
    assert await again.closed() == told


async def test_a_server_that_stops_opens_no_room_again(app: App) -> None:
    host, meeting, one, guest = await two_people(app)
    await app.rooms.close()
    assert (await one.closed(), await guest.closed()) == (Close.RESUME, Close.RESUME)
    again = await app.visitor().live()
    assert (await again.hello(resume=guest.welcome["resume"]))["error"]["code"] == "not_saved"
    assert await again.closed() == Close.RESUME
    assert await end(host, meeting) == (503, "not_saved")
    assert app.rooms.open_rooms() == []
    assert await is_running(app)


async def test_a_room_that_opens_while_the_server_stops_does_not(app: App, held: Held) -> None:
    host = await app.person("林晓")
    joined = await host.join(await host.create_meeting(), "林晓")
    held.hold("take_lease")
    live = await host.live(joined["socket"])
    await live.send({"type": "hello", "ticket": joined["ticket"]})
    await held.reached()
    await app.rooms.close()
    held.release()
    assert await live.closed() == Close.RESUME
    assert app.rooms.open_rooms() == []


async def test_a_server_that_stops_finishes_the_end_that_it_has_begun(
    app: App, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_rooms, "STOP_WITHIN_S", 10.0)
    host, meeting, _, _ = await two_people(app)
    held.hold("end_run")
    ending = asyncio.create_task(end(host, meeting))
    await held.reached()
    stopping = asyncio.create_task(app.rooms.close())
    await waiting(app)  # the room has been told to stop
    assert not stopping.done()
    held.release()
    await stopping
    assert await ending == (204, "")
    assert not await is_running(app)


async def test_a_server_that_cannot_wait_leaves_no_request_without_an_answer(
    app: App, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_rooms, "STOP_WITHIN_S", 0.05)
    host, meeting, _, _ = await two_people(app)
    held.hold("end_run")
    endings = [asyncio.create_task(end(host, meeting)) for _ in range(2)]
    await held.reached()
    await waiting(app)
    await app.rooms.close()
    assert await asyncio.gather(*endings) == [(503, "not_saved")] * 2


async def test_who_cannot_be_let_in_is_told_so_and_may_try_again(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = await app.person("林晓")
    joined = await host.join(await host.create_meeting(), "林晓")

    def broken(*_: Any) -> None:
        raise KeyError("stay")

    monkeypatch.setattr(live_store, "open_stay", broken)
    first = await host.live()
    assert (await first.hello(ticket=joined["ticket"]))["error"]["code"] == "internal_error"
    assert await first.closed() == Close.RESUME
    monkeypatch.undo()
    second = await host.live()
    assert (await second.hello(ticket=joined["ticket"]))["type"] == "welcome"


async def test_a_second_socket_that_cannot_be_let_in_takes_nothing_from_the_first(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, _, guest = await two_people(app)

    def refuse(*_: Any) -> None:
        raise NotSaved

    monkeypatch.setattr(live_store, "stamp_seen", refuse)
    second = await app.visitor().live()
    assert (await second.hello(resume=guest.welcome["resume"]))["error"]["code"] == "not_saved"
    assert await second.closed() == Close.RESUME
    monkeypatch.undo()
    assert "ack" in await guest.command("participants.rename", name="还在")
    assert app.rooms.open_rooms()[0].is_connected(guest.seat)


class Fragile(LiveFeature):
    """Cannot open one run, as long as the test says so."""

    name = "fragile"
    fails_for: UUID | None = None
    hangs = False

    async def on_open(self) -> None:
        if self.room.run.id != Fragile.fails_for:
            return
        if Fragile.hangs:
            await asyncio.Event().wait()
        raise KeyError("state")


@pytest.fixture(params=["fails", "hangs"])
def fragile(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[Fragile]:
    if request.param == "hangs":
        monkeypatch.setattr(live_room, "HOOK_DEADLINE_S", 1.0)
    monkeypatch.setattr(Fragile, "hangs", request.param == "hangs")
    monkeypatch.setattr(Fragile, "fails_for", None)
    return Fragile


async def test_a_meeting_that_cannot_be_restored_keeps_no_other_from_it(
    app_starter: AppStarter, fragile: type[Fragile]
) -> None:
    extra = (Feature("fragile", live=fragile),)
    async with app_starter.run(extra=extra) as before:
        _, _, one, _ = await two_people(before)
        fragile.fails_for = before.rooms.open_rooms()[0].run.id
        *_, other = await two_people(before)
        await before.rooms.close()
    async with app_starter.run(extra=extra) as after:
        assert len(after.rooms.open_rooms()) == 1
        back = await after.visitor().live()
        assert (await back.hello(resume=other.welcome["resume"]))["type"] == "welcome"
        broken = await after.visitor().live()
        await broken.send({"type": "hello", "resume": one.welcome["resume"]})
        assert await broken.closed() == Close.RESUME
        fragile.fails_for = None
        again = await after.visitor().live()
        assert (await again.hello(resume=one.welcome["resume"]))["type"] == "welcome"


async def test_a_meeting_that_could_not_be_restored_ends_though_nobody_comes_back(
    app_starter: AppStarter, fragile: type[Fragile]
) -> None:
    extra = (Feature("fragile", live=fragile),)
    async with app_starter.run(extra=extra) as before:
        await two_people(before)
        fragile.fails_for = before.rooms.open_rooms()[0].run.id
        await before.rooms.close()
    async with app_starter.run(extra=extra) as after:
        fragile.fails_for = None
        assert after.rooms.open_rooms() == []
        after.clock.step(live_rooms.TRY_AGAIN_EVERY_S)
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while not after.rooms.open_rooms():  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        await after.settle()
        await after.advance(after.core.config.live.empty_seconds + 2)
        assert not await is_running(after)


async def test_no_room_opens_twice_after_it_could_not_while_others_waited_for_it(
    app_starter: AppStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_starter.run(extra=(Feature("fragile", live=Fragile),)) as app:
        host = await app.person("林晓")
        await host.join(await host.create_meeting(), "林晓")
        run = await app.core.db.read(lambda session: session.scalars(select(MeetingRun.id)).one())
        monkeypatch.setattr(Fragile, "fails_for", run)
        first, second = [asyncio.create_task(app.rooms.open(run)) for _ in range(2)]
        with pytest.raises(KeyError):
            await first
        monkeypatch.setattr(Fragile, "fails_for", None)
        found = await asyncio.gather(second, app.rooms.open(run), return_exceptions=True)
        assert {room for room in found if isinstance(room, Room)} == set(app.rooms.open_rooms())


async def refusal(app: App, credential: str) -> tuple[str, int]:
    socket = await app.visitor().live()
    answer = await socket.hello(resume=credential)
    return answer["error"]["code"], await socket.closed()


async def test_who_was_offline_when_a_host_removed_them_is_told_that(app: App) -> None:
    _, _, one, guest = await two_people(app)
    former = guest.welcome["resume"]
    latest = (await (await app.visitor().live()).hello(resume=former))["resume"]
    for socket in app.visitors[-1].sockets:
        await socket.drop()
    await one.command("participants.remove", seat=guest.seat)
    for credential in (former, latest):
        assert await refusal(app, credential) == ("seat_removed", Close.REMOVED)


async def test_who_was_offline_when_it_ended_is_told_that(app: App) -> None:
    _, _, one, guest = await two_people(app)
    await guest.drop()
    await one.command("meetings.end")
    assert await one.closed() == Close.ENDED
    assert await refusal(app, guest.welcome["resume"]) == ("meeting_ended", Close.ENDED)


async def test_a_credential_that_only_tells_why_gives_no_power(app: App) -> None:
    _, meeting, one, guest = await two_people(app)
    await one.command("participants.set_role", seat=guest.seat, role="host")
    await guest.command("participants.remove", seat=one.seat)
    bearer = {"Authorization": f"Bearer {one.welcome['resume']}"}
    refused = await app.visitor().http.post(f"/api/meetings/{meeting['number']}/end", headers=bearer)
    assert refused.status_code == 401
