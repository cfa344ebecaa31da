"""Telephone numbers and e-mail addresses, as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcmeet.core.contacts import (
    EMAIL_MOST,
    EmailInvalid,
    PhoneInvalid,
    masked_phone,
    normal_email,
    normal_phone,
)


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        "+8613800138000",
        "008613800138000",
        "+86 138 0013 8000",
        "138-0013-8000",
        "(0086) 138.0013.8000",
        "１３８００１３８０００",
        "＋８６\u3000１３８　００１３　８０００",
        "  13800138000 \n",
    ],
)
def test_one_number_however_it_is_typed(typed: str) -> None:
    assert normal_phone(typed) == "+8613800138000"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "+",
        "12345",
        "12012345678",  # 11 digits, no such prefix
        "1380013800",
        "138001380000",
        "010-62345678",  # a landline
        "400-123-4567",  # a service number
        "1380013800a",
        "13800138000 ext 5",
        "+8613800138000;ext=1",
        "tel:13800138000",
        "１３８00138000\x00",
        "٠١٣٨٠٠١٣٨٠٠٠",
        "1" * 1000,
    ],
)
def test_what_no_text_message_reaches_is_refused(typed: str) -> None:
    with pytest.raises(PhoneInvalid):
        normal_phone(typed)


def test_numbers_of_other_countries_keep_their_code() -> None:
    assert normal_phone("+44 7911 123456") == "+447911123456"
    assert normal_phone("00852 9123 4567") == "+85291234567"


@given(st.text(max_size=45))
def test_whatever_is_typed_is_a_number_or_refused(text: str) -> None:
    try:
        phone = normal_phone(text)
    except PhoneInvalid:
        return
    assert normal_phone(phone) == phone


def test_a_masked_number_keeps_its_ends_only() -> None:
    assert masked_phone("+8613812345678") == "138****5678"
    assert masked_phone("+447911123456") == "+44******3456"


@pytest.mark.parametrize(
    ("typed", "lookup"),
    [
        ("linxiao@example.com", "linxiao@example.com"),
        (" LinXiao@Example.COM ", "linxiao@example.com"),
        ("a.b+c@example.co.uk", "a.b+c@example.co.uk"),
        ("林晓@例子.中国", "林晓@xn--fsqu00a.xn--fiqs8s"),
        ("emma@straße.de", "emma@xn--strae-oqa.de"),
    ],
)
def test_an_address_is_shown_as_typed_and_compared_in_one_form(typed: str, lookup: str) -> None:
    email = normal_email(typed)
    assert (email.shown, email.lookup) == (typed.strip(), lookup)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "missing"),
        ("  ", "missing"),
        ("linxiao", "form"),
        ("@example.com", "form"),
        ("linxiao@", "form"),
        ("linxiao@localhost", "form"),
        ("linxiao@127.0.0.1", "form"),
        ("linxiao@[127.0.0.1]", "form"),
        ("lin..xiao@example.com", "form"),
        ("lin xiao@example.com", "form"),
        ("lin@xiao@example.com", "form"),
        ("linxiao@example.com\r\nBcc: everybody@example.com", "form"),
        ("linxiao\n@example.com", "form"),
        ("linxiao@exa\u202emple.com", "form"),
        ("linxiao@-example.com", "form"),
        ("linxiao@\ud800.com", "form"),
        ("a" * 65 + "@example.com", "too_long"),
        ("a" * 60 + "@" + ".".join(["b" * 63] * 3) + ".cc", "too_long"),
    ],
)
def test_what_is_no_address_is_refused_with_its_reason(typed: str, reason: str) -> None:
    with pytest.raises(EmailInvalid) as refused:
        normal_email(typed)
    assert refused.value.data == {"reason": reason}


def test_an_address_may_have_254_octets_and_not_255() -> None:
    domain = ".".join(["b" * 63, "c" * 63, "d" * 59, "com"])
    longest = "a" * (EMAIL_MOST - len(domain) - 1) + "@" + domain
    assert normal_email(longest).shown == longest
    with pytest.raises(EmailInvalid):
        normal_email("a" + longest)


@given(st.text(), st.text())
def test_whatever_is_typed_is_an_address_on_one_line_or_refused(local: str, domain: str) -> None:
    try:
        email = normal_email(f"{local}@{domain}")
    except EmailInvalid:
        return
    assert len(email.shown.splitlines()) == 1
    assert email.lookup.rpartition("@")[2].isascii()
