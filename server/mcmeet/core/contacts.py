"""Telephone numbers and e-mail addresses in the one form that is stored, looked up and compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import idna
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from mcmeet.core.errors import McmeetError

HOME_REGION: Final = "CN"
"""Of numbers without a country code."""

TYPED_PHONE_MOST: Final = 40
TYPED_PHONE: Final = re.compile(r"\+?[0-9 ().\u2010-\u2015-]+")
# A code by text message reaches no landline, and a service number costs the sender (toll fraud).
REACHED_BY_TEXT: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
SHOWN_DIGITS: Final = 4

EMAIL_MOST: Final = 254
"""Octets; RFC 5321 §4.5.3.1.3 less the angle brackets."""

LOCAL_PART_MOST: Final = 64
ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+"
LOCAL_PART: Final = re.compile(rf"{ATOM}(?:\.{ATOM})*")
"""dot-atom of RFC 5322 §3.2.3, with RFC 6531's letters beyond ASCII; quoted strings are refused."""

NOT_IN_ADDRESS: Final = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


class PhoneInvalid(McmeetError):
    status = 422
    code = "phone_invalid"
    message = "This is not a mobile number that a text message reaches."


class EmailInvalid(McmeetError):
    """`data.reason` is `missing | too_long | form`."""

    status = 422
    code = "email_invalid"
    message = "This is not an e-mail address."


@dataclass(frozen=True, slots=True)
class Email:
    """`shown` is as typed; `lookup` has small letters and an ASCII domain, for comparing only."""

    shown: str
    lookup: str


def normal_phone(text: str) -> str:
    """E.164 of a mobile number as people type it, full-width digits included. Raises PhoneInvalid."""
    if len(text) > TYPED_PHONE_MOST:
        raise PhoneInvalid
    typed = unicodedata.normalize("NFKC", text).strip()
    if not TYPED_PHONE.fullmatch(typed):
        raise PhoneInvalid
    try:
        number = phonenumbers.parse(typed, HOME_REGION)
    except phonenumbers.NumberParseException:
        raise PhoneInvalid from None
    if not phonenumbers.is_valid_number(number):
        raise PhoneInvalid
    if phonenumbers.number_type(number) not in REACHED_BY_TEXT:
        raise PhoneInvalid
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def masked_phone(phone: str) -> str:
    """`138****5678` of a number at home, `+44******7890` of one abroad; `phone` in E.164."""
    number = phonenumbers.parse(phone)
    national = phonenumbers.national_significant_number(number)
    end = national[-SHOWN_DIGITS:]
    if phonenumbers.region_code_for_number(number) == HOME_REGION:
        return f"{national[:3]}{'*' * (len(national) - 3 - SHOWN_DIGITS)}{end}"
    return f"+{number.country_code}{'*' * (len(national) - SHOWN_DIGITS)}{end}"


def normal_email(text: str) -> Email:
    """Raises EmailInvalid. An internationalised domain must be one by IDNA 2008 (UTS 46 mapped)."""
    shown = unicodedata.normalize("NFC", text.strip(" "))
    if not shown:
        raise EmailInvalid(reason="missing")
    if any(unicodedata.category(character) in NOT_IN_ADDRESS for character in shown):
        raise EmailInvalid(reason="form")
    local, at, domain = shown.rpartition("@")
    if not at or not LOCAL_PART.fullmatch(local):
        raise EmailInvalid(reason="form")
    if len(shown.encode()) > EMAIL_MOST or len(local.encode()) > LOCAL_PART_MOST:
        raise EmailInvalid(reason="too_long")
    return Email(shown, f"{local.lower()}@{_ascii_domain(domain)}")


def _ascii_domain(domain: str) -> str:
    try:
        ascii_domain = idna.encode(domain, uts46=True).decode().lower()
    except UnicodeError:  # idna.IDNAError is one
        raise EmailInvalid(reason="form") from None
    top = ascii_domain.rpartition(".")
    if not top[1] or not top[2] or top[2].isdigit():
        raise EmailInvalid(reason="form")
    return ascii_domain
