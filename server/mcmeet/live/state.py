"""What a room knows, without its task: the roster, the features' parts, rights, and changes built on them.

Nothing here waits, writes or sends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from mcmeet.core.auth import Role
from mcmeet.core.auth import Seat as SeatActor
from mcmeet.core.endpoints import NOWHERE, Endpoint
from mcmeet.core.services import Core
from mcmeet.live import store
from mcmeet.live.errors import UnknownCommand, WrongSpace
from mcmeet.live.feature import (
    PUBLISH_ACTIONS,
    Change,
    Command,
    Event,
    LiveFactory,
    LiveFeature,
    SeatRights,
)
from mcmeet.live.seats import LOBBY, Close, Occupant, Roster, may_see
from mcmeet.live.store import Run
from mcmeet.privacy.network_log.entries import DONE, Act, Entry, person

# How somebody left who did not leave by themselves, in the network log.
LEFT_REMOVED: Final = "removed"
LEFT_LOST: Final = "lost"
LEFT_ENDED: Final = "ended"


class RoomState:
    def __init__(self, core: Core, run: Run, factories: Sequence[LiveFactory]) -> None:
        self.core = core
        self.run = run
        self.roster = Roster()
        self.features: dict[str, LiveFeature] = {}
        self.addresses: dict[int, str] = {}
        self.endpoints: dict[int, Endpoint] = {}
        """Where those who are here came from last; unknown when that was before the server's last start."""
        for factory in factories:
            feature = factory(core, self)
            self.features[feature.name] = feature

    def feature(self, name: str) -> LiveFeature:
        return self.features[name]

    def is_connected(self, seat: int) -> bool:
        occupant = self.roster.get(seat)
        return occupant is not None and occupant.present

    def address(self, seat: int) -> str:
        """`ws(s)://host:port` as this seat reached us last."""
        return self.addresses.get(seat, "")

    def act(self, act: Act, occupant: Occupant, result: str = DONE, at: datetime | None = None) -> Entry:
        """What a seat did, for the network log."""
        return Entry(
            act=act,
            at=at or self.core.clock.now(),
            who=person(occupant.account, occupant.guest),
            endpoint=self.endpoints.get(occupant.seat, NOWHERE),
            target=self.run.id,
            result=result,
        )

    def snapshot(self, viewer: Occupant) -> dict[str, Any]:
        parts: dict[str, Any] = {"roster": self.roster.seen_by(viewer)}
        for name, feature in self.features.items():
            part = feature.snapshot(viewer)
            if part is not None:
                parts[name] = part
        return parts

    def actor(self, occupant: Occupant) -> SeatActor:
        return SeatActor(
            run=self.run.id,
            number=occupant.seat,
            role=occupant.role,
            space=occupant.space,
            tenant=self.run.tenant,
            authenticated_at=self.core.clock.now(),
            account=occupant.account,
        )

    def can(self, occupant: Occupant, action: str) -> bool:
        known = action in self.core.rights.actions
        return known and self.core.rights.can(self.actor(occupant), action, self)

    def rights(self, occupant: Occupant) -> SeatRights:
        inside = occupant.space != LOBBY
        return SeatRights(
            publish=frozenset(
                source for source, action in PUBLISH_ACTIONS.items() if inside and self.can(occupant, action)
            ),
            subscribe=inside and self.can(occupant, "media.subscribe"),
            data=inside and self.can(occupant, "media.data"),
            actions=frozenset(
                name
                for name, (_, command) in self.commands().items()
                if occupant.space in command.spaces and self.can(occupant, name)
            ),
        )

    def commands(self) -> dict[str, tuple[LiveFeature, Command]]:
        return {
            name: (feature, command)
            for feature in self.features.values()
            for name, command in feature.commands.items()
        }

    def find_command(self, name: str, by: Occupant) -> tuple[LiveFeature, Command]:
        """Raises UnknownCommand, WrongSpace, Forbidden."""
        found = self.commands().get(name)
        if found is None:
            raise UnknownCommand
        if by.space not in found[1].spaces:
            raise WrongSpace
        self.core.rights.require(self.actor(by), name, self)
        return found

    def appeared(self, before: Occupant | None, now: Occupant) -> tuple[Event, ...]:
        """Somebody came, or came back, perhaps under another name or role."""
        if before == now:
            return ()
        kind = "roster.joined" if before is None else "roster.changed"
        viewers = self.roster.viewers_of(now) | {now.seat}
        return (Event(kind, now.entry(), seats=viewers, by=now.seat),)

    def renamed(self, occupant: Occupant, name: str, by: int) -> Change:
        after = replace(occupant, name=name)

        def write(session: Session) -> None:
            store.rename_seat(session, self.run.id, occupant.seat, name)

        return Change(write, lambda: self.roster.put(after), (self._changed(after, by),))

    def with_roles(self, roles: Mapping[int, Role], by: int) -> Change:
        """New roles, all at once: a hand-over has no moment with two hosts or none."""
        after = [replace(self.roster.require(seat), role=role) for seat, role in roles.items()]

        def write(session: Session) -> None:
            for occupant in after:
                store.set_seat_role(session, self.run.id, occupant.seat, occupant.role)

        def apply() -> None:
            for occupant in after:
                self.roster.put(occupant)

        seats = frozenset(roles)
        events = tuple(self._changed(occupant, by) for occupant in after)
        return Change(write, apply, events, rights=seats, replaced=seats)

    def moved(self, occupant: Occupant, space: str, by: int | None) -> Change:
        """To another part of the meeting; those who see only one of the two get a join or a leave."""
        after = replace(occupant, space=space)
        others = [other for other in self.roster if other.seat != occupant.seat]
        saw = frozenset(other.seat for other in others if may_see(other, occupant))
        sees = frozenset(other.seat for other in others if may_see(other, after))
        events = (
            Event("roster.changed", after.entry(), seats=saw & sees, by=by),
            Event("roster.left", {"seat": after.seat}, seats=saw - sees, by=by),
            Event("roster.joined", after.entry(), seats=sees - saw, by=by),
        )

        def write(session: Session) -> None:
            store.move_seat(session, self.run.id, occupant.seat, space)

        seat = frozenset({occupant.seat})
        return Change(
            write,
            lambda: self.roster.put(after),
            tuple(event for event in events if event.seats),
            rights=seat,
            replaced=seat,
            came_from={occupant.seat: occupant.space},
        )

    def left(self, occupant: Occupant) -> Change:
        now = self.core.clock.now()

        def write(session: Session) -> None:
            store.close_stay(session, self.run.id, occupant.seat, now)
            store.forget_credentials(session, self.run.id, occupant.seat)

        acts = (self.act(Act.LEAVE, occupant),)
        return self._gone(occupant, write, occupant.seat, Close.LEFT, acts)

    def removed(self, occupant: Occupant, by: int | None) -> Change:
        now = self.core.clock.now()

        def write(session: Session) -> None:
            store.remove_seat(session, self.run.id, occupant.seat, now)

        host = None if by is None else self.roster.get(by)
        removal = () if host is None else (self.act(Act.REMOVE, host),)
        acts = (*removal, self.act(Act.LEAVE, occupant, LEFT_REMOVED))
        return self._gone(occupant, write, by, Close.REMOVED, acts)

    def ended(self, reason: str) -> Change:
        return Change(ends=reason)

    def _gone(
        self, occupant: Occupant, write: Any, by: int | None, code: Close, acts: tuple[Entry, ...]
    ) -> Change:
        viewers = self.roster.viewers_of(occupant) - {occupant.seat}
        return Change(
            write,
            lambda: self.roster.drop(occupant.seat),
            (Event("roster.left", {"seat": occupant.seat}, seats=viewers, by=by),),
            departures=((occupant, code),),
            acts=acts,
        )

    def _changed(self, after: Occupant, by: int | None) -> Event:
        return Event("roster.changed", after.entry(), seats=self.roster.viewers_of(after), by=by)
