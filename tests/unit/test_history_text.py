"""Iterations as lines for people and values for machines."""

import json
from dataclasses import replace
from typing import NamedTuple

import pytest

from specbuild.canonical_json import Digest
from specbuild.chronicle import IterationRow, ModuleRow, Rates, TargetChange
from specbuild.diagnostic import Diagnostic, Place
from specbuild.formats.diff_text import diff_json
from specbuild.formats.history_text import (
    NAMED_AT_MOST,
    compared_json,
    compared_text,
    history_json,
    history_text,
    iteration_json,
    iteration_shown,
    line_counts,
    rates_text,
    replayed_json,
    replayed_text,
)
from specbuild.formats.json_text import diagnostic_json
from specbuild.iteration import Iteration, ModuleMeasure, Parent, Portion, SecondStage, SuiteCounts
from specbuild.styled_text import Span, plain_text
from specbuild.why import Change

HASH = Digest("0123456789abcdef" * 4)
FIRST = Iteration(
    number=0, parent=None, what="Begin", tests=None, settings={}, inputs={}, package={"a.py": HASH},
    modules={"self/a": ModuleMeasure(10, 0.125)}, module_share=Portion(1, 8), line_share=Portion(0, 0), calls=1200,
    input_tokens=1234567, output_tokens=None, second_stage=SecondStage("stage", 54, 53),
)  # fmt: skip
SECOND = replace(
    FIRST, number=1, parent=Parent(0, FIRST.tree), package={"a.py": HASH, "b.py": HASH}, what="Go on",
    tests=SuiteCounts(5, 1, 2), second_stage=SecondStage("tool", 2, 2),
)  # fmt: skip
ROWS = (
    IterationRow(FIRST, ("self/a", "self/b", "self/c", "self/d"), (), ()),
    IterationRow(SECOND, ("n",), ("g", "h"), ("x", "y", "z")),
)
RATES = Rates(76, 67, 6)
FAULT = Diagnostic("SB950", "odd", Place("a", 1, 2), "why", "hint")


class Pair(NamedTuple):
    id: str
    path: str
    built: bytes
    present: bytes | None
    built_mode: str = "644"
    present_mode: str | None = "644"


class Rebuilt(NamedTuple):
    number: int
    rendered: int
    outputs: object
    diagnostics: tuple[Diagnostic, ...]


def styles(spans: list[Span], text: str) -> list[str]:
    return [span.style for span in spans if span.text.strip() == text]


def test_the_list_has_a_row_for_each_iteration_and_the_rates() -> None:
    spans = history_text(ROWS, RATES)
    assert plain_text(spans).splitlines() == [
        "   modules          logical lines  tests                          changed specs              what",
        "0  1 of 8 (12.5 %)  0 of 0 (–)     not counted                    new 4 specs                Begin",
        "1  1 of 8 (12.5 %)  0 of 0 (–)     5 passed, 1 failed, 2 skipped  new n; gone g, h; x, y, z  Go on",
        "76 recorded conversations: 67 (88.2 %) passed with the first reply, 6 (7.9 %) after a repair, 3 (3.9 %) never",
    ]
    assert styles(spans, "logical lines") == ["strong"] and styles(spans, "Go on") == ["plain"]
    assert plain_text(history_text((), RATES)) == "no iteration yet\n"


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (IterationRow(FIRST, (), (), ()), "none"),
        (IterationRow(FIRST, ("a", "b", "c"), (), ()), "new a, b, c"),
        (IterationRow(FIRST, (), ("a", "b", "c", "d"), ("x",)), "gone 4 specs; x"),
        (IterationRow(FIRST, (), (), ("a", "b", "c", "d", "e")), "5 specs"),
    ],
)
def test_few_changed_specs_are_named(row: IterationRow, shown: str) -> None:
    line = plain_text(history_text([row], RATES)).splitlines()[1]
    assert line.partition("not counted")[2].split() == [*shown.split(), "Begin"] and NAMED_AT_MOST == 3
    every = "; ".join(
        f"{word} {', '.join(ids)}".strip()
        for word, ids in (("new", row.added), ("gone", row.removed), ("", row.changed))
        if ids
    )
    assert f"  changed specs  {every or 'none'}\n" in plain_text(iteration_shown(row, ()))


