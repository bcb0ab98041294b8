"""The samples of specs: each valid one is read, each invalid one refused with the expected text."""

from pathlib import Path

import pytest

from specbuild.canonical_json import canonical_json
from specbuild.diagnostic import Diagnostic
from specbuild.spec import Spec
from specbuild.spec_fields import FIELDS
from specbuild.spec_reader import read_spec

SAMPLES = Path(__file__).parent.parent / "specs"
VALID = sorted((SAMPLES / "valid").glob("*.toml"))
INVALID = sorted((SAMPLES / "invalid").glob("*.toml"))


def sample(name: str) -> Spec:
    spec, diagnostics = read_spec((SAMPLES / "valid" / name).read_bytes(), "specs/s.toml", "s")
    assert spec is not None, diagnostics
    return spec


def as_text(diagnostics: tuple[Diagnostic, ...]) -> str:
    lines = []
    for one in diagnostics:
        lines.append(f"{one.place}: {one.code} {one.severity}: {one.message}")
        lines += [f"    also: {place}" for place in one.also]
        lines += [f"    why: {one.why}"] if one.why else []
        lines += [f"    hint: {one.hint}"] if one.hint else []
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_sample_is_read_and_can_be_hashed(path: Path) -> None:
    spec, diagnostics = read_spec(path.read_bytes(), path.name, path.stem)
    assert spec is not None
    assert {one.severity for one in diagnostics} <= {"note"}
    assert canonical_json(dict(spec.values))
    assert set(spec.values) <= set(spec.places)


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_sample_is_refused_as_expected(path: Path) -> None:
    spec, diagnostics = read_spec(path.read_bytes(), path.name, path.stem)
    assert spec is None
    assert as_text(diagnostics) == path.with_suffix(".expected").read_text(encoding="utf-8")


def test_the_sample_of_every_field_has_every_field() -> None:
    spec = sample("every_field.toml")
    assert set(spec.values) == {field.name for field in FIELDS if field.table != "example"}
    examples = spec.values["example"]
    assert isinstance(examples, list)
    assert set(examples[0]) == {field.key for field in FIELDS if field.table == "example"}
    assert (spec.places["example.1"].line, spec.places["build.parameters.seed"].line) == (52, 33)
    assert (spec.places["build.needs.1"].line, spec.places["build.needs.1"].column) == (15, 19)


def test_texts_of_the_older_format_arrive_as_they_are() -> None:
    spec = sample("older_format.toml")
    assert spec.text("project.requirements").endswith("   Keep   the blanks \\ and the backslash.\n")
    assert spec.text("project.hints", "absent") == ""
