"""One socket of `/api/live`: hello, then frames in and out. It decides nothing about the meeting."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.websockets import WebSocket, WebSocketDisconnect

from mcmeet.core import logs
from mcmeet.core.endpoints import endpoint_of
from mcmeet.core.errors import McmeetError, socket_error
from mcmeet.core.http import is_own_origin, own_address
from mcmeet.core.rates import Bucket
from mcmeet.core.services import Core
from mcmeet.core.serving import MESSAGE_TOO_BIG
from mcmeet.live import store
from mcmeet.live.arrivals import Arrival
from mcmeet.live.errors import HelloRefused, MalformedFrame, RunEnded
from mcmeet.live.protocol import (
    HELLO_WITHIN_S,
    SUBPROTOCOL,
    Hello,
    Ping,
    encode,
    read_frame,
    read_hello,
)
from mcmeet.live.replay import REPLAY_MOST
from mcmeet.live.room import Lost, Said
from mcmeet.live.rooms import Rooms
from mcmeet.live.seats import Close

QUEUE_MOST: Final = 2 * REPLAY_MOST  # a resume brings up to REPLAY_MOST frames at once
TRANSIENT_QUEUE_MOST: Final = 32
FRAMES_PER_S: Final = 50
FRAME_BURST: Final = 200
CLOSE_WITHIN_S: Final = 1.0
PONG: Final = encode({"type": "pong"})

log = logs.get("live.connection")


class Connection:
    """A room's `Link`: a bounded queue and one task that writes it to the socket."""

    def __init__(self, core: Core, socket: WebSocket) -> None:
        self.heard_at = core.clock.monotonic()
        self.address = own_address(socket, socket=True)
        self.endpoint = endpoint_of(socket)
        self._socket = socket
        self._queue: asyncio.Queue[str | Close] = asyncio.Queue(QUEUE_MOST)
        self._closing = False
        self.writer = asyncio.create_task(self._write_forever())

    @property
    def is_closing(self) -> bool:
        return self._closing or self.writer.done()

    def send(self, frame: str) -> None:
        if self._closing:
            return
        try:
            self._queue.put_nowait(frame)
        except asyncio.QueueFull:
            self._cut(Close.TOO_SLOW)

    def send_transient(self, frame: str) -> None:
        if self._queue.qsize() < TRANSIENT_QUEUE_MOST:
            self.send(frame)

    def close(self, code: Close) -> None:
        """After what is queued; at once when the reader does not take it."""
        if self._closing:
            return
        try:
            self._queue.put_nowait(code)
        except asyncio.QueueFull:
            self._cut(code)
        self._end_soon()

    def abandon(self) -> None:
        self._closing = True
        self.writer.cancel()

    def _cut(self, code: Close) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(code)
        self._end_soon()

    def _end_soon(self) -> None:
        """A reader that takes nothing gets no close frame either: the writer would wait for it for ever."""
        self._closing = True
        asyncio.get_running_loop().call_later(CLOSE_WITHIN_S, self.writer.cancel)

    async def _write_forever(self) -> None:
        while True:
            item = await self._queue.get()
            if isinstance(item, Close):
                await self._socket.close(int(item))
                return
            await self._socket.send_text(item)


async def live_endpoint(socket: WebSocket) -> None:
    core: Core = socket.app.state.core
    offered = socket.scope.get("subprotocols", [])
    if not is_own_origin(core.config, socket.headers) or SUBPROTOCOL not in offered:
        await socket.close()  # before accept: answered with HTTP 403
        return
    await socket.accept(SUBPROTOCOL)
    connection = Connection(core, socket)
    reading = asyncio.create_task(_read(core, socket, connection))
    # Whichever ends first ends the other: a reader that is gone, or a writer that has closed the socket.
    await asyncio.wait({reading, connection.writer}, return_when=asyncio.FIRST_COMPLETED)
    if not connection.writer.done():
        await asyncio.wait({connection.writer}, timeout=2 * CLOSE_WITHIN_S)
    for task in (reading, connection.writer):
        task.cancel()
    await asyncio.gather(reading, connection.writer, return_exceptions=True)


async def _read(core: Core, socket: WebSocket, connection: Connection) -> None:
    try:
        await _serve(core, socket, connection)
    except WebSocketDisconnect:
        connection.abandon()
    except McmeetError as error:
        connection.send(encode(socket_error(error, None)))
        connection.close(_close_code(error))
    except Exception as error:
        log.exception("socket failed", error=type(error).__name__)
        connection.close(Close.RESUME)


def _close_code(error: McmeetError) -> Close:
    if isinstance(error, RunEnded):
        return Close.ENDED
    if isinstance(error, HelloRefused):
        return Close.HELLO_REFUSED
    if isinstance(error, MalformedFrame):
        return Close.MALFORMED
    return Close.RESUME


async def _serve(core: Core, socket: WebSocket, connection: Connection) -> None:
    try:
        hello = read_hello(await asyncio.wait_for(_receive(socket), HELLO_WITHIN_S))
    except TimeoutError:
        raise HelloRefused from None
    credential = hello.ticket or hello.resume or ""
    credential_hash = core.secrets.credential_hash(credential)
    run, seat = await _find_seat(core, hello, credential_hash)
    rooms = core.the(Rooms)
    arrival = Arrival(connection, hello, seat, credential_hash, core.clock.monotonic())
    await rooms.arrive(run, arrival)
    try:
        await _read_forever(core, socket, connection, rooms, run, seat)
    finally:
        rooms.lost(run, Lost(connection, seat))


async def _find_seat(core: Core, hello: Hello, credential_hash: bytes) -> tuple[UUID, int]:
    def find(session: Session) -> tuple[UUID, int] | None:
        if hello.ticket is not None:
            return store.ticket_by_credential(session, credential_hash, core.clock.now())
        return store.seat_by_credential(session, credential_hash)

    found = await core.db.read(find)
    if found is None:
        raise HelloRefused
    return found


async def _receive(socket: WebSocket) -> str:
    """The next text frame. Raises MalformedFrame (binary frames are for sealed payloads) or disconnect."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        if message.get("code") == MESSAGE_TOO_BIG:
            raise MalformedFrame
        raise WebSocketDisconnect(message.get("code", 1005))
    text: str | None = message.get("text")
    if text is None:
        raise MalformedFrame
    return text


async def _read_forever(
    core: Core, socket: WebSocket, connection: Connection, rooms: Rooms, run: UUID, seat: int
) -> None:
    bucket = Bucket(core.clock, FRAMES_PER_S, FRAME_BURST)
    while True:
        text = await _receive(socket)
        connection.heard_at = core.clock.monotonic()
        if not bucket.take():
            connection.close(Close.FLOODING)
            return
        frame = read_frame(text)
        if isinstance(frame, Ping):
            connection.send(PONG)
        else:
            rooms.say(run, Said(connection, seat, frame, connection.heard_at))
