"""500 people in one meeting and five events a second: from the command to the last who hears of it.

A raised hand is stored before it is told, a reaction is not stored. The server has one core; the client,
which gives the commands and reads all sockets, has the other, and its reading is part of the figure.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from dataclasses import dataclass
from typing import Any, Final

from bench.crowd import Crowd, run, server_on_a_core
from bench.process import cpu_seconds
from bench.results import Figure, record
from tests.fixtures.server import Server

ROUNDS: Final = 3
SEATS: Final = 500
EVENTS: Final = 200
EVERY_S: Final = 0.2
SETTLE_S: Final = 10
PATIENCE_S: Final = 2


@dataclass(frozen=True)
class Kind:
    name: str
    event: str
    commands: tuple[tuple[str, dict[str, Any]], ...]
    """In turn."""


@dataclass(frozen=True)
class Measured:
    seconds: list[float]
    """From each command to its last receiver."""
    cpu_ms: float
    """Of each event, with all that the server does besides."""


KINDS: Final = (
    Kind("hand raised", "hands.changed", (("hands.raise", {}), ("hands.lower", {}))),
    Kind("reaction", "reactions.shown", (("reactions.show", {"reaction": "clap"}),)),
)


async def measure(server: Server) -> list[Measured]:
    crowd = Crowd(server)
    await crowd.make(1)
    await crowd.fill(SEATS)
    await asyncio.sleep(SETTLE_S)
    # A collection here would be measured as a delay of the server's.
    gc.collect()
    gc.disable()
    measured = [await watch(crowd, kind) for kind in KINDS]
    gc.enable()
    crowd.leave()
    return measured


async def watch(crowd: Crowd, kind: Kind) -> Measured:
    """Events reach each socket in the order of the commands, so the n-th is told by its place."""
    for seat in crowd.seats:
        seat.awaited, seat.arrived = f'"type":"{kind.event}"'.encode(), []
    cpu, given = cpu_seconds(crowd.server.pid), []
    for number in range(EVENTS):
        command, data = kind.commands[number % len(kind.commands)]
        by = crowd.seats[number // len(kind.commands) % SEATS]
        given.append(time.monotonic())
        by.command(command, **data)
        await asyncio.sleep(given[0] + (number + 1) * EVERY_S - time.monotonic())
    cpu = cpu_seconds(crowd.server.pid) - cpu
    await asyncio.sleep(PATIENCE_S)
    missing = sum(EVENTS - len(seat.arrived) for seat in crowd.seats)
    if missing:
        raise RuntimeError(f"{missing} of {EVENTS * SEATS} {kind.event} did not come within {PATIENCE_S} s")
    last = [max(times) for times in zip(*(seat.arrived for seat in crowd.seats), strict=True)]
    waits = [arrived - at for at, arrived in zip(given, last, strict=True)]
    return Measured(waits, cpu / EVENTS * 1000)


def main() -> None:
    rounds = []
    for _ in range(ROUNDS):
        with server_on_a_core() as server:
            rounds.append(run(measure(server)))
    found = []
    for kind, measured in zip(KINDS, zip(*rounds, strict=True), strict=True):
        name = f"{SEATS} seats, 5 events/s, {kind.name}"
        milliseconds = [[wait * 1000 for wait in one.seconds] for one in measured]
        late = [statistics.quantiles(waits, n=100)[-1] for waits in milliseconds]
        found += [
            Figure(f"{name} → last receiver", "ms", [wait for waits in milliseconds for wait in waits]),
            Figure(f"{name} → last receiver, 99th percentile", "ms", late, "≤ 50"),
            Figure(f"{name}: CPU of each", "ms", [one.cpu_ms for one in measured]),
        ]
    record("events", found)


if __name__ == "__main__":
    main()
