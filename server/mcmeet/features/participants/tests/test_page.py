"""People at browsers: roles are given after a question, and everybody whom it concerns is told."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.fixtures.meeting import Meeting, bar, leave, tile

# Notices stay for seconds only, and the machine may be busy for as long: what was said is written down.
LISTEN = """() => {
  window.said = [];
  const regions = document.querySelectorAll('[role=status]');
  const note = () => window.said.push(...[...regions].map((region) => region.textContent).filter(Boolean));
  for (const region of regions) new MutationObserver(note).observe(region, { childList: true });
}"""


def listens(page: Page) -> Page:
    expect(bar(page)).to_be_visible()
    page.evaluate(LISTEN)
    return page


def hears(page: Page, words: str) -> None:
    page.wait_for_function("(words) => window.said.some((said) => said === words)", arg=words)


def heard(page: Page) -> list[str]:
    said: list[str] = page.evaluate("() => window.said")
    return said


def choose(page: Page, name: str, action: str) -> None:
    """From the menu behind somebody in the list of members."""
    page.get_by_role("button", name=f"对 {name} 的操作").click()
    page.get_by_role("menuitem", name=action, exact=True).click()


def role_of(page: Page, name: str) -> Locator:
    return page.get_by_role("complementary", name="成员").get_by_role("listitem").filter(has_text=name)


def test_whoever_makes_somebody_else_host_is_asked_and_all_hear_of_it(meeting: Meeting) -> None:
    host = listens(meeting.host("林晓").page)
    guest = listens(meeting.guest("周航").page)
    emma = listens(meeting.guest("Emma").page)
    bar(host).get_by_role("button", name="成员").click()
    choose(host, "周航", "设为主持人")
    asked = host.get_by_role("alertdialog", name="将“周航”设为主持人？")
    expect(asked.get_by_text("您会成为参会人")).to_be_visible()
    asked.get_by_role("button", name="取消").click()
    expect(asked).to_have_count(0)
    expect(role_of(host, "林晓")).to_contain_text("主持人")

    choose(host, "周航", "设为主持人")
    asked.get_by_role("button", name="设为主持人").click()
    hears(guest, "您已成为主持人")
    for page in (host, emma):
        hears(page, "周航 已成为主持人")
    expect(host.get_by_role("list", name="成员")).to_be_focused()
    expect(role_of(host, "林晓")).to_contain_text("参会人")
    expect(tile(emma, "周航").get_by_text("（主持人）")).to_be_visible()


def test_a_hand_over_that_is_refused_says_so_in_the_question(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    bar(host).get_by_role("button", name="成员").click()
    choose(host, "周航", "设为主持人")
    leave(guest)
    expect(host.locator("[data-seat]").filter(has_text="周航")).to_have_count(0)
    asked = host.get_by_role("alertdialog", name="将“周航”设为主持人？")
    asked.get_by_role("button", name="设为主持人").click()
    expect(asked.get_by_role("alert")).to_have_text("对方已经不在会议中。")


def test_who_becomes_co_host_or_is_one_no_more_is_told_and_nobody_else(meeting: Meeting) -> None:
    host = listens(meeting.host("林晓").page)
    guest = listens(meeting.guest("周航").page)
    bar(host).get_by_role("button", name="成员").click()
    choose(host, "周航", "设为联席主持人")
    hears(guest, "您已成为联席主持人")
    choose(host, "周航", "取消联席主持人")
    hears(guest, "您已不再是联席主持人")
    assert [words for words in heard(host) if "主持人" in words] == []


def leaves(host: Page) -> Locator:
    """The question that a host gets before leaving others behind."""
    leave(host)
    return host.get_by_role("alertdialog", name="离开前指定新主持人？")


def test_a_host_who_leaves_others_hands_the_meeting_over_co_hosts_first(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = listens(meeting.guest("周航").page)
    emma = listens(meeting.guest("Emma").page)
    bar(host).get_by_role("button", name="成员").click()
    choose(host, "Emma", "设为联席主持人")
    expect(role_of(host, "Emma")).to_contain_text("联席主持人")
    host.keyboard.press("Escape")

    asked = leaves(host)
    choice = asked.get_by_label("新主持人")
    expect(choice.get_by_role("option")).to_have_text(["Emma（联席主持人）", "周航"])
    asked.get_by_role("button", name="取消").click()
    expect(asked).to_have_count(0)
    expect(bar(host).get_by_role("button", name="离开", exact=True)).to_be_focused()

    leaves(host)
    choice.select_option("周航")
    asked.get_by_role("button", name="指定并离开").click()
    expect(host.get_by_role("heading", name="您已离开会议")).to_be_visible()
    hears(guest, "您已成为主持人")
    hears(emma, "周航 已成为主持人")
    expect(tile(emma, "周航").get_by_text("（主持人）")).to_be_visible()
    bar(guest).get_by_role("button", name="离开", exact=True).click()
    expect(guest.get_by_role("menuitem", name="结束会议")).to_be_visible()


def test_a_host_may_leave_without_handing_over_and_whoever_is_alone_is_not_asked(meeting: Meeting) -> None:
    host = meeting.host("林晓")
    guest = meeting.guest("周航").page
    expect(tile(host.page, "周航")).to_be_visible()
    leaves(host.page).get_by_role("button", name="直接离开").click()
    expect(host.page.get_by_role("heading", name="您已离开会议")).to_be_visible()
    expect(tile(guest, "林晓")).to_have_count(0)
    expect(tile(guest, "周航").get_by_text(re.compile("^（我）$"))).to_be_visible()

    leave(guest)
    expect(guest.get_by_role("heading", name="您已离开会议")).to_be_visible()
    host.page.get_by_role("link", name="返回会议").click()
    meeting.enter(host.page, "林晓", again=True)
    asked = leaves(host.page)
    expect(host.page.get_by_role("heading", name="您已离开会议")).to_be_visible()
    expect(asked).to_have_count(0)


def test_a_question_whose_code_does_not_come_keeps_no_host(meeting: Meeting) -> None:
    person = meeting.people("林晓")
    person.expect_error("")
    person.context.route(re.compile("/assets/HandOverDialog-"), lambda route: route.abort())
    host = meeting.join(person, meeting.host_link).page
    meeting.guest("周航")
    expect(tile(host, "周航")).to_be_visible()
    leaves(host)
    expect(host.get_by_role("heading", name="您已离开会议")).to_be_visible()


def test_a_host_whose_choice_leaves_is_told_and_chooses_anew(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    emma = meeting.guest("Emma").page
    expect(tile(host, "Emma")).to_be_visible()
    asked = leaves(host)
    choice, hand_over = asked.get_by_label("新主持人"), asked.get_by_role("button", name="指定并离开")
    expect(choice.locator("option:checked")).to_have_text("周航")
    leave(guest)
    expect(asked.get_by_role("alert")).to_have_text("周航 已离开或断开连接。")
    expect(choice.locator("option:checked")).to_have_text("请选择")
    expect(hand_over).to_be_disabled()
    choice.select_option("Emma")
    expect(asked.get_by_role("alert")).to_have_count(0)
    hand_over.click()
    expect(bar(emma).get_by_role("button", name="离开", exact=True)).to_be_visible()
    bar(emma).get_by_role("button", name="离开", exact=True).click()
    expect(emma.get_by_role("menuitem", name="结束会议")).to_be_visible()


def test_others_hear_that_a_screen_is_shared_and_no_more_and_whoever_speaks_has_a_mark(
    meeting: Meeting,
) -> None:
    host = listens(meeting.host("林晓").page)
    guest = listens(meeting.guest("周航").page)
    bar(host).get_by_role("button", name="共享屏幕").click()
    hears(guest, "林晓 开始共享屏幕")
    host.get_by_role("main").get_by_role("button", name="停止共享").click()
    hears(guest, "林晓 停止了共享屏幕")
    assert [words for words in heard(host) if "林晓" in words] == []
    # Chromium's fake microphone beeps once a second.
    expect(tile(guest, "林晓").get_by_role("img", name="正在发言")).to_be_visible()
    bar(guest).get_by_role("button", name="成员").click()
    expect(role_of(guest, "林晓").get_by_text("正在发言")).to_be_visible()
