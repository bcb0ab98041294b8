"""A requirement file built outside any project: no configuration, and nothing but the program in the folder."""

import io
from pathlib import Path

import pytest

from tests.scene import Project, Server

QSORT = """\
[file]
name="qsort"
language="python"
description="Quick sort program"
[project]
requirements="Sort the arguments."
"""


@pytest.fixture
def alone(tmp_path: Path, server: Server) -> Project:
    """A folder that is no project, with one requirement file beside it."""
    made = Project(tmp_path / "folder", server)
    made.environment["OPENAI_API_MODEL"] = "m-one"
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "qsort.toml").write_text(QSORT)
    return made


def present(project: Project) -> list[str]:
    return sorted(str(path.relative_to(project.root)) for path in project.root.rglob("*"))


def test_a_file_is_built_into_the_present_folder_and_nothing_else_appears_there(alone: Project) -> None:
    ran = alone.build("../files/qsort.toml")
    assert ran.calls == 1
    assert present(alone) == ["qsort.py"]
    assert sorted(path.name for path in (alone.root.parent / "files").iterdir()) == ["qsort.toml"]


def test_a_second_build_makes_no_call_and_writes_nothing_however_the_file_is_named(alone: Project) -> None:
    alone.build("../files/qsort.toml")
    stamps = alone.stamps()
    for written in ("../files/qsort.toml", "../files/../files/qsort.toml", str(alone.root.parent / "files/qsort.toml")):
        assert alone.build(written).calls == 0
    assert alone.stamps() == stamps


def test_a_changed_word_costs_one_call(alone: Project) -> None:
    alone.build("../files/qsort.toml")
    file = alone.root.parent / "files/qsort.toml"
    file.write_text(QSORT.replace("Sort", "Quickly sort"))
    assert alone.run("plan", "../files/qsort.toml").out.count("call") >= 1
    assert alone.build("../files/qsort.toml").calls == 1
    assert alone.build("../files/qsort.toml").calls == 0


def test_the_model_stays_the_one_that_it_was_built_with(alone: Project) -> None:
    alone.build("../files/qsort.toml")
    again = alone.build("../files/qsort.toml", environment={"OPENAI_API_MODEL": "m-two"})
    assert again.calls == 0
    assert "m-two" in again.err


def test_an_edit_is_kept_and_can_be_accepted_or_given_up(alone: Project) -> None:
    alone.build("../files/qsort.toml")
    alone.write("qsort.py", "mine\n")
    kept = alone.build("../files/qsort.toml")
    assert (kept.calls, alone.read("qsort.py")) == (0, "mine\n")
    hint = f"specbuild accept {alone.root.parent / 'files/qsort.toml'}"
    assert hint in kept.err
    assert alone.run(*hint.split()[1:]).code == 0
    assert "1 fresh" in alone.build("../files/qsort.toml").err
    alone.write("qsort.py", "another\n")
    forced = alone.build("--force", "../files/qsort.toml")
    assert forced.calls == 0
    assert present(alone) == ["qsort.py"]


def test_a_lost_program_comes_back_without_a_call_in_another_folder_too(alone: Project) -> None:
    alone.build("../files/qsort.toml")
    text = alone.read("qsort.py")
    (alone.root / "qsort.py").unlink()
    assert alone.build("--offline", "../files/qsort.toml").calls == 0
    assert alone.read("qsort.py") == text
    other = Project(alone.root.parent / "other", alone.server)
    other.environment = dict(alone.environment)
    assert other.build("--offline", "../files/qsort.toml").calls == 0
    assert other.read("qsort.py") == text


def test_two_files_that_name_one_program_do_not_take_each_others_output(alone: Project) -> None:
    alone.build("../files/qsort.toml")
    text = alone.read("qsort.py")
    (alone.root.parent / "files/other.toml").write_text(QSORT.replace("Sort", "Sort descendingly"))
    ran = alone.build("../files/other.toml")
    assert (ran.calls, alone.read("qsort.py")) == (0, text)
    assert "is kept" in ran.err


def test_looking_makes_nothing_and_says_the_state(alone: Project) -> None:
    home = alone.root.parent / "home"
    assert alone.run("status", "--json", "../files/qsort.toml").json["targets"][0]["state"] == "call"
    assert "new" in alone.run("why", "../files/qsort.toml").out
    assert not home.exists()
    assert present(alone) == []


def test_faults_of_the_file_are_told_at_its_lines(alone: Project) -> None:
    missing = alone.run("build", "../files/none.toml")
    assert (missing.code, missing.calls) == (2, 0)
    assert "there is no ../files/none.toml" in missing.err
    (alone.root.parent / "files/qsort.toml").write_text(QSORT.replace("requirements", "requirement"))
    wrong = alone.run("build", "../files/qsort.toml")
    assert wrong.code == 2
    assert "../files/qsort.toml:" in wrong.err and "requirements" in wrong.err


def test_what_was_built_can_be_verified_run_and_its_file_linted(
    alone: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    file = "../files/qsort.toml"
    assert alone.run("verify", file).code == 1, "the control: nothing is built yet"
    alone.build(file)
    assert alone.run("verify", file).code == 0
    ran = alone.run("run", file)
    assert ran.code == 0 and ran.out
    assert alone.run("lint", file).err == "1 spec: nothing to say\n"
    (alone.root.parent / "files/qsort.toml").write_text(QSORT.replace("requirements", "requirement"))
    wrong = alone.run("lint", "--format=concise", file)
    assert wrong.code == 2 and "SB203" in wrong.out
    assert alone.run("lint", "../files/none.toml").code == 2
    assert present(alone) == ["qsort.py"]


def test_several_files_are_linted_each_alone(alone: Project) -> None:
    files = ["../files/qsort.toml", "../files/other.toml", "../files/third.toml"]
    for file in files[1:]:
        alone.write(file, QSORT.replace("requirements", "requirement"))
    ran = alone.run("lint", "--format=concise", *files, files[0])
    assert ran.code == 2 and ran.err.startswith("3 specs: ")
    assert {line.split(":")[0] for line in ran.out.splitlines()} == set(files[1:])
    assert alone.run("lint", files[0], files[0])[:3] == (0, "", "1 spec: nothing to say\n"), "the control"
    gone = alone.run("lint", *files, "a.toml", "b.toml")
    assert (gone.code, gone.out) == (2, "") and "there is no a.toml" in gone.err and "there is no b.toml" in gone.err
    assert "SB720" in alone.run("lint", files[0], "qsort").err
    assert present(alone) == []


def test_several_files_or_none_say_how_to_go_on(alone: Project) -> None:
    file = "../files/qsort.toml"
    for names, hint in (((), "build FILE.toml"), ((file, file), f"name one: {file};"), (("qsort",), "build FILE.toml")):
        ran = alone.run("build", *names)
        assert (ran.code, ran.calls) == (2, 0)
        assert "SB720" in ran.err and hint in ran.err


def test_inside_a_project_the_same_words_select_one_of_its_specs(project: Project) -> None:
    project.spec("a")
    project.spec("b")
    assert project.build("specs/a.toml").calls == 1
    assert list(project.outputs()) == ["build/a.py"]
