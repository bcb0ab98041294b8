"""Which field decides a target, and through which facet."""

import pytest

from specbuild.canonical_json import Json, short_digest
from specbuild.components import (
    Components,
    Surroundings,
    components_of,
    is_known,
    request_values,
    runs_something,
    shown_examples,
)
from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Place
from specbuild.spec import Spec
from specbuild.spec_fields import FIELDS
from specbuild.target import Target, target_of

BASE: dict[str, Json] = {
    "file.name": "qsort",
    "file.language": "python",
    "file.description": "Sorts.",
    "project.requirements": "Sort numbers.",
    "build.outputs": ["qsort.py", "cli.py"],
    "example": [{"args": ["2", "1"], "stdout": "1 2\n"}],
}
AROUND = Surroundings(
    model="m", service="default", edition=1, template="default", context={}, verify_files={}, needs={}, need_outputs={}
)


def target(**changed: Json) -> Target:
    values = {**BASE, **{name.replace("__", "."): value for name, value in changed.items()}}
    values = {name: value for name, value in values.items() if value is not None}
    spec = Spec("sort/qsort", "specs/sort/qsort.toml", values, dict.fromkeys(values, Place("specs/sort/qsort.toml", 1)))
    made, faults = target_of(spec, ProjectConfiguration())
    assert made is not None, faults
    return made


def components(around: Surroundings = AROUND, **changed: Json) -> Components:
    return components_of(target(**changed), around)


def facets_that_differ(**changed: Json) -> set[str]:
    one, other = components(), components(**changed)
    return {facet for facet in ("inputs", "shape", "checks") if getattr(one, facet) != getattr(other, facet)}


@pytest.mark.parametrize(
    ("changed", "facets"),
    [
        ({"file__name": "other"}, {"inputs"}),
        ({"file__description": "Sorts well."}, {"inputs"}),
        ({"project__requirements": "Sort words."}, {"inputs"}),
        ({"project__hints": "Beware."}, {"inputs"}),
        ({"build__outputs": ["qsort.py"]}, {"inputs"}),
        ({"build__dependencies": ["rich"]}, {"inputs"}),
        ({"interface__text": "def f(): ..."}, {"inputs"}),
        ({"build__parameters": {"temperature": 0}}, {"inputs"}),
        ({"build__mode": "agent"}, {"inputs"}),
        ({"example": [{"args": ["2", "1"], "stdout": "1 2\n"}, {"args": [], "stdout": ""}]}, {"inputs"}),
        ({"build__directory": "elsewhere"}, {"shape"}),
        ({"build__header": False}, {"shape"}),
        ({"build__executable": True}, {"shape"}),
        ({"build__format": ["ruff", "format", "-"]}, {"shape"}),
        ({"build__entry": "cli.py"}, {"checks"}),
        ({"verify__command": ["true"]}, {"checks"}),
        ({"verify__lint": True}, {"checks"}),
        ({"verify__review": True}, {"checks"}),
        ({"example": [*BASE["example"], {"args": [], "hidden": True}]}, {"checks"}),
        ({"example": [{"args": ["2", "1"], "stdout": "1 2\n", "hidden": False}]}, set()),
        ({"build__tags": ["tools"]}, set()),
        ({"build__attempts": 9}, set()),
        ({"build__steps": 9}, set()),
        ({"build__update": "revise"}, set()),
    ],
)  # fmt: skip
def test_a_field_decides_through_its_facet_and_no_other(changed: dict[str, Json], facets: set[str]) -> None:
    assert facets_that_differ(**changed) == facets


def test_the_facets_are_those_of_the_table_of_fields() -> None:
    rows = {row.name: row for row in FIELDS}
    for field in request_values(target().spec):
        if field in rows:
            assert rows[field].facet == "request", field


def test_a_hidden_example_never_stands_in_the_values_of_the_request() -> None:
    spec = target(example=[{"args": ["seen"]}, {"args": ["SECRET"], "hidden": True}]).spec
    assert "SECRET" not in str(request_values(spec))
    assert shown_examples(spec) == [{"args": ["seen"]}]