@pytest.mark.parametrize(
    ("counts", "shown"),
    [((5, 0, 0), "5 passed"), ((0, 0, 1), "0 passed, 1 skipped"), ((3, 2, 0), "3 passed, 2 failed")],
)
def test_tests_that_there_are_none_of_are_left_out(counts: tuple[int, int, int], shown: str) -> None:
    one = replace(FIRST, tests=SuiteCounts(*counts))
    assert f"  tests          {shown}\n" in plain_text(iteration_shown(IterationRow(one, (), (), ()), ()))


def test_rates_of_nothing_have_no_share() -> None:
    assert rates_text(Rates(0, 0, 0)) == (
        "0 recorded conversations: 0 (–) passed with the first reply, 0 (–) after a repair, 0 (–) never"
    )


MODULES = (ModuleRow("self/a", 10, 0.125, 2, "abc", ("a.py", "b.py")), ModuleRow("self/long", 5, 0.0, 0, "", ()))


def test_one_iteration_is_shown_with_its_facts_and_modules() -> None:
    spans = iteration_shown(ROWS[1], MODULES)
    assert plain_text(spans).splitlines() == [
        "iteration 1",
        "  what           Go on",
        f"  parent         iteration 0, tree {FIRST.tree}",
        f"  tree           {SECOND.tree}",
        "  modules        1 of 8 (12.5 %)",
        "  logical lines  0 of 0 (–)",
        "  tests          5 passed, 1 failed, 2 skipped",
        "  usage          1200 calls, 1,234,567 tokens in, ? out",
        "  second stage   2 requests rendered and 2 replies extracted by the running tool",
        "  changed specs  new n; gone g, h; x, y, z",
        "",
        "module     lines  copied  attempts  reply",
        "self/a        10  12.5 %         2  abc",
        "self/long      5   0.0 %         0",
    ]
    assert styles(spans, "iteration 1") == ["strong"] and styles(spans, "usage") == ["faint"]
    assert styles(spans, "module") == ["strong"]
    first = plain_text(iteration_shown(ROWS[0], ()))
    assert "\n  parent         none\n" in first and "\n  tests          not counted\n" in first
    assert "54 requests rendered and 53 replies extracted by the staged package itself\n" in first


def test_rows_have_one_form_in_json() -> None:
    first = {
        "number": 0, "what": "Begin", "parent": None, "tree": FIRST.tree, "modules": {"generated": 1, "all": 8},
        "logical_lines": {"generated": 0, "all": 0}, "tests": None,
        "usage": {"calls": 1200, "input": 1234567, "output": None},
        "stage2": {"by": "stage", "rendered": 54, "extracted": 53},
        "specs": {"added": ["self/a", "self/b", "self/c", "self/d"], "removed": [], "changed": []},
    }  # fmt: skip
    value = history_json(ROWS, RATES, [FAULT])
    assert json.loads(json.dumps(value)) == value
    assert isinstance(value, dict)
    assert value["iterations"][0] == first
    assert value["iterations"][1]["parent"] == {"number": 0, "tree": FIRST.tree}
    assert value["iterations"][1]["tests"] == {"passed": 5, "failed": 1, "skipped": 2}
    assert value["rates"] == {"conversations": 76, "first_try": 67, "after_repair": 6, "never": 3}
    assert value["diagnostics"] == [diagnostic_json(FAULT)] and set(value) == {"iterations", "rates", "diagnostics"}
    assert iteration_json(ROWS[0], MODULES) == {
        **first,
        "modules": [
            {"id": "self/a", "logical_lines": 10, "copied_share": 0.125, "attempts": 2, "reply": "abc",
             "outputs": ["a.py", "b.py"]},
            {"id": "self/long", "logical_lines": 5, "copied_share": 0.0, "attempts": 0, "reply": "", "outputs": []},
        ],
    }  # fmt: skip


