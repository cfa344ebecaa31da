"""What the pages leave in a browser, libraries included, is what clause 1.16 of the policy names."""

import re

from playwright.sync_api import Page, expect

from mcmeet.core.declare import BrowserStore
from mcmeet.privacy.stores import every_store
from mcmeet.registry import FEATURES
from tests.e2e.test_for_everybody import shown
from tests.fixtures.meeting import Meeting, bar

IN_HISTORY = {"passcode", "hostKey", "sending"}
# The router counts the entries of the tab's history; nothing of it is about anybody.
OF_ROUTER = {"key", "__TSR_key", "__TSR_index"}

KEPT = """() => ({
  localStorage: Object.keys(localStorage),
  sessionStorage: Object.keys(sessionStorage),
  history: Object.keys(history.state ?? {}),
})"""


ASYNC_STORES = """async () => [
  ...(await indexedDB.databases()).map(({ name }) => name),
  ...(await caches.keys()),
]"""


def kept(page: Page) -> dict[str, set[str]]:
    return {store: set(keys) for store, keys in page.evaluate(KEPT).items()}


def declared(kind: str) -> set[str]:
    stores = [store for store in every_store(FEATURES) if isinstance(store, BrowserStore)]
    return {store.key for store in stores if store.kind == kind}


def test_a_visit_leaves_only_what_the_policy_names(meeting: Meeting) -> None:
    person = meeting.people("林晓")
    for path in ("/", "/login", "/privacy"):
        shown(person.open(f"{meeting.server.url}{path}"))
    # Before the page has drawn itself its own entry in the history is taken for the one that Back leads to.
    person.page.go_back()
    expect(person.page).to_have_url(re.compile("/login$"))
    shown(person.page)
    page = meeting.join(person, meeting.host_link).page
    page.reload()
    bar(page).wait_for()
    found = kept(page)
    assert found["localStorage"] <= declared("localStorage")
    assert found["sessionStorage"] <= declared("sessionStorage")
    assert found["history"] <= IN_HISTORY | OF_ROUTER
    assert page.evaluate(ASYNC_STORES) == []
