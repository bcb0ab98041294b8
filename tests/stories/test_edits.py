"""Edits belong to people: never overwritten, kept for good by `accept`; what is accepted survives every build."""

from pathlib import Path

import pytest

from tests.scene import Project

EDIT = "# by hand\nprint('mine')\n"


@pytest.fixture
def built(project: Project) -> Project:
    project.spec("one", "Print the word one.")
    project.spec("two", "Print the word two.")
    project.build()
    return project


def test_an_edited_output_is_kept_by_every_build_and_found_by_check(built: Project) -> None:
    built.write("build/one.py", EDIT)
    ran = built.build()
    assert ran.calls == 0
    assert "edited    one: an output was changed by hand" in ran.err
    assert "specbuild accept one" in ran.err
    assert "done: 1 fresh, 1 edited (kept); no call" in ran.err, "with exit code 0 nothing is unfinished"
    built.change("specs/one.toml", "the word one", "the word 1")
    assert built.build().calls == 0, "even if its spec changes"
    assert built.read("build/one.py") == EDIT
    assert built.run("check").code == 1
    assert built.states() == {"one": "edited", "two": "fresh"}


def test_an_edit_undone_by_hand_is_no_edit(built: Project) -> None:
    text = built.read("build/one.py")
    built.write("build/one.py", EDIT)
    built.write("build/one.py", text)
    assert built.states() == {"one": "fresh", "two": "fresh"}


def test_line_ends_are_no_edit_and_are_put_right(built: Project) -> None:
    text = built.read("build/one.py")
    built.write("build/one.py", text.replace("\n", "\r\n"))
    assert built.states()["one"] == "replay"
    assert built.build().calls == 0
    assert built.read("build/one.py") == text


def test_an_accepted_edit_is_what_a_build_restores_from_then_on(built: Project) -> None:
    built.write("build/one.py", EDIT)
    ran = built.run("accept", "one")
    assert (ran.code, ran.calls, ran.out) == (0, 0, "accepted  one  as it stands\n")
    assert built.stanza("one")["origin"] == "accepted"
    assert built.run("check").code == 0
    (built.root / "build/one.py").unlink()
    assert built.build("--offline").calls == 0
    assert built.read("build/one.py") == EDIT
    assert built.run("accept", "one").out == "unchanged  one  as built\n"
    assert built.run("reproduce").code == 0


def test_a_clone_has_the_accepted_text_without_a_call(built: Project) -> None:
    built.write("build/one.py", EDIT)
    built.run("accept", "one")
    clone = built.clone(without=("cache/local", "build"))
    assert clone.build("--offline").calls == 0
    assert clone.outputs() == built.outputs()
    assert clone.read("build/one.py") == EDIT
    lost = built.clone("lost", without=("cache", "build"))
    assert lost.run("build", "--offline").code != 0, "the control: without its record it can't be had"


def test_an_accepted_text_is_held_when_its_spec_changes(built: Project) -> None:
    built.write("build/one.py", EDIT)
    built.run("accept", "one")
    built.change("specs/one.toml", "the word one", "the word 1")
    ran = built.build()
    assert ran.calls == 0
    assert "held      one: spec changed: project.requirements" in ran.err
    assert "done: 1 fresh, 1 held (kept); no call" in ran.err
    assert built.read("build/one.py") == EDIT
    assert built.run("check").code == 1
    assert built.run("accept", "one").code == 0, "it answers the new spec: the person says so"
    assert built.run("check").code == 0
    built.change("specs/one.toml", "the word 1", "the word eins")
    assert built.run("regenerate", "one").calls == 1, "the control: asked for, it is written anew"
    assert built.read("build/one.py") != EDIT
    assert built.stanza("one")["origin"] == "generated"


def test_another_model_does_not_touch_an_accepted_text(built: Project) -> None:
    built.write("build/one.py", EDIT)
    built.run("accept", "one")
    built.write("specbuild.toml", 'edition = 1\nmodel = "m-two"\n')
    assert built.build().calls == 1
    assert built.read("build/one.py") == EDIT
    assert built.states() == {"one": "fresh", "two": "fresh"}


