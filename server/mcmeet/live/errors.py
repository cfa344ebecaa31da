"""What can go wrong on the live socket."""

from __future__ import annotations

from mcmeet.core.errors import McmeetError


class HelloRefused(McmeetError):
    """A forged, used or expired ticket and an unknown resume credential answer alike."""

    status = 401
    code = "hello_refused"
    message = "This ticket is not valid any more. Join again."


class StayOver(McmeetError):
    """The credential was this seat's, but its stay is closed: a return passes admission again."""

    status = 409
    code = "stay_over"
    message = "You have been away too long. Join again."


class SeatRemoved(McmeetError):
    """The credential was this seat's, and a host has removed it: nothing brings it back but a new join."""

    status = 403
    code = "seat_removed"
    message = "A host has removed you from the meeting."


class RunEnded(McmeetError):
    status = 410
    code = "meeting_ended"
    message = "The meeting has ended."


class MalformedFrame(McmeetError):
    status = 400
    code = "malformed_frame"
    message = "This message cannot be read."


class UnknownCommand(McmeetError):
    status = 404
    code = "unknown_command"
    message = "There is no such command."


class WrongSpace(McmeetError):
    status = 409
    code = "wrong_space"
    message = "This cannot be done from where you are in the meeting."


class StaleCommand(McmeetError):
    """Ids rise; the answer to this old one is no longer kept."""

    status = 409
    code = "stale_command"
    message = "This command is too old."


class NoSuchSeat(McmeetError):
    status = 404
    code = "no_such_seat"
    message = "This person is not in the meeting any more."


class LeaseLost(McmeetError):
    """Another task owns this run now; this one must stop without a word to the database."""

    status = 409
    code = "lease_lost"
    message = "The meeting has moved."


class NotInForce(McmeetError):
    """Stored and announced, but a feature failed to carry it out: media may still flow."""

    status = 503
    code = "not_in_force"
    message = "It is saved, but could not be carried out everywhere. Try again."
