"""A2: nothing is collected before consent to the versions in force. The gate is the server's."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mcmeet.core.db import Base
from tests.fixtures.app import CONSENT, App, Visitor
from tests.privacy.conftest import NEXT, consents, is_asked_at_the_door

pytestmark = pytest.mark.anyio

PHONE = "+8613800001111"
NOT_CONSENT = [
    pytest.param(None, id="no consent"),
    pytest.param(CONSENT | {"privacy": "0"}, id="an old privacy policy"),
    pytest.param(CONSENT | {"terms": "0"}, id="an old user agreement"),
    pytest.param(CONSENT | {"privacy": NEXT}, id="a privacy policy of the future"),
    pytest.param(CONSENT | {"terms": "2"}, id="a user agreement of the future"),
    pytest.param({"privacy": "", "terms": ""}, id="empty versions"),
]
MALFORMED = [
    pytest.param({"privacy": CONSENT["privacy"]}, id="one text only"),
    pytest.param({"privacy": 1, "terms": 1}, id="numbers"),
    pytest.param({"privacy": True, "terms": True}, id="ticks"),
    pytest.param(True, id="one tick"),
    pytest.param(CONSENT | {"id": "replayed"}, id="a consent id"),
    pytest.param(CONSENT | {"privacy": "1" * 17}, id="an endless version"),
]


async def rows_in_all(app: App) -> dict[str, int]:
    """Number of rows by table, empty ones left out."""

    def read(session: Session) -> dict[str, int]:
        tables = Base.metadata.sorted_tables
        found = {table.name: session.scalar(select(func.count()).select_from(table)) for table in tables}
        return {name: count for name, count in found.items() if count}

    return await app.core.db.read(read)


async def registration_of(app: App, visitor: Visitor) -> str:
    await visitor.http.post("/api/auth/code", json={"phone": PHONE, "consent": CONSENT})
    body = {"phone": PHONE, "code": app.sms.code_for(PHONE)}
    registration: str = (await visitor.http.post("/api/auth/login", json=body)).json()["registration"]
    return registration


async def sign_up(visitor: Visitor, registration: str, consent: Any) -> httpx.Response:
    body = {"registration": registration, "name": "林晓", "email": "lin@example.cn", "consent": consent}
    return await visitor.http.post("/api/auth/register", json=body)


@pytest.mark.parametrize("consent", NOT_CONSENT)
async def test_A2_a_code_is_refused_without_consent_and_nothing_is_stored_or_sent(
    app: App, consent: Any
) -> None:
    lin_xiao = app.visitor()
    answer = await lin_xiao.http.post("/api/auth/code", json={"phone": PHONE, "consent": consent})
    assert (answer.status_code, answer.json()["code"]) == (403, "consent_required")
    assert answer.json()["data"] == CONSENT
    assert app.sms.sent == []
    assert await rows_in_all(app) == {}
    assert not lin_xiao.http.cookies


@pytest.mark.parametrize("consent", NOT_CONSENT)
async def test_A2_sign_up_is_refused_without_consent_and_there_is_no_account(app: App, consent: Any) -> None:
    lin_xiao = app.visitor()
    registration = await registration_of(app, lin_xiao)
    answer = await sign_up(lin_xiao, registration, consent)
    assert (answer.status_code, answer.json()["code"]) == (403, "consent_required")
    rows = await rows_in_all(app)
    assert not {"account", "identity", "login_session", "consent"} & rows.keys()
    assert not lin_xiao.http.cookies
    assert (await sign_up(lin_xiao, registration, CONSENT)).status_code == 201


@pytest.mark.parametrize("consent", NOT_CONSENT)
async def test_A2_a_guest_without_consent_gets_the_question_and_no_seat_or_cookie(
    app: App, consent: Any
) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    before = await rows_in_all(app)
    zhou_hang = app.visitor()
    answer = await zhou_hang.try_join(
        meeting["number"], "周航", passcode=meeting["passcode"], consent=consent
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "admission_steps")
    assert answer.json()["data"] == {"steps": ["consent"]}
    assert await rows_in_all(app) == before
    assert not zhou_hang.http.cookies


@pytest.mark.parametrize("consent", MALFORMED)
async def test_A2_what_is_no_consent_in_its_form_is_refused_everywhere(app: App, consent: Any) -> None:
    lin_xiao = app.visitor()
    code = await lin_xiao.http.post("/api/auth/code", json={"phone": PHONE, "consent": consent})
    join = await lin_xiao.try_join("123456789", "周航", passcode="123456", consent=consent)
    assert [code.status_code, join.status_code] == [422, 422]
    assert await rows_in_all(app) == {}


async def test_A2_consent_to_one_meeting_is_none_to_another(app: App) -> None:
    host = await app.person("林晓")
    first, second = await host.create_meeting(), await host.create_meeting()
    zhou_hang = app.visitor()
    await zhou_hang.join(first, "周航")
    answer = await zhou_hang.try_join(second["number"], "周航", passcode=second["passcode"], consent=None)
    assert answer.json()["data"] == {"steps": ["consent"]}
    assert len([row for row in await consents(app) if row.guest_id]) == 2


async def test_A2_the_door_asks_a_guest_once_for_each_meeting_and_an_account_not_again(app: App) -> None:
    host, zhou_hang = await app.person("林晓"), app.visitor()
    first, second = await host.create_meeting(), await host.create_meeting()
    assert await is_asked_at_the_door(zhou_hang, first)
    await zhou_hang.join(first, "周航")
    assert not await is_asked_at_the_door(zhou_hang, first)
    assert (
        await zhou_hang.try_join(first["number"], "周航", passcode=first["passcode"], consent=None)
    ).status_code == 200
    assert await is_asked_at_the_door(zhou_hang, second)
    assert await is_asked_at_the_door(app.visitor(), first)
    assert not await is_asked_at_the_door(host, second)
