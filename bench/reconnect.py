"""Every TCP connection of somebody in a meeting breaks and can be made again at once: how long until pictures
of a new media connection are decoded, at theirs and at the other's. Two Chromium pages of the product; media
are UDP and not cut. Goal: video again within 1 s. livekit-client waits up to 0.5 s at random before it comes
back, so that those whom one server lost do not all come at the same moment: that is part of the figure.

Whose connections are to break comes through a relay of bytes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from bench.crowd import running_server
from bench.results import Figure, record
from tests.fixtures.browser import CHROMIUM, FLAGS, people_at
from tests.fixtures.meeting import Meeting, frames_decoded, rises
from tests.fixtures.server import Server

RUNS: Final = 20
SETTLE_MS: Final = 3000
PATIENCE_MS: Final = 20_000
CHUNK: Final = 65_536
POLL_S: Final = 0.01

# When the first picture of each remote video track was decoded, in milliseconds of the machine's clock.
WATCH_FIRST_FRAMES: Final = """
window.firstFrames = []
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given)
    this.addEventListener('track', async ({ track }) => {
      if (track.kind !== 'video') return
      const reader = new MediaStreamTrackProcessor({ track }).readable.getReader()
      const { value } = await reader.read()
      window.firstFrames.push(performance.timeOrigin + performance.now())
      value?.close()
      reader.cancel()
    })
  }
}
"""
NEXT_FIRST_FRAME: Final = "known => window.firstFrames[known]"
NOW: Final = "() => performance.timeOrigin + performance.now()"


class Relay:
    """To the server and back; `cut` breaks what is open."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._open: set[asyncio.StreamWriter] = set()

    @contextmanager
    def running(self) -> Iterator[int]:
        """Its port."""
        port: Future[int] = Future()
        thread = threading.Thread(target=lambda: asyncio.run(self._listen(port)))
        thread.start()
        try:
            yield port.result()
        finally:
            self._loop.call_soon_threadsafe(self._end.set)
            thread.join()

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _listen(self, port: Future[int]) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port.set_result(server.sockets[0].getsockname()[1])
        await self._end.wait()
        server.close()
        self._abort()
        while self._open:
            await asyncio.sleep(POLL_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._upstream)
        self._open |= {writer, back}
        await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer), return_exceptions=True)
        self._open -= {writer, back}


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


def measure(server: Server, browser: Browser) -> tuple[list[float], list[float]]:
    """Milliseconds until 周航, whose connections broke, sees 林晓 again, and until she sees him."""
    url = urlsplit(server.url)
    host, port = url.netloc.split(":")
    relay = Relay(host, int(port))
    with relay.running() as relayed, people_at(browser) as people:
        meeting = Meeting(server, people)
        meeting.link = meeting.link.replace(url.netloc, f"{host}:{relayed}")
        lin, zhou = people("林晓"), people("周航")
        zhou.expect_error("WebSocket")
        for person in (lin, zhou):
            person.page.add_init_script(WATCH_FIRST_FRAMES)
        meeting.join(lin, meeting.host_link)
        meeting.join(zhou, meeting.link)
        sees, is_seen = [], []
        for run in range(RUNS):
            for page in (lin.page, zhou.page):
                rises(partial(frames_decoded, page), by=10)
            # Not in step with the camera's frames.
            lin.page.wait_for_timeout(SETTLE_MS + 37 * (run % 5))
            known = [len(page.evaluate("() => window.firstFrames")) for page in (zhou.page, lin.page)]
            start = zhou.page.evaluate(NOW)
            relay.cut()
            sees.append(next_first_frame(zhou.page, known[0]) - start)
            is_seen.append(next_first_frame(lin.page, known[1]) - start)
    return sees, is_seen


def next_first_frame(page: Page, known: int) -> float:
    handle = page.wait_for_function(NEXT_FIRST_FRAME, arg=known, timeout=PATIENCE_MS)
    at: float = handle.json_value()
    return at


def main() -> None:
    with running_server() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        sees, is_seen = measure(server, browser)
        browser.close()
    what = "all TCP connections cut → first frame of the new media connection"
    record(
        "reconnect",
        [
            Figure(f"{what}, at theirs", "ms", sees, "≤ 1000"),
            Figure(f"{what}, at the other's", "ms", is_seen, "≤ 1000"),
        ],
    )


if __name__ == "__main__":
    main()
