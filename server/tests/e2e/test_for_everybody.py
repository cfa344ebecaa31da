"""Every page in light and dark, from a small phone to a wall and at 200 %, by pointer and by keyboard."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.test_account_pages import phone, sign_up
from tests.e2e.test_room_view import UNPLUG, own_picture
from tests.fixtures.browser import People
from tests.fixtures.everybody import check, check_fit
from tests.fixtures.meeting import JOIN, LEAVE, Meeting, bar, tile
from tests.fixtures.server import Server, StartServer

__all__ = ["phone"]

# Of English only the length of the words differs.
LOCALES = pytest.mark.parametrize(("locale", "check"), [("zh-CN", check), ("en-GB", check_fit)])
Check = Callable[[Page], None]
MEMBERS = re.compile("^(成员|Participants)$")
INVITE = re.compile("^(邀请|Invite)$")
REACT = re.compile("^(表情|React)$")
HAND_OVER = re.compile("^(离开前指定新主持人？|Choose a new host before you leave\\?)$")
JUST_LEAVE = re.compile("^(直接离开|Leave without assigning)$")
DEVICES = re.compile("^(选择麦克风和扬声器|Choose microphone and speaker)$")
NAME = re.compile("^(姓名|Name)$")
LOST = re.compile("^(网络已断开|Connection lost)")
MOST_TABS = 60
PREVIOUS = "**/api/meetings/previous*"


def shown(page: Page) -> Page:
    expect(page.locator("h1").first).to_be_visible()
    return page


@LOCALES
def test_the_pages_of_a_visitor(server: Server, people: People, locale: str, check: Check) -> None:
    person = people("周航", locale=locale)
    for path in ("/", "/login", "/register", "/privacy", "/terms", "/nowhere", "/ended"):
        check(shown(person.open(server.url + path)))


@LOCALES
def test_the_doors_of_a_meeting(meeting: Meeting, locale: str, check: Check) -> None:
    person = meeting.people("周航", locale=locale)
    bare = meeting.link.split("#")[0]
    wrong = "000000" if meeting.passcode != "000000" else "111111"
    for link in (meeting.link, bare, f"{bare}#p={wrong}", f"{meeting.server.url}/j/12"):
        person.page.goto("about:blank")
        check(shown(person.open(link)))


@LOCALES
def test_a_meeting_with_its_panels_and_menus(meeting: Meeting, locale: str, check: Check) -> None:
    host = meeting.host("林晓", locale=locale).page
    check(host)
    meeting.guest("周航")
    expect(tile(host, "周航")).to_be_visible()
    check(host)
    for word in (MEMBERS, INVITE):
        bar(host).get_by_role("button", name=word).click()
        expect(host.get_by_role("complementary", name=word)).to_be_visible()
        check(host)
        host.keyboard.press("Escape")
    bar(host).get_by_role("button", name=REACT).click()
    expect(host.get_by_role("toolbar", name=REACT)).to_be_visible()
    check(host)
    bar(host).get_by_role("button", name=DEVICES).click()
    expect(host.get_by_role("menu")).to_be_visible()
    check(host)
    host.keyboard.press("Escape")
    bar(host).get_by_role("button", name=LEAVE).click()
    expect(host.get_by_role("menu")).to_be_visible()
    check(host)
    host.get_by_role("menuitem").first.click()
    asked = host.get_by_role("alertdialog", name=HAND_OVER)
    expect(asked).to_be_visible()
    check(host)
    asked.get_by_role("button", name=JUST_LEAVE).click()
    host.wait_for_url("**/ended")
    check(shown(host))


@LOCALES
def test_the_notices_of_a_meeting_a_second_tab_and_the_ends(
    meeting: Meeting, locale: str, check: Check
) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航", locale=locale)
    first = guest.page

    def told(page: Page, words: str) -> None:
        expect(page.get_by_role("main").get_by_text(re.compile(words))).to_be_visible()
        check(page)

    bar(host).get_by_role("button", name=MEMBERS).click()
    act(host, "静音")
    told(first, "主持人已将您静音|A host has muted you")
    act(host, "允许解除静音")
    told(first, "主持人已允许您解除静音|A host has allowed you to unmute")
    own_picture(first, "周航").evaluate(UNPLUG)
    told(first, "摄像头已断开|The camera was unplugged")

    second = guest.context.new_page()
    second.goto(meeting.link)
    second.get_by_label(NAME).fill("周航")
    second.get_by_role("button", name=JOIN).click()
    asked = second.get_by_role("alertdialog")
    expect(asked).to_be_visible()
    check(second)
    asked.get_by_role("button").first.click()
    told(first, "您已在另一个页面|You continued this meeting on another page")
    expect(bar(second)).to_be_visible()

    act(host, "移出会议")
    host.get_by_role("alertdialog").get_by_role("button", name="移出会议").click()
    told(second, "您已被主持人移出会议|A host has removed you from the meeting")


def act(host: Page, word: str) -> None:
    host.get_by_role("button", name="对 周航 的操作").click()
    host.get_by_role("menuitem", name=word, exact=True).click()


@LOCALES
def test_a_meeting_that_waits_for_its_server(
    start_server: StartServer, people: People, locale: str, check: Check
) -> None:
    server = start_server()
    guest = Meeting(server, people).guest("周航", locale=locale)
    guest.expect_error("")
    server.kill()
    expect(guest.page.get_by_text(LOST).first).to_be_visible()
    check(guest.page)


def test_the_pages_of_an_account_loading_empty_filled_failed_and_without_a_network(
    meeting: Meeting, people: People, phone: str
) -> None:
    person = people("林晓")
    page = sign_up(person, meeting.server, phone)
    expect(page.get_by_text("您还没有发起过会议")).to_be_visible()
    check(page)
    page.request.post(f"{meeting.server.url}/api/meetings", headers={"X-MCMeet": "1"}, data={})
    page.reload()
    expect(page.get_by_text("林晓的快速会议")).to_be_visible()
    check(page)
    page.get_by_role("button", name="结束“林晓的快速会议”").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    check(page)
    page.keyboard.press("Escape")

    person.expect_error("Failed to load resource")
    waiting: list[Route] = []
    page.route(PREVIOUS, lambda route: waiting.append(route))
    page.reload()
    expect(page.get_by_role("main").get_by_text("正在加载")).to_be_visible()
    check(page)
    page.route(PREVIOUS, lambda route: route.abort())  # from here on; the one before waits
    waiting.pop().abort()
    expect(page.get_by_role("alert")).to_contain_text("连接不上服务器")
    check(page)
    person.context.set_offline(True)
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("alert")).to_contain_text("网络已断开")
    check(page)
    person.context.set_offline(False)
    page.unroute(PREVIOUS)

    page.goto(f"{meeting.server.url}/app/settings")
    check(shown(page))
    page.get_by_role("button", name=re.compile("林晓 .*\\*\\*\\*\\*")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    check(page)


def test_a_consent_sheet_and_an_error_under_a_field(server: Server, people: People, phone: str) -> None:
    page = people("林晓").open(f"{server.url}/login")
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)
    page.get_by_label("手机号码").fill(phone)
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    check(page)


def test_who_wants_no_motion_sees_none(server: Server, people: People) -> None:
    page = shown(people("林晓").open(server.url))
    page.emulate_media(reduced_motion="reduce")
    moving = """() => [...document.querySelectorAll('*')].filter((element) => {
      const { transitionDuration, animationDuration } = getComputedStyle(element);
      return /[1-9]/.test(transitionDuration + animationDuration);
    }).length"""
    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) > 0


def test_a_keyboard_is_enough_from_signing_in_to_leaving(server: Server, people: People, phone: str) -> None:
    page = people("林晓").open(server.url)
    press(page, page.get_by_role("link", name="登录", exact=True))
    type_into(page, page.get_by_label("手机号码"), phone)
    press(page, page.get_by_role("checkbox"), "Space")
    press(page, page.get_by_role("button", name="获取验证码"))
    expect(page.get_by_label("验证码", exact=True)).to_be_focused()
    page.keyboard.type(server.code_for(f"+86{phone}"))
    page.keyboard.press("Enter")
    type_into(page, page.get_by_label("姓名"), "林晓")
    type_into(page, page.get_by_label("电子邮件"), "linxiao@example.com")
    page.keyboard.press("Enter")
    press(page, page.get_by_role("button", name="快速会议"))
    expect(page.get_by_role("heading", name="准备好了吗？")).to_be_visible()
    press(page, page.get_by_role("button", name="开始会议", exact=True))
    press(page, bar(page).get_by_role("button", name="静音", exact=True))
    expect(bar(page).get_by_role("button", name="解除静音")).to_be_visible()
    press(page, bar(page).get_by_role("button", name="离开", exact=True))
    expect(page.get_by_role("menuitem", name="离开会议")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="您已离开会议")).to_be_focused()


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    expect(target).to_be_visible()
    for _ in range(MOST_TABS):
        if target.evaluate("(element) => element === document.activeElement"):
            return page.keyboard.press(key)
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached by the Tab key")


def type_into(page: Page, field: Locator, text: str) -> None:
    press(page, field, "End")
    page.keyboard.type(text)
