"""The guide to signing in states the limits that the code has."""

from datetime import timedelta
from pathlib import Path

import pytest

from mcmeet.core.config import Accounts
from mcmeet.core.names import NAME_MOST
from mcmeet.features.accounts import service

GUIDES = Path(__file__).parents[5] / "docs" / "guides"
MINUTE = timedelta(minutes=1)
FIVE_DIGITS = 10_000


def in_words(rule: str) -> str:
    """`20000/day` as the guide writes it."""
    amount, _, time = rule.partition("/")
    return (
        f"{int(amount):,}".replace(",", " " if int(amount) >= 10_000 else "")
        + f" a{'n' * (time == 'hour')} {time}"
    )


def rows(guide: str) -> dict[str, str]:
    cells = (line.strip("| ").split(" | ") for line in guide.splitlines() if line.startswith("|"))
    return {row[0]: row[1] for row in cells if len(row) == 2}


def test_the_limits_in_the_guide_are_those_of_the_code() -> None:
    said = rows((GUIDES / "sign-in.en.md").read_text())
    code, registration = service.CODE_LASTS // MINUTE, service.REGISTRATION_LASTS // MINUTE
    assert said["a code"].startswith(f"good for {code} minutes, once, for {service.TRIES_MOST} tries")
    assert (
        said["codes for one number"]
        == f"{MINUTE // service.CODE_PAUSE} a minute, {service.CODES_PER_DAY} a day"
    )
    assert said["codes asked for from one address (IPv6: one /64)"] == ", ".join(
        map(in_words, service.CODES_PER_SOURCE)
    )
    assert said["codes asked for from one IPv6 /48"] == ", ".join(map(in_words, service.CODES_PER_SITE))
    assert said["codes for everybody"] == ", ".join(map(in_words, service.CODES_IN_ALL))
    assert said["wrong codes from one address"] == in_words(service.WRONG_CODES_PER_SOURCE)
    assert said["a registration"] == f"{registration} minutes, once"
    assert said["a name"].startswith(f"1 to {NAME_MOST} visible characters")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_guide_names_how_long_a_browser_stays_signed_in(language: str) -> None:
    guide, settings = (GUIDES / f"sign-in.{language}.md").read_text(), Accounts()
    assert f"session_days = {settings.session_days} " in guide
    assert f"session_idle_days = {settings.session_idle_days} " in guide
