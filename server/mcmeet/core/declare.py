"""The vocabulary of declarations: what personal data is, why we hold it, how it ends.

Data only, so that core's own tables can use it. The engines over it (data map, consent gate,
retention, export, erasure) live in `mcmeet.privacy`. Enums are closed: a purpose, basis or keep
rule that the published policy does not explain cannot be written down here by accident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Purpose(StrEnum):
    """Why data is processed; each is explained by the policy clauses that name it."""

    IDENTIFY_IN_MEETING = "identify_in_meeting"  # 1.1, 1.11
    ACCOUNT = "account"  # 1.2
    CONNECT = "connect"  # 1.5
    HOLD_MEETING = "hold_meeting"  # 1.7
    MEETING_RECORD = "meeting_record"  # 1.14
    SESSION_SECURITY = "session_security"  # 1.16
    PREFERENCE = "preference"  # 1.16
    CONSENT_EVIDENCE = "consent_evidence"  # 0, 6
    NETWORK_LOG = "network_log"  # 2.1
    SERVICE_OPERATION = "service_operation"  # 1.6, 1.18(9)
    PUBLIC_INFORMATION = "public_information"  # pages that need no data about anybody


class Basis(StrEnum):
    """Personal Information Protection Law (PIPL) article 13, items (1) to (7)."""

    CONSENT = "13(1)"
    CONTRACT = "13(2)"
    LEGAL_DUTY = "13(3)"
    EMERGENCY = "13(4)"
    NEWS = "13(5)"
    PUBLISHED = "13(6)"
    OTHER_LAW = "13(7)"


class Keep(StrEnum):
    """Named retention rules; the retention engine and the published lists read them from here."""

    ACCOUNT = "account"  # until the account is closed
    LOGIN_SESSION = "login_session"  # until it expires or is ended
    ONE_TIME_CODE = "one_time_code"  # 10 minutes, and up to one more until it is looked for
    CODE_REQUEST = "code_request"  # 24 hours: requests per number and day are limited
    MEETING_RECORD = "meeting_record"  # until the creator deletes it, at most 24 months
    CONSENT_EVIDENCE = "consent_evidence"  # as long as a dispute about it is possible: 3 years past the end
    NETWORK_LOG = "network_log"  # 184 to 210 days (Cybersecurity Law, article 23): `network_log.keep_days`
    JOB = "job"  # a day after it is done; 30 days when it failed for good, for the operator to look at
    BROWSER_SESSION = "browser_session"  # until the tab is closed
    GUEST_COOKIE = "guest_cookie"  # 24 hours
    OPERATION_LOG = "operation_log"  # 30 days, by the operator's journal: we write to a stream alone
    DEMO_TERMINAL = "demo_terminal"  # as long as the operator's terminal keeps it
    BROWSER_SETTING = "browser_setting"  # until it is changed or the browser's data are cleared
    INSTALLATION = "installation"  # as long as the installation itself


class Ctl(StrEnum):
    """Who decides over the data (the policy's 'controller')."""

    US = "us"
    ORG = "organization"
    HOST = "host"
    ROW = "row"  # the organization when the row has one, else us


class Exp(StrEnum):
    VALUE = "value"
    MASK = "mask"
    OMIT = "omit"


class Erase(StrEnum):
    """What erasure does with a value; a row that others need stays, without the way to the person."""

    DELETE_ROW = "delete_row"
    NULL = "null"
    SURROGATE = "surrogate"
    STAY = "stay"  # says nothing about anybody once its row no longer leads to the person
    SHRED = "shred"
    HOLD = "hold"


@dataclass(frozen=True, kw_only=True, slots=True)
class PD:
    """A column or field that is personal data.

    `cat` is a fideslang-like key (`user.contact.phone_number`); `clause` names clauses of the policy;
    `subject` is the column or path that leads to the person (`("account_id",)`).
    """

    cat: str
    clause: tuple[str, ...]
    purpose: Purpose
    basis: Basis
    subject: tuple[str, ...]
    keep: Keep
    ctl: Ctl = Ctl.US
    sensitive: bool = False
    export: Exp = Exp.VALUE
    erase: Erase = Erase.DELETE_ROW
    why: str = ""

    def __post_init__(self) -> None:
        if not self.clause:
            raise ValueError(f"{self.cat}: personal data needs a policy clause")
        if self.export is Exp.OMIT and not self.why:
            raise ValueError(f"{self.cat}: data that is left out of the copy needs a reason")
        if self.erase is Erase.HOLD and not self.why:
            raise ValueError(f"{self.cat}: data that outlives erasure needs a reason")


@dataclass(frozen=True, slots=True)
class NoPD:
    """A column that says nothing about a person, and why that is so."""

    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("NoPD needs its reason")


Declaration = PD | NoPD


@dataclass(frozen=True, kw_only=True, slots=True)
class Cookie:
    name: str
    purpose: Purpose
    clause: tuple[str, ...]
    keep: Keep
    strictly_necessary: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class BrowserStore:
    """A key in the page's localStorage, sessionStorage or IndexedDB, or `history.state` of its entries."""

    kind: str
    key: str
    purpose: Purpose
    clause: tuple[str, ...]
    keep: Keep


@dataclass(frozen=True, kw_only=True, slots=True)
class LogStream:
    """A log and the only fields that may appear in it."""

    name: str
    purpose: Purpose
    clause: tuple[str, ...]
    keep: Keep
    fields: Mapping[str, Declaration] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """A prefix of the data directory or object store."""

    prefix: str
    purpose: Purpose
    clause: tuple[str, ...]
    keep: Keep
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Payload:
    """What leaves for a processor: just these fields, nothing else."""

    processor: str
    purpose: Purpose
    clause: tuple[str, ...]
    fields: Mapping[str, Declaration] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class JobArguments:
    """What a kind of job is told, or a kind of event tells; it lies in the table `job`."""

    name: str
    clause: tuple[str, ...]
    keep: Keep
    fields: Mapping[str, Declaration] = field(default_factory=dict)


Store = Cookie | BrowserStore | LogStream | Files | Payload | JobArguments
