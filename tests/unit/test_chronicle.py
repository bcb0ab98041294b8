from dataclasses import replace

from specbuild.canonical_json import Digest, digest
from specbuild.chronicle import Rates, differences, iteration_row, module_rows, rates_of
from specbuild.iteration import ModuleMeasure
from specbuild.keys import ReplyKey
from specbuild.stanza import OutputState, ReplyPin, Stanza
from tests.unit.test_iteration import ITERATION

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
    assert iteration_row(ITERATION, after, {}).added == ("self/a", "self/b", "self/c")


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


def test_modules_come_with_their_pins_by_id() -> None:
    iteration = replace(ITERATION, modules={"self/z": ModuleMeasure(3, 0.0), "self/x": ModuleMeasure(12, 0.08)})
    rows = module_rows(iteration, {"self/x": STANZA, "self/z": replace(STANZA, reply=None, outputs={})})
    assert [one.id for one in rows] == ["self/x", "self/z"]
    assert rows[0] == ("self/x", 12, 0.08, 2, "b" * 64, ("pkg/x.py",))
    assert (rows[1].attempts, rows[1].reply, rows[1].outputs) == (0, "", ())


def test_a_conversation_passed_if_a_pin_names_it_and_counts_once_by_its_earliest_turn() -> None:
    def pin(key: str, attempts: int) -> ReplyPin:
        return ReplyPin(attempts, ReplyKey(key), 0, Digest("r"))

    rates = rates_of(["a", "b", "c", "d", "a"], [pin("a", 1), pin("b", 3), pin("c", 2), pin("c", 1), pin("else", 1)])
    assert rates == Rates(4, 2, 1)
    assert rates.never == 1
    assert rates_of([], []) == Rates(0, 0, 0)
