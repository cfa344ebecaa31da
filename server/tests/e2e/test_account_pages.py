"""The pages outside the meeting, in Chromium against a real server: sign up, sign in, dashboard, policies."""

import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.fixtures.browser import DESKTOP, PHONE, People, Person
from tests.fixtures.meeting import Meeting, bar
from tests.fixtures.server import Server

PHONES = (f"138{number:08d}" for number in count(13_000_000))
DASHBOARD = re.compile(r"/app$")
PRE_JOIN = re.compile(r"/j/\d{9}\b")


@pytest.fixture
def server(servers_in_turn: Iterator[Server]) -> Server:
    return next(servers_in_turn)


@pytest.fixture
def phone() -> str:
    """A number that nobody registered yet, as typed behind +86."""
    return next(PHONES)


def ask_for_code(page: Page, server: Server, phone: str) -> str:
    """Ticks the consent, asks for a code and reads it where the operator would."""
    page.get_by_label("手机号码").fill(phone)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("button", name=re.compile("秒后重试"))).to_be_disabled()
    expect(page.get_by_label("验证码")).to_be_focused()
    return server.code_for(f"+86{phone}")


def in_error(field: Locator, words: str) -> None:
    """The field in error says what is wrong, and the next key press mends it."""
    expect(field).to_have_accessible_description(re.compile(re.escape(words)))
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()


def sign_up(person: Person, server: Server, phone: str) -> Page:
    """From the login page to the dashboard as a new account."""
    page = person.open(f"{server.url}/login")
    fill_in_everything(page, server, phone, person.name)
    expect(page).to_have_url(DASHBOARD)
    return page


def fill_in_everything(page: Page, server: Server, phone: str, name: str) -> None:
    """The steps of somebody new from the login page on."""
    page.get_by_label("验证码").fill(ask_for_code(page, server, phone))
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_label("姓名").fill(name)
    page.get_by_label("电子邮件").fill("linxiao@example.com")
    page.get_by_role("button", name="注册", exact=True).click()


def sign_out(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"{name} 的账号菜单").click()
    page.get_by_role("menuitem", name="登出").click()
    expect(page.get_by_role("link", name="登录")).to_be_visible()


def test_an_unknown_number_goes_on_to_registration_and_then_to_the_dashboard(
    server: Server, people: People, phone: str
) -> None:
    page = sign_up(people("林晓"), server, phone)
    expect(page.get_by_role("heading", level=1)).to_contain_text("林晓")
    expect(page.get_by_text("您还没有发起过会议")).to_be_visible()


def test_a_known_number_signs_in_at_once_and_can_sign_out(server: Server, people: People, phone: str) -> None:
    page = sign_up(people("林晓"), server, phone)
    sign_out(page, "林晓")
    page.goto(f"{server.url}/app")
    expect(page).to_have_url(re.compile(r"/login\?next=%2Fapp$"))


def test_a_pasted_number_stands_behind_one_country_code_and_not_behind_two(
    server: Server, people: People
) -> None:
    page = people("林晓").open(f"{server.url}/login")
    field, own = page.get_by_label("手机号码"), page.get_by_text("+86", exact=True)
    for pasted in ("+86 138 0013 8000", "0086 138 0013 8000"):
        field.fill(pasted)
        expect(field).to_have_value("138 0013 8000")
        expect(own).to_be_visible()
    for pasted in ("+1 415 555 0100", "＋1 415 555 0100", "001 415 555 0100"):
        field.fill(pasted)
        expect(field).to_have_value(pasted)
        expect(own).to_have_count(0)


