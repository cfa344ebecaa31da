"""How long a browser is believed, and by what."""

import asyncio
import threading
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import httpx
import pytest
from sqlalchemy import select, update

from mcmeet.app import create_app
from mcmeet.core.config import Accounts, Mode, Server
from mcmeet.core.db import Lane
from mcmeet.core.purge import purge
from mcmeet.features.accounts import FEATURE, account_of, store
from mcmeet.features.accounts.tables import Account, AccountState, LoginSession
from mcmeet.features.accounts.tests.people import (
    LIN_XIAO,
    ZHOU_HANG,
    answer,
    code_for,
    problem,
    register,
    registration_of,
)
from mcmeet.features.accounts.tests.people import account_of as seen_account
from mcmeet.media.fake import FakeEngine
from tests.fixtures.app import ANSWER_WITHIN_S, CONSENT, App, AppStarter, Visitor

pytestmark = pytest.mark.anyio

MINUTE = 60
DAY = 24 * 60 * MINUTE


def cookie_line(response: httpx.Response) -> str:
    [line] = response.headers.get_list("set-cookie")
    return line


async def sessions(app: App) -> list[LoginSession]:
    def rows(session: Any) -> list[LoginSession]:
        found = list(session.scalars(select(LoginSession)))
        session.expunge_all()
        return found

    return await app.core.db.read(rows)


def browser_with(app: App, credential: str) -> Visitor:
    visitor = app.visitor()
    visitor.http.cookies.set("mcmeet", credential)
    return visitor


async def test_somebody_who_is_not_signed_in_learns_what_the_page_needs(app: App) -> None:
    response = await app.visitor().http.get("/api/session", headers={"Accept-Language": "fr, en-GB;q=0.8"})
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "account": None,
        "guest": False,
        "mode": "demo",
        "locale": "en",
        "operator": {
            "name": "",
            "phone": "",
            "email": "",
            "address": "",
        },
        "consent": CONSENT,
        "strict_necessary": False,
        "public_url": None,
    }


async def test_the_page_learns_with_what_links_begin_that_people_are_sent(
    app_starter: AppStarter,
) -> None:
    async with app_starter.run(server=Server(public_url="https://meet.example.com")) as app:
        session = (await app.visitor().http.get("/api/session")).json()
    assert session["public_url"] == "https://meet.example.com"


@pytest.mark.parametrize(
    ("header", "locale"),
    [("", "zh"), ("fr", "zh"), ("zh-CN,en;q=0.5", "zh"), ("en", "en"), (";;,,;q=", "zh")],
)
async def test_the_language_is_the_first_of_ours_that_the_browser_names(
    app: App, header: str, locale: str
) -> None:
    response = await app.visitor().http.get("/api/session", headers={"Accept-Language": header})
    assert response.json()["locale"] == locale


async def test_a_guest_is_told_apart_from_a_stranger(app: App) -> None:
    host = await app.person("林晓")
    guest = app.visitor()
    await guest.join(await host.create_meeting(), "周航")
    body = (await guest.http.get("/api/session")).json()
    assert (body["account"], body["guest"]) == (None, True)


