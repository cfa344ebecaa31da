"""How a meeting is made, and what its creator finds afterwards."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from mcmeet.core.names import NAME_MOST
from mcmeet.core.purge import purge
from mcmeet.features.meetings import store
from mcmeet.features.meetings.schemas import clean_number
from mcmeet.features.meetings.service import creation
from mcmeet.features.meetings.tables import Meeting
from mcmeet.live.store import runs
from mcmeet.live.tables import TOPIC_MOST
from tests.fixtures.app import App, AppStarter, Visitor

pytestmark = pytest.mark.anyio


async def previous(host: Visitor) -> dict[str, Any]:
    answer: dict[str, Any] = (await host.http.get("/api/meetings/previous")).json()
    return answer


async def stored(app: App, number: str) -> list[tuple[str | None, bool]]:
    return await app.core.db.read(
        lambda session: [
            (row.passcode, row.released_at is not None)
            for row in session.query(Meeting).filter(Meeting.number == number)
        ]
    )


async def test_a_quick_meeting_has_a_number_a_passcode_and_a_link(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting("产品周会")
    assert re.fullmatch(r"[1-9]\d{8}", meeting["number"])
    assert re.fullmatch(r"\d{6}", meeting["passcode"])
    assert meeting["topic"] == "产品周会"
    assert meeting["link"] == f"{app.url}/j/{meeting['number']}#p={meeting['passcode']}"


async def test_the_link_bears_the_public_address_when_there_is_one(app_starter: AppStarter) -> None:
    async with app_starter.run(server={"public_url": "https://meet.example.com"}) as app:
        meeting = await (await app.person("林晓")).create_meeting()
    assert meeting["link"].startswith("https://meet.example.com/j/")


async def test_a_meeting_without_a_topic_is_a_quick_meeting_in_the_hosts_name_and_language(app: App) -> None:
    for name, locale, lang, topic in (
        ("林晓", "zh", None, "林晓的快速会议"),
        ("Lin Xiao", "en", None, "Lin Xiao's instant meeting"),
        ("{name}", "en", None, "{name}'s instant meeting"),
        ("林晓", "zh", "en", "林晓's instant meeting"),
        ("Lin Xiao", "en", "zh", "Lin Xiao的快速会议"),
    ):
        host = await app.person(name, locale=locale)
        for body in ({"lang": lang}, {"topic": "  ", "lang": lang}):
            made = (await host.http.post("/api/meetings", json=body)).json()
            assert made["topic"] == topic


@pytest.mark.parametrize("locale", ["zh", "en"])
async def test_the_longest_name_makes_a_topic_that_fits(app: App, locale: str) -> None:
    name = "𠮷" * NAME_MOST
    host = await app.person(name, locale=locale)
    made = await host.http.post("/api/meetings", json={})
    assert made.status_code == 201
    assert name in made.json()["topic"]
    assert len(made.json()["topic"]) <= TOPIC_MOST


async def test_a_language_that_pages_do_not_speak_is_refused_and_a_given_topic_needs_none(app: App) -> None:
    host = await app.person("林晓")
    refused = await host.http.post("/api/meetings", json={"lang": "fr"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    made = await host.http.post("/api/meetings", json={"topic": "产品周会", "lang": "en"})
    assert made.json()["topic"] == "产品周会"


@pytest.mark.parametrize("topic", ["会" * 101, "周\n会", "周\u202e会", "\u200b"])
async def test_a_topic_that_misleads_is_refused(app: App, topic: str) -> None:
    answer = await (await app.person("林晓")).http.post("/api/meetings", json={"topic": topic})
    assert (answer.status_code, answer.json()["code"]) == (422, "topic_invalid")


async def test_a_guest_makes_no_meeting(app: App) -> None:
    guest = app.visitor()
    meeting = await (await app.person("林晓")).create_meeting()
    await guest.join(meeting, "周航")
    for visitor in (guest, app.visitor()):
        answer = await visitor.http.post("/api/meetings", json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_a_number_in_use_is_drawn_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    host = await app.person("林晓")
    taken = (await host.create_meeting())["number"]
    draws: Iterator[str] = iter([taken, taken, "987654321"])
    monkeypatch.setattr(creation, "draw_number", lambda: next(draws))
    assert (await host.create_meeting())["number"] == "987654321"


async def test_when_no_number_is_free_nothing_is_made(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    host = await app.person("林晓")
    taken = (await host.create_meeting())["number"]
    monkeypatch.setattr(creation, "draw_number", lambda: taken)
    answer = await host.http.post("/api/meetings", json={})
    assert (answer.status_code, answer.json()["code"]) == (503, "not_saved")
    assert len(await stored(app, taken)) == 1


async def test_an_ended_meeting_gives_its_number_back_and_forgets_its_passcode(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = await app.person("林晓")
    old = await host.create_meeting()
    await host.http.post(f"/api/meetings/{old['number']}/end")
    monkeypatch.setattr(creation, "draw_number", lambda: old["number"])
    new = await host.create_meeting()
    assert new["number"] == old["number"]
    assert await stored(app, old["number"]) == [(None, True), (new["passcode"], False)]


async def test_a_meeting_that_nobody_came_to_gives_its_number_back(app_starter: AppStarter) -> None:
    async with app_starter.run() as app:
        never_held = await (await app.person("林晓")).create_meeting()
    async with app_starter.run() as app:
        await (await app.person("周航", phone="+8613900000002")).create_meeting()
        await purge(app.core)
        assert await stored(app, never_held["number"]) == [(never_held["passcode"], False)]
        app.clock.jump(25 * 3600)
        await purge(app.core)
        assert await stored(app, never_held["number"]) == [(None, True)]


async def test_many_meetings_that_nobody_came_to_are_released_in_short_transactions(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = await app.person("林晓")
    numbers = [(await host.create_meeting())["number"] for _ in range(5)]
    release, released = store.release_over, list[int]()

    def noted(session: Session, now: datetime, day_ago: datetime) -> int:
        released.append(release(session, now, day_ago))
        return released[-1]

    monkeypatch.setattr(runs, "ENDED_AT_ONCE", 2)
    monkeypatch.setattr(store, "RELEASED_AT_ONCE", 2)
    monkeypatch.setattr(store, "release_over", noted)
    app.clock.jump(25 * 3600)
    await purge(app.core)
    assert released == [4, 4, 2, 0]
    assert [await stored(app, number) for number in numbers] == [[(None, True)]] * 5


async def test_the_host_finds_previous_meetings_newest_first(app: App) -> None:
    host = await app.person("林晓")
    ended = await host.create_meeting("第一次")
    await host.enter(ended, "林晓")
    await app.advance(60)
    await host.http.post(f"/api/meetings/{ended['number']}/end")
    await app.advance(60)
    running = await host.create_meeting("第二次")
    await host.enter(running, "林晓")
    await app.advance(60)
    waiting = await host.create_meeting("第三次")
    assert await previous(host) == {
        "items": [
            {
                "number": waiting["number"],
                "topic": "第三次",
                "started_at": "2026-03-09T06:03:00.000Z",
                "ended_at": None,
                "state": "not_started",
                "passcode": waiting["passcode"],
                "link": waiting["link"],
            },
            {
                "number": running["number"],
                "topic": "第二次",
                "started_at": "2026-03-09T06:02:00.000Z",
                "ended_at": None,
                "state": "running",
                "passcode": running["passcode"],
                "link": running["link"],
            },
            {
                "number": ended["number"],
                "topic": "第一次",
                "started_at": "2026-03-09T06:00:00.000Z",
                "ended_at": "2026-03-09T06:01:00.000Z",
                "state": "ended",
                "passcode": None,
                "link": None,
            },
        ]
    }


async def test_a_meeting_that_nobody_entered_is_no_previous_one_once_it_is_over(app: App) -> None:
    host = await app.person("林晓")
    ended = await host.create_meeting("第一次")
    await host.create_meeting("第二次")
    assert (await host.http.post(f"/api/meetings/{ended['number']}/end")).status_code == 204
    assert [item["topic"] for item in (await previous(host))["items"]] == ["第二次"]
    app.clock.jump(25 * 3600)
    await purge(app.core)
    assert await previous(host) == {"items": []}


async def quick(host: Visitor, **wanted: Any) -> str:
    number: str = (await host.http.post("/api/meetings", json={"reuse": True, **wanted})).json()["number"]
    return number


async def test_whoever_presses_again_gets_the_meeting_that_nobody_has_entered(app: App) -> None:
    host, zhou = await app.person("林晓"), await app.person("周航")
    first = await quick(host)
    assert await quick(host) == first
    assert await quick(host, lang="en") != first  # it bears another topic
    assert await quick(host, reuse=False) != first
    assert await quick(zhou) != first
    assert len((await previous(host))["items"]) == 3


async def test_a_meeting_that_was_entered_ended_or_made_long_ago_is_not_used_again(app: App) -> None:
    host = await app.person("林晓")
    entered = (await host.http.post("/api/meetings", json={})).json()
    await host.enter(entered, "林晓")
    ended = await quick(host)
    await host.http.post(f"/api/meetings/{ended}/end")
    old = await quick(host)
    app.clock.jump(13 * 3600)
    assert len({entered["number"], ended, old, await quick(host)}) == 4


async def test_nobody_sees_the_meetings_of_another(app: App) -> None:
    await (await app.person("林晓")).create_meeting()
    zhou = await app.person("周航")
    assert (await zhou.http.get("/api/meetings/previous")).json() == {"items": []}
    assert (await app.visitor().http.get("/api/meetings/previous")).status_code == 401


@given(st.text())
def test_whatever_is_typed_is_a_number_of_9_digits_or_none(text: str) -> None:
    number = clean_number(text)
    assert number is None or re.fullmatch(r"[0-9]{9}", number)


def test_a_drawn_number_is_read_as_it_is_written() -> None:
    for _ in range(200):
        number = creation.draw_number()
        assert number[0] != "0"
        assert clean_number(f"{number[:3]} {number[3:6]}-{number[6:]}") == number


async def test_an_account_makes_so_many_meetings_an_hour(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creation, "CREATES_PER_ACCOUNT", "2/hour")
    lin, emma = await app.person("林晓"), await app.person("Emma")
    made = [await lin.http.post("/api/meetings", json={}) for _ in range(3)]
    assert [answer.status_code for answer in made] == [201, 201, 429]
    assert made[2].json()["code"] == "too_many_requests"
    assert (await emma.http.post("/api/meetings", json={})).status_code == 201
