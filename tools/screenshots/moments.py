"""What pages show when something happens: alone, a hand, a lost network, a second tab, the end."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.sync_api import Page, expect

from tests.fixtures.browser import DESKTOP, Person
from tests.fixtures.meeting import Meeting, bar
from tests.fixtures.server import Server
from tools.screenshots.pages import sign_up
from tools.screenshots.scene import Scene

MOMENTS: Final = (
    "alone",
    "hand",
    "second-tab",
    "replaced",
    "lost",
    "end",
    "ended-by-host",
    "unreadable",
    "dashboard-offline",
    "trust",
)
PAGE: Final = Path(__file__).parents[2] / "web/src"
SILENCE_MS: Final = 14_000
"""After 12 s without a word the page says that the network is gone."""
PLAIN: Final = ("getUserMedia", "Cross-Origin-Opener-Policy")
"""What a page over plain HTTP has not, and ignores."""
OFFLINE: Final = "ERR_INTERNET_DISCONNECTED"


def take_moments(scene: Scene) -> None:
    if scene.wants("unreadable"):
        _take_unreadable(scene)
    if scene.wants("dashboard-offline"):
        _take_offline(scene)
    if scene.wants("trust"):
        _take_trust(scene)
    if scene.wants("alone", "hand", "second-tab", "replaced", "lost", "end", "ended-by-host"):
        _take_room(scene)


def _said(scene: Scene, part: str, *keys: str) -> str:
    """The page's own words."""
    words: Any = json.loads((PAGE / part / f"{scene.language}.json").read_text(encoding="utf-8"))
    for key in keys:
        words = words[key]
    return str(words)


def _take_unreadable(scene: Scene) -> None:
    person = scene.sits(1)
    page = person.open(scene.server.url)
    field = page.get_by_label(_said(scene, "features/meetings", "join", "field")).first
    field.fill("abc")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    scene.take(page, "unreadable")
    person.context.close()


def _take_offline(scene: Scene) -> None:
    person = scene.sits(0)
    person.expect_error(OFFLINE)
    page = sign_up(scene, person)
    page.goto(f"{scene.server.url}/app/settings")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    person.context.set_offline(True)
    page.get_by_role("navigation").locator("a[href='/app']").first.click()
    scene.take(page, "dashboard-offline", shown="section [role=alert]")
    person.context.close()


def _take_trust(scene: Scene) -> None:
    with TemporaryDirectory(prefix="mcmeet-screenshots-") as folder:
        server = Server(Path(folder) / "data", {"MCMEET_TLS__MODE": "auto"})
        server.start(host="0.0.0.0")  # noqa: S104
        try:
            person = scene.sits(1)
            for error in PLAIN:
                person.expect_error(error)
            address = json.loads((server.data / "run.json").read_text())["help_url"]
            scene.take(person.open(address), "trust")
            person.context.close()
        finally:
            server.stop()


def _take_room(scene: Scene) -> None:
    made = Meeting(scene.server, scene.people, scene.words.topic)
    host, guest = scene.sits(0), scene.sits(1)
    made.join(host, made.host_link)
    scene.take(host.page, "alone")
    guest.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    made.join(guest, made.link)
    _take_hand(scene, host.page, guest.page)
    _take_second_tab(scene, made, guest)
    _take_lost(scene, host.page)
    _take_end(scene, host.page, guest.context.pages[-1])


def _take_hand(scene: Scene, host: Page, guest: Page) -> None:
    if not scene.wants("hand"):
        return
    raising = _said(scene, "features/hands", "raise")
    bar(guest).get_by_role("button", name=raising, exact=True).click()
    place = _said(scene, "features/hands", "place").replace("{{place}}", "1")
    expect(host.get_by_role("img", name=place).first).to_be_visible()
    scene.take(host, "hand")


def _take_second_tab(scene: Scene, made: Meeting, guest: Person) -> None:
    if not scene.wants("second-tab", "replaced"):
        return
    second = guest.context.new_page()
    second.goto(made.link)
    second.get_by_label(scene.words.name).fill(guest.name)
    agree = second.get_by_role("checkbox")
    if agree.count():
        agree.check()
    second.get_by_role("button", name=scene.words.join).click()
    dialog = second.get_by_role("alertdialog")
    expect(dialog).to_be_visible()
    _at_window(scene, second)
    scene.take(second, "second-tab")
    dialog.get_by_role("button").first.click()
    expect(bar(second)).to_be_visible()
    guest.page.wait_for_url("**/ended")
    _at_window(scene, guest.page)
    scene.take(guest.page, "replaced")


def _at_window(scene: Scene, page: Page) -> None:
    width, height = scene.window
    page.set_viewport_size({"width": width, "height": height})


def _take_lost(scene: Scene, host: Page) -> None:
    """The server stands still, as a network that has gone does."""
    if not scene.wants("lost"):
        return
    os.kill(scene.server.pid, signal.SIGSTOP)
    try:
        host.wait_for_timeout(SILENCE_MS)
        scene.take(host, "lost")
    finally:
        os.kill(scene.server.pid, signal.SIGCONT)
    expect(host.get_by_text(_said(scene, "room", "lost"))).to_have_count(0)


def _take_end(scene: Scene, host: Page, guest: Page) -> None:
    if not scene.wants("end", "ended-by-host"):
        return
    end = _said(scene, "room", "end_meeting")
    bar(host).get_by_role("button", name=scene.words.leave, exact=True).click()
    host.get_by_role("menuitem", name=re.compile(f"^{end}")).click()
    dialog = host.get_by_role("alertdialog")
    expect(dialog).to_be_visible()
    scene.take(host, "end")
    dialog.get_by_role("button", name=end).click()
    guest.wait_for_url("**/ended")
    _at_window(scene, guest)
    scene.take(guest, "ended-by-host")
