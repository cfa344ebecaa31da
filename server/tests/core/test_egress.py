import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from mcmeet.core.declare import NoPD, Payload, Purpose
from mcmeet.core.egress import ANSWER_MOST_BYTES, Egress, EgressRefused, Processor

pytestmark = pytest.mark.anyio
SMS = Payload(
    processor="sms",
    purpose=Purpose.ACCOUNT,
    clause=("4.2",),
    fields={"to": NoPD("test"), "code": NoPD("test")},
)
HOST = Processor("sms", "https://sms.example", "cn")


def gateway(seen: list[httpx.Request], status: int = 200, **headers: str) -> Egress:
    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, headers=headers, content=b"ok")

    return Egress({"sms": HOST}, httpx.MockTransport(answer))


async def test_declared_fields_reach_the_configured_host() -> None:
    seen: list[httpx.Request] = []
    assert await gateway(seen).post(SMS, "/send", {"to": "+86", "code": "1"}) == b"ok"
    assert (seen[0].url.host, seen[0].url.scheme) == ("sms.example", "https")


async def test_an_undeclared_field_stays_here() -> None:
    seen: list[httpx.Request] = []
    with pytest.raises(EgressRefused, match="undeclared fields name"):
        await gateway(seen).post(SMS, "/send", {"to": "+86", "name": "林晓"})
    assert seen == []


@pytest.mark.parametrize("path", ["//evil.example/x", "https://evil.example", "send"])
async def test_a_path_cannot_name_another_host(path: str) -> None:
    seen: list[httpx.Request] = []
    with pytest.raises(EgressRefused):
        await gateway(seen).post(SMS, path, {"to": "+86"})
    assert seen == []


async def test_redirects_are_not_followed() -> None:
    seen: list[httpx.Request] = []
    with pytest.raises(httpx.HTTPStatusError):
        await gateway(seen, 302, location="http://169.254.169.254/").post(SMS, "/send", {"to": "+86"})
    assert len(seen) == 1


async def test_an_answer_is_read_no_further_than_its_limit() -> None:
    sent: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while len(sent) < 1000:
            sent.append(ANSWER_MOST_BYTES // 4)
            yield b"x" * sent[-1]

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=endless())

    with pytest.raises(EgressRefused, match="larger than"):
        await Egress({"sms": HOST}, httpx.MockTransport(answer)).post(SMS, "/send", {"to": "+86"})
    assert len(sent) == 5


async def test_a_proxy_of_the_environment_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.close()

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        nobody = Processor("sms", "https://127.0.0.1:1", "cn")
        with pytest.raises(httpx.ConnectError):
            await Egress({"sms": nobody}).post(SMS, "/send", {"to": "+86"})
    assert heard == []


async def test_an_unknown_processor_and_plain_http_are_refused() -> None:
    with pytest.raises(EgressRefused, match="no such processor"):
        await Egress({}).post(SMS, "/send", {})
    with pytest.raises(EgressRefused, match="only https"):
        Egress({"sms": Processor("sms", "http://sms.example", "cn")})
