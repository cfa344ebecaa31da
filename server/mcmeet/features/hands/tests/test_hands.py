"""Hands go up in order, stay up through losses, and come down by their owner, a host or a leave."""

import pytest

from mcmeet.core.errors import NotSaved
from mcmeet.features.hands import store
from mcmeet.features.hands.live import HandsLive
from mcmeet.features.hands.tables import RaisedHand
from mcmeet.live.feature import LiveFeature
from tests.fixtures.app import App, AppStarter, LiveSocket

pytestmark = pytest.mark.anyio


async def stored(app: App) -> int:
    return await app.core.db.read(lambda session: session.query(RaisedHand).count())


async def stored_places(app: App) -> dict[int, int]:
    (room,) = app.rooms.open_rooms()
    return await app.core.db.read(lambda session: store.hands_of_run(session, room.run.id))


async def people(app: App, *names: str) -> tuple[LiveSocket, list[LiveSocket]]:
    """林晓, who hosts, and guests of these names."""
    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    host = await lin.enter(meeting, "林晓")
    return host, [await app.visitor().enter(meeting, name) for name in names]


async def raised(app: App, *order: LiveSocket) -> None:
    for socket in order:
        assert "ack" in await socket.command("hands.raise")
    assert hands(app) == [socket.seat for socket in order]


def hands(app: App) -> list[int]:
    (room,) = app.rooms.open_rooms()
    found: list[int] = room.snapshot(next(iter(room.roster)))["hands"]["raised"]
    return found


def refuse(*_: object) -> None:
    raise NotSaved


async def test_hands_stand_in_the_order_in_which_they_went_up(app: App) -> None:
    host, (zhou, emma) = await people(app, "周航", "Emma")
    await raised(app, emma, zhou, host)
    assert "ack" in await emma.command("hands.raise")
    assert hands(app) == [emma.seat, zhou.seat, host.seat]
    await emma.command("hands.lower")
    await emma.command("hands.raise")
    assert hands(app) == [zhou.seat, host.seat, emma.seat]


async def test_whose_hand_comes_or_goes_moves_no_other_row(app: App) -> None:
    host, (zhou, emma) = await people(app, "周航", "Emma")
    await raised(app, emma, zhou, host)
    places = await stored_places(app)
    await emma.command("hands.lower")
    del places[emma.seat]
    assert await stored_places(app) == places
    await emma.command("hands.raise")
    assert {**places, emma.seat: max(places.values()) + 1} == await stored_places(app)


async def test_hands_go_up_at_a_bearable_rate_each_seat_for_itself(app: App) -> None:
    host, (zhou, emma) = await people(app, "周航", "Emma")
    for _ in range(5):
        assert "ack" in await zhou.command("hands.raise")
        assert "ack" in await zhou.command("hands.lower")
    assert (await zhou.command("hands.raise"))["error"]["code"] == "too_many_requests"
    await raised(app, emma)
    await app.advance(1)
    await raised(app, emma, zhou)
    assert "ack" in await host.command("hands.lower", seat=zhou.seat)


async def test_everybody_is_told_and_a_repeated_raise_tells_nobody(app: App) -> None:
    host, (zhou,) = await people(app, "周航")
    await zhou.command("hands.raise")
    await zhou.command("hands.raise")
    await host.command("hands.lower", seat=zhou.seat)
    told = [await host.event("hands.changed") for _ in range(2)]
    assert [(event["data"]["raised"], event["by"]) for event in told] == [
        ([zhou.seat], zhou.seat),
        ([], host.seat),
    ]


async def test_a_participant_lowers_nobody_elses_hand(app: App) -> None:
    _, (zhou, emma) = await people(app, "周航", "Emma")
    await raised(app, zhou)
    answer = await emma.command("hands.lower", seat=zhou.seat)
    assert answer["error"] == answer["error"] | {
        "code": "forbidden",
        "data": {"refused_by": "role_too_low"},
    }
    assert (await emma.command("hands.lower_all"))["error"]["code"] == "forbidden"
    assert hands(app) == [zhou.seat]


async def test_a_host_lowers_all_and_a_seat_that_is_not_there_is_an_error(app: App) -> None:
    host, (zhou, emma) = await people(app, "周航", "Emma")
    await raised(app, zhou, emma)
    assert (await host.command("hands.lower", seat=99))["error"]["code"] == "no_such_seat"
    assert "ack" in await host.command("hands.lower_all")
    assert (hands(app), await stored(app)) == ([], 0)
    assert "ack" in await host.command("hands.lower_all")


async def test_a_lost_network_keeps_the_hand_up_and_the_end_of_the_grace_time_takes_it(app: App) -> None:
    _, (zhou, emma) = await people(app, "周航", "Emma")
    await raised(app, zhou, emma)
    await zhou.drop()
    await app.settle()
    assert hands(app) == [zhou.seat, emma.seat]
    await app.advance(21)
    assert (hands(app), await stored(app)) == ([emma.seat], 1)


async def test_a_server_that_starts_again_knows_the_order(app_starter: AppStarter) -> None:
    async with app_starter.run() as app:
        _, (zhou, emma) = await people(app, "周航", "Emma")
        await raised(app, emma, zhou)
        order = [emma.seat, zhou.seat]
    async with app_starter.run() as app:
        assert hands(app) == order


async def test_a_hand_left_over_by_a_kill_does_not_go_up_when_its_owner_is_back(
    app_starter: AppStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app_starter.run() as app:
        host = await app.person("林晓")
        meeting = await host.create_meeting()
        await host.enter(meeting, "林晓")
        guest = app.visitor()
        zhou = await guest.enter(meeting, "周航")
        await raised(app, zhou)
        with monkeypatch.context() as killed:
            killed.setattr(HandsLive, "on_leave", LiveFeature.on_leave)
            await zhou.command("live.leave")
        assert await stored(app) == 1
    async with app_starter.run() as app:
        again = app.visitor()
        again.http.cookies.update(guest.http.cookies)
        back = await again.enter(meeting, "周航")
        assert (back.seat, hands(app)) == (zhou.seat, [])
    async with app_starter.run() as app:
        assert hands(app) == []


async def test_a_hand_kept_by_a_write_that_failed_is_down_when_its_owner_is_back(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin, guest = await app.person("林晓"), app.visitor()
    meeting = await lin.create_meeting()
    await lin.enter(meeting, "林晓")
    zhou = await guest.enter(meeting, "周航")
    await raised(app, zhou)
    with monkeypatch.context() as full:
        full.setattr(store, "replace_hands", refuse)
        assert (await zhou.command("live.leave"))["error"]["code"] == "not_in_force"
    back = await guest.enter(meeting, "周航")
    assert (back.seat, hands(app), await stored(app)) == (zhou.seat, [], 0)


async def test_a_hand_is_forgotten_with_the_meeting(app: App) -> None:
    host, (zhou,) = await people(app, "周航")
    await raised(app, zhou)
    await host.command("meetings.end")
    await app.settle()
    assert await stored(app) == 0
