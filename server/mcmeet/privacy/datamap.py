"""The data map: every declaration in one document, and the lock file that makes a change explicit.

`datamap.lock.json` holds the map and the list of its changes. A change of the map is red until an entry
says which version of the policy covers it and whether it is material (clause 6: then consent is asked
anew). Alembic does not see declarations, so nothing else would notice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from sqlalchemy import MetaData

from mcmeet.core.declare import Store
from mcmeet.privacy.lint import store_name

LOCK_FILE: Final = Path(__file__).with_name("datamap.lock.json")


class Change(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    map_hash: str
    policy_version: str
    material: bool
    what: str


class Lock(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    changes: tuple[Change, ...]
    map: dict[str, Any]


def datamap(metadata: MetaData, stores: Iterable[Store]) -> dict[str, Any]:
    """`{tables: {table: {column: declaration}}, stores: {kind: {name: declaration}}}`, plain JSON values."""
    tables = {
        table.name: {column.name: _plain(column.info["declaration"]) for column in table.columns}
        for table in metadata.sorted_tables
    }
    by_kind: dict[str, dict[str, Any]] = {}
    for store in stores:
        by_kind.setdefault(type(store).__name__, {})[store_name(store)] = _plain(store)
    return {"tables": tables, "stores": by_kind}


def map_hash(found: dict[str, Any]) -> str:
    """SHA-256 of the map's canonical JSON, in hexadecimal."""
    body = json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def read_lock(file: Path = LOCK_FILE) -> Lock:
    return Lock.model_validate_json(file.read_bytes())


def lock_gaps(lock: Lock, found: dict[str, Any], policy_versions: Iterable[str]) -> list[str]:
    """Why the lock does not cover the map; empty when it does."""
    gaps = []
    if lock.map != found:
        gaps.append("the data map changed and the lock file was not renewed")
    if not lock.changes or lock.changes[-1].map_hash != map_hash(lock.map):
        gaps.append("no entry names the policy version that covers the map as it is")
    known = frozenset(policy_versions)
    gaps += [
        f"{change.what}: there is no policy version {change.policy_version}"
        for change in lock.changes
        if change.policy_version not in known
    ]
    return gaps


def write_lock(found: dict[str, Any], *, policy_version: str, material: bool, what: str, file: Path) -> None:
    """Renews the lock with one more entry that says what changed."""
    earlier = read_lock(file).changes if file.is_file() else ()
    change = Change(map_hash=map_hash(found), policy_version=policy_version, material=material, what=what)
    body = Lock(changes=(*earlier, change), map=found).model_dump(mode="json")
    file.write_text(json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        body = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {"is": type(value).__name__, **body}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
