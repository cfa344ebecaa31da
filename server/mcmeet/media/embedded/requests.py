"""What each request of a client does. Kinds that are not listed are accepted and do nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from livekit.protocol import rtc

from mcmeet.core.clock import Clock
from mcmeet.media.embedded import messages
from mcmeet.media.embedded.participant import Participant
from mcmeet.media.embedded.publisher import TrackRefused
from mcmeet.media.embedded.room import Room
from mcmeet.media.port import GoneReason

Handler = Callable[[Room, Participant, rtc.SignalRequest, Clock], None]


def handle(room: Room, participant: Participant, request: rtc.SignalRequest, clock: Clock) -> None:
    """Raises ValueError when an SDP cannot be used, TooManyRequests when it is too much for the others."""
    handler = HANDLERS.get(request.WhichOneof("message") or "")
    if handler is not None:
        handler(room, participant, request, clock)


def _offer(room: Room, participant: Participant, request: rtc.SignalRequest, clock: Clock) -> None:
    room.take_offer(participant, request.offer.sdp, request.offer.id)


def _answer(room: Room, participant: Participant, request: rtc.SignalRequest, clock: Clock) -> None:
    participant.subscriber.take_answer(request.answer.sdp, request.answer.id)


def _add_track(room: Room, participant: Participant, request: rtc.SignalRequest, clock: Clock) -> None:
    try:
        track, replaced = participant.publisher.announce(request.add_track, participant.may_publish)
    except TrackRefused as refusal:
        participant.send(messages.refused_track(request.add_track, refusal.reason, refusal.text))
        return
    for outdated in replaced:
        participant.send(messages.unpublished(outdated.sid))
    participant.send(messages.published(track.cid, track.info))


def _mute(room: Room, participant: Participant, request: rtc.SignalRequest, clock: Clock) -> None:
    room.set_muted(participant, request.mute.sid, request.mute.muted)


def _subscription(room: Room, participant: Participant, request: rtc.SignalRequest, clock: Clock) -> None:
    """JavaScript fills both lists, Go only the second (golden rule 13)."""
    message = request.subscription
    sids = set(message.track_sids)
    for tracks in message.participant_tracks:
        sids.update(tracks.track_sids)
    room.subscribe(participant, sids, message.subscribe)


def _track_setting(room: Room, participant: Participant, request: rtc.SignalRequest, clock: Clock) -> None:
    room.show(participant, request.track_setting.track_sids, not request.track_setting.disabled)


def _update_metadata(room: Room, participant: Participant, request: rtc.SignalRequest, clock: Clock) -> None:
    participant.send(messages.refused_metadata(request.update_metadata.request_id))


def _ping(room: Room, participant: Participant, request: rtc.SignalRequest, clock: Clock) -> None:
    participant.send(rtc.SignalResponse(pong=_milliseconds(clock)))


def _ping_request(room: Room, participant: Participant, request: rtc.SignalRequest, clock: Clock) -> None:
    pong = rtc.Pong(last_ping_timestamp=request.ping_req.timestamp, timestamp=_milliseconds(clock))
    participant.send(rtc.SignalResponse(pong_resp=pong))


def _leave(room: Room, participant: Participant, request: rtc.SignalRequest, clock: Clock) -> None:
    room.leave(participant, GoneReason.LEFT)


def _milliseconds(clock: Clock) -> int:
    return int(clock.now().timestamp() * 1000)


HANDLERS: Final[dict[str, Handler]] = {
    "offer": _offer,
    "answer": _answer,
    "add_track": _add_track,
    "mute": _mute,
    "subscription": _subscription,
    "track_setting": _track_setting,
    "update_metadata": _update_metadata,
    "ping": _ping,
    "ping_req": _ping_request,
    "leave": _leave,
}
