"""A meeting as the host sees it: two people, nine, the panels, a shared screen, the end."""

from __future__ import annotations

import re
from typing import Final

from playwright.sync_api import Page, expect

from tests.fixtures.browser import DESKTOP, Person
from tests.fixtures.meeting import JOIN, Meeting, bar, frames_decoded, more, press_in_bar, rises, sheet, tile
from tools.screenshots.scene import PATIENCE_S, Scene

MEETING_PAGES: Final = (
    "room-2",
    "devices",
    "reactions",
    "more",
    "invite",
    "members",
    "room-9",
    "members-9",
    "speaker",
    "share",
    "leave",
    "hand-over",
    "ended",
)
WITHOUT_CAMERA: Final = frozenset({4, 7})


def take_meeting(scene: Scene) -> None:
    if not scene.wants(*MEETING_PAGES):
        return
    made = Meeting(scene.server, scene.people, scene.words.topic)
    host = _joins(scene, scene.sits(0), made.host_link)
    second = _joins(scene, scene.sits(1), made.link)
    rises(lambda: frames_decoded(host), by=5, within=PATIENCE_S)
    host.mouse.move(0, 0)  # it pressed 开始会议, where a button of the bar is now
    scene.take(host, "room-2")
    if scene.window[0] >= DESKTOP[0]:
        _take_popup(scene, host, scene.words.sound_devices, "devices")
        _take_popup(scene, host, scene.words.react, "reactions")
    elif scene.wants("more"):
        more(host).click()
        expect(sheet(host)).to_be_visible()
        scene.take(host, "more")
        host.keyboard.press("Escape")
    _take_panel(scene, host, scene.words.invite, "invite")
    _take_panel(scene, host, scene.words.members, "members")
    if scene.wants("room-9", "members-9", "speaker"):
        _take_nine(scene, host, made.link)
    if scene.wants("share"):
        press_in_bar(second, scene.words.share)
        expect(host.get_by_role("figure", name=re.compile(scene.words.cast[1]))).to_have_count(2)
        rises(lambda: frames_decoded(host, "screen_share"), by=2, within=PATIENCE_S)
        scene.take(host, "share")
    _take_end(scene, host)


def _joins(scene: Scene, person: Person, link: str) -> Page:
    page = person.open(link)
    page.get_by_label(scene.words.name).fill(person.name)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name=JOIN).click()
    expect(bar(page)).to_be_visible()
    return page


def _take_popup(scene: Scene, page: Page, word: str, name: str) -> None:
    if scene.wants(name):
        press_in_bar(page, word)
        expect(page.get_by_role("dialog")).to_be_visible()
        scene.take(page, name)
        page.keyboard.press("Escape")


def _take_panel(scene: Scene, page: Page, word: str, name: str) -> None:
    if scene.wants(name):
        press_in_bar(page, word)
        scene.take(page, name)
        page.get_by_role("button", name=scene.words.close, exact=True).first.click()


def _take_nine(scene: Scene, host: Page, link: str) -> None:
    for place in range(2, len(scene.words.cast)):
        person = scene.sits(place, camera=place not in WITHOUT_CAMERA, microphone=False)
        _joins(scene, person, link)
    if scene.window[0] >= DESKTOP[0]:
        expect(tile(host, scene.words.cast[-1])).to_be_visible()
        expect(host.locator("figure video")).to_have_count(len(scene.words.cast) - len(WITHOUT_CAMERA))
    rises(lambda: frames_decoded(host), by=30, within=PATIENCE_S)
    scene.take(host, "room-9")
    _take_panel(scene, host, scene.words.members, "members-9")
    if scene.wants("speaker"):
        host.get_by_role("button", name=scene.words.speaker_view).click()
        scene.take(host, "speaker")
        host.get_by_role("button", name=scene.words.gallery_view).click()


def _take_end(scene: Scene, host: Page) -> None:
    press_in_bar(host, scene.words.leave)
    leave = host.get_by_role("menuitem", name=scene.words.leave_meeting)
    expect(leave).to_be_visible()
    scene.take(host, "leave")
    leave.click()
    scene.take(host, "hand-over", shown="[role=alertdialog]")
    host.get_by_role("button", name=scene.words.just_leave, exact=True).click()
    host.wait_for_url("**/ended")
    scene.take(host, "ended")
