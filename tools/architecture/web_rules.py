"""Rules of web/src, read from import lines and from the text without comments."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.architecture.breach import Breach, files, too_long
from tools.architecture.python_rules import BASE_FEATURES

RULES = {
    "web-file-length": "a file has at most 400 lines",
    "web-sdk-in-media": "only web/src/media imports livekit-client",
    "web-imports": "core, ui ← media ← room ← features ← app; of a base feature and the room the doors alone",
    "web-words": "words that people read stand in the language files",
}

LAYERS = {
    "core": {"core"},
    "ui": {"core", "ui"},
    "media": {"core", "media"},
    "room": {"core", "ui", "media", "room"},
    "features": {"core", "ui", "media", "room", "features"},
}
"""Folder → the folders it may import; `app` and files beside it may import all."""

FEATURES_IN_ORDER = ("policy", *BASE_FEATURES)
"""The page's consent sheet stands where the server has `privacy`: before whoever asks for consent."""

INDEX = ((), ("index",), ("index.ts",))
"""What of a folder with an index others may name."""

IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)(["'])(?P<target>[^"'\n]+)\1""")
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
HAN = re.compile(r"[\u3400-\u9fff\uff01-\uff5e\u3001-\u3011]")


def check(root: Path) -> Iterator[Breach]:
    folder = root / "web" / "src"
    for path in files(folder, ".ts", ".tsx"):
        parts = path.relative_to(folder).parts
        shown = path.relative_to(root).as_posix()
        source = COMMENT.sub(lambda found: "\n" * found.group().count("\n"), path.read_text())
        is_test = ".test." in path.name or "tests" in parts
        if not is_test and not path.name.endswith(".d.ts"):
            yield from too_long(shown, path.read_text(), "web-file-length")
        for number, line in enumerate(source.splitlines(), 1):
            if path.suffix == ".tsx" and not is_test and HAN.search(line):
                yield Breach(shown, number, "web-words", "put it into zh.json and en.json")
            for found in IMPORT.finditer(line):
                yield from wrong_import(path, folder, parts, found["target"], shown, number)


def wrong_import(
    path: Path, folder: Path, parts: tuple[str, ...], target: str, shown: str, number: int
) -> Iterator[Breach]:
    if target.split("/")[0] == "livekit-client" and parts[0] != "media":
        yield Breach(shown, number, "web-sdk-in-media", "use what web/src/media exports")
    inside = parts_of(path, folder, target)
    if inside is None or parts[0] not in LAYERS:
        return
    if inside[0] not in LAYERS[parts[0]]:
        yield Breach(shown, number, "web-imports", f"{parts[0]} may not import {inside[0]}")
    elif parts[0] == inside[0] == "features" and not feature_may_import(parts[1], inside[1:]):
        yield Breach(shown, number, "web-imports", f"{parts[1]} may not import {'/'.join(inside[1:])}")
    elif parts[0] != inside[0] == "room" and inside[1:] not in (*INDEX, ("routes",)):
        yield Breach(shown, number, "web-imports", f"{parts[0]} may not import {'/'.join(inside)}")


def parts_of(path: Path, folder: Path, target: str) -> tuple[str, ...] | None:
    """Where an import points to, below web/src; None for a package."""
    if target.startswith("@/"):
        return tuple(target[2:].split("/"))
    if target.startswith("."):
        resolved = (path.parent / target).resolve()
        return (
            resolved.relative_to(folder.resolve()).parts
            if resolved.is_relative_to(folder.resolve())
            else None
        )
    return None


def feature_may_import(feature: str, target: tuple[str, ...]) -> bool:
    if not target or target[0] == feature:
        return True
    known = feature in FEATURES_IN_ORDER
    left = FEATURES_IN_ORDER[: FEATURES_IN_ORDER.index(feature)] if known else FEATURES_IN_ORDER
    return target[0] in left and target[1:] in INDEX
