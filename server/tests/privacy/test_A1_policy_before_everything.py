"""A1: the policy is read before, and without, giving anything."""

from __future__ import annotations

import pytest

from tests.fixtures.app import CONSENT, App
from tests.privacy.conftest import consents

pytestmark = pytest.mark.anyio


async def test_A1_emma_reads_both_texts_without_cookie_or_account(app: App) -> None:
    emma = app.visitor()
    for kind in ("privacy", "terms"):
        answer = await emma.http.get(f"/api/policies/{kind}?lang=zh")
        assert answer.status_code == 200
        assert answer.json()["sections"]
    assert not emma.http.cookies
    assert await consents(app) == []


async def test_A1_the_page_learns_the_versions_in_force_without_an_account(app: App) -> None:
    session = (await app.visitor().http.get("/api/session")).json()
    assert session["consent"] == CONSENT
    assert session["account"] is None
