"""Requests that fit the OpenAPI document, and such as do not: no 5xx, and each answer is what it says."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mcmeet.openapi import document
from tests.fixtures.app import CONSENT, App

pytestmark = pytest.mark.anyio

REQUESTS = 150
"""Of each kind of actor, to all operations together."""
BETWEEN_S = 700.0
"""Limits on rates have forgotten the last request by then."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA: Any = schemathesis.openapi.from_dict(document())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]


class Acting:
    """Somebody who asks, about a meeting that there is."""

    def __init__(self, app: App, who: str) -> None:
        self.app = app
        self.who = who
        self.cookies = httpx.Cookies()
        self.meeting: dict[str, Any] = {}

    async def begin(self) -> None:
        host = await self.app.person("林晓")
        self.meeting = await host.create_meeting()
        visitor = host if self.who == "person" else self.app.visitor()
        if self.who == "guest":
            await visitor.join(self.meeting, "周航")
        self.cookies = visitor.http.cookies

    async def ask(self, case: Case[Any]) -> httpx.Response:
        """In a browser that has just these cookies, once limits on rates have passed."""
        self.app.clock.step(BETWEEN_S)
        sent = case.as_transport_kwargs(self.app.url)
        del sent["cookies"]
        if isinstance(sent.get("data"), bytes):
            sent["content"] = sent.pop("data")
        visitor = self.app.visitor()
        visitor.http.cookies.update(self.cookies)
        response = await visitor.http.request(**sent)
        await visitor.http.aclose()
        self.app.visitors.remove(visitor)
        return response


@pytest.fixture(params=["nobody", "guest", "person"])
async def acting(request: pytest.FixtureRequest, app: App) -> Acting:
    somebody = Acting(app, request.param)
    await somebody.begin()
    return somebody


def requests_of(operation: Any) -> st.SearchStrategy[Case[Any]]:
    fitting: st.SearchStrategy[Case[Any]] = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not operation.body:
        return fitting
    wrong: st.SearchStrategy[Case[Any]] = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return fitting | wrong


def reach_further(case: Case[Any], meeting: dict[str, Any]) -> None:
    """What nobody guesses: a meeting that there is, its passcode, the texts in force."""
    path = {"number": meeting["number"], "kind": "privacy"}
    case.path_parameters = {name: path.get(name, value) for name, value in case.path_parameters.items()}
    if isinstance(case.body, dict):
        known = {"passcode": meeting["passcode"], "consent": CONSENT, "phone": "+8613900000000"}
        case.body = case.body | known


@settings(max_examples=REQUESTS, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=st.sampled_from(OPERATIONS).flatmap(requests_of), further=st.booleans())
async def test_every_answer_is_as_the_document_says(acting: Acting, case: Case[Any], further: bool) -> None:
    if further:
        reach_further(case, acting.meeting)
    response = await acting.ask(case)
    case.validate_response(response, checks=CHECKS)
    if response.status_code == httpx.codes.NO_CONTENT:  # they signed out, or the meeting has ended
        await acting.begin()
