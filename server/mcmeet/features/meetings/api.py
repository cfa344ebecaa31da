"""Meetings over HTTP, and who is known here without an account: by guest cookie or by a seat's credential."""

from __future__ import annotations

import hmac
from typing import Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from mcmeet.core.auth import Action, Actor, Anonymous, CurrentActor, CurrentPerson, Guest, Person, Seat, entry
from mcmeet.core.clock import iso
from mcmeet.core.cookies import HOST_PREFIX, read_cookie, set_cookie
from mcmeet.core.declare import Cookie, Keep, Purpose
from mcmeet.core.endpoints import endpoint_of, source_of
from mcmeet.core.errors import Unauthenticated
from mcmeet.core.http import own_address
from mcmeet.core.services import Core, CurrentCore
from mcmeet.features.meetings import service
from mcmeet.features.meetings.live import END_MEETING
from mcmeet.features.meetings.schemas import (
    CreateMeeting,
    Joined,
    JoinMeeting,
    MeetingPreview,
    NewMeeting,
    Opening,
    PreviousMeeting,
    PreviousMeetings,
    invitation_link,
)
from mcmeet.features.meetings.service import Visitor
from mcmeet.features.meetings.store import HeldMeeting
from mcmeet.live import store as live_store
from mcmeet.live.store import Run

GUEST_COOKIE: Final = "mcmeet-guest"
GUEST_COOKIES: Final = tuple(
    Cookie(
        name=name,
        purpose=Purpose.SESSION_SECURITY,
        clause=("1.1", "1.16"),
        keep=Keep.GUEST_COOKIE,
        strictly_necessary=True,
    )
    for name in (GUEST_COOKIE, HOST_PREFIX + GUEST_COOKIE)
)
GUEST_COOKIE_S: Final = 24 * 3600
BEARER: Final = "bearer "
EVERYBODY: Final = frozenset[type]({Anonymous, Guest, Person, Seat})

CREATE: Final = Action("meetings.create", Purpose.HOLD_MEETING, frozenset({Person}))
LIST_OWN: Final = Action("meetings.list_own", Purpose.MEETING_RECORD, frozenset({Person}))
PREVIEW: Final = Action("meetings.preview", Purpose.HOLD_MEETING, EVERYBODY)
JOIN: Final = Action("meetings.join", Purpose.IDENTIFY_IN_MEETING, EVERYBODY)

router = APIRouter()


@router.post("/api/meetings", status_code=201, **entry(CREATE))
async def create_meeting(
    wanted: CreateMeeting, core: CurrentCore, person: CurrentPerson, request: Request
) -> NewMeeting:
    meeting = await service.create_instant(core, person, wanted)
    passcode = meeting.passcode or ""
    link = invitation_link(_public_address(core, request), meeting.number, passcode)
    return NewMeeting(number=meeting.number, topic=meeting.topic, passcode=passcode, link=link)


@router.get("/api/meetings/previous", **entry(LIST_OWN))
async def list_previous(core: CurrentCore, person: CurrentPerson, request: Request) -> PreviousMeetings:
    """Newest first; one that is not over can be joined again. What nobody entered goes with its end."""
    base = _public_address(core, request)
    held = await service.previous(core, person)
    return PreviousMeetings(items=[_previous(meeting, base) for meeting in held])


@router.post("/api/meetings/{number}/preview", **entry(PREVIEW))
async def preview_meeting(
    number: str, opening: Opening, core: CurrentCore, actor: CurrentActor, request: Request
) -> MeetingPreview:
    found = await service.preview(core, _visitor(actor, request), number, opening)
    return MeetingPreview(
        number=found.run.number,
        topic=found.run.topic,
        host=found.host,
        present=found.present,
        needs_consent=found.needs_consent,
        known_as=found.known_as,
        sending=found.sending,
        starts=found.starts,
    )


@router.post("/api/meetings/{number}/join", **entry(JOIN))
async def join_meeting(
    number: str,
    wanted: JoinMeeting,
    core: CurrentCore,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Joined:
    admitted = await service.join(core, _visitor(actor, request), number, wanted)
    if admitted.guest is not None:
        value = _guest_cookie(core, admitted.guest)
        set_cookie(response, request, GUEST_COOKIE, value, seconds=GUEST_COOKIE_S)
    socket = f"{own_address(request, socket=True)}/api/live"
    return Joined(ticket=admitted.ticket, socket=socket, seat=admitted.seat, sending=admitted.sending)


@router.post("/api/meetings/{number}/end", status_code=204, **entry(END_MEETING))
async def end_meeting(number: str, core: CurrentCore, actor: CurrentActor, request: Request) -> None:
    """Works without a live socket; a seat's credential goes before the account of the same browser."""
    by = await seat_of_bearer(core, request) or actor
    if not isinstance(by, Person | Seat):
        raise Unauthenticated
    await service.end(core, by, endpoint_of(request), number)


async def guest_of_cookie(core: Core, connection: HTTPConnection) -> Guest | None:
    """The id and a code over it, so that an id from a stolen database does not make its reader that guest."""
    value = read_cookie(connection, GUEST_COOKIE) or ""
    try:
        guest = UUID(hex=value.partition(".")[0])
    except ValueError:
        return None
    return Guest(guest) if hmac.compare_digest(value.encode(), _guest_cookie(core, guest).encode()) else None


async def seat_of_bearer(core: Core, connection: HTTPConnection) -> Seat | None:
    """`Authorization: Bearer <resume credential of a seat>`."""
    header = connection.headers.get("authorization", "")
    if not header.lower().startswith(BEARER):
        return None
    credential_hash = core.secrets.credential_hash(header[len(BEARER) :].strip())

    def read(session: Session) -> Seat | None:
        found = live_store.seat_by_credential(session, credential_hash)
        occupant = live_store.occupant_of(session, *found) if found else None
        run = live_store.run_by_id(session, found[0]) if found else None
        if occupant is None or run is None or not live_store.has_open_stay(session, run.id, occupant.seat):
            return None
        return Seat(
            run=run.id,
            number=occupant.seat,
            role=occupant.role,
            space=occupant.space,
            tenant=run.tenant,
            authenticated_at=core.clock.now(),
            account=occupant.account,
        )

    return await core.db.read(read)


def _guest_cookie(core: Core, guest: UUID) -> str:
    return f"{guest.hex}.{core.secrets.lookup('guest-cookie', guest.hex).hex()}"


def _visitor(actor: Actor, request: Request) -> Visitor:
    source = source_of(request)
    if isinstance(actor, Person):
        return Visitor(source, account=actor.account)
    return Visitor(source, guest=actor.id if isinstance(actor, Guest) else None)


def _public_address(core: Core, request: Request) -> str:
    """What people can be sent: an address of the local network or a proxy is not always theirs."""
    return core.config.server.public_url or own_address(request)


def _state(run: Run) -> Literal["not_started", "running", "ended"]:
    if run.ended_at is not None:
        return "ended"
    return "not_started" if run.started_at is None else "running"


def _previous(held: HeldMeeting, base: str) -> PreviousMeeting:
    run, passcode = held.run, held.passcode
    return PreviousMeeting(
        number=run.number,
        topic=run.topic,
        started_at=iso(run.started_at or run.created_at),
        ended_at=None if run.ended_at is None else iso(run.ended_at),
        state=_state(run),
        passcode=passcode,
        link=None if passcode is None else invitation_link(base, run.number, passcode),
    )
