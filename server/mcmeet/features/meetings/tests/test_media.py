"""The media room of a meeting: opened with it, assigned to each seat, closed with it."""

from functools import partial
from typing import Any

import pytest

from mcmeet.media.fake import PORT, Refused
from mcmeet.media.port import RoomNotOpen, Source
from tests.fixtures.app import App, LiveSocket

pytestmark = pytest.mark.anyio


def media_room(app: App) -> str:
    return app.rooms.open_rooms()[0].run.media_room


def identity(socket: LiveSocket) -> str:
    own = [entry for entry in socket.welcome["snapshot"]["roster"] if entry["seat"] == socket.seat]
    media: str = own[0]["media"]
    return media


async def in_meeting(app: App) -> tuple[LiveSocket, LiveSocket, dict[str, Any]]:
    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    host = await lin.enter(meeting, "林晓")
    return host, await app.visitor().enter(meeting, "周航"), meeting


async def test_a_seat_is_told_where_its_media_is(app: App) -> None:
    host, guest, _ = await in_meeting(app)
    assert guest.welcome["media"]["kind"] == "rtc"
    assert guest.welcome["media"]["space"] == "main"
    app.engine.connect(guest.welcome["media"]["token"])
    app.engine.publish(media_room(app), identity(guest), Source.MICROPHONE)
    assert host.welcome["media"]["token"] != guest.welcome["media"]["token"]


async def test_a_seat_is_told_the_media_port_which_no_url_says(app: App) -> None:
    _, guest, _ = await in_meeting(app)
    assert guest.welcome["media"]["port"] == PORT
    assert (await guest.command("media.renew"))["data"]["port"] == PORT
    await guest.drop()
    position = {name: guest.welcome[name] for name in ("resume", "epoch", "seq")}
    assert (await (await app.visitor().live()).hello(**position))["media"]["port"] == PORT


async def test_the_engine_learns_neither_names_nor_the_meetings_number(app: App) -> None:
    _, guest, meeting = await in_meeting(app)
    seats = await app.engine.list(media_room(app))
    told = media_room(app) + "".join(seat.seat for seat in seats)
    assert "周航" not in told
    assert meeting["number"] not in told
    assert identity(guest) in told


async def test_a_token_is_renewed_over_the_socket(app: App) -> None:
    _, guest, _ = await in_meeting(app)
    await app.advance(5)
    renewed = (await guest.command("media.renew"))["data"]
    assert renewed["token"] != guest.welcome["media"]["token"]
    assert renewed["expires_at"] > guest.welcome["media"]["expires_at"]
    app.engine.connect(renewed["token"])


async def test_who_left_or_was_removed_has_no_media(app: App) -> None:
    host, guest, meeting = await in_meeting(app)
    emma = await app.visitor().enter(meeting, "Emma")
    await host.command("participants.remove", seat=guest.seat)
    await emma.command("live.leave")
    await emma.closed()
    await app.settle()
    for socket in (guest, emma):
        with pytest.raises(Refused):
            app.engine.connect(socket.welcome["media"]["token"])
    assert [seat.seat for seat in await app.engine.list(media_room(app))] == [identity(host)]


async def test_a_seat_in_its_grace_time_keeps_its_media(app: App) -> None:
    _, guest, _ = await in_meeting(app)
    await guest.drop()
    await app.advance(10)
    app.engine.connect(guest.welcome["media"]["token"])


async def test_the_media_room_closes_with_the_meeting(app: App) -> None:
    host, guest, _ = await in_meeting(app)
    room = media_room(app)
    await host.command("meetings.end")
    await guest.closed()
    await app.settle()
    with pytest.raises(RoomNotOpen):
        await app.engine.list(room)


async def test_whoever_takes_their_seat_over_is_told_what_it_sends_and_nobody_else_is(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    path, opening = f"/api/meetings/{meeting['number']}/preview", {"passcode": meeting["passcode"]}
    zhou = app.visitor()
    seat = await zhou.enter(meeting, "周航")

    async def told() -> list[Any]:
        seen = [(await visitor.http.post(path, json=opening)).json() for visitor in (zhou, app.visitor())]
        taken = await zhou.join(meeting, "周航", takeover="continue")
        beside = await zhou.join(meeting, "会议室", takeover="new")
        return [answer["sending"] for answer in (*seen, taken, beside)]

    assert await told() == [None] * 4, "it has no media yet"
    app.engine.connect(seat.welcome["media"]["token"])
    publish = partial(app.engine.publish, media_room(app), identity(seat))
    publish(Source.CAMERA)
    track = publish(Source.MICROPHONE)
    publish(Source.SCREEN_SHARE)
    assert await told() == [["microphone", "camera"], None, ["microphone", "camera"], None]
    app.engine.mute(media_room(app), identity(seat), track, True)
    assert await told() == [["camera"], None, ["camera"], None]
