"""Reactions are seen by everybody inside, at a bearable rate, and by nobody later."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mcmeet.core.admission import Admit, Verdict, Wait
from mcmeet.core.feature import Feature
from mcmeet.features.meetings import JoinAttempt
from mcmeet.live.feature import SELDOM_BURST
from mcmeet.live.seats import LOBBY
from tests.fixtures.app import App, AppStarter

pytestmark = pytest.mark.anyio


async def wait_by_name(attempt: JoinAttempt) -> Verdict:
    return Wait(LOBBY) if attempt.name == "王睿" else Admit()


@pytest.fixture
async def app(app_starter: AppStarter) -> AsyncIterator[App]:
    async with app_starter.run(extra=[Feature("doorkeeper", admission=(wait_by_name,))]) as app:
        yield app


async def meeting_of(app: App) -> dict[str, Any]:
    return await (await app.person("林晓")).create_meeting()


async def test_everybody_inside_sees_a_reaction_and_who_waits_does_not(app: App) -> None:
    meeting = await meeting_of(app)
    zhou, emma, waiting = [await app.visitor().enter(meeting, name) for name in ("周航", "Emma", "王睿")]
    assert "ack" in await zhou.command("reactions.show", reaction="heart")
    for socket in (zhou, emma):
        shown = await socket.event("reactions.shown")
        assert (shown["by"], shown["data"]) == (zhou.seat, {"seat": zhou.seat, "reaction": "heart"})
        assert "seq" not in shown
    await app.settle()
    await waiting.send({"type": "ping"})
    await waiting.event("pong")
    assert [frame["type"] for frame in waiting.frames if frame["type"] == "reactions.shown"] == []


async def test_who_was_away_does_not_see_it_afterwards(app: App) -> None:
    meeting = await meeting_of(app)
    zhou, emma = [await app.visitor().enter(meeting, name) for name in ("周航", "Emma")]
    await emma.drop()
    await app.settle()
    await zhou.command("reactions.show", reaction="clap")
    again = await app.visitor().live()
    welcome = emma.welcome
    answer = await again.hello(resume=welcome["resume"], epoch=welcome["epoch"], seq=welcome["seq"])
    assert answer["type"] == "resumed"
    await again.send({"type": "ping"})
    await again.event("pong")
    assert "reactions.shown" not in [frame["type"] for frame in again.frames]


async def test_reactions_come_at_a_bearable_rate_each_seat_for_itself(app: App) -> None:
    meeting = await meeting_of(app)
    zhou, emma = [await app.visitor().enter(meeting, name) for name in ("周航", "Emma")]
    answers = [await zhou.command("reactions.show", reaction="laugh") for _ in range(SELDOM_BURST + 1)]
    assert ["ack" in answer for answer in answers] == [True] * SELDOM_BURST + [False]
    error = answers[-1]["error"]
    assert (error["code"], error["data"]) == ("too_many_requests", {"retry_after": 1})
    assert "ack" in await emma.command("reactions.show", reaction="laugh")
    await app.advance(1)
    assert "ack" in await zhou.command("reactions.show", reaction="laugh")


@pytest.mark.parametrize("reaction", ["", "thumbs_down", "👍", None, 3])
async def test_what_is_none_of_the_six_is_refused(app: App, reaction: Any) -> None:
    zhou = await app.visitor().enter(await meeting_of(app), "周航")
    answer = await zhou.command("reactions.show", reaction=reaction)
    assert answer["error"]["code"] == "invalid_input"
