"""A12: data that nobody declared is not collected: the lint is red, and production does not start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, String, Table

from mcmeet import serve
from mcmeet.core.db import Base
from mcmeet.privacy.lint import column_gaps


@pytest.fixture
def _undeclared_column() -> Iterator[None]:
    table = Table("throw_away", Base.metadata, Column("nickname", String))
    yield
    Base.metadata.remove(table)


@pytest.mark.usefixtures("_undeclared_column")
def test_A12_a_column_that_nobody_declared_is_named() -> None:
    assert column_gaps(Base.metadata) == ["throw_away.nickname: no declaration"]


@pytest.mark.usefixtures("_undeclared_column")
def test_A12_production_refuses_to_start_with_it_and_touches_no_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with pytest.raises(serve.NotReady, match=r"throw_away\.nickname: no declaration"):
        serve.prepare(data, mode="production")
    assert not data.exists()


def test_A12_without_gaps_production_has_nothing_against_the_declarations(tmp_path: Path) -> None:
    with pytest.raises(serve.NotReady, match=r"sms\.provider"):
        serve.prepare(tmp_path / "data", mode="production")
