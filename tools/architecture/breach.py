"""What a check reports, and how the tree is walked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60

SKIPPED_FOLDERS = frozenset({"node_modules", "dist", "target", "generated", "samples", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Breach:
    path: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


def files(folder: Path, *endings: str) -> Iterator[Path]:
    """Files below `folder` with one of `endings`, without what is generated, installed or a sample."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in endings and not SKIPPED_FOLDERS & set(path.relative_to(folder).parts):
            yield path


def too_long(shown: str, source: str, rule: str) -> Iterator[Breach]:
    lines = source.count("\n")
    if lines > MAX_FILE_LINES:
        yield Breach(shown, lines, rule, f"{lines} lines, {MAX_FILE_LINES} are allowed: split it by job")
