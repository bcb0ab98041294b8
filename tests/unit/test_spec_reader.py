"""A spec file is read as what it says, and refused with every reason at its place."""

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
LEAST = '[file]\nname = "a"\nlanguage = "python"\ndescription = "d"\n[project]\nrequirements = """\nx\ny"""\n'


def spec_of(raw: bytes | str) -> Spec:
    spec, diagnostics = read_spec(raw if isinstance(raw, bytes) else raw.encode(), "specs/s.toml", "s")
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


@pytest.mark.parametrize("sample", VALID, ids=lambda sample: sample.stem)
def test_a_valid_sample_is_read_and_can_be_hashed(sample: Path) -> None:
    spec, diagnostics = read_spec(sample.read_bytes(), sample.name, sample.stem)
    assert spec is not None
    assert {one.severity for one in diagnostics} <= {"note"}
    assert canonical_json(dict(spec.values))
    assert set(spec.values) <= set(spec.places)


@pytest.mark.parametrize("sample", INVALID, ids=lambda sample: sample.stem)
def test_an_invalid_sample_is_refused_as_expected(sample: Path) -> None:
    spec, diagnostics = read_spec(sample.read_bytes(), sample.name, sample.stem)
    assert spec is None
    assert as_text(diagnostics) == sample.with_suffix(".expected").read_text(encoding="utf-8")


def test_the_sample_of_every_field_has_every_field() -> None:
    spec = spec_of((SAMPLES / "valid" / "every_field.toml").read_bytes())
    assert set(spec.values) == {field.name for field in FIELDS if field.table != "example"}
    examples = spec.values["example"]
    assert isinstance(examples, list)
    assert set(examples[0]) == {field.key for field in FIELDS if field.table == "example"}
    assert (spec.places["example.1"].line, spec.places["build.parameters.seed"].line) == (52, 33)
    assert (spec.places["build.needs.1"].line, spec.places["build.needs.1"].column) == (15, 19)


def test_texts_of_the_older_format_arrive_as_they_are() -> None:
    spec = spec_of((SAMPLES / "valid" / "older_format.toml").read_bytes())
    assert spec.text("project.requirements").endswith("   Keep   the blanks \\ and the backslash.\n")
    assert spec.text("project.hints", "absent") == ""


@pytest.mark.parametrize(
    "other",
    [
        LEAST.replace("\n", "\r\n"),
        "\ufeff" + LEAST,
        "# a remark\n\n" + LEAST,
        LEAST.replace('"a"', "'a'").replace(" = ", "="),
        '[project]\nrequirements = "x\\ny"\n[file]\ndescription = "d"\nlanguage = "python"\nname = "a"\n',
        'project.requirements = "x\\u000ay"\nfile = {name = "a", "language" = "python", description = "d"}\n',
    ],
)
def test_two_files_of_the_same_values_are_the_same_spec(other: str) -> None:
    assert spec_of(other).values == spec_of(LEAST).values


def test_one_changed_blank_is_another_spec() -> None:
    assert spec_of(LEAST.replace("x\ny", "x\n y")).values != spec_of(LEAST).values


def test_an_unknown_language_needs_an_extension_and_says_so() -> None:
    spec, [found] = read_spec(LEAST.replace("python", "pyhton").encode(), "s.toml", "s")
    assert spec is None
    assert (found.code, str(found.place)) == ("SB207", "s.toml:3:1")
    assert "extension" in found.hint
    assert "`python`" in found.hint
    unknown = LEAST.replace('"python"', '"pyhton"')
    assert spec_of(unknown.replace("description", 'extension = "py"\ndescription'))
    assert spec_of(unknown + '[build]\noutputs = ["a.py"]\n')


@pytest.mark.parametrize("language", ["Python", "bash", "C++", "javascript"])
def test_a_known_language_in_any_case_needs_none(language: str) -> None:
    assert spec_of(LEAST.replace("python", language))


def test_a_file_that_is_no_toml_has_one_diagnostic() -> None:
    assert [one.code for one in read_spec(b"\x00" * 9, "s.toml", "s")[1]] == ["SB102"]
