"""The first page, in Chromium, as the server sends it."""

import re
from urllib.request import urlopen

from playwright.sync_api import expect

from tests.fixtures.browser import PHONE, People
from tests.fixtures.server import Server

DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def policy_of(url: str) -> dict[str, str]:
    """Directive → sources of the page's Content-Security-Policy."""
    with urlopen(url) as answer:
        policy = answer.headers["Content-Security-Policy"]
    return dict(directive.strip().split(" ", 1) for directive in policy.split(";") if directive.strip())


def test_the_landing_page_opens_under_its_policy_without_a_foreign_request(
    server: Server, people: People
) -> None:
    page = people("林晓").open(server.url + "/")
    expect(page).to_have_title(re.compile("盟畅云会议"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_page_that_asks_a_stun_server_would_be_seen(server: Server, people: People) -> None:
    """What holds every browser test: the host of a STUN or TURN server is in no request."""
    person = people("林晓")
    page = person.open(server.url)
    page.evaluate(
        "() => new RTCPeerConnection({ iceServers: [{ urls: ['stun:stun.example.org'] }] }).close()"
    )
    page.evaluate(
        """() => new RTCPeerConnection().setConfiguration({
          iceServers: [{ urls: 'turn:turn.example.org', username: 'a', credential: 'b' }],
        })"""
    )
    assert person.ice_servers == ["stun:stun.example.org", "turn:turn.example.org"]
    person.ice_servers.clear()


def test_the_landing_page_speaks_english_to_an_english_browser(server: Server, people: People) -> None:
    page = people("Emma", locale="en-GB", size=PHONE).open(server.url + "/")
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^en"))


def test_the_policy_allows_our_own_server_alone(server: Server) -> None:
    sent = policy_of(server.url + "/")
    assert {name: sent.get(name) for name in DIRECTIVES} == DIRECTIVES
    foreign = [
        source for source in " ".join(sent.values()).split() if "//" in source or source in ("*", "https:")
    ]
    assert foreign == []


MEASURE_QUOTE = """() => {
  const quote = document.createElement('span');
  quote.textContent = '\\u201c';
  quote.style.fontSize = '100px';
  document.body.append(quote);
  return quote.getBoundingClientRect().width;
}"""


def test_each_language_puts_fonts_of_its_own_script_first(server: Server, people: People) -> None:
    fonts = "() => getComputedStyle(document.body).fontFamily.replaceAll('\"', '').split(', ')"
    english = people("Emma", locale="en-GB").open(server.url + "/")
    expect(english.get_by_role("heading", level=1)).to_be_visible()
    families = english.evaluate(fonts)
    assert families.index("Segoe UI") < families.index("Arial") < families.index("PingFang SC")
    # In a Chinese font, where there is no other, the quotation marks of an English text are narrow.
    assert english.evaluate(MEASURE_QUOTE) < 70

    chinese = people("林晓").open(server.url + "/")
    expect(chinese.get_by_role("heading", level=1)).to_be_visible()
    families = chinese.evaluate(fonts)
    assert families[:2] == ["-apple-system", "PingFang SC"]
    assert "Arial" not in families
    assert chinese.evaluate(MEASURE_QUOTE) > 70
