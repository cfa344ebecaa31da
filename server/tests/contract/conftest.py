from collections.abc import AsyncIterator

import pytest

from tests.contract.harness import Rtc, serving


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
