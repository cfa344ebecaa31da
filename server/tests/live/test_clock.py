"""The machine's clock is set while a meeting runs: nobody is lost, and no stay ends before it began."""

from typing import Any

import pytest
from sqlalchemy import select

from mcmeet.live.tables import MeetingRun, Participation
from tests.fixtures.app import START, App, LiveSocket

pytestmark = pytest.mark.anyio

DAY = 86_400.0


async def two_people(app: App) -> tuple[LiveSocket, LiveSocket, dict[str, Any]]:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    return await host.enter(meeting, "林晓"), await app.visitor().enter(meeting, "周航"), meeting


@pytest.mark.parametrize("days", [1, -1, 400, -400])
async def test_a_jump_of_the_clock_costs_nobody_their_seat(app: App, days: int) -> None:
    one, two, meeting = await two_people(app)
    app.clock.jump(days * DAY)
    await app.advance(30)
    assert "ack" in await two.command("participants.rename", name="周航（上海）")
    assert "ack" in await one.command("media.renew")
    await app.visitor().enter(meeting, "Emma")
    await two.drop()
    await app.advance(10)
    back = await app.visitor().live()
    assert (await back.hello(resume=two.welcome["resume"]))["type"] == "welcome"
    assert len(list(app.rooms.open_rooms()[0].roster)) == 3


async def test_no_stay_and_no_meeting_ends_before_it_began(app: App) -> None:
    one, two, _ = await two_people(app)
    app.clock.jump(-DAY)
    assert "ack" in await two.command("live.leave")
    assert "ack" in await one.command("meetings.end")
    await app.settle()
    stays = select(Participation.joined_at, Participation.left_at)
    runs = select(MeetingRun.started_at, MeetingRun.ended_at)
    spans = await app.core.db.read(lambda session: [*session.execute(stays), *session.execute(runs)])
    assert [tuple(span) for span in spans] == [(START, START)] * 3
