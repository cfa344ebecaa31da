"""`/rtc`: LiveKit's client protocol v0 over a WebSocket, and the HTTP answers that SDKs ask for."""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus
from typing import Final

from google.protobuf.message import DecodeError
from livekit.protocol import rtc
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from mcmeet.core.errors import TooManyRequests
from mcmeet.core.rates import Bucket
from mcmeet.core.serving import MESSAGE_TOO_BIG
from mcmeet.media.embedded import messages, requests
from mcmeet.media.embedded.engine import EmbeddedEngine, Entry, EntryRefused
from mcmeet.media.embedded.participant import NORMAL_CLOSURE

MAX_QUEUED_BYTES: Final = 8 << 20
"""What a client that reads too slowly may be behind."""
LARGER_MESSAGES: Final = {"/rtc": 1024 * 1024}
"""An answer for 500 microphones and 100 cameras in Chromium's words has about 0.4 MiB."""
FRAME_BURST: Final = 600
FRAMES_PER_SECOND: Final = 60
"""Of one socket. Joining takes about 40 frames, most of them candidates."""
BYTES_PER_FRAME: Final = 16 << 10
"""A longer frame counts as several: reading an SDP costs by its length."""
CLOSE_SECONDS: Final = 1
"""How long a socket may take to send what is queued before its close."""

# RFC 6455 §7.4.1; an ordinary end is in `participant`.
UNSUPPORTED_DATA: Final = 1003
INVALID_PAYLOAD: Final = 1007
POLICY_VIOLATION: Final = 1008

CORS: Final = {"Access-Control-Allow-Origin": "*"}
"""Without it a browser reports "server unreachable" instead of our status (golden, section 2)."""


def routes(engine: EmbeddedEngine) -> list[BaseRoute]:
    """For the root of a server that takes LARGER_MESSAGES. `/rtc/v1` answers 404: SDKs fall back to v0."""
    signalling = Signalling(engine)
    return [
        WebSocketRoute("/rtc", signalling.serve),
        Route("/rtc/validate", signalling.validate),
        WebSocketRoute("/rtc/v1", refuse_v1),
        Route("/rtc/v1", no_v1),
        Route("/rtc/v1/{rest:path}", no_v1),
    ]


async def no_v1(request: Request) -> Response:
    return _text(HTTPStatus.NOT_FOUND, "version 1 of the protocol is not spoken here")


async def refuse_v1(websocket: WebSocket) -> None:
    await _deny(websocket, HTTPStatus.NOT_FOUND, "version 1 of the protocol is not spoken here")


class Signalling:
    def __init__(self, engine: EmbeddedEngine) -> None:
        self._engine = engine

    async def validate(self, request: Request) -> Response:
        """Asked by SDKs after a refused upgrade, to learn why."""
        try:
            self._engine.check(_token(request))
        except EntryRefused as refusal:
            return _text(refusal.status, refusal.text)
        return _text(HTTPStatus.OK, "success")

    async def serve(self, websocket: WebSocket) -> None:
        try:
            self._engine.check(_token(websocket))
        except EntryRefused as refusal:
            await _deny(websocket, refusal.status, refusal.text)
            return
        await websocket.accept()
        connection = SocketConnection(websocket)
        if websocket.query_params.get("reconnect") == "1":
            # Resuming is switched off in `join`; a client that tries nevertheless joins anew.
            connection.send(messages.encode(messages.start_over()))
            connection.close(NORMAL_CLOSURE)
            await connection.write()
            return
        try:
            # Again: during the handshake the seat may have been removed, or its room closed.
            grant = self._engine.check(_token(websocket))
        except EntryRefused:
            await websocket.close(POLICY_VIOLATION)
            return
        entry = self._engine.enter(
            grant,
            connection,
            auto_subscribe=websocket.query_params.get("auto_subscribe") != "0",
            fast_publish=websocket.query_params.get("fast_publish") != "0",
            sync_streams=websocket.query_params.get("sync_streams") == "1",
        )
        try:
            await self._converse(websocket, connection, entry)
        finally:
            self._engine.set_lost(entry)

    async def _converse(self, websocket: WebSocket, connection: SocketConnection, entry: Entry) -> None:
        """Until either side ends it. A bad frame ends this socket only."""
        writer = asyncio.create_task(connection.write())
        reader = asyncio.create_task(self._read(websocket, entry))
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            if reader.done() and not writer.done():
                connection.close(reader.result())
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(writer), CLOSE_SECONDS)
        finally:
            reader.cancel()
            writer.cancel()

    async def _read(self, websocket: WebSocket, entry: Entry) -> int:
        """Carries out requests; returns the code to close with."""
        bucket = Bucket(self._engine.clock, FRAMES_PER_SECOND, FRAME_BURST)
        while True:
            message = await websocket.receive()
            has_left = entry.participant.connection is None
            if message["type"] == "websocket.disconnect" or has_left:
                return MESSAGE_TOO_BIG if message.get("code") == MESSAGE_TOO_BIG else NORMAL_CLOSURE
            frame = message.get("bytes")
            if frame is None:
                return UNSUPPORTED_DATA
            if not bucket.take(1 + len(frame) / BYTES_PER_FRAME):
                return POLICY_VIOLATION
            try:
                request = rtc.SignalRequest.FromString(frame)
                requests.handle(entry.room, entry.participant, request, self._engine.clock)
            except (DecodeError, ValueError):
                return INVALID_PAYLOAD
            except TooManyRequests:
                return POLICY_VIOLATION


class SocketConnection:
    """Frames wait here for the socket, so that one slow reader holds nobody up."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._queue: asyncio.Queue[bytes | int] = asyncio.Queue()
        self._queued_bytes = 0
        self._closed = False
        self._written = asyncio.Event()
        self._writer: asyncio.Task[object] | None = None

    def send(self, frame: bytes) -> None:
        if self._closed:
            return
        self._queued_bytes += len(frame)
        if self._queued_bytes > MAX_QUEUED_BYTES:
            self._abort()
            return
        self._queue.put_nowait(frame)

    def close(self, code: int) -> None:
        if not self._closed:
            self._closed = True
            self._queue.put_nowait(code)

    async def write(self) -> None:
        """Returns once the close has been sent, or the client has gone."""
        self._writer = asyncio.current_task()
        try:
            while not isinstance(item := await self._queue.get(), int):
                await self._websocket.send_bytes(item)
                self._queued_bytes -= len(item)
            await self._websocket.close(item)
        except (WebSocketDisconnect, RuntimeError):
            pass  # the client was quicker
        finally:
            self._written.set()

    async def wait_closed(self) -> None:
        await self._written.wait()

    def _abort(self) -> None:
        """The client does not read: it would not read a close either."""
        self._closed = True
        self._queue = asyncio.Queue()
        if self._writer is not None:
            self._writer.cancel()


def _token(connection: HTTPConnection) -> str:
    """JavaScript sends it in the query, the other SDKs as a bearer."""
    bearer = connection.headers.get("Authorization", "").removeprefix("Bearer ")
    return connection.query_params.get("access_token") or bearer


async def _deny(websocket: WebSocket, status: HTTPStatus, text: str) -> None:
    await websocket.send_denial_response(_text(status, text))
    # uvicorn logs an error when we return before it has seen the connection close.
    await asyncio.sleep(0)


def _text(status: HTTPStatus, text: str) -> Response:
    return PlainTextResponse(text, status, CORS)
