"""What the server answers to requests that nobody should send, and to its own mistakes."""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import structlog
from fastapi import APIRouter
from starlette.applications import Starlette
from starlette.routing import Route

from mcmeet.core import logs
from mcmeet.core.auth import Action, Anonymous, entry
from mcmeet.core.declare import Purpose
from mcmeet.core.feature import Feature
from mcmeet.core.http import BODY_MOST_BYTES, Page
from mcmeet.core.serving.server import HEAD_MOST_BYTES
from tests.fixtures.app import App, AppStarter

pytestmark = pytest.mark.anyio

CHUNK = b"2000\r\n" + b"x" * 0x2000 + b"\r\n"
MANY = 10_000


def refused(response: Any, status: int, code: str) -> None:
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["code"] == code
    assert "default-src 'none'" in response.headers["content-security-policy"]


async def test_a_body_beyond_the_limit_is_refused(app: App) -> None:
    answer = await app.visitor().http.post("/api/auth/code", content=b"x" * (BODY_MOST_BYTES + 1))
    refused(answer, 413, "body_too_large")
    fits = await app.visitor().http.post("/api/auth/code", content=b"x" * BODY_MOST_BYTES)
    assert fits.status_code == 422


async def test_a_chunked_body_without_end_is_refused_and_the_connection_closed(app: App) -> None:
    address = urlsplit(app.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(
        b"POST /api/auth/code HTTP/1.1\r\nHost: " + address.netloc.encode() + b"\r\nX-MCMeet: 1\r\n"
        b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )

    async def send() -> int:
        for sent in range(MANY):
            writer.write(CHUNK)
            try:
                await writer.drain()
            except ConnectionError:
                return sent
        return MANY

    async with asyncio.timeout(60):
        sending = asyncio.create_task(send())
        head = await reader.readuntil(b"\r\n")
        assert head.startswith(b"HTTP/1.1 413 ")
        assert await sending < MANY
    writer.close()


@pytest.mark.parametrize(
    ("target", "field", "status"),
    [("/api/live?x=" + "x" * 16_000, "", 414), ("/rtc", "Cookie: " + "x" * 16_000 + "\r\n", 431)],
)
async def test_an_upgrade_too_long_to_read_is_answered(
    app: App, target: str, field: str, status: int
) -> None:
    address = urlsplit(app.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(
        f"GET {target} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: Upgrade\r\n"
        f"Upgrade: websocket\r\n{field}\r\n".encode()
    )
    async with asyncio.timeout(60):
        answer = await reader.read()
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    writer.close()


def answered(app: App, *parts: bytes) -> bytes:
    """What comes back, however much of the parts the server takes."""
    address = urlsplit(app.url)
    read = b""
    with socket.create_connection((address.hostname, address.port or 0), timeout=60) as connection:
        with suppress(ConnectionError):
            for part in parts:
                connection.sendall(part)
        with suppress(ConnectionError):
            while piece := connection.recv(4096):
                read += piece
    return read


POST = b"POST /api/auth/logout HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"X-MCMeet: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
LONG = b"x" * (HEAD_MOST_BYTES + 1)
MUCH = b"x" * 2**20


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + LONG + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-Much: x\r\n" * MANY + b"\r\n",
        b"GET /" + LONG + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX: "
        + LONG
        + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-Endless: " + MUCH,
        b"GET /" + MUCH,
        b"\r\n" * 2**19,
        CHUNKED + b"0\r\nX-Long: " + MUCH,
        CHUNKED + b"0\r\n" + b"X-Much: x\r\n" * 10 * MANY,
        CHUNKED + b"2;" + MUCH,
    ],
    ids=[
        "field",
        "fields",
        "target",
        "upgrade",
        "endless field",
        "endless target",
        "blank lines",
        "trailer",
        "trailers",
        "chunk extension",
    ],
)
async def test_a_head_without_end_is_answered_431_and_the_connection_closed(
    app: App, request_: bytes
) -> None:
    answer = await asyncio.to_thread(answered, app, request_)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_a_head_too_long_behind_a_request_takes_nothing_from_its_answer(app: App) -> None:
    first = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    address = urlsplit(app.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(first)
    async with asyncio.timeout(60):
        read = await reader.readuntil(b"}")
        writer.write(b"GET / HTTP/1.1\r\nX: " + LONG)
        read += await reader.readuntil(b"\r\n")
    assert read.startswith(b"HTTP/1.1 200 ")
    assert read.endswith(b"}HTTP/1.1 431 Request Header Fields Too Large\r\n")
    writer.close()


async def test_trailers_too_long_are_no_answer_to_the_request_before_theirs(app: App) -> None:
    first = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    second = POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
    answer = await asyncio.to_thread(answered, app, first + second + b"X: " + LONG)
    assert b" 431 " not in answer


async def test_a_body_of_any_size_counts_for_no_head(app: App) -> None:
    """As much as fits, in one piece with its head, and one request behind the other."""
    body = b"x" * BODY_MOST_BYTES
    length = f"Content-Length: {len(body)}\r\n".encode()
    whole = POST + b"X-MCMeet: 1\r\n" + length + b"\r\n" + body
    last = POST + b"X-MCMeet: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    answer = await asyncio.to_thread(answered, app, whole * 3 + last)
    assert answer.count(b"HTTP/1.1 204 ") == 4


async def test_a_trailer_is_no_field_of_the_head(app: App) -> None:
    """RFC 9110 §6.5.1: the field that says the request is our own page's would come past every check."""
    late = b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-MCMeet: 1\r\n\r\n"
    answer = await asyncio.to_thread(answered, app, POST + late)
    assert answer.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("path", ["/%00", "/" + "a" * 300])
async def test_a_path_that_no_file_can_have_is_not_found(app: App, path: str) -> None:
    answer = await app.visitor().http.get(path)
    refused(answer, 404, "not_found")


@pytest.mark.parametrize("path", ["/j/%00", "/j/12.3", "/" + "a" * 300])
async def test_people_read_on_the_page_that_there_is_nothing(tmp_path: Path, path: str) -> None:
    (tmp_path / "index.html").write_text("<p>MCMeet</p>")
    site = Starlette(routes=[Route("/{path:path}", Page(tmp_path).get)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://here") as browser:
        answer = await browser.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.text) == (404, "<p>MCMeet</p>")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, GZIP;q=0.5", "gzip"),
        ("brotli", None),
        ("", None),
    ],
)
async def test_a_file_of_the_page_is_sent_packed_as_the_browser_takes_it_and_kept_for_a_year(
    tmp_path: Path, accepted: str, coding: str | None
) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    for name, content in (("base.js", "plain"), ("base.js.gz", "gzip"), ("base.js.br", "br")):
        (assets / name).write_text(content)
    site = Starlette(routes=[Route("/{path:path}", Page(tmp_path).get)])
    headers = {"Accept-Encoding": accepted}
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://here") as browser,
        browser.stream("GET", "/assets/base.js", headers=headers) as answer,
    ):
        sent = b"".join([part async for part in answer.aiter_raw()])
    assert (answer.headers.get("content-encoding"), sent.decode()) == (coding, coding or "plain")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_a_mistake_of_ours_is_one_more_problem_and_its_log_names_the_place_alone(
    app_starter: AppStarter,
) -> None:
    action = Action("faulty.fail", Purpose.SERVICE_OPERATION, frozenset({Anonymous}))
    router = APIRouter()

    @router.get("/api/faulty", **entry(action))
    async def fail() -> None:
        raise RuntimeError("13800138000 林晓")

    faulty = Feature(name="faulty", actions=(action,), router=router)
    with structlog.testing.capture_logs([logs.describe_exception, logs.mask_undeclared]) as lines:
        async with app_starter.run([faulty]) as app:
            answer = await app.visitor().http.get("/api/faulty")
    refused(answer, 500, "internal_error")
    (line,) = [line for line in lines if line["event"] == "unexpected error"]
    assert line["exception"][0] == "RuntimeError"
    assert "fail" in line["exception"][-1]
    assert "13800138000" not in str(lines)
    assert "林晓" not in answer.text


