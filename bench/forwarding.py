"""CPU time per forwarded packet: one 720p publisher, and ten who speak, to an audience; and 250 rooms of two.

`mcmeet media` and, where one is installed, a real LiveKit server take turns, each with a fresh process and
the same load: `bench/load_client` (str0m) sends 1.5 Mbit/s of VP8 in 30 frames a second, or Opus in 20 ms.
The figure is user + system time of the server's processes, kernel work for sending included.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlencode

from livekit.protocol import models
from livekit.protocol import rtc as protocol
from websockets.asyncio.client import ClientConnection, connect

from bench.engines import Engine, engines
from bench.process import cpu_seconds, resident_mib
from bench.results import Figure, record
from mcmeet.media.port import Rights
from tests.contract.media_server import MediaServer
from tests.contract.scripted_client import ScriptedClient

ROOT: Final = Path(__file__).parents[1]
BUILD: Final = ["cargo", "build", "--release", "--package", "load-client"]
LOAD_CLIENT: Final = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/load-client"
HEAD: Final = struct.Struct("<IcI")
ROUNDS: Final = 3
SETTLE_SECONDS: Final = 3
WINDOW_SECONDS: Final = 6
JOIN_PATIENCE: Final = 60
LIVEKIT_PROTOCOL: Final = "17"
"""Of the SDKs of today. A LiveKit server takes a client that names none for one of 2021."""
LISTENS: Final = Rights(publish=frozenset())
SENDS: Final = Rights(subscribe=False)


@dataclass(frozen=True)
class Scenario:
    name: str
    kind: bytes
    """V or A, as the load client has it."""
    packets_per_second: int
    """Of each publisher."""
    publishers: int
    subscribers: int
    rooms: int = 1
    """Of so many each."""


SCENARIOS: Final = (
    *(Scenario(f"720p 1 → {audience}", b"V", 180, 1, audience) for audience in (20, 50, 100)),
    *(Scenario(f"speakers 10 → {audience}", b"A", 50, 10, audience) for audience in (20, 50)),
    Scenario("250 rooms, speaker 1 → 1", b"A", 50, 1, 1, rooms=250),
)


class LoadClient:
    """The sessions' media; signalling is here."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._replies: dict[tuple[int, bytes], asyncio.Future[bytes]] = {}
        self._reader = asyncio.create_task(self._read())

    async def ask(self, session: int, kind: bytes, body: str, reply: bytes) -> str:
        return (await self._ask(session, kind, body, reply)).decode()

    async def received(self) -> int:
        return int.from_bytes(await self._ask(0, b"C", "", b"C"), "little")

    def tell(self, session: int, kind: bytes, body: str) -> None:
        assert self._process.stdin is not None
        raw = body.encode()
        self._process.stdin.write(HEAD.pack(session, kind, len(raw)) + raw)

    async def close(self) -> None:
        self._reader.cancel()
        self._process.kill()
        await self._process.wait()

    async def _ask(self, session: int, kind: bytes, body: str, reply: bytes) -> bytes:
        waiting = asyncio.get_running_loop().create_future()
        self._replies[session, reply] = waiting
        self.tell(session, kind, body)
        return await asyncio.wait_for(waiting, JOIN_PATIENCE)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while True:
            head = await self._process.stdout.readexactly(HEAD.size)
            session, kind, length = HEAD.unpack(head)
            body = await self._process.stdout.readexactly(length)
            self._replies.pop((session, kind)).set_result(body)


class Participant(ScriptedClient):
    """Signalling is here, media in a session of the load client."""

    def __init__(self, socket: ClientConnection, client: LoadClient, session: int) -> None:
        self.client = client
        self.session = session
        super().__init__(socket, answers=True)

    @classmethod
    async def enter(cls, address: str, client: LoadClient, session: int) -> Self:
        participant = cls(await connect(address, compression=None), client, session)
        await participant.wait("join")
        return participant

    async def react(self, message: protocol.SignalResponse) -> None:
        if message.WhichOneof("message") == "trickle":
            candidate = json.loads(message.trickle.candidateInit)["candidate"]
            self.client.tell(self.session, b"T", candidate)
        else:
            await super().react(message)

    async def answer(self, offer: protocol.SessionDescription) -> None:
        sdp = await self.client.ask(self.session, b"R", offer.sdp, b"D")
        await self.send(answer=protocol.SessionDescription(type="answer", sdp=sdp, id=offer.id))

    async def send_track(self, kind: bytes) -> None:
        cid = f"track-{self.session}"
        await self.send(add_track=video_track(cid) if kind == b"V" else audio_track(cid))
        offer = await self.client.ask(self.session, kind, cid, b"O")
        await self.send(offer=protocol.SessionDescription(type="offer", sdp=offer, id=1))
        answer = await self.wait("answer")
        self.client.tell(self.session, b"S", answer.sdp)


