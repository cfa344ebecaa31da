"""/rtc: whatever three clients do in whatever order, each ends up receiving exactly what it wants."""

import random

import pytest
from livekit.protocol import rtc as protocol

from mcmeet.media.port import Source
from tests.contract.harness import Rtc
from tests.contract.scripted_client import ScriptedClient

pytestmark = pytest.mark.anyio

NAMES = ("lin", "zhou", "emma")
STEPS = 80


class Storm:
    def __init__(self, rtc: Rtc, seed: int) -> None:
        self.rtc = rtc
        self.random = random.Random(seed)
        self.clients: dict[str, ScriptedClient] = {}
        self.tracks: dict[str, dict[str, str]] = {name: {} for name in NAMES}
        """By owner: cid of each published track, by its sid."""
        self.unwanted: dict[str, set[str]] = {name: set() for name in NAMES}

    async def step(self) -> None:
        name = self.random.choice(NAMES)
        if name not in self.clients:
            await self.join(name)
            return
        acts = [self.publish, self.publish, self.unpublish, self.mute, self.subscribe, self.join, self.leave]
        await self.random.choice(acts)(name)

    async def join(self, name: str) -> None:
        self.clients[name] = await self.rtc.join(name)
        self.tracks[name] = {}
        self.unwanted[name] = set()

    async def leave(self, name: str) -> None:
        client = self.clients.pop(name)
        await client.send(leave=protocol.LeaveRequest())
        await client.wait_closed()
        self.tracks[name] = {}

    async def publish(self, name: str) -> None:
        client = self.clients[name]
        if len(self.tracks[name]) < 5:
            sid = await client.publish(self.random.choice(list(Source)))
            self.tracks[name][sid] = client.sections[-1].track

    async def unpublish(self, name: str) -> None:
        if self.tracks[name]:
            sid = self.random.choice(list(self.tracks[name]))
            await self.clients[name].unpublish(self.tracks[name].pop(sid))

    async def mute(self, name: str) -> None:
        for sid in self.tracks[name]:
            muted = self.random.random() < 0.5
            await self.clients[name].send(mute=protocol.MuteTrackRequest(sid=sid, muted=muted))

    async def subscribe(self, name: str) -> None:
        others = [sid for owner in NAMES if owner != name for sid in self.tracks[owner]]
        for sid in others:
            wanted = self.random.random() < 0.5
            (self.unwanted[name].discard if wanted else self.unwanted[name].add)(sid)
            message = protocol.UpdateSubscription(track_sids=[sid], subscribe=wanted)
            await self.clients[name].send(subscription=message)


@pytest.mark.parametrize("seed", range(6))
async def test_everybody_receives_what_they_want_in_the_end(rtc: Rtc, seed: int) -> None:
    storm = Storm(rtc, seed)
    for _ in range(STEPS):
        await storm.step()
    for _ in range(3):
        await rtc.settle()
    for name, client in storm.clients.items():
        others = {sid for owner in storm.clients if owner != name for sid in storm.tracks[owner]}
        assert set(client.offered_tracks()[-1]) == others - storm.unwanted[name]
        shown = {track.sid for info in client.participants().values() for track in info.tracks}
        assert shown == others
    assert {consumer.track for consumer in rtc.sfu.consumers.values()} <= {
        sid for tracks in storm.tracks.values() for sid in tracks
    }
    assert len(rtc.sfu.transports) == 2 * len(storm.clients)
