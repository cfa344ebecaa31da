"""The ways out of a meeting: a swipe at a phone's edge or one press leaves nobody outside by accident."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.meeting import Meeting, bar, frames_decoded, more, rises, sheet, tile

NARROW = (360, 740)
MENU = re.compile("/assets/MenuPopup-")


def back(page: Page) -> None:
    page.evaluate("() => history.back()")


def question(page: Page, title: str) -> Locator:
    return page.get_by_role("alertdialog", name=title)


def is_in(page: Page) -> None:
    expect(page).to_have_url(re.compile(r"/room/\d{9}$"))
    expect(bar(page)).to_be_visible()


def test_back_asks_and_who_stays_goes_on_seeing_the_others(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    expect(tile(host, "周航")).to_be_visible()
    for _ in range(2):  # it holds a second time too
        back(guest)
        question(guest, "离开会议？").get_by_role("button", name="取消").click()
        expect(question(guest, "离开会议？")).to_have_count(0)
        is_in(guest)
    rises(lambda: frames_decoded(guest), by=5)
    back(guest)
    question(guest, "离开会议？").get_by_role("button", name="离开会议").click()
    expect(guest.get_by_role("heading", name="您已离开会议")).to_be_visible()
    expect(tile(host, "周航")).to_have_count(0)


def test_back_asks_a_host_who_follows(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    expect(tile(meeting.guest("周航").page, "林晓")).to_be_visible()
    expect(tile(host, "周航")).to_be_visible()
    back(host)
    expect(question(host, "离开前指定新主持人？").get_by_role("combobox")).to_be_visible()
    is_in(host)


def test_back_closes_what_is_open_before_it_asks(meeting: Meeting) -> None:
    page = meeting.host("林晓", size=NARROW).page
    more(page).click()
    expect(sheet(page)).to_be_visible()
    back(page)
    expect(sheet(page)).to_have_count(0)
    bar(page).get_by_role("button", name="成员").click()
    panel = page.get_by_role("complementary")
    expect(panel).to_be_visible()
    back(page)
    expect(panel).to_have_count(0)
    is_in(page)
    back(page)
    expect(question(page, "离开会议？")).to_be_visible()
    back(page)
    expect(question(page, "离开会议？")).to_have_count(0)
    is_in(page)


def test_leaving_asks_a_participant_too_and_the_keyboard_answers(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    button = bar(guest).get_by_role("button", name="离开", exact=True)
    go, stay = (guest.get_by_role("menuitem", name=word) for word in ("离开会议", "取消"))
    for key in ("Escape", "ArrowDown"):
        button.press("Enter")
        expect(go).to_be_focused()
        guest.keyboard.press(key)
        if key == "ArrowDown":
            stay.press("Enter")
        expect(go).to_have_count(0)
        expect(button).to_be_focused()
        is_in(guest)
    expect(tile(host, "周航")).to_be_visible()
    button.press("Enter")
    expect(go).to_be_focused()
    guest.keyboard.press("Enter")
    expect(guest.get_by_role("heading", name="您已离开会议")).to_be_focused()
    expect(tile(host, "周航")).to_have_count(0)


@pytest.mark.parametrize("role", ["participant", "host"])
def test_a_menu_whose_code_does_not_come_keeps_nobody(meeting: Meeting, role: str) -> None:
    person = meeting.people("周航")
    person.expect_error("")
    person.context.route(MENU, lambda route: route.abort())
    page = meeting.join(person, meeting.host_link if role == "host" else meeting.link).page
    bar(page).get_by_role("button", name="离开", exact=True).click()
    expect(page.get_by_role("heading", name="您已离开会议")).to_be_visible()
