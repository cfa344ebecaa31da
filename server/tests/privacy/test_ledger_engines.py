"""The ledger as the migrations make it, on both databases: first of all, nobody can rewrite it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mcmeet.core.config import Operator
from mcmeet.core.db import Db
from mcmeet.privacy import ledger
from mcmeet.privacy.ledger import AccountSubject, GuestSubject, Shown, Subject
from mcmeet.privacy.policies import Kind, Lang
from mcmeet.privacy.tables import Surface

pytestmark = pytest.mark.anyio

DAY = timedelta(days=3)  # beyond what leap years make of three years
YEAR = timedelta(days=365.25)
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SHOWN = Shown(Surface.WEB_SIGN_UP, Lang.ZH, Operator())


@pytest.fixture
def db(migrated_url: str) -> Iterator[Db]:
    database = Db(migrated_url)
    yield database
    database.close()


async def record(db: Db, subject: Subject, at: datetime = NOW) -> None:
    await db.write(lambda tx: ledger.record(tx, subject, SHOWN, at))


async def missing(db: Db, subject: Subject) -> tuple[Kind, ...]:
    return await db.read(lambda tx: ledger.missing(tx, subject))


async def test_people_agree_and_withdraw(db: Db) -> None:
    lin_xiao, zhou_hang = AccountSubject(uuid4()), GuestSubject(uuid4(), uuid4())
    for subject in (lin_xiao, zhou_hang):
        await record(db, subject)
        assert await missing(db, subject) == ()
    later = NOW.replace(hour=9)
    await db.write(lambda tx: ledger.withdraw(tx, lin_xiao, Kind.TERMS, SHOWN, later))
    assert await missing(db, lin_xiao) == (Kind.TERMS,)
    assert await missing(db, zhou_hang) == ()


CONTENT = text("SELECT * FROM consent JOIN policy_text ON text_hash = hash ORDER BY id")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent SET version = '0'",
        "DELETE FROM consent",
        "UPDATE policy_text SET body = 'something else'",
        "DELETE FROM policy_text",
    ],
)
async def test_what_somebody_agreed_to_cannot_be_changed_or_taken_away(db: Db, statement: str) -> None:
    await record(db, AccountSubject(uuid4()), datetime.now(UTC))
    before = await db.read(lambda tx: tx.execute(CONTENT).all())
    with pytest.raises(DBAPIError, match="append-only"):
        await db.write(lambda tx: tx.execute(text(statement)))
    assert await db.read(lambda tx: tx.execute(CONTENT).all()) == before != []


@pytest.mark.parametrize("migrated_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("table", ["consent", "policy_text"])
async def test_it_cannot_be_emptied_at_once_either(db: Db, table: str) -> None:
    """SQLite has no TRUNCATE."""
    await record(db, AccountSubject(uuid4()))
    with pytest.raises(DBAPIError, match="append-only"):
        await db.write(lambda tx: tx.execute(text(f"TRUNCATE {table}")))


async def test_evidence_goes_after_three_years_and_a_text_with_its_last_row(db: Db) -> None:
    now = datetime.now(UTC)
    await record(db, AccountSubject(uuid4()), now - 3 * YEAR + DAY)
    with pytest.raises(DBAPIError, match="append-only"):
        await db.write(lambda tx: tx.execute(text("DELETE FROM consent")))
    await record(db, AccountSubject(uuid4()), now - 3 * YEAR - DAY)
    old = {"before": now - 3 * YEAR}
    await db.write(lambda tx: tx.execute(text("DELETE FROM consent WHERE at < :before"), old))
    with pytest.raises(DBAPIError, match="append-only"):
        await db.write(lambda tx: tx.execute(text("DELETE FROM policy_text")))


async def test_a_text_that_no_evidence_points_to_may_go(db: Db) -> None:
    await record(db, AccountSubject(uuid4()), datetime.now(UTC) - 3 * YEAR - DAY)
    await db.write(lambda tx: tx.execute(text("DELETE FROM consent")))
    await db.write(lambda tx: tx.execute(text("DELETE FROM policy_text")))
    assert await db.read(lambda tx: tx.execute(text("SELECT hash FROM policy_text")).all()) == []
