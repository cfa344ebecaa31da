"""The benchmark of a meeting that starts runs; what it measures is for `make bench`."""

from __future__ import annotations

from bench.arrivals import arrive

from tests.fixtures.server import Server


def test_a_few_guests_who_join_at_once_are_all_let_in(server: Server) -> None:
    assert [joined.status for joined in arrive(server, 5)] == [200] * 5
