"""The lines that a draft of a goal's spec has for certain, and its id."""

import re

import pytest
import tomli

from specbuild.goal_lines import ALLOWED, Given, given_of, given_text, id_of_goal, wrong_fields

AGENT = given_of("tools/sort", mode="agent", language="", directory="build/tools/sort")
PYTHON = {**AGENT.values, "file.language": "python", "file.description": "d", "project.requirements": "r"}
SHELL = {
    **{key: value for key, value in PYTHON.items() if key != "verify.command"},
    "file.language": "shell",
    "build.outputs": ["*.sh"],
}
SINGLE = given_of("sort", mode="single", language="", directory="x")


@pytest.mark.parametrize(
    ("goal", "wanted"),
    [
        ("Print hello world.", "print_hello_world"),
        ("Please write me a Python script that renames photos by date taken", "renames_photos_by_date"),
        ("It's a tool for the café", "cafe"),
        ("Write a program", "program"),
        ("Напиши программу", "program"),
        ("A", "program"),
        ("", "program"),
        ("Don't panic: 42 answers!", "dont_panic_42_answers"),
        ("ﬁnd Ⅻ Ünïcode", "find_xii_unicode"),
        ("sort_lines of-numbers", "sort_lines_numbers"),
        ("please I want an application as a command from our own simple words", "own_words"),
        (f"{'a' * 20} {'b' * 19} c", f"{'a' * 20}_{'b' * 19}"),
        (f"{'a' * 20} {'b' * 20}", "a" * 20),
        ("../../etc/passwd \0", "etc_passwd"),
        ("x" * 1000, "x" * 40),
        ("Pneumonoultramicroscopicsilicovolcanoconiosis explained", "pneumonoultramicroscopicsilicovolcanocon"),
        ("antidisestablishmentarianism antidisestablishmentarianism", "antidisestablishmentarianism"),
    ],
)
def test_an_id_is_made_of_the_words_that_say_something(goal: str, wanted: str) -> None:
    assert id_of_goal(goal) == wanted
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", wanted) and len(wanted) <= 40


def test_the_given_lines_are_toml_with_the_same_values() -> None:
    read = tomli.loads(given_text(AGENT))
    assert read["file"] == {"name": "sort"}
    assert read["build"]["directory"] == "build/tools/sort" and read["build"]["mode"] == "agent"
    assert read["verify"]["command"][-1] == "build/tools/sort"
    assert tomli.loads(given_text(SINGLE)) == {"file": {"name": "sort"}}
    fixed = given_of("sort", mode="agent", language="shell", directory="sort")
    assert tomli.loads(given_text(fixed)) == {
        "file": {"name": "sort", "language": "shell"},
        "build": {"mode": "agent", "update": "revise", "directory": "sort"},
    }


def test_the_given_lines_are_written_letter_by_letter() -> None:
    assert given_text(AGENT) == (
        '[file]\nname = "sort"\n\n[build]\nmode = "agent"\nupdate = "revise"\ndirectory = "build/tools/sort"\n'
        'outputs = ["*.py", "tests/*.py"]\n\n[verify]\n'
        'command = ["python", "-m", "pytest", "-q", "-o", "pythonpath=build/tools/sort", "build/tools/sort"]\n'
    )
    assert given_text(Given("single", "", {})) == ""
    mixed = Given("single", "", {"a.x.y": "1", "b.z": True, "a.w": ["q"]})
    assert given_text(mixed) == '[a]\nx.y = "1"\nw = ["q"]\n\n[b]\nz = true\n'


def test_the_given_values_are_these() -> None:
    assert (AGENT.mode, AGENT.language) == ("agent", "")
    assert dict(AGENT.values) == {
        "file.name": "sort",
        "build.mode": "agent",
        "build.update": "revise",
        "build.directory": "build/tools/sort",
        "build.outputs": ("*.py", "tests/*.py"),
        "verify.command": ("python", "-m", "pytest", "-q", "-o", "pythonpath=build/tools/sort", "build/tools/sort"),
    }
    assert list(AGENT.values)[1:] == list(given_of("x", mode="agent", language="python", directory="y").values)[2:]
    assert given_of("x", mode="single", language="go", directory="y") == Given(
        "single", "go", {"file.name": "x", "file.language": "go"}
    )
    fixed = given_of("x", mode="agent", language="Python3", directory="y")
    assert list(fixed.values) == ["file.name", "file.language", "build.mode", "build.update", "build.directory"]
    assert ALLOWED == (
        "file.name",
        "file.language",
        "file.extension",
        "file.description",
        "project.requirements",
        "project.specs",
        "project.hints",
        "build.dependencies",
        "example",
    )