async def test_on_plain_http_the_cookie_has_no_prefix_and_no_script_reads_it(app: App) -> None:
    visitor = app.visitor()
    line = cookie_line(await register(visitor, await registration_of(app, visitor, LIN_XIAO)))
    assert line.startswith("mcmeet=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(line.split("; "))
    assert "Secure" not in line
    assert "Domain" not in line


async def test_over_https_the_cookie_is_bound_to_this_host(app: App) -> None:
    transport = httpx.ASGITransport(create_app(app.core, FakeEngine(app.clock)))
    http = httpx.AsyncClient(transport=transport, base_url="https://localhost", headers={"X-MCMeet": "1"})
    async with http:
        visitor = Visitor(app, http)
        line = cookie_line(await register(visitor, await registration_of(app, visitor, LIN_XIAO)))
        assert line.startswith("__Host-mcmeet=")
        assert {"HttpOnly", "SameSite=lax", "Path=/", "Secure"} <= set(line.split("; "))
        assert "Domain" not in line
        account = await seen_account(visitor)
        assert account is not None
        assert account["name"] == "林晓"
        # A neighbour on plain http can plant a cookie without the prefix only.
        planted = httpx.AsyncClient(transport=transport, base_url="https://localhost")
        planted.cookies.set("mcmeet", line.partition("=")[2].partition(";")[0])
        assert (await planted.get("/api/session")).json()["account"] is None


async def test_a_credential_has_256_bits_and_only_its_hash_is_stored(app: App) -> None:
    visitor = await app.person("林晓")
    credential = visitor.http.cookies["mcmeet"]
    assert len(credential) == 43
    [row] = await sessions(app)
    assert row.credential_hash == app.core.secrets.credential_hash(credential)
    files = [path.read_bytes() for path in app.core.config.data.glob("mcmeet.db*")]
    assert not any(credential.encode() in file for file in files)


@pytest.mark.parametrize("credential", ["", "x", "A" * 43, "A" * 4000])
async def test_an_invented_credential_is_nobody(app: App, credential: str) -> None:
    await app.person("林晓")
    assert await seen_account(browser_with(app, credential)) is None


async def test_signing_in_again_makes_a_new_credential_and_ends_the_old_one(app: App) -> None:
    visitor = await app.person("林晓", LIN_XIAO)
    former = visitor.http.cookies["mcmeet"]
    app.clock.step(MINUTE)
    await answer(visitor, LIN_XIAO, await code_for(app, visitor, LIN_XIAO))
    assert visitor.http.cookies["mcmeet"] != former
    assert await seen_account(visitor) is not None
    assert await seen_account(browser_with(app, former)) is None


async def test_a_credential_that_was_planted_before_signing_in_is_worth_nothing_after(app: App) -> None:
    victim = browser_with(app, "P" * 43)
    await register(victim, await registration_of(app, victim, LIN_XIAO))
    assert await seen_account(browser_with(app, "P" * 43)) is None


async def test_signing_out_ends_the_session_at_the_server_too(app: App) -> None:
    visitor = await app.person("林晓")
    credential = visitor.http.cookies["mcmeet"]
    response = await visitor.http.post("/api/auth/logout")
    assert (response.status_code, response.content) == (204, b"")
    assert "mcmeet" not in visitor.http.cookies
    assert await seen_account(browser_with(app, credential)) is None
    assert await sessions(app) == []


async def test_signing_out_twice_or_without_being_signed_in_is_no_mistake(app: App) -> None:
    visitor = await app.person("林晓")
    for browser in (visitor, visitor, app.visitor(), browser_with(app, "x")):
        assert (await browser.http.post("/api/auth/logout")).status_code == 204


async def test_signing_out_of_one_browser_leaves_the_other_signed_in(app: App) -> None:
    laptop = await app.person("林晓", LIN_XIAO)
    app.clock.step(MINUTE)
    phone = app.visitor()
    await answer(phone, LIN_XIAO, await code_for(app, phone, LIN_XIAO))
    await phone.http.post("/api/auth/logout")
    assert await seen_account(laptop) is not None
    assert await seen_account(phone) is None


async def test_signing_out_in_a_meeting_keeps_the_seat(app: App) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    socket = await host.enter(meeting, "林晓")
    await host.http.post("/api/auth/logout")
    assert (await socket.command("participants.rename", name="林晓（会上）"))["ack"] == 1


async def test_a_session_ends_after_its_days_however_much_it_is_used(app_starter: AppStarter) -> None:
    async with app_starter.run(accounts=Accounts(session_days=3, session_idle_days=2)) as app:
        visitor = await app.person("林晓")
        for _ in range(2):
            app.clock.step(DAY)
            assert await seen_account(visitor) is not None
            await app.settle()
        app.clock.step(DAY)
        assert await seen_account(visitor) is None


async def test_a_session_of_a_clock_that_was_ahead_is_none_and_outlives_a_small_correction(app: App) -> None:
    app.clock.jump(365 * DAY)
    visitor = await app.person("林晓")
    app.clock.jump(-MINUTE)
    assert await seen_account(visitor) is not None
    app.clock.jump(-365 * DAY)
    assert await seen_account(visitor) is None


async def test_a_session_that_is_not_used_ends_earlier(app_starter: AppStarter) -> None:
    async with app_starter.run(accounts=Accounts(session_days=30, session_idle_days=2)) as app:
        visitor = await app.person("林晓")
        app.clock.step(2 * DAY - 1)
        assert await seen_account(visitor) is not None
        await app.settle()
        app.clock.jump(2 * DAY)
        assert await seen_account(visitor) is None
        await purge(app.core)
        assert await sessions(app) == []


async def test_ended_sessions_are_forgotten_when_somebody_signs_in(app: App) -> None:
    await app.person("林晓", LIN_XIAO)
    app.clock.step(30 * DAY)
    await app.person("周航", ZHOU_HANG)
    assert len(await sessions(app)) == 1


async def test_use_is_noted_at_most_once_a_minute(app: App) -> None:
    visitor = await app.person("林晓")
    start = app.clock.now()
    seen = []
    for seconds in (59, 1, 59):
        app.clock.step(seconds)
        await seen_account(visitor)
        await app.settle()
        [row] = await sessions(app)
        seen.append(row.seen_at - start)
    assert seen == [timedelta(0), timedelta(minutes=1), timedelta(minutes=1)]


@pytest.mark.sqlite
async def test_use_is_noted_once_though_requests_come_while_it_is_written(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await app.person("林晓")
    app.clock.step(MINUTE)
    noted = Mock(wraps=store.stamp_session)
    monkeypatch.setattr(store, "stamp_session", noted)
    go_on = threading.Event()
    writing = asyncio.create_task(app.core.db.write(lambda _: go_on.wait(ANSWER_WITHIN_S)))
    try:
        for _ in range(5):
            await seen_account(visitor)
    finally:
        go_on.set()
    await writing
    await app.core.db.write(lambda _: None, lane=Lane.BATCH)  # behind the notes
    assert noted.call_count == 1


async def test_a_closed_account_is_signed_out_everywhere_and_cannot_return(app: App) -> None:
    visitor = await app.person("林晓", LIN_XIAO)
    account = await seen_account(visitor)
    assert account is not None
    await app.core.db.write(
        lambda session: session.execute(update(Account).values(state=AccountState.CLOSED)) and None
    )
    assert await seen_account(visitor) is None
    app.clock.step(MINUTE)
    other = app.visitor()
    response = await answer(other, LIN_XIAO, await code_for(app, other, LIN_XIAO))
    assert response.json()["status"] == "register"


@pytest.mark.parametrize("path", ["code", "login", "register", "logout"])
async def test_a_foreign_page_changes_nothing(app: App, path: str) -> None:
    visitor = await app.person("林晓")
    for headers in ({"X-MCMeet": ""}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        request = visitor.http.build_request("POST", f"/api/auth/{path}", json={}, headers=headers)
        if not headers.get("X-MCMeet", "1"):
            del request.headers["X-MCMeet"]
        assert problem(await visitor.http.send(request)) == (403, "foreign_origin")
    assert await seen_account(visitor) is not None


async def test_other_features_learn_of_an_active_account_what_its_owner_sees(app: App) -> None:
    visitor = await app.person("林晓", LIN_XIAO)
    [row] = await sessions(app)
    profile = await app.core.db.read(lambda session: account_of(session, row.account_id))
    assert profile is not None
    assert (profile.name, profile.phone) == ("林晓", LIN_XIAO)
    account = await seen_account(visitor)
    assert account is not None
    assert account["id"] == str(profile.id)
    nobody = row.id
    assert await app.core.db.read(lambda session: account_of(session, nobody)) is None


def test_both_names_of_the_cookie_are_declared() -> None:
    assert {getattr(store, "name", "") for store in FEATURE.stores} == {"mcmeet", "__Host-mcmeet"}


LOGIN_STEPS = {
    "code": {"phone": LIN_XIAO},
    "login": {"phone": LIN_XIAO, "code": "123456"},
    "register": {"registration": "forged", "name": "林晓"},
}
ELSEWHERE = {"Host": "meet.example.com"}


@pytest.mark.parametrize("step", LOGIN_STEPS)
async def test_production_takes_no_login_over_plain_http_from_another_machine(
    app_starter: AppStarter, step: str
) -> None:
    behind = Server(public_url="http://meet.example.com", proxies="127.0.0.1")
    async with app_starter.run(mode=Mode.PRODUCTION, server=behind) as app:
        visitor, url, body = app.visitor(), f"/api/auth/{step}", LOGIN_STEPS[step]
        refused = await visitor.http.post(url, json=body, headers=ELSEWHERE)
        assert problem(refused) == (403, "https_required")
        behind_tls = await visitor.http.post(
            url, json=body, headers=ELSEWHERE | {"X-Forwarded-Proto": "https"}
        )
        on_loopback = await visitor.http.post(url, json=body)
        assert "https_required" not in (behind_tls.json()["code"], on_loopback.json()["code"])


async def test_a_demo_signs_in_over_the_local_network(app_starter: AppStarter) -> None:
    async with app_starter.run(server=Server(public_url="http://meet.example.com")) as app:
        answered = await app.visitor().http.post(
            "/api/auth/login", json=LOGIN_STEPS["login"], headers=ELSEWHERE
        )
        assert problem(answered) == (401, "code_wrong")