TARGETS = (
    TargetChange("self/new", "added"),
    TargetChange("self/a", "changed", (Change("spec", "hints", "one", "two"), Change("model", "", "unknown", "m"))),
)
PAIRS = (Pair("self/a", "a.py", b"one\ntwo\n", b"one\nthree\nfour\n"), Pair("self/b", "b.py", b"x\n", None))


def test_two_iterations_are_compared_by_components_and_lines() -> None:
    spans = compared_text(TARGETS, PAIRS)
    assert plain_text(spans).splitlines() == [
        "self/new added",
        "self/a changed",
        "  spec hints",
        "    was one",
        "    now two",
        "  model",
        "    was unknown",
        "    now m",
        "a.py  +2  -1",
        "b.py  +0  -1",
    ]
    assert styles(spans, "self/a") == ["strong"] and styles(spans, "was") == ["faint", "faint"]
    assert styles(spans, "+2") == ["good"] and styles(spans, "-1") == ["error", "error"]
    assert plain_text(compared_text((), ())) == "no difference\n"
    assert plain_text(compared_text((), PAIRS[:1])) == "a.py  +2  -1\n"


def test_what_is_compared_has_diffs_only_if_they_are_wished() -> None:
    value = compared_json(TARGETS, PAIRS, full=False)
    assert value == {
        "targets": [
            {"id": "self/new", "kind": "added", "changes": []},
            {"id": "self/a", "kind": "changed", "changes": [
                {"component": "spec", "field": "hints", "before": "one", "after": "two"},
                {"component": "model", "field": "", "before": "unknown", "after": "m"},
            ]},
        ],
        "outputs": [
            {"id": "self/a", "path": "a.py", "added": 2, "removed": 1},
            {"id": "self/b", "path": "b.py", "added": 0, "removed": 1},
        ],
    }  # fmt: skip
    assert compared_json(TARGETS, PAIRS, full=True) == {**value, "diffs": diff_json(PAIRS)}
    assert json.loads(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("built", "present", "counts"),
    [
        (b"a\nb\n", b"a\nb\n", (0, 0)),
        (b"", b"a\nb\n", (2, 0)),
        (b"a\nb", b"a\nb\n", (1, 0)),
        (b"a\n", None, (0, 1)),
        (b"--- x\n+++ y\n", b"", (0, 2)),
        (b"\xff\n", b"\xfe\n", (0, 0)),
        (b"a\rb\n", b"a\rc\n", (1, 1)),
        (b"a\n@@\nb\n", b"b\n+\n-\n", (2, 2)),
    ],
)
def test_lines_are_counted_as_a_diff_has_them(built: bytes, present: bytes | None, counts: tuple[int, int]) -> None:
    assert line_counts(Pair("a", "a", built, present)) == counts


def test_replays_say_whether_they_are_the_same() -> None:
    replays = (Rebuilt(0, 54, {}, ()), Rebuilt(1, 2, {}, (FAULT,)))
    spans = replayed_text(replays)
    assert plain_text(spans) == (
        "same     iteration 0  54 requests rendered, no call\ndiffers  iteration 1  2 requests rendered, no call\n"
    )
    assert styles(spans, "same") == ["good"] and styles(spans, "differs") == ["error"]
    assert plain_text(replayed_text(())) == "no iteration yet\n"
    assert replayed_json(replays, [FAULT]) == {
        "same": False,
        "iterations": [
            {"number": 0, "same": True, "rendered": 54},
            {"number": 1, "same": False, "rendered": 2},
        ],
        "diagnostics": [diagnostic_json(FAULT)],
    }
    assert replayed_json((), ()) == {"same": True, "iterations": [], "diagnostics": []}
