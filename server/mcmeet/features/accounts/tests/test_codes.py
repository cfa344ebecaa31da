"""Codes to the phone: who gets one, and what it opens."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from mcmeet.app import create_app, create_core
from mcmeet.core.errors import TooManyRequests
from mcmeet.core.purge import purge
from mcmeet.features.accounts import service, store
from mcmeet.features.accounts.tables import OneTimeCode
from mcmeet.features.accounts.tests.people import (
    EMMA,
    LIN_XIAO,
    ZHOU_HANG,
    answer,
    ask_code,
    code_for,
    problem,
    wrong,
)
from mcmeet.media.fake import FakeEngine
from mcmeet.privacy.schemas import ConsentGiven
from tests.fixtures.app import ANSWER_WITHIN_S, CONSENT, App, AppStarter

pytestmark = pytest.mark.anyio

MINUTE = 60
DAY = 24 * 60 * MINUTE


async def codes(app: App) -> list[OneTimeCode]:
    def rows(session: Any) -> list[OneTimeCode]:
        found = list(session.scalars(select(OneTimeCode).order_by(OneTimeCode.issued_at)))
        session.expunge_all()
        return found

    return await app.core.db.read(rows)


async def test_a_code_has_six_digits_and_goes_to_the_phone_alone(app: App) -> None:
    visitor = app.visitor()
    response = await ask_code(visitor, LIN_XIAO)
    assert (response.status_code, response.json()) == (202, {"retry_after": MINUTE})
    [(phone, code)] = app.sms.sent
    assert phone == LIN_XIAO
    assert re.fullmatch(r"\d{6}", code)
    assert code not in response.text + str(response.headers)


async def test_a_database_in_the_wrong_hands_holds_neither_number_nor_code(app: App) -> None:
    code = await code_for(app, app.visitor(), LIN_XIAO)
    await app.core.db.write(lambda session: None)
    files = [path.read_bytes() for path in app.core.config.data.glob("mcmeet.db*")]
    assert not any(secret.encode() in file for secret in (code, LIN_XIAO, LIN_XIAO[3:]) for file in files)


@pytest.mark.parametrize(
    "typed", ["１３８００１３８０００", "0086 138-0013-8000", "+86 13800138000", " 138 0013 8000 "]
)
async def test_a_number_is_the_same_however_it_is_typed(app: App, typed: str) -> None:
    visitor = app.visitor()
    code = await code_for(app, visitor, LIN_XIAO)
    assert (await answer(visitor, typed, code)).json()["status"] == "register"


@pytest.mark.parametrize("typed", ["", "12012345678", "12345", "010-62345678", "+86", "林晓"])
async def test_a_number_that_no_message_reaches_is_named_as_such(app: App, typed: str) -> None:
    visitor = app.visitor()
    assert problem(await ask_code(visitor, typed)) == (422, "phone_invalid")
    assert problem(await answer(visitor, typed, "123456")) == (422, "phone_invalid")
    assert app.sms.sent == []


@pytest.mark.parametrize(
    "consent",
    [None, {"privacy": "0", "terms": "1"}, {**CONSENT, "terms": "2"}, {"privacy": "", "terms": ""}],
)
async def test_no_code_is_sent_without_consent_to_the_current_texts(
    app: App, consent: dict[str, str] | None
) -> None:
    body = {"phone": LIN_XIAO, "consent": consent}
    response = await app.visitor().http.post("/api/auth/code", json=body)
    assert problem(response) == (403, "consent_required")
    assert response.json()["data"] == CONSENT
    assert app.sms.sent == []
    assert await codes(app) == []


async def test_a_code_is_good_for_five_minutes(app: App) -> None:
    visitor = app.visitor()
    code = await code_for(app, visitor, LIN_XIAO)
    app.clock.step(5 * MINUTE - 1)
    assert (await answer(visitor, LIN_XIAO, code)).status_code == 200
    code = await code_for(app, visitor, ZHOU_HANG)
    app.clock.step(5 * MINUTE)
    assert problem(await answer(visitor, ZHOU_HANG, code)) == (401, "code_wrong")


async def test_a_code_is_good_once(app: App) -> None:
    visitor = app.visitor()
    code = await code_for(app, visitor, LIN_XIAO)
    assert (await answer(visitor, LIN_XIAO, code)).status_code == 200
    assert problem(await answer(visitor, LIN_XIAO, code)) == (401, "code_wrong")


async def test_the_fifth_try_may_be_right(app: App) -> None:
    visitor = app.visitor()
    code = await code_for(app, visitor, LIN_XIAO)
    for _ in range(4):
        assert problem(await answer(visitor, LIN_XIAO, wrong(code))) == (401, "code_wrong")
    assert (await answer(visitor, LIN_XIAO, code)).status_code == 200
    assert problem(await answer(visitor, LIN_XIAO, code)) == (401, "code_wrong")  # used, and not worn out


async def test_the_sixth_try_fails_even_when_it_is_right(app: App) -> None:
    visitor = app.visitor()
    code = await code_for(app, visitor, LIN_XIAO)
    for _ in range(4):
        assert problem(await answer(visitor, LIN_XIAO, wrong(code))) == (401, "code_wrong")
    assert problem(await answer(visitor, LIN_XIAO, wrong(code))) == (401, "code_worn_out")
    assert problem(await answer(visitor, LIN_XIAO, code)) == (401, "code_worn_out")
    assert [row.code_hash for row in await codes(app)] == [None]


async def test_tries_from_many_browsers_at_once_are_counted_together(app: App) -> None:
    code = await code_for(app, app.visitor(), LIN_XIAO)
    browsers = [app.visitor() for _ in range(8)]
    await asyncio.gather(*(answer(browser, LIN_XIAO, wrong(code)) for browser in browsers))
    assert problem(await answer(browsers[0], LIN_XIAO, code)) == (401, "code_worn_out")


async def test_of_a_code_that_is_worn_out_right_and_wrong_get_one_answer_until_there_is_a_new_one(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = iter([111111, 222222])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(draws))
    visitor = app.visitor()
    code = await code_for(app, visitor, LIN_XIAO)
    for _ in range(5):
        await answer(visitor, LIN_XIAO, wrong(code))
    right_one, wrong_one = [await answer(visitor, LIN_XIAO, each) for each in (code, wrong(code))]
    assert problem(right_one) == (401, "code_worn_out")
    assert _seen(right_one) == _seen(wrong_one)
    app.clock.step(MINUTE)
    newer = await code_for(app, visitor, LIN_XIAO)
    assert problem(await answer(visitor, LIN_XIAO, wrong(newer))) == (401, "code_wrong")
    assert (await answer(visitor, LIN_XIAO, newer)).status_code == 200
    assert problem(await answer(visitor, LIN_XIAO, newer)) == (401, "code_wrong")


async def test_two_devices_racing_one_code_have_one_winner(app: App) -> None:
    code = await code_for(app, app.visitor(), LIN_XIAO)
    answers = await asyncio.gather(*(answer(app.visitor(), LIN_XIAO, code) for _ in range(2)))
    assert sorted(response.status_code for response in answers) == [200, 401]


async def test_a_code_opens_nothing_for_another_number(app: App) -> None:
    visitor = app.visitor()
    code = await code_for(app, visitor, LIN_XIAO)
    await code_for(app, visitor, ZHOU_HANG)
    if app.sms.code_for(ZHOU_HANG) != code:
        assert problem(await answer(visitor, ZHOU_HANG, code)) == (401, "code_wrong")
    assert (await answer(visitor, LIN_XIAO, code)).status_code == 200


async def test_a_newer_code_takes_the_place_of_an_older_one(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = iter([111111, 222222])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(draws))
    visitor = app.visitor()
    older = await code_for(app, visitor, LIN_XIAO)
    app.clock.step(MINUTE)
    newer = await code_for(app, visitor, LIN_XIAO)
    assert problem(await answer(visitor, LIN_XIAO, older)) == (401, "code_wrong")
    assert (await answer(visitor, LIN_XIAO, newer)).status_code == 200


async def test_a_code_may_be_typed_with_full_width_digits_and_blanks(app: App) -> None:
    visitor = app.visitor()
    code = await code_for(app, visitor, LIN_XIAO)
    wide = "".join(chr(ord(digit) - ord("0") + ord("０")) for digit in code)
    assert (await answer(visitor, LIN_XIAO, f" {wide[:3]} {wide[3:]} ")).status_code == 200


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\x00\x00", "9" * 1000])
async def test_what_is_no_code_is_a_wrong_code(app: App, code: str) -> None:
    visitor = app.visitor()
    await code_for(app, visitor, LIN_XIAO)
    assert problem(await answer(visitor, LIN_XIAO, code)) == (401, "code_wrong")


async def test_a_number_gets_one_code_a_minute(app: App) -> None:
    visitor = app.visitor()
    await code_for(app, visitor, LIN_XIAO)
    app.clock.step(20)
    refused = await ask_code(app.visitor(), "0086 13800138000")
    assert problem(refused) == (429, "too_many_requests")
    assert refused.json()["data"] == {"retry_after": 40}
    assert refused.headers["retry-after"] == "40"
    assert len(app.sms.sent) == 1
    app.clock.step(40)
    assert (await ask_code(visitor, LIN_XIAO)).status_code == 202


async def test_many_requests_at_once_send_one_code(app: App) -> None:
    answers = await asyncio.gather(*(ask_code(app.visitor(), LIN_XIAO) for _ in range(6)))
    assert sorted(response.status_code for response in answers) == [202, *[429] * 5]
    assert len(app.sms.sent) == 1


async def test_a_number_gets_ten_codes_a_day(app: App) -> None:
    visitor = app.visitor()
    for _ in range(10):
        await code_for(app, visitor, LIN_XIAO)
        app.clock.step(2 * MINUTE)
    refused = await ask_code(visitor, LIN_XIAO)
    assert problem(refused) == (429, "too_many_requests")
    assert refused.json()["data"] == {"retry_after": DAY - 20 * MINUTE}
    assert (await ask_code(visitor, ZHOU_HANG)).status_code == 202
    app.clock.step(DAY - 20 * MINUTE)
    assert (await ask_code(visitor, LIN_XIAO)).status_code == 202


async def test_one_address_gets_so_many_codes_whatever_the_numbers(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CODES_PER_SOURCE", ("3/minute", "300/day"))
    visitor = app.visitor()
    numbers = [f"+861380013800{last}" for last in range(4)]
    statuses = [(await ask_code(visitor, number)).status_code for number in numbers]
    assert statuses == [202, 202, 202, 429]
    assert len(app.sms.sent) == 3


async def test_everybody_together_gets_so_many_codes(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "CODES_IN_ALL", ("2/minute",))
    statuses = [(await ask_code(app.visitor(), number)).status_code for number in (LIN_XIAO, ZHOU_HANG, EMMA)]
    assert statuses == [202, 202, 429]


async def test_requests_that_send_nothing_use_up_nothing_of_everybodys(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CODES_IN_ALL", ("2/minute", "2/day"))
    statuses = [(await ask_code(app.visitor(), LIN_XIAO)).status_code for _ in range(5)]
    statuses += [each.status_code for each in await together(app, LIN_XIAO)]
    assert statuses == [202, *[429] * 9]
    assert (await ask_code(app.visitor(), ZHOU_HANG)).status_code == 202


async def test_many_at_once_for_a_new_number_use_up_one_of_everybodys(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CODES_IN_ALL", ("7/minute",))
    await together(app, LIN_XIAO)
    for number in range(6):
        assert (await ask_code(app.visitor(), f"+86138001390{number:02}")).status_code == 202
    assert problem(await ask_code(app.visitor(), EMMA)) == (429, "too_many_requests")


async def together(app: App, phone: str) -> list[httpx.Response]:
    return await asyncio.gather(*(ask_code(app.visitor(), phone) for _ in range(5)))


async def test_a_customers_whole_ipv6_network_gets_so_many_codes(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "CODES_PER_SITE", ("2/minute",))
    consent = ConsentGiven(**CONSENT)
    for household, phone in enumerate((LIN_XIAO, ZHOU_HANG)):
        await service.send_code(app.core, f"2001:db8:1:{household}::/64", phone, consent)
    with pytest.raises(TooManyRequests):
        await service.send_code(app.core, "2001:db8:1:7::/64", EMMA, consent)
    await service.send_code(app.core, "2001:db8:2:7::/64", EMMA, consent)


async def test_one_address_guesses_so_often_whatever_the_numbers(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "WRONG_CODES_PER_SOURCE", "2/hour")
    visitor = app.visitor()
    code = await code_for(app, visitor, LIN_XIAO)
    assert problem(await answer(visitor, ZHOU_HANG, "123456")) == (401, "code_wrong")
    assert problem(await answer(visitor, EMMA, "123456")) == (401, "code_wrong")
    assert problem(await answer(visitor, LIN_XIAO, code)) == (429, "too_many_requests")


async def test_a_known_and_an_unknown_number_answer_alike(app: App) -> None:
    await app.person("林晓", LIN_XIAO)
    app.clock.step(MINUTE)
    known, unknown = await ask_code(app.visitor(), LIN_XIAO), await ask_code(app.visitor(), ZHOU_HANG)
    assert _seen(known) == _seen(unknown)
    codes_sent = app.sms.code_for(LIN_XIAO), app.sms.code_for(ZHOU_HANG)
    known = await answer(app.visitor(), LIN_XIAO, wrong(codes_sent[0]))
    unknown = await answer(app.visitor(), ZHOU_HANG, wrong(codes_sent[1]))
    never_asked = await answer(app.visitor(), EMMA, "123456")
    assert _seen(known) == _seen(unknown) == _seen(never_asked)


async def test_a_known_and_an_unknown_number_cost_the_same_statements(
    app: App, statements: Callable[[], list[str]]
) -> None:
    await app.person("林晓", LIN_XIAO)
    app.clock.jump(MINUTE)  # the wall clock alone: nothing runs that waits for time to pass
    statements()
    await ask_code(app.visitor(), LIN_XIAO)
    known = statements()
    await ask_code(app.visitor(), ZHOU_HANG)
    assert statements() == known != []


def _seen(response: httpx.Response) -> tuple[int, Any, list[str]]:
    return response.status_code, response.json(), sorted(response.headers)


async def purged(app: App, expected: tuple[int, int, int, int]) -> None:
    """Without any request: good codes, requests for one, registrations and sessions become `expected`."""
    statement = text(
        "SELECT (SELECT count(code_hash) FROM one_time_code), (SELECT count(*) FROM one_time_code),"
        " (SELECT count(*) FROM registration), (SELECT count(*) FROM login_session)"
    )
    for _ in range(600):
        found = await app.core.db.read(lambda tx: tuple(tx.execute(statement).one()))
        if found == expected:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{found} are kept")


async def test_what_opens_nothing_any_more_is_forgotten_though_nobody_comes_along(app: App) -> None:
    await app.person("Emma")
    visitor = app.visitor()
    await answer(visitor, LIN_XIAO, await code_for(app, visitor, LIN_XIAO))
    await code_for(app, visitor, ZHOU_HANG)
    await purged(app, (1, 3, 1, 1))
    app.clock.step(6 * MINUTE)
    await purged(app, (0, 3, 1, 1))
    app.clock.step(5 * MINUTE)
    await purged(app, (0, 3, 0, 1))
    app.clock.step(DAY)
    await purged(app, (0, 0, 0, 1))
    app.clock.step(30 * DAY)
    await purged(app, (0, 0, 0, 0))


async def test_a_clock_that_was_ahead_and_is_set_back_keeps_nobody_from_a_code(app: App) -> None:
    visitor = app.visitor()
    app.clock.jump(365 * DAY)
    ahead = await code_for(app, visitor, LIN_XIAO)
    app.clock.jump(-365 * DAY)
    assert problem(await answer(visitor, LIN_XIAO, ahead)) == (401, "code_wrong")
    code = await code_for(app, visitor, LIN_XIAO)
    assert (await answer(visitor, LIN_XIAO, code)).status_code == 200


async def test_a_code_that_was_sent_before_a_small_correction_of_the_clock_is_good_after_it(app: App) -> None:
    visitor = app.visitor()
    code = await code_for(app, visitor, LIN_XIAO)
    app.clock.jump(-2)
    await purge(app.core)
    assert (await answer(visitor, LIN_XIAO, code)).status_code == 200


async def test_what_a_clock_that_was_ahead_has_noted_is_forgotten(app: App) -> None:
    visitor = app.visitor()
    app.clock.jump(365 * DAY)
    await answer(visitor, LIN_XIAO, await code_for(app, visitor, LIN_XIAO))
    await code_for(app, visitor, ZHOU_HANG)
    app.clock.jump(-365 * DAY)
    await purge(app.core)
    await purged(app, (0, 0, 0, 0))


async def test_what_a_stopped_server_left_is_forgotten_before_it_serves_again(
    app_starter: AppStarter,
) -> None:
    async with app_starter.run() as app:
        visitor = app.visitor()
        await answer(visitor, LIN_XIAO, await code_for(app, visitor, LIN_XIAO))
        await code_for(app, visitor, ZHOU_HANG)
        long_ago = text("UPDATE one_time_code SET issued_at = '2020-01-01', expires_at = '2020-01-01'")
        await app.core.db.write(lambda tx: tx.execute(long_ago))
        await app.core.db.write(
            lambda tx: tx.execute(text("UPDATE registration SET expires_at = '2020-01-01'"))
        )
    core = create_core(app.core.config, app.core.secrets, clock=app.clock)
    server = create_app(core, FakeEngine(app.clock))
    async with server.router.lifespan_context(server):
        counts = text("SELECT (SELECT count(*) FROM one_time_code) + (SELECT count(*) FROM registration)")
        assert await core.db.read(lambda tx: tx.execute(counts).scalar_one()) == 0


async def test_a_long_backlog_is_forgotten_in_short_transactions(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await app.person("Emma")
    visitor = app.visitor()
    for number in range(3):
        phone = f"+86138001381{number:02}"
        await answer(visitor, phone, await code_for(app, visitor, phone))
    for number in range(5):
        await code_for(app, visitor, f"+86138001382{number:02}")
    await purged(app, (5, 9, 3, 1))
    forget, forgotten, transactions = store.forget_old, list[int](), list[Any]()

    def noted(session: Any, *times: Any) -> int:
        transactions.append(session)
        forgotten.append(forget(session, *times))
        return forgotten[-1]

    monkeypatch.setattr(store, "FORGOTTEN_AT_ONCE", 2)
    monkeypatch.setattr(store, "forget_old", noted)
    app.clock.jump(6 * MINUTE)
    await service.purge(app.core)
    assert (forgotten, len(set(map(id, transactions)))) == ([2, 2, 1, 0], 4)
    await purged(app, (0, 9, 3, 1))
    app.clock.jump(31 * DAY)
    await service.purge(app.core)
    assert forgotten[4:] == [2 + 2 + 1, 2 + 1, 2, 2, 1, 0]
    await purged(app, (0, 0, 0, 0))


async def test_a_purge_that_fails_is_tried_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    await code_for(app, app.visitor(), LIN_XIAO)
    failed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def fails(*_: object) -> None:
        loop.call_soon_threadsafe(failed.set)
        raise ZeroDivisionError

    monkeypatch.setattr(store, "forget_old", fails)
    app.clock.step(6 * MINUTE)
    await asyncio.wait_for(failed.wait(), ANSWER_WITHIN_S)
    monkeypatch.undo()
    app.clock.step(MINUTE)
    await purged(app, (0, 1, 0, 0))


async def test_wrong_codes_sent_at_once_do_not_pass_the_limit_together(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "WRONG_CODES_PER_SOURCE", "3/hour")
    visitor = app.visitor()
    tries = await asyncio.gather(*(answer(visitor, f"+86138001380{n:02}", "000000") for n in range(8)))
    assert sorted(each.status_code for each in tries) == [401] * 3 + [429] * 5


async def test_a_right_code_uses_up_no_try_of_its_source(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "WRONG_CODES_PER_SOURCE", "1/hour")
    for number in range(3):
        visitor, phone = app.visitor(), f"+86138001381{number:02}"
        assert (await answer(visitor, phone, await code_for(app, visitor, phone))).status_code == 200
