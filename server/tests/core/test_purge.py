"""What may be kept for minutes only is forgotten each minute, whatever fails beside it."""

from dataclasses import replace

import pytest

from mcmeet.core.feature import Feature
from mcmeet.core.purge import purge
from mcmeet.core.services import Core
from tests.fixtures.app import App

pytestmark = pytest.mark.anyio


async def test_messages_that_cannot_be_forgotten_hold_nothing_else_up(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[str] = []

    async def refused() -> None:
        raise PermissionError

    async def noted(_: Core) -> None:
        forgotten.append("polls")

    monkeypatch.setattr(app.core.sms, "forget_old", refused)
    await purge(replace(app.core, features=(Feature(name="polls", purge=noted),)))
    assert forgotten == ["polls"]
