"""A media thread that ends by itself: nobody waits, nobody comes in, and the process ends in order."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from livekit.protocol.models import DisconnectReason
from structlog.testing import capture_logs
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from mcmeet import serve
from mcmeet.core.serving import ServerFailed, listen
from mcmeet.live.protocol import SUBPROTOCOL
from mcmeet.live.seats import Close
from mcmeet.media.embedded.engine import EngineFailed
from mcmeet.media.port import Rights, Source
from mcmeet.serve import run_file, running
from tests.contract.fake_sfu import FakeSfu
from tests.contract.harness import ROOM, Rtc
from tests.contract.scripted_client import PATIENCE, ScriptedClient
from tests.fixtures.app import CONSENT, App, LiveSocket

pytestmark = pytest.mark.anyio

EVERYTHING = Rights()
NO_MICROPHONE = Rights(publish=frozenset(Source) - {Source.MICROPHONE})


async def test_whoever_waits_for_the_threads_or_asks_later_hears_that_they_failed(product_rtc: Rtc) -> None:
    rtc = product_rtc
    await rtc.engine.open(ROOM)
    zhou = await rtc.connect((await rtc.engine.admit(ROOM, "zhou", EVERYTHING)).token)
    await zhou.publish(Source.MICROPHONE)
    rtc.sfu.held_barriers = []
    muting = asyncio.create_task(rtc.engine.set_rights(ROOM, "zhou", NO_MICROPHONE))
    await rtc.settle()
    rtc.sfu.broken = True
    rtc.sfu.emit("worker_failed", 0)
    with pytest.raises(EngineFailed):
        await asyncio.wait_for(muting, PATIENCE)
    with pytest.raises(EngineFailed):
        await asyncio.wait_for(rtc.engine.set_rights(ROOM, "zhou", EVERYTHING), PATIENCE)


async def test_newcomers_are_refused_and_one_line_says_what_happened(product_rtc: Rtc) -> None:
    rtc = product_rtc
    await rtc.engine.open(ROOM)
    token = (await rtc.engine.admit(ROOM, "lin", EVERYTHING)).token
    reasons: list[str] = []
    rtc.engine.on_broken = reasons.append
    with capture_logs() as lines:
        for worker in (0, 1):
            rtc.sfu.emit("worker_failed", worker)
        await rtc.wait_for(lambda: not rtc.engine.healthy)
    with pytest.raises(InvalidStatus) as refused:
        await rtc.connect(token)
    validated = await validate(rtc, token)
    assert refused.value.response.status_code == validated.status_code == 503
    assert validated.headers["access-control-allow-origin"] == "*"
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["a media thread has ended"]
    assert reasons == [validated.text]
    assert "must be started again" in validated.text


@pytest.mark.parametrize(("given", "times"), [(212_992, 2), (8 << 20, 0)])
async def test_a_kernel_that_gives_less_for_bursts_than_asked_for_is_named_with_what_to_do_in_both_languages(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], given: int, times: int
) -> None:
    sfu, listener = FakeSfu(), listen("127.0.0.1", 0)
    sfu.receive_buffer = (given, 8 << 20)
    prepared = serve.prepare(tmp_path / "data")
    program = asyncio.create_task(running.serve(prepared, listener, cast("Any", sfu)))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as http:
        assert (await http.get("/healthz")).status_code == 200
    sfu.emit("worker_failed", 0)
    with pytest.raises(ServerFailed):
        await asyncio.wait_for(program, PATIENCE)
    shown = capfd.readouterr()
    assert shown.out.count("sysctl -w net.core.rmem_max=8388608") == times
    assert "rmem_max" not in shown.err


async def test_a_server_that_stops_says_so_to_newcomers(rtc: Rtc) -> None:
    await rtc.engine.stop()
    validated = await validate(rtc, rtc.token("lin"))
    assert (validated.status_code, validated.text) == (503, "the server stops")


async def validate(rtc: Rtc, token: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=rtc.url.replace("ws", "http", 1)) as http:
        return await http.get("/rtc/validate", params={"access_token": token})


async def test_who_asks_for_its_health_hears_that_media_has_failed(app: App) -> None:
    app.engine.healthy = False
    answer = await app.visitor().http.get("/healthz")
    assert (answer.status_code, answer.json()["code"]) == (503, "media_failed")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_server_ends_and_tells_everybody_to_come_back(tmp_path: Path) -> None:
    data, sfu, listener = tmp_path / "data", FakeSfu(), listen("127.0.0.1", 0)
    prepared = serve.prepare(data)
    meeting = await asyncio.to_thread(serve.create_meeting, data, "产品周会")
    program = asyncio.create_task(running.serve(prepared, listener, cast("Any", sfu)))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with httpx.AsyncClient(base_url=url, headers={"X-MCMeet": "1"}) as http:
        assert (await http.get("/healthz")).status_code == 200
        body = {"name": "周航", "passcode": meeting.passcode, "consent": CONSENT}
        joined = (await http.post(f"/api/meetings/{meeting.number}/join", json=body)).json()
    subprotocols = [Subprotocol(SUBPROTOCOL)]
    live = LiveSocket(await connect(joined["socket"], subprotocols=subprotocols, origin=Origin(url)))
    media = (await live.hello(ticket=joined["ticket"]))["media"]
    rtc = await ScriptedClient.join(media["url"], media["token"])
    sfu.broken = True
    sfu.emit("worker_failed", 0)
    assert await live.closed() == Close.RESUME
    assert (await rtc.wait("leave")).reason == DisconnectReason.SERVER_SHUTDOWN
    await rtc.wait_closed()
    with pytest.raises(ServerFailed, match="must be started again"):
        await asyncio.wait_for(program, PATIENCE)
    assert not (data / run_file.RUN_FILE).exists()


BREAKS_AT_ONCE = """
import socket, sys
from mcmeet import cli
from mcmeet.media.embedded import standalone
from mcmeet.serve import running
from tests.contract.fake_sfu import FakeSfu

def bind(*_):
    sfu = FakeSfu()
    sfu.receive_buffer = (212_992, 8 << 20)
    sfu.emit("worker_failed", 0)
    return socket.create_server(("127.0.0.1", 0)), sfu

running.bind = standalone._bind = bind
cli.app(sys.argv[1:])
"""


def broken_at_once(folder: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BREAKS_AT_ONCE, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "MCMEET_MEDIA_SECRET": "s" * 32},
    )


@pytest.mark.parametrize("arguments", [["serve", "--data", "."], ["media", "--key", "k"]])
def test_the_program_ends_with_a_code_that_has_it_started_again(tmp_path: Path, arguments: list[str]) -> None:
    done = broken_at_once(tmp_path, arguments)
    assert done.returncode == 1, done.stderr
    assert "must be started again" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_the_media_engine_alone_logs_that_the_kernel_gives_less_for_bursts(tmp_path: Path) -> None:
    done = broken_at_once(tmp_path, ["media", "--key", "k"])
    assert done.stderr.count("net.core.rmem_max") == 1
