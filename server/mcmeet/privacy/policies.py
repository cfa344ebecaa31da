"""The published texts: privacy policy and user agreement, by version and language.

A file under `policies/` is a published version: it is never edited, a change is a new version. The
operator's name and contacts are configuration, so a text is rendered before it is shown, and its hash
is taken over what was shown.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from mcmeet.core.config import Operator

EVIDENCE_KEPT: Final = 32
FOLDER: Final = Path(__file__).with_name("policies")
PLACEHOLDER: Final = re.compile(r"\{operator\.(name|phone|email|address)\}")


class Kind(StrEnum):
    PRIVACY = "privacy"
    TERMS = "terms"


class Lang(StrEnum):
    ZH = "zh"
    EN = "en"


NOT_CONFIGURED: Final = {
    Lang.ZH: {"name": "本服务的运营者", "phone": "未填写", "email": "未填写", "address": "未填写"},
    Lang.EN: {
        "name": "the operator of this service",
        "phone": "not given",
        "email": "not given",
        "address": "not given",
    },
}
CURRENT: Final = {Kind.PRIVACY: "2", Kind.TERMS: "1"}


class Text(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clause(Text):
    """`text` are paragraphs; `items` the list that follows the last of them."""

    id: str
    title: str | None = None
    text: tuple[str, ...]
    items: tuple[str, ...]


class Section(Text):
    id: str
    title: str
    clauses: tuple[Clause, ...]


class Policy(Text):
    kind: Kind
    version: str
    lang: Lang
    updated: date
    title: str
    sections: tuple[Section, ...]

    @property
    def clause_ids(self) -> tuple[str, ...]:
        return tuple(clause.id for section in self.sections for clause in section.clauses)


@lru_cache
def published(kind: Kind, version: str, lang: Lang) -> Policy:
    """The text as published, operator not filled in. KeyError for a version that there is not."""
    if version not in versions(kind):
        raise KeyError(f"{kind} {version}")
    return Policy.model_validate_json((FOLDER / kind / f"{version}.{lang}.json").read_bytes())


@lru_cache
def versions(kind: Kind) -> frozenset[str]:
    return frozenset(file.name.split(".")[0] for file in (FOLDER / kind).glob("*.json"))


def render(policy: Policy, operator: Operator) -> Policy:
    """The text as people read it."""
    words = operator_words(operator, policy.lang)

    def filled(text: str) -> str:
        return PLACEHOLDER.sub(lambda match: words[match[1]], text)

    def filled_clause(clause: Clause) -> Clause:
        text, items = tuple(map(filled, clause.text)), tuple(map(filled, clause.items))
        return clause.model_copy(update={"text": text, "items": items})

    sections = tuple(
        section.model_copy(update={"clauses": tuple(map(filled_clause, section.clauses))})
        for section in policy.sections
    )
    return policy.model_copy(update={"sections": sections})


def operator_words(operator: Operator, lang: Lang) -> dict[str, str]:
    """What the configuration says of the operator, or, where it is silent, that it does."""
    return {name: value or NOT_CONFIGURED[lang][name] for name, value in operator.model_dump().items()}


def current(kind: Kind, lang: Lang, operator: Operator) -> Policy:
    return render(published(kind, CURRENT[kind], lang), operator)


def canonical(policy: Policy) -> str:
    """One spelling for one text: JSON with sorted keys and no blanks, in the manner of RFC 8785."""
    body = policy.model_dump(mode="json", exclude_none=True)
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def text_hash(policy: Policy) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(canonical(policy).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A text as the ledger keeps it."""

    hash: str
    kind: Kind
    version: str
    lang: Lang
    body: str


@lru_cache(maxsize=EVIDENCE_KEPT)
def evidence(kind: Kind, version: str, lang: Lang, operator: Operator) -> Evidence:
    """Made once: rendering and hashing takes longer than all else that a join does."""
    text = render(published(kind, version, lang), operator)
    return Evidence(text_hash(text), kind, version, lang, canonical(text))
