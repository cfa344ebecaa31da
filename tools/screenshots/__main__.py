"""Takes the pictures under docs/screenshots anew, or some of them by name.

python -m tools.screenshots
python -m tools.screenshots room-9 dashboard --language zh --size phone

It starts a server of its own and Debian's Chromium; the built page (`make build`) is what it shows.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import expect, sync_playwright

from tests.fixtures.browser import CHROMIUM, FLAGS, people_at
from tests.fixtures.server import Server
from tools.screenshots.meeting import MEETING_PAGES, take_meeting
from tools.screenshots.moments import MOMENTS, take_moments
from tools.screenshots.pages import (
    ACCOUNT_PAGES,
    DOORS,
    VISITOR_PAGES,
    take_account_pages,
    take_doors,
    take_visitor_pages,
)
from tools.screenshots.scene import EVERY_PAGE, PATIENCE_S, SIZES, WORDS, Scene
from tools.screenshots.states import STATES, take_states

FOLDER: Final = Path(__file__).parents[2] / "docs/screenshots"
NAMES: Final = (*VISITOR_PAGES, *DOORS, *ACCOUNT_PAGES, *STATES, *MEETING_PAGES, *MOMENTS)
# Every token that has two colours is in one of them.
DARK_NAMES: Final = frozenset(
    {
        "landing",
        "not-started",
        "signing-out",
        "login",
        "register",
        "privacy",
        "dashboard",
        "settings",
        "prejoin",
        "members",
        "hand",
        "lost",
        "replaced",
        "trust",
    }
)
# At the windows beside those that every page is taken at.
LAYOUT_NAMES: Final = frozenset({"landing", "login", "dashboard", "prejoin", "room-2", "room-9", "share"})
PARTS: Final = (take_visitor_pages, take_doors, take_account_pages, take_states, take_meeting, take_moments)


def take(folder: Path, chosen: frozenset[str], languages: list[str], sizes: list[str]) -> None:
    expect.set_options(timeout=PATIENCE_S * 1000)
    with TemporaryDirectory(prefix="mcmeet-screenshots-") as temporary, sync_playwright() as playwright:
        server = Server(Path(temporary) / "data")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            server.start()
            for language in languages:
                for size in sizes:
                    for dark, names in _schemes(chosen, size):
                        with people_at(browser) as people:
                            scene = Scene(server, people, folder, language, size, names, dark)
                            for part in PARTS:
                                part(scene)
        finally:
            browser.close()
            server.stop()


def _schemes(chosen: frozenset[str], size: str) -> list[tuple[bool, frozenset[str]]]:
    """Light pages, then those of them that are taken in the dark too."""
    names = chosen or frozenset(NAMES)
    light, dark = (names, names & DARK_NAMES) if size in EVERY_PAGE else (names & LAYOUT_NAMES, frozenset())
    return [(is_dark, found) for is_dark, found in ((False, light), (True, dark)) if found]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(NAMES)}; all of them when none is named")
    parser.add_argument("--language", choices=[*WORDS], action="append")
    parser.add_argument("--size", choices=[*SIZES], action="append")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no page {', '.join(sorted(unknown))}")
    options.folder.mkdir(parents=True, exist_ok=True)
    take(options.folder, frozenset(options.names), options.language or [*WORDS], options.size or [*SIZES])
    return 0


if __name__ == "__main__":
    sys.exit(main())
