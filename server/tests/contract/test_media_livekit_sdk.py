"""`mcmeet media` and PyPI's `livekit` (the Rust SDK), unpatched, in a network namespace of the test."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.media_server import media_server
from tests.contract.network_namespace import ADDRESS, network_namespace
from tests.fixtures.namespaces import PATIENCE

pytestmark = pytest.mark.media

PEERS = Path(__file__).parent / "livekit_peers.py"


@pytest.fixture(scope="module")
def inside() -> Iterator[tuple[str, ...]]:
    with network_namespace() as prefix:
        yield prefix


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
