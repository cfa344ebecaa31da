"""Fixtures for all tests: those of server/tests and those inside each feature."""

import gc
import importlib.util
import os
import re
import sys
from collections.abc import Iterator

import hypothesis
import pytest
import structlog

from mcmeet.core.logs import describe_exception
from tests.fixtures.compiled import share_compiled

OURS = ("app", "server", "browser", "postgres", "meeting", "jobs", "statements", "held", "skips")

pytest_plugins = [
    f"tests.fixtures.{name}" for name in OURS if importlib.util.find_spec(f"tests.fixtures.{name}")
]

EVERY = "every"
BROWSER_TESTS = re.compile("server/tests/(e2e|install)/|server/mcmeet/features/[^/]+/tests/test_page[^/]*")
MEDIA_TESTS = re.compile("server/tests/contract/")
ON_STDLIB = ("server/tests/core/", "server/tests/live/")
"""The database itself and running meetings; on PostgreSQL is every test that has an `app`."""

hypothesis.settings.register_profile("machines of any speed", deadline=None)
hypothesis.settings.load_profile("machines of any speed")
share_compiled()
# httpcore looks for it at each request, in every folder there is, and finds it in none.
sys.modules["sniffio"] = None  # type: ignore[assignment]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Of most machines; a server that is prepared in this process takes a narrower one."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def short_log() -> None:
    """structlog's own way draws every local variable: seconds, in which no server of a test answers."""
    structlog.reset_defaults()
    structlog.configure(
        [
            structlog.processors.add_log_level,
            describe_exception,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=("sqlite", "stdlib", "postgres", EVERY),
        default="sqlite",
        help="what the database of an `app` is on (stdlib: SQLite by the standard library's driver); "
        "for stdlib and postgres: the tests that have one, and no others; every: all, each on its engines",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.config.getoption("engine") == EVERY and "database" in metafunc.fixturenames:
        metafunc.parametrize("database", engines_of(metafunc.definition), indirect=True)


def engines_of(item: pytest.Item) -> list[str]:
    others = ("stdlib", "postgres") if item.nodeid.startswith(ON_STDLIB) else ("postgres",)
    return ["sqlite", *(engine for engine in others if runs_again(item, engine))]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks tests by their fixtures.

    Browser tests come last, as Playwright keeps its event loop running; long ones first, so that no worker
    ends long after the others.
    """
    engine = config.getoption("engine")
    if engine not in ("sqlite", EVERY):
        left_out = [item for item in items if not runs_again(item, engine)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "playwright" in fixtures:
            item.add_marker("browser")
        if "postgres" in fixtures:
            item.add_marker("postgres")
    require_places(items)
    items.sort(key=lambda item: (is_marked(item, "browser"), not is_marked(item, "long")))


def pytest_collection_finish() -> None:
    """What is imported and collected by now stays: each full collection would go through all of it."""
    gc.collect()
    gc.freeze()


def require_places(items: list[pytest.Item]) -> None:
    """`make test` looks for browsers and media there alone: in another place, a test would never run."""
    for item in items:
        place = MEDIA_TESTS if is_marked(item, "media") else BROWSER_TESTS
        if (is_marked(item, "media") or is_marked(item, "browser")) and not place.match(item.nodeid):
            raise pytest.UsageError(f"{item.nodeid} stands where the Makefile does not look for its kind")


def is_marked(item: pytest.Item, marker: str) -> bool:
    return item.get_closest_marker(marker) is not None


def runs_again(item: pytest.Item, engine: str) -> bool:
    """Not those that choose an engine themselves, or are about another one."""
    fixtures = getattr(item, "fixturenames", ())
    chooses = "postgres" in fixtures or (engine == "postgres" and is_marked(item, "sqlite"))
    return "database" in fixtures and not chooses
