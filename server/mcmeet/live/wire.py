"""Shapes of the socket as models: what docs/protocol.md says, in types that the page is generated from."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel

from mcmeet.core.auth import Role
from mcmeet.live.protocol import CommandFrame, Hello, Ping
from mcmeet.live.seats import SeatKind


class RosterEntry(BaseModel):
    seat: int
    name: str
    role: Role
    space: str
    kind: SeatKind
    state: Literal["here", "away"]
    media: str


class SeatRightsShape(BaseModel):
    publish: list[Literal["microphone", "camera", "screen_share", "screen_share_audio"]]
    subscribe: bool
    data: bool
    actions: list[str]


class You(BaseModel):
    seat: int
    role: Role
    space: str
    rights: SeatRightsShape


class YouChanged(BaseModel):
    role: Role
    space: str
    rights: SeatRightsShape


class MeetingHeld(BaseModel):
    number: str
    topic: str
    started_at: str


class MediaAssigned(BaseModel):
    space: str
    kind: Literal["rtc", "hls", "none"]
    url: str
    token: str
    expires_at: str | None
    port: int


class Welcome(BaseModel):
    type: Literal["welcome"]
    epoch: str
    seq: int
    you: You
    meeting: MeetingHeld
    resume: str
    snapshot: dict[str, Any]
    media: MediaAssigned


class Resumed(BaseModel):
    type: Literal["resumed"]
    epoch: str
    seq: int
    resume: str
    media: MediaAssigned


class EventFrame(BaseModel):
    """Numbered events carry `seq`, transient ones do not."""

    seq: int | None = None
    type: str
    at: str
    by: int | None
    data: dict[str, Any]


class Ack(BaseModel):
    ack: int
    data: dict[str, Any]


class SocketErrorBody(BaseModel):
    code: str
    message: str
    data: dict[str, Any]


class SocketError(BaseModel):
    error: SocketErrorBody
    re: int | None


class Pong(BaseModel):
    type: Literal["pong"]


class RosterLeft(BaseModel):
    seat: int


MODELS: Final[tuple[type[BaseModel], ...]] = (
    Hello,
    Ping,
    CommandFrame,
    RosterEntry,
    RosterLeft,
    You,
    YouChanged,
    MeetingHeld,
    MediaAssigned,
    Welcome,
    Resumed,
    EventFrame,
    Ack,
    SocketError,
    Pong,
)
