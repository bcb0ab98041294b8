from dataclasses import replace

import pytest

from specbuild.canonical_json import Digest, digest
from specbuild.chronicle import IterationRow, Rates, TargetChange, differences, iteration_row, module_rows, rates_of
from specbuild.iteration import Iteration, ModuleMeasure, Portion, SecondStage
from specbuild.keys import ReplyKey
from specbuild.stanza import OutputState, ReplyPin, Stanza

ITERATION = Iteration(
    number=1, parent=None, what="Mend the swapped letters", tests=None, settings={}, inputs={}, package={}, modules={},
    module_share=Portion(1, 2), line_share=Portion(12, 20), calls=1, input_tokens=100, output_tokens=None,
    second_stage=SecondStage("stage", 1, 1),
)  # fmt: skip
INPUTS = {
    "context": {"docs/a.md": "1"}, "edition": 1, "mode": "single", "model": "m", "needs": {"self/y": "python/1:1"},
    "parameters": "p", "service": "default", "spec": {"file.name": "1", "project.requirements": "2"},
    "template": "default",
}  # fmt: skip
STANZA = Stanza(
    INPUTS,
    shape={"build.header": "1", "extract": "sentinel/1"},
    checks={"needs": {"self/y": "1"}, "verify.command": "1", "verify.files": {"t.py": "1"}},
    outputs={"pkg/x.py": OutputState("644", digest("x"))},
    reply=ReplyPin(2, ReplyKey("b" * 64), 0, Digest("c" * 64)),
)


def changed(**inputs: object) -> Stanza:
    return replace(STANZA, inputs={**INPUTS, **inputs})  # type: ignore[dict-item]


def test_a_row_tells_targets_that_are_new_gone_or_have_another_spec() -> None:
    before = {"self/a": STANZA, "self/b": STANZA, "self/gone": STANZA}
    after = {
        "self/a": changed(spec={"file.name": "1", "project.requirements": "3"}),
        "self/b": STANZA,
        "self/c": STANZA,
    }
    row = iteration_row(ITERATION, after, before)
    assert (row.added, row.removed, row.changed) == (("self/c",), ("self/gone",), ("self/a",))
    assert row == IterationRow(ITERATION, row.added, row.removed, row.changed)
    assert iteration_row(ITERATION, after, {}).added == ("self/a", "self/b", "self/c")
    none = iteration_row(ITERATION, {}, dict(reversed(before.items())))
    assert none == (ITERATION, (), ("self/a", "self/b", "self/gone"), ())


def test_changed_targets_come_by_id_whatever_the_order_of_the_lock() -> None:
    now, before = changed(model="another"), {"self/b": STANZA, "self/a": STANZA}
    assert iteration_row(ITERATION, {"self/b": now, "self/a": now}, before).changed == ("self/a", "self/b")


def test_a_changed_need_context_or_test_is_no_changed_spec() -> None:
    for after in (
        changed(needs={"self/y": "python/1:2"}),
        changed(context={"docs/a.md": "2"}),
        replace(STANZA, checks={**STANZA.checks, "verify.files": {"t.py": "2"}}),
        replace(STANZA, shape={**STANZA.shape, "extract": "fence/1"}),
    ):
        assert iteration_row(ITERATION, {"self/a": after}, {"self/a": STANZA}).changed == ()


def test_a_changed_header_command_or_model_is_a_changed_spec() -> None:
    for after in (
        replace(STANZA, shape={"extract": "sentinel/1"}),
        replace(STANZA, checks={**STANZA.checks, "verify.command": "2"}),
        changed(model="another"),
    ):
        assert iteration_row(ITERATION, {"self/a": after}, {"self/a": STANZA}).changed == ("self/a",)


def test_differences_name_component_and_field() -> None:
    after = changed(spec={"file.name": "1", "project.requirements": "3"}, context={"docs/b.md": "1"})
    found = [(one.component, one.field, one.before, one.after) for one in differences(STANZA, after)]
    assert sorted(found, key=str) == [
        ("context", "docs/a.md", "1", None),
        ("context", "docs/b.md", None, "1"),
        ("spec", "project.requirements", "2", "3"),
    ]
    assert differences(STANZA, STANZA) == ()


def test_differences_come_by_facet_request_first() -> None:
    after = replace(
        changed(model="another"),
        shape={"build.header": "2", "extract": "sentinel/1"},
        checks={"needs": {"self/y": "2"}, "verify.command": "2", "verify.files": {"t.py": "1"}},
    )
    found = [(one.facet, one.component) for one in differences(STANZA, after)]
    assert found == [
        ("request", "model"), ("shape", "build.header"), ("checks", "needs"), ("checks", "verify.command"),
    ]  # fmt: skip


def test_how_a_reply_was_extracted_or_came_to_be_is_no_difference() -> None:
    for after in (
        replace(STANZA, shape={**STANZA.shape, "extract": "fence/1"}),
        replace(STANZA, shape={"build.header": "1"}),
        replace(STANZA, outputs={}, reply=None, origin="accepted", evidence={"python": "3.11"}),
        changed(needs={"self/renamed": "python/1:1"}),
    ):
        assert differences(STANZA, after) == differences(after, STANZA) == ()


def test_modules_come_with_their_pins_by_id() -> None:
    iteration = replace(ITERATION, modules={"self/z": ModuleMeasure(3, 0.0), "self/x": ModuleMeasure(12, 0.08)})
    rows = module_rows(iteration, {"self/x": STANZA, "self/z": replace(STANZA, reply=None, outputs={})})
    assert [one.id for one in rows] == ["self/x", "self/z"]
    assert rows[0] == ("self/x", 12, 0.08, 2, "b" * 64, ("pkg/x.py",))
    assert (rows[1].attempts, rows[1].reply, rows[1].outputs) == (0, "", ())
    state = STANZA.outputs["pkg/x.py"]
    rows = module_rows(
        iteration, dict.fromkeys(("self/x", "self/z"), replace(STANZA, outputs={"b": state, "a": state}))
    )
    assert rows[1].outputs == ("a", "b")
    with pytest.raises(KeyError):
        module_rows(iteration, {})


def test_a_target_of_only_one_iteration_has_no_changes() -> None:
    assert TargetChange("self/x", "added") == ("self/x", "added", ())


def test_a_conversation_passed_if_a_pin_names_it_and_counts_once_by_its_earliest_turn() -> None:
    def pin(key: str, attempts: int) -> ReplyPin:
        return ReplyPin(attempts, ReplyKey(key), 0, Digest("r"))

    rates = rates_of(["a", "b", "c", "d", "a"], [pin("a", 1), pin("b", 3), pin("c", 2), pin("c", 1), pin("else", 1)])
    assert rates == Rates(4, 2, 1)
    assert rates.never == 1
    assert rates_of([], []) == Rates(0, 0, 0)
    assert rates_of(iter(["c", "c"]), [pin("c", 1), pin("c", 3)]) == Rates(1, 1, 0)
