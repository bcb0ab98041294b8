"""A plan's totals, order and findings."""

from dataclasses import FrozenInstanceError
from typing import get_args

import pytest

from specbuild.decision import NO_CALLS, Calls, State
from specbuild.plan import ORDER, Plan, PlanLine, is_finding
from specbuild.why import Reason


def line(id: str, state: State, calls: Calls = NO_CALLS, *, finding: bool = False) -> PlanLine:
    return PlanLine(id, state, 0, (Reason("one", "one"), Reason("two", "two")), calls, finding=finding)


def test_calls_are_summed_part_by_part() -> None:
    assert Plan((line("a", "call", Calls(1, 1, 3)), line("b", "maybe", Calls(0, 0, 2)))).calls == Calls(1, 1, 5)
    assert Plan(()).calls == NO_CALLS


def test_states_are_shown_in_order_and_empty_ones_left_out() -> None:
    plan = Plan((line("a", "fresh"), line("b", "call"), line("c", "edited"), line("d", "call")))
    assert [(state, [one.id for one in lines]) for state, lines in plan.by_state()] == [
        ("edited", ["c"]), ("call", ["b", "d"]), ("fresh", ["a"]),
    ]  # fmt: skip


def test_the_order_has_every_state_once() -> None:
    assert sorted(ORDER) == sorted(get_args(State))


def test_stale_is_all_but_fresh_and_findings_are_those_marked() -> None:
    plan = Plan((line("a", "fresh"), line("b", "blocked"), line("c", "call", finding=True)))
    assert [one.id for one in plan.stale] == ["b", "c"]
    assert [one.id for one in plan.findings] == ["c"]


def test_a_line_tells_its_reasons_as_one_text() -> None:
    assert line("a", "call").reason == "one; two"


@pytest.mark.parametrize("state", get_args(State))
def test_which_states_are_findings(state: State) -> None:
    expected = state not in ("fresh", "blocked", "maybe")  # the cause of the last two is a finding, they are not
    assert is_finding(state, disk_absent_only=False, commit_outputs=False) is expected


@pytest.mark.parametrize("commit_outputs", [False, True])
def test_absent_outputs_are_a_finding_only_if_the_project_commits_them(commit_outputs: bool) -> None:
    assert is_finding("replay", disk_absent_only=True, commit_outputs=commit_outputs) is commit_outputs
    assert is_finding("call", disk_absent_only=True, commit_outputs=commit_outputs)


def test_a_line_without_reasons_says_nothing() -> None:
    assert PlanLine("a", "call", 13, (), NO_CALLS).reason == ""


def test_every_part_of_the_calls_is_summed_by_itself() -> None:
    assert Plan((line("a", "call", Calls(1, 2, 3)), line("b", "call", Calls(10, 20, 30)))).calls == Calls(11, 22, 33)


def test_what_is_not_said_of_a_line_is_nothing() -> None:
    made = PlanLine("a", "call", 13, (), NO_CALLS)
    assert (made.tokens, made.cost, made.local, made.finding, made.outputs) == (None, None, False, False, ())
    with pytest.raises(FrozenInstanceError):
        setattr(made, "finding", True)  # noqa: B010


def test_what_needs_a_person_is_shown_first() -> None:
    assert ORDER == (
        "invalid", "conflict", "edited", "held", "failed", "blocked", "call", "maybe", "recheck", "replay", "orphan",
        "fresh",
    )  # fmt: skip
