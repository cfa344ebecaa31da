"""How a meeting is made: its number, its passcode, its first run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from mcmeet.core.auth import Person
from mcmeet.core.errors import NotSaved, Unauthenticated
from mcmeet.core.ids import Platform, Tenant, new_id
from mcmeet.core.secrets import new_credential
from mcmeet.core.services import Core
from mcmeet.features.accounts import account_of
from mcmeet.features.meetings import store
from mcmeet.features.meetings.schemas import NUMBER_DIGITS, CreateMeeting, clean_topic, invitation_link
from mcmeet.features.meetings.store import StoredMeeting
from mcmeet.live import store as live_store
from mcmeet.privacy.policies import Lang

OPERATOR_TOPIC: Final = "快速会议"
QUICK_TOPIC: Final = {Lang.ZH: "{name}的快速会议", Lang.EN: "{name}'s instant meeting"}
"""With a name of any length they fit TOPIC_MOST."""
PASSCODE_DIGITS: Final = 6
NUMBER_DRAWS: Final = 10
CREATES_PER_ACCOUNT: Final = "300/hour"
REUSED_WITHIN: Final = timedelta(hours=12)
"""Its link, sent to others now, is good for as long again (NEVER_HELD_AFTER)."""


@dataclass(frozen=True, slots=True)
class OperatorMeeting:
    run: UUID
    number: str
    passcode: str
    link: str
    host_link: str


def draw_number() -> str:
    lowest: int = 10 ** (NUMBER_DIGITS - 1)
    return str(lowest + secrets.randbelow(9 * lowest))


def draw_passcode() -> str:
    return f"{secrets.randbelow(10**PASSCODE_DIGITS):0{PASSCODE_DIGITS}}"


async def create_instant(core: Core, person: Person, wanted: CreateMeeting) -> StoredMeeting:
    """快速会议: a meeting and its run, hosted by this account. Raises TopicInvalid, TooManyRequests."""
    given = clean_topic(wanted.topic)
    core.rates.hit(CREATES_PER_ACCOUNT, "create meeting", str(person.account))
    topic = given or await _quick_topic(core, person, wanted.lang)
    unused = await _unused(core, person, topic) if wanted.reuse else None
    if unused is not None:
        return unused
    meeting, _ = await _create(core, person.tenant, person.account, topic, host_key_hash=None)
    return meeting


async def _unused(core: Core, person: Person, topic: str) -> StoredMeeting | None:
    tenant, account, since = person.tenant, person.account, core.clock.now() - REUSED_WITHIN
    return await core.db.read(lambda session: store.never_entered(session, tenant, account, topic, since))


async def _quick_topic(core: Core, person: Person, lang: Lang | None) -> str:
    """In the host's own name, and the language of their page."""
    host = await core.db.read(lambda session: account_of(session, person.account))
    if host is None:  # closed a moment ago
        raise Unauthenticated
    return QUICK_TOPIC[lang or Lang(host.locale)].format(name=host.name)


async def create_for_operator(core: Core, topic: str, *, base: str) -> OperatorMeeting:
    """A meeting of the installation itself: whoever redeems the host key, once, is its host."""
    host_key = new_credential()
    key_hash = core.secrets.credential_hash(host_key)
    topic = clean_topic(topic) or OPERATOR_TOPIC
    meeting, run = await _create(core, Platform(), None, topic, host_key_hash=key_hash)
    number, passcode = meeting.number, meeting.passcode or ""
    link = invitation_link(base, number, passcode)
    host_link = invitation_link(base, number, passcode, host_key)
    return OperatorMeeting(run, number, passcode, link, host_link)


async def _create(
    core: Core, tenant: Tenant, account: UUID | None, topic: str, *, host_key_hash: bytes | None
) -> tuple[StoredMeeting, UUID]:
    """The meeting, and the id of its run."""
    now = core.clock.now()
    drawn = StoredMeeting(
        id=new_id(now),
        tenant=tenant,
        number="",
        creator=account,
        topic=topic,
        passcode=draw_passcode(),
        host_key_hash=host_key_hash,
        host_key_seat=None,
        created_at=now,
    )

    def write(session: Session) -> tuple[StoredMeeting, UUID]:
        for _ in range(NUMBER_DRAWS):
            meeting = replace(drawn, number=draw_number())
            if store.create_meeting(session, tenant, meeting):
                run = store.first_run(meeting, new_credential())
                live_store.create_run(session, tenant, run)
                return meeting, run.id
        raise NotSaved

    return await core.db.write(write)
