"""The room's page beside the pictures: focus, notices, words, and what a loss leaves behind."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.fixtures.browser import DESKTOP, PHONE, People, Person
from tests.fixtures.meeting import (
    Meeting,
    audio_energy,
    bar,
    end_for_all,
    eventually,
    falls_silent,
    frames_decoded,
    inbound,
    leave,
    press_in_bar,
    rises,
    tile,
)
from tests.fixtures.scanned import scan_page
from tests.fixtures.server import Server, StartServer

AGAIN_S = 60
QUIET_S = 2_000


def press(page: Page, word: str) -> None:
    bar(page).get_by_role("button", name=word, exact=True).click()


def heading(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", level=1, name=name)


def panel_open(page: Page, word: str) -> Locator:
    press_in_bar(page, word)
    return page.get_by_role("complementary", name=word)


def test_the_focus_goes_to_the_rooms_heading_and_after_a_reload_too(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    expect(heading(host, "产品周会")).to_be_focused()
    host.reload()
    expect(heading(host, "产品周会")).to_be_focused()
    leave(host)
    expect(heading(host, "您已离开会议")).to_be_focused()


def test_a_panel_takes_the_focus_and_gives_it_back(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    meeting.guest("周航")
    for word in ("邀请", "成员"):
        panel = panel_open(host, word)
        expect(panel.get_by_role("heading", name=word)).to_be_focused()
    actions = host.get_by_role("button", name="对 周航 的操作")
    actions.press("Enter")
    host.get_by_role("menuitem", name="移出会议").press("Enter")
    expect(host.get_by_role("alertdialog")).to_be_visible()
    host.keyboard.press("Escape")
    expect(host.get_by_role("alertdialog")).to_have_count(0)
    expect(actions).to_be_focused()
    host.keyboard.press("Escape")
    expect(host.get_by_role("complementary")).to_have_count(0)
    expect(bar(host).get_by_role("button", name="成员")).to_be_focused()


def test_the_keyboard_keeps_its_place_when_what_was_pressed_goes_away(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    meeting.guest("周航")
    press(host, "共享屏幕")
    host.get_by_role("main").get_by_role("button", name="停止共享").press("Enter")
    expect(bar(host).get_by_role("button", name="共享屏幕")).to_be_focused()

    panel = panel_open(host, "成员")
    for name in ("周航（上海）", "周航（北京）"):
        panel.get_by_role("button", name=re.compile("对 周航.* 的操作")).press("Enter")
        host.get_by_role("menuitem", name="改名").press("Enter")
        field = host.get_by_role("dialog").get_by_label("姓名")
        expect(field).to_be_focused()
        field.fill(name)
        field.press("Enter")
        expect(host.get_by_role("dialog")).to_have_count(0)
        expect(panel.get_by_role("button", name=f"对 {name} 的操作")).to_be_focused()

    host.keyboard.press("Enter")
    host.get_by_role("menuitem", name="移出会议").press("Enter")
    host.get_by_role("alertdialog").get_by_role("button", name="移出会议").press("Enter")
    expect(host.get_by_role("alertdialog")).to_have_count(0)
    expect(panel.get_by_text("1 人在会中")).to_be_visible()
    expect(panel.get_by_role("list", name="成员")).to_be_focused()


def test_whoever_is_alone_is_offered_to_invite_others(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    alone = host.get_by_role("main").get_by_text("会议中只有您一人")
    expect(alone).to_be_visible()
    host.get_by_role("main").get_by_role("button", name="邀请他人").click()
    expect(host.get_by_role("complementary", name="邀请")).to_be_visible()
    expect(alone).to_have_count(0)
    host.keyboard.press("Escape")
    expect(alone).to_be_visible()
    meeting.guest("周航")
    expect(alone).to_have_count(0)


def test_a_notice_is_spoken_once_by_a_region_that_was_there_before(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    expect(tile(host, "周航")).to_be_visible()
    words = host.get_by_role("status").filter(has_text="会议中只有您一人")
    expect(words).to_have_count(0)
    host.locator("[role=status]").evaluate_all("all => all.forEach((one) => one.dataset.old = '')")
    leave(guest)
    expect(words).to_have_count(1)
    expect(words).to_have_attribute("data-old", "")


# Seats without a page: a browser for each would take the machine from those that are looked at.
SIT_DOWN = """async ([number, passcode, names]) => {
  const headers = { 'X-MCMeet': '1', 'Content-Type': 'application/json' };
  const { consent } = await (await fetch('/api/session', { headers })).json();
  const seats = [];
  for (const name of names) {
    const body = JSON.stringify({ name, passcode, consent: { ...consent, lang: 'zh' }, takeover: 'new' });
    const joined = await fetch(`/api/meetings/${number}/join`, { method: 'POST', headers, body });
    seats.push(await joined.json());
  }
  await Promise.all(seats.map(async ({ ticket, socket }) => {
    const live = new WebSocket(socket, 'mcmeet.v1');
    live.onopen = () => live.send(JSON.stringify({ type: 'hello', ticket, capabilities: [] }));
    await new Promise((welcomed) => { live.onmessage = welcomed; });
    setInterval(() => live.send('{"type": "ping"}'), 5_000);
  }));
}"""


def test_a_long_name_is_one_line_of_a_notice_and_spoken_in_full(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    name = "欧阳" * 32
    others = meeting.people("周航").open(meeting.link)
    others.evaluate(SIT_DOWN, [meeting.number, meeting.passcode, [name]])
    notice = host.get_by_role("status").get_by_text(f"{name} 加入了会议")
    expect(notice).to_be_visible()
    one_line = "p => p.clientHeight < 2 * parseFloat(getComputedStyle(p).lineHeight)"
    assert notice.evaluate(one_line)


def test_people_who_come_at_once_are_one_notice(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    others = meeting.people("周航").open(meeting.link)
    others.evaluate(SIT_DOWN, [meeting.number, meeting.passcode, ["周航", "何静", "高远"]])
    expect(host.get_by_role("status").filter(has_text="等 3 人加入了会议")).to_be_attached()


def test_a_camera_on_another_page_is_sent_only_while_its_page_is_shown(meeting: Meeting) -> None:
    viewer = meeting.host("林晓", size=PHONE).page
    others = meeting.people("周航").open(meeting.link)
    others.evaluate(SIT_DOWN, [meeting.number, meeting.passcode, ["周航", "何静", "高远", "苏敏", "方维"]])
    meeting.guest("Emma")
    decoded = partial(frames_decoded, viewer)

    def stands() -> bool:
        before = decoded()
        viewer.wait_for_timeout(QUIET_S)
        return before == decoded()

    next_page = viewer.get_by_role("button", name="下一页")
    expect(next_page).to_be_visible()
    expect(tile(viewer, "Emma")).to_have_count(0)
    eventually(stands, bool)
    next_page.click()
    expect(tile(viewer, "Emma").locator("video")).to_be_visible()
    rises(decoded, by=20)
    viewer.get_by_role("button", name="上一页").click()
    eventually(stands, bool)


# What a proxy that knows no WebSocket looks like to a page.
NO_SOCKET = """WebSocket = class {
  constructor() { setTimeout(() => this.onclose?.({ code: 1006 })) }
  close() {}
}"""


def test_whoever_gets_no_socket_is_told_and_can_leave(meeting: Meeting) -> None:
    person = meeting.people("周航")
    person.page.add_init_script(NO_SOCKET)
    page = person.open(meeting.link)
    page.get_by_label("姓名").fill("周航")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="加入会议").click()
    expect(page.get_by_role("status").filter(has_text="网络已断开")).to_be_visible()
    page.get_by_role("button", name="离开").click()
    expect(heading(page, "您已离开会议")).to_be_visible()


def test_the_time_in_the_meeting_counts_from_the_first_joining(meeting: Meeting) -> None:
    person = meeting.people("林晓")
    person.page.clock.install()
    page = meeting.join(person, meeting.host_link).page
    page.clock.fast_forward("30:00")
    page.reload()
    expect(bar(page)).to_be_visible()
    leave(page)
    expect(page.get_by_text(re.compile("参会时长 3[0-5] 分钟"))).to_be_visible()


def test_a_reload_of_the_ended_page_says_the_same_and_claims_nothing_more(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    leave(guest)
    end_for_all(host)
    for page, words, hint in (
        (guest, "您已离开会议", "要再次加入，请打开邀请链接或输入会议号。"),
        (host, "您已结束会议", "所有人都已离开会议。"),
    ):
        expect(heading(page, words)).to_be_visible()
        page.reload()
        expect(heading(page, words)).to_be_visible()
        expect(page.get_by_text(hint)).to_be_visible()
        expect(page.get_by_role("link", name="返回首页")).to_be_visible()
        expect(page.get_by_role("link", name="返回会议")).to_have_count(0)
    by_hand = guest.context.new_page()
    by_hand.goto(f"{meeting.server.url}/ended")
    expect(heading(by_hand, "您已不在会议中")).to_be_visible()


FETCHED = "(part) => performance.getEntriesByType('resource').some(({ name }) => name.includes(part))"


def gone(route: Route) -> None:
    """What an upgraded server answers to a page of the version before."""
    route.fulfill(status=404, content_type="text/plain", body="")


def test_on_a_narrow_window_a_long_name_leaves_what_matters_whole(meeting: Meeting) -> None:
    page = meeting.host("Maximiliana Featherstonehaugh-Cholmondeley", locale="en-GB", size=(360, 640)).page
    remarks = tile(page, "Maximiliana").get_by_text("(Host, me)", exact=True)
    expect(remarks).to_be_visible()
    around, inside = tile(page, "Maximiliana").bounding_box(), remarks.bounding_box()
    assert around
    assert inside
    assert inside["x"] + inside["width"] <= around["x"] + around["width"]


def test_a_server_upgraded_meanwhile_throws_nobody_out(meeting: Meeting) -> None:
    person = meeting.people("林晓")
    person.expect_error("")
    person.context.route(re.compile("/assets/(MenuPopup|Dialog)-"), gone)
    page = meeting.join(person, meeting.host_link).page
    expect(page.get_by_role("main").get_by_text("页面有一部分加载失败")).to_be_visible()
    press(page, "表情")
    expect(bar(page).get_by_role("button", name="表情")).to_have_attribute("aria-expanded", "false")
    expect(tile(page, "林晓").locator("video")).to_have_count(1)
    person.context.unroute_all()
    page.reload()  # the notice and its button may have gone: what is missing comes by itself
    expect(bar(page)).to_be_visible()
    press(page, "离开")  # without its menu it would have ended the stay: test_back.py
    expect(page.get_by_role("menuitem", name="结束会议")).to_be_visible()


def test_what_the_room_draws_later_comes_with_the_room(meeting: Meeting) -> None:
    person = meeting.host("林晓")
    page = person.page
    for part in ("EndedPage", "Dialog", "MenuPopup"):
        page.wait_for_function(FETCHED, arg=f"/assets/{part}-")
    person.context.route(re.compile("/assets/"), gone)
    end_for_all(page)


def test_pictures_and_sound_that_do_not_load_leave_the_rest_of_the_room(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    person = meeting.people("周航")
    person.expect_error("")
    person.context.route(re.compile("/assets/room-session-"), gone)
    page = meeting.join(person, meeting.link).page
    expect(page.get_by_role("main").get_by_text("页面有一部分加载失败")).to_be_visible()
    expect(tile(page, "林晓")).to_be_visible()
    expect(tile(host, "周航")).to_be_visible()


def test_a_topic_that_is_cut_short_in_the_head_is_whole_in_the_invitation(meeting: Meeting) -> None:
    topic = "第三季度产品、研发与市场部门的联合周会" * 5
    page = Meeting(meeting.server, meeting.people, topic).host("林晓", size=PHONE).page
    head = page.get_by_role("banner").get_by_role("heading", name=topic)
    assert head.evaluate("(one) => one.scrollWidth > one.clientWidth")
    press_in_bar(page, "邀请")
    shown = page.get_by_role("complementary", name="邀请").get_by_text(topic, exact=True)
    expect(shown).to_be_visible()
    assert shown.evaluate("(one) => one.scrollWidth <= one.clientWidth")


@pytest.mark.parametrize(
    ("size", "is_shown"), [((390, 844), False), ((844, 390), False), ((768, 1024), True)]
)
def test_a_phone_has_no_button_for_keys_however_it_is_held(
    meeting: Meeting, size: tuple[int, int], is_shown: bool
) -> None:
    person = meeting.people("周航", size=size, touch=True)
    page = meeting.join(person, meeting.link).page
    keys = page.get_by_role("banner").get_by_role("button", name="快捷键")
    expect(keys).to_be_visible() if is_shown else expect(keys).to_be_hidden()


def test_a_panel_that_fails_says_so_in_its_place(meeting: Meeting) -> None:
    person = meeting.host("林晓")
    page = person.page
    person.expect_error("broken")
    page.evaluate("() => { URLSearchParams.prototype.set = () => { throw new Error('broken') } }")
    panel = panel_open(page, "邀请")
    expect(panel.get_by_role("alert")).to_contain_text("刷新后会自动回到会议")
    expect(panel.get_by_role("button", name="刷新页面")).to_be_visible()
    press(page, "成员")
    expect(page.get_by_role("complementary", name="成员").get_by_text("1 人在会中")).to_be_visible()


def test_an_invitation_bears_the_public_address_wherever_the_host_opened_the_page(meeting: Meeting) -> None:
    host = meeting.people("林晓")

    def with_public_url(route: Route) -> None:
        route.fulfill(json=route.fetch().json() | {"public_url": "https://meet.example.com"})

    host.page.route("**/api/session", with_public_url)
    page = meeting.join(host, meeting.host_link).page
    link = f"https://meet.example.com/j/{meeting.number}"
    panel = panel_open(page, "邀请")
    expect(panel.get_by_text(link)).to_be_visible()
    code = panel.get_by_role("img", name="入会链接的二维码")
    expect(code).to_be_visible()
    assert scan_page(code).startswith(link)


NAMED = "button|timer|img|figure|complementary|list|group|menuitem"
HAN = re.compile(r"[\u4e00-\u9fff]")


def names(page: Page) -> list[str]:
    """The accessible name of every control and picture, as the browser's accessibility tree has them."""
    tree = page.locator("body").aria_snapshot()
    return re.findall(rf"- (?:{NAMED})\b(.*)", tree)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_every_control_is_named_in_the_language_of_the_page(meeting: Meeting, size: tuple[int, int]) -> None:
    host = meeting.host("Lin", locale="en-GB", size=size).page
    guest = meeting.guest("Hang", size=size).page
    expect(tile(host, "Hang")).to_be_visible()
    for page, panels in ((host, ("Invite", "Participants")), (guest, ("邀请", "成员"))):
        for word in panels:
            panel_open(page, word)
            found = names(page)
            assert len(found) > 8
            assert [name for name in found if '"' not in name] == []
            foreign = [name for name in found if bool(HAN.search(name)) is (page is host)]
            assert [name for name in foreign if not re.search(r'"(Lin|Hang)"', name)] == []
            page.keyboard.press("Escape")


