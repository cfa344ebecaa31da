"""Chromium, Firefox ESR and PyPI's `livekit` in pairs over `mcmeet media`, in a network of the test.

Two programs of real size start for each pair: that is what takes the seconds. What came of it is written to
`.cache/media-pairings.md`: the table of `docs/protocol-rtc.md` is one such file.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.media_participant import ENERGY
from tests.contract.media_server import media_server
from tests.contract.network_namespace import (
    ADDRESS,
    LOSE_UDP_TO_NEIGHBOUR,
    neighbour_of,
    network_namespace,
    run,
)
from tests.fixtures.namespaces import Prefix

pytestmark = pytest.mark.media

ROOT = Path(__file__).parents[3]
PATIENCE = 120
FRAMES = 60
RELIABLE, LOSSY = 0, 1
Pair = tuple[str, str]
PAIRS = [
    ("chromium", "chromium"),
    ("chromium", "firefox"),
    ("firefox", "firefox"),
    ("livekit", "chromium"),
    ("livekit", "firefox"),
    ("livekit", "livekit"),
]
PAIRS_OVER_TCP = PAIRS_OVER_IPV6 = [("chromium", "firefox"), ("livekit", "chromium")]
IPV6_ADDRESS = "fd78::1"
ADD_IPV6 = f"ip -6 addr add {IPV6_ADDRESS}/64 dev d0 nodad && ip -6 route add default via fd78::2 dev d0"
NO_UDP_GETS_OUT = f"ip rule add pref 10 to {ADDRESS} ipproto udp blackhole"
needs_ipv6 = pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this kernel has no IPv6")
TABLE = ROOT / ".cache/media-pairings.md"
HEAD = """\
| by | first | second | frames decoded | sound (energy) | freezes (seconds) |
|---|---|---|---|---|---|
"""

Note = Callable[[str, list[dict[str, Any]]], None]
"""Takes by what way two met, and what arrived at each."""


@pytest.fixture
def inside() -> Iterator[Prefix]:
    with network_namespace() as prefix:
        yield prefix


@pytest.fixture(scope="module")
def note() -> Iterator[Note]:
    rows: list[str] = []
    yield lambda way, both: rows.append(row(way, both))
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(HEAD + "".join(rows))


def row(way: str, both: list[dict[str, Any]]) -> str:
    programs = [one["program"] for one in both]
    frames = " / ".join(str(one["frames"]) for one in both)
    energy = " / ".join(f"{one['energy']:.2f}" for one in both)
    freezes = " / ".join(map(freezes_of, both))
    return f"| {' | '.join([way, *programs, frames, energy, freezes])} |\n"


def freezes_of(one: dict[str, Any]) -> str:
    if "freezes" not in one:
        return "not counted"
    return f"{one['freezes']} ({one['freeze_seconds']})" if one["freezes"] else "0"


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_both_see_hear_and_write_to_each_other_if_namespaces_can_be_made(
    inside: Prefix, note: Note, pair: Pair
) -> None:
    note("UDP", meet(inside, inside, pair))


@pytest.mark.parametrize("pair", PAIRS_OVER_TCP, ids="-".join)
def test_both_meet_over_tcp_where_no_udp_gets_out_if_namespaces_can_be_made(
    inside: Prefix, note: Note, pair: Pair
) -> None:
    with neighbour_of(inside) as without_udp:
        run(without_udp, NO_UDP_GETS_OUT)
        note("TCP: no UDP out", meet(inside, without_udp, pair))


def test_both_meet_over_tcp_where_udp_gets_out_and_nothing_comes_back_if_namespaces_can_be_made(
    inside: Prefix, note: Note
) -> None:
    with neighbour_of(inside) as behind_a_firewall:
        run(inside, LOSE_UDP_TO_NEIGHBOUR)
        note("TCP: no UDP back", meet(inside, behind_a_firewall, ("chromium", "firefox")))


@needs_ipv6
@pytest.mark.parametrize("pair", PAIRS_OVER_IPV6, ids="-".join)
def test_both_meet_over_ipv6_if_namespaces_can_be_made(inside: Prefix, note: Note, pair: Pair) -> None:
    run(inside, ADD_IPV6)
    note("UDP, IPv6", meet(inside, inside, pair, host=IPV6_ADDRESS))


@needs_ipv6
def test_who_has_ipv4_alone_meets_on_a_server_with_both_if_namespaces_can_be_made(
    inside: Prefix, note: Note
) -> None:
    run(inside, ADD_IPV6)
    with neighbour_of(inside) as with_ipv4:
        announce = (ADDRESS, IPV6_ADDRESS)
        both = meet(inside, with_ipv4, ("livekit", "chromium"), host="::", announce=announce)
    note("UDP, server on `::`", both)


def meet(
    server: Prefix,
    clients: Prefix,
    pair: Pair,
    host: str = ADDRESS,
    announce: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    """What arrived at each."""
    with media_server(host, announce=announce, prefix=server) as media:
        url = media.url.replace("[::]", ADDRESS)
        tokens = [media.token(identity) for identity in ("lin", "zhou")]
        program = [sys.executable, "-m", "tests.contract.pairing_peers"]
        done = subprocess.run(
            [*clients, *program, url, *tokens, *pair],
            cwd=ROOT / "server",
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    both: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    for kind, arrived, other in zip(pair, both, ("zhou", "lin"), strict=True):
        assert arrived["frames"] >= FRAMES, (kind, arrived)
        assert arrived["energy"] >= ENERGY, (kind, arrived)
        assert sorted(arrived["data"]) == [[other, RELIABLE, "hello"], [other, LOSSY, "hello"]], (
            kind,
            arrived,
        )
    return both
