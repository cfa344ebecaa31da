"""Commands: one answer each, in order, never twice; and what a misbehaving client costs itself."""

import asyncio
from typing import Any, cast

import pytest

from mcmeet.core.errors import NotSaved
from mcmeet.core.serving import MESSAGE_MOST_BYTES
from mcmeet.live import connection
from mcmeet.live.commit import ASK_AGAIN_EVERY_S
from mcmeet.live.connection import Connection
from mcmeet.live.feature import Event
from mcmeet.live.room import Room
from mcmeet.live.seats import Close
from mcmeet.media.port import Source
from tests.fixtures.app import ANSWER_WITHIN_S, App, LiveSocket

pytestmark = pytest.mark.anyio


async def two_people(app: App) -> tuple[LiveSocket, LiveSocket, dict[str, Any]]:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    one = await host.enter(meeting, "林晓")
    two = await app.visitor().enter(meeting, "周航")
    await one.event("roster.joined")
    return one, two, meeting


async def test_a_repeated_id_gets_its_first_answer_and_is_not_carried_out_again(app: App) -> None:
    one, two, _ = await two_people(app)
    first = await two.command_with_id(5, "participants.rename", name="第一")
    again = await two.command_with_id(5, "participants.rename", name="第二")
    assert first == again
    assert (await one.event("roster.changed"))["data"]["name"] == "第一"
    assert app.rooms.open_rooms()[0].roster.require(two.seat).name == "第一"


async def test_a_welcome_starts_the_ids_anew_and_settles_nothing_from_before(app: App) -> None:
    one, two, _ = await two_people(app)
    await two.command_with_id(5, "participants.rename", name="第一")
    await one.event("roster.changed")
    again = await app.visitor().live()
    assert (await again.hello(resume=two.welcome["resume"]))["type"] == "welcome"
    assert (await again.command_with_id(5, "participants.rename", name="第二"))["ack"] == 5
    assert app.rooms.open_rooms()[0].roster.require(two.seat).name == "第二"


async def test_an_id_below_the_highest_that_is_not_kept_is_stale(app: App) -> None:
    _, two, _ = await two_people(app)
    await two.command_with_id(9, "participants.rename", name="九")
    stale = await two.command_with_id(3, "participants.rename", name="三")
    assert stale["error"]["code"] == "stale_command"


@pytest.mark.parametrize(
    ("type_", "data", "code"),
    [
        ("no.such", {}, "unknown_command"),
        ("participants.rename", {}, "invalid_input"),
        ("participants.rename", {"name": 7}, "invalid_input"),
        ("participants.rename", {"name": "x", "seat": 99}, "no_such_seat"),
        ("meetings.end", {}, "forbidden"),
    ],
)
async def test_what_cannot_be_done_is_said_and_the_socket_lives(
    app: App, type_: str, data: dict[str, Any], code: str
) -> None:
    one, two, _ = await two_people(app)
    by = one if code == "no_such_seat" else two
    assert (await by.command(type_, **data))["error"]["code"] == code
    assert "ack" in await by.command("participants.rename", name="还好")


@pytest.mark.parametrize("frame", ["{", '{"id":0,"type":"x"}', '{"id":1}', '{"type":"unknown"}', b"\x01"])
async def test_a_malformed_frame_ends_only_its_sender(app: App, frame: str | bytes) -> None:
    one, two, _ = await two_people(app)
    await two.send(frame)
    assert await two.closed() == 4009
    assert "ack" in await one.command("participants.rename", name="还在")


async def test_too_many_commands_are_refused_and_later_ones_are_heard(app: App) -> None:
    one, _, _ = await two_people(app)
    answers = [await one.command("hands.lower") for _ in range(60)]
    codes = {answer["error"]["code"] for answer in answers if "error" in answer}
    assert codes == {"too_many_requests"}
    assert sum("ack" in answer for answer in answers) == 40
    await app.advance(1)
    assert "ack" in await one.command("hands.lower")


async def test_a_flood_of_frames_closes_the_socket_of_the_flooder(app: App) -> None:
    one, two, _ = await two_people(app)
    for _ in range(300):
        await two.send({"type": "ping"})
    assert await two.closed() == 4010
    assert "ack" in await one.command("participants.rename", name="还在")


