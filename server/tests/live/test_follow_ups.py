"""A departure is stored, then what a feature has to write because of it is refused: the meeting goes on."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mcmeet.core.errors import NotSaved
from mcmeet.features.hands import store as hands_store
from mcmeet.features.hands.tables import RaisedHand
from mcmeet.live.commit import ASK_AGAIN_EVERY_S
from mcmeet.live.errors import NotInForce
from mcmeet.live.room import Room
from mcmeet.live.seats import LOBBY, Close
from mcmeet.live.tables import MeetingRun
from mcmeet.privacy.network_log.log import NetworkLog
from tests.fixtures.app import App, AppStarter, LiveSocket
from tests.live.scene import MOVER, MoveTo

pytestmark = pytest.mark.anyio

GRACE_S = 20
EMPTY_S = 60


class Refused:
    """The database refuses so many writes of hands; everything else is stored."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.left = 0
        self._works = hands_store.replace_hands
        patch.setattr(hands_store, "replace_hands", self._replace)

    def _replace(self, session: Session, run: UUID, raised: Any) -> None:
        if self.left > 0:
            self.left -= 1
            raise NotSaved
        self._works(session, run, raised)


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> Refused:
    return Refused(monkeypatch)


async def with_hand_up(app: App) -> tuple[LiveSocket, LiveSocket, LiveSocket]:
    """林晓 hosts, 周航 has raised a hand, Emma watches."""
    visitor = await app.person("林晓")
    meeting = await visitor.create_meeting()
    lin = await visitor.enter(meeting, "林晓")
    zhou = await app.visitor().enter(meeting, "周航")
    emma = await app.visitor().enter(meeting, "Emma")
    assert "ack" in await zhou.command("hands.raise")
    return lin, zhou, emma


def room_of(app: App) -> Room:
    (room,) = app.rooms.open_rooms()
    return room


def shown(app: App) -> list[int]:
    room = room_of(app)
    found: list[int] = room.snapshot(next(iter(room.roster)))["hands"]["raised"]
    return found


async def until(is_so: Callable[[], bool]) -> None:
    """What the clock has begun may still wait for the database."""
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def lost(app: App, *sockets: LiveSocket) -> None:
    """Their sockets break, and the room knows."""
    for socket in sockets:
        await socket.drop()
    await until(lambda: not any(room_of(app).is_connected(socket.seat) for socket in sockets))


async def stored(app: App) -> list[int]:
    return await app.core.db.read(lambda session: list(session.scalars(select(RaisedHand.seat))))


async def test_somebody_lost_whose_hand_cannot_be_lowered_is_gone_and_the_hand_follows(
    app: App, refused: Refused
) -> None:
    lin, zhou, emma = await with_hand_up(app)
    await lost(app, zhou, emma)
    refused.left = 2
    await app.advance(GRACE_S + 1)
    await until(lambda: set(room_of(app)._members) == {lin.seat})
    assert [occupant.name for occupant in room_of(app).roster] == ["林晓"]
    assert shown(app) == [zhou.seat]
    await app.advance(2 * ASK_AGAIN_EVERY_S)
    await until(lambda: shown(app) == [])
    assert (refused.left, await stored(app)) == (0, [])


async def test_a_meeting_in_which_a_hand_could_not_be_lowered_still_ends_when_it_is_empty(
    app: App, refused: Refused
) -> None:
    people = await with_hand_up(app)
    refused.left = 1
    await lost(app, *people)
    await app.advance(EMPTY_S + 10)
    await until(lambda: not app.rooms.open_rooms())
    [ended] = await app.core.db.read(lambda session: session.scalars(select(MeetingRun.ended_at)).all())
    assert ended is not None


async def test_a_removal_that_is_stored_is_never_called_not_saved_and_closes_the_socket(
    app: App, refused: Refused
) -> None:
    lin, zhou, _ = await with_hand_up(app)
    refused.left = 1
    removed = await lin.command("participants.remove", seat=zhou.seat)
    assert removed["error"]["code"] == "not_in_force"
    assert await zhou.closed() == Close.REMOVED
    assert shown(app) == [zhou.seat]
    await app.advance(ASK_AGAIN_EVERY_S)
    await until(lambda: shown(app) == [])
    assert await stored(app) == []


async def test_who_leaves_with_a_hand_that_cannot_be_lowered_has_left(app: App, refused: Refused) -> None:
    lin, zhou, _ = await with_hand_up(app)
    refused.left = 1
    assert (await zhou.command("live.leave"))["error"]["code"] == "not_in_force"
    assert await zhou.closed() == Close.LEFT
    assert "ack" in await lin.command("participants.rename", name="还在")


async def test_who_is_moved_out_with_a_hand_that_cannot_be_lowered_is_out_and_the_hand_follows(
    app_starter: AppStarter, refused: Refused
) -> None:
    async with app_starter.run(extra=(MOVER,)) as app:
        _, zhou, _ = await with_hand_up(app)
        refused.left = 1
        with pytest.raises(NotInForce):
            await app.rooms.tell(room_of(app).run.id, MoveTo(zhou.seat, LOBBY))
        assert room_of(app).roster.require(zhou.seat).space == LOBBY
        assert shown(app) == [zhou.seat]
        await app.advance(ASK_AGAIN_EVERY_S)
        await until(lambda: shown(app) == [])
        assert await stored(app) == []


async def test_a_removal_that_could_not_be_stored_changes_nothing(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin, zhou, _ = await with_hand_up(app)

    def refuse(*_: Any) -> None:
        raise NotSaved

    monkeypatch.setattr("mcmeet.live.store.remove_seat", refuse)
    removed = await lin.command("participants.remove", seat=zhou.seat)
    assert removed["error"]["code"] == "not_saved"
    monkeypatch.undo()
    assert "ack" in await zhou.command("hands.lower")


async def test_a_stumble_between_a_departure_and_its_end_does_not_stop_the_meeting(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin, zhou, emma = await with_hand_up(app)

    def broken(*_: Any) -> None:
        raise KeyError("entry")

    await lost(app, zhou)
    monkeypatch.setattr(NetworkLog, "record", broken)
    await app.advance(GRACE_S + 1)
    await until(lambda: zhou.seat not in room_of(app).roster)
    monkeypatch.undo()
    await lost(app, emma)
    await app.advance(GRACE_S + 2)
    await until(lambda: set(room_of(app)._members) == {lin.seat})


async def test_a_socket_that_a_stumble_left_open_is_forgotten_when_it_breaks(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin, zhou, emma = await with_hand_up(app)

    def broken(*_: Any) -> None:
        raise KeyError("entry")

    monkeypatch.setattr(NetworkLog, "record", broken)
    removed = await lin.command("participants.remove", seat=zhou.seat)
    assert removed["error"]["code"] == "internal_error"
    monkeypatch.undo()
    await zhou.drop()
    await until(lambda: zhou.seat not in room_of(app)._members)
    assert set(room_of(app)._members) == {lin.seat, emma.seat}
