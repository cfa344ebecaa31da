"""A network of the test's own, with an address beside loopback: Firefox and the Rust SDK take no other."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Playwright

from tests.fixtures.browser import CHROMIUM, FLAGS
from tests.fixtures.namespaces import PATIENCE, TOOLS, Prefix, held, prefix, wait_ready

NET: Final = "net"
ADDRESS, NEIGHBOUR_ADDRESS = "10.78.0.1", "10.78.0.2"

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


@contextlib.contextmanager
def network_namespace() -> Iterator[Prefix]:
    """Skips where it may not be made."""
    with held(NET, NETWORK) as holder:
        wait_ready(holder, NET)
        yield prefix(holder, NET)


@contextlib.contextmanager
def neighbour_of(inside: Prefix) -> Iterator[Prefix]:
    """A second one at the other end of the wire."""
    with held(NET, "", inside) as holder:
        # Before it is ready, that process is still in another network: the wire would go there.
        wait_ready(holder, NET)
        neighbour = prefix(holder, NET)
        run(inside, f"ip link set d1 netns {holder.pid}")
        run(neighbour, NEIGHBOUR)
        yield neighbour


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
