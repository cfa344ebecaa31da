"""How one sees a meeting and with which devices: the views, one's own picture, the menus of devices."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from tests.fixtures.browser import CHROMIUM, FLAGS, PHONE, People, people_at
from tests.fixtures.meeting import Meeting, bar, eventually, frames_decoded, rises, tile
from tests.fixtures.server import Server

LARGE_PX = 400
UNPLUG = """(video) => {
  const [track] = video.srcObject.getVideoTracks();
  const { mediaDevices } = navigator;
  const all = mediaDevices.enumerateDevices.bind(mediaDevices);
  mediaDevices.enumerateDevices = async () => (await all()).filter(({ label }) => label !== track.label);
  track.stop();
  track.dispatchEvent(new Event('ended'));
}"""
CAMERA_LABEL = "(video) => video.srcObject.getVideoTracks()[0].label"


def head(page: Page, word: str) -> Locator:
    return page.get_by_role("banner").get_by_role("button", name=word, exact=True)


def width(figure: Locator) -> float:
    box = figure.bounding_box()
    return box["width"] if box else 0


def own_picture(page: Page, name: str) -> Locator:
    return tile(page, name).locator("video")


def test_the_speakers_view_shows_one_person_large_and_the_gallery_all_alike(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    meeting.guest("周航")
    meeting.guest("Emma")
    expect(tile(host, "Emma")).to_be_visible()
    head(host, "演讲者视图").click()
    eventually(
        lambda: sorted(width(tile(host, name)) > LARGE_PX for name in ("林晓", "周航", "Emma")),
        lambda large: large == [False, False, True],
    )
    assert width(tile(host, "林晓")) < LARGE_PX, "nobody is large before themselves"
    head(host, "宫格视图").click()
    eventually(
        lambda: {round(width(tile(host, name))) for name in ("林晓", "周航", "Emma")}, lambda w: len(w) == 1
    )


def test_ones_own_picture_is_mirrored_and_may_be_hidden_while_the_others_see_it(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    expect(own_picture(host, "林晓")).to_have_css("scale", "-1 1")
    expect(own_picture(guest, "林晓")).to_have_css("scale", "none")
    head(host, "隐藏自己的画面").click()
    expect(tile(host, "林晓")).to_have_count(0)
    expect(tile(host, "周航")).to_be_visible()
    rises(lambda: frames_decoded(guest), by=5)
    head(host, "显示自己的画面").click()
    expect(tile(host, "林晓")).to_be_visible()


def test_a_phone_has_the_views_too(meeting: Meeting) -> None:
    host = meeting.host("林晓", size=PHONE).page
    meeting.guest("周航")
    head(host, "演讲者视图").click()
    eventually(lambda: width(tile(host, "周航")), lambda wide: wide > 300)
    assert width(tile(host, "林晓")) < 200


@pytest.fixture
def with_more_cameras(playwright: Playwright) -> Iterator[People]:
    # Their formats differ, and what the second one gives is not encoded: the test takes the last.
    flag = "--use-fake-device-for-media-stream"
    flags = [f"{flag}=device-count=5" if known == flag else known for known in FLAGS]
    browser: Browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
    with people_at(browser) as people:
        yield people
    browser.close()


def test_devices_change_while_the_meeting_goes_on_and_one_that_is_unplugged_is_replaced(
    server: Server, with_more_cameras: People
) -> None:
    meeting = Meeting(server, with_more_cameras)
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    rises(lambda: frames_decoded(guest), by=5)

    choose = bar(host).get_by_role("button", name="选择摄像头")
    choose.press("Enter")
    menu = host.get_by_role("menu", name="选择摄像头")
    expect(menu.get_by_role("menuitemradio", name="系统默认")).to_be_checked()
    another = menu.get_by_role("menuitemradio").last
    name = another.inner_text()
    another.click()
    eventually(lambda: own_picture(host, "林晓").evaluate(CAMERA_LABEL), lambda label: label == name)
    expect(choose).to_be_focused()
    rises(lambda: frames_decoded(guest), by=5)
    choose.press("Enter")
    expect(menu.get_by_role("menuitemradio", name=name)).to_be_checked()
    host.keyboard.press("Escape")

    own_picture(host, "林晓").evaluate(UNPLUG)
    expect(host.get_by_text("摄像头已断开，已改用系统默认的摄像头。").first).to_be_visible()
    expect(bar(host).get_by_role("button", name="停止视频")).to_be_visible()
    rises(lambda: frames_decoded(guest), by=5)

    bar(host).get_by_role("button", name="选择麦克风和扬声器").click()
    sound = host.get_by_role("menu", name="选择麦克风和扬声器")
    expect(sound.get_by_role("group", name="麦克风")).to_be_visible()
    expect(sound.get_by_role("group", name="扬声器")).to_be_visible()
