"""Behind a reverse proxy: whose word about a client's address and scheme is believed."""

from typing import Any

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from mcmeet.core.config import Server
from tests.fixtures.app import CONSENT, App, AppStarter, Visitor

pytestmark = pytest.mark.anyio

CODES_A_MINUTE = 30  # from one source
PROXY = {"proxies": "127.0.0.1,::1"}


async def ask_for_codes(visitor: Visitor, sources: list[str]) -> list[int]:
    """A code for another number each time; the statuses."""
    answers = [
        await visitor.http.post(
            "/api/auth/code",
            json={"phone": f"+86139{index:08d}", "consent": CONSENT},
            headers={"X-Forwarded-For": source},
        )
        for index, source in enumerate(sources)
    ]
    return [answer.status_code for answer in answers]


async def test_without_a_proxy_nobody_invents_where_they_come_from(app: App) -> None:
    invented = [f"203.0.113.{number}" for number in range(CODES_A_MINUTE + 1)]
    assert await ask_for_codes(app.visitor(), invented) == [202] * CODES_A_MINUTE + [429]


async def test_behind_a_proxy_each_client_has_limits_of_its_own(app_starter: AppStarter) -> None:
    async with app_starter.run(server=PROXY) as app:
        one = ["203.0.113.1"] * (CODES_A_MINUTE + 1)
        assert await ask_for_codes(app.visitor(), [*one, "203.0.113.2"]) == [
            *[202] * CODES_A_MINUTE,
            429,
            202,
        ]


async def test_an_address_that_is_no_configured_proxy_is_a_client(app_starter: AppStarter) -> None:
    async with app_starter.run(server={"proxies": "192.0.2.0/24"}) as app:
        invented = [f"203.0.113.{number}" for number in range(CODES_A_MINUTE + 1)]
        assert (await ask_for_codes(app.visitor(), invented))[-1] == 429


@pytest.mark.parametrize(("proxies", "scheme"), [("", "ws"), ("127.0.0.1", "wss")])
async def test_the_scheme_is_the_proxys_to_say(app_starter: AppStarter, proxies: str, scheme: str) -> None:
    async with app_starter.run(server={"proxies": proxies}) as app:
        meeting = await (await app.person("林晓")).create_meeting()
        visitor = app.visitor()
        visitor.http.headers["X-Forwarded-Proto"] = "https"
        joined = await visitor.join(meeting, "周航")
        assert joined["socket"].partition(":")[0] == scheme


@pytest.mark.parametrize(
    ("proxy", "seen"),
    [("::ffff:127.0.0.1", "203.0.113.1"), ("::ffff:10.1.2.3", "203.0.113.1"), ("::ffff:192.0.2.1",) * 2],
)
async def test_a_proxy_on_ipv4_is_known_where_both_families_are_served(proxy: str, seen: str) -> None:
    clients: list[str] = []

    async def inside(scope: Any, _receive: Any, _send: Any) -> None:
        clients.append(scope["client"][0])

    server = Server(proxies="127.0.0.1, 10.0.0.0/8")
    behind: Any = ProxyHeadersMiddleware(inside, trusted_hosts=server.believed_proxies)
    headers = [(b"x-forwarded-for", b"203.0.113.1")]
    await behind({"type": "http", "scheme": "http", "client": (proxy, 1), "headers": headers}, None, None)
    assert clients == [seen]
