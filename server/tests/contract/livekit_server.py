"""A real LiveKit server as a process of its own, where one is installed: the peer of our measurements."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.contract.media_server import KEY, STOP_SECONDS, MediaServer

START_SECONDS = 15.0
# UDP on one port, as `mcmeet media` has it; no TCP fallback, no TURN. `error`: lines of a log are not media.
CONFIGURATION = """\
port: {port}
bind_addresses: ["127.0.0.1"]
keys: {{ {key}: "{secret}" }}
logging: {{ level: error }}
rtc:
  udp_port: {udp_port}
  tcp_port: 0
  node_ip: 127.0.0.1
  use_external_ip: false
  enable_loopback_candidate: true
"""


def find_livekit() -> str | None:
    """Path of the program: the environment's LIVEKIT_SERVER, else `livekit-server` on the PATH."""
    return shutil.which(os.environ.get("LIVEKIT_SERVER", "livekit-server"))


def livekit_version(program: str) -> str:
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return output.split()[-1]


@contextlib.contextmanager
def livekit_server(program: str) -> Iterator[MediaServer]:
    """Speaks to the same clients and tokens as `media_server()`."""
    port, udp_port = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
    with TemporaryDirectory() as folder:
        configuration = Path(folder) / "livekit.yaml"
        configuration.write_text(
            CONFIGURATION.format(port=port, udp_port=udp_port, key=KEY.name, secret=KEY.secret)
        )
        process = subprocess.Popen(
            [program, "--config", str(configuration)], stdout=subprocess.DEVNULL, text=True
        )
        try:
            wait_until_it_listens(process, port)
            yield MediaServer(f"ws://127.0.0.1:{port}", process)
        finally:
            # Its own way to stop waits for everybody to leave.
            process.kill()
            process.wait(STOP_SECONDS)


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_it_listens(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"the LiveKit server does not answer on port {port}")
