"""成员管理: who is in the meeting, under what name and role, who is heard and seen."""

from __future__ import annotations

from mcmeet.core.feature import Feature
from mcmeet.features.participants import tables  # noqa: F401  (registers its table)
from mcmeet.features.participants.live import (
    MUTE,
    REMOVE,
    RENAME,
    SET_ROLE,
    UNMUTE,
    ParticipantsLive,
    restrict,
)

FEATURE = Feature(
    name="participants",
    actions=(RENAME, MUTE, UNMUTE, SET_ROLE, REMOVE),
    restrict=restrict,
    live=ParticipantsLive,
)
