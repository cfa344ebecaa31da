"""Every refusal that a person can meet has words of its own in the page's lists, in both languages."""

import json
from importlib import import_module
from pathlib import Path

import pytest

from mcmeet.core.errors import McmeetError

WORDS = Path(__file__).parents[3] / "web/src/core/i18n"

# What only a faulty client, another node or an operator meets, or what the page answers by a step of its own.
NOT_SHOWN = {
    "admission_steps",
    "hello_refused",
    "lease_lost",
    "malformed_frame",
    "malformed_json",
    "media_failed",
    "method_not_allowed",
    "seat_removed",
    "stale_command",
    "unknown_command",
}

# What no server said: the page itself notices it.
SAID_BY_THE_PAGE = {
    "code_missing",
    "not_sent",
    "outcome_unknown",
    "passcode_invalid",
    "step_unknown",
    "unreachable",
}


def every_code() -> set[str]:
    import_module("mcmeet.app")  # brings in every feature, and with it its errors
    kinds = list(McmeetError.__subclasses__())
    for kind in kinds:
        kinds += kind.__subclasses__()
    return {kind.code for kind in kinds if kind.__module__.startswith("mcmeet.")}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_error_code_has_words(language: str) -> None:
    words = json.loads((WORDS / f"{language}.json").read_text(encoding="utf-8"))["errors"]
    assert every_code() - NOT_SHOWN - set(words) == set()


def test_no_words_are_left_for_codes_that_are_gone() -> None:
    words = json.loads((WORDS / "zh.json").read_text(encoding="utf-8"))["errors"]
    assert set(words) - every_code() == SAID_BY_THE_PAGE