def test_signing_out_in_one_tab_empties_the_other(server: Server, people: People, phone: str) -> None:
    page = sign_up(people("林晓"), server, phone)
    other = page.context.new_page()
    other.goto(f"{server.url}/app")
    sign_out(other, "林晓")
    # What a browser says when its window is looked at again.
    page.evaluate("() => window.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_url(re.compile(r"/login\?next=%2Fapp$"))
    expect(page.get_by_text("林晓")).to_have_count(0)


def test_who_presses_after_signing_out_in_another_tab_is_led_to_sign_in(
    server: Server, people: People, phone: str
) -> None:
    page = sign_up(people("林晓"), server, phone)
    expect(page.get_by_text("您还没有发起过会议")).to_be_visible()
    # As another tab does that this one hears nothing of.
    page.evaluate("() => fetch('/api/auth/logout', {method: 'POST', headers: {'X-MCMeet': '1'}})")
    page.get_by_role("button", name="快速会议").click()
    expect(page).to_have_url(re.compile(r"/login\?next=%2Fapp$"))
    expect(page.get_by_text("林晓")).to_have_count(0)


def test_a_press_while_the_browser_is_offline_is_answered_at_once(
    server: Server, people: People, phone: str
) -> None:
    person = people("林晓")
    page = sign_up(person, server, phone)
    person.expect_error("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    page.get_by_role("button", name="快速会议").click()
    expect(page.get_by_role("alert")).to_contain_text("连接不上服务器")
    page.context.set_offline(False)
    expect(page).to_have_url(DASHBOARD)


def test_the_account_menu_works_by_the_keyboard_alone(server: Server, people: People, phone: str) -> None:
    page = sign_up(people("林晓"), server, phone)
    button = page.get_by_role("button", name="林晓 的账号菜单")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="设置")).to_be_focused()

    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(button).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="设置")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="设置")).to_be_visible()

    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="设置")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="登出")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="登录")).to_be_visible()


def test_the_first_tab_stop_leads_past_the_navigation(server: Server, people: People) -> None:
    page = people("周航").open(server.url)
    expect(page.get_by_label("会议号")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("会议号")).to_be_focused()


def test_a_step_to_another_page_takes_the_keyboard_to_its_heading(server: Server, people: People) -> None:
    page = people("周航").open(server.url)
    for word in ("登录", "注册"):
        page.get_by_role("link", name=word, exact=True).press("Enter")
        expect(page.get_by_role("heading", level=1, name=word)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("手机号码")).to_be_focused()


def test_a_phone_shows_the_way_out_behind_the_avatar_in_settings(
    server: Server, people: People, phone: str
) -> None:
    page = sign_up(people("林晓", size=PHONE), server, phone)
    page.get_by_role("navigation").get_by_role("link", name="设置").click()
    page.get_by_role("button", name=re.compile("林晓 .*\\*\\*\\*\\*")).click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("link", name="登录")).to_be_visible()


def test_settings_lead_to_the_policy_and_the_terms(server: Server, people: People, phone: str) -> None:
    page = sign_up(people("林晓", size=PHONE), server, phone)
    for word in ("隐私政策", "用户协议"):
        page.goto(f"{server.url}/app/settings")
        page.get_by_role("region", name="关于").get_by_role("link", name=word).click()
        expect(page.get_by_role("heading", level=1, name=re.compile(word))).to_be_visible()


def test_shortcuts_that_are_switched_off_in_settings_are_off_in_meetings(
    meeting: Meeting, people: People, phone: str
) -> None:
    person = people("林晓")
    page = sign_up(person, meeting.server, phone)
    settings = f"{meeting.server.url}/app/settings"
    page.goto(settings)
    shortcuts = page.get_by_role("region", name="快捷键").get_by_role("checkbox")
    expect(shortcuts).to_be_checked()
    shortcuts.uncheck()
    page.reload()
    expect(shortcuts).not_to_be_checked()

    room = person.context.new_page()
    room.goto(meeting.link)
    room.get_by_role("button", name="加入会议").click()
    mute = bar(room).get_by_role("button", name="静音", exact=True)
    expect(mute).to_be_visible()
    room.keyboard.press("m")
    expect(mute).to_be_visible()
    shortcuts.check()
    # The browser tells its other processes a moment later.
    room.wait_for_function("() => localStorage.getItem('mcmeet.shortcuts') === null")
    room.keyboard.press("m")
    expect(bar(room).get_by_role("button", name="解除静音")).to_be_visible()


def test_consent_is_never_ticked_for_the_person_and_refusing_it_sends_nothing(
    server: Server, people: People, phone: str
) -> None:
    linxiao = people("林晓")
    page = linxiao.open(f"{server.url}/login")
    expect(page.get_by_role("checkbox", name="我已阅读并同意《用户协议》《隐私政策》")).not_to_be_checked()

    page.get_by_label("手机号码").fill(phone)
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_role("button", name="不同意").click()
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    assert not [url for url in linxiao.requests if "/api/auth/" in url]


def test_agreeing_in_the_sheet_ticks_the_line_and_goes_on(server: Server, people: People, phone: str) -> None:
    page = people("林晓").open(f"{server.url}/login")
    page.get_by_label("手机号码").fill(phone)
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_role("button", name="同意并继续").click()
    expect(page.get_by_role("checkbox")).to_be_checked()
    expect(page.get_by_role("button", name=re.compile("秒后重试"))).to_be_disabled()


