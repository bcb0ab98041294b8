"""When to ask again, and after how long: policy only. Failures and times come in, seconds go out; nothing waits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# RFC 9110 section 5.6.7: the preferred form, and the two old ones that a recipient must accept.
_DATES = (
    r"[A-Za-z]{3}, (?P<day>\d\d) (?P<month>[A-Za-z]{3}) (?P<year>\d{4}) (?P<time>\d\d:\d\d:\d\d) GMT",
    r"[A-Za-z]{6,9}, (?P<day>\d\d)-(?P<month>[A-Za-z]{3})-(?P<year>\d\d) (?P<time>\d\d:\d\d:\d\d) GMT",
    r"[A-Za-z]{3} (?P<month>[A-Za-z]{3}) (?P<day>[\d ]\d) (?P<time>\d\d:\d\d:\d\d) (?P<year>\d{4})",
)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently a failed attempt is repeated.

    `retries` says per kind of failure how many times that kind is followed by another attempt; a kind that is not there
    is never repeated. A reply that came back malformed may have been paid, so it is repeated less often than a refusal.
    A server of this machine that isn't running ("absent") gets the seconds of a restart: most often it was forgotten.
    """

    retries: Mapping[str, int] = field(
        default_factory=lambda: {"rate_limit": 12, "unavailable": 5, "absent": 2, "malformed": 2}
    )
    first_delay_s: float = 1.0
    longest_delay_s: float = 60.0


def retry_delay_s(
    policy: RetryPolicy, kind: str, *, failures: int, retry_after_s: float | None, jitter: float, remaining_s: float
) -> float | None:
    """Return the seconds to wait before the next attempt, or None if there is to be none.

    `failures` counts the failures of this `kind` so far, this one included; `jitter` is a random number in 0 … 1 which
    spreads the calls that failed together; `remaining_s` is what is left of the deadline over all attempts. The wait
    that the service asked for is never shortened: if it doesn't fit into what is left, there is no next attempt.
    """
    if failures > policy.retries.get(kind, 0):
        return None
    spread = min(max(jitter, 0.0), 1.0)
    backoff = min(policy.first_delay_s * 2.0 ** min(failures - 1, 60), policy.longest_delay_s)
    delay = backoff * (0.5 + 0.5 * spread)
    if retry_after_s is not None:
        delay = retry_after_s + min(policy.first_delay_s, 1.0) * spread
    return delay if delay < remaining_s else None


def retry_after_s(text: str | None, *, now_s: float) -> float | None:
    """Return the seconds that a Retry-After field asks for: a number or an HTTP date (RFC 9110 section 10.2.3).

    `now_s` is the present time in seconds since 1970, best by the clock that wrote the date. A date in the past is 0.0;
    what can't be read is None, as if the field weren't there.
    """
    if text is None:
        return None
    text = text.strip()
    if re.fullmatch(r"\d{1,9}(\.\d{0,9})?", text, re.ASCII):
        return float(text)
    moment_s = http_date_s(text)
    return None if moment_s is None else max(0.0, moment_s - now_s)


def http_date_s(text: str) -> float | None:
    """Return the seconds since 1970 of an HTTP date in one of its three forms, or None if it is none."""
    for form in _DATES:
        match = re.fullmatch(form, text.strip(), re.ASCII)
        if match is None or match["month"].lower() not in _MONTHS:
            continue
        year = int(match["year"])
        if year < 100:
            year += 1900 if year >= 70 else 2000
        hour, minute, second = (int(part) for part in match["time"].split(":"))
        month = _MONTHS.index(match["month"].lower()) + 1
        try:
            # A leap second (60) is a legal HTTP date and no legal time of Python.
            moment = datetime(year, month, int(match["day"]), hour, minute, min(second, 59), tzinfo=UTC)
        except ValueError:
            return None
        return moment.timestamp()
    return None
