"""DATA/run.json: where the running server is, for whoever waits for it or works beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

RUN_FILE: Final = "run.json"


def write(data: Path, state: dict[str, Any]) -> None:
    """Whoever waits for the file never sees half of it."""
    path = data / RUN_FILE
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(state), encoding="utf-8")
    draft.replace(path)


def remove(data: Path) -> None:
    (data / RUN_FILE).unlink(missing_ok=True)


def url(data: Path) -> str | None:
    """None when no server runs."""
    try:
        found: str = json.loads((data / RUN_FILE).read_text(encoding="utf-8"))["url"]
    except FileNotFoundError:
        return None
    return found.rstrip("/")
