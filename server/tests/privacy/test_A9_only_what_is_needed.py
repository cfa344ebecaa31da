"""A9: a guest gives a name only (clauses 1.1, 1.11); an account needs no more than clause 1.2 says."""

from __future__ import annotations

import pytest

from tests.fixtures.app import CONSENT, App, AppStarter

pytestmark = pytest.mark.anyio

PHONE = "+8613800004444"


async def test_A9_zhou_hang_joins_with_a_name_only(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    zhou_hang = app.visitor()
    await zhou_hang.enter(meeting, "周航")
    session = (await zhou_hang.http.get("/api/session")).json()
    assert (session["account"], session["guest"]) == (None, True)


async def test_A9_where_only_the_necessary_is_asked_a_phone_and_a_name_make_an_account(
    app_starter: AppStarter,
) -> None:
    async with app_starter.run(accounts={"strict_necessary": True}) as app:
        lin_xiao = app.visitor()
        await lin_xiao.http.post("/api/auth/code", json={"phone": PHONE, "consent": CONSENT})
        body = {"phone": PHONE, "code": app.sms.code_for(PHONE)}
        registration = (await lin_xiao.http.post("/api/auth/login", json=body)).json()["registration"]
        details = {"registration": registration, "name": "林晓", "consent": CONSENT}
        answer = await lin_xiao.http.post("/api/auth/register", json=details)
    assert answer.status_code == 201
    assert answer.json()["account"]["email"] is None
