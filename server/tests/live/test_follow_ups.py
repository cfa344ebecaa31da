"""A departure is stored, then what a feature has to write because of it is refused: the meeting goes on."""

import asyncio
import math
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
from mcmeet.media.port import MediaError, RoomNotOpen, SeatState, Source
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


def media_of(app: App, socket: LiveSocket) -> str:
    return room_of(app).roster.require(socket.seat).media


async def until_media(app: App, is_so: Callable[[dict[str, SeatState]], bool]) -> None:
    """The same of the seats that the media room has, by their names there."""
    async with asyncio.timeout(20):
        while True:
            seats = await app.engine.list(room_of(app).run.media_room)
            if is_so({seat.seat: seat for seat in seats}):
                return
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


def broken(*_: Any) -> None:
    raise KeyError("entry")


async def test_a_stumble_between_a_departure_and_its_end_does_not_stop_the_meeting(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin, zhou, emma = await with_hand_up(app)
    await lost(app, zhou)
    monkeypatch.setattr(NetworkLog, "record", broken)
    await app.advance(GRACE_S + 1)
    await until(lambda: zhou.seat not in room_of(app).roster)
    monkeypatch.undo()
    await lost(app, emma)
    await app.advance(GRACE_S + 2)
    await until(lambda: set(room_of(app)._members) == {lin.seat})


async def test_whose_removal_stumbles_after_it_is_stored_is_out_of_the_meeting_and_of_its_media(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin, zhou, emma = await with_hand_up(app)
    monkeypatch.setattr(NetworkLog, "record", broken)
    removed = await lin.command("participants.remove", seat=zhou.seat)
    assert removed["error"]["code"] == "internal_error"
    assert await zhou.closed() == Close.REMOVED
    assert set(room_of(app)._members) == {lin.seat, emma.seat}
    monkeypatch.undo()
    await app.advance(ASK_AGAIN_EVERY_S)
    await until_media(app, lambda seats: seats.keys() == {media_of(app, lin), media_of(app, emma)})
    await until(lambda: shown(app) == [])
    assert await stored(app) == []


async def test_media_obeys_a_mute_that_stumbled_after_it_was_stored(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin, zhou, _ = await with_hand_up(app)
    monkeypatch.setattr(Room, "_announce", broken)
    muted = await lin.command("participants.mute", seat=zhou.seat, sources=["microphone"])
    assert muted["error"]["code"] == "internal_error"
    monkeypatch.undo()
    await app.advance(ASK_AGAIN_EVERY_S)
    zhou_there = media_of(app, zhou)
    await until_media(app, lambda seats: Source.MICROPHONE not in seats[zhou_there].rights.publish)


async def test_an_end_that_stumbles_after_it_is_stored_is_the_end(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin, zhou, _ = await with_hand_up(app)
    media_room = room_of(app).run.media_room
    monkeypatch.setattr(NetworkLog, "record", broken)
    assert (await lin.command("meetings.end"))["error"]["code"] == "internal_error"
    monkeypatch.undo()
    assert await zhou.closed() == Close.ENDED
    await until(lambda: not app.rooms.open_rooms())
    with pytest.raises(RoomNotOpen):
        await app.engine.list(media_room)


def media_fails(app: App, patch: pytest.MonkeyPatch, name: str, media: str, times: float) -> None:
    """The engine fails so many times to do this for this seat."""
    works, left = getattr(app.engine, name), [times]

    async def fails(room: str, seat: str, *rest: Any) -> None:
        if seat == media and left[0] > 0:
            left[0] -= 1
            raise MediaError
        await works(room, seat, *rest)

    patch.setattr(app.engine, name, fails)


@pytest.mark.parametrize(
    ("command", "of_engine", "data"),
    [("remove", "remove", {}), ("mute", "set_rights", {"sources": ["camera"]})],
)
async def test_what_media_never_does_for_one_seat_keeps_nobody_elses_departure_waiting(
    app: App, monkeypatch: pytest.MonkeyPatch, command: str, of_engine: str, data: dict[str, Any]
) -> None:
    lin, zhou, emma = await with_hand_up(app)
    left = media_of(app, emma)
    media_fails(app, monkeypatch, of_engine, media_of(app, zhou), math.inf)
    media_fails(app, monkeypatch, "remove", left, 1)
    answers = [
        await lin.command(f"participants.{command}", seat=zhou.seat, **data),
        await lin.command("participants.remove", seat=emma.seat),
    ]
    assert [answer["error"]["code"] for answer in answers] == ["not_in_force"] * 2
    await app.advance(2 * ASK_AGAIN_EVERY_S)
    await until_media(app, lambda seats: left not in seats)
