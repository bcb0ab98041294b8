"""The lines that a draft of a goal's spec has for certain, and its id."""

import pytest
import tomli

from specbuild.goal_lines import given_of, given_text, id_of_goal, wrong_fields
from specbuild.names import check_output_name

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
        ("../../etc/passwd \0", "etc_passwd"),
        ("x" * 1000, "x" * 40),
        ("Pneumonoultramicroscopicsilicovolcanoconiosis explained", "pneumonoultramicroscopicsilicovolcanocon"),
        ("antidisestablishmentarianism antidisestablishmentarianism", "antidisestablishmentarianism"),
    ],
)
def test_an_id_is_made_of_the_words_that_say_something(goal: str, wanted: str) -> None:
    assert id_of_goal(goal) == wanted
    assert check_output_name(f"{wanted}.toml") is None


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


@pytest.mark.parametrize(
    "values",
    [PYTHON, SHELL, {**PYTHON, "file.language": "Python"}, {**PYTHON, "build.outputs": ["*.py", "tests/*.py"]}],
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
