"""`kill -9` in the middle of a meeting: who was there, and until when, is right afterwards."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from mcmeet.live.protocol import SUBPROTOCOL
from mcmeet.serve import create_meeting
from tests.fixtures.server import Server, StartServer
from tests.fixtures.stays import stays

GRACE_S: Final = 8
SOON_S: Final = 30.0


def closed_stay(server: Server, seat: int) -> dict[str, Any]:
    """The stay of this seat, once it is closed."""
    deadline = time.monotonic() + GRACE_S + SOON_S
    while True:
        [stay] = [row for row in stays(server) if row["seat"] == seat]
        if stay["left_at"] is not None:
            return stay
        assert time.monotonic() < deadline, stay
        time.sleep(0.1)


@dataclass
class Participant:
    """Somebody at a client that does what a page does: says hello, and comes back with the credential."""

    server: Server
    sockets: ExitStack
    address: str = ""
    resume: str = ""
    seat: int = 0

    def joins(self, link: str, name: str) -> None:
        number, passcode = re.findall(r"/j/(\d{9})#p=(\d{6})", link)[0]
        key = re.search(r"&h=([\w-]+)", link)
        with httpx.Client(base_url=self.server.url, headers={"X-MCMeet": "1"}) as http:
            body = {"name": name, "consent": http.get("/api/session").json()["consent"]}
            opening = {"host_key": key[1]} if key else {"passcode": passcode}
            joined = http.post(f"/api/meetings/{number}/join", json=body | opening).json()
        self.address = joined["socket"]
        assert self.hello(ticket=joined["ticket"])["type"] == "welcome"

    def comes_back(self) -> dict[str, Any]:
        return self.hello(resume=self.resume)

    def hello(self, **credential: str) -> dict[str, Any]:
        socket = self._connect()
        socket.send(json.dumps({"type": "hello"} | credential))
        answer: dict[str, Any] = json.loads(socket.recv(SOON_S))
        self.resume = answer["resume"]
        self.seat = answer["you"]["seat"]
        return answer

    def _connect(self) -> ClientConnection:
        opened = connect(
            self.address, subprotocols=[Subprotocol(SUBPROTOCOL)], origin=Origin(self.server.url)
        )
        return self.sockets.enter_context(opened)


@dataclass
class Held:
    server: Server
    lin: Participant
    zhou: Participant


@pytest.fixture
def held(start_server: StartServer) -> Iterator[Held]:
    """林晓 hosts, 周航 is a guest, and both are in."""
    server = start_server(MCMEET_LIVE__GRACE_SECONDS=str(GRACE_S))
    made = create_meeting(server.data, "产品周会")
    with ExitStack() as sockets:
        lin, zhou = Participant(server, sockets), Participant(server, sockets)
        lin.joins(made.host_link, "林晓")
        zhou.joins(made.link, "周航")
        yield Held(server, lin, zhou)


def test_who_comes_back_after_a_kill_stays_in_the_same_row_without_a_gap(held: Held) -> None:
    before = stays(held.server)
    assert [(stay["name"], stay["role"], stay["left_at"]) for stay in before] == [
        ("林晓", "host", None),
        ("周航", "participant", None),
    ]
    held.server.restart()
    for person, seat, role in ((held.lin, 1, "host"), (held.zhou, 2, "participant")):
        you = person.comes_back()["you"]
        assert (you["seat"], you["role"]) == (seat, role)
    time.sleep(GRACE_S + 1)  # nobody is taken for lost afterwards
    assert [row | {"last_seen_at": None} for row in stays(held.server)] == [
        row | {"last_seen_at": None} for row in before
    ]


def test_who_does_not_come_back_has_left_when_the_server_last_saw_them(held: Held) -> None:
    held.server.kill()
    before = {stay["name"]: stay for stay in stays(held.server)}
    held.server.restart()
    held.zhou.comes_back()
    lost = closed_stay(held.server, held.lin.seat)
    assert lost["left_at"] == before["林晓"]["last_seen_at"]
    assert lost["id"] == before["林晓"]["id"]
    [kept] = [stay for stay in stays(held.server) if stay["name"] == "周航"]
    assert (kept["id"], kept["left_at"]) == (before["周航"]["id"], None)


def test_when_nobody_comes_back_every_row_ends_where_it_was_last_seen(held: Held) -> None:
    held.server.kill()
    before = stays(held.server)
    held.server.restart()
    for stay in before:
        assert closed_stay(held.server, stay["seat"])["left_at"] == stay["last_seen_at"]
