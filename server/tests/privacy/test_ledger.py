"""The consent ledger, directly: what is added, and what counts as agreement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, delete, event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mcmeet.core.config import Operator
from mcmeet.privacy import ledger, policies
from mcmeet.privacy.errors import ConsentRequired
from mcmeet.privacy.ledger import AccountSubject, GuestSubject, Shown
from mcmeet.privacy.policies import CURRENT, Kind, Lang
from mcmeet.privacy.schemas import ConsentGiven
from mcmeet.privacy.tables import Consent, PolicyText, State, Surface
from tests.fixtures.app import CONSENT
from tests.privacy.conftest import NEXT

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
OPERATOR = Operator(name="林溪科技", phone="400-000-0000", email="privacy@example.cn", address="上海市")
SIGN_UP = Shown(Surface.WEB_SIGN_UP, Lang.ZH, OPERATOR)
JOIN_ZH = Shown(Surface.WEB_JOIN, Lang.ZH, OPERATOR)
FULL_WIDTH = chr(ord(CONSENT["privacy"]) + 0xFEE0)
JOIN = Shown(Surface.WEB_JOIN, Lang.EN, OPERATOR)


@pytest.fixture
def tx() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Consent.metadata.create_all(
        engine, [Consent.metadata.tables[name] for name in ("consent", "policy_text")]
    )
    with Session(engine) as session:
        yield session
    engine.dispose()


def rows(tx: Session) -> list[Consent]:
    return list(tx.scalars(select(Consent).order_by(Consent.kind)))


def test_lin_xiao_signs_up_and_both_texts_are_in_the_ledger_with_version_hash_time_and_surface(
    tx: Session,
) -> None:
    lin_xiao = uuid4()
    ledger.record(tx, AccountSubject(lin_xiao), SIGN_UP, NOW)
    assert [row.kind for row in rows(tx)] == [Kind.PRIVACY, Kind.TERMS]
    for row in rows(tx):
        text = policies.current(Kind(row.kind), Lang.ZH, OPERATOR)
        assert (row.account_id, row.guest_id, row.run_id) == (lin_xiao, None, None)
        assert (row.version, row.text_hash) == (text.version, policies.text_hash(text))
        assert (row.lang, row.surface, row.state, row.at) == ("zh", "web_sign_up", "given", NOW)


def test_the_text_is_kept_as_it_was_shown_even_when_the_operator_moves(tx: Session) -> None:
    ledger.record(tx, AccountSubject(uuid4()), SIGN_UP, NOW)
    moved = Shown(Surface.WEB_SIGN_UP, Lang.ZH, OPERATOR.model_copy(update={"address": "杭州市"}))
    ledger.record(tx, AccountSubject(uuid4()), moved, NOW)
    for row in rows(tx):
        kept = tx.get_one(PolicyText, row.text_hash)
        assert policies.text_hash(policies.Policy.model_validate_json(kept.body)) == row.text_hash
    assert len(list(tx.scalars(select(PolicyText)))) == 4


def test_a_text_is_rendered_and_sent_to_the_database_once_however_many_agree(
    tx: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.record(tx, AccountSubject(uuid4()), SIGN_UP, NOW)
    sent: list[str] = []
    event.listen(tx.get_bind(), "before_cursor_execute", lambda *call: sent.append(call[2]))
    monkeypatch.setattr(policies, "render", None)
    for guest in (uuid4(), uuid4()):
        ledger.record(tx, GuestSubject(guest, uuid4()), JOIN_ZH, NOW)
    assert len(rows(tx)) == 6
    assert [statement for statement in sent if "INSERT INTO policy_text" in statement] == []


def test_a_text_that_went_with_its_last_row_comes_back_with_the_next(tx: Session) -> None:
    ledger.record(tx, AccountSubject(uuid4()), SIGN_UP, NOW)
    for table in (Consent, PolicyText):
        tx.execute(delete(table))
    ledger.record(tx, AccountSubject(uuid4()), SIGN_UP, NOW)
    assert all(tx.get(PolicyText, row.text_hash) for row in rows(tx))


def test_agreeing_again_adds_nothing(tx: Session) -> None:
    lin_xiao = AccountSubject(uuid4())
    ledger.record(tx, lin_xiao, SIGN_UP, NOW)
    ledger.record(tx, lin_xiao, SIGN_UP, NOW + timedelta(days=1))
    assert [row.at for row in rows(tx)] == [NOW, NOW]


def test_a_guest_agrees_for_one_meeting_only(tx: Session) -> None:
    zhou_hang, run = uuid4(), uuid4()
    ledger.record(tx, GuestSubject(zhou_hang, run), JOIN, NOW)
    assert ledger.missing(tx, GuestSubject(zhou_hang, run)) == ()
    assert ledger.missing(tx, GuestSubject(zhou_hang, uuid4())) == (Kind.PRIVACY, Kind.TERMS)
    assert ledger.missing(tx, GuestSubject(uuid4(), run)) == (Kind.PRIVACY, Kind.TERMS)
    assert {(row.guest_id, row.run_id, row.account_id) for row in rows(tx)} == {(zhou_hang, run, None)}


def test_who_withdraws_no_longer_agrees_and_the_earlier_row_stays(tx: Session) -> None:
    lin_xiao = AccountSubject(uuid4())
    ledger.record(tx, lin_xiao, SIGN_UP, NOW)
    ledger.withdraw(tx, lin_xiao, Kind.TERMS, SIGN_UP, NOW + timedelta(hours=1))
    assert ledger.missing(tx, lin_xiao) == (Kind.TERMS,)
    assert [row.state for row in rows(tx)].count(State.GIVEN) == 2
    ledger.record(tx, lin_xiao, SIGN_UP, NOW + timedelta(hours=2))
    assert ledger.missing(tx, lin_xiao) == ()


def test_an_older_version_in_the_ledger_is_no_agreement_to_the_current_one(
    tx: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin_xiao = AccountSubject(uuid4())
    ledger.record(tx, lin_xiao, SIGN_UP, NOW)
    monkeypatch.setitem(CURRENT, Kind.PRIVACY, NEXT)
    assert ledger.missing(tx, lin_xiao) == (Kind.PRIVACY,)


@pytest.mark.parametrize(
    "given",
    [
        None,
        ConsentGiven(**CONSENT | {"privacy": "0"}),
        ConsentGiven(**CONSENT | {"terms": "0"}),
        ConsentGiven(**CONSENT | {"privacy": NEXT}),
        ConsentGiven(**CONSENT | {"terms": "2"}),
        ConsentGiven(privacy="", terms=""),
        ConsentGiven(**CONSENT | {"privacy": f"{CONSENT['privacy']} "}),
        ConsentGiven(**CONSENT | {"privacy": FULL_WIDTH}),
    ],
)
def test_no_consent_or_another_version_is_refused_with_the_versions_in_force(
    given: ConsentGiven | None,
) -> None:
    with pytest.raises(ConsentRequired) as refused:
        ledger.check_versions(given)
    assert refused.value.data == CONSENT


def test_the_current_versions_pass() -> None:
    given = ConsentGiven(**CONSENT)
    assert ledger.check_versions(given) is given


@pytest.mark.parametrize(
    ("account", "guest", "run"),
    [(None, None, None), (uuid4(), uuid4(), uuid4()), (None, uuid4(), None)],
    ids=["nobody", "two people", "a guest in no meeting"],
)
def test_a_row_has_one_subject_and_a_guest_a_meeting(
    tx: Session, account: UUID | None, guest: UUID | None, run: UUID | None
) -> None:
    tx.add(
        Consent(
            id=uuid4(),
            account_id=account,
            guest_id=guest,
            run_id=run,
            kind="privacy",
            version="1",
            text_hash="0" * 64,
            lang="zh",
            surface=Surface.WEB_JOIN,
            state=State.GIVEN,
            at=NOW,
        )
    )
    with pytest.raises(IntegrityError):
        tx.flush()
