"""Pictures, sound and devices after what a stay may meet: stopped loads, lost sockets, other devices."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.fixtures.browser import CHROMIUM, FLAGS, Person, people_at
from tests.fixtures.meeting import (
    Meeting,
    audio_energy,
    bar,
    eventually,
    frames_decoded,
    leave,
    rises,
    tile,
)
from tests.fixtures.server import Server

AGAIN_S: Final = 60
A_FEW_S: Final = 3
LONG_SHARED: Final = 60
"""Frames: more than a share that begins anew has brought by the time that one looks again."""

REMEMBER_SOCKETS: Final = """
window.sockets = []
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given)
    window.sockets.push(this)
  }
}
"""
CUT_MEDIA_SIGNALLING: Final = """() => {
  for (const socket of window.sockets) if (new URL(socket.url).pathname.startsWith('/rtc')) socket.close()
}"""

# By the page itself: a handler of `route_web_socket` that closes may wait for itself, for ever.
REFUSE_MEDIA_SIGNALLING: Final = """() => {
  window.WebSocket = class extends WebSocket {
    constructor(url, ...given) {
      super(url, ...given)
      if (new URL(url).pathname.startsWith('/rtc')) this.close()
    }
  }
}"""

HOLD_MEDIA_SIGNALLING: Final = """
const released = new Promise((resolve) => { window.release = resolve })
const { get, set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage')
Object.defineProperty(WebSocket.prototype, 'onmessage', {
  get,
  set(handler) {
    const isMedia = new URL(this.url).pathname.startsWith('/rtc')
    set.call(this, isMedia ? (event) => released.then(() => handler(event)) : handler)
  },
})
"""
REMEMBER_DEVICES: Final = """
const devices = []
const ask = navigator.mediaDevices.getUserMedia
navigator.mediaDevices.getUserMedia = async function (constraints) {
  const stream = await ask.call(this, constraints)
  devices.push(...stream.getTracks())
  return stream
}
const isOpen = (track) => track.readyState === 'live'
window.openDevices = (kind) => devices.filter((track) => track.kind === kind && isOpen(track)).length
"""
TWO_CAMERAS: Final = [
    *(flag for flag in FLAGS if not flag.startswith("--use-fake-device")),
    "--use-fake-device-for-media-stream=device-count=2,fps=5",
]


@pytest.fixture(scope="module")
def two_cameras(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=TWO_CAMERAS)
    yield browser
    browser.close()


def press(page: Page, word: str) -> None:
    bar(page).get_by_role("button", name=word, exact=True).click()


@pytest.mark.parametrize("event", ["beforeunload", "pagehide", "freeze"])
def test_a_page_that_was_about_to_go_and_stays_sends_and_receives(meeting: Meeting, event: str) -> None:
    """A load that is stopped, a return from the page after, a tab that the browser had frozen."""
    host, guest = meeting.host("林晓").page, meeting.guest("周航").page
    for page in (host, guest):
        rises(partial(frames_decoded, page), by=10)
    guest.evaluate("event => window.dispatchEvent(new Event(event))", event)
    host.wait_for_timeout(A_FEW_S * 1000)
    for page in (host, guest):
        rises(partial(frames_decoded, page), by=20, within=AGAIN_S)
    for word in ("静音", "停止视频"):
        expect(bar(guest).get_by_role("button", name=word, exact=True)).to_be_visible()


def test_a_shared_screen_goes_on_after_its_media_connection_was_lost(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    person: Person = meeting.people("周航")
    person.page.add_init_script(REMEMBER_SOCKETS)
    guest = meeting.join(person, meeting.link).page
    press(guest, "共享屏幕")
    shared = partial(frames_decoded, host, "screen_share")
    before = eventually(shared, lambda seen: seen >= LONG_SHARED, within=AGAIN_S)
    guest.evaluate(CUT_MEDIA_SIGNALLING)
    eventually(shared, lambda seen: seen < before, within=AGAIN_S)
    rises(shared, by=20, within=AGAIN_S)
    expect(guest.get_by_role("main").get_by_text("您正在共享屏幕")).to_be_visible()


def test_a_shared_screen_goes_on_after_its_media_were_lost_for_good(meeting: Meeting) -> None:
    """The page was about to go: its stay in the media room is over, and the next one begins."""
    host, guest = meeting.host("林晓").page, meeting.guest("周航").page
    press(guest, "共享屏幕")
    shared = partial(frames_decoded, host, "screen_share")
    before = eventually(shared, lambda seen: seen >= LONG_SHARED, within=AGAIN_S)
    guest.evaluate("() => window.dispatchEvent(new Event('pagehide'))")
    eventually(shared, lambda seen: seen < before, within=AGAIN_S)
    rises(shared, by=20, within=AGAIN_S)
    sharing = guest.get_by_role("main").get_by_text("您正在共享屏幕")
    expect(sharing).to_be_visible()
    guest.get_by_role("main").get_by_role("button", name="停止共享").click()
    expect(sharing).to_have_count(0)
    eventually(shared, lambda seen: seen == 0, within=AGAIN_S)


def test_a_screen_that_nobody_can_be_sent_now_says_why(meeting: Meeting) -> None:
    person = meeting.guest("周航")
    person.expect_error("closed before the connection is established")
    guest = person.page
    guest.evaluate(REFUSE_MEDIA_SIGNALLING)
    guest.evaluate("() => window.dispatchEvent(new Event('pagehide'))")
    share = bar(guest).get_by_role("button", name="共享屏幕")
    expect(share).to_have_attribute("aria-disabled", "true", timeout=AGAIN_S * 1000)
    expect(share).to_have_accessible_description(re.compile("音视频"))


def camera_on_air(page: Page, name: str) -> str:
    video = tile(page, name).locator("video")
    return str(video.evaluate("video => video.srcObject.getVideoTracks()[0].label"))


def test_a_picked_camera_is_the_one_that_comes_back(server: Server, two_cameras: Browser) -> None:
    with people_at(two_cameras) as people:
        meeting = Meeting(server, people)
        person = people("林晓")
        page = person.open(meeting.host_link)
        cameras = page.get_by_label("摄像头")
        expect(cameras.get_by_role("option")).to_have_count(3)
        picked = cameras.get_by_role("option").last.inner_text()
        cameras.select_option(label=picked)
        meeting.enter(page, "林晓")
        before = camera_on_air(page, "林晓")
        press(page, "停止视频")
        expect(tile(page, "林晓").locator("video")).to_have_count(0)
        press(page, "开启视频")
        expect(tile(page, "林晓").locator("video")).to_have_count(1)
        assert camera_on_air(page, "林晓") == before == picked
        leave(page)
        page.get_by_role("link", name="返回会议").click()
        expect(cameras.locator("option:checked")).to_have_text(picked)
        meeting.enter(page, "林晓", again=True)
        assert camera_on_air(page, "林晓") == picked


def test_whoever_chose_to_be_heard_is_not_shown_muted_while_the_media_are_away(meeting: Meeting) -> None:
    meeting.host("林晓")
    person: Person = meeting.people("周航")
    person.page.add_init_script(HOLD_MEDIA_SIGNALLING)
    guest = meeting.join(person, meeting.link).page
    own = tile(guest, "周航")
    expect(own).to_be_visible()
    press(guest, "成员")
    row = guest.get_by_role("listitem").filter(has_text="周航")
    for place in (own, row):
        expect(place.get_by_role("img", name="已静音")).to_have_count(0)
    press(guest, "静音")
    for place in (own, row):
        expect(place.get_by_role("img", name="已静音")).to_be_visible()


def test_a_camera_switched_off_before_the_connection_stands_goes_dark_at_once(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    person: Person = meeting.people("周航")
    person.page.add_init_script(REMEMBER_DEVICES + HOLD_MEDIA_SIGNALLING)
    guest = meeting.join(person, meeting.link).page
    assert guest.evaluate("() => window.openDevices('video')") == 1
    press(guest, "停止视频")
    assert guest.evaluate("() => window.openDevices('video')") == 0
    guest.evaluate("() => window.release()")
    rises(partial(audio_energy, host), by=1e-4)
    expect(tile(host, "周航").locator("video")).to_have_count(0)
    press(guest, "开启视频")
    rises(partial(frames_decoded, host), by=20)
    assert guest.evaluate("() => window.openDevices('video')") == 1
