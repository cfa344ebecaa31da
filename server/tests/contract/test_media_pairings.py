"""Chromium, Firefox ESR and PyPI's `livekit` in pairs over `mcmeet media`, in a network of the test.

Two programs of real size start for each pair: that is what takes the seconds.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.media_server import media_server
from tests.contract.network_namespace import ADDRESS, Prefix, neighbour_of, network_namespace, run

pytestmark = pytest.mark.media

ROOT = Path(__file__).parents[3]
PATIENCE = 120
FRAMES = 60
RELIABLE, LOSSY = 0, 1
PAIRS = [
    ("chromium", "firefox"),
    ("firefox", "firefox"),
    ("livekit", "chromium"),
    ("livekit", "firefox"),
    ("livekit", "livekit"),
]
IPV6_ADDRESS = "fd78::1"
ADD_IPV6 = f"ip -6 addr add {IPV6_ADDRESS}/64 dev d0 nodad && ip -6 route add default via fd78::2 dev d0"
PAIRS_OVER_TCP = [("chromium", "firefox"), ("livekit", "chromium")]


@pytest.fixture
def inside() -> Iterator[Prefix]:
    with network_namespace() as prefix:
        yield prefix


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_both_see_hear_and_write_to_each_other_if_namespaces_can_be_made(
    inside: Prefix, pair: tuple[str, str]
) -> None:
    meet(inside, inside, pair)


@pytest.mark.parametrize("pair", PAIRS_OVER_TCP, ids="-".join)
def test_both_meet_over_tcp_where_no_udp_gets_out_if_namespaces_can_be_made(
    inside: Prefix, pair: tuple[str, str]
) -> None:
    with neighbour_of(inside) as without_udp:
        run(without_udp, f"ip rule add pref 10 to {ADDRESS} ipproto udp blackhole")
        meet(inside, without_udp, pair)


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this kernel has no IPv6")
def test_both_meet_over_ipv6_if_namespaces_can_be_made(inside: Prefix) -> None:
    run(inside, ADD_IPV6)
    meet(inside, inside, ("chromium", "firefox"), host=IPV6_ADDRESS)


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="this kernel has no IPv6")
def test_who_has_ipv4_alone_meets_on_a_server_with_both_if_namespaces_can_be_made(inside: Prefix) -> None:
    run(inside, ADD_IPV6)
    with neighbour_of(inside) as with_ipv4:
        meet(inside, with_ipv4, ("livekit", "chromium"), host="::", announce=(ADDRESS, IPV6_ADDRESS))


def meet(
    server: Prefix,
    clients: Prefix,
    pair: tuple[str, str],
    host: str = ADDRESS,
    announce: tuple[str, ...] = (),
) -> None:
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
    both = json.loads(done.stdout.splitlines()[-1])
    for kind, arrived, other in zip(pair, both, ("zhou", "lin"), strict=True):
        assert arrived["frames"] >= FRAMES, (kind, arrived)
        assert arrived["hears"], (kind, arrived)
        assert sorted(arrived["data"]) == [[other, RELIABLE, "hello"], [other, LOSSY, "hello"]], (
            kind,
            arrived,
        )
