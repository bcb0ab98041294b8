"""Attempts, waits, deadline, width and budget together: by a clock of the test's own, and against the real server."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from specbuild.configuration import Prices, ServiceConfiguration
from specbuild.progress import Event, Summary
from specbuild.provider import ProviderError
from specbuild.providers import openai_chat
from specbuild.reply import Answer, Reply, Source, Usage
from specbuild.request import Request
from specbuild.work.ask import ask
from specbuild.work.budget import Budget, LimitReached
from specbuild.work.turnstile import Turnstile
from tests.server import Server

REQUEST = Request({"model": "m", "messages": [{"role": "user", "content": "hi"}]}, "default")
GOOD = Answer(Reply("x" * 10), Source("openai", "m", Usage(100, 10)))
SERVICE = ServiceConfiguration("fast", timeout_s=100.0, prices=Prices(1.0, 2.0))


class Progress:
    """Notes what a run tells."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def started(self, total: int) -> None: ...

    def target_started(self, id: str, what: str) -> None: ...

    def waiting(self, id: str, why: str, for_s: float) -> None:
        self.told.append(("waiting", why, for_s))

    def received(self, id: str, characters: int) -> None:
        self.told.append(("received", characters))

    def target_done(self, event: Event) -> None: ...

    def message(self, text: str) -> None: ...

    def finished(self, summary: Summary) -> None: ...


class Desk:
    """A provider that follows a script, with a clock that moves only by sleeping and by attempts."""

    def __init__(self, *script: ProviderError | Answer, takes_s: float = 0.0) -> None:
        self.script = list(script)
        self.now_s = 1000.0
        self.takes_s = takes_s
        self.deadlines: list[float] = []
        self.slept_s = 0.0
        self.budget = Budget()
        self.progress = Progress()
        self.turnstile = Turnstile(4, clock=lambda: self.now_s)
        self.cancel_after_s: float | None = None

    def answer(
        self,
        request: Request,
        *,
        service: ServiceConfiguration,
        deadline_s: float,
        received: Callable[[int], None],
        cancelled: Callable[[], bool],
    ) -> Answer:
        self.deadlines.append(deadline_s)
        self.now_s += self.takes_s
        step = self.script.pop(0)
        received(4)
        if isinstance(step, ProviderError):
            raise step
        received(10)
        return step

    def sleep(self, seconds: float) -> None:
        self.slept_s += seconds
        self.now_s += seconds

    def cancelled(self) -> bool:
        return self.cancel_after_s is not None and self.slept_s >= self.cancel_after_s

    def ask(self, service: ServiceConfiguration = SERVICE) -> Answer:
        return ask(
            REQUEST,
            id="a",
            provider=self,
            service=service,
            limits=self.budget,
            cancelled=self.cancelled,
            progress=self.progress,
            turnstile=self.turnstile,
            clock=lambda: self.now_s,
            sleep=self.sleep,
            jitter=lambda: 0.5,
        )


def limited(after_s: float | None = None) -> ProviderError:
    return ProviderError("rate_limit", "too many", status=429, retry_after_s=after_s)


def broken() -> ProviderError:
    return ProviderError("unavailable", "broke off")


def failing(desk: Desk) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        desk.ask()
    return caught.value


def test_a_failed_attempt_is_repeated_until_it_is_answered() -> None:
    desk = Desk(broken(), ProviderError("malformed", "html"), limited(), GOOD)
    assert desk.ask() == GOOD
    assert [one[1] for one in desk.progress.told if one[0] == "waiting"] == [
        "service unavailable",
        "unusable answer",
        "rate limited",
    ]
    assert desk.budget.spent.calls == 4


def test_the_wait_that_a_service_asks_for_is_kept() -> None:
    desk = Desk(limited(17.0), GOOD)
    desk.ask()
    assert desk.slept_s == pytest.approx(17.5)
    assert ("waiting", "rate limited", 17.5) in desk.progress.told


def test_a_wait_beyond_the_deadline_fails_at_once_and_says_why() -> None:
    desk = Desk(limited(3600.0))
    error = failing(desk)
    assert desk.slept_s == 0
    assert "asks to wait 3600 s" in error.message and "timeout_s = 100" in str(error)


def test_all_attempts_share_one_deadline() -> None:
    desk = Desk(*[broken() for _ in range(9)], takes_s=40.0)
    error = failing(desk)
    assert [round(one) for one in desk.deadlines] == [100, 59, 18]
    assert "(after 3 attempts)" in error.message


@pytest.mark.parametrize("kind", ["authentication", "quota", "parameter", "context_length", "refused_request", "setup"])
def test_what_repeating_cannot_change_is_asked_once(kind: Any) -> None:
    desk = Desk(ProviderError(kind, "no", status=400), GOOD)
    assert failing(desk).kind == kind
    assert desk.budget.spent.calls == 1
    assert desk.turnstile.slots == 4