async def test_what_could_not_be_saved_did_not_happen(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, _ = await two_people(app)

    async def refuse(*_: Any, **__: Any) -> None:
        raise NotSaved

    monkeypatch.setattr(Room, "_commit", refuse)
    answer = await two.command("participants.rename", name="没存上")
    assert answer["error"]["code"] == "not_saved"
    monkeypatch.undo()
    assert app.rooms.open_rooms()[0].roster.require(two.seat).name == "周航"
    assert "ack" in await two.command("participants.rename", name="存上了")
    assert (await one.event("roster.changed"))["data"]["name"] == "存上了"


async def test_a_bug_in_a_handler_costs_one_answer_and_not_the_meeting(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = await two_people(app)

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    room = app.rooms.open_rooms()[0]
    monkeypatch.setattr(room, "renamed", broken)
    assert (await two.command("participants.rename", name="x"))["error"]["code"] == "internal_error"
    monkeypatch.undo()
    assert "ack" in await one.command("participants.rename", name="好的")


async def test_a_reader_that_does_not_read_is_cut_and_the_others_do_not_wait(app: App) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    one = await host.enter(meeting, "林晓")
    slow = await app.visitor().enter(meeting, "慢")
    slow.socket.transport.pause_reading()
    room = app.rooms.open_rooms()[0]
    payload = {"seat": 1, "sources": {"x": "y" * 20_000}}
    for _ in range(1500):
        room._announce(Event("test.large", payload, seats=frozenset({slow.seat})))
        await asyncio.sleep(0)
    assert "ack" in await one.command("participants.rename", name="不等")
    away = await one.event("roster.changed")
    while away["data"]["seat"] != slow.seat:
        away = await one.event("roster.changed")
    assert away["data"]["state"] == "away"  # though it never reads again, and gets no close frame


async def test_a_reader_that_reads_on_in_time_hears_that_it_was_too_slow(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CLOSE_WITHIN_S", 2 * ANSWER_WITHIN_S)
    host = await app.person("林晓")
    slow = await host.enter(await host.create_meeting(), "慢")
    slow.socket.transport.pause_reading()
    room = app.rooms.open_rooms()[0]
    while not cast(Connection, room._members[slow.seat].link)._closing:
        room._announce(Event("test.large", {"x": "y" * 20_000}))
        await asyncio.sleep(0)
    slow.socket.transport.resume_reading()
    assert await slow.closed() == Close.TOO_SLOW


def breaks(app: App, monkeypatch: pytest.MonkeyPatch, call: str, times: int) -> list[str]:
    """The engine fails at `call` so many times, then works; returns what it was asked, by media name."""
    works, asked = getattr(app.engine, call), []

    async def broken(room: str, seat: str, *rest: Any) -> None:
        asked.append(seat)
        if len(asked) <= times:
            raise ConnectionError
        await works(room, seat, *rest)

    monkeypatch.setattr(app.engine, call, broken)
    return asked


async def connected_media(app: App, live: LiveSocket) -> tuple[str, str]:
    """Their microphone is on; the names of the media room and the seat in it."""
    room = app.rooms.open_rooms()[0].run.media_room
    seat = app.rooms.open_rooms()[0].roster.require(live.seat).media
    app.engine.connect(live.welcome["media"]["token"])
    app.engine.publish(room, seat, Source.MICROPHONE)
    return room, seat


async def test_a_mute_that_is_stored_but_not_in_force_is_said_until_it_is(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = await two_people(app)
    room, _ = await connected_media(app, two)
    asked = breaks(app, monkeypatch, "set_rights", times=2)
    for _ in range(2):
        mute = await one.command("participants.mute", seat=two.seat, sources=["microphone"])
        assert mute["error"]["code"] == "not_in_force"
    assert any(seat.tracks for seat in await app.engine.list(room))
    assert "ack" in await one.command("participants.mute", seat=two.seat, sources=["microphone"])
    assert not any(seat.tracks for seat in await app.engine.list(room))
    assert "ack" in await one.command("participants.mute", seat=two.seat, sources=["microphone"])
    assert len(asked) == 3  # what is in force is not asked for again
    changed = await two.event("you.changed")
    assert "microphone" not in changed["data"]["rights"]["publish"]
    assert not [frame for frame in two.frames if frame is not changed and frame.get("type") == "you.changed"]


async def test_what_is_not_in_force_is_asked_for_again_though_nobody_repeats_it(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = await two_people(app)
    room, _ = await connected_media(app, two)
    breaks(app, monkeypatch, "set_rights", times=2)
    await one.command("participants.mute", seat=two.seat, sources=["microphone"])
    await app.advance(ASK_AGAIN_EVERY_S)
    assert any(seat.tracks for seat in await app.engine.list(room))
    await app.advance(ASK_AGAIN_EVERY_S)
    assert not any(seat.tracks for seat in await app.engine.list(room))


async def test_somebody_removed_whom_the_engine_kept_is_let_go_as_soon_as_it_can(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = await two_people(app)
    room, media = await connected_media(app, two)
    asked = breaks(app, monkeypatch, "remove", times=2)
    removed = await one.command("participants.remove", seat=two.seat)
    assert removed["error"]["code"] == "not_in_force"
    assert await two.closed() == 4004
    again = await one.command("participants.remove", seat=two.seat)
    assert again["error"]["code"] == "no_such_seat"
    await app.advance(ASK_AGAIN_EVERY_S)
    assert media in {seat.seat for seat in await app.engine.list(room)}
    await app.advance(ASK_AGAIN_EVERY_S)
    assert media not in {seat.seat for seat in await app.engine.list(room)}
    await app.advance(2 * ASK_AGAIN_EVERY_S)
    assert asked == [media] * 3


async def reopened(app: App) -> None:
    """The meeting's task has ended and another one has taken the meeting up."""
    room = app.rooms.open_rooms()[0]
    room.stop()
    while app.rooms.open_rooms():  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    assert await app.rooms.open(room.run.id) is not room


async def test_a_mute_that_was_not_in_force_is_when_another_task_takes_the_meeting_up(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = await two_people(app)
    room, _ = await connected_media(app, two)
    breaks(app, monkeypatch, "set_rights", times=2)  # the second is asked as the room opens
    mute = await one.command("participants.mute", seat=two.seat, sources=["microphone"])
    assert mute["error"]["code"] == "not_in_force"
    await reopened(app)
    assert any(seat.tracks for seat in await app.engine.list(room))
    await app.advance(ASK_AGAIN_EVERY_S + 2)  # within the grace time, or 周航 would have left
    async with asyncio.timeout(20):
        while any(seat.tracks for seat in await app.engine.list(room)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_somebody_removed_whom_the_engine_kept_is_out_when_another_task_takes_the_meeting_up(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = await two_people(app)
    room, media = await connected_media(app, two)
    breaks(app, monkeypatch, "remove", times=1)
    removed = await one.command("participants.remove", seat=two.seat)
    assert removed["error"]["code"] == "not_in_force"
    await reopened(app)
    assert media not in {seat.seat for seat in await app.engine.list(room)}
    assert len(await app.engine.list(room)) == 1  # 林晓, who comes back within her grace time


async def test_who_left_and_is_back_before_the_engine_let_go_stays_in(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    visitor = app.visitor()
    await host.enter(meeting, "林晓")
    two = await visitor.enter(meeting, "周航")
    room, media = await connected_media(app, two)
    breaks(app, monkeypatch, "remove", times=1)
    assert (await two.command("live.leave"))["error"]["code"] == "not_in_force"
    assert (await visitor.enter(meeting, "周航")).seat == two.seat
    await app.advance(2 * ASK_AGAIN_EVERY_S)
    assert media in {seat.seat for seat in await app.engine.list(room)}


async def test_who_was_muted_while_the_engine_failed_is_muted_though_it_failed_at_their_return_too(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = await two_people(app)
    room, _ = await connected_media(app, two)
    breaks(app, monkeypatch, "set_rights", times=2)  # the second is asked by the return
    await one.command("participants.mute", seat=two.seat, sources=["microphone"])
    await two.drop()
    back = await app.visitor().live()
    assert (await back.hello(resume=two.welcome["resume"]))["media"]["kind"] == "none"
    assert "ack" in await one.command("participants.mute", seat=two.seat, sources=["microphone"])
    assert not any(seat.tracks for seat in await app.engine.list(room))


async def test_an_oversized_frame_after_the_hello_ends_its_sender(app: App) -> None:
    one, two, _ = await two_people(app)
    await two.send("x" * (MESSAGE_MOST_BYTES + 1))
    assert await two.closed() == 4009
    assert "ack" in await one.command("participants.rename", name="还在")


async def test_transient_events_carry_no_number_and_are_never_replayed(app: App) -> None:
    one, two, _ = await two_people(app)
    room = app.rooms.open_rooms()[0]
    media = {occupant.seat: occupant.media for occupant in room.roster}
    app.engine.connect((two.welcome["media"])["token"])
    app.engine.speak(room.run.media_room, {media[two.seat]: 0.5})
    spoke = await one.event("participants.speakers")
    assert "seq" not in spoke
    assert spoke["data"]["speakers"] == [{"seat": two.seat, "level": 0.5}]
