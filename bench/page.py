"""What a person waits for, and what the server holds: click to first picture, page weight, start, memory.

Goals: click 加入会议 → first remote frame ≤ 400 ms (La Suite Meet on LiveKit, on loopback: 454 to 822);
landing painted within 1 s; landing ≤ 158 kB, cold guest link to first remote frame ≤ 331 kB, gzipped
(La Suite Meet: 508 and 646).
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from bench.process import resident_mib
from bench.results import Figure, record
from mcmeet.app import page_folder
from tests.fixtures.browser import CHROMIUM, FLAGS
from tests.fixtures.server import Server

RUNS: Final = 11
STARTS: Final = 3
START_TIMEOUT_S: Final = 60
ROOT: Final = Path(__file__).parents[1]
IDLE_S: Final = 5.0
KB: Final = 1000

# The page marks when the first picture of somebody else is on it.
CLICK_TO_FRAME: Final = """
() => new Promise((resolve) => {
  const start = performance.now();
  new PerformanceObserver((list) => {
    const mark = list.getEntriesByName('mcmeet:first-frame')[0];
    if (mark) resolve(mark.startTime - start);
  }).observe({ type: 'mark' });
  [...document.querySelectorAll('button')].find((b) => b.textContent.trim() === '加入会议').click();
})
"""


FIRST_PAINT: Final = """
() => new Promise((resolve) => new PerformanceObserver((list) => {
  for (const { name, startTime } of list.getEntries()) {
    if (name === 'first-contentful-paint') resolve(startTime);
  }
}).observe({ type: 'paint', buffered: true }))
"""


def new_context(browser: Browser) -> BrowserContext:
    return browser.new_context(locale="zh-CN", permissions=["camera", "microphone"])


def watch_assets(page: Page) -> set[str]:
    """Names of the scripts and styles that the page asks for, as they come in."""
    names: set[str] = set()
    page.on(
        "request",
        lambda request: (
            request.resource_type in ("script", "stylesheet") and names.add(request.url.rsplit("/", 1)[-1])
        ),
    )
    return names


def packed_kb(names: set[str]) -> float:
    return sum((page_folder() / "assets" / f"{name}.gz").stat().st_size for name in names) / KB


def join(page: Page, link: str, name: str) -> float:
    """Milliseconds from the click to the first picture of somebody else."""
    page.goto(link)
    page.get_by_label("姓名").fill(name)
    page.get_by_role("checkbox").check()
    page.wait_for_timeout(1000)  # as long as a person needs, at least
    took: float = page.evaluate(CLICK_TO_FRAME)
    return took


def start_again_s(data: Path) -> float:
    """Seconds from typing `make run`, with everything built and data there, until it listens."""
    run = data / "run.json"
    started = time.monotonic()
    make = subprocess.Popen(["make", "run", "PORT=0", f"DATA={data}"], cwd=ROOT, stdout=subprocess.DEVNULL)
    while not run.exists():
        if make.poll() is not None or time.monotonic() - started > START_TIMEOUT_S:
            raise RuntimeError("make run did not start")
        time.sleep(0.01)
    took = time.monotonic() - started
    os.kill(json.loads(run.read_text())["pid"], signal.SIGINT)
    make.wait()
    return took


def main() -> None:
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        started = time.monotonic()
        server = Server(Path(folder) / "data")
        server.start()
        first_start = time.monotonic() - started
        time.sleep(IDLE_S)
        idle = resident_mib(server.pid)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        landing = landing_kb(browser, server.url)
        paints = [first_paint_ms(playwright, server.url) for _ in range(RUNS)]
        links = re.findall(r"http\S+/j/\d{9}#\S+", server.admin("create-meeting"))
        host = new_context(browser).new_page()
        host.goto(links[1])
        host.get_by_label("姓名").fill("林晓")
        host.get_by_role("checkbox").check()
        host.get_by_role("button", name="开始会议").click()
        host.wait_for_url("**/room/*")
        host.wait_for_timeout(3000)
        clicks, weights = [], []
        for number in range(RUNS):
            context = new_context(browser)
            page = context.new_page()
            assets = watch_assets(page)
            clicks.append(join(page, links[0], f"周航{number}"))
            weights.append(packed_kb(assets))
            context.close()
        stopped = server.stop()
        starts = [start_again_s(server.data) for _ in range(STARTS)]
        browser.close()
    record(
        "page",
        [
            Figure("click 加入会议 → first remote frame", "ms", clicks, "≤ 400"),
            Figure(
                "landing, navigation → first contentful paint, cold, no throttling", "ms", paints, "≤ 1000"
            ),
            Figure("landing, JS + CSS, gzipped", "kB", [landing], "≤ 158"),
            Figure("cold guest link → first remote frame, JS + CSS, gzipped", "kB", weights, "≤ 331"),
            Figure("idle server, RSS", "MiB", [idle], "≤ 152"),
            Figure("first start with an empty data directory", "s", [first_start]),
            Figure("second make run → listening", "s", starts, "≤ 4"),
            Figure("Ctrl-C with an open meeting", "s", [stopped], "≤ 3"),
        ],
    )


def first_paint_ms(playwright: Playwright, url: str) -> float:
    """Of the landing page, contentful, in a browser started for it: nothing is cached or compiled."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    page = browser.new_context(locale="zh-CN").new_page()
    page.goto(url)
    at: float = page.evaluate(FIRST_PAINT)
    browser.close()
    return at


def landing_kb(browser: Browser, url: str) -> float:
    context = new_context(browser)
    page = context.new_page()
    assets = watch_assets(page)
    page.goto(url, wait_until="networkidle")
    context.close()
    return packed_kb(assets)


if __name__ == "__main__":
    main()
