"""The room for those who hear it or have a keyboard alone: what is spoken, and pages of pictures."""

import pytest
from playwright.sync_api import expect

from tests.e2e.test_room import SIT_DOWN, press
from tests.fixtures.browser import DESKTOP, PHONE
from tests.fixtures.meeting import Meeting, leave, tile

TABLET = (768, 1024)
WHERE_IT_IS_SAID = """() => {
  window.whereSaid = new Promise((found) => {
    const region = document.querySelector('[data-live-announcer]');
    const box = (element) => element.getBoundingClientRect();
    const look = () => {
      const notice = region.querySelector('p');
      if (notice === null) return;
      const [head, bar] = [document.querySelector('header'), document.querySelector('footer')];
      found([box(head).bottom, box(notice).top, box(notice).bottom, box(bar).top]);
    };
    new MutationObserver(look).observe(region, { childList: true });
  });
}"""
LISTEN = """() => {
  window.said = [];
  const note = (changes) =>
    window.said.push(...changes.flatMap(({ addedNodes }) => [...addedNodes].map((node) => node.textContent)));
  for (const region of document.querySelectorAll('[role=status]'))
    new MutationObserver(note).observe(region, { childList: true });
}"""
IS_SHUT_OFF = "(region) => region.closest('[inert], [aria-hidden=true]') !== null"


def test_what_is_said_while_a_menu_or_a_dialog_is_open_reaches_screen_readers(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    expect(tile(host, "周航")).to_be_visible()
    press(host, "离开")
    end = host.get_by_role("menuitem", name="结束会议")
    expect(end).to_be_visible()
    leave(guest)
    for words in ("会议中只有您一人", "周航 离开了会议"):  # in the order in which they are said
        region = host.locator("[role=status]").filter(has_text=words)
        expect(region).to_have_count(1)
        assert region.evaluate(IS_SHUT_OFF) is False
    end.click()
    expect(host.get_by_role("alertdialog")).to_be_visible()
    assert host.locator("[data-live-announcer]").evaluate_all(f"all => all.map({IS_SHUT_OFF})") == [False] * 2


def test_what_is_said_covers_neither_the_head_nor_the_bar_of_a_meeting(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    others = meeting.people("周航").open(meeting.link)
    for name, (width, height) in (("周航", PHONE), ("Emma", (740, 360)), ("何静", DESKTOP)):
        host.set_viewport_size({"width": width, "height": height})
        host.evaluate(WHERE_IT_IS_SAID)
        others.evaluate(SIT_DOWN, [meeting.number, meeting.passcode, [name]])
        places = host.evaluate("() => window.whereSaid")
        assert places == sorted(places), f"{width} × {height}: head, notice and bar overlap"


def test_whoever_is_alone_hears_it_once_and_keeps_their_place_when_somebody_comes(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    invite = host.get_by_role("button", name="邀请他人")
    expect(invite).to_be_visible()
    host.evaluate(LISTEN)
    press(host, "成员")
    expect(invite).to_have_count(0)
    press(host, "成员")
    expect(invite).to_be_visible()
    assert host.evaluate("() => window.said") == []
    invite.focus()
    meeting.guest("周航")
    expect(tile(host, "周航")).to_be_visible()
    expect(invite).to_have_count(0)
    expect(host.get_by_role("group", name="会议控制")).to_be_focused()


def test_whoever_pages_by_the_keyboard_keeps_their_place_and_hears_the_page(meeting: Meeting) -> None:
    host = meeting.host("林晓", size=PHONE).page
    others = meeting.people("周航").open(meeting.link)
    names = ["周航", "何静", "高远", "苏敏", "（方维）", "Emma"]
    others.evaluate(SIT_DOWN, [meeting.number, meeting.passcode, names])
    expect(tile(host, "（方维）").get_by_text("方", exact=True)).to_be_visible()
    turn, back = (host.get_by_role("button", name=word) for word in ("下一页", "上一页"))
    expect(back).to_be_disabled()
    turn.press("Enter")
    expect(host.get_by_role("status").filter(has_text="第 2 页，共 2 页")).to_be_attached()
    expect(turn).to_be_focused()
    expect(turn).to_be_disabled()
    host.keyboard.press("Enter")
    expect(tile(host, "Emma")).to_be_visible()
    back.press("Enter")
    expect(host.get_by_role("status").filter(has_text="第 1 页，共 2 页")).to_be_attached()
    expect(back).to_be_focused()


@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE])
def test_beside_a_large_picture_the_people_are_paged_too(meeting: Meeting, size: tuple[int, int]) -> None:
    host = meeting.host("林晓", size=size).page
    names = [f"参会人 {number}" for number in range(10, 20)]
    others = meeting.people("周航").open(meeting.link)
    others.evaluate(SIT_DOWN, [meeting.number, meeting.passcode, names])
    host.get_by_role("banner").get_by_role("button", name="演讲者视图").click()
    strip = host.get_by_role("group", name="成员")
    beside = strip.get_by_role("figure")
    turn = host.get_by_role("button", name="下一页")
    expect(turn).to_be_visible()
    seen: list[str] = []
    while True:
        page = [name.split("（")[0] for name in beside.evaluate_all("all => all.map((one) => one.ariaLabel)")]
        assert 0 < len(page) < len(names)
        assert not set(page) & set(seen)
        seen += page
        if turn.get_attribute("aria-disabled"):
            break
        turn.click()
    assert len(seen) == len(names), "everybody but the one who is large"
    around = strip.bounding_box()
    assert around
    assert (around["width"] > around["height"]) == (size != DESKTOP), "the large picture has the width"
