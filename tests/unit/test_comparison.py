"""How what decides a target now stands to what decided a locked build."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.canonical_json import Json
from specbuild.comparison import (
    Comparison,
    Difference,
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


def test_differences_come_by_component_and_field_with_both_values() -> None:
    found = request({"needs": {"x": "A", "z": "C"}, "model": None, "spec": {"file.name": "o"}})
    assert found.differences == (
        Difference("request", "model", "", "m", None),
        Difference("request", "needs", "y", "B", None),
        Difference("request", "needs", "z", None, "C"),
        Difference("request", "spec", "file.name", "n", "o"),
        Difference("request", "spec", "project.requirements", "r", None),
    )
    assert request({"template": {"t": "1"}}).differences == (
        Difference("request", "template", "", "default", {"t": "1"}),
    )
    assert request({"needs": {"x": "C", "y": None}}).differences == (Difference("request", "needs", "x", "A", "C"),)


def test_a_component_that_one_side_lacks_is_told_whole() -> None:
    assert compare_checks({}, NOW).differences == (
        Difference("checks", "needs", "", None, {"x": "1"}),
        Difference("checks", "verify.command", "", None, "v"),
    )
    checks = {**NOW.checks, "verify.files": {"a": "1"}}
    assert compare_checks(checks, NOW).differences == (Difference("checks", "verify.files", "", {"a": "1"}, None),)
    shape = {"build.header": "h", "build.format": "f"}
    assert compare_shape(shape, NOW).differences == (Difference("shape", "build.format", "", "f", None),)


def test_of_a_request_only_the_components_of_now_are_compared() -> None:
    assert compare_request({**INPUTS, "old": 1}, NOW, accepted=False).answer == "equal"
    assert compare_request({"needs": {}}, NOW, accepted=True).differences == (
        Difference("request", "context", "", None, {"a.md": "c1"}),
        Difference("request", "needs", "x", None, "A"),
        Difference("request", "needs", "y", None, "B"),
        Difference("request", "spec", "", None, INPUTS["spec"]),
    )


def test_a_need_of_the_checks_may_be_unknown_too() -> None:
    now = replace(NOW, checks={"needs": {"x": None}, "verify.command": "v"})
    assert compare_checks(NOW.checks, now) == Comparison("unknown", ())
    assert compare_checks({**NOW.checks, "verify.command": "w"}, now).answer == "differs"


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


def test_the_digests_are_pinned() -> None:
    shape: dict[str, Json] = {"build.header": "h", "extract": "x"}
    assert inputs_digest(INPUTS) == "3f51a7ec04e00d9e0eee541857032686319ab1a07e55b4355aa4ad0d30b2529f"
    failed = failed_digest(INPUTS, shape, NOW.checks)
    assert failed == "9a4f2416e9a220acdb83d2d88097966b05d3d109de4b05a74cbc4d97817d3dce"
    unknown = {**NOW.checks, "needs": {"x": None}}
    assert failed_digest(INPUTS, shape, unknown) == failed_digest(INPUTS, shape, {**unknown, "needs": {"x": "None"}})
    assert failed_digest(INPUTS, {}, NOW.checks) != failed
    assert shape == {"build.header": "h", "extract": "x"}


def test_changed_checks_are_told_apart_by_where_they_come_from() -> None:
    of_need = compare_checks({**NOW.checks, "needs": {"x": "2"}}, NOW)
    declared = compare_checks({"needs": {"x": "1"}}, NOW)
    assert [one.component for one in of_need.differences] == ["needs"]
    assert [one.component for one in declared.differences] == ["verify.command"]