def test_errors_stand_under_their_field_and_say_what_to_do(
    server: Server, people: People, phone: str
) -> None:
    page = people("林晓").open(f"{server.url}/login")
    page.get_by_label("手机号码").fill("123")
    for word in ("获取验证码", "登录"):
        page.get_by_role("button", name=word, exact=True).click()
        in_error(page.get_by_label("手机号码"), "请输入有效的手机号码。")
        expect(page.get_by_role("alertdialog")).to_have_count(0)

    right = ask_for_code(page, server, phone)
    wrong = "000000" if right != "000000" else "000001"
    page.get_by_label("验证码").fill(wrong)
    page.get_by_role("button", name="登录", exact=True).click()
    in_error(page.get_by_label("验证码"), "验证码不正确或已失效")

    for _ in range(4):
        with page.expect_response("**/api/auth/login"):
            page.get_by_role("button", name="登录", exact=True).click()
    in_error(page.get_by_label("验证码"), "这个验证码尝试次数过多，已失效。请重新获取。")
    expect(page.get_by_text("验证码已发送")).to_have_count(0)
    page.get_by_label("验证码").fill(right)
    page.get_by_role("button", name="登录", exact=True).click()
    in_error(page.get_by_label("验证码"), "这个验证码尝试次数过多，已失效。请重新获取。")


def test_whoever_mistyped_the_number_waits_for_no_code_to_the_right_one(
    server: Server, people: People, phone: str
) -> None:
    page = people("林晓").open(f"{server.url}/login")
    wrong = "000000" if ask_for_code(page, server, phone) != "000000" else "000001"
    page.get_by_label("验证码").fill(wrong)
    page.get_by_role("button", name="登录", exact=True).click()
    in_error(page.get_by_label("验证码"), "验证码不正确或已失效")
    right = next(PHONES)
    page.get_by_label("手机号码").fill(right)
    expect(page.get_by_label("验证码")).not_to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_text("验证码已发送")).to_be_visible()
    assert server.code_for(f"+86{right}")
    page.get_by_label("手机号码").fill(f"+86 {phone}")
    expect(page.get_by_role("button", name=re.compile("秒后重试"))).to_be_disabled()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_that_a_code_was_sent_stands_at_its_field_and_the_consent_line_is_easy_to_press(
    server: Server, people: People, phone: str, size: tuple[int, int]
) -> None:
    page = people("林晓", size=size).open(f"{server.url}/login")
    line = page.locator("label", has=page.get_by_role("checkbox"))
    assert (line.bounding_box() or {"height": 0})["height"] >= 24  # WCAG 2.5.8
    page.get_by_role("checkbox").check()
    page.get_by_label("手机号码").fill(phone)
    page.get_by_role("button", name="获取验证码").click()
    field = page.get_by_label("验证码")
    expect(field).to_have_accessible_description(re.compile("^验证码已发送，5 分钟内有效。"))
    above, below = field.bounding_box(), page.locator("form").get_by_text("验证码已发送").bounding_box()
    assert above
    assert below
    assert above["x"] == below["x"]
    assert 0 <= below["y"] - above["y"] - above["height"] < above["height"]


def test_how_long_to_wait_for_a_code_is_said_where_it_was_asked_for_on_another_device(
    server: Server, people: People, phone: str
) -> None:
    ask_for_code(people("林晓").open(f"{server.url}/login"), server, phone)
    other = people("林晓")
    other.expect_error("429")
    page = other.open(f"{server.url}/login")
    page.get_by_label("手机号码").fill(phone)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile(r"^操作太频繁，请在\d+秒钟后重试。$"))
    expect(page.get_by_label("验证码")).not_to_have_accessible_description(re.compile("已发送"))


@pytest.mark.parametrize(("size", "is_below"), [((768, 1024), True), (DESKTOP, False)])
def test_a_tablet_has_its_navigation_at_the_foot(
    server: Server, people: People, phone: str, size: tuple[int, int], is_below: bool
) -> None:
    page = sign_up(people("林晓", size=size), server, phone)
    nav, main = (page.get_by_role(role).bounding_box() for role in ("navigation", "main"))
    assert nav
    assert main
    assert (nav["width"] == size[0]) == is_below
    assert (main["x"] == 0) == is_below


