"""Twenty people come one after the other to somebody who sends camera and microphone, and stay.

`mcmeet media` and, where one is installed, a real LiveKit server take turns, with the same livekit-client in
Chromium. What the server needs to forward to those who are there already is measured before each join and
taken off. The rest of a join, which a media server does not do (HTTP, admission, `/api/live`), is measured
apart, on `mcmeet serve`.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import BrowserContext, Page, sync_playwright

from bench.crowd import Crowd, run, running_server
from bench.engines import Engine, engines, one_publishes
from bench.process import cpu_seconds
from bench.results import Figure, record
from tests.contract.media_server import MediaServer, page_site
from tests.fixtures.browser import CHROMIUM, FLAGS

ROUNDS: Final = 3
PEOPLE: Final = 20
SETTLE_S: Final = 2.0
WINDOW_S: Final = 1.0
"""Of each join, and of the quiet before it."""
PATIENCE_MS: Final = 20_000
COME: Final = """([url, token, patience]) => Promise.race([
  client.timeToFirstFrame(url, token),
  new Promise((_, fail) => setTimeout(() => fail(new Error('no picture')), patience)),
])"""


@dataclass(frozen=True)
class Round:
    first_frame_ms: list[float]
    cpu_ms: float
    """Of each join, the mean."""


def measure(engine: Engine, context: BrowserContext, site: str) -> Round:
    with one_publishes(engine, context, site) as (media, audience):
        # Compiles the client.
        come(audience, media, "warm-up")
        audience.evaluate("client.room().disconnect()")
        time.sleep(SETTLE_S)
        joins = [join(audience, media, f"person-{number}") for number in range(PEOPLE)]
    return Round([frame for frame, _ in joins], statistics.mean(cpu for _, cpu in joins))


def join(page: Page, media: MediaServer, name: str) -> tuple[float, float]:
    """Milliseconds to the first frame, and of the server's CPU."""
    pid = media.process.pid
    start, quiet = time.monotonic(), cpu_seconds(pid)
    time.sleep(WINDOW_S)
    quiet = (cpu_seconds(pid) - quiet) / (time.monotonic() - start)
    start, cpu = time.monotonic(), cpu_seconds(pid)
    first_frame = come(page, media, name)
    time.sleep(WINDOW_S)
    cpu = cpu_seconds(pid) - cpu - quiet * (time.monotonic() - start)
    return first_frame, cpu * 1000


def come(page: Page, media: MediaServer, name: str) -> float:
    """`connect()` → first remote frame decoded, in milliseconds."""
    decoded: float = page.evaluate(COME, [media.url, media.token(name), PATIENCE_MS])["decoded"]
    return decoded


async def front_door() -> list[float]:
    """Milliseconds of CPU of each of twenty who join by HTTP and `/api/live`, the mean; after a warm-up."""
    rounds = []
    with running_server() as server:
        for round_ in range(ROUNDS + 1):
            crowd = Crowd(server)
            await crowd.make(1)
            cpu = cpu_seconds(server.pid)
            await crowd.fill(PEOPLE, at_once=1)
            if round_:
                rounds.append((cpu_seconds(server.pid) - cpu) / PEOPLE * 1000)
            crowd.leave()
    return rounds


def figures(name: str, rounds: list[Round]) -> list[Figure]:
    frames = [frame for one in rounds for frame in one.first_frame_ms]
    late = [statistics.quantiles(one.first_frame_ms, n=20)[-1] for one in rounds]
    what = f"{PEOPLE} join in turn, {name}"
    return [
        Figure(f"{what}: connect() → first remote frame", "ms", frames),
        Figure(f"{what}: connect() → first remote frame, 95th percentile", "ms", late),
        Figure(f"{what}: server CPU of each join", "ms", [one.cpu_ms for one in rounds]),
    ]


def ratio(rounds: dict[str, list[Round]]) -> list[Figure]:
    if len(rounds) < 2:
        return []
    (ours, own), (peer, theirs) = rounds.items()
    ratios = [other.cpu_ms / one.cpu_ms for one, other in zip(own, theirs, strict=True)]
    return [Figure(f"{PEOPLE} join in turn: server CPU of each join, {peer} ÷ {ours}", "×", ratios)]


def main() -> None:
    rounds: dict[str, list[Round]] = {engine.name: [] for engine in engines()}
    with page_site() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(permissions=["camera", "microphone"])
        for _ in range(ROUNDS):
            for engine in engines():
                rounds[engine.name].append(measure(engine, context, site))
        browser.close()
    found = [figure for name, measured in rounds.items() for figure in figures(name, measured)]
    whole = Figure(
        f"{PEOPLE} join in turn, HTTP and /api/live: server CPU of each join", "ms", run(front_door())
    )
    record("joins", [*found, *ratio(rounds), whole])


if __name__ == "__main__":
    main()
