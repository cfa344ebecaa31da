"""`mcmeet media` as a program: its one address, its end, and what it writes."""

import os
import re
import signal
import socket
import subprocess

import pytest
from livekit.protocol import models
from websockets.exceptions import InvalidStatus

from mcmeet.media.embedded.signalling import LARGER_MESSAGES
from tests.contract.media_server import KEY, PROGRAM, MediaServer, media_server
from tests.contract.scripted_client import PATIENCE, ScriptedClient

pytestmark = [pytest.mark.media, pytest.mark.anyio]


async def test_ctrl_c_tells_everybody_and_ends() -> None:
    with media_server() as media:
        lin = await ScriptedClient.join(media.url, media.token("lin"), answers=False)
        media.process.send_signal(signal.SIGINT)
        leave = await lin.wait("leave")
        assert leave.reason == models.DisconnectReason.SERVER_SHUTDOWN
        media.process.wait(PATIENCE)
        await lin.close()


async def test_its_output_is_one_address_and_never_a_token() -> None:
    with media_server(stderr=subprocess.PIPE) as media:
        token = media.token("lin")
        lin = await ScriptedClient.join(media.url, token, answers=False)
        with pytest.raises(InvalidStatus):
            await ScriptedClient.join(media.url, f"{token}x")
        await lin.close()
        media.process.send_signal(signal.SIGINT)
        output, log = media.process.communicate(timeout=PATIENCE)
    assert output == ""  # after the address
    assert "access_token" not in log
    assert token not in log


def refusal(*options: str, secret: str) -> str:
    """What `mcmeet media` says before it ends."""
    command = [PROGRAM, "media", "--port", "0", "--key", KEY.name, *options]
    environment = {**os.environ, "MCMEET_MEDIA_SECRET": secret}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 2
    return done.stderr


def test_its_secret_is_taken_from_the_environment_alone() -> None:
    """`ps` shows /proc/…/cmdline to every user of a machine, and the environment to its owner."""
    assert "No such option: --secret" in refusal("--secret", KEY.secret, secret=KEY.secret)
    assert refusal(secret="").startswith("MCMEET_MEDIA_SECRET is not set: ")


async def test_it_reads_a_message_as_large_as_the_answer_of_a_large_meeting() -> None:
    with media_server() as media:
        lin = await ScriptedClient.join(media.url, media.token("lin"), answers=False)
        await lin.socket.send(b"\xff" * LARGER_MESSAGES["/rtc"])
        assert await lin.wait_closed() == 1007  # read, and no message


async def test_signalling_and_media_share_one_port_number() -> None:
    with media_server() as media:
        lin = await ScriptedClient.join(media.url, media.token("lin"), answers=False)
        offer = await lin.wait("offer")
        await lin.close()
    candidates = re.findall(r"^a=candidate:\S+ \d \S+ \d+ \S+ (\d+) typ host", offer.sdp, re.MULTILINE)
    assert set(candidates) == {media.url.rsplit(":", 1)[1]}


async def join(media: MediaServer, identity: str, room: str) -> ScriptedClient:
    return await ScriptedClient.join(media.url, media.token(identity, room=room), answers=False)


async def test_the_first_token_of_a_room_makes_it_and_rooms_do_not_see_each_other() -> None:
    with media_server() as media:
        lin = await join(media, "lin", "here")
        zhou = await join(media, "zhou", "there")
        emma = await join(media, "emma", "here")
        await zhou.settle()
        seen = [sorted(info.identity for info in one.participants().values()) for one in (emma, zhou)]
        for client in (lin, zhou, emma):
            await client.close()
    assert seen == [["lin"], []]


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_in_use_is_one_sentence(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        said = refusal("--port", str(port), secret=KEY.secret)
    assert f"ort {port} on 127.0.0.1 is in use" in said
    assert "Traceback" not in said
