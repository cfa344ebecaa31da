from __future__ import annotations

from mcmeet.core.errors import McmeetError


class MeetingNotAvailable(McmeetError):
    """Wrong number, wrong passcode, wrong host key, ended: one answer, so that guessing learns nothing."""

    status = 404
    code = "meeting_not_available"
    message = "There is no such meeting, the passcode is wrong, or the meeting has ended."


class SeatInUse(McmeetError):
    """The same account or guest is here already; repeat with `takeover`. `data` is `{seat, name}`."""

    status = 409
    code = "seat_in_use"
    message = "You are in this meeting already. Continue here, or join as somebody else."


class MeetingFull(McmeetError):
    """Every seat that a run may have is somebody's; one taken again costs none. `data` is `{seats}`."""

    status = 409
    code = "meeting_full"
    message = "This meeting has no places left."


class HostKeyUsed(McmeetError):
    """The key is the right one, but somebody else has entered by it."""

    status = 409
    code = "host_key_used"
    message = "This host link has been used already. Join by the ordinary link."


class TopicInvalid(McmeetError):
    """`data.reason` is `empty | too_long | characters`."""

    status = 422
    code = "topic_invalid"
    message = "Give a topic of 1 to 100 visible characters on one line."
