"""Who comes to which meeting, and whether what they bring opens it."""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from mcmeet.core.guesses import count_failure, require_guess
from mcmeet.core.services import Core
from mcmeet.features.meetings import store
from mcmeet.features.meetings.schemas import Opening, clean_number
from mcmeet.features.meetings.service.creation import PASSCODE_DIGITS
from mcmeet.features.meetings.store import Holding, StoredMeeting
from mcmeet.privacy.ledger import AccountSubject, GuestSubject, Subject

VISITS_PER_SOURCE: Final = "1200/minute"
"""Previews and joins together: who comes by the page does both."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, and from where; `guest` is the id in the browser's cookie."""

    source: str
    account: UUID | None = None
    guest: UUID | None = None


def count_visit(core: Core, visitor: Visitor) -> None:
    """Raises TooManyRequests."""
    core.rates.hit(VISITS_PER_SOURCE, "visit", visitor.source)


async def find_holding(core: Core, number: str, visitor: Visitor) -> Holding | None:
    """The run that can be joined under this number now."""
    plain = clean_number(number) or ""
    return await core.db.read(
        lambda session: store.holding_by_number(session, plain, account=visitor.account, guest=visitor.guest)
    )


def subject_of(visitor: Visitor, holding: Holding | None) -> Subject | None:
    """Who consents; the account first. For a number that is no meeting's too: the time must not tell."""
    if visitor.account is not None:
        return AccountSubject(visitor.account)
    run = store.NO_RUN if holding is None else holding.run.id
    return None if visitor.guest is None else GuestSubject(visitor.guest, run)


def opens(
    core: Core, number: str, holding: Holding | None, visitor: Visitor, opening: Opening
) -> bool | None:
    """Whether what was given opens the meeting; None when nothing was given. Raises TooManyRequests.

    Whoever has sat in this meeting or hosts it is not guessing.
    """
    if opening.passcode is None and opening.host_key is None:
        return None
    guessed = clean_number(number) or "malformed"
    known = holding is not None and (holding.is_host or bool(holding.sittings))
    if not known:
        require_guess(core.rates, visitor.source, guessed)
    if _fits(core, holding.meeting if holding else None, opening):
        return True
    count_failure(core.rates, visitor.source, guessed)
    return False


def _fits(core: Core, meeting: StoredMeeting | None, opening: Opening) -> bool:
    """In constant time, and with the same work for a meeting that is not there."""
    passcode = unicodedata.normalize("NFKC", opening.passcode or "").strip().encode()
    key_hash = core.secrets.credential_hash(opening.host_key or "")
    expected = (meeting.passcode if meeting else None) or "-" * PASSCODE_DIGITS
    expected_hash = (meeting.host_key_hash if meeting else None) or bytes(len(key_hash))
    right_passcode = hmac.compare_digest(passcode, expected.encode())
    right_key = hmac.compare_digest(key_hash, expected_hash)
    if meeting is None or meeting.passcode is None:
        return False
    return right_passcode if opening.host_key is None else right_key
