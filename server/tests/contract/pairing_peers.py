"""Two clients in one room, each of them Chromium, Firefox or PyPI's `livekit`; both send picture and sound.
Prints as JSON what arrived at each.

A program of its own because all of it has to run inside the network namespace: Firefox takes no path over
loopback, and Playwright's driver reaches Firefox by a socket of that same network.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final, Protocol

from livekit import rtc
from playwright.async_api import Browser, Playwright, async_playwright

from tests.contract.livekit_peers import Received, publish
from tests.contract.media_participant import ENERGY
from tests.contract.media_server import page_site
from tests.fixtures.browser import CHROMIUM, FIREFOX, FIREFOX_SETTINGS, FLAGS

ENOUGH_FRAMES: Final = 60
PATIENCE: Final = 40.0

Arrived = dict[str, Any]


class Peer(Protocol):
    async def join(self, url: str, token: str) -> None: ...

    async def publish(self) -> None: ...

    async def say(self, text: str) -> None:
        """As a data packet, reliable and lossy."""
        ...

    async def arrived(self) -> Arrived:
        """program, frames, energy, data as (sender, 0 reliable | 1 lossy, text); of browsers freezes."""
        ...

    async def leave(self) -> None: ...


class BrowserPeer:
    def __init__(self, name: str, browser: Browser, site: str) -> None:
        self._program = f"{name} {browser.version.split('.')[0]}"
        self._browser = browser
        self._site = site

    async def join(self, url: str, token: str) -> None:
        self._page = await self._browser.new_page()
        await self._page.goto(self._site)
        await self._page.evaluate("([url, token]) => client.join(url, token)", [url, token])

    async def publish(self) -> None:
        await self._page.evaluate("client.publishCamera()")
        await self._page.evaluate("client.publishMicrophone()")

    async def say(self, text: str) -> None:
        script = "([text, reliable]) => client.sendData(text, { reliable })"
        for reliable in (True, False):
            await self._page.evaluate(script, [text, reliable])

    async def arrived(self) -> Arrived:
        stats = await self._page.evaluate("client.stats()")
        return {
            "program": self._program,
            "frames": stats["framesDecoded"],
            "energy": stats["audioEnergy"],
            "data": await self._page.evaluate("client.data"),
            "freezes": stats["freezes"],
            "freeze_seconds": round(stats["freezeSeconds"], 2),
        }

    async def leave(self) -> None:
        await self._browser.close()


class SdkPeer:
    def __init__(self) -> None:
        self._room = rtc.Room()
        self._received = Received(self._room)
        self._tasks: list[asyncio.Task[None]] = []
        self._data: list[tuple[str, int, str]] = []
        self._room.on("data_received", self._note)

    def _note(self, packet: rtc.DataPacket) -> None:
        sender = packet.participant.identity if packet.participant else ""
        self._data.append((sender, packet.kind, packet.data.decode()))

    async def join(self, url: str, token: str) -> None:
        await self._room.connect(url, token)

    async def publish(self) -> None:
        self._tasks = await publish(self._room, simulcast=False)

    async def say(self, text: str) -> None:
        for reliable in (True, False):
            await self._room.local_participant.publish_data(text, reliable=reliable)

    async def arrived(self) -> Arrived:
        received = self._received
        return {
            "program": f"PyPI livekit {version('livekit')}",
            "frames": received.frames,
            "energy": received.energy,
            "data": self._data,
        }

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._room.disconnect()


async def seat(kind: str, playwright: Playwright, site: str) -> Peer:
    if kind == "livekit":
        return SdkPeer()
    if kind == "chromium":
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        return BrowserPeer("Chromium", chromium, site)
    firefox = await playwright.firefox.launch(
        channel="moz-firefox", executable_path=FIREFOX, firefox_user_prefs=FIREFOX_SETTINGS
    )
    return BrowserPeer("Firefox ESR", firefox, site)


async def meet(peers: list[Peer], url: str, tokens: list[str]) -> list[Arrived]:
    """Both see and hear each other, then both speak by data packets."""
    for peer, token in zip(peers, tokens, strict=True):
        await peer.join(url, token)
        await peer.publish()
    await both(peers, lambda one: one["frames"] >= ENOUGH_FRAMES and one["energy"] >= ENERGY)
    for peer in peers:
        await peer.say("hello")
    return await both(peers, lambda one: len(one["data"]) == 2)


async def both(peers: list[Peer], wanted: Callable[[Arrived], bool]) -> list[Arrived]:
    """What has arrived at each, once it is what is wanted, or patience ends."""
    deadline = time.monotonic() + PATIENCE
    while True:
        arrived = [await peer.arrived() for peer in peers]
        if all(map(wanted, arrived)) or time.monotonic() > deadline:
            return arrived
        await asyncio.sleep(0.2)


async def main(url: str, tokens: list[str], kinds: list[str]) -> None:
    with page_site() as site:
        async with async_playwright() as playwright:
            peers = [await seat(kind, playwright, site) for kind in kinds]
            print(json.dumps(await meet(peers, url, tokens)), flush=True)
            for peer in peers:
                await peer.leave()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:4], sys.argv[4:6]))