def test_the_spec_component_has_a_hash_for_each_present_field() -> None:
    assert components().inputs["spec"] == {
        name: short_digest(value) for name, value in BASE.items()
    }  # an absent optional field leaves no trace: a new one makes nothing stale


def test_model_service_edition_template_context_and_needs_are_components_of_their_own() -> None:
    moved = {
        "model": "n", "service": "s", "edition": 2, "template": {"t.jinja": "0" * 16}, "context": {"a.md": "0" * 16},
        "needs": {"b": "python/1:0"},
    }  # fmt: skip
    for name, value in moved.items():
        one, other = components(), components(AROUND._replace(**{name: value}))
        assert {part for part in one.inputs if one.inputs[part] != other.inputs[part]} == {name}
        assert (one.shape, one.checks) == (other.shape, other.checks)


def test_outputs_of_needs_matter_only_to_a_target_that_runs_something() -> None:
    around = AROUND._replace(need_outputs={"a": "0" * 16}, needs={"a": "python/1:0"})
    assert components(around).checks["needs"] == {"a": "0" * 16}
    assert components(around, example=None).checks["needs"] == {}
    assert components(around, example=None, verify__command=["true"]).checks["needs"] == {"a": "0" * 16}


def test_verify_files_are_known_by_their_content() -> None:
    around = AROUND._replace(verify_files={"tests/t.py": "0" * 16})
    assert components(around, verify__files=["tests/t.py"]).checks["verify.files"] == {"tests/t.py": "0" * 16}


def test_something_runs_with_an_example_or_a_command() -> None:
    assert runs_something(target().spec)
    assert runs_something(target(example=None, verify__command=["true"]).spec)
    assert not runs_something(target(example=None, verify__lint=True).spec)


def test_components_are_known_if_every_label_is() -> None:
    assert is_known(components())
    assert is_known(components(AROUND._replace(needs={"a": "python/1:0"})))
    assert not is_known(components(AROUND._replace(needs={"a": "python/1:0", "b": None})))


def test_components_stand_as_they_would_in_a_stanza() -> None:
    hidden: dict[str, Json] = {"args": ["9"], "stdout": "9\n", "hidden": True}
    around = Surroundings(
        model=None, service="s", edition=3, template={"t.jinja": "0" * 16}, context={"a.md": "1" * 16},
        verify_files={"tests/t.py": "2" * 16}, needs={"x": None, "y": "python/1:3"}, need_outputs={"x": None, "y": "4"},
    )  # fmt: skip
    found = components(
        around,
        example=[{"args": ["1"], "hidden": False}, hidden],
        build__parameters={"temperature": 0.5},
        build__header=False,
        build__directory="out",
        build__entry="cli.py",
        verify__files=["tests/t.py"],
        verify__command=["true"],
        verify__lint=False,
    )
    assert found.inputs == {
        "context": {"a.md": "1" * 16},
        "edition": 3,
        "mode": "single",
        "model": None,
        "needs": {"x": None, "y": "python/1:3"},
        "parameters": short_digest({"temperature": 0.5}),
        "service": "s",
        "spec": {
            **{name: short_digest(value) for name, value in BASE.items() if name != "example"},
            "example": short_digest([{"args": ["1"]}]),
        },
        "template": {"t.jinja": "0" * 16},
    }
    assert found.shape == {"build.header": short_digest(False), "build.directory": short_digest("out")}
    assert found.checks == {
        "needs": {"x": None, "y": "4"},
        "example": short_digest([hidden]),
        "build.entry": short_digest("cli.py"),
        "verify.files": {"tests/t.py": "2" * 16},
        "verify.command": short_digest(["true"]),
        "verify.lint": short_digest(False),
    }
    assert not is_known(found)


def test_the_values_of_the_request_are_sorted_and_end_with_the_shown_examples() -> None:
    assert list(request_values(target(interface__text="def f(): ...", build__header=False).spec)) == [
        "build.outputs",
        "file.description",
        "file.language",
        "file.name",
        "interface.text",
        "project.requirements",
        "example",
    ]
    hidden_only = target(example=[{"args": [], "hidden": True}]).spec
    assert "example" not in request_values(hidden_only)
    assert runs_something(hidden_only)
    assert shown_examples(target(example=None).spec) == []
