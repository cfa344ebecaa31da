"""Wire shapes of the participants feature: what its commands take, what its snapshot and events say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from mcmeet.core.auth import Role

SourceName = Literal["microphone", "camera", "screen_share", "screen_share_audio"]


class Rename(BaseModel):
    """Without `seat`: oneself."""

    seat: int | None = None
    name: Annotated[str, Field(max_length=1000)]


class Mute(BaseModel):
    seat: int
    sources: Annotated[list[SourceName], Field(min_length=1, max_length=4)]


class SetRole(BaseModel):
    seat: int
    role: Role


class Remove(BaseModel):
    seat: int


class SeatMedia(BaseModel):
    """A source that is absent is off; `barred` is what a host took away."""

    sources: dict[SourceName, Literal["on", "muted"]]
    barred: list[SourceName]


class SeatMediaChanged(SeatMedia):
    """Data of `participants.media`."""

    seat: int


class ParticipantsSnapshot(BaseModel):
    """By seat number."""

    media: dict[str, SeatMedia]


class Speaker(BaseModel):
    seat: int
    level: float


class Speakers(BaseModel):
    """Data of `participants.speakers`, loudest first."""

    speakers: list[Speaker]
