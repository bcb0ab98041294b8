"""When a failed attempt is repeated, and how Retry-After is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.provider import RETRIED
from specbuild.retry import RetryPolicy, http_date_s, retry_after_s, retry_delay_s

POLICY = RetryPolicy()
MOMENT = 784111777.0  # Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110


def delay(kind: str = "unavailable", **changes: object) -> float | None:
    given: dict[str, object] = {"failures": 1, "retry_after_s": None, "jitter": 0.5, "remaining_s": 600.0, **changes}
    return retry_delay_s(POLICY, kind, **given)  # type: ignore[arg-type]


def test_the_kinds_that_are_repeated_are_those_of_the_protocol() -> None:
    assert set(POLICY.retries) == RETRIED


@pytest.mark.parametrize("kind", ["authentication", "quota", "parameter", "context_length", "refused_request"])
def test_a_refusal_that_waiting_cannot_change_is_never_repeated(kind: str) -> None:
    assert delay(kind) is None


def test_each_kind_is_repeated_as_often_as_the_policy_says_and_then_no_more() -> None:
    for kind, most in POLICY.retries.items():
        assert delay(kind, failures=most) is not None
        assert delay(kind, failures=most + 1) is None


def test_the_delay_doubles_and_stops_growing() -> None:
    policy = RetryPolicy(retries={"unavailable": 10_000})
    delays = [
        retry_delay_s(policy, "unavailable", failures=n, retry_after_s=None, jitter=1.0, remaining_s=1e9)
        for n in (1, 2, 3, 7, 5000)
    ]
    assert delays == [1.0, 2.0, 4.0, 60.0, 60.0]


@given(
    failures=st.integers(1, 5),
    jitter=st.floats(0, 1),
    after=st.none() | st.floats(0, 1e6),
    remaining=st.floats(-10, 1e6),
)
def test_a_wait_never_passes_the_deadline_and_never_shortens_what_was_asked(
    failures: int, jitter: float, after: float | None, remaining: float
) -> None:
    found = delay(failures=failures, jitter=jitter, retry_after_s=after, remaining_s=remaining)
    if found is None:
        assert after is None or after + 1 >= remaining or remaining <= 60
    else:
        assert 0 <= found < remaining
        assert after is None or found >= after


def test_a_wait_longer_than_what_is_left_ends_the_attempts_at_once() -> None:
    assert delay("rate_limit", retry_after_s=601.0) is None
    assert delay("rate_limit", retry_after_s=598.0) is not None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 60.0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 60.0),
        ("Sun Nov  6 08:49:37 1994", 60.0),
        ("Sun, 06 Nov 1994 08:48:36 GMT", 0.0),
    ],
)
def test_retry_after_is_a_number_or_a_date_in_one_of_three_forms(text: str, seconds: float) -> None:
    assert retry_after_s(text, now_s=MOMENT - 60 if seconds == 60 else MOMENT) == seconds


@pytest.mark.parametrize(
    "text",
    [None, "", "soon", "-1", "1e9", "nan", "٣", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET"],
)
def test_a_retry_after_that_cannot_be_read_counts_as_absent(text: str | None) -> None:
    assert retry_after_s(text, now_s=MOMENT) is None


def test_a_leap_second_is_a_date() -> None:
    assert http_date_s("Sat, 31 Dec 2016 23:59:60 GMT") is not None
    assert http_date_s("Sat, 31 Dec 2016 24:00:00 GMT") is None


@given(st.text())
def test_no_text_of_a_header_breaks_the_reader(text: str) -> None:
    found = retry_after_s(text, now_s=MOMENT)
    assert found is None or found >= 0
