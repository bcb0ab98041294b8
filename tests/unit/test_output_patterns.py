"""Outputs that are declared by patterns: names, targets, and what is refused beside what is there."""

from dataclasses import replace
from typing import Any

import pytest

from specbuild.configuration import ProjectConfiguration
from specbuild.names import check_output_name
from specbuild.output_patterns import Ground, matches, patterns_of, refusal, with_names, with_outputs
from specbuild.spec import Spec
from specbuild.target import Target, target_of


def target(*outputs: str, mode: str = "agent", language: str = "python", **build: Any) -> Target:
    """Return a target with these outputs; one of patterns has no files yet."""
    values = {"file.name": "tool", "file.language": language, "build.mode": mode, "build.outputs": list(outputs)}
    values |= {f"build.{name}": value for name, value in build.items()}
    plain = {**values, "build.outputs": [one.replace("*", "x") for one in outputs], "build.entry": ""}
    found, faults = target_of(Spec("tool", "specs/tool.toml", plain, {}), ProjectConfiguration())
    assert found is not None, faults
    spec = Spec("tool", "specs/tool.toml", values, {})
    if not any("*" in one for one in outputs):
        return replace(found, spec=spec)
    return replace(found, spec=spec, names=(), outputs=(), entry=spec.text("build.entry"))


@pytest.mark.parametrize(
    ("declared", "yes", "no"),
    [
        ("*.py", ["a.py", "a.b.py"], ["sub/a.py", ".py", ".a.py", "a.pyc", "apy", "a.py\n"]),
        ("tests/*.py", ["tests/a.py"], ["a.py", "tests/sub/a.py", "tests/.py"]),
        ("a*c", ["ac", "abc", "a.c"], ["a/c", "ab"]),
        ("*", ["a", "b.c"], ["a/b", ".a"]),
        ("a.py", ["a.py"], ["aXpy", "b.py", "A.py", "a.py\n", "x/a.py"]),
        ("a[1]?*.py", ["a[1]?.py", "a[1]?b.py"], ["a1x.py", "a1.py"]),
        ("a*", ["a", "a.b", "a.", "a\nb"], ["a/", ".a", "A"]),
        ("x/.*", ["x/.a", "x/."], ["x/a"]),
        ("**.py", ["a.py", "a.b.py"], [".py", ".a.py", "a/b.py"]),
        ("a*b*c", ["abc", "a.b.c", "abbc", "axbxc"], ["acb", "ab/c"]),
        ("*/*.py", ["a/b.py"], ["a.py", "a/.py", ".a/b.py"]),
    ],
)
def test_a_star_stands_for_anything_within_one_part_of_a_path(declared: str, yes: list[str], no: list[str]) -> None:
    assert [one for one in yes if not matches(one, declared)] == []
    assert [one for one in no if matches(one, declared)] == []


def test_patterns_are_those_of_an_agent() -> None:
    assert patterns_of(target("notes.md", "*.py")) == ("notes.md", "*.py")
    assert patterns_of(target("notes.md")) == ()
    assert patterns_of(target("*.py", mode="single")) == ()


def test_a_target_of_patterns_has_the_files_that_it_is_given() -> None:
    one = target("*.py", "tests/*.py", directory="src")
    assert (one.names, one.outputs, patterns_of(one)) == ((), (), ("*.py", "tests/*.py"))
    given = with_names(one, iter(["tool.py", "a.py", "tests/t.py", "README.md", "a.py"]))
    assert given.names == ("a.py", "tests/t.py", "tool.py")
    assert given.outputs == ("src/a.py", "src/tests/t.py", "src/tool.py")
    assert given == replace(one, names=given.names, outputs=given.outputs, entry="tool.py")
    assert with_names(given, ["b.py"]).names == ("b.py",), "those from before are no part of it"
    assert with_names(target("*.py", directory="."), ["b.py"]).outputs == ("b.py",)


@pytest.mark.parametrize(
    ("names", "entry"),
    [
        (["tool.py", "main.py", "a.py"], "tool.py"),
        (["main.py", "a.py"], "main.py"),
        (["b.py", "a.py"], "a.py"),
        (["sub.sh"], ""),
        ([], ""),
    ],
)
def test_the_entry_is_the_program_s_own_file_or_main_or_the_first(names: list[str], entry: str) -> None:
    assert with_names(target("*.py", "tests/*.py"), names).entry == entry


