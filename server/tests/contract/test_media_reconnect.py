"""Chromium after its signalling, or its whole network, was away: pictures come back by themselves.

No time is asserted. What takes the seconds of the last test is that browser, SDK and server wait before they
take silence for a loss (RFC 7675: up to 30 s).
"""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Playwright

from tests.contract.media_participant import Participant, at_page
from tests.contract.media_relay import Relay, relay
from tests.contract.media_server import MediaServer, media_server, page_site, page_site_inside
from tests.contract.network_namespace import ADDRESS, chromium_inside, neighbour_of, network_namespace, run

pytestmark = pytest.mark.media

AWAY_S = 3.0
LOSS_NOTICED_S = 60.0
BACK_S = 60.0
RECONNECTED = "client.events.some(([what]) => what === 'Reconnected')"


@pytest.fixture(scope="module")
def media() -> Iterator[MediaServer]:
    with media_server() as server:
        yield server


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with page_site() as address:
        yield address


@pytest.fixture
def wire(media: MediaServer) -> Iterator[Relay]:
    host = urlsplit(media.url)
    assert host.hostname is not None
    assert host.port is not None
    with relay((host.hostname, host.port)) as cuttable:
        yield cuttable


def call(lin: Participant, zhou: Participant, wire: Relay) -> None:
    """Lin's signalling goes over the wire."""
    lin.join(server=f"ws://{wire.address}")
    zhou.join()
    for person in (lin, zhou):
        person.do("client.publishCamera()")
    for person in (lin, zhou):
        person.sees()


@pytest.mark.parametrize("away", [0.0, AWAY_S], ids=["cut", "away for seconds"])
def test_pictures_come_back_after_the_signalling_was_cut(
    chromium: Browser, media: MediaServer, site: str, wire: Relay, away: float
) -> None:
    with at_page(chromium, media, site, "lin") as lin, at_page(chromium, media, site, "zhou") as zhou:
        call(lin, zhou, wire)
        wire.down = away > 0
        wire.cut()
        time.sleep(away)
        wire.down = False
        lin.wait(RECONNECTED)
        lin.sees()
        zhou.sees()


def test_pictures_come_back_after_the_network_was_away_if_namespaces_can_be_made(
    playwright: Playwright, tmp_path: Path
) -> None:
    with (
        network_namespace() as here,
        neighbour_of(here) as there,
        media_server(ADDRESS, prefix=here) as media,
        chromium_inside(playwright, there, tmp_path / "there") as far,
        chromium_inside(playwright, here, tmp_path / "here") as near,
        page_site_inside(there) as far_site,
        page_site_inside(here) as near_site,
        at_page(far, media, far_site, "lin") as lin,
        at_page(near, media, near_site, "zhou") as zhou,
    ):
        for person in (lin, zhou):
            person.join()
            person.do("client.publishCamera()")
        lin.sees()
        zhou.sees()
        run(there, "ip rule add pref 10 blackhole")
        lin.wait("client.events.some(([what]) => what.endsWith('Reconnecting'))", LOSS_NOTICED_S)
        run(there, "ip rule del pref 10")
        lin.wait(RECONNECTED, BACK_S)
        lin.sees()
        zhou.sees()
