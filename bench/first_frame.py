"""livekit-client's connect() → first remote frame, the publisher already there; two Chromium pages.

`mcmeet media` and, where one is installed, a real LiveKit server take turns, with the same client and pages.
"""

from __future__ import annotations

import time
from typing import Final

from playwright.sync_api import BrowserContext, Page, sync_playwright

from bench.engines import Engine, engines, one_publishes
from bench.results import Figure, record
from tests.contract.media_server import MediaServer, page_site
from tests.fixtures.browser import CHROMIUM, FLAGS

ROUNDS: Final = 2
RUNS: Final = 10
"""In each round."""
WARM_UP: Final = 2
PAUSE_SECONDS: Final = 0.4
GOALS: Final = {"decoded": "median ≤ 60", "shown": "median ≤ 100"}
WHAT: Final = {
    "decoded": "first remote frame decoded",
    "shown": "first remote frame shown",
    "connected": "resolved",
}

Runs = list[dict[str, float]]


def measure(engine: Engine, context: BrowserContext, site: str) -> Runs:
    with one_publishes(engine, context, site) as (media, viewer):
        time.sleep(2)
        return join_again_and_again(media, viewer)


def join_again_and_again(media: MediaServer, page: Page) -> Runs:
    """Each run joins anew in the same page; the first ones, which compile the client, do not count."""
    results = []
    for run in range(RUNS + WARM_UP):
        script = "([url, token]) => client.timeToFirstFrame(url, token)"
        result = page.evaluate(script, [media.url, media.token("viewer")])
        page.evaluate("client.room().disconnect()")
        # Not in step with the camera's frames.
        time.sleep(PAUSE_SECONDS + 0.037 * (run % 5))
        if run >= WARM_UP:
            results.append(result)
    return results


def figures(engine: str, runs: Runs, goals: dict[str, str]) -> list[Figure]:
    return [
        Figure(f"connect() → {what}, {engine}", "ms", [run[key] for run in runs], goals.get(key, "–"))
        for key, what in WHAT.items()
    ]


def main() -> None:
    measured: dict[str, Runs] = {engine.name: [] for engine in engines()}
    with page_site() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(permissions=["camera", "microphone"])
        for _ in range(ROUNDS):
            for engine in engines():
                measured[engine.name] += measure(engine, context, site)
        browser.close()
    ours, *_ = measured
    found = []
    for engine_name, runs in measured.items():
        found += figures(engine_name, runs, GOALS if engine_name == ours else {})
    record("first_frame", found)


if __name__ == "__main__":
    main()
