"""The bar of a meeting where the window is narrow: a few buttons for a thumb, and 更多 for the rest."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.test_for_everybody import press
from tests.e2e.test_room_view import CAMERA_LABEL, own_picture, with_more_cameras
from tests.fixtures.browser import People
from tests.fixtures.everybody import check
from tests.fixtures.meeting import Meeting, bar, eventually, more, sheet, tile
from tests.fixtures.server import Server

__all__ = ["with_more_cameras"]

NARROW = (360, 740)
# The second one is 1280 px at a zoom of 400 % (WCAG 1.4.10).
NARROWEST = ((360, 740), (320, 256))
WIDE = ((768, 1024), (1280, 800))
# WCAG 2.5.5, what a thumb meets; and 2.5.8, what a pointer does.
THUMB_PX = 44
POINTER_PX = 24


@dataclass(frozen=True)
class Words:
    bar: tuple[str, ...]
    raise_hand: str
    lower_hand: str
    react: str
    applause: str
    heart: str
    invite: str
    share: str
    stop_share: str
    camera: str


WORDS = {
    "zh-CN": Words(
        bar=("静音", "停止视频", "成员", "更多", "离开"),
        raise_hand="举手",
        lower_hand="放下手",
        react="表情",
        applause="鼓掌",
        heart="爱心",
        invite="邀请",
        share="共享屏幕",
        stop_share="停止共享",
        camera="摄像头",
    ),
    "en-GB": Words(
        bar=("Mute", "Stop video", "Participants", "More", "Leave"),
        raise_hand="Raise hand",
        lower_hand="Lower hand",
        react="React",
        applause="Applause",
        heart="Heart",
        invite="Invite",
        share="Share screen",
        stop_share="Stop sharing",
        camera="Camera",
    ),
}
LOCALES = pytest.mark.parametrize("locale", WORDS)


def boxes(buttons: Locator) -> list[dict[str, Any]]:
    """From left to right, with the width that the words of each would take."""
    found: list[dict[str, Any]] = buttons.evaluate_all(
        "(all) => all.map((one) => ({ ...one.getBoundingClientRect().toJSON(), inside: one.scrollWidth }))"
    )
    return found


def fits(page: Page, width: int, height: int, least: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    found = boxes(bar(page).get_by_role("button"))
    assert [box for box in found if min(box["width"], box["height"]) < least] == []
    assert [box for box in found if box["inside"] > box["width"] + 1] == []
    assert all(left["right"] <= right["left"] for left, right in pairwise(found)), "one beside the other"
    assert page.evaluate("() => document.documentElement.scrollWidth") == width


@LOCALES
def test_every_button_is_large_enough_for_a_thumb_and_none_overlaps(meeting: Meeting, locale: str) -> None:
    page = meeting.host("林晓", locale=locale, size=NARROW).page
    buttons = bar(page).get_by_role("button")
    expect(buttons).to_have_text([re.compile(rf"^(\d.*)?{word}$") for word in WORDS[locale].bar])
    for width, height in NARROWEST:
        fits(page, width, height, THUMB_PX)
    for button in buttons.all()[:2]:
        button.click()  # the longer words: 解除静音, 开启视频
    for width, height in NARROWEST:
        fits(page, width, height, THUMB_PX)


@LOCALES
def test_a_wide_window_has_every_button_and_each_arrow_is_a_target(meeting: Meeting, locale: str) -> None:
    page = meeting.host("林晓", locale=locale).page
    expect(bar(page).get_by_role("button")).to_have_count(10)
    expect(more(page)).to_have_count(0)
    for width, height in WIDE:
        fits(page, width, height, POINTER_PX)


@LOCALES
def test_hand_reaction_invitation_and_screen_work_from_more_by_the_keyboard_alone(
    meeting: Meeting, locale: str
) -> None:
    words = WORDS[locale]
    host = meeting.host("林晓").page
    page = meeting.guest("周航", locale=locale, size=NARROW).page
    rows = sheet(page)

    def choose(row: str) -> None:
        press(page, more(page))
        press(page, rows.get_by_role("button", name=row, exact=True))
        expect(rows).to_have_count(0)

    choose(words.raise_hand)
    expect(more(page)).to_be_focused()
    expect(tile(host, "周航").get_by_role("img", name="举手，第 1 位")).to_be_visible()
    choose(words.lower_hand)
    expect(tile(host, "周航").get_by_role("img", name=re.compile("举手"))).to_have_count(0)

    press(page, more(page))
    press(page, rows.get_by_role("button", name=words.applause), "ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(rows.get_by_role("button", name=words.heart)).to_be_focused()
    page.keyboard.press("Enter")
    expect(tile(host, "周航").get_by_role("img", name="爱心")).to_be_visible()
    expect(more(page)).to_be_focused()

    choose(words.invite)
    panel = page.get_by_role("complementary", name=words.invite)
    expect(panel.get_by_role("heading", name=words.invite)).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(more(page)).to_be_focused()

    choose(words.share)
    stop = page.get_by_role("main").get_by_role("button", name=words.stop_share)
    press(page, stop)
    expect(stop).to_have_count(0)
    expect(more(page)).to_be_focused()


@LOCALES
def test_a_device_is_chosen_from_more_by_the_keyboard_alone(
    server: Server, with_more_cameras: People, locale: str
) -> None:
    page = Meeting(server, with_more_cameras).host("林晓", locale=locale, size=NARROW).page
    press(page, more(page))
    camera = sheet(page).get_by_role("combobox", name=WORDS[locale].camera)
    press(page, camera, "End")
    name = camera.locator("option:checked").inner_text()
    eventually(lambda: own_picture(page, "林晓").evaluate(CAMERA_LABEL), lambda label: label == name)
    expect(camera).to_be_focused()


@LOCALES
def test_more_is_clean_for_axe_and_fits(meeting: Meeting, locale: str) -> None:
    page = meeting.host("林晓", locale=locale, size=NARROW).page
    more(page).click()
    expect(sheet(page)).to_be_visible()
    check(page)


def test_more_takes_the_focus_and_closes_by_escape_by_its_button_and_by_a_press_beside_it(
    meeting: Meeting,
) -> None:
    page = meeting.host("林晓", size=NARROW).page
    rows, opener = sheet(page), more(page)

    def by_its_button() -> None:
        rows.get_by_role("button", name="关闭").click()

    def by_escape() -> None:
        page.keyboard.press("Escape")

    def beside_it() -> None:
        page.mouse.click(180, 60)

    for close in (by_its_button, by_escape, beside_it):
        expect(opener).to_have_attribute("aria-expanded", "false")
        opener.click()
        expect(rows).to_be_focused()
        close()
        expect(rows).to_have_count(0)
        expect(opener).to_be_focused()

    opener.click()
    expect(rows).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(rows).to_have_count(0)
    expect(bar(page).get_by_role("button", name="举手")).to_be_visible()
