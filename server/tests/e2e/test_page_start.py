"""The first second of a page: what is there before its code, and that what could come at once does."""

import re

import pytest
from playwright.sync_api import Page, Playwright, Route, expect

from tests.fixtures.browser import CHROMIUM, FLAGS, PHONE, People
from tests.fixtures.meeting import Meeting
from tests.fixtures.server import Server

BASE = re.compile(r"/assets/base-[\w-]+\.js$")
LATE = "页面还没有打开"
# The links of the head and of the early script are of low priority, unlike those that Vite makes later.
NOT_AHEAD = """() => {
  const links = [...document.querySelectorAll('link[fetchpriority=low], script[src]')];
  const ahead = new Set(links.map((link) => link.href || link.src));
  const asked = performance.getEntriesByType('resource').map(({ name }) => name);
  return asked.filter((name) => /\\/assets\\/(?!loader-|rolldown-).*\\.js$/.test(name) && !ahead.has(name));
}"""


def refuse(route: Route) -> None:
    route.abort()


def ground_of(page: Page) -> str:
    colour: str = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
    return colour


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("path", ["/", "/login", "/register"])
def test_everything_that_a_page_opens_with_is_asked_for_ahead(
    server: Server, people: People, path: str, locale: str
) -> None:
    page = people("周航", locale=locale, size=PHONE).open(server.url + path)
    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate(NOT_AHEAD) == []


def test_everything_that_the_way_into_a_meeting_opens_with_is_asked_for_ahead(
    meeting: Meeting, people: People
) -> None:
    page = people("周航").open(meeting.link)
    expect(page.get_by_role("button", name="加入会议")).to_be_visible()
    late = {re.sub(r".*/assets/([\w-]+?)-[\w-]{8}\.js$", r"\1", url) for url in page.evaluate(NOT_AHEAD)}
    # The media SDK and the room follow when the page stands.
    assert not late & {"PreJoinPage", "zh", "base", "react", "icons"}, late


def test_a_page_whose_code_does_not_come_says_so_in_both_languages_and_can_be_tried_again(
    server: Server, people: People
) -> None:
    person = people("周航")
    person.expect_error("ERR_FAILED")
    person.expect_error("Failed to fetch dynamically imported module")
    person.page.route(BASE, refuse)
    page = person.open(server.url)
    expect(page.get_by_text(LATE)).to_be_visible()
    expect(page.get_by_text("This page has not opened yet")).to_be_visible()

    page.unroute(BASE)
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_label("会议号")).to_be_visible()
    expect(page.get_by_text(LATE)).to_have_count(0)


def test_a_page_whose_words_do_not_come_is_not_drawn_in_keys(server: Server, people: People) -> None:
    person = people("周航")
    person.expect_error("ERR_FAILED")
    person.expect_error("No words of core")
    words = re.compile(r"/assets/zh-[\w-]+\.js$")
    person.page.route(words, refuse)
    page = person.open(server.url)
    expect(page.get_by_text(LATE)).to_be_visible()
    page.unroute(words)
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_label("会议号")).to_be_visible()


def test_a_chosen_theme_is_there_before_the_code(server: Server, people: People) -> None:
    person = people("林晓")
    page = person.open(server.url)
    light = ground_of(page)
    page.evaluate("() => localStorage.setItem('mcmeet.theme', 'dark')")
    person.expect_error("ERR_FAILED")
    person.expect_error("Failed to fetch dynamically imported module")
    page.route(BASE, refuse)
    page.reload()
    expect(page.get_by_text(LATE)).to_be_visible()
    assert ground_of(page) != light


def test_without_javascript_the_page_says_that_it_needs_it(server: Server, playwright: Playwright) -> None:
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*FLAGS, "--blink-settings=scriptEnabled=false"]
    )
    page = browser.new_page()
    page.goto(server.url)
    chinese, english = page.locator("noscript p").all()
    assert (chinese.is_visible(), english.is_visible()) == (True, True)
    assert not page.get_by_text(LATE).is_visible()
    browser.close()
