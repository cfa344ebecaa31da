"""Who opens a connection and says nothing, or half of it, does not hold it for ever."""

import asyncio
import json
import ssl
from typing import Any

import pytest
import uvicorn

from mcmeet.core.http import middleware
from mcmeet.core.serving import server as serving
from tests.fixtures.app import App

pytestmark = pytest.mark.anyio

CLOSED_WITHIN_S = 30.0
IDLE_S = 600
"""A connection between two requests is kept for so long: whatever closes one here is a limit of ours."""
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = serving._settings

    def patient(app: Any, tls: ssl.SSLContext | None) -> uvicorn.Config:
        made = settings(app, tls)
        made.timeout_keep_alive = IDLE_S
        return made

    monkeypatch.setattr(serving, "_settings", patient)
    monkeypatch.setattr(serving, "HEAD_WITHIN_S", 0.5)
    monkeypatch.setattr(middleware, "BODY_WITHIN_S", 0.5)


async def answered(app: App, *parts: bytes) -> bytes:
    """All that came until the server closed the connection; each later part is sent after an answer."""
    host, port = app.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    first, *later = parts
    writer.write(first)
    read = b""
    for part in later:
        read += await reader.readuntil(b"}")
        writer.write(part)
    read += await asyncio.wait_for(reader.read(), CLOSED_WITHIN_S)
    writer.close()
    return read


@pytest.mark.parametrize("head", [b"", b"GET / HT", WHOLE[:-2], b"\r\n"])
async def test_a_connection_without_a_whole_request_is_closed(app: App, head: bytes) -> None:
    assert await answered(app, head) == b""


@pytest.mark.parametrize("more", [WHOLE[:-2], b"\r\n"])
async def test_half_of_a_second_request_holds_no_connection_either(app: App, more: bytes) -> None:
    assert (await answered(app, WHOLE, more)).startswith(b"HTTP/1.1 200")


async def test_a_body_that_does_not_come_is_refused(app: App) -> None:
    head = (
        b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nX-MCMeet: 1\r\n"
        b"Content-Type: application/json\r\nContent-Length: 40\r\n\r\n"
    )
    status, _, rest = (await answered(app, head + b'{"phone":')).partition(b"\r\n")
    assert status == b"HTTP/1.1 408 Request Timeout"
    assert json.loads(rest.partition(b"\r\n\r\n")[2])["code"] == "body_too_slow"


async def test_a_meeting_goes_on(app: App) -> None:
    host = await app.person("林晓")
    live = await host.enter(await host.create_meeting(), "林晓")
    assert await answered(app, b"") == b""  # so long the other one has been open
    assert "ack" in await live.command("participants.rename", name="还在")
