"""A meeting that starts: many guests press 加入会议 at once, and each waits for a seat and its ticket.

Goal: nobody is turned away, the last waits no longer than a person does for a page (10 s).
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

from bench.results import Figure, record
from mcmeet.core.http import CSRF_HEADER
from mcmeet.privacy.ledger import CURRENT_VERSIONS
from tests.fixtures.server import Server

GUESTS: Final = 500
ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Joined:
    status: int
    seconds: float


def arrive(server: Server, guests: int, round_: int = 0) -> list[Joined]:
    """All at once into a new meeting; each round from an address of its own, for its limit on rates."""
    link = re.search(r"/j/(\d{9})#p=(\d{6})", server.admin("create-meeting"))
    assert link is not None
    number, passcode = link.groups()
    host = urlsplit(server.url).netloc
    requests = [request(host, number, passcode, f"周航{guest}") for guest in range(guests)]
    return asyncio.run(_all_at_once(host, requests, f"127.0.0.{2 + round_}"))


def request(host: str, number: str, passcode: str, name: str) -> bytes:
    """Ready to send: what the client takes is taken from the server, on the same machine."""
    consent = CURRENT_VERSIONS.model_dump() | {"lang": "zh"}
    body = json.dumps({"name": name, "passcode": passcode, "consent": consent}).encode()
    headers = {
        "Host": host,
        "Origin": f"http://{host}",
        CSRF_HEADER: "1",
        "Content-Type": "application/json",
        "Content-Length": len(body),
        "Connection": "close",
    }
    lines = [
        f"POST /api/meetings/{number}/join HTTP/1.1",
        *(f"{field}: {value}" for field, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _all_at_once(host: str, requests: list[bytes], source: str) -> list[Joined]:
    started = time.monotonic()
    return await asyncio.gather(*(_join(host, request, source, started) for request in requests))


async def _join(host: str, request: bytes, source: str, started: float) -> Joined:
    address, port = host.split(":")
    reader, writer = await asyncio.open_connection(address, int(port), local_addr=(source, 0))
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return Joined(int(answer.split(None, 2)[1]), time.monotonic() - started)


def main() -> None:
    with TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data")
        server.start()
        rounds = [arrive(server, GUESTS, round_) for round_ in range(ROUNDS)]
        server.stop()
    waits = [joined.seconds for joins in rounds for joined in joins if joined.status == 200]
    away = [sum(joined.status != 200 for joined in joins) for joins in rounds]
    late = [statistics.quantiles((joined.seconds for joined in joins), n=20)[-1] for joins in rounds]
    record(
        "arrivals",
        [
            Figure(f"{GUESTS} guests join at once → ticket", "s", waits, "≤ 10"),
            Figure(f"{GUESTS} guests join at once → ticket, 95th percentile", "s", late),
            Figure(f"{GUESTS} guests join at once: turned away", "guests", away, "0"),
        ],
    )


if __name__ == "__main__":
    main()
