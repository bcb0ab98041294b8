"""A project's configuration: each key read once and placed, each fault told, a key with a fault at its default."""

import pytest

from specbuild.configuration import IterationSettings, ProjectConfiguration
from specbuild.configuration_keys import KEYS, KeyFault, refusal
from specbuild.configuration_reader import read_project_configuration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.nearest import did_you_mean
from specbuild.toml_text import TomlDocument, read_toml

PYPROJECT = ("tool", "specbuild")


def document(text: str, path: str = "specbuild.toml") -> TomlDocument:
    read = read_toml(text.encode(), path)
    assert isinstance(read, TomlDocument), read
    return read


def project(text: str) -> tuple[ProjectConfiguration, tuple[Diagnostic, ...]]:
    return read_project_configuration(document(text), "specbuild.toml")


def pyproject(text: str) -> tuple[ProjectConfiguration, tuple[Diagnostic, ...]]:
    return read_project_configuration(document(text, "pyproject.toml"), "pyproject.toml", table=PYPROJECT)


def key_fault(name: str, value: object) -> KeyFault:
    (row,) = (row for row in KEYS if row.name == name)
    found = row.read(value, name)
    assert isinstance(found, KeyFault)
    return found


def test_a_project_without_configuration_has_the_defaults() -> None:
    assert read_project_configuration(None, "") == (ProjectConfiguration(), ())
    assert read_project_configuration(None, "pyproject.toml", table=PYPROJECT) == (ProjectConfiguration(), ())


@pytest.mark.parametrize("text", ["", "[tool.other]\nx = 1", "tool = 3", "[[tool]]\nspecbuild = 3", "specbuild = {}"])
def test_a_pyproject_without_the_table_has_the_defaults(text: str) -> None:
    assert pyproject(text) == (ProjectConfiguration(), ())


@pytest.mark.parametrize("value", ['"x"', "[1]", "false", "0", '""', "[]"])
def test_something_else_in_place_of_the_table_is_told(value: str) -> None:
    expected = Diagnostic("SB402", "tool.specbuild must be a table", Place("pyproject.toml", 2, 1))
    assert pyproject(f"[tool]\nspecbuild = {value}\n") == (ProjectConfiguration(path="pyproject.toml"), (expected,))


def test_an_empty_table_is_a_configuration() -> None:
    assert project("") == (ProjectConfiguration(path="specbuild.toml"), ())
    assert pyproject("[tool.specbuild]") == (ProjectConfiguration(path="pyproject.toml"), ())


def test_every_key_is_read_and_placed() -> None:
    text = """
edition = 1
specs = "./requirements/"
outputs = "."
cache = "kept"
model = "m-1"
service = "box"
template = "prompts/own.jinja"
python = "python3.12"
commit_outputs = true
jobs = 4
max_calls = 0
max_tokens = 100_000
max_cost = 2
change_depth = 5
[parameters]
temperature = 0.2
stop = ["x"]

[iterate]
specs = "self/"
package = "./tool"
tests = ["python", "-m", "pytest"]
"""
    configuration, faults = project(text)
    assert faults == ()
    assert configuration == ProjectConfiguration(
        path="specbuild.toml",
        specs="requirements",
        outputs=".",
        cache="kept",
        model="m-1",
        service="box",
        template="prompts/own.jinja",
        parameters={"temperature": 0.2, "stop": ["x"]},
        python="python3.12",
        commit_outputs=True,
        jobs=4,
        max_calls=0,
        max_tokens=100_000,
        max_cost=2.0,
        change_depth=5,
        iteration=IterationSettings("self", "tool", ("python", "-m", "pytest")),
        places=configuration.places,
    )
    assert configuration.places["model"] == Place("specbuild.toml", 6, 1)
    assert configuration.places["parameters"] == Place("specbuild.toml", 16, 2)
    assert configuration.places["parameters.stop"] == Place("specbuild.toml", 18, 1)
    assert configuration.places["iteration"] == Place("specbuild.toml", 20, 2)
    assert {name for name in configuration.places if "." not in name} == {row.fills or row.name for row in KEYS}
    assert {name for name in configuration.places if "." in name} == {"parameters.temperature", "parameters.stop"}


def test_a_value_that_is_false_is_kept_and_placed() -> None:
    configuration, faults = project("commit_outputs = false\nmax_cost = 0\nparameters = {}")
    assert faults == ()
    assert set(configuration.places) == {"commit_outputs", "max_cost", "parameters"}
    assert (configuration.commit_outputs, configuration.max_cost, configuration.parameters) == (False, 0.0, {})


def test_the_table_in_pyproject_is_read_with_its_places() -> None:
    configuration, faults = pyproject('[tool.specbuild]\nmodel = "m"\n[tool.specbuild.parameters]\ntop_p = 1\n')
    assert faults == ()
    assert (configuration.path, configuration.model) == ("pyproject.toml", "m")
    assert configuration.places == {
        "model": Place("pyproject.toml", 2, 1),
        "parameters": Place("pyproject.toml", 3, 17),
        "parameters.top_p": Place("pyproject.toml", 4, 1),
    }


