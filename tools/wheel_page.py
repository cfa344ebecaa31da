"""Puts the built page into the wheel of `mcmeet`; an editable install serves it from web/dist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelPage(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises FileNotFoundError where the page is not built: a wheel without it would serve none."""
        if version == "editable":
            return
        page = Path(self.root) / "web" / "dist"
        if not (page / "index.html").exists():
            raise FileNotFoundError(f"{page} holds no page: run `make wheels`, which builds it first")
        build_data["force_include"][str(page)] = "mcmeet/_web"
