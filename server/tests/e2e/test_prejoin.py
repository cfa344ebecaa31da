"""The page before the meeting, in Chromium: doors that stay closed, names, small windows, missing devices."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.fixtures.browser import CHROMIUM, FLAGS, PHONE, People, people_at
from tests.fixtures.meeting import (
    JOIN,
    Meeting,
    bar,
    end_for_all,
    eventually,
    frames_decoded,
    leave,
    rises,
    tile,
)

SMALL_PHONE = (360, 640)
# An address of a local network that leads the browser to this machine: http there is no secure context.
LAN_HOST = "192.168.31.20"
DENYING = [
    flag.replace("--use-fake-ui-for-media-stream", "--use-fake-ui-for-media-stream=deny") for flag in FLAGS
]
ON_LAN = [*FLAGS, f"--host-resolver-rules=MAP {LAN_HOST} 127.0.0.1"]

COUNT_REQUESTS_FOR_DEVICES = """
  window.askedForDevices = 0;
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wanted) => { window.askedForDevices += 1; return ask(wanted); };
"""
REFUSE_DEVICES = """
  navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{error}'); }};
"""

ANSWER_NOTHING = "navigator.mediaDevices.getUserMedia = () => new Promise(() => {});"

OtherBrowser = Callable[[list[str]], AbstractContextManager[People]]


@pytest.fixture
def other_browser(chromium: Browser, small_camera: str) -> OtherBrowser:
    """People at a Chromium that is started with flags of its own."""

    @contextmanager
    def start(flags: list[str]) -> Iterator[People]:
        browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*flags, small_camera])
        try:
            with people_at(browser) as sit_down:
                yield sit_down
        finally:
            browser.close()

    return start


def other_passcode(meeting: Meeting) -> str:
    return "000000" if meeting.passcode != "000000" else "111111"


def other_number(meeting: Meeting) -> str:
    return "111111111" if meeting.number != "111111111" else "222222222"


def name_field(page: Page) -> Locator:
    return page.get_by_label(re.compile("^(姓名|Name)$"))


def join_button(page: Page) -> Locator:
    return page.get_by_role("button", name=JOIN)


def asked_for_devices(page: Page) -> int:
    count: int = page.evaluate("() => window.askedForDevices")
    return count


def test_a_link_that_opens_nothing_is_a_plain_notice_and_asks_for_no_camera(
    meeting: Meeting, people: People
) -> None:
    seen = []
    for wrong in (f"{other_number(meeting)}#p=048213", f"{meeting.number}#p={other_passcode(meeting)}"):
        person = people("周航")
        person.page.add_init_script(COUNT_REQUESTS_FOR_DEVICES)
        page = person.open(f"{meeting.server.url}/j/{wrong}")
        expect(page.get_by_role("heading", name="会议不存在或已结束")).to_be_focused()
        seen.append(page.locator("main").inner_text())
        expect(page.get_by_label("会议号")).to_have_value("")  # for another meeting
        assert page.get_by_label("入会密码").count() == 0
        assert asked_for_devices(page) == 0
        page.get_by_role("link", name="返回首页").click()
        expect(page).to_have_url(f"{meeting.server.url}/")
    assert seen[0] == seen[1], "the page tells which of number and passcode was wrong"


def test_a_meeting_that_ended_gives_the_same_notice(meeting: Meeting, people: People) -> None:
    host = meeting.host("林晓").page
    late = people("周航").open(meeting.link)
    name_field(late).fill("周航")
    late.get_by_role("checkbox").check()
    end_for_all(host)

    join_button(late).click()
    expect(late.get_by_role("heading", name="会议不存在或已结束")).to_be_visible()
    page = people("Emma").open(meeting.link)
    expect(page.get_by_role("heading", name="会议不存在或已结束")).to_be_visible()


@pytest.mark.parametrize("typed", ["abcdefghi", "123", "9" * 300, "%00", "12.3"])
def test_an_address_that_can_lead_to_no_meeting_asks_for_no_passcode(
    meeting: Meeting, people: People, typed: str
) -> None:
    person = people("周航")
    person.expect_error("404")  # of the document itself, where no file can have its name
    page = person.open(f"{meeting.server.url}/j/{typed}")
    expect(page.get_by_role("heading", name="这不是会议号")).to_be_focused()
    assert page.get_by_label("入会密码").count() == 0
    page.get_by_label("会议号").fill(f"{meeting.number} {meeting.passcode}")
    page.get_by_role("button", name="加入会议").click()
    expect(page.get_by_text("产品周会")).to_be_visible()


def test_from_the_notice_another_number_or_passcode_leads_in(meeting: Meeting, people: People) -> None:
    wrong_link = f"{meeting.server.url}/j/{meeting.number}#p={other_passcode(meeting)}"
    page = people("周航").open(wrong_link)
    page.get_by_label("会议号").fill(meeting.link)
    join_button(page).click()
    expect(name_field(page)).to_be_visible()

    number = meeting.number
    page = people("Emma").open(wrong_link)
    page.get_by_role("button", name="重新输入入会密码").click()
    mistyped = f"{number[:3]} {number[3:6]} {number[6:]}"
    expect(page.get_by_label("会议号")).to_have_value(mistyped)
    page.get_by_label("入会密码").fill(meeting.passcode)
    page.get_by_role("button", name="下一步").click()
    expect(name_field(page)).to_be_focused()
    meeting.enter(page, "Emma")
    leave(page)
    expect(page.get_by_role("heading", name="您已离开会议")).to_be_visible()
    page.go_back()  # to what opened the door, not to what the link said
    expect(name_field(page)).to_be_visible()


def test_a_mistyped_number_is_mended_where_the_passcode_is_asked(meeting: Meeting, people: People) -> None:
    page = people("周航").open(f"{meeting.server.url}/j/{other_number(meeting)}")
    number = page.get_by_label("会议号")
    number.fill("12345")
    page.get_by_role("button", name="下一步").click()
    expect(number).to_be_focused()
    expect(number).to_have_attribute("aria-invalid", "true")
    number.fill(meeting.number)
    page.get_by_label("入会密码").fill(meeting.passcode)
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("产品周会")).to_be_visible()


def test_a_number_of_another_length_and_a_link_of_another_service_are_told_apart(
    meeting: Meeting, people: People
) -> None:
    page = people("周航").open(meeting.server.url)
    field = page.get_by_label("会议号", exact=True)

    def said(pasted: str, words: str) -> None:
        field.fill(pasted)
        field.press("Enter")
        expect(field).to_have_accessible_description(re.compile(words))
        expect(field).to_be_focused()

    for typed in ("793 330 9962", "988-8340-0582"):
        said(typed, "会议号是 9 位数字")
    said("https://zoom.us/j/123456789", "这个链接属于其他会议服务")
    said(meeting.link.replace("127.0.0.1", "meet.other.example"), "这个链接属于其他会议服务")
    field.fill(f"林晓 邀请您参加盟畅云会议 点击链接入会：{meeting.link}")
    field.press("Enter")
    expect(page.get_by_text("产品周会")).to_be_visible()


def test_a_link_pasted_over_a_wrong_one_is_opened(meeting: Meeting, people: People) -> None:
    page = people("周航").open(f"{meeting.server.url}/j/{meeting.number}#p={other_passcode(meeting)}")
    expect(page.get_by_role("heading", name="会议不存在或已结束")).to_be_visible()
    page.goto(meeting.link)
    expect(name_field(page)).to_be_visible()
    assert "#" not in page.url


def test_devices_are_asked_for_once_the_passcode_was_right_and_the_name_is_next(
    meeting: Meeting, people: People
) -> None:
    person = people("周航")
    person.page.add_init_script(COUNT_REQUESTS_FOR_DEVICES)
    page = person.open(meeting.link.split("#")[0])
    field = page.get_by_label("入会密码")
    expect(field).to_be_focused()
    field.fill(other_passcode(meeting))
    page.get_by_role("button", name="下一步").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("会议不存在、已结束，或入会密码不正确"))
    expect(field).to_be_focused()
    assert asked_for_devices(page) == 0

    field.fill(meeting.passcode)
    page.keyboard.press("Enter")
    expect(name_field(page)).to_be_focused()
    assert asked_for_devices(page) > 0


def test_the_level_meter_moves_with_the_microphone_and_rests_without(
    meeting: Meeting, people: People
) -> None:
    page = people("周航").open(meeting.link)
    meter = page.get_by_role("meter", name="麦克风音量")
    # Chromium's fake microphone beeps once a second.
    eventually(lambda: int(meter.get_attribute("aria-valuenow") or 0), lambda level: level > 10)
    eventually(lambda: int(meter.get_attribute("aria-valuenow") or 0), lambda level: level < 10)
    bar_width = "meter => meter.firstElementChild.getBoundingClientRect().width"
    eventually(lambda: float(meter.evaluate(bar_width)), lambda width: width > 1)
    page.get_by_role("button", name="静音").click()
    expect(meter).to_have_attribute("aria-valuenow", "0")
    assert meter.evaluate(bar_width) == 0


@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE], ids=["390x844", "360x640"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_a_phone_shows_name_and_button_without_scrolling(
    meeting: Meeting, people: People, size: tuple[int, int], locale: str
) -> None:
    page = people("周航", size=size, locale=locale).open(meeting.link)
    expect(join_button(page)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("checkbox")).to_be_in_viewport(ratio=1)
    expect(name_field(page)).to_be_in_viewport(ratio=1)
    # A click that hits the field itself: nothing lies over it.
    name_field(page).click(trial=True)
    assert page.evaluate("() => scrollY") == 0
    page.get_by_label(re.compile("^(扬声器|Speaker)$")).click(trial=True)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("  ", "请输入姓名"), ("林" * 65, "姓名太长了，最多 64 个字"), ("gpj.\u202eexe", "看不见的控制字符")],
    ids=["blank", "too long", "turns the text around"],
)
def test_a_name_is_refused_with_its_reason_before_consent_is_asked(
    meeting: Meeting, people: People, typed: str, reason: str
) -> None:
    page = people("周航").open(meeting.link)
    field = name_field(page)
    field.fill(typed)
    for _ in range(2):  # the second time nothing changes but the focus
        join_button(page).click()
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile(reason))
    assert page.get_by_role("alertdialog").count() == 0
    field.fill("周航")
    expect(field).not_to_have_attribute("aria-invalid", "true")


def joins_without_devices(meeting: Meeting, page: Page, host: Page) -> None:
    """The person comes in, is seen by name and sees the other."""
    name_field(page).fill("Emma")
    page.get_by_role("checkbox").check()
    join_button(page).click()
    expect(bar(page)).to_be_visible()
    expect(tile(host, "Emma").get_by_role("img", name="已静音")).to_be_visible()
    rises(lambda: frames_decoded(page), by=20)


def test_who_forbids_camera_and_microphone_is_told_how_to_allow_them_and_joins_without(
    meeting: Meeting, other_browser: OtherBrowser
) -> None:
    """Chromium's own refusal: its fake prompt is answered with no."""
    host = meeting.host("林晓").page
    with other_browser(DENYING) as people:
        page = people("Emma", permissions=()).open(meeting.link)
        expect(page.get_by_role("main").get_by_text("浏览器没有摄像头和麦克风权限")).to_be_visible()
        joins_without_devices(meeting, page, host)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotReadableError", "摄像头和麦克风被其他程序占用。请关闭该程序"),
        ("NotFoundError", "没有找到摄像头和麦克风。您也可以直接加入会议"),
    ],
    ids=["busy", "absent"],
)
def test_busy_and_absent_devices_are_named_and_one_joins_without(
    meeting: Meeting, people: People, error: str, words: str
) -> None:
    """`getUserMedia` is replaced: Chromium's fake devices are never taken and never missing."""
    host = meeting.host("林晓").page
    person = people("Emma")
    person.page.add_init_script(REFUSE_DEVICES.format(error=error))
    page = person.open(meeting.link)
    expect(page.get_by_role("main").get_by_text(words)).to_be_visible()
    joins_without_devices(meeting, page, host)


