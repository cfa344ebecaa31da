"""uvicorn, started one way everywhere: other flags cost memory (deflate) or log query strings."""

from __future__ import annotations

import asyncio
import errno
import gc
import resource
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.exceptions import PayloadTooBig
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request
from websockets.server import ServerProtocol

from mcmeet.core import logs
from mcmeet.core.serving.accepting import Acceptor

MESSAGE_MOST_BYTES: Final = 16 * 1024
"""Of a WebSocket, in whatever fragments: what has come of one is held until its end."""
FRAGMENTS_MOST: Final = 1024
"""Of one message: each costs some sixty bytes beside what it holds."""
MESSAGE_TOO_BIG: Final = 1009
"""RFC 6455 §7.4.1."""
TOO_BIG_DROPPED_FOR_S: Final = 1.0
"""What else comes of it; a socket that is closed with something unread takes back its last words too."""
HEAD_MOST_BYTES: Final = 64 * 1024
"""Of one request: its line and fields, and again whatever of its body is not content."""
HEAD_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"Connection: close\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\r\n"
)
HEAD_WITHIN_S: Final = 20.0
UNREAD_FOR_S: Final = 60.0
"""Then what a client does not take is given up, and its connection with it, be it closing already."""
CONNECTIONS_MOST: Final = 16_384
"""Of all clients. There is no limit for one source: five hundred people behind one address have thousands."""
PLAIN_CONNECTIONS_MOST: Final = 256
"""Of the plain site, which has one page: whoever floods it takes nothing from the server beside it."""
SHUTDOWN_S: Final = 2
GC_THRESHOLDS: Final = (5_000, 10, 10)
"""Python's own are 700, 10, 10: 25 full collections while 5,000 people come, each of up to a second."""
EVERY_ADDRESS: Final = "::"
NOT_STARTED: Final = "The server could not start: the lines before this one say where it failed"
FREE_PORT_ATTEMPTS: Final = 20
"""For port 0 with media on the same number: a port that is free for TCP need not be free for UDP."""


