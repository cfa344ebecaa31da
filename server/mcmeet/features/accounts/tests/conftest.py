from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, event


@pytest.fixture
def statements() -> Iterator[Callable[[], list[str]]]:
    """The SQL since it was asked last, without values."""
    seen: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.startswith("SET LOCAL statement_timeout"):  # as often as the deadline asks for
            seen.append(statement)

    def take() -> list[str]:
        found, seen[:] = list(seen), []
        return found

    event.listen(Engine, "before_cursor_execute", note)
    yield take
    event.remove(Engine, "before_cursor_execute", note)
