"""The rules of meetings: how one is made, who gets in, as whom, and who may end it."""

from __future__ import annotations

from mcmeet.features.meetings.service.creation import OperatorMeeting, create_for_operator, create_instant
from mcmeet.features.meetings.service.entrance import JoinAttempt, check_consent, check_passcode, join
from mcmeet.features.meetings.service.holding import end, preview, previous, purge
from mcmeet.features.meetings.service.opening import Visitor

__all__ = [
    "JoinAttempt",
    "OperatorMeeting",
    "Visitor",
    "check_consent",
    "check_passcode",
    "create_for_operator",
    "create_instant",
    "end",
    "join",
    "preview",
    "previous",
    "purge",
]
