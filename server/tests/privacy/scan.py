"""Reads source for what it keeps outside the tables: cookies, browser storage, log fields.

Static, so that a line which no test happens to run is seen too. Each function takes the text of one file
and answers with what it cannot account for.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

COOKIE_CALLS = frozenset({"set_cookie", "delete_cookie"})
LOG_CALLS = frozenset({"debug", "info", "warning", "error", "critical", "exception"})
LOGGING_OPTIONS = frozenset({"exc_info", "stack_info", "stacklevel"})

STORAGE_CALL = re.compile(
    r"(?<!\w)(?P<store>\w*[sS]torage)\??\.(?:getItem|setItem|removeItem)\(\s*(?P<key>[^,)]+)"
    r"|(?<!\w)(?P<base>indexedDB|caches)\.(?:open|deleteDatabase|delete)\(\s*(?P<name>[^,)]+)"
)
STORAGE_BY_INDEX = re.compile(r"(?:local|session)Storage(?:\[|\.(?!getItem|setItem|removeItem)\w+\s*=)")
COOKIE_WRITE = re.compile(r"document\.cookie\s*=|cookieStore\.set\(")
CONSTANT = re.compile(r"const (\w+)(?:: \w+)? = '([^']*)'")


def cookie_gaps(source: str, declared: Collection[str]) -> list[str]:
    """Calls that set a cookie under a literal name which is not declared, or by a raw header."""
    gaps = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _attribute(node.func) in COOKIE_CALLS:
            name = _argument(node, "key")
            if isinstance(name, ast.Constant) and name.value not in declared:
                gaps.append(f"line {node.lineno}: cookie {name.value!r} is not declared")
        if isinstance(node, ast.Constant) and str(node.value).lower() == "set-cookie":
            gaps.append(f"line {node.lineno}: a Set-Cookie header written by hand")
    return gaps


def log_gaps(source: str, declared: Collection[str]) -> list[str]:
    """Fields of log lines that no stream declares, and texts that carry values."""
    gaps = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and _attribute(node.func) in LOG_CALLS and _is_logger(node.func)):
            continue
        if node.args and not isinstance(node.args[0], ast.Constant):
            gaps.append(f"line {node.lineno}: the text of a log line is not a constant")
        for keyword in node.keywords:
            if keyword.arg not in declared and keyword.arg not in LOGGING_OPTIONS:
                gaps.append(f"line {node.lineno}: log field {keyword.arg!r} is not declared")
    return gaps


def browser_gaps(source: str, declared: Collection[str]) -> list[str]:
    """Keys of browser storage that are not declared, or that cannot be read off the source."""
    constants = dict(CONSTANT.findall(source))
    gaps = [f"{key}: browser storage that is not declared" for key in _keys(source, constants, declared)]
    if STORAGE_BY_INDEX.search(source):
        gaps.append("browser storage is used by index; its keys cannot be read off")
    if COOKIE_WRITE.search(source):
        gaps.append("a cookie is written by script; the server sets them")
    return gaps


def _keys(source: str, constants: dict[str, str], declared: Collection[str]) -> Iterator[str]:
    for match in STORAGE_CALL.finditer(source):
        written = (match["key"] or match["name"]).strip()
        key = constants.get(written, written.strip("'"))
        if key not in declared:
            yield key


def _attribute(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""


def _is_logger(node: ast.expr) -> bool:
    """`log.info`, `self.log.info`, `logger.info`."""
    owner = node.value if isinstance(node, ast.Attribute) else node
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return name.lstrip("_") in ("log", "logger")


def _argument(node: ast.Call, name: str) -> ast.expr | None:
    for keyword in node.keywords:
        if keyword.arg == name:
            return keyword.value
    return node.args[0] if node.args else None
