"""Hands stay up until whoever raised them leaves. Few are up at a time: they are told whole."""

from __future__ import annotations

from typing import Any, Final

from mcmeet.core.auth import HOSTS, Action, Seat
from mcmeet.core.declare import Purpose
from mcmeet.core.errors import Forbidden
from mcmeet.features.hands import store
from mcmeet.features.hands.schemas import LowerHand, RaisedHands
from mcmeet.live.feature import NOTHING, Change, Event, LiveFeature, NoData, command
from mcmeet.live.seats import LOBBY, Occupant

RAISE: Final = Action("hands.raise", Purpose.HOLD_MEETING, frozenset({Seat}))
LOWER: Final = Action("hands.lower", Purpose.HOLD_MEETING, frozenset({Seat}))
LOWER_ALL: Final = Action("hands.lower_all", Purpose.HOLD_MEETING, frozenset({Seat}), HOSTS)


class HandsLive(LiveFeature):
    name = "hands"
    shapes = (RaisedHands,)
    _raised: tuple[int, ...] = ()
    _stored: tuple[int, ...] = ()

    async def on_open(self) -> None:
        self._stored = tuple(await self.core.db.read(lambda tx: store.hands_of_run(tx, self.room.run.id)))
        self._raised = tuple(seat for seat in self._stored if seat in self.room.roster)

    async def on_join(self, occupant: Occupant) -> Change:
        """A hand that its owner's leaving did not take down, for a kill or a failed write, comes down now."""
        return self._without(occupant.seat)

    def snapshot(self, viewer: Occupant) -> dict[str, Any]:
        return {"raised": [] if viewer.space == LOBBY else list(self._raised)}

    async def on_move(self, occupant: Occupant, came_from: str) -> Change:
        return self._without(occupant.seat) if occupant.space == LOBBY else NOTHING

    async def on_leave(self, occupant: Occupant) -> Change:
        return self._without(occupant.seat)

    async def on_close(self, reason: str) -> Change:
        return Change(lambda session: store.replace_hands(session, self.room.run.id, ()))

    @command(RAISE, seldom=True)
    async def raise_hand(self, by: Occupant, _: NoData) -> Change:
        return NOTHING if by.seat in self._raised else self._changed((*self._raised, by.seat), by.seat)

    @command(LOWER, LowerHand)
    async def lower(self, by: Occupant, data: LowerHand) -> Change:
        """Raises Forbidden, NoSuchSeat. Is as seldom as hands are raised."""
        seat = by.seat if data.seat is None else data.seat
        if seat != by.seat and by.role not in HOSTS:
            raise Forbidden("role_too_low")
        return self._without(self.room.roster.require(seat).seat, by.seat)

    @command(LOWER_ALL)
    async def lower_all(self, by: Occupant, _: NoData) -> Change:
        return self._changed((), by.seat) if self._raised else NOTHING

    def _without(self, seat: int, by: int | None = None) -> Change:
        others = tuple(other for other in self._raised if other != seat)
        return NOTHING if others == self._stored else self._changed(others, by)

    def _changed(self, raised: tuple[int, ...], by: int | None) -> Change:
        def apply() -> None:
            self._raised = self._stored = raised

        event = Event("hands.changed", {"raised": list(raised)}, seats=self.room.roster.inside(), by=by)
        return Change(lambda session: store.replace_hands(session, self.room.run.id, raised), apply, (event,))