def test_force_gives_an_edit_up_and_keeps_a_copy(built: Project) -> None:
    text = built.read("build/one.py")
    for name in ("one", "two"):
        built.write(f"build/{name}.py", EDIT)
    ran = built.build("--force", "one")
    assert ran.calls == 0
    assert built.read("build/one.py") == text
    assert built.read("build/two.py") == EDIT
    [copy] = (built.root / "cache/local/edited").rglob("*.py")
    assert copy.read_text() == EDIT
    assert f"given up; a copy lies in {copy.relative_to(built.root)}\n" in ran.err


def test_a_file_that_no_build_made_is_kept_and_may_be_accepted(project: Project) -> None:
    project.spec("one")
    project.write("build/one.py", EDIT)
    ran = project.build()
    assert ran.calls == 0
    assert project.read("build/one.py") == EDIT
    assert project.states() == {"one": "edited"}
    assert project.run("accept", "one").code == 0
    assert project.states() == {"one": "fresh"}


def test_accept_is_refused_while_a_need_is_unbuilt_or_a_file_is_missing(project: Project) -> None:
    project.spec("base")
    project.spec("top", needs=["base"])
    project.write("build/top.py", EDIT)
    ran = project.run("accept", "top")
    assert ran.code == 1
    assert "refused  top" in ran.out
    assert "build first" in ran.err
    assert not (project.root / "specbuild.lock").exists() or "top" not in project.read("specbuild.lock")
    assert project.run("accept", "base", "--json").json[0]["outcome"] == "refused"
    assert project.build("base").calls == 1
    assert project.run("accept", "top").code == 0


def test_accept_needs_to_be_told_what(built: Project) -> None:
    assert built.run("accept").code == 2


def test_dependents_of_an_edited_need_see_its_locked_interface(project: Project) -> None:
    project.spec("base")
    project.spec("top", "Use it.", needs=["base"])
    project.build()
    project.write("build/base.py", "def by_hand() -> None:\n    pass\n")
    project.change("specs/top.toml", "Use it.", "Use it well.")
    assert project.build().calls == 1
    assert "by_hand" not in project.prompts()[-1]
    assert "def mark" in project.prompts()[-1]
    project.run("accept", "base")
    ran = project.build()
    assert ran.calls == 1
    assert "def by_hand" in project.prompts()[-1]


def test_a_secret_in_an_accepted_text_is_not_exported(built: Project) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" * 2
    built.write("build/one.py", f'TOKEN = "{token[:40]}"\n')
    ran = built.run("accept", "one")
    assert ran.code == 1
    assert token[:40] not in ran.out + ran.err
    assert not [path for path in records(built) if token[:40] in path.read_text()]
    assert token[:40] not in built.read("specbuild.lock")
    assert built.run("accept", "one", "--allow-secret").code == 0, "the control: a person may say that it is none"
    assert [path for path in records(built) if token[:40] in path.read_text()]


def test_an_output_behind_a_link_is_told_as_that_and_not_as_an_edit(built: Project) -> None:
    elsewhere = built.root.parent / "elsewhere"
    (built.root / "build").rename(elsewhere)
    (built.root / "build").symlink_to(elsewhere)
    before = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    ran = built.run("build")
    assert "leads out of the project" in ran.err
    assert "replace the link by a real folder" in ran.err
    assert "accept" not in ran.err, "what would be refused is not offered"
    assert {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()} == before
    (built.root / "build").unlink()
    elsewhere.rename(built.root / "build")
    built.write("build/one.py", "edited = True\n")
    assert "specbuild accept one" in built.run("build").err, "the control: an edit is told as an edit"


def records(project: Project) -> list[Path]:
    return sorted((project.root / "cache/replies").rglob("*.json"))


def test_a_target_with_other_outputs_says_so_to_whoever_wants_the_built_ones(built: Project) -> None:
    built.spec("one", "Print the word one.", outputs=["uno.py", "other.py"])
    for command in ("revise", "touch"):
        ran = built.run(command, "one")
        assert "one declares other outputs than it was built with" in ran.err.replace("it d", "one d")
        assert "specs/one.toml:10:" in ran.err and "hint: " in ran.err and "cache heal" not in ran.err, command
    built.write("build/one.py", EDIT)
    ran = built.build("one")
    assert "one does not declare it any more: move it elsewhere to keep it; specbuild build --force one" in ran.err
    assert "hint: specbuild build one writes what is missing" in built.run("accept", "one").err
    assert built.read("build/one.py") == EDIT
    (built.root / "build/one.py").rename(built.root / "mine.py")
    assert built.build("one").calls == 1 and built.read("build/uno.py"), "the control: what was said to do helps"
