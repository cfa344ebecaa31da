"""What a client receives: its consumers, and one offer at a time."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mcmeet.media.embedded.publisher import Track
from mcmeet.media.port import Source

if TYPE_CHECKING:
    from mcmeet_sfu import Engine

FIRST_OFFER_NUMBER_LIMIT: Final = 200
"""Offers start at a random number and rise by one; 0 means "none" (golden rule 2)."""

RECEIVED_MOST: Final = {"audio": 512, "video": 256}
"""Of one client at a time. Its answer has some 600 bytes for a microphone and twice that for a camera, and
has to fit into a frame: one that does not would cost everybody in such a room their connection."""

STREAM_NAMES: Final = {
    Source.CAMERA: "camera",
    Source.MICROPHONE: "camera",
    Source.SCREEN_SHARE: "screen",
    Source.SCREEN_SHARE_AUDIO: "screen",
}

SendOffer = Callable[[str, int, Mapping[str, str]], None]
"""SDP, its number, sids by mid."""
LeaveOut = Callable[[str], None]
"""Tells the client which track it does not receive, by its sid."""


@dataclass(slots=True)
class Subscription:
    """`consumer` and its section's `mid` exist while the track is received; `wanted` is None until the
    client says so itself."""

    kind: str
    consumer: int | None = None
    mid: str = ""
    wanted: bool | None = None
    disabled: bool = False


class Subscriber:
    """Changes are collected while an offer waits for its answer (golden rule 11)."""

    def __init__(
        self,
        sfu: Engine,
        router: int,
        send_offer: SendOffer,
        leave_out: LeaveOut,
        *,
        auto_subscribe: bool,
        sync_streams: bool,
    ) -> None:
        self._sfu = sfu
        self.transport = sfu.open_subscriber(router)
        self._send_offer = send_offer
        self._leave_out = leave_out
        self._auto_subscribe = auto_subscribe
        self._sync_streams = sync_streams
        self._subscriptions: dict[str, Subscription] = {}
        self._received = dict.fromkeys(RECEIVED_MOST, 0)
        self._left_out: dict[str, dict[str, tuple[Track, str]]] = {kind: {} for kind in RECEIVED_MOST}
        self._number = secrets.randbelow(FIRST_OFFER_NUMBER_LIMIT) + 1
        self._in_flight = False
        self._changed = True

    def offer_track(self, track: Track, participant_sid: str) -> None:
        """Receives the track if this client wants it and has room for it; `negotiate` tells the client."""
        self._take_up(track.kind)
        subscription = self._subscription(track)
        wanted = self._auto_subscribe if subscription.wanted is None else subscription.wanted
        if not wanted or subscription.consumer is not None or track.producer is None:
            return
        if self._has_room(track.kind):
            self._receive(track, participant_sid)
        elif track.sid not in self._left_out[track.kind]:
            self._left_out[track.kind][track.sid] = (track, participant_sid)
            self._leave_out(track.sid)

    def set_wanted(self, track: Track, participant_sid: str, wanted: bool) -> None:
        self._subscription(track).wanted = wanted
        if wanted:
            self.offer_track(track, participant_sid)
        else:
            self._stop(track.sid)

    def set_disabled(self, track: Track, disabled: bool) -> None:
        """The client does not show the track just now: no packets, no negotiation."""
        subscription = self._subscription(track)
        if subscription.disabled == disabled:
            return
        subscription.disabled = disabled
        if subscription.consumer is not None:
            self._sfu.pause_consumer(subscription.consumer, disabled)

    def forget(self, sid: str) -> None:
        """The track is gone."""
        self._stop(sid)
        self._subscriptions.pop(sid, None)

    def stop_all(self) -> None:
        for sid in self._subscriptions:
            self._stop(sid)

    def negotiate(self) -> None:
        if self._in_flight:
            return
        for kind in RECEIVED_MOST:
            self._take_up(kind)
        if not self._changed:
            return
        self._in_flight, self._changed = True, False
        self._number += 1
        self._send_offer(self._sfu.offer(self.transport), self._number, self._tracks_by_mid())

    def take_answer(self, sdp: str, number: int) -> None:
        """Raises ValueError on an SDP that cannot be read. Rust and Go SDKs leave the number at 0."""
        if not self._in_flight or number not in (0, self._number):
            return
        self._sfu.accept_answer(self.transport, sdp)
        self._in_flight = False
        self.negotiate()

    def _subscription(self, track: Track) -> Subscription:
        return self._subscriptions.setdefault(track.sid, Subscription(track.kind))

    def _has_room(self, kind: str) -> bool:
        return self._received[kind] < RECEIVED_MOST[kind]

    def _take_up(self, kind: str) -> None:
        """What had to be left out, in the order it came, as far as others have made room."""
        left_out = self._left_out[kind]
        while left_out and self._has_room(kind):
            track, participant_sid = left_out.pop(next(iter(left_out)))
            self._receive(track, participant_sid)

    def _receive(self, track: Track, participant_sid: str) -> None:
        assert track.producer is not None
        subscription = self._subscription(track)
        self._received[track.kind] += 1
        stream, name = self._names(track, participant_sid)
        subscription.consumer = self._sfu.consume(self.transport, track.producer, stream, name)
        subscription.mid = self._sfu.consumer_mid(subscription.consumer)
        if subscription.disabled:
            self._sfu.pause_consumer(subscription.consumer, True)
        self._changed = True

    def _names(self, track: Track, participant_sid: str) -> tuple[str, str]:
        """Stream and track of `a=msid`.

        Browsers match lips within a stream and nowhere else (Media Capture and Streams §4.1). They also keep
        the first track id that a section had: with shared streams the sid is told by mid, beside the offer.
        """
        if self._sync_streams:
            return f"{participant_sid}|{STREAM_NAMES[track.source]}", track.source.value
        return f"{participant_sid}|{track.sid}", track.sid

    def _tracks_by_mid(self) -> dict[str, str]:
        if not self._sync_streams:
            return {}
        received = [(sid, one) for sid, one in self._subscriptions.items() if one.consumer is not None]
        return {one.mid: sid for sid, one in received}

    def _stop(self, sid: str) -> None:
        subscription = self._subscriptions.get(sid)
        if subscription is None:
            return
        self._left_out[subscription.kind].pop(sid, None)
        if subscription.consumer is None:
            return
        self._sfu.close_consumer(subscription.consumer)
        subscription.consumer = None
        self._received[subscription.kind] -= 1
        self._changed = True