def test_an_interrupt_ends_a_wait_and_sends_nothing_more() -> None:
    desk = Desk(limited(50.0), GOOD)
    desk.cancel_after_s = 1.0
    error = failing(desk)
    assert error.kind == "cancelled"
    assert desk.slept_s < 2
    assert len(desk.deadlines) == 1


def test_every_attempt_counts_and_a_limit_stops_the_next() -> None:
    desk = Desk(broken(), broken(), GOOD)
    desk.budget = Budget(max_calls=2)
    with pytest.raises(LimitReached):
        desk.ask()
    assert len(desk.deadlines) == 2
    assert desk.turnstile.enter(lambda: False) is not None, "the slot was given back"


def test_an_attempt_that_reached_nobody_is_no_call() -> None:
    desk = Desk(ProviderError("unavailable", "nothing listens", sent=False), GOOD)
    desk.ask()
    assert desk.budget.spent.calls == 1


def test_a_server_of_this_machine_that_is_not_running_is_told_within_a_few_seconds() -> None:
    desk = Desk(*[ProviderError("absent", "nothing listens there", sent=False) for _ in range(9)])
    error = failing(desk)
    assert (error.kind, len(desk.deadlines)) == ("absent", 3)
    assert desk.slept_s < 4
    assert desk.budget.spent.calls == 0


def test_what_a_reply_used_is_counted_and_a_lost_one_is_unknown() -> None:
    desk = Desk(broken(), GOOD)
    desk.ask()
    spent = desk.budget.spent
    assert (spent.input_tokens, spent.output_tokens, spent.unknown_usage) == (100, 10, 1)
    assert spent.cost == pytest.approx(120 / 1_000_000)


def test_a_persons_answer_is_no_call() -> None:
    desk = Desk(GOOD)
    desk.budget = Budget(max_calls=0)
    assert desk.ask(ServiceConfiguration("desk", kind="inbox")) == GOOD
    assert desk.budget.spent.calls == 0


def test_progress_never_runs_backwards() -> None:
    desk = Desk(broken(), GOOD)
    desk.ask()
    assert [one for one in desk.progress.told if one[0] == "received"] == [("received", 4), ("received", 6)]


def test_a_rate_limit_narrows_the_width_and_successes_widen_it_again() -> None:
    desk = Desk(limited(), *[GOOD] * 20)
    others = [desk.turnstile.enter(lambda: False) for _ in range(3)]
    widths: list[int] = []

    def sleep(seconds: float) -> None:
        desk.now_s += seconds
        widths.append(desk.turnstile.slots)
        while others:
            desk.turnstile.leave(others.pop() or 0, succeeded=True)

    desk.sleep = sleep  # type: ignore[method-assign]
    desk.ask()
    assert set(widths) == {2}, "neither the calls from before the cut nor the wait widen it"
    for _ in range(8):
        desk.ask()
    assert desk.turnstile.slots == 4


def test_an_unexpected_fault_gives_the_slot_back() -> None:
    desk = Desk()
    with pytest.raises(IndexError):
        desk.ask()
    assert all(desk.turnstile.enter(lambda: False) is not None for _ in range(4))


def test_waiting_at_the_turnstile_ends_when_the_run_is_interrupted() -> None:
    turnstile = Turnstile(1)
    assert turnstile.enter(lambda: False) == 0
    answers = iter([False, True])
    assert turnstile.enter(lambda: next(answers)) is None


def against(server: Server, width: int, calls: int) -> tuple[list[Answer], Turnstile]:
    """Ask that many times at once, through one turnstile, with waits cut to nothing."""
    service = ServiceConfiguration("fast", base_url=server.base_url, timeout_s=30.0)
    turnstile, budget, answers = Turnstile(width), Budget(), list[Answer]()

    def one() -> None:
        answers.append(
            ask(
                REQUEST,
                id="a",
                provider=openai_chat,
                service=service,
                limits=budget,
                cancelled=lambda: False,
                progress=Progress(),
                turnstile=turnstile,
                sleep=lambda _: None,
            )
        )

    threads = [threading.Thread(target=one) for _ in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, turnstile


def test_no_more_calls_are_in_flight_than_the_width_allows() -> None:
    with Server() as server:
        server.delay_s = 0.05
        answers, _ = against(server, width=3, calls=9)
        assert len(answers) == 9
        assert 2 <= server.most_in_flight <= 3


def test_a_real_service_that_fails_in_every_repeatable_way_is_asked_until_it_answers() -> None:
    with Server() as server:
        server.plan("rate_limit", "server_error", "html", "cut_stream", "reset", "choices_null")
        answers, turnstile = against(server, width=4, calls=1)
        assert len(answers) == 1
        assert len(server.calls) == 7
        assert turnstile.slots < 4
