"""Fixtures for all tests: those of server/tests and those inside each feature."""

import importlib.util

import hypothesis
import pytest
import structlog

from mcmeet.core.logs import describe_exception

OURS = ("app", "server", "browser", "postgres", "meeting", "jobs", "statements")

pytest_plugins = [
    f"tests.fixtures.{name}" for name in OURS if importlib.util.find_spec(f"tests.fixtures.{name}")
]

hypothesis.settings.register_profile("machines of any speed", deadline=None)
hypothesis.settings.load_profile("machines of any speed")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


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
        choices=("sqlite", "postgres"),
        default="sqlite",
        help="what the database of an `app` is on; postgres: the tests that have one, and no others",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks tests by their fixtures.

    Browser tests come last, as Playwright keeps its event loop running; long ones first, so that no worker
    ends long after the others.
    """
    if config.getoption("engine") == "postgres":
        left_out = [item for item in items if not runs_again_on_postgres(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "playwright" in fixtures:
            item.add_marker("browser")
        if "postgres" in fixtures:
            item.add_marker("postgres")
    items.sort(key=lambda item: (is_marked(item, "browser"), not is_marked(item, "long")))


def is_marked(item: pytest.Item, marker: str) -> bool:
    return item.get_closest_marker(marker) is not None


def runs_again_on_postgres(item: pytest.Item) -> bool:
    """Not those that choose an engine themselves, or are about the other one."""
    fixtures = getattr(item, "fixturenames", ())
    chooses = "postgres" in fixtures or item.get_closest_marker("sqlite") is not None
    return "database" in fixtures and not chooses
