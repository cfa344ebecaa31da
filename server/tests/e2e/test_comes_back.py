"""People whose browser died, whose tab slept, or whom the browser took camera or microphone from."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.fixtures.browser import CHROMIUM, FLAGS, People, Person, people_at
from tests.fixtures.meeting import Meeting, audio_energy, bar, frames_decoded, leave, rises, tile
from tests.fixtures.server import Server, StartServer
from tests.fixtures.stays import stays

BACK_WITHIN_S: Final = 60
GRACE_S: Final = 4
SEEN_GRACE_S: Final = 12
"""So long that a busy browser shows who is away before they are gone."""
LONG_GRACE_S: Final = 120
ASKING: Final = [flag for flag in FLAGS if flag != "--use-fake-ui-for-media-stream"]
"""With the fake dialogue a camera that is forbidden is given all the same."""


def press(page: Page, word: str) -> None:
    bar(page).get_by_role("button", name=word, exact=True).click()


def away(page: Page, name: str) -> None:
    """Until `page` says that their connection is lost."""
    expect(tile(page, name).get_by_text("网络断开", exact=True)).to_be_visible(timeout=BACK_WITHIN_S * 1000)


def gone(page: Page, name: str) -> None:
    expect(tile(page, name)).to_have_count(0, timeout=BACK_WITHIN_S * 1000)


def both_see(one: Page, other: Page) -> None:
    for page in (one, other):
        rises(partial(frames_decoded, page), by=20, within=BACK_WITHIN_S)


def seat_of(page: Page, name: str) -> int:
    return int(tile(page, name).get_attribute("data-seat") or 0)


# A browser that is killed


class Profile:
    """What a browser keeps on the disk. Each launch is a process of its own."""

    def __init__(self, playwright: Playwright, folder: Path, camera: str) -> None:
        self.playwright, self.folder, self.camera = playwright, folder, camera

    @contextmanager
    def opened(self) -> Iterator[BrowserContext]:
        context = self.playwright.chromium.launch_persistent_context(
            self.folder,
            executable_path=CHROMIUM,
            args=[*FLAGS, self.camera],
            locale="zh-CN",
            permissions=["microphone", "camera"],
        )
        self.is_alive = True
        yield context
        if self.is_alive:
            context.close()

    def kill(self) -> None:
        """`kill -9` of the browser and all of its processes."""
        self.is_alive = False
        main = int(os.readlink(self.folder / "SingletonLock").rsplit("-", 1)[1])
        os.killpg(main, signal.SIGKILL)
        # What a machine that lost its power leaves as well; the name is that of a process that is no more.
        (self.folder / "SingletonLock").unlink(missing_ok=True)


@pytest.fixture
def profile(playwright: Playwright, tmp_path: Path, small_camera: str) -> Profile:
    return Profile(playwright, tmp_path / "profile", small_camera)


def was_here_before(profile: Profile, meeting: Meeting) -> None:
    """Chromium writes a new cookie to the disk after half a minute only, or when it is closed."""
    with profile.opened() as context:
        page = context.new_page()
        page.goto(meeting.link)
        meeting.enter(page, "周航")
        leave(page)
        expect(page.get_by_role("heading", name="您已离开会议")).to_be_visible()


@pytest.fixture
def scene(request: pytest.FixtureRequest, start_server: StartServer, people: People) -> Meeting:
    grace = getattr(request, "param", GRACE_S)
    return Meeting(start_server(MCMEET_LIVE__GRACE_SECONDS=str(grace)), people)


def newest_stay(server: Server, name: str) -> dict[str, Any]:
    return [stay for stay in stays(server) if stay["name"] == name][-1]


def moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


@contextmanager
def enters(profile: Profile, scene: Meeting, host: Page) -> Iterator[None]:
    with profile.opened() as context:
        page = context.new_page()
        page.goto(scene.link)
        scene.enter(page, "周航", again=True)
        both_see(host, page)
        yield


@pytest.mark.parametrize("scene", [SEEN_GRACE_S], indirect=True)
def test_whose_browser_is_killed_has_left_when_it_was_and_gets_the_seat_back_later(
    scene: Meeting, profile: Profile
) -> None:
    host = scene.host("林晓").page
    was_here_before(profile, scene)
    with enters(profile, scene, host):
        seat = seat_of(host, "周航")
        killed_at = datetime.now(UTC)
        profile.kill()
        away(host, "周航")
        noticed_at = datetime.now(UTC)
        gone(host, "周航")
    stay = newest_stay(scene.server, "周航")
    assert killed_at <= moment(stay["left_at"]) <= noticed_at
    with enters(profile, scene, host):
        assert seat_of(host, "周航") == seat
    later = newest_stay(scene.server, "周航")
    assert (later["seat"], later["id"] == stay["id"]) == (seat, False)


@pytest.mark.parametrize("scene", [LONG_GRACE_S], indirect=True)
def test_whoever_opens_the_link_again_soon_after_their_browser_was_killed_goes_on_as_before(
    scene: Meeting, profile: Profile
) -> None:
    host = scene.host("林晓").page
    was_here_before(profile, scene)
    with enters(profile, scene, host):
        profile.kill()
        away(host, "周航")
    before = newest_stay(scene.server, "周航")
    with enters(profile, scene, host):
        expect(tile(host, "周航").get_by_text("网络断开")).to_have_count(0)
    after = newest_stay(scene.server, "周航")
    assert (after["id"], after["left_at"]) == (before["id"], None)


# A tab that sleeps


@pytest.fixture
def another_browser(playwright: Playwright, small_camera: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, small_camera])
    yield browser
    browser.close()


class Asleep:
    """All renderers of a browser are stopped: no timer runs and no packet leaves, as when a lid is closed."""

    def __init__(self, browser: Browser) -> None:
        known = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        self.renderers = [process["id"] for process in known if process["type"] == "renderer"]

    def __enter__(self) -> None:
        self._send(signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        for pid in self.renderers:
            os.kill(pid, number)


# A headless page is never hidden, and so `Page.setWebLifecycleState` does not freeze it.
FROZEN: Final = "() => document.dispatchEvent(new Event('freeze', { bubbles: true }))"
RESUMED: Final = "() => document.dispatchEvent(new Event('resume', { bubbles: true }))"


@pytest.mark.parametrize(
    ("scene", "until", "rows"),
    [(LONG_GRACE_S, away, 1), (GRACE_S, gone, 2)],
    indirect=["scene"],
    ids=["a while", "longer than the grace time"],
)
@pytest.mark.parametrize("is_told", [True, False], ids=["frozen by the browser", "with its machine"])
def test_a_tab_that_slept_is_back_by_itself_with_pictures_and_sound_both_ways(
    scene: Meeting,
    another_browser: Browser,
    is_told: bool,
    until: Callable[[Page, str], None],
    rows: int,
) -> None:
    host = scene.host("林晓").page
    with people_at(another_browser) as people:
        person = people("周航")
        guest = scene.join(person, scene.link).page
        both_see(host, guest)
        seat = seat_of(host, "周航")
        asleep = Asleep(another_browser)
        if is_told:
            guest.evaluate(FROZEN)
        with asleep:
            until(host, "周航")
        if is_told:
            guest.evaluate(RESUMED)
        expect(tile(host, "周航")).to_be_visible(timeout=BACK_WITHIN_S * 1000)
        expect(tile(host, "周航").get_by_text("网络断开")).to_have_count(0, timeout=BACK_WITHIN_S * 1000)
        both_see(host, guest)
        for page in (host, guest):
            rises(partial(audio_energy, page), by=1e-4, within=BACK_WITHIN_S)
        assert seat_of(host, "周航") == seat
        for word in ("静音", "停止视频"):
            expect(bar(guest).get_by_role("button", name=word, exact=True)).to_be_visible()
        expect(guest.get_by_role("main").get_by_text("正在重新连接…")).to_have_count(0)
    assert len([stay for stay in stays(scene.server) if stay["name"] == "周航"]) == rows


# What is pressed without a connection

CUTTABLE: Final = """{
  const sockets = [];
  window.isCut = false;
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      sockets.push(this);
      if (window.isCut) this.close();
    }
  };
  window.cut = () => {
    window.isCut = true;
    for (const socket of sockets) socket.close();
  };
}"""


def joins_by_a_line_that_may_be_cut(scene: Meeting) -> Page:
    """周航, for so long that their seat is gone."""
    person = scene.people("周航")
    person.page.add_init_script(CUTTABLE)
    for part in ("WebSocket", "/rtc/validate"):
        person.expect_error(part)
    return scene.join(person, scene.link).page


def test_what_was_pressed_while_the_network_was_away_for_long_is_told_to_be_lost(scene: Meeting) -> None:
    host = scene.host("林晓").page
    guest = joins_by_a_line_that_may_be_cut(scene)
    expect(tile(host, "周航")).to_be_visible()
    guest.evaluate("() => window.cut()")
    expect(notice(guest, "网络已断开，正在重新连接…")).to_be_visible()
    press(guest, "举手")
    expect(guest.get_by_role("status").filter(has_text="举手：网络恢复后发出")).to_be_attached()
    gone(host, "周航")
    guest.evaluate("() => { window.isCut = false }")
    told = guest.get_by_role("status").filter(has_text="举手：网络断开太久，这一操作没有发出。请重试。")
    expect(told).to_be_attached(timeout=BACK_WITHIN_S * 1000)
    expect(tile(host, "周航")).to_be_visible(timeout=BACK_WITHIN_S * 1000)
    expect(bar(guest).get_by_role("button", name="举手", exact=True)).to_be_visible()


def test_a_hand_that_is_lowered_without_a_network_says_when_it_goes_down(scene: Meeting) -> None:
    host = scene.host("林晓").page
    guest = joins_by_a_line_that_may_be_cut(scene)
    press(guest, "举手")
    mark = tile(host, "周航").get_by_role("img", name="举手，第 1 位")
    expect(mark).to_be_visible()
    expect(bar(guest).get_by_role("button", name="放下手", exact=True)).to_be_visible()
    guest.evaluate("() => window.cut()")
    expect(notice(guest, "网络已断开，正在重新连接…")).to_be_visible()
    press(guest, "放下手")
    expect(guest.get_by_role("status").filter(has_text="放下手：网络恢复后发出")).to_be_attached()
    guest.evaluate("() => { window.isCut = false }")
    expect(mark).to_have_count(0, timeout=BACK_WITHIN_S * 1000)


def test_whose_hand_went_down_with_a_long_outage_is_told_when_they_are_back(scene: Meeting) -> None:
    host = scene.host("林晓").page
    guest = joins_by_a_line_that_may_be_cut(scene)
    press(guest, "举手")
    expect(tile(host, "周航").get_by_role("img", name="举手，第 1 位")).to_be_visible()
    expect(bar(guest).get_by_role("button", name="放下手", exact=True)).to_be_visible()
    guest.evaluate("() => window.cut()")
    gone(host, "周航")
    guest.evaluate("() => { window.isCut = false }")
    told = guest.get_by_role("status").filter(has_text="断线期间，您的手已放下。要发言，请重新举手。")
    expect(told).to_be_attached(timeout=BACK_WITHIN_S * 1000)
    press(guest, "举手")
    expect(tile(host, "周航").get_by_role("img", name="举手，第 1 位")).to_be_visible()


def test_a_guest_who_is_co_host_no_more_after_a_long_outage_is_told(scene: Meeting) -> None:
    host = scene.host("林晓").page
    guest = joins_by_a_line_that_may_be_cut(scene)
    press(host, "成员")
    host.get_by_role("button", name="对 周航 的操作").click()
    host.get_by_role("menuitem", name="设为联席主持人").click()
    expect(guest.get_by_role("status").filter(has_text="您已成为联席主持人")).to_be_attached()
    guest.evaluate("() => window.cut()")
    gone(host, "周航")
    guest.evaluate("() => { window.isCut = false }")
    told = guest.get_by_role("status").filter(has_text="您已不再是联席主持人")
    expect(told).to_be_attached(timeout=BACK_WITHIN_S * 1000)


# A permission that is withdrawn


class Permissions:
    """What the icon beside the address changes, for the context of one person."""

    def __init__(self, browser: Browser, person: Person) -> None:
        session = person.context.new_cdp_session(person.page)
        self.context = session.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
        self.session = browser.new_browser_cdp_session()

    def put(self, name: str, setting: str) -> None:
        permission = {"permission": {"name": name}, "setting": setting, "browserContextId": self.context}
        self.session.send("Browser.setPermission", permission)


@pytest.fixture
def asking_browser(playwright: Playwright, small_camera: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ASKING, small_camera])
    yield browser
    browser.close()


def notice(page: Page, words: str) -> Any:
    return page.get_by_role("main").get_by_text(words)


def test_a_camera_taken_back_by_the_browser_leaves_the_microphone_and_comes_back_when_allowed(
    server: Server, asking_browser: Browser
) -> None:
    with people_at(asking_browser) as people:
        meeting = Meeting(server, people)
        host = meeting.host("林晓").page
        person = meeting.guest("周航")
        guest = person.page
        both_see(host, guest)
        permissions = Permissions(asking_browser, person)
        permissions.put("camera", "denied")
        expect(notice(guest, "浏览器已不再允许使用摄像头，视频已停止。")).to_be_visible()
        expect(tile(host, "周航").locator("video")).to_have_count(0)
        expect(bar(guest).get_by_role("button", name="静音", exact=True)).to_be_visible()
        expect(tile(host, "周航").get_by_role("img", name="已静音")).to_have_count(0)
        rises(partial(audio_energy, host), by=1e-4)
        press(guest, "开启视频")
        expect(notice(guest, "浏览器没有摄像头权限")).to_be_visible()
        permissions.put("camera", "granted")
        expect(notice(guest, "浏览器没有摄像头权限")).to_have_count(0)
        press(guest, "开启视频")
        both_see(host, guest)
        rises(partial(audio_energy, host), by=1e-4)


def test_whoever_allows_the_camera_only_in_the_meeting_can_choose_one_there(
    server: Server, asking_browser: Browser
) -> None:
    with people_at(asking_browser) as people:
        meeting = Meeting(server, people)
        person = people("林晓", permissions=())
        permissions = Permissions(asking_browser, person)
        for device in ("camera", "microphone"):
            permissions.put(device, "denied")
        page = meeting.join(person, meeting.host_link).page
        choose = bar(page).get_by_role("button", name="选择摄像头")
        expect(choose).to_have_count(0)
        permissions.put("camera", "granted")
        press(page, "开启视频")
        expect(choose).to_be_visible()


def test_a_microphone_taken_back_by_the_browser_leaves_the_camera_and_comes_back_when_allowed(
    server: Server, asking_browser: Browser
) -> None:
    with people_at(asking_browser) as people:
        meeting = Meeting(server, people)
        host = meeting.host("林晓").page
        person = meeting.guest("周航")
        guest = person.page
        rises(partial(audio_energy, host), by=1e-4)
        permissions = Permissions(asking_browser, person)
        permissions.put("microphone", "denied")
        words = notice(guest, "浏览器已不再允许使用麦克风，其他人听不到您。")
        expect(words).to_be_visible()
        expect(tile(host, "周航").get_by_role("img", name="已静音")).to_be_visible()
        expect(bar(guest).get_by_role("button", name="停止视频", exact=True)).to_be_visible()
        both_see(host, guest)
        permissions.put("microphone", "granted")
        expect(words).to_have_count(0)
        press(guest, "解除静音")
        rises(partial(audio_energy, host), by=1e-4)
        expect(tile(host, "周航").get_by_role("img", name="已静音")).to_have_count(0)


# A device that is unplugged

REMEMBERING: Final = """{
  const { mediaDevices } = navigator;
  const [list, ask] = [mediaDevices.enumerateDevices, mediaDevices.getUserMedia];
  const opened = [];
  let without = '';
  mediaDevices.enumerateDevices = async () =>
    (await list.call(mediaDevices)).filter(({ kind }) => kind !== `${without}input`);
  mediaDevices.getUserMedia = async (wanted) => {
    if (wanted[without]) throw new DOMException('', 'NotFoundError');
    const stream = await ask.call(mediaDevices, wanted);
    opened.push(...stream.getTracks());
    return stream;
  };
  window.unplug = (unplugged) => {
    without = unplugged;
    for (const track of opened.filter(({ kind, readyState }) => kind === without && readyState === 'live')) {
      track.stop();
      track.dispatchEvent(new Event('ended'));
    }
  };
}"""
GONE: Final = {
    "camera": "摄像头已断开，视频已停止。",
    "microphone": "麦克风已断开，其他人听不到您。",
}


@pytest.mark.parametrize("device", ["camera", "microphone"])
def test_when_the_only_camera_or_microphone_is_unplugged_that_is_said_and_the_other_one_goes_on(
    meeting: Meeting, device: str
) -> None:
    host, person = meeting.host("林晓").page, meeting.people("周航")
    person.context.add_init_script(REMEMBERING)
    guest = meeting.join(person, meeting.link).page
    both_see(host, guest)
    is_camera = device == "camera"
    muted = tile(host, "周航").get_by_role("img", name="已静音")
    guest.evaluate("(kind) => unplug(kind)", "video" if is_camera else "audio")
    expect(notice(guest, GONE[device])).to_be_visible()
    expect(tile(host, "周航").locator("video")).to_have_count(0 if is_camera else 1)
    expect(muted).to_have_count(0 if is_camera else 1)
    if is_camera:
        rises(partial(audio_energy, host), by=1e-4)
    else:
        both_see(host, guest)
    guest.evaluate("() => unplug('')")
    press(guest, "开启视频" if is_camera else "解除静音")
    expect(muted).to_have_count(0)
    both_see(host, guest)
    rises(partial(audio_energy, host), by=1e-4)


def test_before_the_meeting_each_device_that_the_browser_takes_back_is_named(
    server: Server, asking_browser: Browser
) -> None:
    with people_at(asking_browser) as people:
        meeting = Meeting(server, people)
        person = people("周航")
        page = person.open(meeting.link)
        camera = page.get_by_role("button", name="停止视频")
        expect(camera).to_be_visible()
        expect(camera).not_to_have_attribute("aria-busy", "true")  # open, and not only asked for
        permissions = Permissions(asking_browser, person)
        permissions.put("camera", "denied")
        preview = page.get_by_role("region", name="视频预览")
        expect(preview.get_by_text("浏览器没有摄像头权限。")).to_be_visible()
        expect(page.get_by_role("button", name="静音", exact=True)).to_be_visible()
        permissions.put("camera", "granted")
        page.get_by_role("button", name="开启视频").click()
        expect(page.get_by_role("button", name="停止视频")).to_be_visible()
