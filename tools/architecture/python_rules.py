"""Rules of server/mcmeet, read from the syntax tree; those about length hold in tools and bench too."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.architecture.breach import MAX_FUNCTION_LINES, Breach, files, too_long

RULES = {
    "python-file-length": "a file has at most 400 lines",
    "python-function-length": "a function has at most 60 lines",
    "feature-file-names": "a feature has the files whose names say their job, and no others",
    "feature-imports": "a feature imports another only through the names that a base feature exports",
    "sql-in-store": "only a store builds SQL statements",
    "commit-in-db": "only core/db commits",
    "network-in-egress": "only core/egress.py opens network connections",
    "engine-binding": "only media/embedded touches mcmeet_sfu",
    "livekit-in-media": "only media knows LiveKit",
    "http-errors": "expected failures are classes in errors.py, drawn by one handler",
}

TOOLS = ("tools", "bench")

JOBS = frozenset("tables store service errors schemas api live jobs report privacy".split())
"""What the files of a feature are named after; a job of more than 400 lines is a folder of that name."""
BASE_FEATURES = ("accounts", "organizations", "notifications", "meetings")
"""In this order: each may import what those before it export; every other feature may import all four."""

STATEMENTS = frozenset({"select", "insert", "update", "delete", "text"})
PREDICATES = {"tables": frozenset({"text"})}
"""The condition of a partial index is written as text."""
SQL_FOLDERS = frozenset({"core", "privacy", "migrations"})
COMMITTERS = frozenset({"core/db/database.py", "core/db/migrate.py"})
"""The second runs before any room or request exists."""

NETWORK_MODULES = frozenset(
    "aiohttp ftplib grpc http.client httpx imaplib poplib requests smtplib socket socketserver ssl telnetlib "
    "urllib.request urllib3 websockets xmlrpc".split()
)
NETWORK_CALLS = frozenset(
    {"open_connection", "open_unix_connection", "create_connection", "create_datagram_endpoint"}
)
LISTENERS = {
    "core/lan.py": {"socket"},
    "core/serving/accepting.py": {"socket", "ssl"},
    "core/serving/server.py": {"socket", "ssl", "websockets"},
    "core/serving/tls.py": {"ssl"},
    "media/embedded/standalone.py": {"socket"},
    "serve/running.py": {"socket"},
    "serve/sockets.py": {"socket"},
}
"""They import these to listen and to look at their own machine, never to connect."""


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed file; `parts` is its path below its package."""

    shown: str
    parts: tuple[str, ...]
    source: str
    tree: ast.Module = field(repr=False)

    @property
    def inside(self) -> str:
        return "/".join(self.parts)

    @property
    def job(self) -> str:
        return job(self.parts)

    @property
    def feature(self) -> str | None:
        return self.parts[1] if self.parts[0] == "features" and len(self.parts) > 2 else None

    def breach(self, node: ast.AST, rule: str, text: str) -> Breach:
        return Breach(self.shown, getattr(node, "lineno", 1), rule, text)


def job(parts: tuple[str, ...]) -> str:
    """`store` for `store.py` and for every file of a folder `store`."""
    folder = parts[-2] if len(parts) > 2 else ""
    return folder if folder in JOBS else Path(parts[-1]).stem


def check(root: Path) -> Iterator[Breach]:
    for folder in TOOLS:
        for module in modules(root, root / folder):
            yield from too_long(module.shown, module.source, "python-file-length")
            yield from function_length(module)
    for module in modules(root, root / "server" / "mcmeet"):
        yield from too_long(module.shown, module.source, "python-file-length")
        for rule in (
            function_length,
            file_names,
            feature_imports,
            sql,
            commits,
            network,
            bindings,
            http_errors,
        ):
            yield from rule(module)


def modules(root: Path, package: Path) -> Iterator[Module]:
    for path in files(package, ".py"):
        parts = path.relative_to(package).parts
        if "tests" not in parts:
            source = path.read_text()
            yield Module(path.relative_to(root).as_posix(), parts, source, ast.parse(source, str(path)))


