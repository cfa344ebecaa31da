"""What pages show while something is on its way or does not come."""

from __future__ import annotations

import re
from typing import Final

from playwright.sync_api import Page, Route, expect

from tests.fixtures.browser import Person
from tests.fixtures.meeting import Meeting
from tools.screenshots.pages import sign_up
from tools.screenshots.scene import Scene

STATES: Final = (
    "not-started",
    "not-loaded",
    "policy-loading",
    "policy-failed",
    "door-failed",
    "dashboard-loading",
    "dashboard-failed",
    "signing-out",
)
BASE: Final = re.compile(r"/assets/base-[\w-]+\.js$")
PREVIOUS: Final = "**/api/meetings/previous*"
POLICIES: Final = "**/api/policies/**"
MEETINGS: Final = "**/api/meetings/**"
PROVOKED: Final = (
    "ERR_FAILED",
    "ERR_INTERNET_DISCONNECTED",
    "Failed to fetch dynamically imported module",
    "No words of",
)


def take_states(scene: Scene) -> None:
    if not scene.wants(*STATES):
        return
    _take_start(scene)
    _take_policy(scene)
    if scene.wants("door-failed"):
        meeting = Meeting(scene.server, scene.people, scene.words.topic)
        person = _sits(scene, 1)
        person.page.route(MEETINGS, _refuse)
        scene.take(person.open(meeting.link), "door-failed")
        person.context.close()
    if scene.wants("dashboard-loading", "dashboard-failed", "signing-out"):
        _take_account(scene)


def _sits(scene: Scene, place: int) -> Person:
    person = scene.sits(place)
    for error in PROVOKED:
        person.expect_error(error)
    return person


def _refuse(route: Route) -> None:
    route.abort()


def _take_start(scene: Scene) -> None:
    if not scene.wants("not-started", "not-loaded"):
        return
    person = _sits(scene, 1)
    person.page.route(BASE, _refuse)
    page = person.open(scene.server.url)
    scene.take(page, "not-started", shown="#start-again")
    page.unroute(BASE)
    page.reload()
    expect(page.locator("h1")).to_be_visible()
    person.context.set_offline(True)
    page.locator("footer a[href='/terms']").click()
    scene.take(page, "not-loaded", shown="[role=alert]")
    person.context.close()


def _take_policy(scene: Scene) -> None:
    for name in ("policy-loading", "policy-failed"):
        if scene.wants(name):
            person = _sits(scene, 1)
            _take_unanswered(scene, person, name, POLICIES, f"{scene.server.url}/privacy", "")
            person.context.close()


def _take_account(scene: Scene) -> None:
    person = _sits(scene, 0)
    page = sign_up(scene, person)
    for name in ("dashboard-loading", "dashboard-failed"):
        _take_unanswered(scene, person, name, PREVIOUS, f"{scene.server.url}/app", "section ")
    page.reload()
    _take_sign_out(scene, person, page)
    person.context.close()


def _take_unanswered(scene: Scene, person: Person, name: str, asked: str, url: str, inside: str) -> None:
    """`…-loading`: what is asked waits for its answer; `…-failed`: it gets none."""
    is_loading = name.endswith("-loading")
    person.page.route(asked, (lambda _: None) if is_loading else _refuse)
    page = person.open(url)
    scene.take(page, name, shown=f"{inside}[role={'status' if is_loading else 'alert'}]:has(*)")
    page.unroute_all(behavior="ignoreErrors")


def _take_sign_out(scene: Scene, person: Person, page: Page) -> None:
    menu = page.get_by_role("button", name=re.compile(scene.words.account_menu))
    menu.click()
    item = page.get_by_role("menuitem").last
    expect(item).to_be_visible()
    person.context.set_offline(True)
    item.click()
    scene.take(page, "signing-out", shown="p.phrases:not([role=note])")
