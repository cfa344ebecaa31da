"""Everything the product keeps is declared: each column, cookie, browser key, log field and file."""

from __future__ import annotations

from pathlib import Path

import pytest

import mcmeet
from mcmeet.core.config import Operator
from mcmeet.core.declare import BrowserStore, Cookie, LogStream
from mcmeet.core.logs import SERVER_LOG
from mcmeet.privacy import lint, policies
from mcmeet.privacy.policies import Kind, Lang
from mcmeet.privacy.stores import every_store, every_table
from mcmeet.registry import FEATURES
from tests.privacy.scan import browser_gaps, cookie_gaps, log_gaps

SERVER = Path(mcmeet.__file__).parent
PAGE = SERVER.parents[1] / "web" / "src"
STORES = every_store(FEATURES)
COOKIES = [store for store in STORES if isinstance(store, Cookie)]
BROWSER_STORES = [store for store in STORES if isinstance(store, BrowserStore)]
LOG_STREAMS = [store for store in STORES if isinstance(store, LogStream)]
LOG_FIELDS = set(SERVER_LOG.fields)


def server_files() -> list[Path]:
    return [file for file in sorted(SERVER.rglob("*.py")) if "tests" not in file.parts]


def page_files() -> list[Path]:
    files = (file for end in ("ts", "tsx") for file in PAGE.rglob(f"*.{end}"))
    return [file for file in sorted(files) if ".test." not in file.name and not file.name.endswith(".d.ts")]


def test_every_column_of_every_table_is_declared() -> None:
    assert lint.column_gaps(every_table()) == []
    assert len(every_table().tables) > 5


def test_every_store_names_clauses_of_the_policy() -> None:
    assert lint.store_gaps(STORES) == []


def test_everything_that_jobs_are_told_and_events_tell_is_declared() -> None:
    assert lint.argument_gaps(FEATURES) == []


def test_no_two_stores_have_the_same_name() -> None:
    names = [(type(store).__name__, lint.store_name(store)) for store in STORES]
    assert len(names) == len(set(names))


def test_every_cookie_that_the_server_sets_is_declared() -> None:
    names = {cookie.name for cookie in COOKIES}
    gaps = {file.name: found for file in server_files() if (found := cookie_gaps(file.read_text(), names))}
    assert gaps == {}


def test_every_field_of_a_log_line_is_declared() -> None:
    gaps = {file.name: found for file in server_files() if (found := log_gaps(file.read_text(), LOG_FIELDS))}
    assert gaps == {}


def test_every_log_says_where_it_goes_for_no_rule_of_ours_ends_it() -> None:
    assert SERVER_LOG in LOG_STREAMS
    assert [stream.name for stream in LOG_STREAMS if not stream.why] == []


def test_every_key_that_the_page_stores_is_declared() -> None:
    keys = {store.key for store in BROWSER_STORES}
    gaps = {file.name: found for file in page_files() if (found := browser_gaps(file.read_text(), keys))}
    assert gaps == {}


@pytest.mark.parametrize("lang", Lang)
def test_clause_1_16_names_every_cookie_and_every_key_of_the_page(lang: Lang) -> None:
    policy = policies.current(Kind.PRIVACY, lang, Operator())
    (clause,) = [c for section in policy.sections for c in section.clauses if c.id == "1.16"]
    named = "\n".join((*clause.text, *clause.items))
    for name in (*(cookie.name for cookie in COOKIES), *(store.key for store in BROWSER_STORES)):
        assert name.removeprefix("__Host-") in named


@pytest.mark.parametrize(
    "source",
    [
        "response.set_cookie('visits', '1')",
        "response.set_cookie(key='visits', value='1')",
        "headers = {'Set-Cookie': 'visits=1'}",
    ],
)
def test_an_undeclared_cookie_is_seen(source: str) -> None:
    assert cookie_gaps(source, {"mcmeet"}) != []
    assert cookie_gaps("response.set_cookie('mcmeet', token)", {"mcmeet"}) == []


@pytest.mark.parametrize(
    "source",
    [
        "log.info('joined', phone=phone)",
        "self.log.warning('joined', phone=phone)",
        "log.error(f'{phone} failed')",
        "logger.info('joined %s' % phone)",
    ],
)
def test_an_undeclared_log_field_is_seen(source: str) -> None:
    assert log_gaps(source, {"route"}) != []
    assert log_gaps("log.info('request', route=route)", {"route"}) == []


@pytest.mark.parametrize(
    "source",
    [
        "localStorage.setItem('visits', '1')",
        "const KEY = 'visits';\nstorage.setItem(KEY, '1')",
        "sessionStorage.getItem(keyOf(person))",
        "localStorage.visits = '1'",
        "localStorage['visits'] = '1'",
        "indexedDB.open('visits', 1)",
        "caches.open('visits')",
        "document.cookie = 'visits=1'",
    ],
)
def test_an_undeclared_key_of_the_page_is_seen(source: str) -> None:
    assert browser_gaps(source, {"mcmeet.seat"}) != []
    assert browser_gaps("const KEY = 'mcmeet.seat';\nstorage.setItem(KEY, '1')", {"mcmeet.seat"}) == []
