"""Coming back: what was missed arrives once and in order, or a whole new snapshot does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcmeet.live import replay
from mcmeet.live.replay import REPLAY_MOST, Replay
from tests.fixtures.app import App, LiveSocket

pytestmark = pytest.mark.anyio

FEW = 4


async def meeting_of_two(app: App) -> tuple[LiveSocket, LiveSocket]:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    one = await host.enter(meeting, "林晓")
    return one, await app.visitor().enter(meeting, "周航")


async def back(app: App, socket: LiveSocket, **fields: Any) -> tuple[LiveSocket, dict[str, Any]]:
    fresh = await app.visitor().live()
    position = {"epoch": socket.welcome["epoch"], "seq": socket.welcome["seq"]} | fields
    return fresh, await fresh.hello(resume=socket.welcome["resume"], **position)


async def test_missed_events_come_in_order_and_once(app: App) -> None:
    one, two = await meeting_of_two(app)
    await two.drop()
    for name in ("甲", "乙", "丙"):
        await one.command("participants.rename", name=name)
    fresh, answer = await back(app, two)
    assert answer["type"] == "resumed"
    names = [await fresh.event("roster.changed") for _ in range(5)]
    assert [event["data"]["name"] for event in names if event["data"]["seat"] == 1] == ["甲", "乙", "丙"]
    numbers = [event["seq"] for event in names]
    assert numbers == sorted(set(numbers))
    assert answer["seq"] == numbers[-1]


async def test_commands_go_on_counting_after_a_resume(app: App) -> None:
    _, two = await meeting_of_two(app)
    first = await two.command_with_id(7, "participants.rename", name="七")
    await two.drop()
    fresh, _ = await back(app, two)
    assert await fresh.command_with_id(7, "participants.rename", name="又七") == first


async def test_another_epoch_gets_a_new_snapshot(app: App) -> None:
    _, two = await meeting_of_two(app)
    await two.drop()
    _, answer = await back(app, two, epoch="another")
    assert answer["type"] == "welcome"


async def test_a_number_from_the_future_gets_a_new_snapshot(app: App) -> None:
    _, two = await meeting_of_two(app)
    await two.drop()
    _, answer = await back(app, two, seq=10**6)
    assert answer["type"] == "welcome"


async def test_after_more_missed_events_than_are_kept_a_new_snapshot_comes(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "REPLAY_MOST", FEW)
    one, two = await meeting_of_two(app)
    await two.drop()
    for number in range(FEW + 1):
        assert "ack" in await one.command("participants.rename", name=f"名{number}")
    _, answer = await back(app, two)
    assert answer["type"] == "welcome"
    assert answer["snapshot"]["roster"][0]["name"] == f"名{FEW}"


@given(
    st.lists(st.one_of(st.none(), st.frozensets(st.integers(1, 4))), max_size=600),
    st.integers(1, 4),
    st.integers(0, 700),
)
async def test_replay_gives_exactly_what_a_seat_missed_or_says_that_it_cannot(
    audiences: list[frozenset[int] | None], seat: int, since: int
) -> None:
    kept = Replay()
    for audience in audiences:
        seq = kept.next_seq()
        kept.keep(seq, audience, str(seq))
    got = kept.after(seat, since)
    if since > len(audiences) or len(audiences) - since > REPLAY_MOST:
        assert got is None
        return
    assert got == [
        str(number)
        for number, audience in enumerate(audiences, 1)
        if number > since and (audience is None or seat in audience)
    ]