def test_registration_refuses_a_name_and_an_address_that_are_none(
    server: Server, people: People, phone: str
) -> None:
    page = people("林晓").open(f"{server.url}/register")
    page.get_by_label("验证码").fill(ask_for_code(page, server, phone))
    page.get_by_role("button", name="下一步").click()

    page.get_by_label("姓名").fill("林" * 65)
    page.get_by_label("电子邮件").fill("linxiao@example.com")
    page.get_by_role("button", name="注册", exact=True).click()
    in_error(page.get_by_label("姓名"), "最多 64 个字")

    page.get_by_label("姓名").fill("林晓")
    page.get_by_label("电子邮件").fill("linxiao")
    page.get_by_role("button", name="注册", exact=True).click()
    in_error(page.get_by_label("电子邮件"), "有效的电子邮件")


def test_demo_mode_says_where_the_code_is(server: Server, people: People, phone: str) -> None:
    page = people("林晓").open(f"{server.url}/login")
    expect(page.get_by_role("note")).to_contain_text("演示模式")
    ask_for_code(page, server, phone)
    expect(page.get_by_label("验证码")).to_have_accessible_description(re.compile("终端"))


def test_a_quick_meeting_opens_its_pre_join_page_and_appears_among_the_previous_ones(
    server: Server, people: People, phone: str
) -> None:
    page = sign_up(people("林晓"), server, phone)
    page.get_by_role("button", name="快速会议").click()
    expect(page).to_have_url(PRE_JOIN)
    expect(page.get_by_role("heading", name="准备好了吗？")).to_be_visible()
    number = re.findall(r"/j/(\d{9})", page.url)[0]

    page.goto(f"{server.url}/app")
    row = page.get_by_role("listitem").filter(has_text=f"{number[:3]} {number[3:6]} {number[6:]}")
    expect(row).to_contain_text("未开始")
    row.get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"/j/{number}"))
    expect(page.get_by_text("还没有人在会中")).to_be_visible()


def test_quick_meetings_that_nobody_entered_do_not_pile_up(
    server: Server, people: People, phone: str
) -> None:
    page = sign_up(people("林晓"), server, phone)
    for _ in range(3):
        page.get_by_role("button", name=re.compile("^快速会议")).click()
        expect(page.get_by_role("heading", name="准备好了吗？")).to_be_visible()
        page.goto(f"{server.url}/app")
    rows = page.get_by_role("list", name="之前的会议").get_by_role("listitem")
    expect(rows).to_have_count(1)
    rows.get_by_role("button", name="结束“林晓的快速会议”").click()
    page.get_by_role("alertdialog").get_by_role("button", name="结束会议").click()
    expect(page.get_by_text("您还没有发起过会议")).to_be_visible()
    expect(page.get_by_role("heading", name="之前的会议")).to_be_focused()


def test_whoever_comes_after_somebody_who_has_signed_out_finds_no_way_into_their_meeting(
    server: Server, people: People, phone: str
) -> None:
    page = sign_up(people("林晓"), server, phone)
    page.get_by_role("button", name="快速会议").click()
    page.get_by_role("button", name="开始会议", exact=True).click()
    page.get_by_role("button", name="离开", exact=True).click()
    page.get_by_role("menuitem", name="离开会议").click()
    expect(page.get_by_role("link", name="返回会议")).to_be_visible()
    page.get_by_role("link", name="返回首页").click()
    sign_out(page, "林晓")
    page.go_back()
    expect(page).to_have_url(re.compile("next="))  # the dashboard is the account's own
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="您已离开会议")).to_be_visible()
    expect(page.get_by_text("林晓的快速会议")).to_have_count(0)
    expect(page.get_by_role("link", name="返回会议")).to_have_count(0)
    page.go_back()
    expect(page).to_have_url(PRE_JOIN)
    expect(page.get_by_label("入会密码")).to_be_visible()
    assert "passcode" not in page.evaluate("() => history.state")


