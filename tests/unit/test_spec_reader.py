"""A spec file is read as what it says, and refused with every reason at its place."""

import pytest

from specbuild.diagnostic import Diagnostic, Place
from specbuild.spec import Spec
from specbuild.spec_fields import FIELDS, fields_of
from specbuild.spec_reader import read_spec

LEAST = '[file]\nname = "a"\nlanguage = "python"\ndescription = "d"\n[project]\nrequirements = """\nx\ny"""\n'


def spec_of(raw: bytes | str) -> Spec:
    spec, diagnostics = read_spec(raw if isinstance(raw, bytes) else raw.encode(), "specs/s.toml", "s")
    assert spec is not None, diagnostics
    return spec


def test_a_spec_has_its_present_fields_by_their_dotted_names() -> None:
    text = (
        "# x\n"
        + LEAST
        + 'hints = ""\n[build]\ntags = ["a", "b"]\nexecutable = true\nattempts = 2\n[build.parameters]\n'
        + 'temperature = 0.5\nstop = [["x"], {a = 1}]\n[[example]]\nargs = []\n[[example]]\nfiles = {"a/b.txt" = "c"}\n'
    )
    spec, diagnostics = read_spec(text.encode(), "specs/t/s.toml", "t/s")
    assert diagnostics == ()
    assert spec is not None
    assert (spec.id, spec.path) == ("t/s", "specs/t/s.toml")
    assert spec.values == {
        "file.name": "a",
        "file.language": "python",
        "file.description": "d",
        "project.requirements": "x\ny",
        "project.hints": "",
        "build.attempts": 2,
        "build.executable": True,
        "build.tags": ["a", "b"],
        "build.parameters": {"temperature": 0.5, "stop": [["x"], {"a": 1}]},
        "example": [{"args": []}, {"files": {"a/b.txt": "c"}}],
    }
    order = [field.name for field in FIELDS]
    assert list(spec.values) == sorted(spec.values, key=order.index)
    assert spec.places["file"] == Place("specs/t/s.toml", 2, 2)
    assert spec.places["file.name"] == Place("specs/t/s.toml", 3, 1)
    assert spec.places["build.tags.1"].column == 14
    assert {"build.parameters", "build.parameters.stop.1.a", "example", "example.0.args", "example.1"} <= set(
        spec.places
    )
    assert set(spec.values) <= set(spec.places)


@pytest.fixture
def _mode_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    later = fields_of("build")["mode"]._replace(later="is without effect yet", later_for=("agent",))
    monkeypatch.setitem(fields_of("build"), "mode", later)  # type: ignore[arg-type]


@pytest.mark.usefixtures("_mode_comes_later")
def test_notes_come_with_the_spec() -> None:
    spec, [note] = read_spec((LEAST + '[build]\nmode = "agent"\n').encode(), "s.toml", "s")
    assert spec is not None
    assert (note.code, note.severity) == ("SB212", "note")


@pytest.mark.usefixtures("_mode_comes_later")
def test_all_faults_are_told_in_the_order_of_the_file() -> None:
    text = '[build]\natempts = 1\nmode = "agent"\n[file]\nlanguage = "klingon"\nname = 1\n'
    spec, found = read_spec(text.encode(), "s.toml", "s")
    assert spec is None
    assert [(one.code, str(one.place)) for one in found] == [
        ("SB201", "s.toml:1:1"),
        ("SB203", "s.toml:2:1"),
        ("SB212", "s.toml:3:1"),
        ("SB201", "s.toml:4:2"),
        ("SB207", "s.toml:5:1"),
        ("SB204", "s.toml:6:1"),
    ]


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
    why = "any language may be used; only the extension of its files must then be told"
    assert read_spec(LEAST.replace("python", "pyhton").encode(), "s.toml", "s") == (
        None,
        (
            Diagnostic(
                "SB207",
                "the language `pyhton` is not in the table, so its files' extension is not known",
                Place("s.toml", 3, 1),
                why,
                'did you mean `python`? Otherwise write extension = "…" under [file]',
            ),
        ),
    )
    strange = "x" * 70
    [found] = read_spec(LEAST.replace("python", strange).encode(), "s.toml", "s")[1]
    assert found.message == f"the language `{'x' * 59}…` is not in the table, so its files' extension is not known"
    assert found.hint == 'write extension = "…" under [file]'
    [found] = read_spec(LEAST.replace("python", "javascritp").encode(), "s.toml", "s")[1]
    assert found.hint.startswith("did you mean `javascript`? Otherwise ")


def test_a_language_whose_files_have_names_is_anything() -> None:
    unknown = LEAST.replace('"python"', '"pyhton"')
    assert spec_of(unknown.replace("description", 'extension = "py"\ndescription'))
    assert spec_of(unknown + '[build]\noutputs = ["a.py"]\n')
    assert [one.code for one in read_spec((unknown + "[build]\noutputs = 1\n").encode(), "s.toml", "s")[1]] == ["SB204"]


def test_a_language_that_is_no_name_is_told_once() -> None:
    for written in ("1", '" "', "[]"):
        text = LEAST.replace('"python"', written)
        assert len(read_spec(text.encode(), "s.toml", "s")[1]) == 1
    assert "SB207" not in [one.code for one in read_spec(b"file = 1", "s.toml", "s")[1]]


@pytest.mark.parametrize("language", ["Python", "bash", "C++", "javascript"])
def test_a_known_language_in_any_case_needs_none(language: str) -> None:
    assert spec_of(LEAST.replace("python", language))


def test_a_file_that_is_no_toml_has_one_diagnostic() -> None:
    spec, [found] = read_spec(b"\x00" * 9, "s.toml", "s")
    assert spec is None
    assert (found.code, found.place) == ("SB102", Place("s.toml", 1, 1))
