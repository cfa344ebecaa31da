"""A network of the test's own, with an address beside loopback: Firefox and the Rust SDK take no other."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator

import pytest

ADDRESS, GATEWAY = "10.78.0.1", "10.78.0.2"
PATIENCE = 60

# An address and a default route that lead nowhere: the SDK looks for both. It lasts until its input ends.
SETUP = f"""
set -e
PATH="$PATH:/usr/sbin:/sbin"
ip link set lo up
ip link add d0 type veth peer name d1
ip addr add {ADDRESS}/24 dev d0
ip link set d0 up
ip link set d1 up
ip route add default via {GATEWAY} dev d0
"""
HOLD = """
echo ready
read -r _
"""


@contextlib.contextmanager
def network_namespace(more: str = "") -> Iterator[tuple[str, ...]]:
    """What a command is started under; `more` is shell, run inside.

    Without root that is a user namespace, which has a root of its own. Skips the test where it may not.
    """
    is_root = os.geteuid() == 0
    own_root = () if is_root else ("--user", "--map-root-user")
    same_root = () if is_root else ("--user", "--preserve-credentials")
    holder = subprocess.Popen(
        ["unshare", *own_root, "--net", "sh", "-c", SETUP + more + HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    if holder.stdout.readline() != "ready\n":
        _, why = holder.communicate(timeout=PATIENCE)
        pytest.skip(f"no network namespace can be made here: {why.strip()}")
    try:
        yield ("nsenter", f"--target={holder.pid}", *same_root, "--net")
    finally:
        holder.communicate(timeout=PATIENCE)
