"""The target of a spec whose outputs may be patterns, and what is refused before anything is asked."""

from typing import Any

import pytest

from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.pattern_targets import target_of_patterns
from specbuild.spec import Spec
from specbuild.target import Target, target_of

PLACES = {
    "build.outputs": Place("specs/tool.toml", 8, 1), "build.outputs.0": Place("specs/tool.toml", 8, 12),
    "build.outputs.1": Place("specs/tool.toml", 8, 20), "build.entry": Place("specs/tool.toml", 9, 1),
    "build.directory": Place("specs/tool.toml", 10, 1),
}  # fmt: skip


def spec_of(**build: Any) -> Spec:
    values = {"file.name": "tool", "file.language": "python", "project.requirements": "r"}
    return Spec("tool", "specs/tool.toml", values | {f"build.{name}": one for name, one in build.items()}, PLACES)


def made(**build: Any) -> tuple[Target | None, tuple[Diagnostic, ...]]:
    return target_of_patterns(spec_of(**build), ProjectConfiguration())


def target(**build: Any) -> Target:
    found, faults = made(**build)
    assert found is not None and faults == ()
    return found


def test_a_target_of_patterns_has_no_files_yet() -> None:
    one = target(mode="agent", outputs=["*.py", "tests/*.py", "notes.md"], directory="src", tags=["t"], steps=7)
    assert (one.names, one.outputs, one.entry) == ((), (), "")
    assert one.spec == spec_of(
        mode="agent", outputs=["*.py", "tests/*.py", "notes.md"], directory="src", tags=["t"], steps=7
    )
    assert (one.mode, one.directory, one.tags, one.steps) == ("agent", "src", ("t",), 7)


@pytest.mark.parametrize("entry", ["b.py", "notes.md", "tests/a.b.py"])
def test_an_entry_may_be_any_name_that_a_pattern_stands_for(entry: str) -> None:
    assert target(mode="agent", outputs=["*.py", "tests/*.py", "notes.md"], entry=entry).entry == entry


@pytest.mark.parametrize(
    "build",
    [
        {"outputs": ["a.py"]},
        {"mode": "agent", "outputs": ["a.py", "b.py"], "entry": "b.py"},
        {},
        {"outputs": ["../a.py"]},
        {"outputs": ["a.py"], "entry": "b.py"},
    ],
)
def test_a_target_without_patterns_is_what_it_always_was(build: dict[str, Any]) -> None:
    spec, configuration = spec_of(**build), ProjectConfiguration(model="m", outputs="out")
    assert target_of_patterns(spec, configuration) == target_of(spec, configuration)


def test_what_a_person_allows_is_allowed_to_patterns_too() -> None:
    one = spec_of(mode="agent", outputs=["conftest.py", "*.md"])
    refused = target_of_patterns(one, ProjectConfiguration())
    assert refused[0] is None and [fault.code for fault in refused[1]] == ["SB807"]
    allowed = target_of_patterns(one, ProjectConfiguration(), allow_steering=["conftest.py", "build/conftest.py"])
    assert allowed[0] is not None and allowed[1] == ()
    plain = spec_of(outputs=["conftest.py"])
    assert target_of_patterns(plain, ProjectConfiguration(), allow_steering=["conftest.py", "build/conftest.py"])[0]


@pytest.mark.parametrize("mode", [{}, {"mode": "single"}])
def test_a_pattern_without_an_agent_is_refused_in_words(mode: dict[str, str]) -> None:
    assert made(outputs=["a.py", "*.py", "*.sh"], **mode) == (
        None,
        (
            Diagnostic(
                "SB314",
                "the output `*.py` is a pattern, and this spec is built in single mode",
                PLACES["build.outputs.1"],
                "a reply in single mode brings exactly the files that were asked for",
                'name each file, or write mode = "agent" under [build]',
            ),
        ),
    )


@pytest.mark.parametrize(
    ("outputs", "more", "code", "place"),
    [
        (["../*.py"], {}, "SB801", "build.outputs.0"),
        (["*.py", ".git/*"], {}, "SB805", "build.outputs.1"),
        (["*.py"], {"entry": "a.sh"}, "SB310", "build.entry"),
        (["*.py"], {"entry": ".py"}, "SB310", "build.entry"),
        (["*.toml"], {"directory": "specs"}, "SB307", "build.outputs.0"),
    ],
)
def test_odd_patterns_are_refused_where_they_are_written(
    outputs: list[str], more: dict[str, str], code: str, place: str
) -> None:
    found, [fault] = made(mode="agent", outputs=outputs, **more)
    assert (found, fault.code, fault.place) == (None, code, PLACES[place])
