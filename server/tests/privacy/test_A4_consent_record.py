"""A4: the ledger says who agreed to which words, where and when; the words can be shown again."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from mcmeet.privacy import policies
from mcmeet.privacy.policies import Kind, Lang, Policy
from mcmeet.privacy.tables import Consent, PolicyText
from tests.fixtures.app import CONSENT, App
from tests.privacy.conftest import consents

pytestmark = pytest.mark.anyio

PHONE = "+8613800002222"


def hash_in_force(app: App, row: Consent) -> str:
    return policies.text_hash(policies.current(Kind(row.kind), Lang(row.lang), app.core.config.operator))


async def test_A4_signing_up_leaves_one_row_for_each_text(app: App) -> None:
    lin_xiao = await app.person("林晓")
    account = (await lin_xiao.http.get("/api/session")).json()["account"]["id"]
    rows = await consents(app)
    assert [row.kind for row in rows] == ["privacy", "terms"]
    for row in rows:
        assert (str(row.account_id), row.guest_id, row.run_id) == (account, None, None)
        assert (row.version, row.surface, row.state, row.lang) == (
            CONSENT[row.kind],
            "web_sign_up",
            "given",
            "zh",
        )
        assert row.at == app.clock.now()
        assert row.text_hash == hash_in_force(app, row)


async def test_A4_a_guest_is_bound_to_the_meeting(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    await app.visitor().join(meeting, "Emma", consent={**CONSENT, "lang": "en"})
    rows = [row for row in await consents(app) if row.guest_id]
    assert [row.kind for row in rows] == ["privacy", "terms"]
    assert len({(row.guest_id, row.run_id) for row in rows}) == 1
    for row in rows:
        assert row.account_id is None
        assert row.run_id is not None
        assert (row.surface, row.lang, row.text_hash) == ("web_join", "en", hash_in_force(app, row))


async def test_A4_the_text_is_kept_word_for_word_and_matches_its_hash(app: App) -> None:
    await app.person("林晓")

    def read(session: Session) -> list[tuple[str, str]]:
        rows = select(PolicyText.hash, PolicyText.body).join(Consent, Consent.text_hash == PolicyText.hash)
        return [(hash_, body) for hash_, body in session.execute(rows)]

    kept = await app.core.db.read(read)
    assert len(kept) == 2
    for hash_, body in kept:
        assert policies.text_hash(Policy.model_validate_json(body)) == hash_
        assert app.core.config.operator.name in body


async def test_A4_the_page_shows_the_very_text_that_is_in_the_ledger(app: App) -> None:
    lin_xiao = await app.person("林晓")
    for row in await consents(app):
        shown = await lin_xiao.http.get(f"/api/policies/{row.kind}", params={"lang": row.lang})
        assert shown.json()["hash"] == row.text_hash


async def test_A4_signing_in_again_adds_nothing_to_what_was_agreed_to(app: App) -> None:
    await app.person("林晓", PHONE)
    before = await consents(app)
    await app.advance(61)
    again = app.visitor()
    await again.http.post("/api/auth/code", json={"phone": PHONE, "consent": CONSENT})
    answer = await again.http.post("/api/auth/login", json={"phone": PHONE, "code": app.sms.code_for(PHONE)})
    assert answer.json()["status"] == "signed_in"
    assert [row.id for row in await consents(app)] == [row.id for row in before]


async def test_A4_the_database_refuses_to_change_a_row(app: App) -> None:
    await app.person("林晓")
    with pytest.raises(DBAPIError, match="append-only"):
        await app.core.db.write(lambda session: session.execute(text("UPDATE consent SET version = '0'")))
    assert {row.version for row in await consents(app)} == set(CONSENT.values())
