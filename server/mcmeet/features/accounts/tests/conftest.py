from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, event

ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE")
BESIDE = ("network_log", "FROM job", "FROM schedule")


@pytest.fixture
def statements() -> Iterator[Callable[[], list[str]]]:
    """The SQL that reads or changes rows since it was asked last, without values.

    What happens beside the request, at any time, is not of it: lines of the network log, looks for jobs.
    """
    seen: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith(ROWS) and not any(words in statement for words in BESIDE):
            seen.append(statement)

    def take() -> list[str]:
        found, seen[:] = list(seen), []
        return found

    event.listen(Engine, "before_cursor_execute", note)
    yield take
    event.remove(Engine, "before_cursor_execute", note)
