"""What every server of ours does, whatever application it serves."""

import asyncio
import gc
import resource
from collections.abc import Awaitable, Callable

import pytest
import structlog
import uvloop
from starlette.applications import Starlette

from mcmeet.core import logs
from mcmeet.core.serving import CannotListen, Server, listen
from mcmeet.media.embedded import standalone

PHONE = "13800138000"


def serve_while(act: Callable[[], Awaitable[None]]) -> None:
    """Runs a server on a loop of its own until `act`, begun once it listens, is done."""

    async def main() -> None:
        async def listening() -> None:
            await act()
            server.should_exit = True

        server = Server(Starlette(), listening, larger_messages={})
        await server.serve([listen("127.0.0.1", 0)])

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


def test_what_nobody_awaited_is_logged_without_texts_and_arguments(capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure()

    async def fail() -> None:
        raise ValueError(PHONE)

    def fail_with(phone: str) -> None:
        raise KeyError(phone)

    async def act() -> None:
        forgotten = asyncio.create_task(fail())
        await asyncio.wait([forgotten])
        del forgotten
        gc.collect()
        asyncio.get_running_loop().call_soon(fail_with, PHONE)
        await asyncio.sleep(0)

    serve_while(act)
    written = "".join(capfd.readouterr())
    assert PHONE not in written
    assert '"error": "ValueError"' in written
    assert '"error": "KeyError"' in written
    assert f"{__name__}:" in written


def test_the_media_program_logs_as_the_server_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(*_: object) -> None:
        raise CannotListen

    structlog.reset_defaults()
    monkeypatch.setattr(standalone, "_bind", taken)
    with pytest.raises(CannotListen):
        standalone.serve("127.0.0.1", 0, "key", "secret")
    assert structlog.is_configured()


def test_a_server_may_open_as_many_files_as_the_machine_lets_it() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:

        async def act() -> None:
            assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])

        serve_while(act)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
