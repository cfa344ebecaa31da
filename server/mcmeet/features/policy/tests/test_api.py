"""The texts through the front door: for everybody, before anything is asked of them."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock
from uuid import uuid4

import pytest

from mcmeet.privacy import policies
from mcmeet.privacy.clauses import CLAUSES
from mcmeet.privacy.policies import Kind, Lang
from tests.fixtures.app import App, AppStarter

pytestmark = pytest.mark.anyio


def clause_ids(text: dict[str, Any]) -> list[str]:
    return [clause["id"] for section in text["sections"] for clause in section["clauses"]]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("lang", Lang)
async def test_emma_reads_each_text_in_her_language_without_signing_in(
    app: App, kind: Kind, lang: Lang
) -> None:
    answer = await app.visitor().http.get(f"/api/policies/{kind}", params={"lang": lang})
    assert answer.status_code == 200
    text = answer.json()
    assert (text["kind"], text["lang"], text["version"]) == (kind, lang, policies.CURRENT[kind])
    assert answer.headers["content-language"] == lang
    assert "set-cookie" not in answer.headers


async def test_chinese_is_what_somebody_gets_who_names_no_language(app: App) -> None:
    answer = await app.visitor().http.get("/api/policies/privacy")
    assert answer.json()["title"] == "盟畅云会议隐私政策"


async def test_the_privacy_policy_has_all_clauses_of_its_numbering(app: App) -> None:
    answer = await app.visitor().http.get("/api/policies/privacy")
    assert set(clause_ids(answer.json())) == CLAUSES


async def test_the_operator_of_this_installation_is_named(app_starter: AppStarter) -> None:
    operator = {"name": "林溪科技", "phone": "400-000-0000", "email": "privacy@example.cn", "address": "上海"}
    async with app_starter.run(operator=operator) as app:
        body = (await app.visitor().http.get("/api/policies/privacy")).text
    for value in operator.values():
        assert value in body


async def test_a_page_that_has_the_text_is_not_sent_it_again(app: App) -> None:
    visitor = app.visitor()
    first = await visitor.http.get("/api/policies/terms?lang=en")
    etag = first.headers["etag"]
    assert etag == f'"{first.json()["hash"]}"'
    again = await visitor.http.get("/api/policies/terms?lang=en", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    other = await visitor.http.get("/api/policies/terms?lang=zh", headers={"If-None-Match": etag})
    assert other.status_code == 200


async def test_a_text_is_made_once_however_often_it_is_asked_for(
    app_starter: AppStarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is long, and anybody may ask; for this operator nobody has yet, on no engine."""
    made = Mock(wraps=policies.render)
    monkeypatch.setattr(policies, "render", made)
    async with app_starter.run(operator={"name": f"一次 {uuid4()}"}) as app:
        answers = [await app.visitor().http.get("/api/policies/privacy") for _ in range(3)]
    assert made.call_count == 1
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/policies/cookies", "policy_not_found"),
        ("/api/policies/PRIVACY", "policy_not_found"),
        ("/api/policies/%2e%2e", "policy_not_found"),
        ("/api/policies/privacy?lang=fr", "policy_language_not_found"),
        ("/api/policies/privacy?lang=", "policy_language_not_found"),
        ("/api/policies/privacy?lang=zh%00", "policy_language_not_found"),
    ],
)
async def test_a_text_or_language_that_there_is_not_gets_a_problem(app: App, path: str, code: str) -> None:
    answer = await app.visitor().http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
