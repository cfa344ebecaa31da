"""C1: for 183 days and more every line of the network log is there, whatever is forgotten beside it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mcmeet.core import config
from mcmeet.core.purge import purge
from tests.fixtures.app import App
from tests.privacy.network_log import becomes, lines

pytestmark = pytest.mark.anyio

DAY_S = timedelta(days=1).total_seconds()
LOG_IN, JOIN, LEAVE = ("log_in", "done"), ("join", "done"), ("leave", "done")


async def test_C1_after_183_days_every_line_is_there_word_for_word(app: App) -> None:
    lin_xiao = await app.person("林晓")
    host = await lin_xiao.enter(await lin_xiao.create_meeting(), "林晓")
    await host.command("live.leave")
    await becomes(app.core.config, [LOG_IN, JOIN, LEAVE])
    before = lines(app.core.config)
    for _ in range(183):
        app.clock.jump(DAY_S)
        await purge(app.core)
    assert lines(app.core.config) == before


@pytest.mark.parametrize("days", [184, 190, 203])
def test_C1_the_term_can_be_set_to_no_less_than_six_months(tmp_path: Path, days: int) -> None:
    (tmp_path / "mcmeet.toml").write_text(f"[network_log]\nkeep_days = {days}\n")
    assert config.load(tmp_path).network_log.keep_days == days


def test_C1_without_a_setting_the_term_is_what_the_policy_calls_usual(tmp_path: Path) -> None:
    assert config.load(tmp_path).network_log.keep_days == 190
