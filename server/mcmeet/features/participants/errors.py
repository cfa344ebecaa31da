"""What hosts cannot do to whom."""

from __future__ import annotations

from mcmeet.core.errors import McmeetError


class AboveYou(McmeetError):
    """A co-host has no power over the host, nor anybody over somebody above them."""

    status = 403
    code = "above_you"
    message = "This person has more rights in the meeting than you."


class UseLeave(McmeetError):
    """Nobody removes themselves."""

    status = 409
    code = "use_leave"
    message = "To go yourself, leave the meeting."


class HostMustHandOver(McmeetError):
    """A meeting always has its host: make somebody else host instead."""

    status = 409
    code = "host_must_hand_over"
    message = "Hand the meeting over to somebody first."


class SeatAway(McmeetError):
    """Whoever is in their grace time may not come back, and the meeting would have no host."""

    status = 409
    code = "seat_away"
    message = "This person's connection is lost at the moment."
