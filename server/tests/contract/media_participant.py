"""Somebody at a browser with livekit-client as it comes from npm; judged by frames and sound."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Browser, Page

from mcmeet.media.port import Rights
from tests.contract.media_server import MediaServer

PATIENCE = 30.0
FRAMES = 15
ENERGY = 0.01
"""Chromium's fake microphone beeps once a second; silence stays far below."""
FREEZE_SECONDS = 1.0
"""Load delays a picture by less than this; a lost key frame by more."""

Stats = dict[str, Any]


class Participant:
    """Somebody at a page of their own."""

    def __init__(self, page: Page, media: MediaServer, identity: str) -> None:
        self.page = page
        self.media = media
        self.identity = identity

    def join(
        self,
        *,
        rights: Rights | None = None,
        room: str = "room",
        name: str = "",
        options: dict[str, Any] | None = None,
        query: str = "",
        server: str = "",
    ) -> None:
        """`options` are those of livekit-client's Room, `query` is appended to the address.

        `server` is another way to the media server.
        """
        token = self.media.token(self.identity, rights, room=room, name=name)
        script = "([url, token, options]) => client.join(url, token, options)"
        self.page.evaluate(script, [f"{server or self.media.url}{query}", token, options or {}])

    def do(self, script: str) -> Any:
        return self.page.evaluate(script)

    def stats(self) -> Stats:
        stats: Stats = self.page.evaluate("client.stats()")
        return stats

    def wait(self, script: str, patience: float = PATIENCE) -> None:
        self.page.wait_for_function(script, timeout=patience * 1000, polling=50)

    def wait_for_stats(self, wanted: Callable[[Stats], bool]) -> Stats:
        deadline = time.monotonic() + PATIENCE
        while True:
            stats = self.stats()
            if wanted(stats):
                return stats
            assert time.monotonic() < deadline, f"{self.identity}: {json.dumps(stats)}"
            time.sleep(0.1)

    def sees(self, frames: int = FRAMES) -> Stats:
        """That many further frames are decoded."""
        before = self.stats()["framesDecoded"]
        return self.wait_for_stats(lambda stats: stats["framesDecoded"] >= before + frames)

    def sees_smoothly(self, frames: int = FRAMES) -> None:
        """That many frames in which the picture hardly stood; a busy machine gets several looks."""
        deadline = time.monotonic() + PATIENCE
        while True:
            before = self.stats()["freezeSeconds"]
            if self.sees(frames)["freezeSeconds"] - before <= FREEZE_SECONDS:
                return
            assert time.monotonic() < deadline, f"{self.identity}: {json.dumps(self.stats())}"

    def hears(self) -> None:
        before = self.stats()["audioEnergy"]
        self.wait_for_stats(lambda stats: stats["audioEnergy"] >= before + ENERGY)

    def sees_nothing(self, seconds: float = 1.0) -> None:
        """Once what was under way is decoded, which takes a busy machine a while."""
        deadline = time.monotonic() + PATIENCE
        while True:
            before = self.stats()["framesDecoded"]
            time.sleep(seconds)
            after = self.stats()["framesDecoded"]
            if after == before:
                return
            assert time.monotonic() < deadline, f"{self.identity}: {after - before} frames"


@contextlib.contextmanager
def at_page(browser: Browser, media: MediaServer, site: str, identity: str) -> Iterator[Participant]:
    context = browser.new_context(permissions=["camera", "microphone"])
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site)
    yield Participant(page, media, identity)
    context.close()
    assert errors == []
