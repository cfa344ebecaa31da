"""The meetings that one holds: listed, looked at before one joins, ended, forgotten."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from mcmeet.core.auth import Person, Seat
from mcmeet.core.endpoints import Endpoint
from mcmeet.core.services import Core
from mcmeet.features.meetings import store
from mcmeet.features.meetings.errors import MeetingNotAvailable
from mcmeet.features.meetings.schemas import EndMeeting, Opening
from mcmeet.features.meetings.service.opening import Visitor, count_visit, find_holding, opens, subject_of
from mcmeet.features.meetings.service.sending import sending_of
from mcmeet.features.meetings.store import HeldMeeting
from mcmeet.live import store as live_store
from mcmeet.live.errors import RunEnded
from mcmeet.live.rooms import Rooms
from mcmeet.live.store import Run
from mcmeet.privacy import ledger

PREVIOUS_MOST: Final = 50
NEVER_HELD_AFTER: Final = timedelta(hours=24)


async def previous(core: Core, person: Person) -> list[HeldMeeting]:
    """The meetings that this account hosts or has hosted, newest first."""
    tenant, account = person.tenant, person.account
    return await core.db.read(lambda session: store.held_by(session, tenant, account, PREVIOUS_MOST))


@dataclass(frozen=True, slots=True)
class Preview:
    """`host` is their name, when one has joined; `needs_consent`: to the current texts, by this visitor.

    `known_as`: their name, while they are in the meeting; `sending`: of that seat. `starts`: as its host.
    """

    run: Run
    host: str | None
    present: int
    needs_consent: bool
    known_as: str | None
    sending: list[str] | None
    starts: bool


async def preview(core: Core, visitor: Visitor, number: str, opening: Opening) -> Preview:
    """What somebody sees at the door. Raises MeetingNotAvailable, TooManyRequests."""
    count_visit(core, visitor)
    holding = await find_holding(core, number, visitor)
    opened = opens(core, number, holding, visitor, opening)
    if holding is None or not (opened or (opened is None and holding.is_host)):
        raise MeetingNotAvailable
    run, subject = holding.run, subject_of(visitor, holding)

    def read(session: Session) -> tuple[str | None, bool]:
        needs_consent = subject is None or bool(ledger.missing(session, subject))
        return live_store.host_name(session, run.id), needs_consent

    host, needs_consent = await core.db.read(read)
    mine = next((sitting.occupant for sitting in holding.sittings if sitting.here), None)
    return Preview(
        run=run,
        host=host,
        present=core.the(Rooms).present(run.id),
        needs_consent=needs_consent,
        known_as=None if mine is None else mine.name,
        sending=None if mine is None else await sending_of(core, run, mine),
        starts=run.started_at is None and (holding.is_host or opening.host_key is not None),
    )


async def end(core: Core, actor: Person | Seat, endpoint: Endpoint, number: str) -> None:
    """For the host of record, or a seat that is host now. Raises MeetingNotAvailable, Forbidden."""
    account = actor.account if isinstance(actor, Person) else None
    holding = await find_holding(core, number, Visitor("", account))
    if holding is None:
        raise MeetingNotAvailable
    is_mine = holding.run.id == actor.run if isinstance(actor, Seat) else holding.is_host
    if not is_mine:
        raise MeetingNotAvailable
    with suppress(RunEnded):
        await core.the(Rooms).tell(holding.run.id, EndMeeting(actor, endpoint))


async def purge(core: Core) -> None:
    """Numbers and passcodes of meetings that are over, or that nobody came to for a day."""
    now = core.clock.now()
    day_ago = now - NEVER_HELD_AFTER
    if await core.db.read(lambda tx: store.has_over(tx, day_ago)):
        await core.db.write_batches(lambda tx: store.release_over(tx, now, day_ago))
