"""The one command that every meeting has, whatever features it is given: to leave."""

from __future__ import annotations

from typing import Final

from mcmeet.core.auth import Action, Seat
from mcmeet.core.declare import Purpose
from mcmeet.live.feature import Change, LiveFeature, NoData, command
from mcmeet.live.seats import LOBBY, MAIN, Occupant

LEAVE: Final = Action("live.leave", Purpose.HOLD_MEETING, frozenset({Seat}))


class Leaving(LiveFeature):
    name = "live"

    @command(LEAVE, spaces=frozenset({LOBBY, MAIN}))
    async def leave(self, by: Occupant, _: NoData) -> Change:
        return self.room.left(by)