# A camera that is open and has no picture yet, as real ones are for a moment.
DARK_CAMERA = """
  const canvas = document.createElement('canvas');
  canvas.getContext('2d');
  const [track] = canvas.captureStream(0).getTracks();
  window.firstPicture = () => {
    canvas.getContext('2d').fillRect(0, 0, 10, 10);
    track.requestFrame();
  };
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (wanted.audio) throw new DOMException('', 'NotFoundError');
    return new MediaStream([track]);
  };
"""


def test_until_the_camera_has_a_picture_the_preview_says_that_it_opens(
    meeting: Meeting, people: People
) -> None:
    person = people("周航")
    person.page.add_init_script(DARK_CAMERA)
    page = person.open(meeting.link)
    preview = page.get_by_role("region", name="视频预览")
    opens = preview.get_by_role("status").get_by_text("正在打开摄像头…")
    expect(preview.locator("video")).to_have_count(1)
    expect(opens).to_be_visible()
    box = preview.locator("video").bounding_box()
    assert box
    over = "(p, [x, y]) => document.elementFromPoint(x, y) === p"
    assert opens.evaluate(over, [box["x"] + 5, box["y"] + 5]), "the empty picture is seen"
    page.evaluate("() => window.firstPicture()")
    expect(opens).to_have_count(0)