async def test_files_of_the_page_make_no_line_in_the_access_log_unless_they_are_missing(app: App) -> None:
    http = app.visitor().http
    with structlog.testing.capture_logs() as lines:
        for path in ("/", "/healthz", "/api/session", "/api/none", "/assets/none.js"):
            await http.get(path)
    written = [(line["route"], line["status"]) for line in lines if line["log_level"] == "info"]
    assert written == [("/api/session", 200), ("-", 404), ("-", 404)]


async def test_in_a_terminal_no_request_but_one_that_failed_pushes_a_code_out_of_sight(
    app_starter: AppStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "is_terminal", lambda: True)
    action = Action("faulty.fail", Purpose.SERVICE_OPERATION, frozenset({Anonymous}))
    router = APIRouter()

    @router.get("/api/faulty", **entry(action))
    async def fail() -> None:
        raise RuntimeError

    faulty = Feature(name="faulty", actions=(action,), router=router)
    with structlog.testing.capture_logs() as lines:
        async with app_starter.run([faulty]) as app:
            for path in ("/", "/api/session", "/api/none", "/api/meetings/previous", "/api/faulty"):
                await app.visitor().http.get(path)
    shown = [line for line in lines if line["log_level"] == "info" and line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in shown] == [("/api/faulty", 500)]
