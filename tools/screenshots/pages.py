"""The pages outside the meeting, and the way in."""

from __future__ import annotations

from itertools import count
from typing import Final

from playwright.sync_api import Page, expect

from tests.fixtures.browser import Person
from tests.fixtures.meeting import JOIN, Meeting, bar
from tools.screenshots.scene import Scene

PHONES: Final = (f"138{number:08d}" for number in count(25_000_000))
API_HEADERS: Final = {"X-MCMeet": "1"}

VISITOR_PAGES: Final = {
    "landing": "/",
    "login": "/login",
    "register": "/register",
    "privacy": "/privacy",
    "terms": "/terms",
    "not-found": "/nowhere",
}
DOORS: Final = ("prejoin", "prejoin-no-devices", "passcode", "unavailable")
ACCOUNT_PAGES: Final = ("consent", "code", "profile", "dashboard-empty", "dashboard", "settings")


def take_visitor_pages(scene: Scene) -> None:
    for name, path in VISITOR_PAGES.items():
        if scene.wants(name):
            person = scene.sits(1)
            scene.take(person.open(scene.server.url + path), name)
            person.context.close()


def take_doors(scene: Scene) -> None:
    """A meeting's page before the meeting: as it should be, without devices, without a passcode, too late."""
    if not scene.wants(*DOORS):
        return
    meeting = Meeting(scene.server, scene.people, scene.words.topic)
    bare = meeting.link.split("#")[0]
    wrong = f"{bare}#p={'000000' if meeting.passcode != '000000' else '111111'}"
    for name, link, has_devices in (
        ("prejoin", meeting.link, True),
        ("prejoin-no-devices", meeting.link, False),
        ("passcode", bare, True),
        ("unavailable", wrong, True),
    ):
        if scene.wants(name):
            person = scene.sits(1, camera=has_devices, microphone=has_devices)
            scene.take(person.open(link), name)
            person.context.close()


def take_account_pages(scene: Scene) -> None:
    if not scene.wants(*ACCOUNT_PAGES):
        return
    person = scene.sits(0)
    page = sign_up(scene, person)
    scene.take(page, "dashboard-empty")
    _hold_meetings(scene, page)
    page.goto(f"{scene.server.url}/app")
    scene.take(page, "dashboard")
    page.goto(f"{scene.server.url}/app/settings")
    scene.take(page, "settings")
    person.context.close()


def sign_up(scene: Scene, person: Person) -> Page:
    words, phone = scene.words, next(PHONES)
    page = person.open(f"{scene.server.url}/login")
    page.get_by_label(words.phone).fill(phone)
    page.get_by_role("button", name=words.get_code).click()
    agree = page.get_by_role("button", name=words.agree)
    expect(agree).to_be_visible()
    scene.take(page, "consent")
    agree.click()
    expect(page.get_by_label(words.code, exact=True)).to_be_focused()
    scene.take(page, "code")
    page.get_by_label(words.code, exact=True).fill(scene.server.code_for(f"+86{phone}"))
    page.get_by_role("button", name=words.log_in, exact=True).click()
    page.get_by_label(words.name).fill(person.name)
    page.get_by_label(words.email).fill("name@example.com")
    scene.take(page, "profile")
    page.get_by_role("button", name=words.register, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(person.name)
    return page


def _hold_meetings(scene: Scene, page: Page) -> None:
    """One that ended, one that runs, and one that nobody has entered."""
    address, named = f"{scene.server.url}/api/meetings", {"topic": scene.words.topic}
    for body, enters, ends in ((named, True, True), ({}, True, False), (named, False, False)):
        made = page.request.post(address, headers=API_HEADERS, data=body).json()
        if enters:
            page.goto(made["link"])
            page.get_by_role("button", name=JOIN).click()
            expect(bar(page)).to_be_visible()
        if ends:
            page.request.post(f"{address}/{made['number']}/end", headers=API_HEADERS, data={})