def test_whoever_is_host_starts_the_meeting_and_the_others_join_it(meeting: Meeting, people: People) -> None:
    host, guest = people("林晓").open(meeting.host_link), people("周航").open(meeting.link)
    expect(guest.get_by_role("button", name="加入会议", exact=True)).to_be_visible()
    expect(host.get_by_role("button", name="开始会议", exact=True)).to_be_visible()
    meeting.enter(host, "林晓")
    late = host.context.new_page()
    late.goto(meeting.link)
    expect(late.get_by_role("button", name="加入会议", exact=True)).to_be_visible()


def test_while_a_permission_prompt_stands_unanswered_nothing_is_said_to_be_sent(
    meeting: Meeting, people: People
) -> None:
    host = meeting.host("林晓").page
    person = people("周航")
    person.page.add_init_script(ANSWER_NOTHING)
    page = person.open(meeting.link)
    expect(page.get_by_role("main").get_by_text("浏览器正在请求使用摄像头")).to_be_visible()
    for word in ("静音", "停止视频"):
        expect(page.get_by_role("button", name=word)).to_have_attribute("aria-busy", "true")
    joins_without_devices(meeting, page, host)
    expect(page.get_by_role("main").get_by_text("浏览器正在请求使用摄像头")).to_be_visible()
    expect(tile(page, "Emma").get_by_role("img", name="已静音")).to_be_visible()
    mute = bar(page).get_by_role("button", name="静音", exact=True)
    expect(mute).to_have_attribute("aria-busy", "true")
    mute.click()
    expect(bar(page).get_by_role("button", name="解除静音")).not_to_have_attribute("aria-busy", "true")


def test_a_page_without_https_says_why_there_is_no_camera_and_one_joins_without(
    meeting: Meeting, other_browser: OtherBrowser
) -> None:
    """Chromium at an address of the local network over http: no secure context, so no `mediaDevices`."""
    host = meeting.host("林晓").page
    link = meeting.link.replace(urlsplit(meeting.link).hostname or "", LAN_HOST)
    with other_browser(ON_LAN) as people:
        emma = people("Emma", permissions=())
        emma.expect_error("Cross-Origin-Opener-Policy header has been ignored")
        page = emma.open(link)
        expect(page.get_by_role("main").get_by_text("此页面不是通过 HTTPS 打开的")).to_be_visible()
        assert page.evaluate("() => [isSecureContext, navigator.mediaDevices]") == [False, None]
        expect(page.get_by_role("button", name="开启视频")).to_be_disabled()
        joins_without_devices(meeting, page, host)
