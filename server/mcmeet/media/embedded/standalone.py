"""`mcmeet media`: `/rtc` and UDP on one port number, nothing else; the first who joins makes the room."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import TYPE_CHECKING, Final

import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mcmeet.core import logs
from mcmeet.core.serving import FREE_PORT_ATTEMPTS, CannotListen, Server, collect_seldom, listen
from mcmeet.media.embedded.binding import open_sfu
from mcmeet.media.embedded.engine import EmbeddedEngine
from mcmeet.media.embedded.signalling import CORS, LARGER_MESSAGES, routes
from mcmeet.media.embedded.tokens import TokenKey

if TYPE_CHECKING:
    from mcmeet_sfu import Engine

PING_SECONDS: Final = 10
"""Of the WebSocket itself: not every SDK pings in the protocol (golden rule 17)."""
PING_TIMEOUT_SECONDS: Final = 15

log = logs.get("media")


def serve(host: str, port: int, key: str, secret: str, announce: str | None = None) -> None:
    """Serves until SIGINT or SIGTERM; prints its address once it listens. Port 0 takes any free one.

    `announce` are the addresses written into ICE candidates, separated by commas; needed when `host` is a
    wildcard. Raises CannotListen, ServerFailed.
    """
    logs.configure()
    listener, sfu = _bind(host, port, announce)
    given, wanted = sfu.receive_buffer
    if given < wanted:
        log.warning("the media port has few bytes for bursts: raise net.core.rmem_max", count=given)
    port = listener.getsockname()[1]
    url = f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"
    engine = EmbeddedEngine(sfu, TokenKey(key, secret), url, auto_create=True)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(engine, listener))


async def _serve(engine: EmbeddedEngine, listener: socket.socket) -> None:
    server = _MediaServer(engine)
    engine.on_broken = server.fail
    async with engine:
        await server.serve(sockets=[listener])


class _MediaServer(Server):
    def __init__(self, engine: EmbeddedEngine) -> None:
        app = Starlette(routes=[Route("/", _root), *routes(engine)])
        super().__init__(app, self._listening, take_media=engine.take_stream, larger_messages=LARGER_MESSAGES)
        self.config.ws_ping_interval = PING_SECONDS
        self.config.ws_ping_timeout = PING_TIMEOUT_SECONDS
        self._engine = engine

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Clients are told first, so that they do not try to come back."""
        await self._engine.stop()
        await super().shutdown(sockets)

    async def _listening(self) -> None:
        collect_seldom()
        sys.stdout.write(f"{self._engine.url}\n")
        sys.stdout.flush()


async def _root(request: Request) -> Response:
    """SDKs ask for it to see whether the server is there."""
    return PlainTextResponse("OK", headers=CORS)


def _bind(host: str, port: int, announce: str | None) -> tuple[socket.socket, Engine]:
    for _ in range(FREE_PORT_ATTEMPTS):
        listener = listen(host, port)
        number = listener.getsockname()[1]
        try:
            return listener, open_sfu(host, number, announce=announce, tcp_port=number)
        except OSError:
            listener.close()
            if port != 0:
                break
    raise CannotListen(f"UDP port {number} on {host} is in use: stop what listens there, or choose another")
