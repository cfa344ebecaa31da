"""A thousand people come and go, and what the server holds is what it held before."""

import asyncio
import contextlib
import re
from collections.abc import Sized
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Final

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from mcmeet.live.protocol import SUBPROTOCOL
from mcmeet.live.seats import Close
from mcmeet.media.port import Source
from mcmeet.serve import create_meeting
from tests.fixtures.app import App
from tests.fixtures.server import Server, StartServer

JOINS: Final = 1000
WARM_UP: Final = 500
"""Allocators and caches grow for so long."""
AT_ONCE: Final = 8
SOURCES: Final = 4
"""One source may knock 1,200 times a minute."""
GROWTH_MOST_MB: Final = 4.0
"""Whoever is held on to costs more than 4 KiB."""


class Crowd:
    """Guests of one meeting: each joins, is welcomed, leaves."""

    def __init__(self, server: Server, link: str) -> None:
        self.server = server
        self.number, self.passcode = re.findall(r"/j/(\d{9})#p=(\d{6})", link)[0]

    async def come_and_go(self, people: int) -> None:
        turns = asyncio.Semaphore(AT_ONCE)
        async with self._browser() as http, asyncio.TaskGroup() as group:
            consent = (await http.get("/api/session")).json()["consent"]
            body = {"passcode": self.passcode, "consent": consent}

            async def one(number: int) -> None:
                async with turns:
                    source = {"X-Forwarded-For": f"203.0.113.{1 + number % SOURCES}"}
                    await self._visit(http, {**body, "name": f"周航{number}"}, source)

            for number in range(people):
                group.create_task(one(number))

    def _browser(self) -> httpx.AsyncClient:
        """One for all: it keeps no cookie, so that each visitor is another guest."""
        http = httpx.AsyncClient(base_url=self.server.url, headers={"X-MCMeet": "1"}, timeout=60)
        http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return http

    async def _visit(self, http: httpx.AsyncClient, body: dict[str, object], source: dict[str, str]) -> None:
        path = f"/api/meetings/{self.number}/join"
        joined = (await http.post(path, json=body, headers=source)).raise_for_status().json()
        async with connect(
            f"ws{self.server.url.removeprefix('http')}/api/live",
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            origin=Origin(self.server.url),
            additional_headers=source,
            compression=None,
            open_timeout=60,
        ) as socket:
            await socket.send(f'{{"type":"hello","ticket":"{joined["ticket"]}"}}')
            assert '"welcome"' in str(await socket.recv())
            await socket.send('{"id":1,"type":"live.leave"}')
            with contextlib.suppress(ConnectionClosed):
                async for _ in socket:
                    pass
            assert socket.close_code == Close.LEFT


def held(app: App) -> dict[str, int]:
    """How many entries each container of the open room, and of its features, has; not what it may replay."""
    (room,) = app.rooms.open_rooms()
    return {
        f"{type(owner).__name__}.{name}": len(value)
        for owner in (room, room.roster, *room.features.values())
        for name, value in vars(owner).items()
        if isinstance(value, Sized)
    }


@pytest.mark.anyio
async def test_a_room_keeps_nothing_of_those_who_have_left(app: App) -> None:
    lin = await app.person("林晓")
    meeting = await lin.create_meeting()
    host = await lin.enter(meeting, "林晓")
    assert "ack" in await host.command("reactions.show", reaction="clap")
    before = held(app)
    for number in range(5):
        guest = await app.visitor().enter(meeting, f"周航{number}")
        app.engine.connect(guest.welcome["media"]["token"])
        (room,) = app.rooms.open_rooms()
        app.engine.publish(room.run.media_room, room.roster.require(guest.seat).media, Source.MICROPHONE)
        for command in ({"type_": "hands.raise"}, {"type_": "reactions.show", "reaction": "clap"}):
            assert "ack" in await guest.command(**command)
        assert held(app) != before
        if number % 2:
            await guest.command("live.leave")
        else:
            await host.command("participants.remove", seat=guest.seat)
        await guest.closed()
    await app.settle()
    assert held(app) == before


def resident_mb(pid: int) -> float:
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


@pytest.mark.long
def test_a_thousand_joins_and_leaves_leave_memory_where_it_was(start_server: StartServer) -> None:
    server = start_server(MCMEET_SERVER__PROXIES="127.0.0.1")
    crowd = Crowd(server, create_meeting(server.data, "产品周会").link)
    asyncio.run(crowd.come_and_go(WARM_UP))
    before = resident_mb(server.pid)
    asyncio.run(crowd.come_and_go(JOINS))
    assert resident_mb(server.pid) - before < GROWTH_MOST_MB
