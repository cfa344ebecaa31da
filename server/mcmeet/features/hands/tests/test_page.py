"""Two people at browsers: one raises a hand, the host sees its place and lowers it."""

from playwright.sync_api import expect

from tests.fixtures.meeting import Meeting, bar, tile


def test_a_hand_is_seen_with_its_place_and_the_host_lowers_it(meeting: Meeting) -> None:
    host = meeting.host("林晓").page
    guest = meeting.guest("周航").page
    bar(host).get_by_role("button", name="举手", exact=True).click()
    expect(tile(guest, "林晓").get_by_role("img", name="举手，第 1 位")).to_be_visible()
    bar(guest).get_by_role("button", name="举手", exact=True).click()
    expect(tile(host, "周航").get_by_role("img", name="举手，第 2 位")).to_be_visible()

    bar(host).get_by_role("button", name="成员").click()
    panel = host.get_by_role("complementary", name="成员")
    expect(panel.get_by_text("2 人举手")).to_be_visible()
    expect(panel.get_by_role("listitem").filter(has_text="周航").get_by_text("2", exact=True)).to_be_visible()
    actions = panel.get_by_role("button", name="对 周航 的操作")
    actions.press("Enter")
    host.get_by_role("menuitem", name="改名").press("Enter")
    host.get_by_role("dialog").get_by_label("姓名").press("Escape")
    expect(actions).to_be_focused()  # and not on the button that lowers the hand
    panel.get_by_role("button", name="放下 林晓 的手（第 1 位）").press("Enter")
    expect(panel.get_by_role("list", name="成员")).to_be_focused()
    expect(tile(guest, "周航").get_by_role("img", name="举手，第 1 位")).to_be_visible()

    guest.reload()
    expect(bar(guest).get_by_role("button", name="放下手")).to_be_visible()
    panel.get_by_role("button", name="全部放下").press("Enter")
    expect(panel.get_by_role("list", name="成员")).to_be_focused()
    expect(guest.get_by_text("主持人放下了您的手")).to_be_visible()
    expect(bar(guest).get_by_role("button", name="举手", exact=True)).to_be_visible()
    expect(panel.get_by_text("人举手")).to_have_count(0)
