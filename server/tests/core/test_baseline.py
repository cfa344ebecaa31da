"""Rows of the security baseline (docs/asvs.csv) that no feature owns."""

import ast
import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from mcmeet.core import logs
from mcmeet.features.accounts.tables import Account
from tests.fixtures.app import App

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "server" / "mcmeet"

DANGEROUS_MODULES = re.compile(
    r"(subprocess|multiprocessing|concurrent\.futures\.process|pty|runpy|code|codeop|ctypes|cffi|imp"
    r"|pickle|marshal|shelve|dill|cloudpickle|joblib|yaml|xml|lxml|ftplib|telnetlib)(\..*)?"
)
DANGEROUS_NAMES = re.compile(
    r"(builtins\.)?(eval|exec|compile|__import__)"
    r"|importlib\.(import_module|reload|util|machinery)"
    r"|(os|posix)\.(system|popen|startfile|fork\w*|exec\w+|spawn\w+|posix_spawn\w*)"
    r"|asyncio\.(create_subprocess_\w+|subprocess)|anyio\.(run|open)_process|anyio\.to_process"
    r"|.*\.(subprocess_exec|subprocess_shell|ProcessPoolExecutor)"
    r"|hashlib\.(new|md5|sha1)|.*\.(MD5|SHA1)"
)
RAW_MARKUP = re.compile(
    r"dangerouslySetInnerHTML|\.(inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\("
)


def modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def imported(tree: ast.AST) -> dict[str, str]:
    """What each name of an import stands for, whatever it is called here."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def dotted(node: ast.expr, names: Mapping[str, str]) -> str:
    """`os.execv`, however it was imported; what begins with no name begins with a dot."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value, names)}.{node.attr}"
    return names.get(node.id, node.id) if isinstance(node, ast.Name) else ""


def dangers(source: str) -> set[str]:
    tree = ast.parse(source)
    names = imported(tree)
    used = {dotted(node, names) for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Name)}
    found = {name for name in (*modules(tree), *names.values()) if DANGEROUS_MODULES.fullmatch(name)}
    return found | {name for name in used | set(names.values()) if DANGEROUS_NAMES.fullmatch(name)}


def test_the_server_runs_no_command_evaluates_no_text_and_unpacks_no_objects() -> None:
    sources = [path for path in PACKAGE.rglob("*.py") if "tests" not in path.parts]
    assert {str(path): found for path in sources if (found := dangers(path.read_text()))} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess",
        "from xml.etree import ElementTree",
        "import multiprocessing.pool",
        "from concurrent.futures.process import ProcessPoolExecutor",
        "from concurrent.futures import ProcessPoolExecutor",
        "import pty",
        "import ctypes",
        "os.system(name)",
        "os.fork()",
        "os.forkpty()",
        "os.execvp(name, names)",
        "os.spawnl(mode, name)",
        "os.posix_spawn(name, names, {})",
        "run = os.system",
        "from os import execv as go_on",
        "import os as machine; machine.popen(name)",
        "asyncio.create_subprocess_exec(name)",
        "asyncio.create_subprocess_shell(name)",
        "from asyncio import subprocess",
        "asyncio.get_running_loop().subprocess_exec(protocol, name)",
        "importlib.import_module(name)",
        "__import__(name)",
        "eval(name)",
        "builtins.exec(name)",
        "compile(name, name, 'exec')",
        "hashlib.md5(x)",
        "hashlib.new('md5')",
        "from hashlib import sha1",
        "from cryptography.hazmat.primitives import hashes; hashes.MD5()",
        "from cryptography.hazmat.primitives.hashes import SHA1",
    ],
)
def test_a_dangerous_line_is_seen(source: str) -> None:
    assert dangers(source)


@pytest.mark.parametrize("source", ["re.compile(x)", "hashes.SHA256()", "os.open(x, 0)", "import codecs"])
def test_a_line_that_only_looks_so_is_none(source: str) -> None:
    assert dangers(source) == set()


def test_chance_that_can_be_foretold_guards_nothing() -> None:
    """`random` spreads the load of jobs, and that alone; everything secret is drawn by `secrets`."""
    using = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if "tests" not in path.parts and "random" in set(modules(ast.parse(path.read_text())))
    ]
    assert using == ["core/jobs/worker.py"]


def test_the_page_makes_no_markup_from_text() -> None:
    sources = [path for end in ("ts", "tsx") for path in (ROOT / "web" / "src").rglob(f"*.{end}")]
    assert sources
    assert [path.name for path in sources if RAW_MARKUP.search(path.read_text())] == []


async def test_a_new_installation_has_no_account(app: App) -> None:
    assert await app.core.db.read(lambda tx: tx.scalar(select(func.count()).select_from(Account))) == 0


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/session", "/api/auth/login"])
async def test_a_request_is_never_echoed(app: App, path: str) -> None:
    """TRACE would show a page what no script may read: the cookie."""
    answer = await app.visitor().http.request("TRACE", path, headers={"Cookie": "mcmeet=secret"})
    assert answer.status_code in (404, 405)
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "path", ["/.git/config", "/.git/HEAD", "/.env", "/assets/", "/assets", "/mcmeet.toml"]
)
async def test_neither_history_nor_folders_nor_settings_are_served(app: App, path: str) -> None:
    answer = await app.visitor().http.get(path)
    page = (await app.visitor().http.get("/")).text
    is_page = _without_nonce(answer.text) == _without_nonce(page)
    assert answer.status_code == 404 or is_page


def _without_nonce(html: str) -> str:
    return re.sub(r"nonce-?=?\"?[\w-]{16,}|content=\"[\w-]{20,}\"", "", html)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/api/session", "application/json"),
        ("/api/none", "application/problem+json"),
        ("/healthz", "application/json"),
    ],
)
async def test_an_answer_says_what_it_is(app: App, path: str, kind: str) -> None:
    """JSON is UTF-8 by RFC 8259 §8.1 and has no parameter for it."""
    assert (await app.visitor().http.get(path)).headers["content-type"] == kind


@pytest.mark.parametrize(
    "lengths",
    [
        "Content-Length: 3\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 3",
        "Content-Length: 3\r\nContent-Length: 40",
        "Transfer-Encoding: chunked, identity",
    ],
)
async def test_a_request_whose_end_is_in_doubt_hides_no_second_one(app: App, lengths: str) -> None:
    """RFC 9112 §6.3: what two readers would cut differently is refused and its connection closed."""
    address = urlsplit(app.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    hidden = f"GET /healthz HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n"
    writer.write(
        f"POST /api/auth/logout HTTP/1.1\r\nHost: {address.netloc}\r\nX-MCMeet: 1\r\n{lengths}\r\n\r\n"
        f"0\r\n\r\n{hidden}".encode()
    )
    answer = await asyncio.wait_for(reader.read(), 20)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"network_log" not in answer
    writer.close()


def test_a_line_of_the_log_is_one_line_of_json_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logs.get("access").warning("request", route='/api\n{"event": "forged"}\r\u2028', status=200)
    line = capsys.readouterr().err.rstrip("\n").rpartition("\n")[2]
    assert "\r" not in line
    read = json.loads(line)
    assert read["route"].startswith("/api\n")
    assert read["timestamp"].endswith(("Z", "+00:00"))