def test_a_meeting_of_ones_own_that_still_runs_is_ended_from_the_list(
    server: Server, people: People, phone: str
) -> None:
    person = people("林晓")
    page = sign_up(person, server, phone)
    page.get_by_role("button", name="快速会议").click()
    page.get_by_role("button", name="开始会议", exact=True).click()
    expect(bar(page)).to_be_visible()
    page.goto(f"{server.url}/app")
    row = page.get_by_role("listitem").filter(has_text="林晓的快速会议")
    end = row.get_by_role("button", name="结束“林晓的快速会议”")
    end.click()
    asked = page.get_by_role("alertdialog", name="结束会议？")
    expect(asked.get_by_text("还在会中的人都会离开")).to_be_visible()
    asked.get_by_role("button", name="取消").click()
    expect(end).to_be_focused()
    expect(row).to_contain_text("进行中")

    person.expect_error("ERR_FAILED")
    page.route("**/api/meetings/*/end", lambda route: route.abort())
    end.click()
    asked.get_by_role("button", name="结束会议").click()
    expect(asked.get_by_role("alert")).to_contain_text("连接不上服务器")
    page.unroute("**/api/meetings/*/end")
    asked.get_by_role("button", name="结束会议").click()
    expect(asked).to_have_count(0)
    expect(page.get_by_role("heading", name="之前的会议")).to_be_focused()
    expect(row).to_contain_text("1 分钟")
    expect(row).not_to_contain_text("进行中")
    expect(end).to_have_count(0)
    expect(row.get_by_role("link")).to_have_count(0)


def test_a_quick_meeting_is_named_in_the_language_of_the_page(
    server: Server, people: People, phone: str
) -> None:
    page = sign_up(people("林晓"), server, phone)
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Instant meeting").click()
    expect(page.get_by_text("林晓's instant meeting")).to_be_visible()


def test_a_quick_meeting_asked_for_before_registering_goes_on_by_itself_and_once(
    server: Server, people: People, phone: str
) -> None:
    page = people("林晓").open(server.url)
    page.get_by_role("button", name="快速会议").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.reload()  # the code came to the same phone, which had to let go of the page
    fill_in_everything(page, server, phone, "林晓")
    expect(page).to_have_url(PRE_JOIN)
    expect(page.get_by_role("heading", name="准备好了吗？")).to_be_visible()

    page.go_back()
    expect(page).to_have_url(DASHBOARD)
    page.reload()
    expect(page.get_by_role("listitem").filter(has_text="未开始")).to_have_count(1)
    expect(page).to_have_url(DASHBOARD)


def test_a_quick_meeting_asked_for_before_signing_in_goes_on_by_itself(
    server: Server, people: People, phone: str
) -> None:
    """A second code is a minute away: the answers of signing in are played, to somebody who is signed in."""
    page = sign_up(people("林晓"), server, phone)
    session = page.request.get(f"{server.url}/api/session").json()
    page.route("**/api/session", lambda route: route.fulfill(json={**session, "account": None}))
    page.route("**/api/auth/code", lambda route: route.fulfill(status=202, json={"retry_after": 60}))
    page.route("**/api/auth/login", lambda route: route.fulfill(json={"status": "signed_in"}))
    page.goto(server.url)
    page.get_by_role("button", name="快速会议").click()
    ask_for_code(page, server, phone)
    page.get_by_label("验证码").fill("048213")
    page.unroute("**/api/session")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page).to_have_url(PRE_JOIN)


def test_a_quick_meeting_asked_for_before_it_is_known_who_is_here_is_made_once(
    server: Server, people: People, phone: str
) -> None:
    person = people("林晓")
    page = sign_up(person, server, phone)
    asked: list[Route] = []
    page.route("**/api/session", lambda route: asked.append(route))
    made: list[str] = []
    page.on("request", lambda request: made.append(request.url) if request.method == "POST" else None)
    page.goto(server.url)
    button = page.get_by_role("button", name="快速会议")
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    person.expect_error("500")
    asked.pop(0).fulfill(status=500, json={"code": "internal"})
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page).to_have_url(f"{server.url}/")

    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    button.click(force=True)
    asked.pop().continue_()
    page.unroute("**/api/session")
    expect(page).to_have_url(PRE_JOIN)
    assert made == [f"{server.url}/api/meetings"]


@pytest.mark.parametrize(
    "next_page",
    [
        "https://evil.example/app",
        "//evil.example",
        "/\\evil.example",
        "/.//evil.example",
        "javascript:alert(1)",
    ],
)
def test_after_signing_in_nobody_is_sent_to_another_site(
    server: Server, people: People, phone: str, next_page: str
) -> None:
    page = people("林晓").open(f"{server.url}/login?next={quote(next_page, safe='')}")
    fill_in_everything(page, server, phone, "林晓")
    expect(page).to_have_url(f"{server.url}/app")


