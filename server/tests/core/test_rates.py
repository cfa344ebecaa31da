"""The sliding window: how much, for how long, and that strangers cannot fill the memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcmeet.core.errors import TooManyRequests
from mcmeet.core.rates import Rates, Rule, parse
from tests.fixtures.app import FakeClock

RULE = "3/10seconds"


def is_allowed(rates: Rates, *key: str) -> bool:
    try:
        rates.hit(RULE, *key)
    except TooManyRequests:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "rule"),
    [("10/minute", Rule(10, 60)), ("100/10minutes", Rule(100, 600)), ("5/day", Rule(5, 86_400))],
)
def test_a_rule_is_an_amount_in_a_time(text: str, rule: Rule) -> None:
    assert parse(text) == rule


@pytest.mark.parametrize("text", ["", "10", "10/fortnight", "x/minute", "-1/minute", "1/minute and more"])
def test_what_is_no_rule_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="no rule"):
        parse(text)


def test_the_allowance_is_used_up_and_comes_back_use_by_use() -> None:
    clock = FakeClock()
    rates = Rates(clock)
    assert [is_allowed(rates, "emma") for _ in range(2)] == [True, True]
    clock.step(4)
    assert [is_allowed(rates, "emma") for _ in range(2)] == [True, False]
    with pytest.raises(TooManyRequests) as refusal:
        rates.test(RULE, "emma")
    assert refusal.value.data == {"retry_after": 6}
    assert is_allowed(rates, "zhou")
    clock.step(6)
    assert [is_allowed(rates, "emma") for _ in range(3)] == [True, True, False]


def test_setting_the_wall_clock_frees_nobody() -> None:
    clock = FakeClock()
    rates = Rates(clock)
    assert [is_allowed(rates, "emma") for _ in range(4)][-1] is False
    clock.jump(86_400)
    assert not is_allowed(rates, "emma")


def test_testing_counts_nothing_and_what_was_given_back_counts_no_more() -> None:
    rates = Rates(FakeClock())
    for _ in range(10):
        rates.test(RULE, "emma")
    assert rates.keys() == 0
    for _ in range(10):
        rates.hit(RULE, "emma")
        rates.give_back(RULE, "emma")
    rates.give_back(RULE, "nobody")
    assert [is_allowed(rates, "emma") for _ in range(4)] == [True, True, True, False]


def test_keys_of_windows_that_have_passed_are_forgotten() -> None:
    clock = FakeClock()
    rates = Rates(clock)
    for number in range(500):
        rates.hit(RULE, f"2001:db8::{number:x}")
    assert rates.keys() == 500
    clock.step(10)
    rates.hit(RULE, "emma")
    assert rates.keys() == 1


def test_beyond_the_cap_the_key_used_longest_ago_goes() -> None:
    rates = Rates(FakeClock(), keys_most=100)
    for _ in range(3):
        rates.hit(RULE, "emma")
    for number in range(99):
        rates.hit(RULE, str(number))
    assert not is_allowed(rates, "emma")
    for number in range(1000):
        rates.hit(RULE, f"more {number}")
    assert rates.keys() == 100


@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from("abc"))))
def test_no_window_ever_holds_more_than_the_rule(steps: list[tuple[float, str]]) -> None:
    clock = FakeClock()
    rates, allowed = Rates(clock), list[tuple[float, str]]()
    for seconds, key in steps:
        clock.step(seconds)
        now = clock.monotonic()
        inside = [at for at, who in allowed if who == key and at > now - 10]
        assert is_allowed(rates, key) == (len(inside) < 3)
        if len(inside) < 3:
            allowed.append((now, key))
