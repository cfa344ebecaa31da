"""Data packets: what a client sends to others of its room, and nobody else's business."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from livekit.protocol import models


def stamped(payload: bytes, sid: str, identity: str, *, reliable: bool) -> models.DataPacket | None:
    """The packet with its sender's true name on it; None for what a client has no business to send.

    As a LiveKit server does (golden rule 21): the sequence stays, and whom it is for is said in one place.
    """
    packet = models.DataPacket()
    try:
        packet.ParseFromString(payload)
    except DecodeError:
        return None
    if packet.WhichOneof("value") in (None, "speaker"):
        return None  # who speaks is for the server to say
    packet.kind = models.DataPacket.Kind.RELIABLE if reliable else models.DataPacket.Kind.LOSSY
    packet.participant_sid, packet.participant_identity = sid, identity
    if packet.WhichOneof("value") == "user":
        user = packet.user
        user.participant_sid, user.participant_identity = sid, identity
        if packet.destination_identities:
            del user.destination_identities[:]
            user.destination_identities.extend(packet.destination_identities)
        else:
            packet.destination_identities.extend(user.destination_identities)
    return packet
