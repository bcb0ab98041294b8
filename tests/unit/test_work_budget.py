"""The limits of a run."""

import threading

import pytest

from specbuild.configuration import Prices
from specbuild.reply import Usage
from specbuild.work.budget import Budget, Held, LimitReached


def limit_of(budget: Budget, *, priced: bool = True) -> str | None:
    try:
        budget.take_call(priced=priced)
    except LimitReached as reached:
        return reached.limit
    return None


def test_without_limits_every_call_may_be_made() -> None:
    assert [limit_of(Budget(), priced=False) for _ in range(3)] == [None] * 3


def test_calls_are_counted_before_they_are_sent() -> None:
    budget = Budget(max_calls=2)
    assert [limit_of(budget) for _ in range(3)] == [None, None, "--max-calls"]
    assert budget.spent.calls == 2


def test_no_call_at_all_is_a_limit_too() -> None:
    assert limit_of(Budget(max_calls=0)) == "--max-calls"


def test_a_call_that_reached_nobody_is_given_back() -> None:
    budget = Budget(max_calls=1)
    assert limit_of(budget) is None
    budget.give_back_call()
    assert limit_of(budget) is None
    assert limit_of(budget) == "--max-calls"


def test_tokens_of_both_directions_count() -> None:
    budget = Budget(max_tokens=100)
    budget.add_usage(Usage(60, 39), None)
    assert limit_of(budget) is None
    budget.add_usage(Usage(1, None), None)
    assert limit_of(budget) == "--max-tokens"


def test_cost_is_counted_by_the_price_per_million() -> None:
    budget = Budget(max_cost=1.0)
    budget.add_usage(Usage(100_000, 100_000), Prices(input=2.0, output=7.0))
    assert budget.spent.cost == pytest.approx(0.9)
    assert limit_of(budget) is None
    budget.add_usage(Usage(50_000, 0), Prices(input=2.0, output=7.0))
    assert limit_of(budget) == "--max-cost"


def test_a_limit_on_cost_refuses_what_has_no_price() -> None:
    assert limit_of(Budget(max_cost=100.0), priced=False) == "--max-cost"
    assert limit_of(Budget(max_calls=5), priced=False) is None


def test_what_nobody_told_is_counted_as_unknown() -> None:
    budget = Budget()
    budget.add_usage(Usage(), Prices(1.0, 1.0))
    budget.add_usage(Usage(1, 1), None)
    assert (budget.spent.unknown_usage, budget.spent.unknown_price) == (1, 1)


def test_threads_never_take_more_calls_than_allowed() -> None:
    budget = Budget(max_calls=50)
    taken: list[str | None] = []
    threads = [threading.Thread(target=lambda: taken.extend(limit_of(budget) for _ in range(20))) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert taken.count(None) == budget.spent.calls == 50


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        (Budget(max_calls=0), "build again to go on; of --max-calls and the configuration's max_calls the lower one"),
        (Budget(max_cost=1.0), "write prices = { input = …, output = … } under its [service.NAME]"),
    ],
)
def test_a_limit_says_what_to_do(budget: Budget, told: str) -> None:
    with pytest.raises(LimitReached) as reached:
        budget.take_call(priced=False)
    assert told in reached.value.hint


def test_near_a_limit_a_call_waits_for_those_under_way() -> None:
    budget = Budget(max_tokens=2_000)
    held = Held(800, 0.0)
    assert budget.take_call(held=held) and budget.take_call(held=held)
    assert not budget.take_call(held=held, cancelled=lambda: True), "three of them may be more than 2,000"

    def come_back() -> None:
        budget.add_usage(Usage(10, 10), None)
        budget.ended(held)

    first = threading.Timer(0.05, come_back)
    first.start()
    assert budget.take_call(held=held), "the first took less than was thought"
    first.join()
    assert budget.spent.calls == 3


def test_a_call_alone_is_never_held_back_by_what_it_may_take() -> None:
    budget = Budget(max_cost=1.0)
    assert budget.take_call(held=Held(0, 5.0))
    budget.add_usage(Usage(500_000, 0), Prices(input=1.0, output=1.0))
    budget.ended(Held(0, 5.0))
    assert budget.take_call(held=Held(0, 5.0)), "there is still something to spend"
    assert Budget().take_call() and not Budget(max_calls=3).weighs


def test_what_nobody_told_counts_for_the_limits_by_a_guess_and_for_nothing_else() -> None:
    budget = Budget(max_tokens=1_000)
    budget.add_usage(Usage(), None, guess=Usage(900, 99))
    assert limit_of(budget) is None
    budget.add_usage(Usage(), None, guess=Usage(1, 0))
    with pytest.raises(LimitReached, match="may use 1000 tokens and has used about 1000"):
        budget.take_call()
    assert (budget.spent.input_tokens, budget.spent.unknown_usage) == (0, 2)
    dear = Budget(max_cost=1.0)
    dear.add_usage(Usage(), Prices(input=1.0, output=1.0), guess=Usage(500_000, 500_000))
    assert (limit_of(dear), dear.spent.cost) == ("--max-cost", 0.0)