class CannotListen(Exception):
    """The address is taken or not ours; the message is one sentence with what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes any, and `::` IPv4 too. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        every = host == EVERY_ADDRESS
        listener = socket.create_server((host, port), family=family, backlog=1024, dualstack_ipv6=every)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(
                f"{host} 的端口 {port} 已被占用：请停止占用它的程序，"
                "或用 --port（make run 用 PORT=…）另选。 "
                f"Port {port} on {host} is in use: stop what listens there, or choose another "
                "with --port (PORT=… with make run)"
            ) from error
        raise CannotListen(
            f"无法在 {host}:{port} 上监听：请换一个地址或端口。 "
            f"{host}:{port} cannot be listened on: {error.strerror}"
        ) from error
    # What is accepted inherits it (tcp(7)). A window that stays shut counts as unacknowledged data does.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(UNREAD_FOR_S * 1000))
    return listener


class HeadTooLarge(Exception):
    """Raised through the parser, which then reads no further."""


class HttpProtocol(HttpToolsProtocol):
    """Closes a connection whose next request is not there in time: uvicorn's limit ends with its first byte.

    Without an answer: to a browser that has opened one in advance it would be none of its requests'.

    A head beyond its limit is answered 431 (RFC 6585 §5): uvicorn has none, and so would gather it for ever.
    """

    _head_timer: asyncio.TimerHandle | None = None
    _awaits_head = True
    _unread_bytes = 0
    """Received since the last end of a head, of a message, or piece of content."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        self._unread_bytes += len(data)
        super().data_received(data)
        if self._unread_bytes > HEAD_MOST_BYTES:
            self._refuse_head()
        elif self._is_idle and self._head_timer is None and self.transport.get_protocol() is self:
            self._expect_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A trailer is no field of the head (RFC 9110 §6.5.1): whoever checked the head has not seen it."""
        if self._awaits_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._forget_timer()
        # Exact, where `data_received` knows no more than how much has come at once.
        self._unread_bytes = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if self._unread_bytes > HEAD_MOST_BYTES:
            raise HeadTooLarge
        self._unread_bytes = 0
        self._awaits_head = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unread_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unread_bytes = 0
        self._awaits_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if self._unread_bytes <= HEAD_MOST_BYTES:  # else `data_received` answers
            super().send_400_response(msg)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_timer()
        super().connection_lost(exc)

    @property
    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    @property
    def _may_answer(self) -> bool:
        """An answer while another is under way, or owed before it, would be taken for that one."""
        if self.pipeline:
            return False
        return self._is_idle if self._awaits_head else not self.cycle.response_started

    def _refuse_head(self) -> None:
        if self._may_answer:
            self.transport.write(HEAD_TOO_LARGE)
        self.transport.close()

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_WITHIN_S, self.transport.close)

    def _forget_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class Settings(uvicorn.Config):
    larger_messages: Mapping[str, int] = MappingProxyType({})
    """As `Server` takes them."""


class SocketState(ServerProtocol):
    """Does not close for a message that is too big: the application does, in the words of its protocol."""

    def fail(self, code: CloseCode | int, reason: str = "") -> None:
        if code != MESSAGE_TOO_BIG:
            super().fail(code, reason)


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Sends what websockets answers to a request that it cannot read (414, 431); uvicorn sends nothing.

    Nothing is read beyond a message that is too big, or in too many fragments. The application is told by a
    `websocket.disconnect` with code 1009, and can still send and close.
    """

    _is_refused = False

    def __init__(self, config: Settings, server_state: ServerState, app_state: dict[str, Any]) -> None:
        super().__init__(config, server_state, app_state)
        self._larger_messages = config.larger_messages
        self.conn = SocketState(max_size=MESSAGE_MOST_BYTES, logger=self.logger)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_connect(self, event: Request) -> None:
        path = event.path.partition("?")[0]
        self.conn.max_message_size = self._larger_messages.get(path, MESSAGE_MOST_BYTES)
        super().handle_connect(event)

    def handle_cont(self, event: Frame) -> None:
        """Without content it counts as nothing, and would be held all the same."""
        if self._is_refused or not (event.data or event.fin):
            return
        if len(self.frames) == FRAGMENTS_MOST:
            self._refuse()
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        """Who takes no answer gets none: they would gather here (RFC 6455 §5.5.3 wants that to the last)."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_parser_exception(self) -> None:
        if not isinstance(self.conn.parser_exc, PayloadTooBig):
            super().handle_parser_exception()
            return
        self.handle_events()
        self._refuse()

    def _refuse(self) -> None:
        self._is_refused = True
        self.frames = []
        self.close_timeout = TOO_BIG_DROPPED_FOR_S
        self.queue.put_nowait({"type": "websocket.disconnect", "code": MESSAGE_TOO_BIG})


def _raise_file_limit() -> None:
    """Each connection is an open file, and the usual 1024 is for programs that use select()."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # more than the kernel gives now
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _connections_most() -> int:
    """A quarter of the files that may be open is left for the database, the page and media."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(CONNECTIONS_MOST, files * 3 // 4)


def collect_seldom() -> None:
    """To be called by a process that has started; a full collection of garbage stops it meanwhile.

    What the start has made stays for good and is not walked through any more; what sockets leave behind are
    cycles, and is collected when there is more of it.
    """
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _settings(app: Any, tls: ssl.SSLContext | None) -> Settings:
    return Settings(
        app,
        loop="uvloop",
        http=HttpProtocol,
        ws=WebSocketProtocol,
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,  # its own would write the texts of exceptions
        log_level="warning",
        proxy_headers=False,  # would believe whoever is on loopback; app.py asks server.proxies
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        lifespan="on",
        ssl_context_factory=None if tls is None else lambda _config, _default: tls,
    )


@dataclass(frozen=True, slots=True)
class PlainSite:
    """Served beside an https server, in the clear."""

    app: ASGIApp
    listener: socket.socket


def _accept(
    listener: socket.socket,
    settings: uvicorn.Config,
    state: ServerState,
    application: dict[str, Any],
    take_media: Callable[[int], None],
    most: int,
) -> Acceptor:
    def protocol() -> HttpProtocol:
        return HttpProtocol(settings, state, application)

    def held() -> int:
        return len(state.connections)

    return Acceptor(listener, protocol, settings.ssl, take_media, HEAD_WITHIN_S, held, most)


def _take_no_media(_: int) -> None:
    """The acceptor closes the connection."""


class ServerFailed(Exception):
    """It has ended by itself, in order; the message is one sentence with what to do."""


class Server(uvicorn.Server):
    """Calls `listening` once connections are accepted, and `closing` before sockets are cut at the end.

    `take_media` gets connections that begin with media (`accepting.py`). `larger_messages`: what a message of
    a WebSocket may have, in bytes by path, where `MESSAGE_MOST_BYTES` is too little.
    """

    def __init__(
        self,
        app: Any,
        listening: Callable[[], Awaitable[None]] | None = None,
        closing: Callable[[], Awaitable[None]] | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        take_media: Callable[[int], None] | None = None,
        plain: PlainSite | None = None,
        larger_messages: Mapping[str, int],
    ) -> None:
        settings = _settings(app, tls)
        settings.larger_messages = larger_messages
        super().__init__(settings)
        self._take_media = take_media
        self._plain = plain
        self._listening = listening
        self._closing = closing
        self._failure: str | None = None
        self._acceptors: list[Acceptor] = []
        self._plain_state = ServerState()

    def fail(self, why: str) -> None:
        """Ends as a signal would end it; `serve` then raises ServerFailed."""
        self._failure = why
        self.should_exit = True

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        _raise_file_limit()
        asyncio.get_running_loop().set_exception_handler(logs.log_unhandled)
        await super().serve(sockets)
        if self._failure is not None:
            raise ServerFailed(self._failure)
        if self.lifespan.should_exit and not self.started:
            raise ServerFailed(NOT_STARTED)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self._take_media is None:
            await super().startup(sockets)
        else:
            await super().startup([])
            take_media, state, most = self._take_media, self.server_state, _connections_most()
            self._acceptors = [
                _accept(listener, self.config, state, self.lifespan.state, take_media, most)
                for listener in sockets or []
            ]
        if self._plain is not None and self.started:
            self._serve_plain(self._plain)
        if self._listening is not None and self.started:
            await self._listening()
        if self._failure is not None:  # uvicorn would end without a word to what has begun
            await self.shutdown(sockets)

    def _serve_plain(self, site: PlainSite) -> None:
        settings = _settings(site.app, None)
        settings.load()
        state, most = self._plain_state, PLAIN_CONNECTIONS_MOST
        self._acceptors.append(_accept(site.listener, settings, state, {}, _take_no_media, most))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._closing is not None:
            await self._closing()
        for acceptor in self._acceptors:
            acceptor.close()
        for connection in list(self._plain_state.connections):
            connection.shutdown()
        await super().shutdown(sockets)
