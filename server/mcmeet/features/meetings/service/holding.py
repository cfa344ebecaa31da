"""The meetings that one holds: listed, looked at before one joins, ended, forgotten."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final

from mcmeet.core.auth import Person, Seat
from mcmeet.core.endpoints import Endpoint
from mcmeet.core.services import Core
from mcmeet.features.meetings import store
from mcmeet.features.meetings.errors import MeetingNotAvailable
from mcmeet.features.meetings.schemas import EndMeeting, Opening
from mcmeet.features.meetings.service.opening import Visitor, count_visit, find_holding, opens
from mcmeet.features.meetings.store import HeldMeeting
from mcmeet.live import store as live_store
from mcmeet.live.errors import RunEnded
from mcmeet.live.rooms import Rooms
from mcmeet.live.store import Run

PREVIOUS_MOST: Final = 50
NEVER_HELD_AFTER: Final = timedelta(hours=24)


async def previous(core: Core, person: Person) -> list[HeldMeeting]:
    """The meetings that this account hosts or has hosted, newest first."""
    tenant, account = person.tenant, person.account
    return await core.db.read(lambda session: store.held_by(session, tenant, account, PREVIOUS_MOST))


async def preview(core: Core, visitor: Visitor, number: str, opening: Opening) -> tuple[Run, str | None, int]:
    """The run, the name of its host when one has joined, and how many people are there.

    Raises MeetingNotAvailable, TooManyRequests.
    """
    count_visit(core, visitor)
    holding = await find_holding(core, number, visitor)
    opened = opens(core, number, holding, visitor, opening)
    if holding is None or not (opened or (opened is None and holding.is_host)):
        raise MeetingNotAvailable
    run = holding.run
    host = await core.db.read(lambda session: live_store.host_name(session, run.id))
    return run, host, core.the(Rooms).present(run.id)


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
