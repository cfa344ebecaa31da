"""Every route × every kind of actor. A route that is not listed here is red, and so is a row too many.

The list comes from the application as it is served, its raw routes and sockets included.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast
from unittest.mock import AsyncMock

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from mcmeet.app import create_app, create_core
from mcmeet.core.clock import SystemClock
from mcmeet.core.config import Config
from mcmeet.core.declare import Purpose
from mcmeet.core.http import BODY_MOST_BYTES, METHODS
from mcmeet.core.secrets import Secrets
from mcmeet.live.protocol import SUBPROTOCOL
from mcmeet.media.embedded.engine import EmbeddedEngine
from mcmeet.media.embedded.signalling import routes
from mcmeet.media.fake import FakeEngine
from mcmeet.openapi import document
from mcmeet.registry import FEATURES
from tests.contract.fake_sfu import FakeSfu
from tests.contract.harness import KEY
from tests.fixtures.app import CONSENT, App, AppStarter

pytestmark = pytest.mark.anyio

ROLES = ("nobody", "guest", "person", "person_elsewhere", "participant", "co_host", "host", "seat_elsewhere")
# One status for each of ROLES, in their order.
EXPECTED: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/api/session"): (200,) * 4 + (403,) * 4,
    ("GET", "/api/policies/{kind}"): (200,) * 8,
    ("POST", "/api/auth/code"): (202,) * 4 + (403,) * 4,
    ("POST", "/api/auth/login"): (401,) * 4 + (403,) * 4,  # a wrong code; a seat's credential is no login
    ("POST", "/api/auth/register"): (401,) * 4 + (403,) * 4,  # a forged registration
    ("POST", "/api/auth/logout"): (204,) * 4 + (403,) * 4,
    ("POST", "/api/meetings"): (401, 401, 201, 201, 403, 403, 403, 403),
    ("GET", "/api/meetings/previous"): (401, 401, 200, 200, 403, 403, 403, 403),
    ("POST", "/api/meetings/{number}/preview"): (200,) * 8,
    ("POST", "/api/meetings/{number}/join"): (200,) * 8,
    ("POST", "/api/meetings/{number}/end"): (401, 401, 204, 404, 403, 403, 204, 404),
}
SOCKET = "WEBSOCKET"
ANY = "*"
# Routes beside the features' own: they act for nobody, so they declare no action. What opens the sockets
# comes later (a hello) or is not a login (a media token).
RAW: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/healthz"): (200,) * 8,
    (SOCKET, "/api/live"): (101,) * 8,
    (SOCKET, "/rtc"): (503,) * 8,  # the engine behind it does not run; test_rtc_join has one that does
    ("GET", "/rtc/validate"): (503,) * 8,
    (SOCKET, "/rtc/v1"): (404,) * 8,
    ("GET", "/rtc/v1"): (404,) * 8,
    ("GET", "/rtc/v1/{rest:path}"): (404,) * 8,
    (ANY, "/api/{path:path}"): (404,) * 8,
    ("GET", "/{path:path}"): (404,) * 8,
}
BODIES: dict[str, dict[str, Any]] = {
    "/api/auth/code": {"consent": CONSENT},
    "/api/auth/login": {"phone": "+8613900000000", "code": "000000"},
    "/api/auth/register": {
        "registration": "forged",
        "name": "林晓",
        "email": "lin@example.com",
        "consent": CONSENT,
    },
    "/api/meetings": {"topic": "周会"},
    "/api/meetings/{number}/join": {"name": "周航", "consent": CONSENT, "takeover": "new"},
}
Entry = tuple[str, str]
"""Method (or SOCKET) and path."""


@cache
def media_routes() -> list[BaseRoute]:
    """Of an engine that was never started."""
    return routes(EmbeddedEngine(cast(Any, FakeSfu()), KEY))


def leaves(found: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    for route in found:
        included = getattr(route, "original_router", None)
        yield from leaves(included.routes) if isinstance(included, APIRouter) else (route,)


def entries(found: Iterable[BaseRoute]) -> set[Entry]:
    """HEAD is GET without its body. A kind of route that this does not know cannot be in the matrix: red."""
    served: set[Entry] = set()
    for route in leaves(found):
        if isinstance(route, WebSocketRoute):
            served.add((SOCKET, route.path))
        else:
            assert isinstance(route, Route | APIRoute), route
            served |= {(method, route.path) for method in route.methods or {ANY} if method != "HEAD"}
    return served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[list[BaseRoute]]:
    """The routes of the whole application, as `mcmeet serve` wires it."""
    core = create_core(Config(data=tmp_path), Secrets(b"k" * 32))
    yield create_app(core, FakeEngine(SystemClock()), media_routes()).routes
    core.db.close()


def test_every_route_of_the_application_is_in_the_matrix(served: list[BaseRoute]) -> None:
    assert entries(served) == EXPECTED.keys() | RAW.keys()


@pytest.mark.parametrize(
    "added",
    [
        Route("/metrics", lambda _: PlainTextResponse()),
        Route("/healthz", lambda _: PlainTextResponse(), methods=["POST"]),
        WebSocketRoute("/api/chat", lambda _: None),
        Mount("/admin", routes=[]),
    ],
)
def test_a_route_that_nobody_put_into_the_matrix_is_noticed(
    served: list[BaseRoute], added: BaseRoute
) -> None:
    with pytest.raises(AssertionError):
        test_every_route_of_the_application_is_in_the_matrix([*served, added])


async def test_reading_writes_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9110 §9.2.1: what a foreign page may have a browser fetch changes nothing."""
    lin = await app.person("林晓")
    written = AsyncMock()
    monkeypatch.setattr(app.core.db, "write", written)
    for method, path in EXPECTED:
        if method == "GET":
            assert (await lin.http.get(path.format(kind="privacy"))).status_code == 200, path
    written.assert_not_awaited()


