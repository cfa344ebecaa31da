"""The media servers that are measured in turn: our own and, where one is installed, a real LiveKit server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial

from playwright.sync_api import BrowserContext, Page

from tests.contract.livekit_server import find_livekit, livekit_server, livekit_version
from tests.contract.media_server import MediaServer, media_server


@dataclass(frozen=True)
class Engine:
    name: str
    start: Callable[[], AbstractContextManager[MediaServer]]


def engines() -> list[Engine]:
    """Ours first."""
    program = find_livekit()
    ours = Engine("MCMeet", media_server)
    if program is None:
        return [ours]
    return [ours, Engine(f"LiveKit {livekit_version(program)}", partial(livekit_server, program))]


@contextmanager
def one_publishes(engine: Engine, context: BrowserContext, site: str) -> Iterator[tuple[MediaServer, Page]]:
    """The server, on which one page sends camera and microphone, and another page that is in no room yet."""
    publisher, other = context.new_page(), context.new_page()
    with engine.start() as media:
        for page in (publisher, other):
            page.goto(site)
        publisher.evaluate("([url, token]) => client.join(url, token)", [media.url, media.token("publisher")])
        publisher.evaluate("client.publishCamera()")
        publisher.evaluate("client.publishMicrophone()")
        yield media, other
        for page in (publisher, other):
            page.close()
