"""People who only sit there: 500 in one meeting, and 5,000 in 500 meetings.

Each has an open socket on which it says every 5 s that it lives, and no media. The server has one core, the
client the other.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from bench.crowd import Crowd, run, server_on_a_core
from bench.process import cpu_seconds, resident_mib
from bench.results import Figure, record
from tests.fixtures.server import Server

ROUNDS: Final = 3
SETTLE_S: Final = 10
WINDOW_S: Final = 30
"""Three times what is done each 10 s."""


@dataclass(frozen=True)
class Scenario:
    name: str
    meetings: int
    people: int
    """In each."""


@dataclass(frozen=True)
class Measured:
    cpu_ms_per_join: float
    cpu_percent: float
    resident: float
    """MiB."""
    kib_per_seat: float
    longest_wait_ms: float
    """For the answer to a ping, while others came too."""


SCENARIOS: Final = (
    Scenario("500 seats in one meeting", 1, 500),
    Scenario("5,000 seats in 500 meetings", 500, 10),
)


async def measure(server: Server, scenario: Scenario) -> Measured:
    await asyncio.sleep(SETTLE_S)
    crowd = Crowd(server)
    await crowd.make(scenario.meetings)
    cpu, empty = cpu_seconds(server.pid), resident_mib(server.pid)
    await crowd.fill(scenario.people)
    joins = cpu_seconds(server.pid) - cpu
    await asyncio.sleep(SETTLE_S)
    cpu = cpu_seconds(server.pid)
    await asyncio.sleep(WINDOW_S)
    cpu, full = cpu_seconds(server.pid) - cpu, resident_mib(server.pid)
    seats = len(crowd.seats)
    lost = sum(seat.is_closed for seat in crowd.seats)
    if lost:
        raise RuntimeError(f"{lost} of {seats} lost their seats")
    crowd.leave()
    longest = max(seat.longest_wait for seat in crowd.seats) * 1000
    return Measured(joins / seats * 1000, cpu / WINDOW_S * 100, full, (full - empty) * 1024 / seats, longest)


def main() -> None:
    found = []
    for scenario in SCENARIOS:
        rounds = []
        for _ in range(ROUNDS):
            with server_on_a_core() as server:
                rounds.append(run(measure(server, scenario)))
        found += [
            Figure(f"{scenario.name}: CPU", "% of a core", [one.cpu_percent for one in rounds]),
            Figure(f"{scenario.name}: RSS", "MiB", [one.resident for one in rounds]),
            Figure(f"{scenario.name}: RSS of each seat", "KiB", [one.kib_per_seat for one in rounds]),
            Figure(f"{scenario.name}: CPU of each join", "ms", [one.cpu_ms_per_join for one in rounds]),
            Figure(
                f"{scenario.name}: longest wait for a pong", "ms", [one.longest_wait_ms for one in rounds]
            ),
        ]
    record("idle", found)


if __name__ == "__main__":
    main()