@contextmanager
def away(server: Server) -> Iterator[None]:
    """The server is killed, and started again at the end."""
    port = int(server.url.rsplit(":", 1)[1])
    server.kill()
    yield
    server.start(port=port)


def agree(person: Person, other: Page, microphone: bool, camera: bool) -> None:
    """Buttons, own tile, members panel, the other's tile and what the other receives say the same."""
    page, name = person.page, person.name
    buttons = bar(page)
    expect(
        buttons.get_by_role("button", name="静音" if microphone else "解除静音", exact=True)
    ).to_be_visible()
    expect(buttons.get_by_role("button", name="停止视频" if camera else "开启视频")).to_be_visible()
    for view in (page, other):
        expect(tile(view, name).get_by_role("img", name="已静音")).to_have_count(0 if microphone else 1)
        expect(tile(view, name).locator("video")).to_have_count(1 if camera else 0)
    row = panel_open(page, "成员").get_by_role("listitem").filter(has_text=name)
    expect(row.get_by_role("img", name="未静音" if microphone else "已静音")).to_be_visible()
    expect(row.get_by_role("img", name="视频已开启" if camera else "视频已停止")).to_be_visible()
    page.keyboard.press("Escape")
    if microphone:
        rises(partial(audio_energy, other), by=1e-4)
    else:
        falls_silent(partial(audio_energy, other))
    if camera:
        rises(partial(frames_decoded, other), by=10)
    else:
        eventually(lambda: [t for t in inbound(other) if t["source"] == "camera"], lambda seen: seen == [])


