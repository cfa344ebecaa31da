"""Firefox on the product's own page, beside Chromium."""

from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, Playwright, expect

from mcmeet.core import lan
from tests.fixtures.browser import FIREFOX, FIREFOX_SETTINGS, People, people_at
from tests.fixtures.meeting import Meeting, audio_energy, bar, frames_decoded, rises, tile
from tests.fixtures.server import StartServer

SLOW_S = 60


@pytest.fixture
def firefox(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.firefox.launch(
        channel="moz-firefox", executable_path=FIREFOX, firefox_user_prefs=FIREFOX_SETTINGS
    )
    yield browser
    browser.close()


@pytest.mark.skipif(not lan.reached_through("0.0.0.0"), reason="Firefox takes no path over loopback")
def test_a_guest_in_firefox_and_a_host_in_chromium_see_and_hear_each_other_if_this_machine_has_a_network(
    start_server: StartServer, people: People, firefox: Browser
) -> None:
    meeting = Meeting(start_server(host="0.0.0.0"), people)
    host = meeting.host("林晓").page
    with people_at(firefox) as in_firefox:
        guest = meeting.join(in_firefox("Zhou", permissions=()), meeting.link).page
        for page in (host, guest):
            rises(partial(frames_decoded, page), by=20, within=SLOW_S)
            rises(partial(audio_energy, page), by=1e-4)
        muted = tile(host, "Zhou").get_by_role("img", name="已静音")
        expect(muted).to_have_count(0)
        bar(guest).get_by_role("button", name="静音", exact=True).click()
        expect(muted).to_be_visible()
        bar(guest).get_by_role("button", name="解除静音", exact=True).click()
        expect(muted).to_have_count(0)
        rises(partial(audio_energy, host), by=1e-4)
