"""Asks a service until it answers: attempts, waits and the deadline over all of them. One reply or reason comes out.

The provider makes one attempt, `retry` says whether and when the next, the turnstile how many at once, the budget
whether at all. Time, sleep and chance come in by name.
"""

import random
import time
from collections import Counter
from collections.abc import Callable

from specbuild.configuration import ServiceConfiguration
from specbuild.cost import cost_of, estimated_input, estimated_tokens
from specbuild.progress import Progress
from specbuild.provider import Provider, ProviderError
from specbuild.reply import Answer, Usage
from specbuild.request import Request
from specbuild.retry import RetryPolicy, retry_delay_s
from specbuild.work.budget import Budget, Held
from specbuild.work.turnstile import Turnstile

_LOOK_S = 0.2
_WHY = {
    "rate_limit": "rate limited",
    "unavailable": "service unavailable",
    "absent": "nothing listens there",
    "malformed": "unusable answer",
}


def ask(
    request: Request,
    *,
    id: str,
    provider: Provider,
    service: ServiceConfiguration,
    limits: Budget,
    cancelled: Callable[[], bool],
    progress: Progress,
    turnstile: Turnstile | None = None,
    policy: RetryPolicy | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    jitter: Callable[[], float] = random.random,
) -> Answer:
    """Return the answer to `request`, for the target `id`, after as many attempts as `policy` allows.

    All attempts and the waits between them have `service.timeout_s` seconds together; waiting at the turnstile doesn't
    count, nor does waiting for calls under way where a limit is near. Each attempt that may have reached the service
    counts as a call in `limits`, and so does what it used. Raises ProviderError (the last failure, its message with the
    number of attempts) and LimitReached. Once something was sent it is waited for: an interrupt ends only waits.
    """
    policy = policy or RetryPolicy()
    until_s = clock() + service.timeout_s
    failures: Counter[str] = Counter()
    shown = _Shown(progress, id)
    while True:
        arrived_s = clock()
        ticket = turnstile.enter(cancelled) if turnstile is not None else 0
        until_s += clock() - arrived_s
        if ticket is None or cancelled():
            if turnstile is not None and ticket is not None:
                turnstile.leave(ticket)
            raise ProviderError("cancelled", "interrupted before anything was sent", sent=False)
        try:
            arrived_s = clock()
            held = _taken(request, service, limits, cancelled)
            until_s += clock() - arrived_s
            answer = _attempt(request, provider, service, limits, held, until_s - clock(), shown, cancelled)
        except ProviderError as failure:
            failures[failure.kind] += 1
            delay_s = retry_delay_s(
                policy,
                failure.kind,
                failures=failures[failure.kind],
                retry_after_s=failure.retry_after_s,
                jitter=jitter(),
                remaining_s=until_s - clock(),
            )
            if turnstile is not None:
                limited = failure.kind == "rate_limit"
                turnstile.leave(ticket, limited=limited, pause_s=failure.retry_after_s or 0.0)
            if delay_s is None:
                _tell_attempts(failure, failures.total(), service)
                raise
            progress.waiting(id, _WHY.get(failure.kind, "trying again"), delay_s)
        except BaseException:
            if turnstile is not None:
                turnstile.leave(ticket)
            raise
        else:
            if turnstile is not None:
                turnstile.leave(ticket, succeeded=True)
            return answer
        _wait(delay_s, cancelled, sleep)
        progress.target_started(id, "asking")


def _taken(
    request: Request, service: ServiceConfiguration, limits: Budget, cancelled: Callable[[], bool]
) -> Held | None:
    """Have the call counted; None for a person's answer, which is no call."""
    if service.kind == "inbox":
        return None
    tokens = estimated_input(request.body) if limits.weighs else 0
    held = Held(tokens, cost_of(Usage(tokens, 0), service.prices) or 0.0)
    if not limits.take_call(priced=service.prices is not None, held=held, cancelled=cancelled):
        raise ProviderError("cancelled", "interrupted before anything was sent", sent=False)
    return held


def _attempt(
    request: Request,
    provider: Provider,
    service: ServiceConfiguration,
    limits: Budget,
    held: Held | None,
    deadline_s: float,
    shown: "_Shown",
    cancelled: Callable[[], bool],
) -> Answer:
    counted = held is not None
    try:
        answer = provider.answer(
            request, service=service, deadline_s=deadline_s, received=shown.received, cancelled=cancelled
        )
    except ProviderError as failure:
        if counted and not failure.sent:
            limits.give_back_call()
        elif counted and failure.kind in ("malformed", "unavailable"):
            guess = Usage(held.tokens, 0) if held else Usage()
            limits.add_usage(Usage(), service.prices, guess=guess)  # it may have been billed; nobody said how much
        raise
    else:
        if counted:
            guess = Usage(held.tokens, estimated_tokens(answer.reply.content)) if held and limits.weighs else Usage()
            limits.add_usage(answer.source.usage, service.prices, guess=guess)
        return answer
    finally:
        if held is not None:
            limits.ended(held)


class _Shown:
    """Turns the characters so far of each attempt into increments for one display that never runs backwards."""

    def __init__(self, progress: Progress, id: str) -> None:
        self._progress = progress
        self._id = id
        self._most = 0

    def received(self, characters: int) -> None:
        if characters > self._most:
            self._progress.received(self._id, characters - self._most)
            self._most = characters


def _wait(delay_s: float, cancelled: Callable[[], bool], sleep: Callable[[float], None]) -> None:
    left_s = delay_s
    while left_s > 0 and not cancelled():
        part_s = min(_LOOK_S, left_s)
        sleep(part_s)
        left_s -= part_s


def _tell_attempts(failure: ProviderError, attempts: int, service: ServiceConfiguration) -> None:
    if failure.retry_after_s is not None and failure.retry_after_s >= service.timeout_s:
        failure.message += (
            f"; it asks to wait {failure.retry_after_s:.0f} s, longer than one reply may take "
            f"(timeout_s = {service.timeout_s:g})"
        )
    if attempts > 1:
        failure.message += f" (after {attempts} attempts)"
    failure.args = (failure.message,)