def test_what_has_no_place_in_the_document_is_placed_at_the_file() -> None:
    bare = TomlDocument({"model": "m", "modle": "x"}, {}, "")
    configuration, (fault,) = read_project_configuration(bare, "f.toml")
    assert configuration.places == {"model": Place("f.toml")}
    assert fault.place == Place("f.toml")


def test_an_unknown_key_is_told_with_the_one_that_was_meant() -> None:
    configuration, (fault,) = pyproject('[tool.specbuild]\nmodle = "x"\n')
    hint = "did you mean `model`?"
    assert fault == Diagnostic("SB401", "there is no setting `modle`", Place("pyproject.toml", 2, 1), hint=hint)
    assert configuration == ProjectConfiguration(path="pyproject.toml")
    _, (fault,) = project("zzzzzzzz = 1")
    assert fault.hint == did_you_mean("zzzzzzzz", [row.name for row in KEYS])
    assert fault.hint.startswith("known are `edition`, `specs`, `outputs`, ")


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ('base_url = "http://x"', "base_url", "http://x"),
        ("service = { box = 1 }", "service", {"box": 1}),
        ("Sandbox-Options = 1", "Sandbox-Options", 1),
    ],
)
def test_a_key_that_no_repository_may_set_is_refused_with_its_reason(line: str, name: str, value: object) -> None:
    configuration, faults = project(line)
    refused = refusal(name, value)
    assert refused is not None
    what, hint = f"`{name}` can't be set by a repository", f"set it {refused.where}"
    assert faults == (Diagnostic("SB404", what, Place("specbuild.toml", 1, 1), refused.why, hint),)
    assert configuration == ProjectConfiguration(path="specbuild.toml")


@pytest.mark.parametrize(
    ("line", "name", "value", "column"),
    [
        ("edition = 0", "edition", 0, 1),
        ("jobs = true", "jobs", True, 1),
        ('cache = "."', "cache", ".", 1),
        ('specs = "../x"', "specs", "../x", 1),
        ("parameters = 1", "parameters", 1, 1),
        ("parameters = { a = 1, n = nan }", "parameters", {"a": 1, "n": float("nan")}, 23),
        ("iterate = { specs = 's', package = '..' }", "iterate", {"specs": "s", "package": ".."}, 26),
    ],
)
def test_a_wrong_value_is_told_where_it_stands_and_the_default_kept(
    line: str, name: str, value: object, column: int
) -> None:
    expected = key_fault(name, value)
    configuration, faults = project(line)
    place = Place("specbuild.toml", 1, column)
    assert faults == (Diagnostic(expected.code, expected.message, place, expected.why, expected.hint),)
    assert configuration == ProjectConfiguration(path="specbuild.toml")


def test_faults_come_in_the_order_of_the_keys_and_sound_keys_are_kept_beside_them() -> None:
    text = 'jobs = 0\nmodel = "m"\nnope = 1\nargv = []\ncommit_outputs = 1\nspecs = "cache"\n'
    configuration, faults = project(text)
    assert [(fault.code, fault.place and fault.place.line) for fault in faults] == [
        ("SB402", 1),
        ("SB401", 3),
        ("SB404", 4),
        ("SB402", 5),
        ("SB405", 6),
    ]
    assert (configuration.model, configuration.specs, configuration.jobs) == ("m", "cache", None)
    assert set(configuration.places) == {"model", "specs"}


@pytest.mark.parametrize(
    ("text", "places", "what"),
    [
        ('cache = "build/cache"', [(1, 1)], "the folders of outputs (`build`) and cache (`build/cache`) overlap"),
        ('specs = "CACHE/specs"', [(1, 1)], "the folders of specs (`CACHE/specs`) and cache (`cache`) overlap"),
        ('outputs = "a/b"\ncache = "A"', [(2, 1), (1, 1)], "the folders of outputs (`a/b`) and cache (`A`) overlap"),
        (
            '[iterate]\nspecs = "self"\npackage = "cache"',
            [(1, 2)],
            "the folders of iteration (`cache`) and cache (`cache`) overlap",
        ),
    ],
)
def test_the_cache_lies_beside_the_other_folders(text: str, places: list[tuple[int, int]], what: str) -> None:
    first, *others = (Place("specbuild.toml", *place) for place in places)
    _, faults = project(text)
    assert faults == (Diagnostic("SB405", what, first, hint="choose folders side by side", also=tuple(others)),)


def test_the_cache_may_overlap_with_more_than_one() -> None:
    configuration, faults = project(
        'cache = "a"\nspecs = "a/s"\noutputs = "a/b"\niterate.specs="i"\niterate.package="A"'
    )
    assert [fault.message.split()[3] for fault in faults] == ["specs", "outputs", "iteration"]
    assert (configuration.cache, configuration.specs, configuration.outputs) == ("a", "a/s", "a/b")


@pytest.mark.parametrize(
    "text",
    [
        'cache = "builds"',
        'cache = "a/cache"\nspecs = "a/specs"',
        'specs = "."\noutputs = "."',
        'specs = "x"\noutputs = "x"',
        'iterate = { specs = "x", package = "build" }',
    ],
)
def test_other_folders_may_lie_as_they_like(text: str) -> None:
    assert project(text)[1] == ()
