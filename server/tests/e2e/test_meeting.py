"""A meeting as people see and hear it, in Chromium, through the real server and engine."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import PHONE, People, Person
from tests.fixtures.meeting import (
    Meeting,
    audio_energy,
    bar,
    eventually,
    falls_silent,
    frames_decoded,
    inbound,
    leave,
    outbound,
    rises,
    tile,
)
from tests.fixtures.server import Server, StartServer


def press(page: Page, word: str) -> None:
    bar(page).get_by_role("button", name=word, exact=True).click()


def seats(page: Page) -> set[str]:
    return {str(figure.get_attribute("data-seat")) for figure in page.locator("figure[data-seat]").all()}


def test_two_people_see_and_hear_each_other(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    expect(tile(host, "周航")).to_be_visible()
    expect(tile(guest, "林晓")).to_be_visible()
    for page in (host, guest):
        members = bar(page).get_by_role("button", name="成员", exact=True)
        expect(members).to_have_accessible_description("2 人在会中")
        rises(partial(frames_decoded, page), by=20)
        rises(partial(audio_energy, page), by=1e-4)


def test_a_muted_microphone_is_seen_and_not_heard_by_the_other(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    rises(lambda: audio_energy(host), by=1e-4)
    press(guest, "静音")
    expect(tile(host, "周航").get_by_role("img", name="已静音")).to_be_visible()
    falls_silent(partial(audio_energy, host))
    press(guest, "解除静音")
    expect(tile(host, "周航").get_by_role("img", name="已静音")).to_have_count(0)
    rises(lambda: audio_energy(host), by=1e-4)


def test_a_stopped_camera_leaves_the_name_and_starts_again(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    expect(tile(host, "周航").locator("video")).to_have_count(1)
    press(guest, "停止视频")
    expect(tile(host, "周航").locator("video")).to_have_count(0)
    expect(tile(host, "周航")).to_be_visible()
    press(guest, "开启视频")
    expect(tile(host, "周航").locator("video")).to_have_count(1)
    rises(lambda: frames_decoded(host), by=20)


def test_a_shared_screen_arrives_as_the_large_picture(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    press(guest, "共享屏幕")
    shared = host.get_by_role("figure", name="周航 的屏幕共享")
    expect(shared).to_be_visible()
    expect(guest.get_by_role("main").get_by_text("您正在共享屏幕")).to_be_visible()
    rises(lambda: frames_decoded(host, "screen_share"), by=5)
    views = host.get_by_role("banner").get_by_role("button", name=re.compile("视图$"))
    expect(views).to_have_count(0)  # beside a screen there is one
    large, small = shared.bounding_box(), tile(host, "林晓").bounding_box()
    assert large is not None
    assert small is not None
    assert large["width"] > 2 * small["width"]
    guest.get_by_role("main").get_by_role("button", name="停止共享").click()
    expect(guest.get_by_role("main").get_by_text("您正在共享屏幕")).to_have_count(0)
    expect(shared).to_have_count(0)
    expect(views).to_be_visible()


def test_a_shared_screen_fills_the_screen_and_gives_it_back(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    press(guest, "共享屏幕")
    shared = host.get_by_role("figure", name="周航 的屏幕共享")
    is_full = "(element) => document.fullscreenElement !== null && element.clientWidth === innerWidth"
    shared.get_by_role("button", name="全屏", exact=True).click()
    expect(shared.get_by_role("button", name="退出全屏")).to_be_focused()
    assert shared.evaluate(is_full)
    shared.get_by_role("button", name="退出全屏").press("Enter")
    expect(shared.get_by_role("button", name="全屏", exact=True)).to_be_focused()
    shared.dblclick()
    expect(shared.get_by_role("button", name="退出全屏")).to_be_visible()
    assert shared.evaluate(is_full)
    host.evaluate("history.back()")
    expect(host.get_by_role("alertdialog")).to_be_visible()
    host.get_by_role("alertdialog").get_by_role("button", name="取消").click(trial=True)  # nothing covers it
    host.keyboard.press("Escape")
    press(guest, "停止共享")
    expect(shared).to_have_count(0)
    press(host, "成员")
    assert host.evaluate("document.fullscreenElement") is None


def test_the_shortcuts_work_in_the_room_and_not_while_somebody_types(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    host.keyboard.press("m")
    expect(bar(host).get_by_role("button", name="解除静音")).to_be_visible()
    host.keyboard.press("v")
    expect(bar(host).get_by_role("button", name="开启视频")).to_be_visible()
    press(host, "成员")
    host.get_by_role("button", name="对 林晓 的操作").click()
    host.get_by_role("menuitem", name="改名").click()
    host.get_by_label("姓名").fill("")
    host.get_by_label("姓名").press_sequentially("mv林晓")
    host.get_by_role("button", name="保存").click()
    expect(tile(host, "mv林晓")).to_be_visible()
    expect(bar(host).get_by_role("button", name="解除静音")).to_be_visible()


def test_a_guest_switches_the_shortcuts_off_in_the_room_and_on_again(meeting: Meeting) -> None:
    guest = meeting.guest("周航").page
    switch = guest.get_by_role("banner").get_by_role("button", name="快捷键")
    switch.click()
    expect(guest.get_by_role("menuitemradio", name="开启")).to_be_checked()
    guest.get_by_role("menuitemradio", name="关闭").click()
    expect(switch).to_be_focused()
    guest.keyboard.press("m")
    expect(bar(guest).get_by_role("button", name="静音", exact=True)).to_be_visible()
    guest.reload()
    switch.click()
    expect(guest.get_by_role("menuitemradio", name="关闭")).to_be_checked()
    guest.get_by_role("menuitemradio", name="开启").click()
    guest.keyboard.press("m")
    expect(bar(guest).get_by_role("button", name="解除静音")).to_be_visible()


def test_a_reload_takes_the_same_seat_back_with_the_pictures(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    expect(tile(host, "周航")).to_be_visible()
    before = seats(host)
    for _ in range(2):  # what a reload keeps, the next one finds
        guest.reload()
        expect(bar(guest)).to_be_visible()
        expect(tile(guest, "林晓")).to_be_visible()
        rises(lambda: frames_decoded(guest), by=20)
        expect(bar(guest).get_by_role("button", name="停止视频", exact=True)).to_be_visible()
        rises(lambda: frames_decoded(host), by=20)
        assert seats(host) == seats(guest) == before


def test_the_host_mutes_somebody_who_can_speak_again_only_when_allowed(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    expect(tile(host, "周航")).to_be_visible()
    press(host, "成员")
    host.get_by_role("button", name="对 周航 的操作").click()
    mute = host.get_by_role("menuitem", name="静音", exact=True)
    expect(mute).to_have_accessible_description("经您允许，对方才能解除静音。")
    mute.click()
    button = bar(guest).get_by_role("button", name="解除静音")
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(re.compile("主持人已将您静音"))
    button.focus()
    expect(button).to_be_focused()
    expect(guest.get_by_role("main").get_by_text("主持人已将您静音")).to_be_visible()
    expect(tile(host, "周航").get_by_role("img", name="已静音")).to_be_visible()
    eventually(lambda: [t for t in inbound(host) if t["source"] == "microphone"], lambda heard: heard == [])
    host.get_by_role("button", name="对 周航 的操作").click()
    host.get_by_role("menuitem", name="允许解除静音").click()
    allowed = guest.get_by_role("main").get_by_text("主持人已允许您解除静音")
    expect(allowed).to_be_visible()
    expect(tile(host, "周航").get_by_role("img", name="已静音")).to_be_visible()
    press(guest, "解除静音")
    expect(allowed).to_have_count(0)
    expect(tile(host, "周航").get_by_role("img", name="已静音")).to_have_count(0)
    rises(lambda: audio_energy(host), by=1e-4)


def test_whoever_was_muted_reads_that_nobody_is_left_to_allow_anything_and_unmutes(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    expect(tile(host, "周航")).to_be_visible()
    press(host, "成员")
    host.get_by_role("button", name="对 周航 的操作").click()
    host.get_by_role("menuitem", name="静音", exact=True).click()
    expect(guest.get_by_role("main").get_by_text("主持人已将您静音")).to_be_visible()
    leave(host)
    host.get_by_role("alertdialog").get_by_role("button", name="直接离开").click()
    expect(guest.get_by_role("main").get_by_text("您可以自行解除静音")).to_be_visible()
    expect(guest.get_by_role("main").get_by_text("主持人已允许")).to_have_count(0)
    press(guest, "解除静音")
    expect(bar(guest).get_by_role("button", name="静音", exact=True)).to_be_visible()


def test_the_host_removes_somebody_who_is_told_so(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    press(host, "成员")
    host.get_by_role("button", name="对 周航 的操作").click()
    host.get_by_role("menuitem", name="移出会议").click()
    host.get_by_role("alertdialog").get_by_role("button", name="移出会议").click()
    expect(guest.get_by_role("heading", name="您已被主持人移出会议")).to_be_visible()
    expect(guest.get_by_role("link", name="返回会议")).to_have_count(0)
    expect(tile(host, "周航")).to_have_count(0)


def test_the_host_ends_the_meeting_for_all(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    press(host, "离开")
    host.get_by_role("menuitem", name="结束会议").click()
    asked = host.get_by_role("alertdialog", name="结束会议？")
    expect(asked.get_by_text("所有人都会离开")).to_be_visible()
    asked.get_by_role("button", name="取消").click()
    expect(asked).to_have_count(0)
    expect(bar(guest)).to_be_visible()
    press(host, "离开")
    host.get_by_role("menuitem", name="结束会议").click()
    asked.get_by_role("button", name="结束会议").click()
    for page, words in ((host, "您已结束会议"), (guest, "主持人已结束会议")):
        expect(page.get_by_role("heading", name=words)).to_be_focused()
        expect(page.get_by_text(re.compile("参会时长 [1-5] 分钟"))).to_be_visible()
        expect(page.get_by_role("link", name="返回首页")).to_be_visible()
        expect(page.get_by_role("link", name="返回会议")).to_have_count(0)


def test_whoever_has_left_is_led_to_the_door_by_back_and_not_in_again_by_forward(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    expect(tile(host, "周航")).to_be_visible()
    leave(guest)
    left = guest.get_by_role("heading", name="您已离开会议")
    expect(left).to_be_visible()
    guest.go_back()
    expect(guest.get_by_role("button", name="加入会议", exact=True)).to_be_visible()
    guest.go_forward()
    expect(left).to_be_visible()
    expect(tile(host, "周航")).to_have_count(0)
    expect(bar(guest)).to_have_count(0)


def test_leaving_is_seen_at_once_and_one_can_come_back(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    expect(tile(host, "周航")).to_be_visible()
    press(guest, "静音")
    leave(guest)
    expect(guest.get_by_role("heading", name="您已离开会议")).to_be_visible()
    expect(tile(host, "周航")).to_have_count(0)
    expect(guest.get_by_role("link", name="返回首页")).to_be_visible()
    guest.get_by_role("link", name="返回会议").click()
    meeting.enter(guest, "周航", again=True)
    expect(tile(host, "周航")).to_be_visible()
    # Whoever was muted does not come back live.
    expect(bar(guest).get_by_role("button", name="解除静音", exact=True)).to_be_visible()
    expect(bar(guest).get_by_role("button", name="停止视频", exact=True)).to_be_visible()


def test_a_second_tab_continues_the_seat_and_the_first_is_told(meeting: Meeting) -> None:
    meeting.host("林晓")
    guest = meeting.guest("周航")
    before = seats(guest.page)
    second = guest.context.new_page()
    second.goto(meeting.link)
    expect(second.get_by_label("姓名")).to_have_value("周航")
    second.get_by_role("button", name="加入会议", exact=True).click()
    second.get_by_role("alertdialog").get_by_role("button", name="在此处继续").click()
    expect(bar(second)).to_be_visible()
    expect(guest.page.get_by_role("heading", name="您已在另一个页面继续此会议")).to_be_visible()
    assert seats(second) == before

    guest.page.get_by_role("button", name="在此处继续").click()
    expect(bar(guest.page)).to_be_visible()
    expect(second.get_by_role("heading", name="您已在另一个页面继续此会议")).to_be_visible()
    assert seats(guest.page) == before


def continues(meeting: Meeting, guest: Person, *switched: str) -> Page:
    """周航, in a second tab, after pressing these on its pre-join page."""
    second = guest.context.new_page()
    second.goto(meeting.link)
    for word in switched:
        second.get_by_role("button", name=word, exact=True).click()
    second.get_by_role("button", name="加入会议", exact=True).click()
    second.get_by_role("alertdialog").get_by_role("button", name="在此处继续").click()
    return second


def sends(page: Page, *words: str) -> None:
    for word in words:
        expect(bar(page).get_by_role("button", name=word, exact=True)).to_be_visible()


def test_a_second_tab_is_as_muted_and_as_unseen_as_the_seat_that_it_continues(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航")
    muted, video = tile(host, "周航").get_by_role("img", name="已静音"), tile(host, "周航").locator("video")
    expect(video).to_have_count(1)
    for word in ("静音", "停止视频"):
        press(guest.page, word)
    expect(muted).to_have_count(1)
    expect(video).to_have_count(0)
    second = continues(meeting, guest)
    sends(second, "解除静音", "开启视频")
    third = continues(meeting, guest, "开启视频")
    sends(third, "解除静音", "停止视频")
    expect(video).to_have_count(1)
    expect(muted).to_have_count(1)
    press(third, "停止视频")
    expect(video).to_have_count(0)
    # Back on the first page, which knew other devices: its seat is the other page's by now.
    second.get_by_role("button", name="在此处继续").click()
    sends(second, "解除静音", "开启视频")


def test_a_name_that_a_host_has_given_stays_where_the_first_tab_goes_on(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航")
    press(host, "成员")
    host.get_by_role("button", name="对 周航 的操作").click()
    host.get_by_role("menuitem", name="改名").click()
    host.get_by_label("姓名").fill("周航（市场部）")
    host.get_by_role("button", name="保存").click()
    expect(tile(guest.page, "周航（市场部）")).to_be_visible()
    told = guest.page.get_by_role("status").filter(has_text="您的姓名已被改为 周航（市场部）")
    expect(told).to_be_attached()
    continues(meeting, guest)
    guest.page.get_by_role("button", name="在此处继续").click()
    expect(tile(guest.page, "周航（市场部）")).to_be_visible()
    expect(tile(host, "周航（市场部）")).to_be_visible()


def test_whoever_mutes_themselves_after_the_second_tab_was_opened_arrives_there_muted(
    meeting: Meeting,
) -> None:
    host = meeting.host("林晓").page
    guest = meeting.people("周航")
    second = guest.context.new_page()
    meeting.join(guest, meeting.link)
    second.goto(meeting.link)
    expect(second.get_by_role("button", name="静音", exact=True)).to_be_visible()
    press(guest.page, "静音")
    expect(tile(host, "周航").get_by_role("img", name="已静音")).to_have_count(1)
    second.get_by_role("button", name="加入会议", exact=True).click()
    second.get_by_role("alertdialog").get_by_role("button", name="在此处继续").click()
    sends(second, "解除静音", "停止视频")


def test_a_second_tab_can_be_somebody_else(meeting: Meeting) -> None:
    host = meeting.host("林晓")
    guest = meeting.guest("周航")
    second = guest.context.new_page()
    second.goto(meeting.link)
    field = second.get_by_label("姓名")
    field.fill("周航")
    join = second.get_by_role("button", name="加入会议", exact=True)
    join.click()
    second.get_by_role("alertdialog").get_by_role("button", name="以其他身份加入").click()
    expect(field).to_be_focused()
    expect(second.get_by_text("请换一个姓名")).to_be_visible()
    second.keyboard.type("会议室")  # over the selected name
    expect(field).to_have_value("会议室")
    join.click()
    for name in ("周航", "会议室"):
        expect(tile(host.page, name)).to_be_visible()


def test_the_invitation_is_copied_with_number_passcode_and_link(meeting: Meeting, people: People) -> None:
    host = meeting.host("林晓").page
    press(host, "邀请")
    expect(host.get_by_text("此链接仅本机可用")).to_be_visible()
    for start in ("make run TLS=auto", "mcmeet serve --tls auto"):
        expect(host.get_by_text(start)).to_be_visible()
    host.get_by_role("button", name="复制邀请信息").click()
    copied = str(host.evaluate("() => navigator.clipboard.readText()"))
    number = f"{meeting.number[:3]}-{meeting.number[3:6]}-{meeting.number[6:]}"
    assert "林晓 邀请您参加盟畅云会议" in copied
    assert f"#盟畅云会议：{number}" in copied
    assert f"入会密码：{meeting.passcode}" in copied
    assert f"/j/{meeting.number}#p={meeting.passcode}" in copied


def test_the_secrets_of_a_link_leave_the_address_bar_and_survive_a_reload(
    meeting: Meeting, people: People
) -> None:
    page = people("周航").open(meeting.link)
    expect(page.get_by_label("姓名")).to_be_visible()
    assert "#" not in page.url
    page.reload()
    expect(page.get_by_label("姓名")).to_be_visible()


def test_a_link_without_its_passcode_asks_for_it_and_says_nothing_of_the_meeting(
    meeting: Meeting, people: People
) -> None:
    page = people("周航").open(meeting.link.split("#")[0])
    field = page.get_by_label("入会密码")
    for typed in ("", "04821"):
        field.fill(typed)
        field.press("Enter")
        expect(page.get_by_text("请输入 6 位数字的入会密码。")).to_be_visible()
    field.fill("000000" if meeting.passcode != "000000" else "111111")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("会议不存在、已结束，或入会密码不正确")).to_be_visible()
    assert page.get_by_text("产品周会").count() == 0
    field.fill(meeting.passcode)
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("产品周会")).to_be_visible()


def test_joining_without_the_tick_asks_for_consent_first(meeting: Meeting, people: People) -> None:
    page = people("周航").open(meeting.link)
    page.get_by_label("姓名").fill("周航")
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    page.get_by_role("button", name="加入会议", exact=True).click()
    sheet = page.get_by_role("alertdialog")
    expect(sheet).to_be_visible()
    sheet.get_by_role("button", name="同意并继续").click()
    expect(bar(page)).to_be_visible()


def test_somebody_whose_camera_is_forbidden_joins_without_it(meeting: Meeting, people: People) -> None:
    host = meeting.host("林晓").page
    person = people("Emma", locale="en-GB", size=PHONE)
    person.page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError') }"
    )
    page = person.open(meeting.link)
    expect(
        page.get_by_role("main").get_by_text("The browser is not allowed to use the camera")
    ).to_be_visible()
    meeting.enter(page, "Emma")
    expect(tile(host, "Emma").get_by_role("img", name="已静音")).to_be_visible()
    rises(lambda: frames_decoded(page), by=20)


@pytest.mark.parametrize("ended", [Server.kill, Server.stop], ids=["killed", "stopped"])
def test_people_are_back_by_themselves_after_the_server_has_ended(
    ended: Callable[[Server], object], start_server: StartServer, people: People
) -> None:
    server: Server = start_server()
    meeting = Meeting(server, people)
    host, guest = meeting.host("林晓"), meeting.guest("周航")
    for person in (host, guest):
        person.expect_error("")
    rises(lambda: frames_decoded(host.page), by=10)
    before = seats(host.page)
    ended(server)
    server.restart()
    for page in (host.page, guest.page):
        rises(partial(frames_decoded, page), by=20, within=60)
        assert seats(page) == before
    assert outbound(host.page) != []


NO_MEDIA_PATH = """
const set = RTCPeerConnection.prototype.setRemoteDescription
RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
  return set.call(this, { type, sdp: sdp.replace(/a=candidate:.*\\r\\n/g, '') })
}
"""
SOUND_NEEDS_A_GESTURE = """
let allowed = false
addEventListener('click', () => { allowed = true }, true)
const play = HTMLAudioElement.prototype.play
HTMLAudioElement.prototype.play = function () {
  return allowed ? play.call(this) : Promise.reject(new DOMException('', 'NotAllowedError'))
}
"""


def test_a_blocked_media_port_is_named_after_ten_seconds(meeting: Meeting, people: People) -> None:
    person = people("周航")
    person.page.add_init_script(NO_MEDIA_PATH)
    page = meeting.join(person, meeting.link).page
    words = page.get_by_role("main").get_by_text(f"放行 UDP 端口 {meeting.server.udp_port}")
    expect(words).to_be_visible(timeout=60_000)


def test_a_reload_without_a_gesture_offers_to_turn_on_the_sound(meeting: Meeting, people: People) -> None:
    meeting.host("林晓")
    person = people("周航")
    person.page.add_init_script(SOUND_NEEDS_A_GESTURE)
    page = meeting.join(person, meeting.link).page
    expect(tile(page, "林晓")).to_be_visible()
    page.reload()
    unlock = page.get_by_role("button", name="点击开启声音")
    unlock.click()
    expect(unlock).to_have_count(0)
    rises(lambda: audio_energy(page), by=1e-4)
