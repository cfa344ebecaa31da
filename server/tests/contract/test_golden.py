"""What clients said to a real LiveKit server is said to ours; what they get to know has to be the same.

Compared whenever the recording pauses, not message by message: ours tells some things sooner and in fewer
messages, on purpose (docs/protocol-rtc.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from livekit.protocol import rtc as protocol
from websockets.exceptions import InvalidStatus

from mcmeet.media.embedded import engine as embedded
from tests.contract import sdp_text
from tests.contract.harness import Rtc
from tests.contract.scripted_client import ScriptedClient
from tests.contract.sdp_text import Section

pytestmark = pytest.mark.anyio

GOLDEN = Path(__file__).parent / "golden"
REPLAYED = sorted(path.stem for path in GOLDEN.glob("*.jsonl") if not path.stem.startswith("54"))
HARD_CLOSE = "page closed hard (no leave)"

Line = dict[str, Any]
Json = dict[str, Any]


def lines(trace: str) -> list[Line]:
    return [json.loads(line) for line in (GOLDEN / f"{trace}.jsonl").read_text().splitlines()]


@dataclass
class View:
    """What one client knows. Tracks are named by identity and source, so that two servers compare."""

    people: dict[str, dict[str, bool]] = field(default_factory=dict)
    """Identity → source → muted."""
    received: set[str] = field(default_factory=set)
    published: list[tuple[str, bool]] = field(default_factory=list)
    answers: list[tuple[int, list[tuple[str, bool]]]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    _tracks: dict[str, str] = field(default_factory=dict)

    def take(self, message: Json) -> None:
        [(kind, body)] = message.items()
        if kind == "join":
            for info in [*body.get("otherParticipants", []), body["participant"]]:
                self._learn(info)
        elif kind == "update":
            for info in body["participants"]:
                self._learn(info)
        elif kind == "trackPublished":
            track = body["track"]
            self.published.append((track["source"], track.get("muted", False)))
        elif kind == "answer":
            sections = [(s.kind, s.direction != "inactive") for s in _sections(body["sdp"])[1:]]
            self.answers.append((body.get("id", 0), sections))
        elif kind == "offer":
            sending = [
                section.track for section in _sections(body["sdp"]) if section.sending and section.track
            ]
            assert all(sid in self._tracks for sid in sending), "offered before it was announced"
            self.received = {self._tracks[sid] for sid in sending}
        elif kind == "leave":
            self.left.append(body.get("reason", ""))

    def _learn(self, info: Json) -> None:
        identity = info["identity"]
        if info.get("state") == "DISCONNECTED":
            self.people.pop(identity, None)
            return
        tracks = info.get("tracks", [])
        self.people[identity] = {track["source"]: track.get("muted", False) for track in tracks}
        self._tracks.update((track["sid"], f"{identity} {track['source']}") for track in tracks)

    def agrees_with(self, golden: View) -> None:
        """People without tracks may be known to us sooner: LiveKit tells of them every 3 s."""
        if not golden.left:  # what it heard of those who left with it is chance
            publishing = {identity: tracks for identity, tracks in self.people.items() if tracks}
            assert publishing == {identity: tracks for identity, tracks in golden.people.items() if tracks}
            assert self.people.keys() >= golden.people.keys()
            assert self.received == golden.received
        assert self.published == golden.published
        assert self.answers == golden.answers
        assert self.left == golden.left


def _sections(sdp: Any) -> list[Section]:
    if isinstance(sdp, str):
        return sdp_text.read(sdp)
    return [
        Section(s["mid"], s["m"], s.get("dir", "sendrecv"), *s.get("msid", " ").split(" ", 1)) for s in sdp
    ]


class Replay:
    def __init__(self, rtc: Rtc, trace: list[Line]) -> None:
        self.rtc = rtc
        self.trace = trace
        self.clients: dict[str, ScriptedClient] = {}
        self.golden: dict[str, View] = {}
        self.read: dict[str, int] = {}
        self.ours: dict[str, View] = {}

    async def run(self) -> None:
        for line in self.trace:
            if line["k"] == "STEP":
                await self.compare()
            await self.step(line)
        await self.compare()

    async def step(self, line: Line) -> None:
        who = line["w"]
        if line["k"] == "WS connect":
            query = line["d"]["q"]["auto_subscribe"]
            identity = self.joined(who)["participant"]["identity"]
            self.clients[who] = await self.rtc.join(identity, auto_subscribe=query)
            self.ours[who], self.golden[who], self.read[who] = View(), View(), 0
            await self.rtc.settle()
        elif line["k"] == "S>C":
            self.golden[who].take(line["d"])
        elif line["k"] == "C>S":
            await self.say(who, line["d"])
        elif line.get("d") == HARD_CLOSE:
            await self.close_hard(self.clients[who])

    async def say(self, who: str, message: Json) -> None:
        [(kind, body)] = message.items()
        if kind == "answer":
            return  # our scripted clients answer what our server offers
        client = self.clients[who]
        if kind == "offer":
            text = sdp_text.write(_sections(body["sdp"]))
            offer = protocol.SessionDescription(type="offer", sdp=text, id=body.get("id", 0))
            await client.send(offer=offer)
        else:
            request = ParseDict(self.translate(message), protocol.SignalRequest())
            await client.socket.send(request.SerializeToString())
        await self.rtc.settle()

    async def close_hard(self, client: ScriptedClient) -> None:
        """The page is gone: the socket breaks and its peer connections close."""
        sid = client.sid
        transports = list(self.rtc.sfu.transports)[-2:]
        await client.close()
        self.rtc.sfu.emit("failed", transports[0], "closed by the peer")
        witness = self.clients["A"]
        await witness.wait("update", lambda update: _is_gone(update, sid))

    async def compare(self) -> None:
        await self.rtc.settle()
        for who, client in self.clients.items():
            for message in client.received[self.read[who] :]:
                self.ours[who].take(_as_json(message))
            self.read[who] = len(client.received)
            self.ours[who].agrees_with(self.golden[who])

    def joined(self, who: str) -> Json:
        found: Json = next(
            line["d"]["join"] for line in self.trace if line["w"] == who and _kind(line) == "join"
        )
        return found

    def translate(self, message: Json) -> Json:
        """The recording's participant and track ids become ours."""
        text = json.dumps(message)
        for who, client in self.clients.items():
            text = text.replace(self.joined(who)["participant"]["sid"], client.sid)
            for golden, ours in self.published(who):
                text = text.replace(golden, ours)
        translated: Json = json.loads(text)
        return translated

    def published(self, who: str) -> Iterator[tuple[str, str]]:
        ours = {message.cid: message.track.sid for message in self.clients[who].all("track_published")}
        for line in self.trace:
            if line["w"] == who and _kind(line) == "trackPublished":
                body = line["d"]["trackPublished"]
                if body["cid"] in ours:
                    yield body["track"]["sid"], ours[body["cid"]]


def _kind(line: Line) -> str:
    return next(iter(line["d"])) if line["k"] == "S>C" else ""


def _is_gone(update: Any, sid: str) -> bool:
    info = update.participants[0]
    return bool(info.sid == sid and info.state == info.State.DISCONNECTED)


def _as_json(message: protocol.SignalResponse) -> Json:
    taken: Json = MessageToDict(message)
    return taken


@pytest.mark.parametrize("trace", REPLAYED)
async def test_clients_get_to_know_what_a_real_server_tells_them(
    rtc: Rtc, trace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "FAILED_GRACE_SECONDS", 0.05)
    replay = Replay(rtc, lines(trace))
    await replay.run()
    assert replay.golden


async def test_a_bad_token_is_refused_as_by_a_real_server(rtc: Rtc) -> None:
    [golden] = [line["d"]["status"] for line in lines("54-bad-token") if line["k"] == "HTTP resp"]
    with pytest.raises(InvalidStatus) as refused:
        await rtc.connect("nonsense")
    assert refused.value.response.status_code == golden
