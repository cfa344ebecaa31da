from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from tests.contract.harness import Rtc, serving
from tests.fixtures.browser import CHROMIUM, FLAGS

FIVE_FRAMES = "--use-fake-device-for-media-stream=fps=5"
"""A second, instead of twenty: of flags with one name the newest counts."""


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """With a camera of every size: media is judged by it here."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, FIVE_FRAMES])
    yield browser
    browser.close()


@pytest.fixture
async def rtc() -> AsyncIterator[Rtc]:
    """As `mcmeet media` serves it: a token is enough."""
    async with serving(auto_create=True) as served:
        yield served


@pytest.fixture
async def product_rtc() -> AsyncIterator[Rtc]:
    """As `mcmeet serve` serves it: rooms are opened and seats admitted through the port."""
    async with serving(auto_create=False) as served:
        yield served
