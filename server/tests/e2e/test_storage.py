"""A database that takes nothing: pictures and sound go on, and people read what was not saved."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.fixtures.browser import People
from tests.fixtures.locks import locked
from tests.fixtures.meeting import Meeting, bar, eventually, frames_decoded, tile
from tests.fixtures.server import StartServer

FRAMES = 10


def press(page: Page, word: str) -> None:
    bar(page).get_by_role("button", name=word, exact=True).click()


def said(page: Page, words: str) -> Locator:
    """Seen by everybody, and spoken."""
    return page.get_by_role("status").get_by_text(words, exact=True)


def renames(page: Page, name: str, new_name: str) -> Locator:
    """In the list of members; the dialog that it was typed in."""
    page.get_by_role("complementary", name="成员").get_by_role("button", name=f"对 {name} 的操作").click()
    page.get_by_role("menuitem", name="改名").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("姓名").fill(new_name)
    dialog.get_by_role("button", name="保存").click()
    return dialog


def all_see(*pages: Page) -> None:
    """From now on."""
    starts = [frames_decoded(page) for page in pages]
    eventually(
        lambda: [frames_decoded(page) - start for page, start in zip(pages, starts, strict=True)],
        lambda risen: min(risen) >= FRAMES,
    )


def test_ten_seconds_of_a_locked_database_stop_no_picture_and_each_reads_what_was_not_saved(
    start_server: StartServer, people: People
) -> None:
    server = start_server()
    meeting = Meeting(server, people)
    host, guest = meeting.host("林晓").page, meeting.guest("周航").page
    press(host, "成员")
    all_see(host, guest)
    with locked(server.data / "mcmeet.db"):
        press(guest, "举手")
        dialog = renames(host, "周航", "周航（上海）")
        all_see(host, guest)
        expect(said(guest, "举手：服务器繁忙，更改没有保存。请重试。")).to_be_visible()
        expect(dialog.get_by_text("服务器繁忙，更改没有保存。请重试。")).to_be_visible()
        expect(dialog.get_by_label("姓名")).to_have_value("周航（上海）")
        all_see(host, guest)
        for page in (host, guest):
            expect(page.get_by_role("main").get_by_text("正在重新连接…")).to_have_count(0)
        expect(bar(guest).get_by_role("button", name="举手", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="保存").click()
    press(guest, "举手")
    expect(bar(guest).get_by_role("button", name="放下手", exact=True)).to_be_visible()
    expect(tile(host, "周航（上海）").get_by_role("img", name=re.compile("^举手"))).to_be_visible()
