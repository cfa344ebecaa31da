"""People at browsers: roles are given after a question, and everybody whom it concerns is told."""

from playwright.sync_api import Locator, Page, expect

from tests.fixtures.meeting import Meeting, bar, tile

# Notices stay for seconds only, and the machine may be busy for as long: what was said is written down.
LISTEN = """() => {
  window.said = [];
  const regions = document.querySelectorAll('[role=status]');
  const note = () => window.said.push(...[...regions].map((region) => region.innerText).filter(Boolean));
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
    bar(guest).get_by_role("button", name="离开").click()
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
