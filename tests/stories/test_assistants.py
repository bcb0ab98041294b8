"""Coding assistants as users: the note in the output folder, the answer to their hook, the page that tells them all."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import patch

import pytest

from specbuild.work.load import load
from tests.scene import Project, Ran
from tests.unit.test_structure import HEAVY, modules_after


@pytest.fixture
def built(project: Project) -> Project:
    project.spec("tools/sort", language="markdown")
    project.spec("new", language="markdown")
    project.build("tools/sort")
    return project


def hook(project: Project, event: object) -> Ran:
    text = event if isinstance(event, str) else json.dumps(event)
    with patch("sys.stdin", io.StringIO(text)):
        return project.run("guard")


def write(path: str, **more: object) -> dict[str, object]:
    return {"hook_event_name": "PreToolUse", "tool_name": "Write", "tool_input": {"file_path": path}, **more}


def test_the_note_in_the_output_folder_is_in_nobodys_way(built: Project) -> None:
    before = built.states()
    assert built.run("check", "tools/sort").code == 0
    assert "build/AGENTS.md: made" in built.run("init").err
    note = built.read("build/AGENTS.md")
    assert "edit the spec" in note and "specs/**/*.toml" in note and len(note.splitlines()) < 20
    assert built.states() == before and built.run("check", "tools/sort").code == 0
    built.build("tools/sort")
    assert built.run("clean").code == built.run("prune").code == 0
    assert built.read("build/AGENTS.md") == note and not (built.root / "build/tools/sort.md").exists()
    built.write("build/AGENTS.md", "mine\n")
    built.run("init")
    assert built.read("build/AGENTS.md") == "mine\n"
    (built.root / "specs" / "tools" / "sort.toml").unlink()
    (built.root / "build" / "AGENTS.md").unlink()
    assert built.run("check").code == 1, "the control: what is left behind is found, the note was not it"


def test_outputs_at_the_root_get_no_note(built: Project) -> None:
    built.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\noutputs = "."\n')
    assert built.run("init").code == 0 and not list(built.root.glob("AGENTS.md"))


@pytest.mark.parametrize(
    "event",
    [
        write("build/tools/sort.md"),
        write("build/new.md"),  # not built yet: still not an assistant's to write
        write("build/../build/tools/./sort.md"),
        {"tool_input": {"edits": [{"filePath": "README.md"}, {"filePath": "build/tools/sort.md"}]}},
        {"tool_name": "apply_patch", "tool_input": {"input": "***\n*** Update File: build/tools/sort.md\n"}},
        {"file_path": "build/tools/sort.md"},
        write("specbuild.lock"),
        write("cache/replies/00/x.json"),
    ],
)
def test_the_hook_is_told_not_to_edit_what_is_generated(built: Project, event: dict[str, object]) -> None:
    told = hook(built, {**event, "cwd": str(built.root)})
    assert told.code == 2 and "SB970" in told.err and told.out == ""
    assert hook(built, {**event, "cwd": str(built.root.parent)}).code == 0, "the control: the same name elsewhere"


@pytest.mark.parametrize(
    "event",
    [
        write("specs/new.toml"),
        write("build/other.md"),
        write("build/tools/sort.md", tool_name="Read"),
        {"tool_name": "Bash", "tool_input": {"command": "ls build/tools/sort.md"}},
        write("/nowhere/at/all"),
        write("cache/inbox/x/REPLY"),
        {},
    ],
)
def test_the_hook_lets_everything_else_pass(built: Project, event: dict[str, object]) -> None:
    told = hook(built, event)
    assert (told.code, told.out, told.err) == (0, "", "")


def test_the_message_names_the_spec_and_an_absolute_path_or_a_link_is_the_same_file(built: Project) -> None:
    told = hook(built, write(str(built.root / "build/tools/sort.md"), cwd="/"))
    assert told.code == 2 and "is generated from specs/tools/sort.toml" in told.err
    (built.root / "link").symlink_to(built.root / "build" / "tools", target_is_directory=True)
    assert built.run("guard", "link/sort.md").code == 2
    assert built.run("guard", "build/tools/sort.md", "specs/new.toml").code == 2
    assert built.run("guard", "specs/new.toml").code == 0


def test_a_text_that_a_person_accepted_may_be_edited_again(built: Project) -> None:
    assert built.run("guard", "build/tools/sort.md").code == 2
    built.write("build/tools/sort.md", "mine\n")
    assert built.run("accept", "tools/sort").code == 0
    assert built.run("guard", "build/tools/sort.md").code == 0


def test_specs_are_read_only_for_a_file_that_no_entry_of_the_lock_has(
    built: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []

    def noted(start: Path, environ: Mapping[str, str]) -> object:
        loaded.append(start)
        return load(start, environ)

    monkeypatch.setattr("specbuild.work.guard.load", noted)
    assert built.run("guard", "build/tools/sort.md").code == 2
    assert built.run("guard", "specs/tools/sort.toml").code == 0
    assert loaded == []
    assert built.run("guard", "build/new.md", "README.md").code == 2
    assert loaded == [built.root], "the control"
    (built.root / "specs/tools/sort.toml").unlink()
    assert built.run("guard", "build/tools/sort.md").code == 0, "no spec makes it any more"


def test_a_spec_with_an_error_still_guards_what_was_built_from_it(built: Project) -> None:
    built.write("specs/tools/sort.toml", "nonsense")
    told = built.run("guard", "build/tools/sort.md")
    assert told.code == 2 and "specs/tools/sort.toml" in told.err
    assert "1 error in specs" in built.run("instructions").out


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", "[" * 100_000])
def test_an_event_that_cannot_be_read_is_told(built: Project, text: str) -> None:
    told = hook(built, text)
    assert told.code == 2 and "SB971" in told.err


def test_the_page_for_an_assistant_is_short_and_has_the_projects_state(built: Project) -> None:
    stamps = built.stamps()
    page = built.run("instructions")
    assert page.code == 0 and "1 fresh" in page.out and "- call: new: new" in page.out
    assert len(page.out.splitlines()) < 40 and len(page.out) < 3500
    assert built.stamps() == stamps
    built.build()
    assert "Targets: 2 fresh" in built.run("instructions").out


def test_the_hook_starts_as_light_as_a_reading_command(built: Project) -> None:
    found = modules_after("-C", str(built.root), "guard", "build/tools/sort.md")
    assert "specbuild" in found and found & HEAVY == set()
