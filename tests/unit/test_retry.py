"""When a failed attempt is repeated, and how Retry-After is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.retry import RetryPolicy, http_date_s, retry_after_s, retry_delay_s

POLICY = RetryPolicy()
MOMENT = 784111777.0  # Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110


def delay(kind: str = "unavailable", **changes: object) -> float | None:
    given: dict[str, object] = {"failures": 1, "retry_after_s": None, "jitter": 0.5, "remaining_s": 600.0, **changes}
    return retry_delay_s(POLICY, kind, **given)  # type: ignore[arg-type]


def test_a_policy_has_its_own_numbers() -> None:
    assert POLICY.retries == {"rate_limit": 12, "unavailable": 5, "absent": 2, "malformed": 2}
    assert (POLICY.first_delay_s, POLICY.longest_delay_s) == (1.0, 60.0)
    assert RetryPolicy() == POLICY and RetryPolicy().retries is not POLICY.retries


@pytest.mark.parametrize("kind", ["authentication", "quota", "parameter", "context_length", "refused_request"])
def test_a_refusal_that_waiting_cannot_change_is_never_repeated(kind: str) -> None:
    assert delay(kind) is None


def test_each_kind_is_repeated_as_often_as_the_policy_says_and_then_no_more() -> None:
    for kind, most in POLICY.retries.items():
        assert delay(kind, failures=most) is not None
        assert delay(kind, failures=most + 1) is None


def test_the_jitter_moves_a_delay_between_a_half_and_the_whole() -> None:
    assert [delay(jitter=jitter) for jitter in (0.0, 0.5, 1.0)] == [0.5, 0.75, 1.0]
    assert [delay(jitter=jitter) for jitter in (-3.0, 7.0)] == [0.5, 1.0]
    assert [delay(failures=failures, jitter=0.0) for failures in (2, 3, 4)] == [1.0, 2.0, 4.0]


def test_the_jitter_adds_to_what_was_asked_for() -> None:
    assert [delay(retry_after_s=90.0, jitter=jitter) for jitter in (0.0, 0.5, 7.0)] == [90.0, 90.5, 91.0]
    for first_s, added_s in ((0.25, 0.25), (5.0, 1.0)):
        policy = RetryPolicy({"absent": 1}, first_delay_s=first_s)
        found = retry_delay_s(policy, "absent", failures=1, retry_after_s=2.0, jitter=1.0, remaining_s=9.0)
        assert found == 2.0 + added_s


def test_a_delay_must_be_less_than_what_is_left() -> None:
    assert delay(jitter=1.0, remaining_s=1.0) is None
    assert delay(jitter=1.0, remaining_s=1.001) == 1.0
    assert delay(retry_after_s=0.0, jitter=0.0, remaining_s=0.0) is None


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
        ("2.", 2.0),
        ("123456789.123456789", 123456789.123456789),
        ("\tsun, 06 nov 1994 08:49:37 GMT ", 60.0),
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
    [
        None,
        "",
        "soon",
        "-1",
        "1e9",
        "nan",
        "٣",
        "1234567890",
        ".5",
        "1 2",
        "+1",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET",
    ],
)
def test_a_retry_after_that_cannot_be_read_counts_as_absent(text: str | None) -> None:
    assert retry_after_s(text, now_s=MOMENT) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun,  06 Nov 1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, ٠6 Nov 1994 08:49:37 GMT",
    ],
)
def test_what_only_resembles_a_date_is_none(text: str) -> None:
    assert http_date_s(text) is None


def test_a_date_is_the_same_moment_in_each_form() -> None:
    for text in ("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"):
        assert http_date_s(text) == MOMENT
    assert http_date_s(" Xyz NOV 06 08:49:37 1994\n") == MOMENT
    assert http_date_s("Thu, 01 Jan 1970 00:00:00 GMT") == 0.0
    assert http_date_s("Thursday, 01-Jan-70 00:00:01 GMT") == 1.0
    assert http_date_s("Tuesday, 01-Jan-69 00:00:00 GMT") == http_date_s("Tue, 01 Jan 2069 00:00:00 GMT")


def test_a_leap_second_is_a_date() -> None:
    assert http_date_s("Sat, 31 Dec 2016 23:59:60 GMT") == http_date_s("Sat, 31 Dec 2016 23:59:59 GMT") is not None
    assert http_date_s("Sat, 31 Dec 2016 24:00:00 GMT") is None


@given(st.text())
def test_no_text_of_a_header_breaks_the_reader(text: str) -> None:
    found = retry_after_s(text, now_s=MOMENT)
    assert found is None or found >= 0
