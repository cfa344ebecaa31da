"""A shared tab with its sound: a real tab that plays a tone, captured by Chromium, judged at the receiver."""

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
    falls_silent,
    frames_decoded,
    inbound,
    rises,
)
from tests.fixtures.server import Server

TITLE: Final = "Quarterly review"
"""In ASCII: a switch of Chromium takes nothing else."""
PRESENTATION: Final = f"""<!doctype html><title>{TITLE}</title><h1>{TITLE}</h1>
<script>
const context = new AudioContext()
const tone = context.createOscillator()
tone.connect(context.destination)
tone.start()
</script>"""
# The faked prompt would hand out a faked screen; the permissions of a context need no prompt.
TAB_FLAGS: Final = [
    *(flag for flag in FLAGS if flag != "--use-fake-ui-for-media-stream"),
    f"--auto-select-tab-capture-source-by-title={TITLE}",
]
LOUD: Final = 0.1
"""A tone of full scale brings 0.5 in a second."""


@pytest.fixture(scope="module")
def tab_browser(playwright: Playwright, small_camera: str) -> Iterator[Browser]:
    """Hands out the tab of that title, and does not mute tabs as headless browsers are told to."""
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*TAB_FLAGS, small_camera], ignore_default_args=["--mute-audio"]
    )
    yield browser
    browser.close()


@pytest.fixture
def meeting(server: Server, tab_browser: Browser) -> Iterator[Meeting]:
    with people_at(tab_browser) as people:
        yield Meeting(server, people)


def share_a_tab(guest: Person) -> Page:
    """The tab that is shared from now on."""
    tab = guest.context.new_page()
    tab.set_content(PRESENTATION)
    guest.page.bring_to_front()
    bar(guest.page).get_by_role("button", name="共享屏幕", exact=True).click()
    return tab


def share_of(page: Page) -> set[str]:
    """Which parts of a share arrive."""
    return {track["source"] for track in inbound(page) if track["source"].startswith("screen_share")}


def test_the_sound_of_a_shared_tab_is_heard_while_it_plays(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航")
    tab = share_a_tab(guest)
    sound = partial(audio_energy, host, "screen_share_audio")
    rises(sound, by=LOUD)
    rises(partial(frames_decoded, host, "screen_share"), by=5)
    tab.evaluate("context.suspend()")
    falls_silent(sound)
    tab.evaluate("context.resume()")
    rises(sound, by=LOUD)


def test_stopping_a_share_ends_its_picture_and_its_sound(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航")
    share_a_tab(guest)
    eventually(partial(share_of, host), lambda found: found == {"screen_share", "screen_share_audio"})
    bar(guest.page).get_by_role("button", name="停止共享", exact=True).click()
    expect(host.get_by_role("figure", name="周航 的屏幕共享")).to_have_count(0)
    eventually(partial(share_of, host), lambda found: not found)
    rises(partial(audio_energy, host), by=1e-4)


def test_closing_the_shared_tab_ends_its_picture_and_its_sound(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航")
    tab = share_a_tab(guest)
    eventually(partial(share_of, host), lambda found: found == {"screen_share", "screen_share_audio"})
    tab.close()
    eventually(partial(share_of, host), lambda found: not found)
    expect(bar(guest.page).get_by_role("button", name="共享屏幕", exact=True)).to_be_visible()