def video_track(cid: str) -> protocol.AddTrackRequest:
    layer = models.VideoLayer(quality=models.VideoQuality.HIGH, width=1280, height=720, bitrate=1_500_000)
    return protocol.AddTrackRequest(
        cid=cid,
        type=models.TrackType.VIDEO,
        source=models.TrackSource.CAMERA,
        width=1280,
        height=720,
        layers=[layer],
    )


def audio_track(cid: str) -> protocol.AddTrackRequest:
    return protocol.AddTrackRequest(
        cid=cid, type=models.TrackType.AUDIO, source=models.TrackSource.MICROPHONE, disable_red=True
    )


@dataclass
class Load:
    media: MediaServer
    client: LoadClient
    participants: list[Participant] = field(default_factory=list)

    async def publish(self, room: str, kind: bytes) -> None:
        await (await self._join(room, SENDS)).send_track(kind)

    async def subscribe(self, room: str) -> None:
        await self._join(room, LISTENS)

    async def close(self) -> None:
        for participant in self.participants:
            await participant.close()
        await self.client.close()

    async def _join(self, room: str, rights: Rights) -> Participant:
        session = len(self.participants) + 1
        token = self.media.token(f"participant-{session}", rights, room=room)
        query = urlencode({"access_token": token, "auto_subscribe": "1", "protocol": LIVEKIT_PROTOCOL})
        participant = await Participant.enter(f"{self.media.url}/rtc?{query}", self.client, session)
        self.participants.append(participant)
        return participant


@dataclass(frozen=True)
class Measured:
    """One round of one engine."""

    cpu_us: float
    """Per forwarded packet."""
    arrived: float
    """Percent of what should have."""
    resident: float
    """MiB at the end."""


async def measure(engine: Engine, scenario: Scenario) -> Measured:
    with engine.start() as media:
        process = await asyncio.create_subprocess_exec(
            LOAD_CLIENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=2**20
        )
        load = Load(media, LoadClient(process))
        for room in map(str, range(scenario.rooms)):
            for _ in range(scenario.publishers):
                await load.publish(room, scenario.kind)
            for _ in range(scenario.subscribers):
                await load.subscribe(room)
        await asyncio.sleep(SETTLE_SECONDS)
        measured = await watch(media.process.pid, load.client, scenario)
        await load.close()
    return measured


async def watch(pid: int, client: LoadClient, scenario: Scenario) -> Measured:
    start, cpu, packets = time.monotonic(), cpu_seconds(pid), await client.received()
    await asyncio.sleep(WINDOW_SECONDS)
    packets = await client.received() - packets
    cpu, seconds = cpu_seconds(pid) - cpu, time.monotonic() - start
    receptions = scenario.rooms * scenario.publishers * scenario.subscribers
    due = scenario.packets_per_second * receptions * seconds
    return Measured(cpu / packets * 1e6, packets / due * 100, resident_mib(pid))


def figures(scenario: Scenario, rounds: dict[str, list[Measured]]) -> list[Figure]:
    found = []
    for engine, measured in rounds.items():
        name = f"{scenario.name}, {engine}"
        found += [
            Figure(f"{name}: CPU per packet", "µs", [one.cpu_us for one in measured]),
            Figure(f"{name}: arrived", "%", [one.arrived for one in measured]),
            Figure(f"{name}: resident", "MiB", [one.resident for one in measured]),
        ]
    if len(rounds) == 2:
        (ours, _), (peer, _) = rounds.items()
        ratios = [theirs.cpu_us / own.cpu_us for own, theirs in zip(rounds[ours], rounds[peer], strict=True)]
        found.append(Figure(f"{scenario.name}: CPU per packet, {peer} ÷ {ours}", "×", ratios))
    return found


async def measure_all() -> list[Figure]:
    found = []
    for scenario in SCENARIOS:
        rounds: dict[str, list[Measured]] = {engine.name: [] for engine in engines()}
        for _ in range(ROUNDS):
            for engine in engines():
                rounds[engine.name].append(await measure(engine, scenario))
        found += figures(scenario, rounds)
    return found


def main() -> None:
    subprocess.run(BUILD, cwd=ROOT, check=True)
    record("forwarding", asyncio.run(measure_all()))


if __name__ == "__main__":
    main()
