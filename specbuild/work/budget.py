"""The limits of one run: calls, tokens and cost, counted over everything that the run asks. Thread-safe."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from specbuild.configuration import Prices
from specbuild.reply import Usage

_LOOK_S = 0.2
"""How often a call that waits for others looks whether the run was interrupted."""


class LimitReached(Exception):
    """A limit stands in the way of the next call. `limit` is the option's name, `hint` what to do about it."""

    def __init__(self, limit: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.limit = limit
        self.message = message
        setting = limit.removeprefix("--").replace("-", "_")
        self.hint = hint or (
            f"what is done is kept and not paid again: build again to go on; of {limit} and the configuration's "
            f"{setting} the lower one holds"
        )


@dataclass(slots=True)
class Spent:
    """What a run has spent so far; tokens and cost are lower bounds if `unknown_usage` calls told nothing."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    unknown_usage: int = 0
    unknown_price: int = 0


class Held(NamedTuple):
    """What a call under way will take at least."""

    tokens: int = 0
    cost: float = 0.0


NOTHING = Held()
UNTOLD = Usage()


class Budget:
    """Counts calls before they are sent and tokens and cost when they are back.

    Near a limit of tokens or cost calls go one after the other: what those under way take is not known yet, so that one
    call may go beyond the limit, not as many as there are at once.
    """

    def __init__(
        self, *, max_calls: int | None = None, max_tokens: int | None = None, max_cost: float | None = None
    ) -> None:
        self._changed = threading.Condition()
        self._under_way: list[Held] = []
        self._max_calls = max_calls
        self._max_tokens = max_tokens
        self._max_cost = max_cost
        self._guessed = Spent()
        self.spent = Spent()

    @property
    def weighs(self) -> bool:
        """Whether it matters what a call will take."""
        return self._max_tokens is not None or self._max_cost is not None

    def take_call(
        self, *, priced: bool = True, held: Held = NOTHING, cancelled: Callable[[], bool] = lambda: False
    ) -> bool:
        """Count one call that is about to be sent, and will take at least what is `held`; raises LimitReached if it may
        not be. Returns False if the run was interrupted while it waited for others.

        `priced`: what it will cost can be known afterwards. Without that a limit on cost can't be kept, so it is not
        sent. Every call that was taken ends with `ended`.
        """
        with self._changed:
            while True:
                self._refuse(priced)
                if not self._under_way or not self._may_exceed(held):
                    self.spent.calls += 1
                    self._under_way.append(held)
                    return True
                if cancelled():
                    return False
                self._changed.wait(_LOOK_S)

    def ended(self, held: Held) -> None:
        """Take in that a call which was taken with `held` is over; what it used is added before."""
        with self._changed:
            self._under_way.remove(held)
            self._changed.notify_all()

    def _may_exceed(self, held: Held) -> bool:
        ahead = [*self._under_way, held]
        tokens = self._tokens() + sum(one.tokens for one in ahead)
        cost = self._cost() + sum(one.cost for one in ahead)
        return (self._max_tokens is not None and tokens > self._max_tokens) or (
            self._max_cost is not None and cost > self._max_cost
        )

    def _refuse(self, priced: bool) -> None:
        spent = self.spent
        if self._max_cost is not None and not priced:
            what = "what a call costs is not known here: the service has no prices"
            raise LimitReached("--max-cost", what, _PRICES)
        if self._max_calls is not None and spent.calls >= self._max_calls:
            raise LimitReached(
                "--max-calls", f"the run may make {_calls(self._max_calls)} and has made {spent.calls}"
            )
        about = "about " if self._guessed.calls else ""
        if self._max_tokens is not None and (used := self._tokens()) >= self._max_tokens:
            what = f"the run may use {self._max_tokens} tokens and has used {about}{used}"
            raise LimitReached("--max-tokens", what)
        if self._max_cost is not None and (cost := self._cost()) >= self._max_cost:
            raise LimitReached("--max-cost", f"the run may cost {self._max_cost:g} and has cost {about}{cost:.4g}")

    def _tokens(self) -> int:
        return sum(one.input_tokens + one.output_tokens for one in (self.spent, self._guessed))

    def _cost(self) -> float:
        return self.spent.cost + self._guessed.cost

    def give_back_call(self) -> None:
        """Take back a call that never reached the service."""
        with self._changed:
            self.spent.calls -= 1

    def add_usage(self, usage: Usage, prices: Prices | None, *, guess: Usage = UNTOLD) -> None:
        """Count what a finished call used; if nobody told it, the `guess` counts for the limits, and for them only."""
        with self._changed:
            spent = self.spent
            if usage.input is None and usage.output is None:
                spent.unknown_usage += 1
                spent, usage = self._guessed, guess
                spent.calls += 1
            spent.input_tokens += usage.input or 0
            spent.output_tokens += usage.output or 0
            if prices is None:
                spent.unknown_price += 1
            else:
                spent.cost += ((usage.input or 0) * prices.input + (usage.output or 0) * prices.output) / 1_000_000


_PRICES = (
    "write prices = { input = …, output = … } under its [service.NAME] in your specbuild/config.toml; or leave "
    "--max-cost and the configuration's max_cost away"
)


def _calls(number: int) -> str:
    return "1 call" if number == 1 else f"{number} calls"
