"""Names that people give themselves."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcmeet.core.names import NAME_MOST, NameInvalid, clean_name


@pytest.mark.parametrize(
    "name",
    [
        "林晓",
        "Emma",
        "<b>林晓</b>",
        "O'Brien & Söhne",
        "a" * NAME_MOST,
        "𠮷" * NAME_MOST,
        "\U00031350",  # an ideograph newer than this Python's tables
        "👩\u200d👩\u200d👧",
        "می\u200cخواهم",
        "周",
    ],
)
def test_a_name_stays_as_it_was_typed(name: str) -> None:
    assert clean_name(name) == name


def test_blanks_around_a_name_are_dropped_and_letters_composed() -> None:
    assert clean_name("\u3000 林 晓 \u00a0") == "林 晓"
    assert clean_name("e\u0301mile") == "émile"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        ("   \u3000\u00a0", "empty"),
        ("\u200b\u200d\ufeff", "empty"),
        ("\u3164\uffa0\u2800", "empty"),
        ("\u0301", "empty"),
        ("a" * (NAME_MOST + 1), "too_long"),
        ("林\n晓", "characters"),
        ("林晓\r\n", "characters"),
        ("林\u2028晓", "characters"),
        ("林\x00晓", "characters"),
        ("林\t晓", "characters"),
        ("gpj.\u202eexe", "characters"),
        ("\u2066林晓", "characters"),
        ("\ud800", "characters"),
    ],
)
def test_a_name_that_is_none_is_refused_with_its_reason(name: str, reason: str) -> None:
    with pytest.raises(NameInvalid) as refused:
        clean_name(name)
    assert refused.value.data == {"reason": reason}


@given(st.text())
def test_whatever_is_typed_comes_out_storable_or_refused(text: str) -> None:
    try:
        name = clean_name(text)
    except NameInvalid:
        return
    assert 1 <= len(name) <= NAME_MOST
    assert clean_name(name) == name == unicodedata.normalize("NFC", name)
    assert name.encode().decode().splitlines() == [name]
