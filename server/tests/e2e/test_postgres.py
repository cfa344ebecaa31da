"""A started server, two browsers, and PostgreSQL for the database."""

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import People
from tests.fixtures.meeting import Meeting, audio_energy, end_for_all, frames_decoded, rises, tile
from tests.fixtures.postgres import Postgres
from tests.fixtures.server import StartServer


def test_two_people_meet_are_back_after_a_crash_and_the_end_reaches_both(
    postgres: Postgres, start_server: StartServer, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCMEET_DATABASE__URL", postgres.new_database())
    server = start_server()
    meeting = Meeting(server, people)
    people_there = meeting.host("林晓"), meeting.guest("周航")
    for person in people_there:
        person.expect_error("")  # of the crash
    host, guest = (person.page for person in people_there)
    for page in (host, guest):
        rises(lambda page=page: frames_decoded(page), by=5)  # type: ignore[misc]
        rises(lambda page=page: audio_energy(page), by=1e-6)  # type: ignore[misc]
    server.restart()
    for page, other in ((host, "周航"), (guest, "林晓")):
        expect(tile(page, other)).to_be_visible()
        rises(lambda page=page: frames_decoded(page), by=5)  # type: ignore[misc]
    assert not (server.data / "mcmeet.db").exists()
    end_for_all(host)
    expect(guest.get_by_role("heading", name="主持人已结束会议")).to_be_visible()
