"""What the rows of a meeting are to the rest of `live`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Case, case, exists, literal
from sqlalchemy.orm import InstrumentedAttribute

from mcmeet.core.auth import Role
from mcmeet.core.db import UtcDateTime
from mcmeet.core.ids import Tenant
from mcmeet.live.seats import Occupant, SeatKind, Ticket
from mcmeet.live.tables import MeetingRun, Participation, Seat

NO_TICKET: Final[dict[str, None]] = dict.fromkeys(
    ("ticket_hash", "ticket_expires_at", "ticket_name", "ticket_role", "ticket_space")
)
NEVER_TAKEN: Final = ~exists().where(Participation.run_id == Seat.run_id, Participation.seat == Seat.number)
"""Of a seat: nobody has ever come to it, so that no other table tells of it either."""
NO_CREDENTIALS: Final[dict[str, None]] = {**NO_TICKET, "resume_hash": None, "former_resume_hash": None}


@dataclass(frozen=True, slots=True)
class Run:
    id: UUID
    meeting_id: UUID
    tenant: Tenant
    number: str
    topic: str
    host_account: UUID | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    media_room: str
    term: int


def run_of(row: MeetingRun) -> Run:
    return Run(
        id=row.id,
        meeting_id=row.meeting_id,
        tenant=row.tenant,
        number=row.number,
        topic=row.topic,
        host_account=row.host_account_id,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        media_room=row.media_room,
        term=row.term,
    )


def seated(row: Seat) -> Occupant:
    return Occupant(
        seat=row.number,
        name=row.name,
        role=Role(row.role),
        space=row.space,
        kind=SeatKind(row.kind),
        media=row.media,
        account=row.account_id,
        guest=row.guest_id,
        present=True,
    )


def ticket_columns(ticket: Ticket) -> dict[str, object]:
    return {f"ticket_{name}": value for name, value in asdict(ticket).items()}


def not_before(
    began: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None], at: datetime
) -> Case[datetime]:
    """`at`, unless the clock was set back meanwhile: nothing ends before it began."""
    return case((began > at, began), else_=literal(at, UtcDateTime))
