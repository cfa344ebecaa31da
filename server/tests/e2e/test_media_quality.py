"""How well pictures hold in a call of two, as the page's own statistics tell."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.fixtures.browser import CHROMIUM, FLAGS
from tests.fixtures.meeting import Meeting, eventually, frames_decoded, inbound, outbound, rises

WATCHED_S: Final = 4.0
WITHIN_S: Final = 90.0
"""Two cores encode and decode for both people: a machine that is busy gets several looks."""
FREEZES_ALLOWED: Final = 1
TEN_FRAMES: Final = "--use-fake-device-for-media-stream=fps=10"
"""Twice what other tests have: what counts as frozen is told by the time between frames."""
FRAMES_A_SECOND: Final = 8
"""Of the ten that the camera gives: the look itself begins and ends between two of them."""
HD: Final = {(1280, 720)}


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, TEN_FRAMES])
    yield browser
    browser.close()


def camera_sizes(page: Page, direction: str) -> set[tuple[int, int]]:
    tracks = inbound(page) if direction == "received" else outbound(page)
    return {(track["frameWidth"], track["frameHeight"]) for track in tracks if track["source"] == "camera"}


def freezes(page: Page) -> int:
    return sum(track["freezeCount"] for track in inbound(page) if track["source"] == "camera")


def test_a_call_of_two_goes_on_without_frozen_pictures(meeting: Meeting) -> None:
    pages = (meeting.host("林晓").page, meeting.guest("周航").page)
    for page in pages:
        rises(partial(frames_decoded, page), by=20)

    def watch() -> list[tuple[int, int]]:
        """Freezes and frames of each while one looks."""
        before = [(freezes(page), frames_decoded(page)) for page in pages]
        time.sleep(WATCHED_S)
        after = [(freezes(page), frames_decoded(page)) for page in pages]
        return [(late[0] - early[0], late[1] - early[1]) for early, late in zip(before, after, strict=True)]

    def is_smooth(seen: list[tuple[int, int]]) -> bool:
        return all(
            frozen <= FREEZES_ALLOWED and decoded >= FRAMES_A_SECOND * WATCHED_S for frozen, decoded in seen
        )

    eventually(watch, is_smooth, WITHIN_S)


def test_a_camera_is_sent_and_received_in_720p(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    rises(partial(frames_decoded, host), by=20)
    sent, received = partial(camera_sizes, guest, "sent"), partial(camera_sizes, host, "received")

    def stays() -> list[set[tuple[int, int]]]:
        before = [sent(), received()]
        time.sleep(WATCHED_S)
        return [*before, sent(), received()]

    eventually(stays, lambda sizes: all(size == HD for size in sizes), WITHIN_S)
