"""Outputs that are declared by patterns: names, targets, and what is refused before anything is asked."""

import pytest

from specbuild.configuration import ProjectConfiguration
from specbuild.output_patterns import matches, patterns_of, with_names, with_outputs
from specbuild.pattern_targets import target_of_patterns
from specbuild.spec_reader import read_spec
from specbuild.target import Target, target_of

HEAD = '[file]\nname = "tool"\nlanguage = "python"\ndescription = "d"\n[project]\nrequirements = "r"\n[build]\n'


def target(build: str, **settings: str) -> Target:
    found, faults = made(build, **settings)
    assert found is not None, faults
    return found


def made(build: str, **settings: str):
    spec, faults = read_spec((HEAD + build).encode(), "specs/tool.toml", "tool")
    assert spec is not None, faults
    return target_of_patterns(spec, ProjectConfiguration(**settings))


@pytest.mark.parametrize(
    ("declared", "yes", "no"),
    [
        ("*.py", ["a.py", "a.b.py"], ["sub/a.py", ".py", ".a.py", "a.pyc", "apy", "a.py\n"]),
        ("tests/*.py", ["tests/a.py"], ["a.py", "tests/sub/a.py", "tests/.py"]),
        ("a*c", ["ac", "abc", "a.c"], ["a/c", "ab"]),
        ("*", ["a", "b.c"], ["", "a/b", ".a"][1:]),
        ("a.py", ["a.py"], ["aXpy", "b.py"]),
        ("*/*.py", ["a/b.py"], ["a.py", "a/.py", ".a/b.py"]),
    ],
)
def test_a_star_stands_for_anything_within_one_part_of_a_path(declared: str, yes: list[str], no: list[str]) -> None:
    assert [one for one in yes if not matches(one, declared)] == []
    assert [one for one in no if matches(one, declared)] == []


def test_a_target_of_patterns_has_the_files_that_it_is_given() -> None:
    one = target('mode = "agent"\noutputs = ["*.py", "tests/*.py"]\ndirectory = "src"')
    assert (one.names, one.outputs, patterns_of(one)) == ((), (), ("*.py", "tests/*.py"))
    given = with_names(one, ["tool.py", "a.py", "tests/t.py", "README.md"])
    assert given.names == ("a.py", "tests/t.py", "tool.py")
    assert given.outputs == ("src/a.py", "src/tests/t.py", "src/tool.py")
    assert given.entry == "tool.py", "the program's own name"
    assert with_names(one, ["main.py", "a.py"]).entry == "main.py"
    assert with_names(one, ["b.py", "a.py"]).entry == "a.py"
    written = target('mode = "agent"\noutputs = ["*.py"]\nentry = "b.py"')
    assert (written.entry, with_names(written, ["a.py", "b.py"]).entry) == ("b.py", "b.py")


@pytest.mark.parametrize("folder", ["src/", "elsewhere/deep/", "", "tests/"])
def test_its_files_are_found_again_wherever_they_lay(folder: str) -> None:
    one = target('mode = "agent"\noutputs = ["*.py", "tests/*.py"]\ndirectory = "src"')
    assert with_outputs(one, [f"{folder}a.py", f"{folder}tests/t.py"]).names == ("a.py", "tests/t.py")
    assert with_outputs(one, [f"{folder}a.py", f"{folder}x.sh"]).names == ()


def test_a_target_without_patterns_is_what_it_always_was() -> None:
    for build in ('outputs = ["a.py"]', 'mode = "agent"\noutputs = ["a.py"]', ""):
        spec, _ = read_spec((HEAD + build).encode(), "specs/tool.toml", "tool")
        assert spec is not None
        one = target(build)
        assert one == target_of(spec, ProjectConfiguration())[0]
        assert with_names(one, ["b.py"]) is one and with_outputs(one, ["b.py"]) is one


@pytest.mark.parametrize(
    ("build", "code"),
    [
        ('outputs = ["a.py", "*.py"]', "SB314"),
        ('mode = "single"\noutputs = ["*.py"]', "SB314"),
        ('mode = "agent"\noutputs = ["../*.py"]', "SB801"),
        ('mode = "agent"\noutputs = [".git/*"]', "SB805"),
        ('mode = "agent"\noutputs = ["*.py"]\nentry = "a.sh"', "SB310"),
        ('mode = "agent"\noutputs = ["*.toml"]\ndirectory = "specs"', "SB307"),
    ],
)
def test_odd_patterns_are_refused_where_they_are_written(build: str, code: str) -> None:
    found, [fault] = made(build)
    assert (found, fault.code) == (None, code)
    assert fault.place is not None and fault.place.line
