"""The protobuf messages that we send, built from plain values. No state and no input/output."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Final

from livekit.protocol import models, rtc

from mcmeet.media.port import GoneReason, Rights, Source

SERVER_VERSION: Final = "1.13.5"
"""The LiveKit server that we behave like: SDKs refuse an empty version and choose features by it."""
PROTOCOL_VERSION: Final = 17
PING_INTERVAL_SECONDS: Final = 5
PING_TIMEOUT_SECONDS: Final = 15
ID_CHARACTERS: Final = 12

VIDEO_MIME: Final = "video/VP8"
AUDIO_MIME: Final = "audio/opus"

TRACK_SOURCES: Final = {
    Source.CAMERA: models.TrackSource.CAMERA,
    Source.MICROPHONE: models.TrackSource.MICROPHONE,
    Source.SCREEN_SHARE: models.TrackSource.SCREEN_SHARE,
    Source.SCREEN_SHARE_AUDIO: models.TrackSource.SCREEN_SHARE_AUDIO,
}
SOURCES: Final = {number: source for source, number in TRACK_SOURCES.items()}
VIDEO_SOURCES: Final = frozenset({Source.CAMERA, Source.SCREEN_SHARE})

DISCONNECT_REASONS: Final = {
    GoneReason.LEFT: models.DisconnectReason.CLIENT_INITIATED,
    GoneReason.LOST: models.DisconnectReason.SIGNAL_CLOSE,
    GoneReason.FAILED: models.DisconnectReason.MEDIA_FAILURE,
    GoneReason.REPLACED: models.DisconnectReason.DUPLICATE_IDENTITY,
    GoneReason.REMOVED: models.DisconnectReason.PARTICIPANT_REMOVED,
    GoneReason.ROOM_CLOSED: models.DisconnectReason.ROOM_DELETED,
    GoneReason.SHUTDOWN: models.DisconnectReason.SERVER_SHUTDOWN,
}

_TRACK_PREFIXES: Final = {
    Source.CAMERA: "TR_VC",
    Source.MICROPHONE: "TR_AM",
    Source.SCREEN_SHARE: "TR_VS",
    Source.SCREEN_SHARE_AUDIO: "TR_As",
}
_ID_ALPHABET: Final = string.ascii_letters + string.digits


def new_room_sid() -> str:
    return _new_sid("RM_")


def new_participant_sid() -> str:
    return _new_sid("PA_")


def new_track_sid(source: Source) -> str:
    """Clients rely on the prefix `TR` (golden rule 6)."""
    return _new_sid(_TRACK_PREFIXES[source])


def encode(response: rtc.SignalResponse) -> bytes:
    return response.SerializeToString()


def permission(rights: Rights, may_publish: frozenset[Source], hidden: bool) -> models.ParticipantPermission:
    return models.ParticipantPermission(
        can_subscribe=rights.subscribe,
        can_publish=bool(may_publish),
        can_publish_data=rights.data,
        can_publish_sources=sorted(TRACK_SOURCES[source] for source in may_publish),
        hidden=hidden,
    )


def join(
    room: models.Room,
    participant: models.ParticipantInfo,
    others: list[models.ParticipantInfo],
    *,
    subscriber_primary: bool,
    fast_publish: bool,
) -> rtc.SignalResponse:
    response = rtc.JoinResponse(
        room=room,
        participant=participant,
        other_participants=others,
        server_version=SERVER_VERSION,
        server_info=models.ServerInfo(version=SERVER_VERSION, protocol=PROTOCOL_VERSION),
        subscriber_primary=subscriber_primary,
        fast_publish=fast_publish,
        ping_interval=PING_INTERVAL_SECONDS,
        ping_timeout=PING_TIMEOUT_SECONDS,
        enabled_publish_codecs=[models.Codec(mime=VIDEO_MIME), models.Codec(mime=AUDIO_MIME)],
        client_configuration=models.ClientConfiguration(
            resume_connection=models.ClientConfigSetting.DISABLED
        ),
    )
    return rtc.SignalResponse(join=response)


def update(participant: models.ParticipantInfo) -> rtc.SignalResponse:
    return rtc.SignalResponse(update=rtc.ParticipantUpdate(participants=[participant]))


def offer(sdp: str, number: int, tracks: Mapping[str, str]) -> rtc.SignalResponse:
    """`tracks` are sids by mid, for clients that cannot find them in the SDP."""
    description = rtc.SessionDescription(type="offer", sdp=sdp, id=number, mid_to_track_id=tracks)
    return rtc.SignalResponse(offer=description)


def answer(sdp: str, number: int) -> rtc.SignalResponse:
    return rtc.SignalResponse(answer=rtc.SessionDescription(type="answer", sdp=sdp, id=number))


def leave(reason: GoneReason) -> rtc.SignalResponse:
    """Final: the client does not come back by itself."""
    return rtc.SignalResponse(
        leave=rtc.LeaveRequest(reason=DISCONNECT_REASONS[reason], action=rtc.LeaveRequest.Action.DISCONNECT)
    )


def start_over() -> rtc.SignalResponse:
    """The client closes both peer connections and joins anew (golden rule 20)."""
    return rtc.SignalResponse(
        leave=rtc.LeaveRequest(
            reason=models.DisconnectReason.STATE_MISMATCH,
            action=rtc.LeaveRequest.Action.RECONNECT,
            can_reconnect=True,
        )
    )


def published(cid: str, track: models.TrackInfo) -> rtc.SignalResponse:
    return rtc.SignalResponse(track_published=rtc.TrackPublishedResponse(cid=cid, track=track))


def unpublished(sid: str) -> rtc.SignalResponse:
    """The client takes its own track down."""
    return rtc.SignalResponse(track_unpublished=rtc.TrackUnpublishedResponse(track_sid=sid))


def left_out(sid: str) -> rtc.SignalResponse:
    """The client does not receive this track; of the reasons that there are none fits."""
    refusal = rtc.SubscriptionResponse(track_sid=sid, err=models.SubscriptionError.SE_UNKNOWN)
    return rtc.SignalResponse(subscription_response=refusal)


def refreshed(token: str) -> rtc.SignalResponse:
    return rtc.SignalResponse(refresh_token=token)


def refused_track(
    request: rtc.AddTrackRequest, reason: rtc.RequestResponse.Reason, text: str
) -> rtc.SignalResponse:
    return rtc.SignalResponse(
        request_response=rtc.RequestResponse(reason=reason, message=text, add_track=request)
    )


def refused_metadata(request_id: int) -> rtc.SignalResponse:
    return rtc.SignalResponse(
        request_response=rtc.RequestResponse(
            request_id=request_id,
            reason=rtc.RequestResponse.Reason.NOT_ALLOWED,
            message="names and metadata do not belong to the media connection",
        )
    )


def _new_sid(prefix: str) -> str:
    return prefix + "".join(secrets.choice(_ID_ALPHABET) for _ in range(ID_CHARACTERS))
