"""From a proven number to an account."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import func, select

from mcmeet.core.config import Accounts
from mcmeet.core.purge import purge
from mcmeet.features.accounts.tables import Account, Identity, Registration
from mcmeet.features.accounts.tests.people import (
    LIN_XIAO,
    ZHOU_HANG,
    account_of,
    answer,
    code_for,
    problem,
    register,
    registration_of,
)
from mcmeet.privacy.tables import Consent
from tests.fixtures.app import CONSENT, App, AppStarter

pytestmark = pytest.mark.anyio

MINUTE = 60


async def count(app: App, table: type) -> int:
    def rows(session: Any) -> int:
        found: int = session.scalar(select(func.count()).select_from(table))
        return found

    return await app.core.db.read(rows)


async def test_a_new_number_registers_with_name_and_address_and_is_signed_in(app: App) -> None:
    visitor = app.visitor()
    response = await register(visitor, await registration_of(app, visitor, LIN_XIAO))
    assert response.status_code == 201
    account = response.json()["account"]
    assert account | {"id": ""} == {
        "id": "",
        "name": "林晓",
        "phone_masked": "138****8000",
        "email": "linxiao@example.com",
    }
    assert LIN_XIAO[3:] not in response.text
    assert await account_of(visitor) == account


async def test_the_same_number_again_signs_in_to_the_same_account(app: App) -> None:
    first = await account_of(await app.person("林晓", LIN_XIAO))
    app.clock.step(MINUTE)
    visitor = app.visitor()
    response = await answer(visitor, "138 0013 8000", await code_for(app, visitor, LIN_XIAO))
    assert response.json() == {"status": "signed_in", "account": first}
    assert await account_of(visitor) == first
    assert await count(app, Account) == 1


@pytest.mark.sqlite  # test_races says what several writers make of it
async def test_two_registrations_of_one_number_make_one_account(app: App) -> None:
    phone, laptop = app.visitor(), app.visitor()
    first = await registration_of(app, phone, LIN_XIAO)
    app.clock.step(MINUTE)
    second = await registration_of(app, laptop, LIN_XIAO)
    answers = await asyncio.gather(register(phone, first), register(laptop, second, name="林小"))
    assert [response.status_code for response in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert await count(app, Account) == 1


async def test_a_registration_is_good_for_ten_minutes(app: App) -> None:
    visitor = app.visitor()
    registration = await registration_of(app, visitor, LIN_XIAO)
    app.clock.step(10 * MINUTE)
    assert problem(await register(visitor, registration)) == (401, "registration_expired")
    assert await count(app, Account) == 0
    await registration_of(app, visitor, ZHOU_HANG)
    await purge(app.core)
    assert await count(app, Registration) == 1


async def test_a_registration_outlives_a_small_correction_of_the_clock(app: App) -> None:
    visitor = app.visitor()
    registration = await registration_of(app, visitor, LIN_XIAO)
    app.clock.jump(-MINUTE)
    await purge(app.core)
    assert (await register(visitor, registration)).status_code == 201


async def test_a_registration_of_a_clock_that_was_ahead_is_good_no_longer_than_another(app: App) -> None:
    visitor = app.visitor()
    app.clock.jump(60 * MINUTE)
    registration = await registration_of(app, visitor, LIN_XIAO)
    app.clock.jump(-60 * MINUTE)
    assert problem(await register(visitor, registration)) == (401, "registration_expired")


async def test_a_registration_is_good_once_even_when_two_race_for_it(app: App) -> None:
    registration = await registration_of(app, app.visitor(), LIN_XIAO)
    answers = await asyncio.gather(*(register(app.visitor(), registration) for _ in range(2)))
    assert sorted(response.status_code for response in answers) == [201, 401]
    assert problem(await register(app.visitor(), registration)) == (401, "registration_expired")


@pytest.mark.parametrize("registration", ["", "x", "林晓", "A" * 43])
async def test_an_invented_registration_is_an_expired_one(app: App, registration: str) -> None:
    assert problem(await register(app.visitor(), registration)) == (401, "registration_expired")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("\u200b", "empty"),
        ("林" * 65, "too_long"),
        ("林\n晓", "characters"),
        ("林晓\u202e", "characters"),
        ("林\x00晓", "characters"),
    ],
)
async def test_a_bad_name_is_refused_and_the_registration_stays_good(
    app: App, name: str, reason: str
) -> None:
    visitor = app.visitor()
    registration = await registration_of(app, visitor, LIN_XIAO)
    refused = await register(visitor, registration, name=name)
    assert problem(refused) == (422, "name_invalid")
    assert refused.json()["data"] == {"reason": reason}
    assert (await register(visitor, registration)).status_code == 201


async def test_half_a_character_in_a_name_is_refused_like_any_other_bad_one(app: App) -> None:
    visitor = app.visitor()
    registration = await registration_of(app, visitor, LIN_XIAO)
    body = (
        f'{{"registration": "{registration}", "name": "\\ud800", "email": "a@example.com", '
        f'"consent": {json.dumps(CONSENT)}}}'
    )
    headers = {"content-type": "application/json"}
    refused = await visitor.http.post("/api/auth/register", content=body, headers=headers)
    assert refused.status_code == 422
    assert (await register(visitor, registration)).status_code == 201


async def test_markup_in_a_name_is_text_and_comes_back_as_it_was(app: App) -> None:
    visitor = app.visitor()
    name = "<img src=x onerror=alert(1)>"
    response = await register(visitor, await registration_of(app, visitor, LIN_XIAO), name=name)
    assert response.json()["account"]["name"] == name


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        (None, "missing"),
        ("", "missing"),
        ("  ", "missing"),
        ("linxiao", "form"),
        ("linxiao@example.com\r\nBcc: everybody@example.com", "form"),
        ("a" * 243 + "@example.com", "too_long"),
    ],
)
async def test_a_bad_address_is_refused_and_the_registration_stays_good(
    app: App, email: str | None, reason: str
) -> None:
    visitor = app.visitor()
    registration = await registration_of(app, visitor, LIN_XIAO)
    refused = await register(visitor, registration, email=email)
    assert problem(refused) == (422, "email_invalid")
    assert refused.json()["data"] == {"reason": reason}
    assert (await register(visitor, registration)).status_code == 201


async def test_an_internationalised_address_is_kept_as_typed(app: App) -> None:
    visitor = app.visitor()
    registration = await registration_of(app, visitor, LIN_XIAO)
    response = await register(visitor, registration, email="linxiao@例子.中国")
    assert response.json()["account"]["email"] == "linxiao@例子.中国"


async def test_an_address_that_nobody_proved_is_not_taken_by_who_typed_it_first(app: App) -> None:
    for visitor, phone in ((app.visitor(), ZHOU_HANG), (app.visitor(), LIN_XIAO)):
        registration = await registration_of(app, visitor, phone)
        assert (await register(visitor, registration)).status_code == 201
    assert await count(app, Account) == 2


async def test_where_only_the_necessary_is_asked_the_address_may_be_left_out(
    app_starter: AppStarter,
) -> None:
    async with app_starter.run(accounts=Accounts(strict_necessary=True)) as app:
        for phone, email in ((LIN_XIAO, None), (ZHOU_HANG, "")):
            visitor = app.visitor()
            registration = await registration_of(app, visitor, phone)
            response = await register(visitor, registration, email=email)
            assert response.json()["account"]["email"] is None
        assert (await app.visitor().http.get("/api/session")).json()["strict_necessary"] is True
        refused = await register(app.visitor(), "x", email="linxiao")
        assert problem(refused) == (422, "email_invalid")


@pytest.mark.parametrize("consent", [None, {"privacy": "0", "terms": "1"}])
async def test_nobody_registers_without_consent_to_the_current_texts(
    app: App, consent: dict[str, str] | None
) -> None:
    visitor = app.visitor()
    registration = await registration_of(app, visitor, LIN_XIAO)
    assert problem(await register(visitor, registration, consent=consent)) == (403, "consent_required")
    assert await count(app, Account) == await count(app, Consent) == 0
    assert (await register(visitor, registration)).status_code == 201


async def test_consent_is_in_the_ledger_once_with_text_surface_and_language(app: App) -> None:
    visitor = app.visitor()
    consent = {**CONSENT, "lang": "en"}
    registration = await registration_of(app, visitor, LIN_XIAO)
    account = (await register(visitor, registration, consent=consent)).json()["account"]
    app.clock.step(MINUTE)
    await answer(visitor, LIN_XIAO, await code_for(app, visitor, LIN_XIAO))

    def rows(session: Any) -> list[tuple[str, ...]]:
        found = session.execute(
            select(Consent.account_id, Consent.kind, Consent.version, Consent.surface, Consent.lang)
        )
        return sorted((str(row[0]), *row[1:]) for row in found)

    assert await app.core.db.read(rows) == [
        (account["id"], "privacy", CONSENT["privacy"], "web_sign_up", "en"),
        (account["id"], "terms", CONSENT["terms"], "web_sign_up", "en"),
    ]
    assert (await visitor.http.get("/api/session")).json()["locale"] == "en"


async def test_a_field_that_nobody_asked_for_is_refused(app: App) -> None:
    visitor = app.visitor()
    registration = await registration_of(app, visitor, LIN_XIAO)
    refused = await register(visitor, registration, state="closed")
    assert problem(refused) == (422, "invalid_input")
    assert refused.json()["data"]["fields"].keys() == {"state"}


async def test_the_number_is_found_by_its_keyed_hash_alone(app: App) -> None:
    await app.person("林晓", LIN_XIAO)

    def lookups(session: Any) -> list[bytes]:
        return list(session.scalars(select(Identity.lookup)))

    found = await app.core.db.read(lookups)
    assert all(len(lookup) == 32 for lookup in found)
    assert len(set(found)) == 2
