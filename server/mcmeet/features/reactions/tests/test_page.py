"""Two people at browsers: one applauds, the other sees and hears of it."""

from playwright.sync_api import expect

from tests.fixtures.meeting import Meeting, bar, tile


def test_a_reaction_is_seen_over_the_tile_said_in_words_and_fades(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    bar(guest).get_by_role("button", name="表情").click()
    guest.get_by_role("toolbar", name="表情").get_by_role("button", name="鼓掌").click()
    for page in (host, guest):
        expect(tile(page, "周航").get_by_role("img", name="鼓掌")).to_be_visible()
    expect(host.get_by_role("status").filter(has_text="周航：鼓掌")).to_be_attached()
    for page in (host, guest):
        expect(tile(page, "周航").get_by_role("img", name="鼓掌")).to_have_count(0)
