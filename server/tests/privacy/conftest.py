"""The ledger as it is in the database, and a second version of the privacy policy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mcmeet.features.accounts import api as accounts_api
from mcmeet.privacy import ledger, policies
from mcmeet.privacy.policies import CURRENT, Kind
from mcmeet.privacy.schemas import ConsentVersions
from mcmeet.privacy.tables import Consent
from tests.fixtures.app import App, Visitor


async def consents(app: App) -> list[Consent]:
    """Every row of the ledger, oldest first."""

    def read(session: Session) -> list[Consent]:
        rows = list(session.scalars(select(Consent).order_by(Consent.at, Consent.kind)))
        session.expunge_all()
        return rows

    return await app.core.db.read(read)


async def is_asked_at_the_door(visitor: Visitor, meeting: dict[str, Any]) -> bool:
    """Whether the page before the meeting shows the consent line."""
    opening = {"passcode": meeting["passcode"]}
    answer = await visitor.http.post(f"/api/meetings/{meeting['number']}/preview", json=opening)
    asked: bool = answer.json()["needs_consent"]
    return asked


NEXT = str(int(CURRENT[Kind.PRIVACY]) + 1)
"""The privacy policy that nobody published yet."""


@pytest.fixture
def publish_next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Puts another privacy policy in force, while the server runs."""

    def publish() -> None:
        folder = tmp_path / "policies"
        shutil.copytree(policies.FOLDER, folder)
        newest = CURRENT[Kind.PRIVACY]
        for file in (folder / "privacy").glob(f"{newest}.*.json"):
            text = file.read_text().replace(f'"version": "{newest}"', f'"version": "{NEXT}"')
            file.with_name(file.name.replace(newest, NEXT, 1)).write_text(text)
        monkeypatch.setattr(policies, "FOLDER", folder)
        monkeypatch.setitem(CURRENT, Kind.PRIVACY, NEXT)
        in_force = ConsentVersions(privacy=NEXT, terms=CURRENT[Kind.TERMS])
        for module in (ledger, accounts_api):
            monkeypatch.setattr(module, "CURRENT_VERSIONS", in_force)
        forget()

    def forget() -> None:
        policies.published.cache_clear()
        policies.versions.cache_clear()
        policies.evidence.cache_clear()

    yield publish
    forget()
