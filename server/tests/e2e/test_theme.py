"""Light and dark pages, in Chromium: as the system has it, or as somebody chose."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.test_account_pages import phone, sign_up
from tests.fixtures.browser import People
from tests.fixtures.meeting import Meeting
from tests.fixtures.server import Server

__all__ = ["phone"]

LIGHT, DARK = "rgb(255, 255, 255)", "rgb(24, 28, 35)"
STORED = "() => localStorage.getItem('mcmeet.theme')"
STAGE = "rgb(14, 17, 22)"


def shows(page: Page, ground: str) -> None:
    expect(page.locator("html")).to_have_css("background-color", ground)


def test_the_pages_follow_the_system_and_turn_with_it(server: Server, people: People) -> None:
    page = people("林晓", dark=True).open(server.url)
    shows(page, DARK)
    page.emulate_media(color_scheme="light")
    shows(page, LIGHT)
    assert page.evaluate(STORED) is None


def test_a_choice_in_settings_holds_against_the_system_and_over_a_reload(
    server: Server, people: People, phone: str
) -> None:
    page = sign_up(people("林晓"), server, phone)
    page.goto(f"{server.url}/app/settings")
    appearance = page.get_by_label("外观")
    expect(appearance.get_by_role("option")).to_have_text(["跟随系统", "浅色", "深色"])
    appearance.select_option("深色")
    shows(page, DARK)
    page.goto(server.url)
    shows(page, DARK)

    page.emulate_media(color_scheme="dark")
    page.goto(f"{server.url}/app/settings")
    appearance.select_option("浅色")
    shows(page, LIGHT)
    appearance.select_option("跟随系统")
    shows(page, DARK)
    assert page.evaluate(STORED) is None


def test_the_stage_of_a_meeting_is_dark_for_whoever_has_light_pages(meeting: Meeting) -> None:
    page = meeting.host("林晓").page
    expect(page.locator("html")).to_have_css("background-color", LIGHT)
    stage = page.get_by_role("main").locator("xpath=ancestor::div[contains(@class, 'fixed')]")
    expect(stage).to_have_css("background-color", STAGE)
    page.get_by_role("button", name=re.compile("^成员")).click()
    expect(page.get_by_role("complementary")).to_have_css("background-color", LIGHT)
