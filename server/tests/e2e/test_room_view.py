"""How one sees a meeting and with which devices: the views, one's own picture, the menus of devices."""

import math
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path

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
# A camera that is off ends without a word: whoever asks for it by its id learns that it is gone.
UNPLUG_WHILE_OFF = """(name) => {
  const { mediaDevices } = navigator;
  const [list, ask] = [mediaDevices.enumerateDevices, mediaDevices.getUserMedia];
  const others = async () => (await list.call(mediaDevices)).filter(({ label }) => label !== name);
  mediaDevices.enumerateDevices = others;
  mediaDevices.getUserMedia = async (wanted) => {
    const exact = wanted.video?.deviceId?.exact;
    if (exact && (await others()).every(({ deviceId }) => deviceId !== exact))
      throw new DOMException('', 'OverconstrainedError');
    return ask.call(mediaDevices, wanted);
  };
}"""
REPLACED = "摄像头已断开，已改用系统默认的摄像头。"
CAMERA_LABEL = "(video) => video.srcObject.getVideoTracks()[0].label"

RATE_HZ = 48_000
SYLLABLE_S, BETWEEN_S, PAUSE_S = 0.18, 0.05, 0.4
SYLLABLES = 3
"""In a phrase; then the voice draws breath, for longer than the engine's windows of 200 ms."""
# Whoever has been large in the speaker's view, in order.
NOTE_WHO_IS_LARGE = """() => {
  window.large = [];
  const look = () => {
    const figure = [...document.querySelectorAll('main figure')].find(({ offsetWidth }) => offsetWidth > 400);
    const name = figure?.getAttribute('aria-label');
    if (name && name !== window.large.at(-1)) window.large.push(name);
    requestAnimationFrame(look);
  };
  look();
}"""


def voice(path: Path) -> Path:
    """Phrases of syllables: harmonics of 150 Hz, stronger where vowels are."""
    partials = [(150 * n, 1.0 if abs(150 * n - 700) < 200 else 0.35) for n in range(1, 16)]
    syllable = [
        sum(weight * math.sin(math.tau * hertz * at / RATE_HZ) for hertz, weight in partials)
        * math.sin(math.pi * at / (SYLLABLE_S * RATE_HZ))
        for at in range(int(SYLLABLE_S * RATE_HZ))
    ]
    phrase = (syllable + [0.0] * int(BETWEEN_S * RATE_HZ)) * SYLLABLES + [0.0] * int(PAUSE_S * RATE_HZ)
    peak = max(map(abs, phrase))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(array("h", (int(20_000 * sample / peak) for sample in phrase)).tobytes())
    return path


def head(page: Page, word: str) -> Locator:
    return page.get_by_role("banner").get_by_role("button", name=word, exact=True)


def width(figure: Locator) -> float:
    box = figure.bounding_box()
    return box["width"] if box else 0


def is_large(page: Page, name: str) -> None:
    eventually(lambda: width(tile(page, name)), lambda wide: wide > LARGE_PX)


def own_picture(page: Page, name: str) -> Locator:
    return tile(page, name).locator("video")


@pytest.mark.parametrize(("size", "is_beside"), [((640, 400), True), (PHONE, False)])
def test_two_people_stand_where_they_are_largest(
    meeting: Meeting, size: tuple[int, int], is_beside: bool
) -> None:
    host = meeting.host("林晓", size=size).page
    meeting.guest("周航")
    expect(tile(host, "周航")).to_be_visible()
    own, other = (tile(host, name).bounding_box() for name in ("林晓", "周航"))
    assert own
    assert other
    assert (own["y"] == other["y"]) == is_beside
    assert (own["x"] == other["x"]) != is_beside


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
def with_voices(playwright: Playwright, small_camera: str, tmp_path: Path) -> Iterator[People]:
    speaks = f"--use-file-for-fake-audio-capture={voice(tmp_path / 'voice.wav')}"
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, small_camera, speaks])
    with people_at(browser) as people:
        yield people
    browser.close()


def test_the_speakers_view_follows_who_speaks_in_phrases_and_goes_to_nobody_else(
    server: Server, with_voices: People
) -> None:
    meeting = Meeting(server, with_voices)
    host = meeting.host("林晓").page
    zhou, emma = meeting.guest("周航").page, meeting.guest("Emma").page
    for page in (host, zhou, emma):
        # Pictures would take the time of whoever has to hear the voices.
        for word in ("静音", "停止视频"):
            bar(page).get_by_role("button", name=word, exact=True).click()
    head(host, "演讲者视图").click()
    is_large(host, "周航")
    host.evaluate(NOTE_WHO_IS_LARGE)
    for speaking, name in ((emma, "Emma"), (zhou, "周航"), (emma, "Emma")):
        bar(speaking).get_by_role("button", name="解除静音").click()
        is_large(host, name)
        bar(speaking).get_by_role("button", name="静音", exact=True).click()
    assert host.evaluate("() => window.large") == ["周航", "Emma", "周航", "Emma"]


@pytest.fixture
def with_more_cameras(playwright: Playwright) -> Iterator[People]:
    # Their formats differ, and what the second one gives is not encoded: the test takes the last.
    flag = "--use-fake-device-for-media-stream"
    flags = [f"{flag}=device-count=5,fps=5" if known == flag else known for known in FLAGS]
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
    expect(host.get_by_role("main").get_by_text(REPLACED)).to_be_visible()
    expect(bar(host).get_by_role("button", name="停止视频")).to_be_visible()
    rises(lambda: frames_decoded(guest), by=5)

    bar(host).get_by_role("button", name="选择麦克风和扬声器").click()
    sound = host.get_by_role("menu", name="选择麦克风和扬声器")
    expect(sound.get_by_role("group", name="麦克风")).to_be_visible()
    expect(sound.get_by_role("group", name="扬声器")).to_be_visible()


def test_a_picked_camera_that_is_unplugged_while_it_is_off_is_replaced_too(
    server: Server, with_more_cameras: People
) -> None:
    meeting = Meeting(server, with_more_cameras)
    person = with_more_cameras("林晓")
    page = person.open(meeting.host_link)
    cameras = page.get_by_label("摄像头")
    expect(cameras.get_by_role("option")).to_have_count(6)
    first, last = (cameras.get_by_role("option").nth(place).inner_text() for place in (1, 5))

    # Before the meeting.
    cameras.select_option(label=last)
    expect(page.get_by_role("button", name="停止视频")).to_be_visible()
    page.get_by_role("button", name="停止视频").click()
    page.evaluate(UNPLUG_WHILE_OFF, last)
    page.get_by_role("button", name="开启视频").click()
    expect(page.get_by_role("main").get_by_text(REPLACED)).to_be_visible()
    expect(cameras.locator("option:checked")).to_have_text("系统默认")

    # In it.
    cameras.select_option(label=first)
    expect(page.get_by_role("main").get_by_text(REPLACED)).to_have_count(0)
    meeting.enter(page, "林晓")
    expect(own_picture(page, "林晓")).to_have_count(1)
    bar(page).get_by_role("button", name="停止视频").click()
    expect(own_picture(page, "林晓")).to_have_count(0)
    page.evaluate(UNPLUG_WHILE_OFF, first)
    bar(page).get_by_role("button", name="开启视频").click()
    expect(page.get_by_role("main").get_by_text(REPLACED)).to_be_visible()
    expect(own_picture(page, "林晓")).to_have_count(1)
    page.get_by_role("button", name="选择摄像头").click()
    expect(page.get_by_role("menuitemradio", name="系统默认")).to_be_checked()