def test_every_route_of_a_feature_declares_action_and_purpose() -> None:
    owned = {action.name: action for feature in FEATURES for action in feature.actions}
    for route in leaves(route for feature in FEATURES if feature.router for route in feature.router.routes):
        assert isinstance(route, APIRoute), route
        declared = route.openapi_extra or {}
        assert declared["x-action"] in owned, route.path
        assert Purpose(declared["x-purpose"]) is owned[declared["x-action"]].purpose


def test_the_openapi_document_describes_each_failure_as_a_problem() -> None:
    spec = document()
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            failures = {status for status in operation["responses"] if not status.startswith("2")}
            assert failures == {"default"}, (method, path)
            assert operation["responses"]["default"]["content"] == problem, (method, path)
    assert "HTTPValidationError" not in spec["components"]["schemas"]


@pytest.fixture
async def app(app_starter: AppStarter) -> AsyncIterator[App]:
    async with app_starter.run(media_routes=media_routes()) as app:
        yield app


async def headers_of(app: App, role: str) -> tuple[httpx.AsyncClient, dict[str, str], dict[str, Any]]:
    """A client that acts as `role` towards the meeting that is returned."""
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    seat = await host.enter(meeting, "林晓")
    match role:
        case "nobody":
            return app.visitor().http, {}, meeting
        case "guest":
            guest = app.visitor()
            await guest.enter(meeting, "周航")
            return guest.http, {}, meeting
        case "person":
            return host.http, {}, meeting
        case "person_elsewhere":
            return (await app.person("Emma")).http, {}, meeting
        case "host":
            credential = seat.welcome["resume"]
        case "participant" | "co_host":
            other = await app.visitor().enter(meeting, "周航")
            if role == "co_host":
                await seat.command("participants.set_role", seat=other.seat, role="co_host")
            credential = other.welcome["resume"]
        case _:
            emma = await app.person("Emma")
            credential = (await emma.enter(await emma.create_meeting(), "Emma")).welcome["resume"]
    return app.visitor().http, {"Authorization": f"Bearer {credential}"}, meeting


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), EXPECTED)
async def test_a_route_answers_each_role_as_it_should(app: App, method: str, path: str, role: str) -> None:
    http, headers, meeting = await headers_of(app, role)
    body = dict(BODIES.get(path, {}))
    if path == "/api/auth/code":
        body["phone"] = "+8613900000000"
    if "{number}" in path:
        body["passcode"] = meeting["passcode"]
    url = path.format(kind="privacy", number=meeting["number"])
    response = await http.request(method, url, headers=headers, json=body if method == "POST" else None)
    assert response.status_code == EXPECTED[method, path][ROLES.index(role)], response.text
    is_published_text = path == "/api/policies/{kind}"
    assert response.headers["cache-control"] == ("no-cache" if is_published_text else "no-store")
    if response.status_code >= 400:
        problem = response.json()
        assert response.headers["content-type"] == "application/problem+json"
        assert set(problem) == {"type", "title", "status", "code", "message", "data"}


