"""Other features hear once that a meeting is over, whoever or whatever ended it."""

from typing import Any

import pytest
from sqlalchemy import select

from mcmeet.core.errors import NotSaved
from mcmeet.core.ids import Tenant
from mcmeet.core.jobs.tables import StoredJob
from mcmeet.features.meetings import MeetingEnded
from mcmeet.live import store as live_store
from mcmeet.live.tables import MeetingRun
from mcmeet.media.port import RoomNotOpen
from tests.fixtures.app import App, AppStarter
from tests.fixtures.jobs import Listener

pytestmark = pytest.mark.anyio

A_MINUTE_S = 62
TWO_DAYS_S = 2 * 86_400


@pytest.fixture
def reports() -> Listener:
    return Listener(MeetingEnded)


async def the_run(app: App) -> tuple[Any, Tenant]:
    """Id and tenant of the only one."""
    found = await app.core.db.read(lambda tx: tx.execute(select(MeetingRun.id, MeetingRun.tenant)).one())
    return found.id, found.tenant


async def promised(app: App) -> int:
    return len(await app.core.db.read(lambda tx: tx.scalars(select(StoredJob.id)).all()))


async def ended(app: App) -> list[str | None]:
    """Of each meeting, why; None as long as it goes on."""
    return list(await app.core.db.read(lambda tx: tx.scalars(select(MeetingRun.end_reason)).all()))


@pytest.mark.parametrize("way", ["socket", "route"])
async def test_the_hosts_end_is_heard_of_once(app_starter: AppStarter, reports: Listener, way: str) -> None:
    async with app_starter.run(extra=[reports.feature]) as app:
        lin = await app.person("林晓")
        meeting = await lin.create_meeting()
        host = await lin.enter(meeting, "林晓")
        run, tenant = await the_run(app)
        if way == "socket":
            assert "ack" in await host.command("meetings.end")
        else:
            assert (await lin.http.post(f"/api/meetings/{meeting['number']}/end")).is_success
        told = await reports.hears()
        assert told == MeetingEnded(tenant=tenant, run=run, ended_at=app.clock.now(), reason="host")
        await lin.http.post(f"/api/meetings/{meeting['number']}/end")
        assert await promised(app) == 1


async def test_the_end_of_an_empty_meeting_is_heard_of(app_starter: AppStarter, reports: Listener) -> None:
    async with app_starter.run(extra=[reports.feature]) as app:
        lin = await app.person("林晓")
        host = await lin.enter(await lin.create_meeting(), "林晓")
        await host.command("live.leave")
        await app.advance(A_MINUTE_S)
        assert (await reports.hears()).reason == "empty"


async def test_the_end_of_a_meeting_that_nobody_came_back_to_is_heard_of(
    app_starter: AppStarter, reports: Listener
) -> None:
    async with app_starter.run(extra=[reports.feature]) as before:
        lin = await before.person("林晓")
        await lin.enter(await lin.create_meeting(), "林晓")
    assert reports.heard == []
    async with app_starter.run(extra=[reports.feature]) as after:
        await after.advance(A_MINUTE_S)
        assert (await reports.hears()).reason == "empty"


async def test_an_end_that_cannot_be_stored_is_told_to_nobody(
    app_starter: AppStarter, reports: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise NotSaved

    async with app_starter.run(extra=[reports.feature]) as app:
        lin = await app.person("林晓")
        host = await lin.enter(await lin.create_meeting(), "林晓")
        monkeypatch.setattr(live_store, "end_run", refuse)
        assert (await host.command("meetings.end"))["error"]["code"] == "not_saved"
        assert await promised(app) == 0


async def test_a_meeting_that_nobody_entered_tells_nothing(
    app_starter: AppStarter, reports: Listener
) -> None:
    async with app_starter.run(extra=[reports.feature]) as app:
        lin = await app.person("林晓")
        await lin.create_meeting()
        app.clock.step(TWO_DAYS_S)
        await lin.create_meeting()  # old ones are given up now
        await app.settle()
        assert await promised(app) == 0


async def test_a_meeting_that_its_host_ends_before_anybody_entered_tells_nothing(
    app_starter: AppStarter, reports: Listener
) -> None:
    async with app_starter.run(extra=[reports.feature]) as app:
        lin = await app.person("林晓")
        meeting = await lin.create_meeting()
        assert (await lin.http.post(f"/api/meetings/{meeting['number']}/end")).status_code == 204
        assert await ended(app) == ["host"]
        assert await promised(app) == 0


async def test_a_first_comer_who_cannot_be_let_in_ends_no_meeting(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise NotSaved

    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    joined = await lin.join(meeting, "林晓")
    monkeypatch.setattr(live_store, "use_ticket", refuse)
    assert (await (await lin.live()).hello(ticket=joined["ticket"]))["error"]["code"] == "not_saved"
    [media_room] = [room.run.media_room for room in app.rooms.open_rooms()]
    monkeypatch.undo()
    await app.advance(A_MINUTE_S)
    assert app.rooms.open_rooms() == []
    with pytest.raises(RoomNotOpen):
        await app.engine.list(media_room)
    assert await ended(app) == [None]
    zhou = await app.visitor().enter(meeting, "周航")
    assert zhou.welcome["media"]["kind"] == "rtc"
    await zhou.command("live.leave")
    await app.advance(A_MINUTE_S)
    assert await ended(app) == ["empty"]
