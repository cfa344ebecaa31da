"""A11: every cookie the server really sets is declared, necessary, and out of reach of scripts."""

from __future__ import annotations

from http.cookies import SimpleCookie

import httpx
import pytest

from mcmeet.core.declare import Cookie
from mcmeet.privacy.stores import every_store
from mcmeet.registry import FEATURES
from tests.fixtures.app import App

pytestmark = pytest.mark.anyio

DECLARED = {store.name: store for store in every_store(FEATURES) if isinstance(store, Cookie)}


async def test_A11_a_whole_visit_sets_declared_cookies_only(app: App) -> None:
    seen: SimpleCookie = SimpleCookie()

    async def collect(response: httpx.Response) -> None:
        for header in response.headers.get_list("set-cookie"):
            seen.load(header)

    def watched() -> list[httpx.AsyncClient]:
        for visitor in app.visitors:
            visitor.http.event_hooks["response"] = [collect]
        return [visitor.http for visitor in app.visitors]

    app.visitor()
    zhou_hang = app.visitors[0]
    watched()
    await zhou_hang.http.get("/api/session")
    await zhou_hang.http.get("/api/policies/privacy")
    await zhou_hang.http.get("/")
    assert not seen

    lin_xiao = await app.person("林晓")
    watched()
    meeting = await lin_xiao.create_meeting()
    await zhou_hang.enter(meeting, "周航")
    await lin_xiao.enter(meeting, "林晓")
    await lin_xiao.http.post("/api/auth/logout")

    assert set(seen) <= DECLARED.keys()
    assert {"mcmeet", "mcmeet-guest"} <= set(seen) | set(lin_xiao.http.cookies)
    for name, morsel in seen.items():
        assert DECLARED[name].strictly_necessary
        assert morsel["httponly"]
        assert morsel["samesite"].lower() == "lax"
        assert not morsel["domain"]