def test_a_written_entry_goes_first_where_it_is_there() -> None:
    written = target("*.py", entry="b.py")
    assert (written.entry, with_names(written, ["tool.py", "b.py"]).entry) == ("b.py", "b.py")
    assert with_names(written, ["tool.py", "a.py"]).entry == "tool.py"
    assert with_names(written, []).entry == "b.py"
    assert with_names(target("*", language="unheard"), ["tool.", "main", "a"]).entry == "tool."


@pytest.mark.parametrize("folder", ["src/", "elsewhere/deep/", "", "tests/"])
def test_its_files_are_found_again_wherever_they_lay(folder: str) -> None:
    one = target("*.py", "tests/*.py", directory="src")
    found = with_outputs(one, iter([f"{folder}tests/t.py", f"{folder}a.py"]))
    assert found.names == ("a.py", "tests/t.py") and found.outputs == ("src/a.py", "src/tests/t.py")
    assert with_outputs(one, [f"{folder}a.py", f"{folder}x.sh"]).names == ()
    assert with_outputs(one, []).names == () == with_outputs(found, []).outputs


def test_its_own_folder_goes_before_the_longest_that_fits() -> None:
    one = target("*.py", "tests/*.py", directory="src")
    assert with_outputs(one, ["src/tests/t.py"]).names == ("tests/t.py",), "not t.py"
    assert with_outputs(one, ["old/tests/t.py"]).names == ("t.py",), "the longest folder"
    assert with_outputs(one, ["old/tests/a.py", "old/b.py"]).names == ("b.py", "tests/a.py")
    assert with_outputs(target("tests/*.py"), ["tests/t.py"]).names == ("tests/t.py",)
    assert with_outputs(one, ["srcs/a.py", "src/b.py"]).names == ()


def test_a_target_without_patterns_is_what_it_always_was() -> None:
    for one in (target("a.py", mode="single"), target("a.py"), target("*.py", mode="single")):
        assert with_names(one, ["b.py"]) is one and with_outputs(one, ["b.py"]) is one


GROUND = Ground("build", ("*.py", "tests/*.py", "notes.md", "CONFTEST.PY"), frozenset({"build/taken.py"}))
STEERING = check_output_name("build/conftest.py")
DEVICE = check_output_name("build/con.py")
assert STEERING is not None and DEVICE is not None


@pytest.mark.parametrize(
    ("name", "present", "why"),
    [
        ("a.py", ["b.py", "a.py", "tests/t.py"], None),
        ("notes.md", [], None),
        ("main.sh", [], "only these files may be written: *.py, tests/*.py, notes.md, CONFTEST.PY"),
        ("tests/../x.py", [], "only these files may be written: *.py, tests/*.py, notes.md, CONFTEST.PY"),
        ("conftest.py", [], f"{STEERING.message}: {STEERING.why}"),
        ("con.py", [], f"{DEVICE.message}: {DEVICE.why}"),
        ("CONFTEST.PY", [], None),  # declared as it stands: checked elsewhere
        ("taken.py", [], "this file belongs to somebody else; choose another name"),
        ("TAKEN.py", ["taken.PY"], "this file belongs to somebody else; choose another name"),
        ("A.py", ["b.py", "a.py"], "some systems take it for the same file as a.py"),
        ("a.py", ["a.py/b.py"], "one path can't be a file and a folder: there is a.py/b.py"),
        ("tests/A.py", ["Tests"], "one path can't be a file and a folder: there is Tests"),
        ("tests/a.py", ["test", "tests.py", "tests/a.pyc"], None),
    ],
)
def test_what_may_not_be_written_is_told_in_words(name: str, present: list[str], why: str | None) -> None:
    assert refusal(name, GROUND, present) == why


def test_a_ground_at_the_root_has_the_names_as_paths() -> None:
    assert refusal("taken.py", Ground("", ("*.py",), frozenset({"taken.py"})), ()) is not None
    assert refusal("taken.py", Ground("", ("*.py",), frozenset({"build/taken.py"})), ()) is None
    assert refusal("taken.py", Ground("", ("*.py",)), ()) is None
