"""HTTP and media on one TCP port: each connection goes where its first byte says."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable

import pytest
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from mcmeet.core.serving import Server, listen
from mcmeet.core.serving import server as serving

PATIENCE_S = 30


class Taken:
    """What the media engine would have got: its own share of the connection, nothing read."""

    def __init__(self) -> None:
        self.connections: list[socket.socket] = []
        self.arrived = asyncio.Event()

    def __call__(self, descriptor: int) -> None:
        self.connections.append(socket.socket(fileno=socket.dup(descriptor)))
        self.arrived.set()


def serve_while(act: Callable[[int, Taken], Awaitable[None]], tls: ssl.SSLContext | None = None) -> None:
    """`act` gets the port."""

    async def hello(request: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    async def main() -> None:
        taken = Taken()
        listener = listen("127.0.0.1", 0)

        async def listening() -> None:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await act(listener.getsockname()[1], taken)
            finally:
                server.should_exit = True

        server = Server(
            Starlette(routes=[Route("/", hello)]), listening, tls=tls, take_media=taken, larger_messages={}
        )
        await server.serve([listener])
        for connection in taken.connections:
            connection.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


async def answer_to(port: int, request: bytes) -> bytes:
    """Until the server ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer


GET = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("media", [b"\x00\x64\x00\x01", b"\x01\x44\x00\x01"], ids=["100 bytes", "324 bytes"])
def test_a_request_is_answered_and_media_is_handed_over_with_its_first_byte(media: bytes) -> None:
    async def act(port: int, taken: Taken) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(media)
        assert (await answer_to(port, GET)).endswith(b"hello")
        await taken.arrived.wait()
        [connection] = taken.connections
        assert await asyncio.get_running_loop().sock_recv(connection, 100) == media
        writer.close()

    serve_while(act)


def test_a_request_in_halves_is_answered() -> None:
    async def act(port: int, taken: Taken) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for byte in GET:
            writer.write(bytes([byte]))
            await writer.drain()
        assert (await reader.read()).endswith(b"hello")
        writer.close()

    serve_while(act)


def test_who_says_nothing_is_closed_in_time_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HEAD_WITHIN_S", 0.3)

    async def act(port: int, taken: Taken) -> None:
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        assert (await answer_to(port, GET)).endswith(b"hello")
        for reader, writer in silent:
            assert await reader.read() == b""
            writer.close()

    serve_while(act)


def test_who_begins_tls_and_says_no_more_is_closed_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncio's own limit is 60 s; what is proved is that somebody closes, and that it is no minute."""
    monkeypatch.setattr(serving, "HEAD_WITHIN_S", 0.2)

    async def act(port: int, taken: Taken) -> None:
        assert await answer_to(port, b"\x16\x03\x01") == b""

    serve_while(act, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))


def test_beyond_the_most_a_connection_is_closed_at_once_and_the_next_free_place_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "CONNECTIONS_MOST", 2)

    async def act(port: int, taken: Taken) -> None:
        (reader, writer), (_, other) = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        assert await answer_to(port, b"") == b""
        writer.write(GET)
        assert (await reader.read()).endswith(b"hello")
        assert (await answer_to(port, GET)).endswith(b"hello")
        for open_one in (writer, other):
            open_one.close()

    serve_while(act)


def test_an_answer_that_nobody_takes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "UNREAD_FOR_S", 1.0)
    begun = asyncio.Event()

    async def film(request: Request) -> PlainTextResponse:
        begun.set()
        return PlainTextResponse("x" * 50_000_000)

    async def main() -> None:
        listener = listen("127.0.0.1", 0)

        async def listening() -> None:
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(listener.getsockname())
            client.sendall(GET)
            await begun.wait()
            async with asyncio.timeout(PATIENCE_S):
                while server.server_state.connections:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            client.close()
            server.should_exit = True

        server = Server(
            Starlette(routes=[Route("/", film)]), listening, take_media=Taken(), larger_messages={}
        )
        await server.serve([listener])

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


def test_who_goes_at_once_costs_nothing() -> None:
    async def act(port: int, taken: Taken) -> None:
        for _ in range(50):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.transport.abort()
        assert (await answer_to(port, GET)).endswith(b"hello")
        assert taken.connections == []

    serve_while(act)


def test_a_server_that_ends_closes_whom_it_has_not_looked_at() -> None:
    silent: list[socket.socket] = []

    async def act(port: int, taken: Taken) -> None:
        silent.append(socket.create_connection(("127.0.0.1", port)))
        assert (await answer_to(port, GET)).endswith(b"hello")

    serve_while(act)
    silent[0].settimeout(PATIENCE_S)
    assert silent[0].recv(1) == b""
    silent[0].close()
