"""Structured logs. A field that its stream does not declare is masked before it is written."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, TypeAlias

import structlog
from structlog.typing import EventDict, WrappedLogger

from mcmeet.core.declare import Keep, LogStream, NoPD, Purpose

ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

MASK: Final = "[undeclared]"
CAUSES_MOST: Final = 5
SILENT: Final = logging.CRITICAL + 1
_OWN: Final = frozenset({"event", "level", "timestamp", "area", "exception"})

SERVER_LOG: Final = LogStream(
    name="server",
    purpose=Purpose.SERVICE_OPERATION,
    clause=("1.6",),
    keep=Keep.OPERATION_LOG,
    fields={
        "method": NoPD("one of the HTTP methods"),
        "route": NoPD("the route's template, without ids, numbers or query"),
        "status": NoPD("HTTP status"),
        "ms": NoPD("duration"),
        "feature": NoPD("a feature's name"),
        "job": NoPD("the name of a kind of job"),
        "code": NoPD("a stable error code"),
        "count": NoPD("a number of things"),
        "reason": NoPD("one of a fixed set of words, or what is wrong with a certificate file"),
        "url": NoPD("the server's own address"),
        "port": NoPD("the server's own port"),
        "error": NoPD("the class of an exception, never its text"),
    },
    why="goes to standard error: the operator's journal ends it (docs/guides/logs.en.md)",
)


def describe(error: BaseException) -> list[str]:
    """The class of `error` and `module:line function` of each frame, outermost first; then its cause.

    Never its text: psycopg's DETAIL and pydantic's `input` quote what people entered.
    """
    lines: list[str] = []
    current: BaseException | None = error
    for _ in range(CAUSES_MOST):
        if current is None:
            break
        lines.append(f"from {_name(current)}" if lines else _name(current))
        for frame, line in traceback.walk_tb(current.__traceback__):
            lines.append(f"{frame.f_globals.get('__name__')}:{line} {frame.f_code.co_qualname}")
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return lines


def _name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def describe_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """`exc_info`, which structlog's `exception()` adds, becomes what may be written of it."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()[1]
    elif isinstance(given, tuple):
        given = given[1]
    if isinstance(given, BaseException):
        event["exception"] = describe(given)
    return event


class WithoutTexts(logging.Formatter):
    """For the lines of libraries: their exceptions too are written without text."""

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - the name is logging's
        return "" if ei[1] is None else "\n  ".join(describe(ei[1]))


class Terminal(structlog.PrintLogger):
    """A line that cannot be written, such as to a file on a full disk, is lost: nothing else fails by it."""

    def msg(self, message: str) -> None:
        with suppress(OSError):
            super().msg(message)

    debug = info = warning = error = critical = msg


def log_unhandled(_: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """For what nobody awaited: the loop's own words quote exceptions and the arguments of callbacks."""
    error = context.get("exception")
    get("loop").error("nobody awaited this", exc_info=error, error=_name(error) if error else None)


def mask_undeclared(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for name in event:
        if name not in _OWN and name not in SERVER_LOG.fields:
            event[name] = MASK
    return event


def is_terminal() -> bool:
    """Whether somebody sees the lines go by, instead of a file or journal that can be searched."""
    return sys.stderr.isatty()


def configure(level: int = logging.INFO) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(WithoutTexts("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
    # The first three print addresses and query strings, which may carry tokens. A level, since their
    # children (`websockets.server`) inherit it; `disabled` they would not.
    for noisy in ("uvicorn.access", "httpx", "websockets", "alembic"):
        logging.getLogger(noisy).setLevel(SILENT)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            describe_exception,
            mask_undeclared,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        # Standard output is for what was asked for: `mcmeet media` prints its address there.
        logger_factory=lambda *_: Terminal(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


def get(name: str) -> Any:
    return structlog.get_logger(area=name)