@pytest.mark.parametrize(
    "values",
    [
        PYTHON,
        SHELL,
        {**PYTHON, "file.language": "Python"},
        {**PYTHON, "file.language": "py"},
        {**PYTHON, "build.outputs": ["*.py", "tests/*.py"]},
        {key: value for key, value in SHELL.items() if key not in ("build.outputs", "file.language")},
        {**SHELL, "file.language": "klingon", "file.extension": "kl", "example": [{}]},
    ],
)
def test_a_draft_with_its_given_lines_has_nothing_wrong(values: dict[str, object]) -> None:
    assert list(wrong_fields(values, AGENT)) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"build.mode": "single"}, 'the given line `mode = "agent"` is missing or changed'),
        ({"build.directory": "."}, 'the given line `directory = "build/tools/sort"` is missing or changed'),
        ({"build.outputs": ["*"]}, "the given line `outputs ="),
        ({"verify.command": ["rm", "-rf", "/"]}, "the given line `command ="),
        ({"file.language": "shell"}, "`verify.command` has a place in the specification of a Python program alone"),
        ({"verify.files": ["x"]}, "`verify.files` has no place in this specification"),
        ({"build.context": ["secret.md"]}, "`build.context` has no place"),
        ({"build.service": "other"}, "`build.service` has no place"),
        ({"file.name": "other"}, 'the given line `name = "sort"`'),
    ],
)
def test_what_is_wrong_of_the_given_lines_is_told(change: dict[str, object], told: str) -> None:
    found = list(wrong_fields({**PYTHON, **change}, AGENT))  # type: ignore[dict-item]
    assert len(found) == 1 and told in found[0], found


def test_a_person_s_language_stays_and_a_plain_draft_has_no_build_lines() -> None:
    fixed = given_of("sort", mode="agent", language="python", directory="sort")
    assert any("language" in one for one in wrong_fields({**fixed.values, "file.language": "shell"}, fixed))
    plain = {"file.name": "sort", "file.language": "python", "build.dependencies": ["rich"]}
    assert list(wrong_fields(plain, SINGLE)) == []
    assert list(wrong_fields({**plain, "build.mode": "agent"}, SINGLE)) != []


def test_all_that_is_wrong_is_told_in_order() -> None:
    found = list(wrong_fields({"x": 1, "build.outputs": ["a"], "build.mode": "single", "verify.command": ["x"]}, AGENT))
    assert found == [
        "`x` has no place in this specification: leave it out",
        'the given line `name = "sort"` is missing or changed',
        'the given line `mode = "agent"` is missing or changed',
        'the given line `update = "revise"` is missing or changed',
        'the given line `directory = "build/tools/sort"` is missing or changed',
        "`verify.command` has a place in the specification of a Python program alone: leave it out",
    ]


def test_a_language_that_a_person_chose_decides_what_is_asked_for() -> None:
    fixed = given_of("sort", mode="agent", language="python", directory="sort")
    told = list(wrong_fields({**fixed.values, "file.language": "shell", "build.outputs": ["*.sh"]}, fixed))
    assert told == [
        'the given line `language = "python"` is missing or changed',
        'the given line `outputs = ["*.py", "tests/*.py"]` is missing or changed',
    ]
    shell = given_of("sort", mode="agent", language="shell", directory="sort")
    own = {**shell.values, "build.outputs": ["*.sh"]}
    assert list(wrong_fields(own, shell)) == []
    assert list(wrong_fields({**own, "verify.command": ["x"]}, shell)) == [
        "`verify.command` has no place in this specification: leave it out"
    ]
    assert list(wrong_fields({"file.name": "sort", "build.outputs": ["x"]}, SINGLE)) == [
        "`build.outputs` has no place in this specification: leave it out"
    ]
