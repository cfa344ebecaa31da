"""Rules of sfu/src, read from the text without comments and strings."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.architecture.breach import Breach, files, too_long

RULES = {
    "rust-file-length": "a file has at most 400 lines",
    "rust-unsafe": "unsafe lives in the socket module alone",
    "rust-inline-tests": "tests live in sfu/tests",
}

NO_CODE = re.compile(
    r"""
    //[^\n]*                        # line comment
  | /\*.*?\*/                       # block comment
  | r(?P<hashes>\#*)".*?"(?P=hashes)  # raw string
  | "(?:\\.|[^"\\])*"               # string
    """,
    re.DOTALL | re.VERBOSE,
)


def without_comments_and_strings(source: str) -> str:
    """The code alone; line numbers stay."""
    return NO_CODE.sub(lambda found: "\n" * found.group().count("\n"), source)


def check(root: Path) -> Iterator[Breach]:
    folder = root / "sfu" / "src"
    for path in files(folder, ".rs"):
        shown = path.relative_to(root).as_posix()
        source = path.read_text()
        yield from too_long(shown, source, "rust-file-length")
        in_socket = path.relative_to(folder).parts[0] in ("socket", "socket.rs")
        for number, line in enumerate(without_comments_and_strings(source).splitlines(), 1):
            if re.search(r"\bunsafe\b", line) and not in_socket:
                yield Breach(shown, number, "rust-unsafe", "give socket a safe function for it")
            if re.search(r"#\[(\w+::)?test\]|#\[cfg\(test\)\]", line):
                yield Breach(shown, number, "rust-inline-tests", "move it to sfu/tests")
