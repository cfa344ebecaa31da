"""The tests of the repository by their names, as documents point to them: `path::name`.

Python's and Rust's by the name of their function, the page's by their title.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

RUST_TEST = re.compile(r"#\[test\]\s*(?:#\[[^\]]*\]\s*)*fn ([a-z0-9_]+)\(")
PAGE = re.compile(r"""\b(?:it|test)\(\s*(["'`])(.+?)\1""")


def existing(root: Path) -> set[str]:
    found = (*_python(root), *_matching(root / "sfu" / "tests", "*.rs", root), *_page(root))
    return set(found)


def _python(root: Path) -> Iterator[str]:
    for path in sorted((root / "server").rglob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield f"{path.relative_to(root)}::{node.name}"


def _matching(folder: Path, pattern: str, root: Path) -> Iterator[str]:
    for path in sorted(folder.rglob(pattern)):
        for name in RUST_TEST.findall(path.read_text()):
            yield f"{path.relative_to(root)}::{name}"


def _page(root: Path) -> Iterator[str]:
    for path in sorted((root / "web" / "src").rglob("*.test.ts*")):
        for _, title in PAGE.findall(path.read_text()):
            yield f"{path.relative_to(root)}::{title}"
