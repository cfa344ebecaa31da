"""Guessing is slow from everywhere, and shuts out nobody who knows the passcode."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from mcmeet.core import guesses
from mcmeet.core.rates import parse
from mcmeet.features.meetings import api
from tests.fixtures.app import App, AppStarter, Visitor

pytestmark = pytest.mark.anyio

PER_SOURCE = parse(guesses.FAILURES_PER_SOURCE).amount // 10
"""A tenth of the real limit, so that the tests are quick; the last ones have the real limits."""


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The address that requests seem to come from; tests change its one item."""
    monkeypatch.setattr(guesses, "FAILURES_PER_SOURCE", f"{PER_SOURCE}/10minutes")
    address = ["192.0.2.1"]
    monkeypatch.setattr(api, "source_of", lambda _: address[0])
    return address


async def guess(visitor: Visitor, meeting: dict[str, Any], passcode: str = "none") -> httpx.Response:
    path = f"/api/meetings/{meeting['number']}/preview"
    return await visitor.http.post(path, json={"passcode": passcode})


async def guess_often(visitor: Visitor, meeting: dict[str, Any], times: int) -> set[int]:
    return {(await guess(visitor, meeting)).status_code for _ in range(times)}


async def test_a_source_that_guesses_is_slowed(app: App, source: list[str]) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    emma = app.visitor()
    assert await guess_often(emma, meeting, PER_SOURCE) == {404}
    assert (await guess(emma, meeting)).status_code == 404  # the trickle
    answer = await guess(emma, meeting)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert 1 <= answer.json()["data"]["retry_after"] <= 5
    assert answer.headers["retry-after"] == str(answer.json()["data"]["retry_after"])


async def test_a_slowed_source_still_gets_in_with_the_right_passcode(app: App, source: list[str]) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    emma = app.visitor()
    await guess_often(emma, meeting, PER_SOURCE + 1)
    refused = await guess(emma, meeting, meeting["passcode"])
    assert refused.status_code == 429
    app.clock.step(5.1)
    assert (await guess(emma, meeting, meeting["passcode"])).status_code == 200


async def test_changing_the_number_does_not_help(app: App, source: list[str]) -> None:
    host = await app.person("林晓")
    meetings = [await host.create_meeting() for _ in range(2)] + [{"number": "123456789"}]
    emma = app.visitor()
    statuses = [(await guess(emma, meetings[index % 3])).status_code for index in range(PER_SOURCE + 2)]
    assert statuses == [404] * (PER_SOURCE + 1) + [429]


async def test_an_office_behind_one_address_arrives_together(app: App, source: list[str]) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    for _ in range(PER_SOURCE + 5):
        await app.visitor().join(meeting, "同事")


async def test_who_has_been_in_the_meeting_is_not_slowed_by_a_neighbour(app: App, source: list[str]) -> None:
    host, zhou = await app.person("林晓"), app.visitor()
    meeting = await host.create_meeting()
    await zhou.join(meeting, "周航")
    await guess_often(app.visitor(), meeting, PER_SOURCE + 2)
    await zhou.join(meeting, "周航")
    await host.join(meeting, "林晓")


async def test_an_unknown_number_is_limited_like_a_known_one(app: App, source: list[str]) -> None:
    emma = app.visitor()
    assert await guess_often(emma, {"number": "123456789"}, PER_SOURCE + 1) == {404}
    assert (await guess(emma, {"number": "123456789"})).status_code == 429


async def test_a_site_with_many_networks_is_slowed_like_one_source(
    app: App, source: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "FAILURES_PER_SITE", "4/10minutes")
    meeting = await (await app.person("林晓")).create_meeting()
    emma, statuses = app.visitor(), []
    for index in range(6):
        source[0] = f"2001:db8:1:{index:x}::/64"
        statuses.append((await guess(emma, meeting)).status_code)
    assert statuses == [404] * 5 + [429]
    source[0] = "2001:db8:2::/64"
    assert (await guess(emma, meeting)).status_code == 404


async def test_the_signed_in_cannot_learn_of_a_meeting_by_ending_it(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    emma = await app.person("Emma")
    numbers = (meeting["number"], "123456789")
    answers = [await emma.http.post(f"/api/meetings/{number}/end") for number in numbers]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}


@pytest.fixture
async def behind_proxy(app_starter: AppStarter) -> AsyncIterator[App]:
    """The limits as they are; a proxy says where each browser is."""
    async with app_starter.run(server={"proxies": "127.0.0.1"}) as app:
        yield app


def at(app: App, address: str) -> Visitor:
    visitor = app.visitor()
    visitor.http.headers["X-Forwarded-For"] = address
    return visitor


@pytest.mark.long
@pytest.mark.sqlite
async def test_an_office_may_mistype_a_hundred_times_before_its_address_is_slowed(behind_proxy: App) -> None:
    app, office = behind_proxy, "192.0.2.1"
    meeting = await (await app.person("林晓")).create_meeting()
    assert await guess_often(at(app, office), meeting, 100) == {404}
    await at(app, office).enter(meeting, "周航")  # the trickle
    refused = await guess(at(app, office), meeting, meeting["passcode"])
    assert (refused.status_code, 1 <= int(refused.headers["retry-after"]) <= 5) == (429, True)
    await at(app, "192.0.2.2").enter(meeting, "Emma")
    app.clock.step(5.1)
    await at(app, office).enter(meeting, "何静")
    app.clock.step(600)
    assert await guess_often(at(app, office), meeting, 100) == {404}


@pytest.mark.long
@pytest.mark.sqlite
async def test_a_meeting_guessed_at_from_many_sources_allows_each_few_and_stays_open(
    behind_proxy: App,
) -> None:
    app = behind_proxy
    meeting = await (await app.person("林晓")).create_meeting()
    for index in range(3):
        assert await guess_often(at(app, f"198.51.100.{index}"), meeting, 100) == {404}
    emma = at(app, "192.0.2.77")
    statuses = [(await guess(emma, meeting)).status_code for _ in range(7)]
    assert statuses == [404] * 6 + [429]  # five, and the trickle
    app.clock.step(5.1)
    assert (await guess(emma, meeting)).status_code == 429
    await at(app, "192.0.2.78").enter(meeting, "周航")