def test_a_second_tab_of_an_account_keeps_the_name_of_the_seat(
    server: Server, people: People, phone: str
) -> None:
    page = sign_up(people("林晓"), server, phone)
    page.get_by_role("button", name="快速会议").click()
    page.get_by_label("姓名").fill("三号会议室")
    page.get_by_role("button", name="开始会议", exact=True).click()
    expect(bar(page)).to_be_visible()
    second = page.context.new_page()
    second.goto(page.url.replace("/room/", "/j/"))
    expect(second.get_by_label("姓名")).to_have_value("三号会议室")


def test_no_link_starts_a_meeting(server: Server, people: People, phone: str) -> None:
    page = people("林晓").open(
        f"{server.url}/login?next={quote('/app?startsMeeting=true')}&startsMeeting=true"
    )
    fill_in_everything(page, server, phone, "林晓")
    expect(page.get_by_text("您还没有发起过会议")).to_be_visible()


def test_the_landing_page_reads_a_whole_invitation(server: Server, people: People) -> None:
    page = people("周航").open(server.url)
    field = page.get_by_label("会议号")
    for typed, refusal in (("明天见", "没有找到会议号"), ("351 322 62", "会议号是 9 位数字")):
        field.fill(typed)
        page.get_by_role("button", name="加入会议").click()
        expect(field).to_have_accessible_description(re.compile(refusal))

    field.fill("林晓 邀请您参加盟畅云会议 #盟畅云会议：351-322-626 入会密码：048213")
    page.get_by_role("button", name="加入会议").click()
    expect(page).to_have_url(re.compile(r"/j/351322626\b"))


@pytest.mark.parametrize(("path", "title"), [("privacy", "隐私政策"), ("terms", "用户协议")])
def test_a_policy_is_readable_without_an_account_in_both_languages(
    server: Server, people: People, path: str, title: str
) -> None:
    page = people("周航").open(f"{server.url}/{path}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    expect(page.get_by_role("navigation", name="目录").get_by_role("link")).not_to_have_count(0)

    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("Privacy|agreement", re.I))


def test_a_page_that_does_not_exist_leads_home(server: Server, people: People) -> None:
    page = people("周航").open(f"{server.url}/nowhere")
    page.get_by_role("link", name="返回首页").click()
    expect(page.get_by_label("会议号")).to_be_visible()


def test_a_list_that_does_not_load_says_so_and_can_be_tried_again(
    server: Server, people: People, phone: str
) -> None:
    linxiao = people("林晓")
    page = sign_up(linxiao, server, phone)
    linxiao.expect_error("ERR_FAILED")
    page.route("**/api/meetings/previous", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("会议列表加载失败")

    page.unroute("**/api/meetings/previous")
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_text("您还没有发起过会议")).to_be_visible()


def test_whoever_is_signed_in_gets_no_form_to_sign_in(server: Server, people: People, phone: str) -> None:
    person = people("林晓")
    page = person.open(server.url)
    page.get_by_role("link", name="登录", exact=True).click()
    fill_in_everything(page, server, phone, "林晓")
    expect(page).to_have_url(DASHBOARD)
    page.go_back()
    expect(page).to_have_url(f"{server.url}/")
    for path in ("/login", "/register?next=%2Fapp%2Fsettings"):
        person.open(server.url + path)
        expect(page).to_have_url(re.compile("/app/settings$" if "settings" in path else "/app$"))


def test_a_press_before_it_is_known_who_is_here_asks_nobody_to_sign_in_again(
    server: Server, people: People, phone: str
) -> None:
    person = people("林晓")
    page = sign_up(person, server, phone)
    waiting: list[Route] = []
    page.route("**/api/session", lambda route: waiting.append(route))
    page.goto(server.url)
    page.get_by_role("button", name="快速会议").click()
    for route in waiting:
        route.continue_()
    expect(page).to_have_url(PRE_JOIN)


def test_texts_that_came_between_the_two_steps_of_registering_are_agreed_to_in_the_second(
    server: Server, people: People, phone: str
) -> None:
    person = people("林晓")
    person.expect_error("403")
    page = person.open(f"{server.url}/login")

    def of_before(route: Route) -> None:
        body: dict[str, Any] = route.request.post_data_json or {}
        route.continue_(post_data=json.dumps(body | {"consent": body["consent"] | {"privacy": "0"}}))
        page.unroute("**/api/auth/register")

    page.route("**/api/auth/register", of_before)
    fill_in_everything(page, server, phone, "林晓")
    line = page.get_by_role("checkbox")
    expect(line).not_to_be_checked()
    line.check()
    page.get_by_role("button", name="注册", exact=True).click()
    expect(page).to_have_url(DASHBOARD)
