"""The consent gate and its ledger: who agreed to which text, where and when. Rows are only added.

A box that nobody ticked sends no consent, and an old, unknown or future version is none: the gate
compares with the current versions only and never repairs what came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from mcmeet.core.config import Operator
from mcmeet.core.db import insert_into
from mcmeet.core.ids import new_id
from mcmeet.privacy.errors import ConsentRequired
from mcmeet.privacy.policies import CURRENT, Evidence, Kind, Lang, evidence
from mcmeet.privacy.schemas import ConsentGiven, ConsentVersions
from mcmeet.privacy.tables import Consent, PolicyText, State, Surface

CURRENT_VERSIONS: Final = ConsentVersions(privacy=CURRENT[Kind.PRIVACY], terms=CURRENT[Kind.TERMS])

# Built once: hundreds join at once when a meeting starts, and building takes longer than the database does.
DECISIONS: Final = select(Consent.kind, Consent.version, Consent.state).order_by(Consent.at, Consent.id)
DECISIONS_OF_ACCOUNT: Final = DECISIONS.where(Consent.account_id == bindparam("account"))
DECISIONS_OF_GUEST: Final = DECISIONS.where(
    Consent.guest_id == bindparam("guest"), Consent.run_id == bindparam("run")
)
KEPT_OF: Final = select(PolicyText.hash).where(PolicyText.hash.in_(bindparam("hashes", expanding=True)))
ADD_CONSENTS: Final = insert(Consent.metadata.tables[Consent.__tablename__])


@dataclass(frozen=True, slots=True)
class AccountSubject:
    account: UUID


@dataclass(frozen=True, slots=True)
class GuestSubject:
    """A guest agrees for one holding of a meeting."""

    guest: UUID
    run: UUID


Subject = AccountSubject | GuestSubject


@dataclass(frozen=True, slots=True)
class Shown:
    """Where the texts were shown, in which language, in whose name: what the hash is taken over."""

    surface: Surface
    lang: Lang
    operator: Operator


def check_versions(given: ConsentGiven | None) -> ConsentGiven:
    """The consent itself when it names the current version of both texts; else raises ConsentRequired."""
    if given is None or (given.privacy, given.terms) != (CURRENT_VERSIONS.privacy, CURRENT_VERSIONS.terms):
        raise ConsentRequired(**CURRENT_VERSIONS.model_dump())
    return given


def record(tx: Session, subject: Subject, shown: Shown, now: datetime) -> None:
    """Adds that `subject` agreed to the current texts; to what it agreed to before, nothing is added."""
    _append(tx, subject, missing(tx, subject), State.GIVEN, shown, now)


def withdraw(tx: Session, subject: Subject, kind: Kind, shown: Shown, now: datetime) -> None:
    """Adds that `subject` no longer agrees; what was done before stays lawful (clause 5.4)."""
    _append(tx, subject, (kind,), State.WITHDRAWN, shown, now)


def missing(tx: Session, subject: Subject) -> tuple[Kind, ...]:
    """The kinds of text whose current version `subject` has not agreed to, or no longer does."""
    account, guest, run = _columns(subject)
    asked = DECISIONS_OF_GUEST if account is None else DECISIONS_OF_ACCOUNT
    decisions = tx.execute(asked, {"account": account, "guest": guest, "run": run})
    newest = {kind: (version, state) for kind, version, state in decisions}
    return tuple(kind for kind in Kind if newest.get(kind) != (CURRENT[kind], State.GIVEN))


def _append(
    tx: Session, subject: Subject, kinds: Iterable[Kind], state: State, shown: Shown, now: datetime
) -> None:
    texts = [evidence(kind, CURRENT[kind], shown.lang, shown.operator) for kind in kinds]
    if not texts:
        return
    _keep_texts(tx, texts)
    account, guest, run = _columns(subject)
    rows = [
        {
            "id": new_id(now),
            "account_id": account,
            "guest_id": guest,
            "run_id": run,
            "kind": text.kind,
            "version": text.version,
            "text_hash": text.hash,
            "lang": text.lang,
            "surface": shown.surface,
            "state": state,
            "at": now,
        }
        for text in texts
    ]
    tx.execute(ADD_CONSENTS, rows)


def _columns(subject: Subject) -> tuple[UUID | None, UUID | None, UUID | None]:
    """Account, guest and run."""
    if isinstance(subject, AccountSubject):
        return subject.account, None, None
    return None, subject.guest, subject.run


def _keep_texts(tx: Session, texts: Sequence[Evidence]) -> None:
    """Asks first: a text is long, and all but the first of its readers find it kept.

    Two writers may be the first at once, so the database decides which of them was.
    """
    kept = set(tx.scalars(KEPT_OF, {"hashes": [text.hash for text in texts]}))
    rows = [asdict(text) for text in texts if text.hash not in kept]
    if rows:
        tx.execute(insert_into(tx, PolicyText).values(rows).on_conflict_do_nothing())
