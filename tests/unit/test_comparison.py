"""How what decides a target now stands to what decided a locked build."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.canonical_json import Json
from specbuild.comparison import (
    Comparison,
    compare_checks,
    compare_request,
    compare_shape,
    failed_digest,
    inputs_digest,
)
from specbuild.components import Components

INPUTS: dict[str, Json] = {
    "context": {"a.md": "c1"}, "edition": 1, "mode": "single", "model": "m", "needs": {"x": "A", "y": "B"},
    "parameters": "p", "service": "default", "spec": {"file.name": "n", "project.requirements": "r"},
    "template": "default",
}  # fmt: skip
NOW = Components(INPUTS, {"build.header": "h"}, {"needs": {"x": "1"}, "verify.command": "v"})


def request(now: dict[str, Json], *, accepted: bool = False) -> Comparison:
    return compare_request(INPUTS, replace(NOW, inputs={**INPUTS, **now}), accepted=accepted)


def test_equal_components_are_equal() -> None:
    assert request({}) == Comparison("equal", ())
    assert compare_shape({"build.header": "h", "extract": "sentinel/1"}, NOW).answer == "equal"
    assert compare_checks(NOW.checks, NOW).answer == "equal"


@pytest.mark.parametrize(
    "changed",
    [
        {"context": {"a.md": "c2"}},
        {"context": {}},
        {"edition": 2},
        {"mode": "agent"},
        {"model": "n"},
        {"model": None},
        {"parameters": "q"},
        {"service": "other"},
        {"spec": {"file.name": "n"}},
        {"spec": {**INPUTS["spec"], "project.hints": "h"}},
        {"template": {"t.jinja": "1"}},
        {"needs": {"x": "A", "y": "C"}},
        {"needs": {"x": "A"}},
    ],
)
def test_every_component_of_a_request_counts_and_is_named(changed: dict[str, Json]) -> None:
    found = request(changed)
    assert found.answer == "differs"
    assert {one.component for one in found.differences} == set(changed)


@pytest.mark.parametrize(("part", "counts"), [("model", False), ("template", False), ("spec", True), ("context", True)])
def test_an_accepted_text_answers_its_spec_needs_and_context_only(part: str, counts: bool) -> None:
    changed: dict[str, Json] = {part: {"other": "o"}}
    assert (request(changed, accepted=True).answer == "differs") is counts
    assert request(changed).answer == "differs"


@pytest.mark.parametrize(
    ("needs", "answer"),
    [
        ({"x": "A", "y": "B"}, "equal"),
        ({"x": "B", "y": "A"}, "equal"),  # the ids are for the reader
        ({"renamed": "A", "moved": "B"}, "equal"),
        ({"x": None, "y": "B"}, "unknown"),
        ({"x": None, "y": None}, "unknown"),
        ({"renamed": None, "y": "B"}, "unknown"),
        ({"x": "C", "y": None}, "differs"),  # differs wins over unknown
        ({"x": "A", "y": "A"}, "differs"),
        ({"x": "A"}, "differs"),
        ({"x": "A", "y": "B", "z": None}, "differs"),  # one need more can't turn out equal
        ({}, "differs"),
    ],
)
def test_needs_are_compared_by_their_values(needs: dict[str, Json], answer: str) -> None:
    found = request({"needs": needs})
    assert found.answer == answer
    assert bool(found.differences) is (answer == "differs")


LABELS = st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["1", "2", None]), max_size=5)


@settings(max_examples=200, deadline=None)
@given(
    old=st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["1", "2"]), max_size=5),
    new=LABELS,
    fill=st.lists(st.sampled_from(["1", "2"]), min_size=5, max_size=5),
)  # fmt: skip
def test_what_is_told_before_everything_is_known_stays_true(
    old: dict[str, Json], new: dict[str, Json], fill: list[str]
) -> None:
    def answer(needs: dict[str, Json]) -> str:
        return compare_request(
            {**INPUTS, "needs": old}, replace(NOW, inputs={**INPUTS, "needs": needs}), accepted=False
        ).answer

    later = {name: label or fill[at] for at, (name, label) in enumerate(new.items())}
    assert answer(later) in {"equal": ("equal",), "differs": ("differs",), "unknown": ("equal", "differs")}[answer(new)]
    assert answer(later) == ("equal" if sorted(map(str, old.values())) == sorted(later.values()) else "differs")


def test_how_a_reply_was_extracted_is_no_component() -> None:
    assert compare_shape({"build.header": "h", "extract": "fence/1"}, NOW).answer == "equal"
    assert compare_shape({"extract": "fence/1"}, NOW).answer == "differs"
    assert failed_digest(INPUTS, {"extract": "a"}, NOW.checks) == failed_digest(INPUTS, {}, NOW.checks)


def test_a_renamed_need_changes_no_digest_and_another_label_does() -> None:
    renamed = {**INPUTS, "needs": {"p": "B", "q": "A"}}
    other = {**INPUTS, "needs": {"p": "B", "q": "C"}}
    assert inputs_digest(INPUTS) == inputs_digest(renamed) != inputs_digest(other)
    assert failed_digest(INPUTS, {}, NOW.checks) == failed_digest(renamed, {}, {**NOW.checks, "needs": {"p": "1"}})
    assert failed_digest(INPUTS, {}, NOW.checks) != failed_digest(INPUTS, {}, {**NOW.checks, "needs": {"p": "2"}})


def test_changed_checks_are_told_apart_by_where_they_come_from() -> None:
    of_need = compare_checks({**NOW.checks, "needs": {"x": "2"}}, NOW)
    declared = compare_checks({"needs": {"x": "1"}}, NOW)
    assert [one.component for one in of_need.differences] == ["needs"]
    assert [one.component for one in declared.differences] == ["verify.command"]