def imports(tree: ast.Module) -> Iterator[tuple[ast.stmt, str, tuple[str, ...]]]:
    """(statement, module, names) of every import; a plain `import a.b` has no names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name, ()
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module, tuple(alias.name for alias in node.names)


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    """Every call of the form `something.name(…)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func


def function_length(module: Module) -> Iterator[Breach]:
    if module.parts[:2] == ("migrations", "versions"):
        return  # Alembic writes them, one statement after the other
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.end_lineno is None:
            continue
        lines = node.end_lineno - node.lineno + 1
        if lines > MAX_FUNCTION_LINES:
            text = f"{node.name} has {lines} lines, {MAX_FUNCTION_LINES} are allowed"
            yield module.breach(node, "python-function-length", text)


def file_names(module: Module) -> Iterator[Breach]:
    if module.feature is None:
        return
    _, _, *inside = module.parts
    says_its_job = Path(inside[0]).stem in JOBS and len(inside) <= 2
    if not says_its_job and inside != ["__init__.py"]:
        text = f"{'/'.join(inside)} is no file of a feature; a new name needs a decision record"
        yield module.breach(module.tree, "feature-file-names", text)


def feature_imports(module: Module) -> Iterator[Breach]:
    feature = module.feature
    if feature is None:
        return
    left = BASE_FEATURES[: BASE_FEATURES.index(feature)] if feature in BASE_FEATURES else BASE_FEATURES
    for node, name, names in imports(module.tree):
        if not is_in(name, "mcmeet.features"):
            continue
        parts = name.split(".")
        others = {parts[2]} if len(parts) > 2 else set(names)
        exported = len(parts) == 3 and not set(names) & JOBS
        for other in sorted(others - {feature}):
            if other not in left or not (exported and names):
                text = f"{feature} may import only what {', '.join(left) or 'nobody'} export in __init__"
                yield module.breach(node, "feature-imports", f"{text}, not {name}")


def sql(module: Module) -> Iterator[Breach]:
    if module.parts[0] in SQL_FOLDERS or module.job == "store":
        return
    for node, name, names in imports(module.tree):
        found = STATEMENTS & set(names) - PREDICATES.get(module.job, frozenset())
        if is_in(name, "sqlalchemy") and found:
            text = f"{', '.join(sorted(found))} belongs into a function of the store"
            yield module.breach(node, "sql-in-store", text)
    for call, target in calls(module.tree):
        named = target.value.id if isinstance(target.value, ast.Name) else None
        if named in ("sa", "sqlalchemy") and target.attr in STATEMENTS:
            text = f"{target.attr} belongs into a function of the store"
            yield module.breach(call, "sql-in-store", text)


def commits(module: Module) -> Iterator[Breach]:
    if module.inside in COMMITTERS:
        return
    for call, target in calls(module.tree):
        if target.attr == "commit":
            yield module.breach(call, "commit-in-db", "use db.write(…), which commits and then announces")


def network(module: Module) -> Iterator[Breach]:
    if module.inside == "core/egress.py":
        return
    for node, name, names in imports(module.tree):
        candidates = {name} | {f"{name}.{part}" for part in names}
        for forbidden in sorted(NETWORK_MODULES):
            used = any(is_in(candidate, forbidden) for candidate in candidates)
            if used and forbidden not in LISTENERS.get(module.inside, ()):
                yield module.breach(node, "network-in-egress", f"{forbidden} is for core/egress.py alone")
    for call, target in calls(module.tree):
        if target.attr in NETWORK_CALLS:
            yield module.breach(call, "network-in-egress", f"{target.attr} is for core/egress.py alone")


def bindings(module: Module) -> Iterator[Breach]:
    for node, name, _ in imports(module.tree):
        if is_in(name, "mcmeet_sfu") and module.parts[:2] != ("media", "embedded"):
            yield module.breach(node, "engine-binding", "ask mcmeet.media.port instead")
        if is_in(name, "livekit") and module.parts[0] != "media":
            yield module.breach(node, "livekit-in-media", "ask mcmeet.media.port instead")


def http_errors(module: Module) -> Iterator[Breach]:
    if module.parts[0] == "core":
        return
    for node, _, names in imports(module.tree):
        if {"HTTPException", "WebSocketException"} & set(names):
            yield module.breach(node, "http-errors", "raise a class of errors.py; core draws it")
