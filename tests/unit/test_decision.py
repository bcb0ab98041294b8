"""The table of states, written down once more as data, against `decide` over every combination of facts."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, replace
from typing import NamedTuple, get_args

import pytest

from specbuild.decision import (
    DISK_ORDER,
    NO_CALLS,
    STATES,
    Calls,
    Decision,
    Disk,
    Facts,
    State,
    Undecided,
    decide,
    may_repair,
)


class Row(NamedTuple):
    """One row of the table in docs/formats.md, "States of a target"."""

    number: int
    state: State
    fits: Callable[[Facts], bool]


def same(facts: Facts) -> bool:
    return facts.stanza and (facts.request, facts.shape, facts.checks) == ("equal", "equal", "equal")


TABLE = (
    Row(2, "conflict", lambda f: f.conflict),
    Row(4, "edited", lambda f: f.disk == "foreign"),
    Row(5, "fresh", lambda f: same(f) and f.disk == "ok" and f.home),
    Row(6, "failed", lambda f: f.noted_failed),
    Row(
        7,
        "held",
        lambda f: (
            f.stanza
            and f.origin == "accepted"
            and (f.request == "differs" or ((f.disk != "ok" or f.shape == "differs") and not f.pinned))
        ),
    ),
    Row(8, "blocked", lambda f: f.stuck),
    Row(
        9,
        "maybe",
        lambda f: f.stanza and (f.request == "unknown" or (f.request == "equal" and f.checks == "unknown")),
    ),
    Row(10, "replay", lambda f: same(f) and (f.pinned or f.disk in ("ok", "eol"))),
    Row(
        11,
        "recheck",
        lambda f: (
            f.stanza
            and f.request == "equal"
            and (f.pinned or (f.shape == "equal" and f.disk in ("ok", "eol")))
        ),
    ),
    Row(12, "replay", lambda f: not f.need_unknown and f.reply == "known"),
    Row(13, "call", lambda f: True),
)  # fmt: skip


DISJOINT = (4, 9)
"""The rows that no facts fit together with the row below: their order says nothing."""


def every_combination() -> Iterator[Facts]:
    """Yield every combination of facts that can be told apart: without a stanza nothing compares."""
    answers = ("equal", "differs", "unknown")
    around = list(
        itertools.product(
            ("ok", "eol", "absent", "ours", "foreign"), *[(False, True)] * 3, (None, "known", "unknown")
        )
    )  # fmt: skip
    for disk, noted, stuck, need_unknown, reply in around:
        bare = Facts(disk=disk, noted_failed=noted, stuck=stuck, need_unknown=need_unknown, reply=reply)
        yield bare
        yield replace(bare, conflict=True)
        for request, shape, checks in itertools.product(answers, ("equal", "differs"), answers):
            for home, origin, pinned in itertools.product(
                (False, True), ("generated", "accepted", "carried"), (False, True)
            ):
                yield Facts(
                    disk=disk, noted_failed=noted, stuck=stuck, need_unknown=need_unknown, reply=reply, stanza=True,
                    request=request, shape=shape, checks=checks, home=home, origin=origin, pinned=pinned,
                )  # fmt: skip


EVERY = tuple(every_combination())


def row_of(facts: Facts, table: tuple[Row, ...] = TABLE) -> tuple[int, State] | Undecided:
    """Return the first row that fits; the last two can only be told apart once the request was looked up."""
    row = next(one for one in table if one.fits(facts))
    if row.number in (12, 13) and facts.reply is None and not facts.need_unknown:
        return Undecided()
    return row.number, row.state


def decided(facts: Facts) -> tuple[int, State] | Undecided:
    found = decide(facts)
    return found if isinstance(found, Undecided) else (found.row, found.state)


def is_noticed(table: tuple[Row, ...]) -> bool:
    return any(row_of(facts, table) != decided(facts) for facts in EVERY)


def test_every_combination_is_decided_as_the_table_says() -> None:
    assert len(EVERY) > 20_000
    assert [facts for facts in EVERY if row_of(facts) != decided(facts)][:3] == []


@pytest.mark.parametrize("number", [row.number for row in TABLE if row.number != 13])
def test_a_table_that_lacks_a_row_is_noticed(number: int) -> None:
    assert is_noticed(tuple(row for row in TABLE if row.number != number))


@pytest.mark.parametrize("at", [at for at in range(len(TABLE) - 1) if TABLE[at].number not in DISJOINT])
def test_two_rows_in_the_wrong_order_are_noticed(at: int) -> None:
    swapped = (*TABLE[:at], TABLE[at + 1], TABLE[at], *TABLE[at + 2 :])
    assert is_noticed(swapped)


def test_an_edit_that_gives_way_to_a_fresh_stanza_would_be_noticed() -> None:
    mutated = tuple(
        row._replace(fits=lambda f: f.disk == "foreign" and not same(f)) if row.number == 4 else row for row in TABLE
    )
    assert is_noticed(mutated)


def decisions() -> Iterator[tuple[Facts, Decision]]:
    for facts in EVERY:
        found = decide(facts)
        if isinstance(found, Decision):
            yield facts, found


INVARIANTS: dict[str, Callable[[Facts, Decision], bool]] = {
    "equal components with the reply at hand never cost a call": lambda f, d: (
        not (same(f) and f.pinned) or d.calls == NO_CALLS
    ),
    "an edited output is left alone": lambda f, d: f.disk != "foreign" or (d.act == "nothing" and d.calls == NO_CALLS),
    "only what is locked under its own id is fresh": lambda f, d: (
        d.state != "fresh" or (f.home and same(f) and f.disk == "ok")
    ),
    "a stuck need never leads to a call": lambda f, d: not f.stuck or d.calls == NO_CALLS,
    "a text that was accepted is not asked about by itself": lambda f, d: (
        f.origin != "accepted" or f.request != "differs" or d.calls == NO_CALLS
    ),
    "noted failures are not paid again": lambda f, d: not f.noted_failed or d.calls == NO_CALLS,
    "a stanza in conflict is left alone": lambda f, d: not f.conflict or d.act == "nothing",
    "the reply of the request of now is not asked for again": lambda f, d: (
        not (f.stanza and f.request == "equal" and f.pinned) or d.calls.least == 0
    ),
    "an unknown request is not called for at once": lambda f, d: not f.need_unknown or d.calls.least == 0,
    "a lost reply is one that was there": lambda f, d: not d.reply_lost or (f.stanza and f.request == "equal"),
    "what does nothing costs nothing": lambda f, d: d.act != "nothing" or d.calls == NO_CALLS,
    "the counts are in order": lambda f, d: 0 <= d.calls.least <= d.calls.expected <= d.calls.most,
    "the trace way needs the reply or the bytes": lambda f, d: (
        d.act != "trace" or (same(f) and (f.pinned or f.disk in ("ok", "eol")))
    ),
}


@pytest.mark.parametrize("name", INVARIANTS)
def test_of_all_combinations(name: str) -> None:
    holds = INVARIANTS[name]
    assert [(facts, found) for facts, found in decisions() if not holds(facts, found)][:3] == []


@pytest.mark.parametrize("name", INVARIANTS)
def test_an_invariant_can_fail(name: str) -> None:
    wrong = Decision("fresh", 5, "trace", Calls(2, 1, 0), reply_lost=True)
    call = Decision("call", 13, "conversation", Calls(1, 1, 3))
    paying_for_nothing = Decision("edited", 4, "nothing", Calls(1, 1, 1))
    assert not all(INVARIANTS[name](facts, one) for facts in EVERY for one in (wrong, call, paying_for_nothing))


def test_calls_are_counted_by_what_is_left_of_the_attempts() -> None:
    asked = Facts(reply="unknown", attempts=3)
    known = replace(asked, reply="known", turns_known=2)
    assert decide(asked) == Decision("call", 13, "conversation", Calls(1, 1, 3))
    assert decide(known) == Decision("replay", 12, "conversation", Calls(0, 0, 1))
    assert decide(replace(known, turns_known=5)) == Decision("replay", 12, "conversation", Calls(0, 0, 0))


def test_a_review_doubles_the_calls() -> None:
    found = decide(Facts(reply="unknown", attempts=3, review=True))
    assert isinstance(found, Decision) and found.calls == Calls(2, 2, 6)
    waiting = decide(Facts(need_unknown=True, attempts=3, review=True))
    assert isinstance(waiting, Decision) and waiting.calls == Calls(0, 2, 6)


def test_what_the_pinned_conversation_used_is_not_taken_off_while_no_request_is_known() -> None:
    waiting = Facts(need_unknown=True, attempts=3, turns_known=2)
    assert decide(waiting) == Decision("call", 13, "wait", Calls(0, 1, 3))
    assert decide(replace(waiting, attempts=1, review=True)) == Decision("call", 13, "wait", Calls(0, 2, 2))


def test_never_is_more_expected_than_is_possible() -> None:
    for review, attempts, turns in itertools.product((False, True), range(4), range(4)):
        for facts in (Facts(need_unknown=True), Facts(reply="unknown"), Facts(reply="known")):
            found = decide(replace(facts, attempts=attempts, turns_known=turns, review=review))
            assert isinstance(found, Decision) and found.calls.least <= found.calls.expected <= found.calls.most


def test_what_waits_or_is_judged_anew_may_cost_all_that_is_left() -> None:
    maybe = Facts(stanza=True, request="unknown", attempts=3, turns_known=1)
    assert decide(maybe) == Decision("maybe", 9, "wait", Calls(0, 0, 2))
    recheck = replace(maybe, request="equal", pinned=True, review=True)
    assert decide(recheck) == Decision("recheck", 11, "recheck", Calls(0, 0, 4))
    assert decide(replace(maybe, attempts=1)) == Decision("maybe", 9, "wait", Calls(0, 0, 0))


def test_a_call_is_counted_once_at_least() -> None:
    asked = Facts(reply="unknown", attempts=3, turns_known=3)
    assert decide(asked) == Decision("call", 13, "conversation", Calls(1, 1, 1))


def test_a_call_for_the_request_of_before_tells_that_its_reply_is_lost() -> None:
    lost = Facts(stanza=True, request="equal", shape="equal", checks="equal", reply="unknown", attempts=3)
    assert decide(lost) == Decision("call", 13, "conversation", Calls(1, 1, 3), reply_lost=True)
    assert decide(replace(lost, request="differs")) == Decision("call", 13, "conversation", Calls(1, 1, 3))
    assert decide(replace(lost, stanza=False)) == Decision("call", 13, "conversation", Calls(1, 1, 3))


ACTS: dict[int, str] = {
    2: "nothing", 4: "nothing", 5: "nothing", 6: "nothing", 7: "nothing", 8: "nothing", 9: "wait", 10: "trace",
    11: "recheck", 12: "conversation",
}  # fmt: skip


def test_each_row_has_its_act() -> None:
    for facts, found in decisions():
        expected = ACTS.get(found.row, "wait" if facts.need_unknown else "conversation")
        assert found.act == expected, facts


def test_facts_can_not_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(Facts(), "stanza", True)  # noqa: B010


def test_a_recheck_is_repaired_only_for_declared_checks_of_a_generated_text_with_its_reply() -> None:
    good = Facts(stanza=True, request="equal", declared_checks=True, pinned=True)
    assert may_repair(good)
    assert not may_repair(replace(good, declared_checks=False))
    assert not may_repair(replace(good, origin="accepted"))
    assert not may_repair(replace(good, origin="carried"))
    assert not may_repair(replace(good, pinned=False))


def test_every_state_is_explained() -> None:
    assert {row.state for row in TABLE} | {"invalid", "orphan"} == set(STATES)


def test_the_states_are_told_in_these_words() -> None:
    assert STATES == {
        "invalid": "the spec, or the graph around it, has an error",
        "conflict": "the lock can't be believed here: `specbuild lock --resolve`",
        "orphan": "no spec claims this stanza any more: `specbuild prune`",
        "edited": "an output was changed by hand and is kept: `accept` it, or build with `--force`",
        "fresh": "everything is as it was built",
        "failed": "these components failed before and nothing is asked again: `regenerate --failed`",
        "held": "an accepted text whose spec, needs or context changed: `revise`, `regenerate`, `accept` or `--force`",
        "blocked": "a need can't be had",
        "maybe": "decided when its needs are built",
        "replay": "written from a known reply, without a call",
        "recheck": "the known reply is judged anew, without a call unless that fails",
        "call": "a reply is missing: the model is asked",
    }


def test_how_outputs_lie_is_ordered_from_best_to_worst() -> None:
    assert DISK_ORDER == ("ok", "eol", "absent", "ours", "foreign") == get_args(Disk)
