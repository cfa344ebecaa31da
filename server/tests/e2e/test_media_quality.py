"""How well pictures hold in a call of two, as the page's own statistics tell."""

import time
from functools import partial
from typing import Final

from playwright.sync_api import Page

from tests.fixtures.meeting import Meeting, eventually, frames_decoded, inbound, outbound, rises

WATCHED_S: Final = 6.0
FREEZES_ALLOWED: Final = 1
"""Two cores encode and decode for both people: one late frame is the machine's."""
HD: Final = {(1280, 720)}


def camera_sizes(page: Page, direction: str) -> set[tuple[int, int]]:
    tracks = inbound(page) if direction == "received" else outbound(page)
    return {(track["frameWidth"], track["frameHeight"]) for track in tracks if track["source"] == "camera"}


def freezes(page: Page) -> int:
    return sum(track["freezeCount"] for track in inbound(page) if track["source"] == "camera")


def test_a_call_of_two_goes_on_without_frozen_pictures(meeting: Meeting) -> None:
    pages = (meeting.host("林晓").page, meeting.guest("周航").page)
    for page in pages:
        rises(partial(frames_decoded, page), by=20)
    before = [(freezes(page), frames_decoded(page)) for page in pages]
    time.sleep(WATCHED_S)
    for page, (frozen, decoded) in zip(pages, before, strict=True):
        assert freezes(page) - frozen <= FREEZES_ALLOWED
        assert frames_decoded(page) - decoded >= 10 * WATCHED_S


def test_a_camera_is_sent_and_received_in_720p(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    rises(partial(frames_decoded, host), by=20)
    eventually(partial(camera_sizes, guest, "sent"), lambda sizes: sizes == HD)
    eventually(partial(camera_sizes, host, "received"), lambda sizes: sizes == HD)
    time.sleep(WATCHED_S)
    assert camera_sizes(guest, "sent") == camera_sizes(host, "received") == HD
