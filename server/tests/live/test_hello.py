"""The first frame decides who somebody is; everything that is not exactly right is refused alike."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import patch

import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode

from mcmeet.core.serving import MESSAGE_MOST_BYTES
from mcmeet.core.serving.server import FRAGMENTS_MOST, WebSocketProtocol
from mcmeet.live import connection
from tests.fixtures.app import App, LiveSocket, Visitor

pytestmark = pytest.mark.anyio

CONTINUE = WebSocketsSansIOProtocol.handle_cont


async def joined(app: App) -> tuple[Visitor, dict[str, Any], dict[str, Any]]:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    guest = app.visitor()
    return guest, meeting, await guest.join(meeting, "周航")


async def refused(socket: LiveSocket, code: str, close: int) -> None:
    frame = await socket.frame()
    assert frame["error"]["code"] == code
    assert await socket.closed() == close


async def test_a_ticket_opens_one_socket_and_never_a_second(app: App) -> None:
    guest, _, answer = await joined(app)
    first, second = await guest.live(), await guest.live()
    assert (await first.hello(ticket=answer["ticket"]))["you"]["seat"] == answer["seat"]
    await second.send({"type": "hello", "ticket": answer["ticket"]})
    await refused(second, "hello_refused", 4008)
    assert (await first.command("participants.rename", name="还在"))["ack"] == 1


async def test_two_sockets_racing_with_one_ticket_have_one_winner(app: App) -> None:
    guest, _, answer = await joined(app)
    sockets = [await guest.live() for _ in range(4)]
    for socket in sockets:
        await socket.send({"type": "hello", "ticket": answer["ticket"]})
    frames = [await socket.frame() for socket in sockets]
    assert sorted(frame.get("type", "refused") for frame in frames) == ["refused"] * 3 + ["welcome"]


async def test_a_ticket_dies_after_a_minute(app: App) -> None:
    guest, _, answer = await joined(app)
    await app.advance(61)
    socket = await guest.live()
    await socket.send({"type": "hello", "ticket": answer["ticket"]})
    await refused(socket, "hello_refused", 4008)


@pytest.mark.parametrize("hello", [{"ticket": "forged"}, {"resume": "forged"}, {"ticket": "x" * 43}])
async def test_a_forged_credential_is_refused(app: App, hello: dict[str, str]) -> None:
    socket = await app.visitor().live()
    await socket.send({"type": "hello"} | hello)
    await refused(socket, "hello_refused", 4008)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "not json",
        "[]",
        "null",
        '{"type":"hello"}',
        '{"type":"hello","ticket":"a","resume":"b"}',
        '{"type":"hello","ticket":7}',
        '{"type":"hello","resume":"a","seq":-1}',
        json.dumps({"type": "hello", "ticket": "a" * 101}),
        json.dumps({"type": "hello", "ticket": "a", "capabilities": ["x"] * 41}),
        "x" * (MESSAGE_MOST_BYTES + 1),
        b"\x00\x01",
        '{"id":1,"type":"live.leave"}',
    ],
)
async def test_a_malformed_first_frame_closes_the_socket(app: App, frame: str | bytes) -> None:
    socket = await app.visitor().live()
    await socket.send(frame)
    await refused(socket, "malformed_frame", 4009)


@pytest.mark.parametrize("fragments", [[MESSAGE_MOST_BYTES + 1], [10_000, 10_000], [1] * 99 + [20_000]])
async def test_a_message_beyond_its_limit_is_refused_before_its_end(app: App, fragments: list[int]) -> None:
    """Or a thousand who never end theirs would have the server hold all of it."""
    socket = await app.visitor().live()

    async def endless() -> AsyncIterator[str]:
        for size in fragments:
            yield " " * size
        await asyncio.Event().wait()

    sending = asyncio.create_task(socket.socket.send(endless()))
    await refused(socket, "malformed_frame", 4009)
    sending.cancel()


async def test_a_message_in_too_many_fragments_is_refused_before_its_end(app: App) -> None:
    """Or a letter at a time would have the server hold sixty times of what was sent."""
    socket = await app.visitor().live()

    async def endless() -> AsyncIterator[str]:
        for _ in range(FRAGMENTS_MOST + 1):
            yield " "
        await asyncio.Event().wait()

    sending = asyncio.create_task(socket.socket.send(endless()))
    await refused(socket, "malformed_frame", 4009)
    sending.cancel()


async def test_a_message_in_just_as_many_fragments_as_allowed_is_read(app: App) -> None:
    socket = await app.visitor().live()
    hello = json.dumps({"type": "hello", "ticket": "forged"}).ljust(FRAGMENTS_MOST - 1)
    await socket.socket.send(list(hello))  # the client ends it with one more, which is empty
    await refused(socket, "hello_refused", 4008)


async def test_of_a_message_that_is_announced_too_long_nothing_is_awaited(app: App) -> None:
    socket = await app.visitor().live()
    whole = Frame(Opcode.TEXT, bytes(MESSAGE_MOST_BYTES + 1)).serialize(mask=True)
    socket.socket.transport.write(whole[:100])
    await refused(socket, "malformed_frame", 4009)


async def test_a_message_of_just_its_limit_is_read(app: App) -> None:
    socket = await app.visitor().live()
    await socket.send(json.dumps({"type": "hello", "ticket": "forged"}).ljust(MESSAGE_MOST_BYTES))
    await refused(socket, "hello_refused", 4008)


async def test_fragments_without_content_are_not_held(app: App) -> None:
    """Nothing else would bound their number; the message itself arrives."""
    guest, _, answer = await joined(app)
    socket = await guest.live()
    hello = json.dumps({"type": "hello", "ticket": answer["ticket"]})
    fragments = [hello[:10], *[""] * 999, hello[10:], ""]
    with patch.object(WebSocketsSansIOProtocol, "handle_cont", autospec=True, side_effect=CONTINUE) as seen:
        await socket.socket.send(fragments)
        assert (await socket.frame())["type"] == "welcome"
    assert seen.call_count == 2


async def test_who_says_nothing_is_let_go(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HELLO_WITHIN_S", 0.05)
    socket = await app.visitor().live()
    await refused(socket, "hello_refused", 4008)


@pytest.mark.parametrize(
    "options",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
        {"subprotocols": ["mcmeet.v9"]},
        {"subprotocols": None},
    ],
)
async def test_a_foreign_page_and_an_unknown_protocol_get_no_socket(
    app: App, options: dict[str, Any]
) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await app.visitor().live(**options)
    assert caught.value.response.status_code == 403


async def test_the_welcome_says_who_you_are_and_where_media_is(app: App) -> None:
    guest, meeting, answer = await joined(app)
    socket = await guest.live(answer["socket"])
    welcome = await socket.hello(ticket=answer["ticket"])
    assert welcome["you"]["role"] == "participant"
    assert welcome["you"]["rights"]["publish"] == [
        "camera",
        "microphone",
        "screen_share",
        "screen_share_audio",
    ]
    assert "meetings.end" not in welcome["you"]["rights"]["actions"]
    assert welcome["media"]["kind"] == "rtc"
    assert welcome["media"]["token"]
    assert welcome["snapshot"]["meetings"]["number"] == meeting["number"]
    assert [entry["name"] for entry in welcome["snapshot"]["roster"]] == ["周航"]


async def test_no_secret_is_in_a_url(app: App) -> None:
    _, _, answer = await joined(app)
    assert "?" not in answer["socket"]
    assert answer["ticket"] not in answer["socket"]


async def test_answers_to_pings_that_nobody_takes_do_not_gather(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty thousand of them would be eight megabytes of the server's memory, for one socket."""
    ends: list[WebSocketProtocol] = []
    read, take = 0, WebSocketProtocol.data_received

    def watched(end: WebSocketProtocol, data: bytes) -> None:
        nonlocal read
        read += len(data)
        ends.append(end)
        take(end, data)

    monkeypatch.setattr(WebSocketProtocol, "data_received", watched)
    monkeypatch.setattr(connection, "HELLO_WITHIN_S", 60.0)
    socket = await app.visitor().live()
    socket.socket.transport.pause_reading()
    pings = Frame(Opcode.PING, b"x" * 125).serialize(mask=True) * 60_000
    socket.socket.transport.write(pings)
    async with asyncio.timeout(60):
        while read < len(pings):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert ends[-1].transport.get_write_buffer_size() < 2**20
