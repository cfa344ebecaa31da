"""A reaction is an event and nothing more: whoever was away missed it."""

from __future__ import annotations

from typing import Any, Final

from mcmeet.core.auth import Action, Seat
from mcmeet.core.declare import Purpose
from mcmeet.core.errors import TooManyRequests
from mcmeet.core.rates import Bucket
from mcmeet.features.reactions.schemas import ReactionShown, ShowReaction
from mcmeet.live.feature import NOTHING, Change, Event, LiveFeature, command
from mcmeet.live.seats import Occupant

PER_S: Final = 1
BURST: Final = 5

SHOW: Final = Action("reactions.show", Purpose.HOLD_MEETING, frozenset({Seat}))


class ReactionsLive(LiveFeature):
    name = "reactions"
    shapes = (ReactionShown,)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._buckets: dict[int, Bucket] = {}

    async def on_leave(self, occupant: Occupant) -> Change:
        self._buckets.pop(occupant.seat, None)
        return NOTHING

    @command(SHOW, ShowReaction)
    async def show(self, by: Occupant, data: ShowReaction) -> Change:
        """Raises TooManyRequests."""
        bucket = self._buckets.setdefault(by.seat, Bucket(self.core.clock, PER_S, BURST))
        if not bucket.take():
            raise TooManyRequests(1)
        shown = {"seat": by.seat, "reaction": data.reaction}
        viewers = self.room.roster.viewers_of(by)
        return Change(events=(Event("reactions.shown", shown, seats=viewers, transient=True, by=by.seat),))
