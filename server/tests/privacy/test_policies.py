"""The published texts: whole, alike in both languages, and never edited once published."""

from __future__ import annotations

import hashlib
import re

import pytest

from mcmeet.core.config import Operator
from mcmeet.privacy import policies
from mcmeet.privacy.clauses import CLAUSES
from mcmeet.privacy.policies import CURRENT, FOLDER, Kind, Lang, Policy
from tests.privacy.conftest import NEXT

OPERATOR = Operator(name="林溪科技", phone="400-000-0000", email="privacy@example.cn", address="上海市")

# A published version is evidence of what people agreed to. A new text is a new file with a new line here.
PUBLISHED = {
    "privacy/1.zh.json": "b72ff49cd0a53a0e5d40231e488b4b1cfb8c65e4556a1abacd2a07776b87bf5f",
    "privacy/1.en.json": "cd3783cf1219de3546dd8873ad6479915f2e711747a444885c1578a9a66d9a9a",
    "privacy/2.zh.json": "50dcfd4759f6e31a08afae641c6d4a10972c2747f8fcd5fdb5df97928fe44306",
    "privacy/2.en.json": "3e93e26c87bb20e689404d5b0623b27b075617c4df970d197e29fde514d6997e",
    "terms/1.zh.json": "89bfe8ad11a9de82b75063b0bd612b97758f1316b1ebfa70c1ab5523c60f24ca",
    "terms/1.en.json": "bc0fd95e50eaeba479b685dd646ac4e33b86f0b02c1b6a0810f0b307d624ab70",
}

VERSIONS = {kind: sorted(policies.versions(kind)) for kind in Kind}
EVERY_TEXT = [(kind, version, lang) for kind in Kind for version in VERSIONS[kind] for lang in Lang]


def paragraphs(policy: Policy) -> list[str]:
    clauses = [clause for section in policy.sections for clause in section.clauses]
    return [text for clause in clauses for text in (*clause.text, *clause.items)]


def shape(policy: Policy) -> list[tuple[str, int, int, bool]]:
    clauses = [clause for section in policy.sections for clause in section.clauses]
    return [(clause.id, len(clause.text), len(clause.items), clause.title is None) for clause in clauses]


def test_a_published_text_is_never_edited() -> None:
    found = {
        str(file.relative_to(FOLDER)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(FOLDER.glob("*/*.json"))
    }
    assert found == PUBLISHED


def test_the_privacy_policy_has_every_clause_once_and_no_other() -> None:
    for version in policies.versions(Kind.PRIVACY):
        ids = policies.published(Kind.PRIVACY, version, Lang.ZH).clause_ids
        assert len(ids) == len(set(ids))
        assert set(ids) == CLAUSES


@pytest.mark.parametrize("kind", Kind)
def test_both_languages_say_the_same_clauses_with_as_many_paragraphs_and_items(kind: Kind) -> None:
    for version in policies.versions(kind):
        chinese = policies.published(kind, version, Lang.ZH)
        english = policies.published(kind, version, Lang.EN)
        assert shape(chinese) == shape(english)
        assert chinese.updated == english.updated


@pytest.mark.parametrize(("kind", "version", "lang"), EVERY_TEXT)
def test_a_file_says_of_itself_what_its_name_says(kind: Kind, version: str, lang: Lang) -> None:
    policy = policies.published(kind, version, lang)
    assert (policy.kind, policy.version, policy.lang) == (kind, version, lang)


@pytest.mark.parametrize("kind", Kind)
def test_chinese_is_polite_and_uses_full_width_punctuation(kind: Kind) -> None:
    text = "\n".join(paragraphs(policies.current(kind, Lang.ZH, Operator(phone="1", email="a@b.cn"))))
    assert "你" not in text
    assert re.findall(r"[一-鿿][,;:!?()]|[,;:!?()][一-鿿]", text) == []


@pytest.mark.parametrize(("kind", "version", "lang"), EVERY_TEXT)
def test_no_placeholder_survives_rendering_and_the_operator_is_named(
    kind: Kind, version: str, lang: Lang
) -> None:
    text = "\n".join(paragraphs(policies.render(policies.published(kind, version, lang), OPERATOR)))
    assert "{" not in text
    for value in (OPERATOR.name, OPERATOR.phone, OPERATOR.email, OPERATOR.address):
        assert value in text


@pytest.mark.parametrize(
    ("lang", "name", "none"),
    [(Lang.ZH, "本服务的运营者", "未填写"), (Lang.EN, "the operator of this service", "not given")],
)
def test_an_operator_who_has_not_said_who_they_are_is_shown_in_the_readers_language(
    lang: Lang, name: str, none: str
) -> None:
    for kind in Kind:
        shown = paragraphs(policies.current(kind, lang, Operator()))
        assert name in "\n".join(shown)
        assert sum(text.endswith(none) for text in shown) == 3
    foreign = "未填写" if lang is Lang.EN else "not given"
    assert foreign not in "\n".join(shown)


def test_the_hash_is_that_of_the_words_people_read() -> None:
    ours = policies.current(Kind.PRIVACY, Lang.ZH, OPERATOR)
    again = Policy.model_validate_json(policies.canonical(ours))
    assert policies.text_hash(again) == policies.text_hash(ours)
    english = policies.current(Kind.PRIVACY, Lang.EN, OPERATOR)
    other_operator = policies.current(Kind.PRIVACY, Lang.ZH, OPERATOR.model_copy(update={"name": "别家"}))
    assert len({policies.text_hash(text) for text in (ours, english, other_operator)}) == 3


def test_an_operator_whose_name_looks_like_a_placeholder_is_shown_as_it_is() -> None:
    odd = OPERATOR.model_copy(update={"name": "{operator.phone}"})
    assert "{operator.phone}" in paragraphs(policies.current(Kind.TERMS, Lang.ZH, odd))[0]


def test_the_current_version_is_among_the_published_ones() -> None:
    for kind in Kind:
        assert CURRENT[kind] in policies.versions(kind)


def test_a_version_that_was_never_published_is_not_found() -> None:
    for version in (NEXT, "", "../terms/1", "1.zh"):
        with pytest.raises(KeyError):
            policies.published(Kind.PRIVACY, version, Lang.ZH)
