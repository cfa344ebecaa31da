"""Who gets in by a name, what is asked first, and what nobody learns by trying."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from mcmeet.features.meetings.schemas import clean_number
from mcmeet.features.meetings.service import opening
from mcmeet.privacy.tables import Consent
from tests.fixtures.app import CONSENT, App

pytestmark = pytest.mark.anyio

BAD_NAMES = {
    "empty": "",
    "blank": "   ",
    "65 characters": "林" * 65,
    "with a newline": "周\n航",
    "with an override": "周\u202e航",
    "with an isolate": "周\u2066航",
    "zero width alone": "\u200b\u200d",
}


async def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
async def test_a_name_that_misleads_is_refused(app: App, name: str) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    answer = await app.visitor().try_join(meeting["number"], name, passcode=meeting["passcode"])
    assert await refusal(answer) == (422, "name_invalid")


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>", "主持人", "🧨" * 50, "林晓", "周航（上海）"]
)
async def test_markup_emoji_and_borrowed_names_are_only_text(app: App, name: str) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    lin = await host.enter(meeting, "林晓")
    await app.visitor().enter(meeting, name)
    joined = await lin.event("roster.joined")
    assert (joined["data"]["name"], joined["data"]["role"]) == (name, "participant")


async def test_blanks_around_a_name_do_not_count(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    zhou = await app.visitor().enter(meeting, "  周航 ")
    assert [entry["name"] for entry in zhou.welcome["snapshot"]["roster"]] == ["周航"]


async def test_wrong_number_wrong_passcode_and_ended_meeting_answer_alike(app: App) -> None:
    host = await app.person("林晓")
    running, ended = await host.create_meeting(), await host.create_meeting()
    assert (await host.http.post(f"/api/meetings/{ended['number']}/end")).status_code == 204
    wrong = f"{(int(running['passcode']) + 1) % 10**6:06}"
    tries = [
        ("100000000", running["passcode"]),
        (running["number"], wrong),
        (ended["number"], ended["passcode"]),
        ("nonsense", running["passcode"]),
        ("1", running["passcode"]),
    ]
    stranger = app.visitor()
    joins = [await stranger.try_join(number, "Emma", passcode=passcode) for number, passcode in tries]
    previews = [
        await stranger.http.post(f"/api/meetings/{number}/preview", json={"passcode": passcode})
        for number, passcode in tries
    ]
    answers = {(answer.status_code, answer.text) for answer in (*joins, *previews)}
    assert len(answers) == 1
    assert await refusal(joins[0]) == (404, "meeting_not_available")
    assert not stranger.http.cookies


async def test_without_a_passcode_every_number_is_asked_the_same(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    stranger = app.visitor()
    answers = [await stranger.try_join(number, "Emma") for number in (meeting["number"], "100000000")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(409, answers[0].text)}
    assert answers[0].json()["data"] == {"steps": ["passcode"]}


@pytest.mark.parametrize(
    "consent",
    [None, {"privacy": "0", "terms": "1"}, {**CONSENT, "terms": "2"}],
    ids=["none", "old", "future"],
)
async def test_nobody_joins_without_consent_to_the_current_texts(app: App, consent: Any) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    guest = app.visitor()
    answer = await guest.try_join(meeting["number"], "周航", passcode=meeting["passcode"], consent=consent)
    assert await refusal(answer) == (409, "admission_steps")
    assert answer.json()["data"] == {"steps": ["consent"]}
    assert not guest.http.cookies


async def test_open_questions_come_together(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    answer = await app.visitor().try_join(meeting["number"], "周航", consent=None)
    assert answer.json()["data"] == {"steps": ["passcode", "consent"]}


async def test_who_is_signed_in_is_asked_the_same_for_every_number(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    emma = await app.person("Emma")
    numbers = (meeting["number"], "100000000")
    answers = [await emma.try_join(number, "Emma", consent=None) for number in numbers]
    assert {(answer.status_code, answer.text) for answer in answers} == {(409, answers[0].text)}
    assert answers[0].json()["data"] == {"steps": ["passcode"]}


@pytest.mark.parametrize("opening", [{}, {"passcode": "none"}], ids=["no passcode", "a wrong one"])
@pytest.mark.parametrize("is_known_here", [False, True])
async def test_a_known_and_an_unknown_number_cost_the_same_statements(
    app: App, statements: Callable[[], list[str]], opening: dict[str, str], *, is_known_here: bool
) -> None:
    host = await app.person("林晓")
    meeting, other = await host.create_meeting(), await host.create_meeting()
    stranger = app.visitor()
    if is_known_here:
        await stranger.join(other, "Emma")
    found = []
    for number in (meeting["number"], "100000000"):
        statements()
        await stranger.try_join(number, "Emma", consent=None, **opening)
        found.append(statements())
    assert found[0] == found[1] != []


async def test_a_guest_agrees_once_for_each_meeting(app: App) -> None:
    host = await app.person("林晓")
    first, second = await host.create_meeting(), await host.create_meeting()
    guest = app.visitor()
    await guest.join(first, "周航")
    await guest.join(first, "周航", consent=None)
    answer = await guest.try_join(second["number"], "周航", passcode=second["passcode"], consent=None)
    assert answer.json()["data"] == {"steps": ["consent"]}

    def kinds(session: Session) -> list[str]:
        return sorted(row.kind for row in session.query(Consent).filter(Consent.guest_id.is_not(None)))

    assert await app.core.db.read(kinds) == ["privacy", "terms"]


async def test_an_account_has_agreed_at_its_registration(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    await (await app.person("周航")).join(meeting, "周航", consent=None)


async def test_the_host_needs_no_passcode_for_the_own_meeting(app: App) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    assert (await host.try_join(meeting["number"], "林晓")).status_code == 200
    assert (await host.http.post(f"/api/meetings/{meeting['number']}/preview", json={})).status_code == 200


async def test_a_wrong_passcode_is_wrong_for_the_host_too(app: App) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    answer = await host.try_join(meeting["number"], "林晓", passcode="abc")
    assert await refusal(answer) == (404, "meeting_not_available")


@pytest.mark.sqlite
async def test_a_guests_join_takes_eight_statements_of_the_only_writer(app: App) -> None:
    """Five hundred come at once when a meeting starts: what one of them costs, the last one waits for."""
    meeting = await (await app.person("林晓")).create_meeting()
    await app.visitor().join(meeting, "Emma")
    sent: list[str] = []
    event.listen(app.core.db._writer, "before_cursor_execute", lambda *call: sent.append(call[2]))
    await app.visitor().join(meeting, "周航")
    words = [statement.split()[0] for statement in sent if not statement.startswith(("BEGIN", "PRAGMA"))]
    assert words == ["SAVEPOINT", *["SELECT"] * 2, "INSERT", "UPDATE", "SELECT", "INSERT", "RELEASE"]


async def test_a_preview_says_what_the_meeting_is(app: App) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting("产品周会")
    path, opening = f"/api/meetings/{meeting['number']}/preview", {"passcode": meeting["passcode"]}
    guest = app.visitor()
    before = (await guest.http.post(path, json=opening)).json()
    await host.enter(meeting, "林晓")
    after = (await guest.http.post(path, json=opening)).json()
    shown = {"number": meeting["number"], "topic": "产品周会", "needs_consent": True, "known_as": None}
    shown |= {"sending": None, "starts": False}
    assert before == shown | {"host": None, "present": 0}
    assert after == shown | {"host": "林晓", "present": 1}
    assert not guest.http.cookies


async def test_a_preview_knows_the_name_of_a_guest_only_while_they_are_in_the_meeting(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    path, opening = f"/api/meetings/{meeting['number']}/preview", {"passcode": meeting["passcode"]}
    zhou = app.visitor()

    async def known_as() -> tuple[str | None, str | None]:
        seen = [(await visitor.http.post(path, json=opening)).json() for visitor in (zhou, app.visitor())]
        return seen[0]["known_as"], seen[1]["known_as"]

    seat = await zhou.enter(meeting, "周航")
    assert await known_as() == ("周航", None)
    await seat.command("live.leave")
    assert await known_as() == (None, None)


async def test_a_preview_tells_whoever_is_host_that_they_start_the_meeting_until_somebody_was_in_it(
    app: App,
) -> None:
    host, guest = await app.person("林晓"), app.visitor()
    meeting = await host.create_meeting()
    path, opening = f"/api/meetings/{meeting['number']}/preview", {"passcode": meeting["passcode"]}

    async def starts() -> tuple[bool, bool]:
        seen = [(await visitor.http.post(path, json=opening)).json() for visitor in (host, guest)]
        return seen[0]["starts"], seen[1]["starts"]

    assert await starts() == (True, False)
    seat = await guest.enter(meeting, "周航")
    assert await starts() == (False, False)
    await seat.command("live.leave")
    assert await starts() == (False, False)


@pytest.mark.parametrize("spelling", ["{0}-{1}-{2}", "{0} {1} {2}", " {0}{1}{2} ", "{0}\u2013{1}\u2013{2}"])
async def test_a_number_may_be_typed_in_groups(app: App, spelling: str) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    number = meeting["number"]
    typed = spelling.format(number[:3], number[3:6], number[6:])
    answer = await app.visitor().try_join(typed, "周航", passcode=meeting["passcode"])
    assert answer.status_code == 200


def test_full_width_digits_are_digits() -> None:
    assert clean_number("１２３-４５６-７８９") == "123456789"
    assert clean_number("١٢٣٤٥٦٧٨٩") is None


@pytest.mark.parametrize("typed", ["12345678", "1234567890", "138 0013 8000"])
def test_a_number_has_nine_digits_and_neither_fewer_nor_more(typed: str) -> None:
    assert clean_number(typed) is None


@pytest.mark.parametrize(("seconds", "answer"), [(59.0, "welcome"), (60.0, None)])
async def test_a_ticket_lives_for_a_minute(app: App, seconds: float, answer: str | None) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    guest = app.visitor()
    joined = await guest.join(meeting, "周航")
    app.clock.step(seconds)
    hello = await (await guest.live(joined["socket"])).hello(ticket=joined["ticket"])
    assert hello.get("type") == answer


async def test_a_newer_ticket_of_a_seat_ends_the_older_one(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    guest = app.visitor()
    first, second = await guest.join(meeting, "周航"), await guest.join(meeting, "周航")
    assert first["seat"] == second["seat"]
    hello = await (await guest.live(first["socket"])).hello(ticket=first["ticket"])
    assert hello["error"]["code"] == "hello_refused"


async def test_the_page_gets_the_address_it_reached_us_by(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    joined = await app.visitor().join(meeting, "周航")
    assert joined["socket"] == app.url.replace("http", "ws", 1) + "/api/live"


async def test_the_guest_cookie_is_out_of_the_reach_of_scripts_and_lives_for_a_day(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    answer = await app.visitor().try_join(meeting["number"], "周航", passcode=meeting["passcode"])
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("mcmeet-guest=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=86400" in cookie


async def test_a_guest_cookie_cannot_be_made_from_an_id(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    guest = app.visitor()
    await guest.enter(meeting, "周航")
    cookie = guest.http.cookies["mcmeet-guest"]
    thief = app.visitor()
    thief.http.cookies["mcmeet-guest"] = cookie.partition(".")[0] + "." + "0" * 64
    assert (await thief.join(meeting, "周航"))["seat"] == 2


async def test_an_account_gets_no_guest_cookie(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    zhou = await app.person("周航")
    await zhou.join(meeting, "周航")
    assert "mcmeet-guest" not in zhou.http.cookies


async def test_a_join_from_a_foreign_page_is_refused(app: App) -> None:
    meeting = await (await app.person("林晓")).create_meeting()
    body = {"name": "周航", "passcode": meeting["passcode"], "consent": CONSENT}
    answer = await app.visitor().http.post(
        f"/api/meetings/{meeting['number']}/join", json=body, headers={"Origin": "https://evil.example"}
    )
    assert await refusal(answer) == (403, "foreign_origin")


async def test_a_preview_reads_one_seat_however_many_there_are(app: App) -> None:
    host = await app.person("林晓")
    meeting = await host.create_meeting()
    await host.enter(meeting, "林晓")
    for name in ("周航", "Emma"):
        await app.visitor().join(meeting, name)
    read: list[str] = []
    event.listen(app.core.db._reader, "before_cursor_execute", lambda *call: read.append(call[2]))
    path = f"/api/meetings/{meeting['number']}/preview"
    answer = await app.visitor().http.post(path, json={"passcode": meeting["passcode"]})
    assert answer.json()["host"] == "林晓"
    assert all("LIMIT" in statement for statement in read if "FROM seat" in statement)


async def test_one_address_looks_and_joins_so_often_a_minute_whoever_it_is(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "VISITS_PER_SOURCE", "2/minute")
    meeting = await (await app.person("林晓")).create_meeting()
    opened = {"passcode": meeting["passcode"]}
    joined = [await app.visitor().try_join(meeting["number"], "周航", **opened) for _ in range(3)]
    assert [answer.status_code for answer in joined] == [200, 200, 429]
    assert await refusal(joined[2]) == (429, "too_many_requests")
    look = f"/api/meetings/{meeting['number']}/preview"
    assert await refusal(await app.visitor().http.post(look, json=opened)) == (429, "too_many_requests")
    app.clock.step(60)
    assert (await app.visitor().try_join(meeting["number"], "周航", **opened)).status_code == 200
