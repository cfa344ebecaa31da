"""`mcmeet media` and PyPI's `livekit` (the Rust SDK), unpatched, in a network namespace of the test."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.media_server import media_server

pytestmark = pytest.mark.media

PEERS = Path(__file__).parent / "livekit_peers.py"
ADDRESS, GATEWAY = "10.78.0.1", "10.78.0.2"
PATIENCE = 60


# An address and a default route that lead nowhere: the SDK looks for both. It lasts until its input ends.
NAMESPACE = f"""
set -e
PATH="$PATH:/usr/sbin:/sbin"
ip link set lo up
ip link add d0 type veth peer name d1
ip addr add {ADDRESS}/24 dev d0
ip link set d0 up
ip link set d1 up
ip route add default via {GATEWAY} dev d0
echo ready
read -r _
"""


@pytest.fixture(scope="module")
def inside() -> Iterator[tuple[str, ...]]:
    """What a command is started under. Without root that is a user namespace, which has a root of its own."""
    is_root = os.geteuid() == 0
    own_root = () if is_root else ("--user", "--map-root-user")
    same_root = () if is_root else ("--user", "--preserve-credentials")
    holder = subprocess.Popen(
        ["unshare", *own_root, "--net", "sh", "-c", NAMESPACE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    if holder.stdout.readline() != "ready\n":
        _, why = holder.communicate(timeout=PATIENCE)
        pytest.skip(f"no network namespace can be made here: {why.strip()}")
    yield ("nsenter", f"--target={holder.pid}", *same_root, "--net")
    holder.communicate(timeout=PATIENCE)


@pytest.mark.parametrize("layers", ["single", "simulcast"])
def test_one_publishes_and_a_second_one_receives_if_namespaces_can_be_made(
    inside: tuple[str, ...], layers: str
) -> None:
    with media_server(ADDRESS, prefix=inside) as media:
        tokens = [media.token(identity) for identity in ("publisher", "subscriber")]
        command = [*inside, sys.executable, str(PEERS), media.url, *tokens, layers]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    arrived = json.loads(done.stdout.splitlines()[-1])
    assert arrived["frames"] >= 30
    assert arrived["size"] == [640, 360]
    assert arrived["peak"] > 2_000
