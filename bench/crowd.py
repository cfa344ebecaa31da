"""Hundreds of people in meetings of one server: they join by HTTP and then sit at `/api/live`, without media.

They and the server have a core each. A client library would take longer to read an event for 500 people than
the server to send it, so a socket here reads frames with no more than RFC 6455 asks of a client.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

import uvloop

from bench.arrivals import request
from mcmeet.live import connection
from mcmeet.live.protocol import SUBPROTOCOL, encode
from mcmeet.serve import create_meeting
from tests.fixtures.server import Server

T = TypeVar("T")

PING_EVERY_S: Final = 5.0
PEOPLE_PER_ADDRESS: Final = 500
"""The limit on joins of one source is 1,200 a minute."""
AT_ONCE: Final = 20
PATIENCE_S: Final = 60.0
PING: Final = encode({"type": "ping"})
PONG: Final = connection.PONG.encode()
SERVER_CORE, CLIENT_CORE = 0, 1
TEXT, CLOSE = 0x81, 0x88


@contextmanager
def running_server(prefix: tuple[str, ...] = ()) -> Iterator[Server]:
    """With data of its own; it ends when its benchmark does, be it by a failure."""
    with TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data", prefix=prefix)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def server_on_a_core() -> Iterator[Server]:
    """The server has one core, this process the other and as many sockets as the machine lets it."""
    os.sched_setaffinity(0, {CLIENT_CORE})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with running_server(("taskset", "--cpu-list", str(SERVER_CORE))) as server:
        yield server


def run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


class Seat(asyncio.Protocol):
    """One person's socket.

    `arrived`: when each frame that contains `awaited` came. `longest_wait`: seconds for the answer to a ping.
    """

    def __init__(self, host: str, path: str, ticket: str) -> None:
        self.welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.awaited = b"\0"
        self.arrived: list[float] = []
        self.longest_wait = 0.0
        self.is_closed = False
        self._host, self._path = host, path
        self._hello = {"type": "hello", "ticket": ticket}
        self._commands = 0
        self._is_open = False
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        lines = (
            f"GET {self._path} HTTP/1.1",
            f"Host: {self._host}",
            f"Origin: http://{self._host}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
        )
        self._transport.write("\r\n".join([*lines, "", ""]).encode())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        data = self._unread + data if self._unread else data
        if not self._is_open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._unread = head
                return
            self._is_open = True
            self._send(encode(self._hello))
        at = 0
        while (frame := whole_frame(data, at)) is not None:
            kind, start, at = frame
            self._take(kind, data[start:at], now)
        self._unread = data[at:]

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_closed = True
        if not self.welcome.done():
            self.welcome.set_exception(exc or ConnectionError("turned away"))

    def command(self, kind: str, **data: Any) -> None:
        self._commands += 1
        self._send(encode({"id": self._commands, "type": kind, "data": data}))

    def leave(self) -> None:
        self._transport.abort()

    def _take(self, kind: int, body: bytes, now: float) -> None:
        if self.awaited in body:
            self.arrived.append(now)
        elif body == PONG:
            self.longest_wait = max(self.longest_wait, now - self._asked_at)
        elif kind == CLOSE:
            self._transport.close()
        elif not self.welcome.done():
            self.welcome.set_result(None)
            self._ping()

    def _ping(self) -> None:
        if not self.is_closed:
            self._asked_at = time.monotonic()
            self._send(PING)
            asyncio.get_running_loop().call_later(PING_EVERY_S, self._ping)

    def _send(self, text: str) -> None:
        """Masked with zero (RFC 6455 §5.3): the body stays as it is."""
        body = text.encode()
        size = bytes([0x80 | len(body)]) if len(body) < 126 else b"\xfe" + len(body).to_bytes(2)
        self._transport.write(bytes([TEXT]) + size + bytes(4) + body)


def whole_frame(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Its first byte, where its body starts and ends; None while some of it has not come."""
    if len(data) < at + 2:
        return None
    kind, length, start = data[at], data[at + 1], at + 2
    if length >= 126:
        start += 2 if length == 126 else 8
        length = int.from_bytes(data[at + 2 : start])
    end = start + length
    return None if len(data) < max(start, end) else (kind, start, end)


@dataclass
class Crowd:
    server: Server
    meetings: list[tuple[str, str]] = field(default_factory=list)
    """Number and passcode."""
    seats: list[Seat] = field(default_factory=list)

    async def make(self, meetings: int) -> None:
        for _ in range(meetings):
            made = await asyncio.to_thread(create_meeting, self.server.data, "产品周会")
            self.meetings.append((made.number, made.passcode))

    async def fill(self, people: int, at_once: int = AT_ONCE) -> None:
        """So many into each meeting."""
        waiting = iter([meeting for meeting in self.meetings for _ in range(people)])
        await asyncio.gather(*(self._bring(waiting) for _ in range(at_once)))

    def leave(self) -> None:
        for seat in self.seats:
            seat.leave()

    async def _bring(self, waiting: Iterator[tuple[str, str]]) -> None:
        for number, passcode in waiting:
            async with asyncio.timeout(PATIENCE_S):
                await self._join(number, passcode)

    async def _join(self, number: str, passcode: str) -> None:
        host = urlsplit(self.server.url).netloc
        address, port = host.split(":")
        source = f"127.0.0.{2 + len(self.seats) // PEOPLE_PER_ADDRESS}"
        reader, writer = await asyncio.open_connection(address, int(port), local_addr=(source, 0))
        writer.write(request(host, number, passcode, f"周航{len(self.seats)}"))
        body = (await reader.read()).partition(b"\r\n\r\n")[2]
        writer.close()
        joined = json.loads(body)
        path = urlsplit(joined["socket"]).path
        loop = asyncio.get_running_loop()
        _, seat = await loop.create_connection(
            lambda: Seat(host, path, joined["ticket"]), address, int(port), local_addr=(source, 0)
        )
        self.seats.append(seat)
        await seat.welcome
