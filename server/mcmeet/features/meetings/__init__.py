"""Meetings: numbers and passcodes, who gets in and as whom, the end for all, and the media room of each.

Other features plug admission checks in; what those look at is `JoinAttempt`.
"""

from __future__ import annotations

from mcmeet.core.feature import Feature
from mcmeet.features.meetings import api, live, service
from mcmeet.features.meetings.schemas import EndMeeting, MeetingEnded
from mcmeet.features.meetings.service import JoinAttempt, OperatorMeeting, create_for_operator

FEATURE = Feature(
    name="meetings",
    router=api.router,
    actions=(api.CREATE, api.LIST_OWN, api.PREVIEW, api.JOIN, live.END_MEETING, live.RENEW, *live.MEDIA),
    authenticators=(api.seat_of_bearer, api.guest_of_cookie),
    admission=(service.check_passcode, service.check_consent),
    live=live.MeetingsLive,
    stores=api.GUEST_COOKIES,
    events=(MeetingEnded,),
    purge=service.purge,
)

__all__ = ["FEATURE", "EndMeeting", "JoinAttempt", "MeetingEnded", "OperatorMeeting", "create_for_operator"]
