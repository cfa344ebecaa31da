"""A client of `/rtc` that does just what a test says: protobuf over a real WebSocket, no media."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from livekit.protocol import models, rtc
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from mcmeet.media.port import Source
from tests.contract import sdp_text
from tests.contract.sdp_text import Section

PATIENCE = 30.0
"""Seconds to wait for what must come."""
SOURCES = {
    Source.CAMERA: models.TrackSource.CAMERA,
    Source.MICROPHONE: models.TrackSource.MICROPHONE,
    Source.SCREEN_SHARE: models.TrackSource.SCREEN_SHARE,
    Source.SCREEN_SHARE_AUDIO: models.TrackSource.SCREEN_SHARE_AUDIO,
}

CHROMIUM = (Path(__file__).parents[3] / "sfu/tests/golden/publish-microphone.sdp").read_text()
[CHROMIUM_CID] = re.findall(r"^a=msid:\S+ (\S+)", CHROMIUM, re.MULTILINE)


class TrackRefused(Exception):
    """The server answered `add_track` with `request_response`."""


class ScriptedClient:
    """`received` holds every message; offers are answered by themselves unless `answers` is switched off."""

    def __init__(self, socket: ClientConnection, *, answers: bool) -> None:
        self.socket = socket
        self.answers = answers
        self.received: list[rtc.SignalResponse] = []
        self.close_code: int | None = None
        self.sections: list[Section] = [Section("0", "application")]
        self._arrived = asyncio.Condition()
        self._numbers = itertools.count(1)
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def join(cls, url: str, token: str, *, answers: bool = True, **query: str) -> Self:
        """Returns after `join`. Raises websockets' InvalidStatus when the server refuses."""
        parameters = urlencode({"access_token": token, "auto_subscribe": "1", **query})
        client = cls(await connect(f"{url}/rtc?{parameters}", compression=None), answers=answers)
        await client.wait("join")
        return client

    async def close(self) -> None:
        """Ends the socket as a crash would: without `leave`."""
        self.socket.transport.abort()
        await self._reader

    @property
    def sid(self) -> str:
        sid: str = self.all("join")[0].participant.sid
        return sid

    def all(self, kind: str) -> list[Any]:
        return [getattr(message, kind) for message in self.received if message.WhichOneof("message") == kind]

    async def wait(self, kind: str, wanted: Callable[[Any], bool] = lambda _: True) -> Any:
        """The first message of that kind that fits, past or to come."""
        async with asyncio.timeout(PATIENCE), self._arrived:
            while True:
                for message in self.all(kind):
                    if wanted(message):
                        return message
                if self.close_code is not None:
                    raise AssertionError(f"closed with {self.close_code} before {kind}")
                await self._arrived.wait()

    async def wait_closed(self) -> int:
        await asyncio.wait_for(asyncio.shield(self._reader), PATIENCE)
        assert self.close_code is not None
        return self.close_code

    async def send(self, **message: Any) -> None:
        await self.socket.send(rtc.SignalRequest(**message).SerializeToString())

    async def settle(self) -> None:
        """Everything sent so far has been carried out, and what it led to here has arrived."""
        stamp = next(self._numbers)
        await self.send(ping_req=rtc.Ping(timestamp=stamp))
        await self.wait("pong_resp", lambda pong: pong.last_ping_timestamp == stamp)

    async def is_through(self) -> None:
        """Everything sent so far has been carried out, or the server has closed for it."""
        try:
            await self.settle()
        except AssertionError:
            if self.close_code is None:
                raise

    async def announce(self, source: Source, *, muted: bool = False, cid: str = "") -> models.TrackInfo:
        """add_track → track_published."""
        cid = cid or f"cid-{next(self._numbers)}"
        is_video = source in (Source.CAMERA, Source.SCREEN_SHARE)
        kind = models.TrackType.VIDEO if is_video else models.TrackType.AUDIO
        request = rtc.AddTrackRequest(cid=cid, type=kind, source=SOURCES[source], muted=muted)
        await self.send(add_track=request)
        await self.settle()
        if any(refused.add_track.cid == cid for refused in self.all("request_response")):
            raise TrackRefused
        published = await self.wait("track_published", lambda message: message.cid == cid)
        section = Section(str(len(self.sections)), "video" if is_video else "audio", "sendonly", "s", cid)
        self.sections.append(section)
        track: models.TrackInfo = published.track
        return track

    async def publish(self, source: Source, *, muted: bool = False) -> str:
        """The whole way; returns the track's sid."""
        track = await self.announce(source, muted=muted)
        await self.offer()
        return track.sid

    async def publish_like_chromium(self, *, disable_dtx: bool = False) -> Any:
        """A microphone, by a description that Chromium made: a real engine takes no less."""
        source = models.TrackSource.MICROPHONE
        await self.send(
            add_track=rtc.AddTrackRequest(
                cid=CHROMIUM_CID, type=models.TrackType.AUDIO, source=source, disable_dtx=disable_dtx
            )
        )
        return await self.offer_like_chromium()

    async def offer_like_chromium(self) -> Any:
        number = next(self._numbers)
        await self.send(offer=rtc.SessionDescription(type="offer", sdp=CHROMIUM, id=number))
        return await self.wait("answer", lambda answer: answer.id == number)

    async def unpublish(self, cid: str) -> None:
        """As livekit-client does: an offer with that section inactive, nothing else."""
        self.sections = [
            Section(section.mid, section.kind, "inactive") if section.track == cid else section
            for section in self.sections
        ]
        await self.offer()

    async def offer(self) -> Any:
        number = next(self._numbers)
        description = rtc.SessionDescription(type="offer", sdp=sdp_text.write(self.sections), id=number)
        await self.send(offer=description)
        return await self.wait("answer", lambda answer: answer.id == number)

    async def react(self, message: rtc.SignalResponse) -> None:
        """What a client does by itself when a message has arrived."""
        if self.answers and message.WhichOneof("message") == "offer":
            await self.answer(message.offer)

    async def answer(self, offer: rtc.SessionDescription) -> None:
        answered = [
            Section(section.mid, section.kind, "recvonly" if section.sending else "inactive")
            for section in sdp_text.read(offer.sdp)
        ]
        description = rtc.SessionDescription(type="answer", sdp=sdp_text.write(answered), id=offer.id)
        await self.send(answer=description)

    def offered_tracks(self) -> list[list[str]]:
        """Track sids that each offer of the server carries."""
        offers = [sdp_text.read(offer.sdp) for offer in self.all("offer")]
        return [[section.track for section in sections if section.sending] for sections in offers]

    def participants(self) -> dict[str, models.ParticipantInfo]:
        """The others as this client sees them, by sid, as livekit-client would keep them."""
        join = self.all("join")[0]
        seen = {info.sid: info for info in join.other_participants}
        for update in self.all("update"):
            for info in update.participants:
                if info.state == models.ParticipantInfo.State.DISCONNECTED:
                    seen.pop(info.sid, None)
                elif info.sid != self.sid:
                    older = [sid for sid, known in seen.items() if known.identity == info.identity]
                    for sid in older:
                        del seen[sid]
                    seen[info.sid] = info
        return seen

    async def _read(self) -> None:
        try:
            async for frame in self.socket:
                assert isinstance(frame, bytes)
                message = rtc.SignalResponse.FromString(frame)
                async with self._arrived:
                    self.received.append(message)
                    self._arrived.notify_all()
                await self.react(message)
        except ConnectionClosed:
            pass
        async with self._arrived:
            self.close_code = self.socket.close_code or 1006
            self._arrived.notify_all()
