"""A6: a new version in force is asked for before anything goes on; using the product on is no consent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fixtures.app import CONSENT, App
from tests.privacy.conftest import NEXT, consents, is_asked_at_the_door

pytestmark = pytest.mark.anyio

PHONE = "+8613800003333"
NEW = CONSENT | {"privacy": NEXT}


async def test_A6_a_signed_in_host_is_asked_anew_at_the_door(
    app: App, publish_next_version: Callable[[], None]
) -> None:
    lin_xiao = await app.person("林晓", PHONE)
    meeting = await lin_xiao.create_meeting()
    publish_next_version()
    for outdated in (None, CONSENT):
        answer = await lin_xiao.try_join(meeting["number"], "林晓", consent=outdated)
        assert answer.json()["data"] == {"steps": ["consent"]}
    assert (await lin_xiao.try_join(meeting["number"], "林晓", consent=NEW)).status_code == 200
    rows = [(row.kind, row.version, row.surface) for row in await consents(app)]
    assert rows == [
        ("privacy", CONSENT["privacy"], "web_sign_up"),
        ("privacy", NEXT, "web_join"),
        ("terms", CONSENT["terms"], "web_sign_up"),
    ]


async def test_A6_whoever_agreed_to_the_version_before_is_asked_anew_by_the_page(
    app: App, publish_next_version: Callable[[], None]
) -> None:
    lin_xiao, zhou_hang = await app.person("林晓"), app.visitor()
    meeting = await lin_xiao.create_meeting()
    await zhou_hang.join(meeting, "周航")
    await app.advance(1)
    publish_next_version()
    for visitor in (lin_xiao, zhou_hang):
        assert await is_asked_at_the_door(visitor, meeting)
    without = await zhou_hang.try_join(meeting["number"], "周航", passcode=meeting["passcode"], consent=None)
    assert without.json()["data"] == {"steps": ["consent"]}
    await zhou_hang.join(meeting, "周航", consent=NEW)
    assert not await is_asked_at_the_door(zhou_hang, meeting)


async def test_A6_signing_in_asks_for_the_version_in_force(
    app: App, publish_next_version: Callable[[], None]
) -> None:
    await app.person("林晓", PHONE)
    await app.advance(61)
    publish_next_version()
    again = app.visitor()
    assert (await again.http.get("/api/session")).json()["consent"] == NEW
    refused = await again.http.post("/api/auth/code", json={"phone": PHONE, "consent": CONSENT})
    assert (refused.status_code, refused.json()["data"]) == (403, NEW)
    assert (await again.http.post("/api/auth/code", json={"phone": PHONE, "consent": NEW})).status_code == 202


async def test_A6_a_code_asked_for_under_the_old_version_opens_nothing(
    app: App, publish_next_version: Callable[[], None]
) -> None:
    await app.person("林晓", PHONE)
    await app.advance(61)
    again = app.visitor()
    await again.http.post("/api/auth/code", json={"phone": PHONE, "consent": CONSENT})
    publish_next_version()
    body = {"phone": PHONE, "code": app.sms.code_for(PHONE)}
    answer = await again.http.post("/api/auth/login", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "consent_required")