def test_after_a_crash_of_the_server_everybody_sees_and_sends_what_the_buttons_say(
    start_server: StartServer, people: People
) -> None:
    server = start_server()
    meeting = Meeting(server, people)
    host, guest = meeting.host("林晓"), meeting.guest("周航")
    for person in (host, guest):
        person.expect_error("")
    rises(partial(frames_decoded, host.page), by=10)
    for word in ("静音", "停止视频"):
        press(guest.page, word)
    press(host.page, "停止视频")
    speaking = host.page.locator("[data-speaking=true]")
    expect(speaking.first).to_be_visible()
    with away(server):
        for page in (host.page, guest.page):
            expect(page.get_by_role("main").get_by_text("正在重新连接…")).to_be_visible(timeout=60_000)
            expect(page.locator("[data-speaking=true]")).to_have_count(0)
        press(host.page, "静音")
        press(guest.page, "开启视频")
    for page in (host.page, guest.page):
        expect(page.get_by_role("main").get_by_text("正在重新连接…")).to_have_count(0, timeout=AGAIN_S * 1000)
    agree(guest, host.page, microphone=False, camera=True)
    agree(host, guest.page, microphone=False, camera=False)
    press(guest.page, "解除静音")
    press(host.page, "开启视频")
    agree(guest, host.page, microphone=True, camera=True)
    agree(host, guest.page, microphone=False, camera=True)
