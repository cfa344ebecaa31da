"""Wire shapes, and the message that a running meeting takes."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mcmeet.core.auth import Person, Seat
from mcmeet.core.declare import PD, Basis, Ctl, Keep, NoPD, Purpose
from mcmeet.core.endpoints import Endpoint
from mcmeet.core.jobs import Event
from mcmeet.core.names import NameInvalid, clean_line
from mcmeet.features.meetings.errors import TopicInvalid
from mcmeet.live.tables import TOPIC_MOST
from mcmeet.privacy.policies import Lang
from mcmeet.privacy.schemas import ConsentGiven

NUMBER_DIGITS: Final = 9
TEXT_MOST: Final = 1000
"""Characters; beyond it a text is not looked at. What a name or a topic may be is said by its own rule."""

Text = Annotated[str, Field(max_length=TEXT_MOST)]


def clean_number(text: str) -> str | None:
    """As people type it: grouped, with full-width digits. None when it cannot be a number."""
    plain = unicodedata.normalize("NFKC", text)
    digits = "".join(
        character
        for character in plain
        if not character.isspace() and unicodedata.category(character) != "Pd"
    )
    well_formed = digits.isascii() and digits.isdigit()
    return digits if well_formed and len(digits) == NUMBER_DIGITS else None


def clean_topic(text: str | None) -> str | None:
    """None when nothing was given. Raises TopicInvalid."""
    if text is None or not text.strip():
        return None
    try:
        return clean_line(text, TOPIC_MOST)
    except NameInvalid as error:
        raise TopicInvalid(**error.data) from None


def invitation_link(base: str, number: str, passcode: str, host_key: str | None = None) -> str:
    """Secrets stand in the fragment, which a browser sends to nobody (RFC 9110 §4.2.5)."""
    link = f"{base.rstrip('/')}/j/{number}#p={passcode}"
    return link if host_key is None else f"{link}&h={host_key}"


class Takeover(StrEnum):
    """What to do when the same person is in the meeting already."""

    CONTINUE = "continue"
    NEW = "new"


class Request(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class CreateMeeting(Request):
    """`lang`: of the page, for the topic of a meeting that was given none; else the account's own.

    `reuse`: rather than a second meeting of that topic, the one made lately that nobody has entered.
    """

    topic: Text | None = None
    lang: Lang | None = None
    reuse: bool = False


class Opening(Request):
    """What opens a meeting for somebody: the passcode, or the one-time host key."""

    passcode: Text | None = None
    host_key: Text | None = None


class JoinMeeting(Opening):
    name: Text
    consent: ConsentGiven | None = None
    takeover: Takeover | None = None


class NewMeeting(BaseModel):
    number: str
    topic: str
    passcode: str
    link: str


class MeetingPreview(BaseModel):
    """`host` is the name under which a host has joined; `present` counts people.

    `needs_consent`: a join by this browser has to bring consent to the texts in force.
    `known_as`: the name under which this browser's guest, or the account, is in the meeting now; `sending`:
    of microphone and camera what that seat has on, None where nobody can tell.
    `starts`: they are its host, and nobody has been in it yet.
    """

    number: str
    topic: str
    host: str | None
    present: int
    needs_consent: bool
    known_as: str | None
    sending: list[str] | None
    starts: bool


class Joined(BaseModel):
    """`ticket` opens the socket at `socket` once, within 60 s.

    `sending`: after `continue`, what is on in the page that gives up the seat; None where nobody can tell.
    """

    ticket: str
    socket: str
    seat: int
    sending: list[str] | None


class PreviousMeeting(BaseModel):
    """`passcode` and `link` are there until the meeting is over; `not_started`: nobody has entered it yet."""

    number: str
    topic: str
    started_at: str
    ended_at: str | None
    state: Literal["not_started", "running", "ended"]
    passcode: str | None
    link: str | None


class PreviousMeetings(BaseModel):
    items: list[PreviousMeeting]


@dataclass(frozen=True, slots=True)
class EndMeeting:
    """Told to a room: the meeting is over. A repetition finds it over. Raises Forbidden when `by` may not."""

    by: Person | Seat
    endpoint: Endpoint


def _told(cat: str) -> PD:
    return PD(
        cat=cat,
        clause=("1.14",),
        purpose=Purpose.MEETING_RECORD,
        basis=Basis.CONTRACT,
        subject=("tenant",),
        ctl=Ctl.ROW,
        keep=Keep.JOB,
    )


class MeetingEnded(Event):
    """A run is over, whoever or whatever ended it. One that nobody ever entered tells nothing."""

    version: Annotated[Literal[1], NoPD("of this model")] = 1
    run: Annotated[UUID, _told("user.meeting")]
    ended_at: Annotated[datetime, _told("user.meeting.time")]
    reason: Annotated[str, NoPD("one of a fixed set of words")]
