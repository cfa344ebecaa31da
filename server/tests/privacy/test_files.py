"""Every file that a running server keeps is declared."""

from __future__ import annotations

from pathlib import Path

import httpx

from mcmeet.core.declare import Files
from mcmeet.privacy.stores import every_store
from mcmeet.registry import FEATURES
from tests.fixtures.app import CONSENT
from tests.fixtures.server import Server

PREFIXES = tuple(store.prefix for store in every_store(FEATURES) if isinstance(store, Files))


def undeclared(data: Path) -> list[str]:
    files = (str(file.relative_to(data)) for file in data.rglob("*") if file.is_file())
    return sorted(name for name in files if not name.startswith(PREFIXES))


def test_a_server_at_work_keeps_declared_files_only(server: Server) -> None:
    with httpx.Client(base_url=server.url, headers={"X-MCMeet": "1"}) as http:
        sent = http.post("/api/auth/code", json={"phone": "+8613800005555", "consent": CONSENT})
        assert sent.status_code == 202
    assert server.code_for("+8613800005555")
    assert undeclared(server.data) == []


def test_a_file_that_nobody_declared_is_seen(tmp_path: Path) -> None:
    (tmp_path / "mcmeet.db").touch()
    (tmp_path / "visits.csv").touch()
    assert undeclared(tmp_path) == ["visits.csv"]
