"""A database that gives no answer in time: whoever asked is told so, and may try again."""

from pathlib import Path

import pytest
from sqlalchemy import text

from mcmeet.core.config import Database
from mcmeet.core.db import Db, dialects, migrate
from mcmeet.core.errors import NotRead
from tests.fixtures.app import AppStarter
from tests.fixtures.postgres import Postgres

pytestmark = pytest.mark.anyio


async def test_meetings_cannot_be_listed_while_their_table_is_locked_and_can_afterwards(
    app_starter: AppStarter, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(dialects.POSTGRES_LIMITS, "options", "-c statement_timeout=2s")
    with postgres.migrated_database() as url:
        async with app_starter.run(database=Database(url=url)) as app:
            host = await app.person("林晓")
            meeting = await host.create_meeting()
            with migrate.connection(url) as other, other.begin():
                other.execute(text("LOCK TABLE meeting_run IN ACCESS EXCLUSIVE MODE"))
                refused = await host.http.get("/api/meetings/previous")
            assert (refused.status_code, refused.json()["code"]) == (503, "not_read")
            assert refused.headers["content-type"] == "application/problem+json"
            listed = await host.http.get("/api/meetings/previous")
            assert [one["number"] for one in listed.json()["items"]] == [meeting["number"]]


async def test_a_missing_table_is_a_fault_of_ours_and_no_answer_that_may_come_later(tmp_path: Path) -> None:
    db = Db(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(Exception, match="no such table") as raised:
        await db.read(lambda tx: tx.execute(text("SELECT 1 FROM nowhere")).all())
    assert not isinstance(raised.value, NotRead)
    db.close()