async def status_of_socket(app: App, path: str, http: httpx.AsyncClient, headers: dict[str, str]) -> int:
    cookie = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
    sent = headers | ({"Cookie": cookie} if cookie else {})
    url = app.url.replace("http", "ws", 1) + path
    options: dict[str, Any] = {"subprotocols": [SUBPROTOCOL], "origin": app.url, "compression": None}
    try:
        async with connect(url, additional_headers=sent, **options):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.parametrize("role", ROLES)
async def test_a_raw_route_answers_each_role_as_it_should(app: App, role: str) -> None:
    http, headers, _ = await headers_of(app, role)
    for (method, template), expected in RAW.items():
        path = template.replace("{rest:path}", "validate").replace("{path:path}", "none.txt")
        if method == SOCKET:
            status = await status_of_socket(app, path, http, headers)
        else:
            sent = "DELETE" if method == ANY else method
            status = (await http.request(sent, path, headers=headers)).status_code
        assert status == expected[ROLES.index(role)], (method, path)


@pytest.mark.parametrize(("method", "path"), [key for key in EXPECTED if key[0] == "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        {"X-MCMeet": "1", "Origin": "https://evil.example"},
        {"X-MCMeet": "1", "Sec-Fetch-Site": "cross-site"},
        {"X-MCMeet": "1", "Host": "evil.example"},
        {"X-MCMeet": "1", "Origin": "http://["},
        {"X-MCMeet": "1", "Host": "["},
        {},
    ],
)
async def test_a_foreign_page_changes_nothing(
    app: App, method: str, path: str, headers: dict[str, str]
) -> None:
    async with httpx.AsyncClient(base_url=app.url) as http:
        response = await http.request(method, path.format(number="123456789"), headers=headers, json={})
    assert (response.status_code, response.json()["code"]) == (403, "foreign_origin")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/none", 404),
        ("/rtc/v2", 404),
        ("/assets/none.js", 404),
        ("/..%2f..%2fpyproject.toml", 404),
        ("/healthz", 200),
    ],
)
async def test_paths_that_are_not_pages(app: App, path: str, status: int) -> None:
    response = await app.visitor().http.get(path)
    assert response.status_code == status


@pytest.mark.parametrize("method", METHODS)
async def test_an_unknown_path_of_the_api_is_not_found_whatever_the_method(app: App, method: str) -> None:
    response = await app.visitor().http.request(method, "/api/none")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert response.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/api/meetings/123456789/join", "POST"),
        ("PUT", "/api/auth/login", "POST"),
        ("DELETE", "/api/session", "GET"),
        ("POST", "/healthz", "GET, HEAD"),
        ("PUT", "/", "GET, HEAD"),
    ],
)
async def test_another_method_is_told_which_ones_the_path_has(
    app: App, method: str, path: str, allow: str
) -> None:
    response = await app.visitor().http.request(method, path)
    assert (response.status_code, response.headers["content-type"]) == (405, "application/problem+json")
    assert response.headers["allow"] == allow
    assert response.json()["code"] == "method_not_allowed"
    assert response.json()["data"] == {"allow": allow.split(", ")}


async def test_every_answer_carries_the_security_headers(app: App) -> None:
    for path in ("/", "/healthz", "/api/session", "/api/none"):
        headers = (await app.visitor().http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers


@pytest.mark.parametrize(
    ("content", "status", "code", "data"),
    [
        (b"", 422, "invalid_input", {"fields": {"body": "Field required"}}),
        (b"{", 400, "malformed_json", {"position": 1}),
        (b'{"phone": "139",}', 400, "malformed_json", {"position": 16}),
        (b"\xc3(", 400, "malformed_json", {}),
        (b"[" * 50_000, 400, "malformed_json", {}),
        (b'{"phone":' + b"9" * 100_000 + b"}", 413, "body_too_large", {"most_bytes": BODY_MOST_BYTES}),
    ],
)
async def test_an_unreadable_body_is_a_problem_that_says_where(
    app: App, content: bytes, status: int, code: str, data: dict[str, Any]
) -> None:
    response = await app.visitor().http.post(
        "/api/auth/code", content=content, headers={"Content-Type": "application/json"}
    )
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (response.status_code, problem["code"], problem["data"]) == (status, code, data)


@pytest.mark.parametrize("content", [b"[]", b'"x"', b"7"])
async def test_json_that_is_no_object_is_wrong_input(app: App, content: bytes) -> None:
    response = await app.visitor().http.post(
        "/api/auth/code", content=content, headers={"Content-Type": "application/json"}
    )
    assert (response.status_code, response.json()["code"]) == (422, "invalid_input")
    assert set(response.json()["data"]["fields"]) == {"body"}
