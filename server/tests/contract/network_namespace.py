"""A network of the test's own, with an address beside loopback: Firefox and the Rust SDK take no other."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Playwright

from tests.fixtures.browser import CHROMIUM, FLAGS

Prefix = tuple[str, ...]
"""What a command is started under to be in a namespace."""

ADDRESS, NEIGHBOUR_ADDRESS = "10.78.0.1", "10.78.0.2"
PATIENCE: Final = 60

# An address and a default route that lead nowhere, unless there is a neighbour: the SDK looks for both.
NETWORK: Final = f"""
ip link set lo up
ip link add d0 type veth peer name d1
ip addr add {ADDRESS}/24 dev d0
ip link set d0 up
ip link set d1 up
ip route add default via {NEIGHBOUR_ADDRESS} dev d0
"""
NEIGHBOUR: Final = f"""
ip link set lo up
until ip link show d1 >/dev/null 2>&1; do sleep 0.05; done
ip addr add {NEIGHBOUR_ADDRESS}/24 dev d1
ip link set d1 up
ip route add default via {ADDRESS} dev d1
"""
# UDP to the neighbour leaves with a hardware address that is nobody's: it is lost without an error.
LOSE_UDP_TO_NEIGHBOUR: Final = f"""
ip neigh add 10.78.0.9 lladdr 02:00:00:00:00:09 dev d0 nud permanent
ip route add {NEIGHBOUR_ADDRESS} via 10.78.0.9 dev d0 table 78
ip rule add pref 10 to {NEIGHBOUR_ADDRESS} ipproto udp lookup 78
"""
TOOLS: Final = 'set -e\nPATH="$PATH:/usr/sbin:/sbin"\n'


@contextlib.contextmanager
def network_namespace() -> Iterator[Prefix]:
    """Without root it is in a user namespace, which has a root of its own. Skips where it may not be made."""
    own_root = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    with _held(("unshare", *own_root, "--net"), NETWORK) as holder:
        _wait_ready(holder)
        yield _prefix(holder)


@contextlib.contextmanager
def neighbour_of(inside: Prefix) -> Iterator[Prefix]:
    """A second one at the other end of the wire."""
    with _held((*inside, "unshare", "--net"), NEIGHBOUR) as holder:
        run(inside, f"ip link set d1 netns {holder.pid}")
        _wait_ready(holder)
        yield _prefix(holder)


def run(inside: Prefix, command: str) -> None:
    subprocess.run([*inside, "sh", "-c", TOOLS + command], check=True, timeout=PATIENCE)


@contextlib.contextmanager
def chromium_inside(playwright: Playwright, inside: Prefix, directory: Path) -> Iterator[Browser]:
    """The driver stays outside: they talk by a pipe."""
    directory.mkdir()
    program = directory / "chromium"
    program.write_text(f'#!/bin/sh\nexec {" ".join(inside)} {CHROMIUM} "$@"\n')
    program.chmod(0o755)
    browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
    yield browser
    browser.close()


@contextlib.contextmanager
def _held(start: tuple[str, ...], setup: str) -> Iterator[subprocess.Popen[str]]:
    """Lasts until its input ends."""
    holder = subprocess.Popen(
        [*start, "sh", "-c", f"{TOOLS}{setup}\necho ready\nread -r _"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield holder
    finally:
        holder.communicate(timeout=PATIENCE)


def _wait_ready(holder: subprocess.Popen[str]) -> None:
    assert holder.stdout is not None
    assert holder.stderr is not None
    if holder.stdout.readline() != "ready\n":
        pytest.skip(f"no network namespace can be made here: {holder.stderr.read().strip()}")


def _prefix(holder: subprocess.Popen[str]) -> Prefix:
    same_root = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
    return ("nsenter", f"--target={holder.pid}", *same_root, "--net")
