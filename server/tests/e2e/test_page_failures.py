"""Pages when the network or the server goes away: what people read, and how they go on."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.test_account_pages import DASHBOARD, phone, sign_up
from tests.fixtures.browser import People, Person
from tests.fixtures.meeting import Meeting
from tests.fixtures.server import Server, StartServer

__all__ = ["phone"]

NOT_YET = "您还没有登出"
INCOMPLETE = "页面有一部分加载失败"
MENU = re.compile("/assets/MenuPopup-")
SIGNED_OUT = re.compile(r"/login\?next=%2Fapp$")


def go_offline(person: Person) -> None:
    for error in ("ERR_INTERNET_DISCONNECTED", "Failed to fetch dynamically imported module", "No words of"):
        person.expect_error(error)
    person.context.set_offline(True)


def press_sign_out(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"{name} 的账号菜单").click()
    page.get_by_role("menuitem", name="登出").click()


def open_menu_once(page: Page, name: str) -> None:
    """Its code is there from then on."""
    page.get_by_role("button", name=f"{name} 的账号菜单").click()
    expect(page.get_by_role("menuitem", name="登出")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)


def test_a_page_that_does_not_come_without_a_network_waits_for_it(server: Server, people: People) -> None:
    person = people("周航")
    page = person.open(server.url)
    expect(page.get_by_label("会议号")).to_be_visible()
    go_offline(person)
    page.get_by_role("contentinfo").get_by_role("link", name="用户协议").click()
    expect(page.get_by_role("heading", level=1, name="页面打开失败")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("网络中断了，或服务器刚刚更新过")
    retry = page.get_by_role("button", name="重试")
    expect(retry).to_have_count(1)
    retry.click()
    expect(page.get_by_text("连接不上服务器")).to_be_visible()
    expect(retry).to_be_visible()

    person.context.set_offline(False)
    expect(page.get_by_role("heading", level=1, name="用户协议")).to_be_visible()


def test_signing_out_without_a_network_says_so_and_is_done_when_it_is_back(
    server: Server, people: People, phone: str
) -> None:
    person = people("林晓")
    page = sign_up(person, server, phone)
    open_menu_once(page, "林晓")
    go_offline(person)
    press_sign_out(page, "林晓")
    expect(page.get_by_role("status").filter(has_text=NOT_YET)).to_have_count(1)
    expect(page.get_by_text(NOT_YET).first).to_be_visible()
    expect(page).to_have_url(DASHBOARD)

    person.context.set_offline(False)
    expect(page.get_by_role("link", name="登录")).to_be_visible()
    expect(page.get_by_text(NOT_YET)).to_have_count(0)
    page.goto(f"{server.url}/app")
    expect(page).to_have_url(SIGNED_OUT)


def test_a_part_that_comes_after_all_takes_its_notice_away_and_can_be_used(
    server: Server, people: People, phone: str
) -> None:
    person = people("林晓")
    person.expect_error("ERR_FAILED")
    person.expect_error("Failed to fetch dynamically imported module")
    person.context.route(MENU, lambda route: route.abort())
    page = sign_up(person, server, phone)
    menu = page.get_by_role("button", name="林晓 的账号菜单")
    menu.click()
    expect(menu).to_have_attribute("aria-expanded", "false")
    strip = page.locator("p", has_text=INCOMPLETE).first
    expect(strip).to_be_visible()
    person.context.unroute(MENU)
    person.context.set_offline(True)
    person.context.set_offline(False)
    expect(strip).to_have_count(0)
    open_menu_once(page, "林晓")


def test_whoever_waits_to_be_signed_out_reads_one_notice(server: Server, people: People, phone: str) -> None:
    person = people("林晓")
    page = sign_up(person, server, phone)
    open_menu_once(page, "林晓")
    go_offline(person)
    strip = page.locator("p", has_text=INCOMPLETE).first
    page.get_by_role("button", name="English").click()  # its words do not come
    expect(strip).to_be_visible()
    press_sign_out(page, "林晓")
    expect(page.get_by_text(NOT_YET).first).to_be_visible()
    expect(strip).to_have_count(0)
    page.get_by_role("button", name="保持登录").click()
    expect(strip).to_be_visible()
    person.context.set_offline(False)
    expect(strip).to_have_count(0)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="中文")).to_be_visible()


def test_who_stays_after_all_is_not_signed_out_later(server: Server, people: People, phone: str) -> None:
    person = people("林晓")
    page = sign_up(person, server, phone)
    open_menu_once(page, "林晓")
    go_offline(person)
    press_sign_out(page, "林晓")
    page.get_by_role("button", name="保持登录").click()
    expect(page.get_by_text(NOT_YET)).to_have_count(0)

    person.context.set_offline(False)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("林晓")


def test_from_the_sheet_in_settings_too_one_may_stay(server: Server, people: People, phone: str) -> None:
    person = people("林晓")
    page = sign_up(person, server, phone)
    page.goto(f"{server.url}/app/settings")
    page.get_by_role("button", name=re.compile("林晓 .*\\*\\*\\*\\*")).click()
    leave = page.get_by_role("button", name="退出登录")
    expect(leave).to_be_visible()
    go_offline(person)
    leave.click()
    expect(page.get_by_text(NOT_YET).first).to_be_visible()
    page.get_by_role("button", name="保持登录").click()
    expect(page.get_by_text(NOT_YET)).to_have_count(0)


def test_signing_out_is_done_by_a_server_that_comes_back(
    start_server: StartServer, people: People, phone: str
) -> None:
    server, person = start_server(), people("林晓")
    page = sign_up(person, server, phone)
    open_menu_once(page, "林晓")
    person.expect_error("ERR_CONNECTION_REFUSED")
    server.kill()
    press_sign_out(page, "林晓")
    expect(page.get_by_text(NOT_YET).first).to_be_visible()
    server.restart()
    expect(page.get_by_role("link", name="登录")).to_be_visible(timeout=30_000)


def test_a_policy_that_does_not_load_says_so_and_can_be_tried_again(server: Server, people: People) -> None:
    person = people("周航")
    person.expect_error("ERR_FAILED")
    person.page.route("**/api/policies/**", lambda route: route.abort())
    page = person.open(f"{server.url}/privacy")
    expect(page.get_by_role("alert")).to_contain_text("连接不上服务器", timeout=30_000)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.unroute("**/api/policies/**")
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("heading", level=1, name="隐私政策")).to_be_visible()


def test_a_meetings_door_that_does_not_answer_says_so_and_can_be_tried_again(meeting: Meeting) -> None:
    person = meeting.people("周航")
    person.expect_error("ERR_FAILED")
    person.page.route("**/api/meetings/**", lambda route: route.abort())
    page = person.open(meeting.link)
    expect(page.get_by_role("alert")).to_contain_text("连接不上服务器", timeout=30_000)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.unroute("**/api/meetings/**")
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("button", name="加入会议")).to_be_visible()


def test_what_failed_is_tried_again_by_itself_when_the_network_is_back(meeting: Meeting) -> None:
    person = meeting.people("周航")
    person.expect_error("ERR_FAILED")
    for link, route, there in (
        (meeting.link, "**/api/meetings/**", person.page.get_by_role("button", name="加入会议")),
        (f"{meeting.server.url}/privacy", "**/api/policies/**", person.page.get_by_text("更新日期")),
    ):
        person.page.route(route, lambda route: route.abort())
        page = person.open(link)
        expect(page.get_by_role("alert")).to_contain_text("连接不上服务器", timeout=30_000)
        page.unroute(route)
        person.context.set_offline(True)
        person.context.set_offline(False)
        expect(there).to_be_visible()
