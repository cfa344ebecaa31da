"""A reaction is an event and nothing more: whoever was away missed it."""

from __future__ import annotations

from typing import Final

from mcmeet.core.auth import Action, Seat
from mcmeet.core.declare import Purpose
from mcmeet.features.reactions.schemas import ReactionShown, ShowReaction
from mcmeet.live.feature import Change, Event, LiveFeature, command
from mcmeet.live.seats import Occupant

SHOW: Final = Action("reactions.show", Purpose.HOLD_MEETING, frozenset({Seat}))


class ReactionsLive(LiveFeature):
    name = "reactions"
    shapes = (ReactionShown,)

    @command(SHOW, ShowReaction, seldom=True)
    async def show(self, by: Occupant, data: ShowReaction) -> Change:
        shown = {"seat": by.seat, "reaction": data.reaction}
        viewers = self.room.roster.viewers_of(by)
        return Change(events=(Event("reactions.shown", shown, seats=viewers, transient=True, by=by.seat),))
