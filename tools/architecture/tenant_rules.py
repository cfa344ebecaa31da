"""Whose rows a function of a store may touch, read from the syntax tree. Decision 10 says why."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.architecture.breach import Breach, files
from tools.architecture.python_rules import job

RULE = "tenant-in-store"
RULES = {RULE: "a function of a store takes the tenant and uses it, or is of a class that decision 10 names"}

CROSSING = frozenset(
    {
        "features/accounts/store.py:account_by_credential",
        "features/accounts/store.py:end_session_by_credential",
        "features/accounts/store.py:session_by_credential",
        "features/meetings/store.py:by_number",
        "features/meetings/store.py:holding_by_number",
        "live/store/runs.py:run_by_number",
        "live/store/credentials.py:seat_by_credential",
        "live/store/credentials.py:ticket_by_credential",
    }
)
"""All that find rows without being told whose: by what the caller has to know or hold."""
CROSSING_NAME = re.compile(r"(^|_)by_(number|credential|subject)$")

UPKEEP = frozenset(
    {
        "features/accounts/store.py:forget_old",
        "features/accounts/store.py:has_old",
        "features/meetings/store.py:has_over",
        "features/meetings/store.py:release_over",
        "live/store/runs.py:end_runs_never_held",
        "live/store/credentials.py:forget_old_credentials",
        "live/store/credentials.py:has_old_credentials",
        "live/store/runs.py:has_runs_never_held",
        "live/store/runs.py:runs_left_open",
    }
)
"""Work of the installation over all tenants: asked nothing but the time, it tells nothing about anybody."""
UPKEEP_TAKES = frozenset({"Session", "datetime"})
UPKEEP_GIVES = frozenset({"None", "bool", "int", "list[UUID]"})

RUN_TABLES = frozenset({"MeetingRun", "Participation", "Seat"})
"""Rows of one holding. What takes `run: UUID` next to the session and touches these alone is the room's."""
OF_SEAT = "OF_SEAT"
"""A feature's table that declares every column with it (`live/tables.py`) is one of those, and in no list."""
TABLES_WITHOUT_TENANT = frozenset({"OneTimeCode", "Registration"})
"""Rows that come before there is an account; they belong to the installation."""

TENANT = re.compile(r"(ids\.)?(Tenant|Org|Person|Platform)")


def check(root: Path) -> Iterator[Breach]:
    package = root / "server" / "mcmeet"
    for path in files(package, ".py"):
        inside = path.relative_to(package)
        if inside.parts[0] == "core" or job(inside.parts) != "store" or "tests" in inside.parts:
            continue
        tree = ast.parse(path.read_text(), str(path))
        tables = imported_tables(tree)
        of_run = RUN_TABLES | tables_of_seats(root / "server", tables.values())
        for function in public_functions(tree):
            known_as = f"{inside.as_posix()}:{function.name}"
            wrong = what_is_wrong(known_as, function, frozenset(tables), of_run)
            if wrong:
                shown = path.relative_to(root).as_posix()
                yield Breach(shown, function.lineno, RULE, f"{function.name} {wrong}")


def imported_tables(tree: ast.Module) -> dict[str, str]:
    """Name → module."""
    return {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.endswith(".tables")
        for alias in node.names
    }


def tables_of_seats(server: Path, modules: Iterable[str]) -> frozenset[str]:
    """Those of these modules that say what holds of a seat while the meeting runs, and nothing else."""
    paths = (server / f"{module.replace('.', '/')}.py" for module in set(modules))
    trees = (ast.parse(path.read_text(), str(path)) for path in paths if path.exists())
    classes = (node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef))
    return frozenset(table.name for table in classes if is_of_seats(table))


def is_of_seats(table: ast.ClassDef) -> bool:
    columns = [node.value for node in table.body if isinstance(node, ast.AnnAssign)]
    return bool(columns) and all(
        isinstance(column, ast.Call) and OF_SEAT in {ast.unparse(given) for given in column.args}
        for column in columns
    )


def public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Those that get a session: the others ask the database nothing."""
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        if "Session" in parameters(node).values():
            yield node


def parameters(function: ast.FunctionDef) -> dict[str, str]:
    """Name → annotation, in their order."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return {one.arg: ast.unparse(one.annotation) if one.annotation else "" for one in every}


def names_read(function: ast.FunctionDef) -> frozenset[str]:
    return frozenset(
        node.id for part in function.body for node in ast.walk(part) if isinstance(node, ast.Name)
    )


def what_is_wrong(
    known_as: str, function: ast.FunctionDef, tables: frozenset[str], of_run: frozenset[str]
) -> str | None:
    taken, read = parameters(function), names_read(function)
    touched = tables & read
    if known_as in CROSSING or CROSSING_NAME.search(function.name):
        listed = known_as in CROSSING and CROSSING_NAME.search(function.name)
        return None if listed else "crosses tenants: its name must say by what, and CROSSING must list it"
    if known_as in UPKEEP:
        given = ast.unparse(function.returns) if function.returns else ""
        plain = set(taken.values()) <= UPKEEP_TAKES and given in UPKEEP_GIVES
        return None if plain else "is upkeep: it may be asked nothing but the time, and tell ids or a count"
    if "tenant" in taken:
        narrow = TENANT.fullmatch(taken["tenant"]) and "tenant" in read
        return None if narrow else "must take one tenant, not perhaps none, and ask for its rows"
    if list(taken.items())[1:2] == [("run", "UUID")] and "run" in read and touched <= of_run:
        return None
    if touched and touched <= TABLES_WITHOUT_TENANT:
        return None
    return "must take the tenant whose rows it touches"
