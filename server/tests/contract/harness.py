"""The embedded engine over the fake of `mcmeet_sfu`, served by a real uvicorn on a free port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed

from mcmeet.core.clock import Clock, SystemClock
from mcmeet.core.serving.server import Settings, WebSocketProtocol
from mcmeet.media.embedded import tokens
from mcmeet.media.embedded.engine import EmbeddedEngine
from mcmeet.media.embedded.signalling import LARGER_MESSAGES, routes
from mcmeet.media.embedded.tokens import Grant, TokenKey
from mcmeet.media.port import MediaEvent, Rights
from tests.contract.fake_sfu import FakeSfu
from tests.contract.scripted_client import PATIENCE, ScriptedClient
from tests.fixtures.serving import PromptServer

if TYPE_CHECKING:
    from mcmeet_sfu import Engine

KEY = TokenKey("APIcontract", "a secret of the contract tests, long enough")
ROOM = "room-7f3a"


@dataclass
class Rtc:
    """`events` grows as the engine reports."""

    url: str
    engine: EmbeddedEngine
    sfu: FakeSfu
    clock: Clock
    events: list[MediaEvent] = field(default_factory=list)
    clients: list[ScriptedClient] = field(default_factory=list)

    def token(
        self,
        identity: str,
        rights: Rights | None = None,
        *,
        room: str = ROOM,
        name: str = "",
        hidden: bool = False,
        lifetime: timedelta = timedelta(minutes=5),
        key: TokenKey = KEY,
    ) -> str:
        grant = Grant(room, identity, rights or Rights(), hidden, name)
        return tokens.issue(key, grant, self.clock.now(), lifetime)[0]

    async def join(
        self,
        identity: str,
        rights: Rights | None = None,
        *,
        answers: bool = True,
        name: str = "",
        hidden: bool = False,
        **query: str,
    ) -> ScriptedClient:
        token = self.token(identity, rights, name=name, hidden=hidden)
        return await self.connect(token, answers=answers, **query)

    async def connect(self, token: str, *, answers: bool = True, **query: str) -> ScriptedClient:
        client = await ScriptedClient.join(self.url, token, answers=answers, **query)
        self.clients.append(client)
        return client

    async def settle(self) -> None:
        """Until nothing is under way between the server and any client that is still there."""
        for _ in range(2):
            for client in self.clients:
                if client.close_code is None:
                    try:
                        await client.settle()
                    except (ConnectionClosed, AssertionError):
                        await client.wait_closed()

    async def wait_for(self, happened: Callable[[], bool]) -> None:
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while not happened():
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(
    *,
    auto_create: bool = True,
    clock: Clock | None = None,
    collect: bool = True,
    sfu: FakeSfu | None = None,
) -> AsyncIterator[Rtc]:
    """With `auto_create` as `mcmeet media`, without it as `mcmeet serve`.

    Unless `collect` is off, the events are read into `Rtc.events`.
    """
    clock = clock or SystemClock()
    sfu = sfu or FakeSfu()
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
    engine = EmbeddedEngine(cast("Engine", sfu), KEY, url, clock=clock, auto_create=auto_create)
    config = Settings(
        Starlette(routes=routes(engine)),
        ws=WebSocketProtocol,
        log_level="error",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    config.larger_messages = LARGER_MESSAGES
    server = PromptServer(config)
    rtc = Rtc(url, engine, sfu, clock)
    async with engine:
        reader = asyncio.create_task(_collect(rtc)) if collect else None
        running = asyncio.create_task(server.serve(sockets=[listener]))
        yield rtc
        await engine.stop()
        for client in rtc.clients:
            await client.socket.close()
        server.ending.set()
        await running
    if reader is not None:
        await reader


async def _collect(rtc: Rtc) -> None:
    async for event in rtc.engine.events():
        rtc.events.append(event)
