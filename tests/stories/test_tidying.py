"""`prune` and `clean` remove what is ours and can be had again, never a person's bytes."""

import pytest

from specbuild.journal_lines import JournalEntry, journal_line
from tests.scene import Project


@pytest.fixture
def built(project: Project) -> Project:
    project.spec("one", "Print the word one.")
    project.spec("two", "Print the word two.")
    project.build()
    return project


def test_prune_takes_an_orphan_out_of_the_lock_and_removes_its_output(built: Project) -> None:
    (built.root / "specs/two.toml").unlink()
    assert built.states() == {"one": "fresh", "two": "orphan"}
    assert built.run("check").code == 1
    assert built.build().calls == 0
    assert "build/two.py" in built.outputs(), "a build removes nothing that no spec claims"
    before = built.stamps()
    dry = built.run("prune", "--dry-run")
    assert "would remove  build/two.py" in dry.out and "would remove  two from specbuild.lock" in dry.out
    assert {path for path in built.stamps() if before.get(path) != built.stamps()[path]} <= {"cache/local/mutex"}
    ran = built.run("prune")
    assert (ran.code, ran.calls) == (0, 0)
    assert list(built.outputs()) == ["build/one.py"]
    assert '"two"' not in built.read("specbuild.lock")
    assert built.run("check").code == 0
    assert built.run("prune").out == "nothing to remove\n"


def test_prune_keeps_an_orphan_that_a_person_edited(built: Project) -> None:
    (built.root / "specs/two.toml").unlink()
    built.write("build/two.py", "mine\n")
    ran = built.run("prune", "--json")
    assert ran.json == {
        "removed": [],
        "kept": [{"path": "build/two.py", "reason": "changed by hand"}],
        "targets": ["two"],
    }
    assert built.read("build/two.py") == "mine\n"


def test_a_spec_that_comes_back_after_prune_takes_no_call(built: Project) -> None:
    spec, outputs = built.read("specs/two.toml"), built.outputs()
    (built.root / "specs/two.toml").unlink()
    built.run("prune")
    built.write("specs/two.toml", spec)
    assert built.build().calls == 0
    assert built.outputs() == outputs
    built.change("specs/two.toml", "word two", "word 2")
    assert built.build().calls == 1, "the control: another spec"


def test_an_output_that_is_declared_no_more_is_removed(project: Project) -> None:
    project.spec("one", outputs=["a.py", "b.py"])
    project.build()
    assert list(project.outputs()) == ["build/a.py", "build/b.py"]
    project.spec("one", outputs=["a.py"])
    assert project.build().calls == 1
    assert list(project.outputs()) == ["build/a.py"]


def test_clean_removes_what_a_build_restores_without_a_call(built: Project) -> None:
    outputs, lock = built.outputs(), built.read("specbuild.lock")
    built.write("build/two.py", "mine\n")
    assert built.run("clean", "-n").out.splitlines()[0].startswith("would remove  build/one.py")
    assert "build/one.py" in built.outputs()
    ran = built.run("clean")
    assert ran.code == 0
    assert ran.out.splitlines() == ["removed  build/one.py", "kept     build/two.py  changed by hand"]
    assert built.outputs() == {"build/two.py": b"mine\n"}
    (built.root / "build/two.py").unlink()
    assert built.build("--offline").calls == 0
    assert (built.outputs(), built.read("specbuild.lock")) == (outputs, lock)


def test_clean_keeps_what_could_not_be_restored(built: Project) -> None:
    clone = built.clone(without=("cache",))
    ran = clone.run("clean")
    assert "its reply is lost" in ran.out
    assert clone.outputs() == built.outputs()


def test_clean_cleans_what_is_selected(built: Project) -> None:
    assert built.run("clean", "one").code == 0
    assert list(built.outputs()) == ["build/two.py"]


@pytest.fixture
def clone(project: Project) -> Project:
    """A clone that never built: `one`, with a context file, holds a text that a person accepted elsewhere."""
    project.write("docs/format.md", "A format.\n")
    project.spec("one", "Print the word one.", context=["docs/format.md"])
    project.build()
    project.write("build/one.py", MINE)
    assert project.run("accept", "one").code == 0
    return project.clone()


MINE = "print('mine')\n"


def test_an_accepted_text_of_a_clone_comes_back_with_its_spec_after_prune(clone: Project) -> None:
    spec, outputs, lock = clone.read("specs/one.toml"), clone.outputs(), clone.read("specbuild.lock")
    (clone.root / "specs/one.toml").unlink()
    assert clone.run("prune").code == 0 and clone.outputs() == {}
    clone.write("specs/one.toml", spec)
    assert clone.build().calls == 0
    assert (clone.outputs(), clone.read("specbuild.lock")) == (outputs, lock)
    bare = clone.clone("bare")
    bare.write("specbuild.lock", '{"lock_version": 1, "targets": {}}\n')
    (bare.root / "build/one.py").unlink()
    bare.build()
    assert bare.outputs() != outputs, "the control: where nothing was kept the model's text is built"


def test_an_accepted_text_of_a_clone_comes_back_after_a_prune_that_was_killed(clone: Project) -> None:
    spec, outputs = clone.read("specs/one.toml"), clone.outputs()
    clone.run("prune", "--dry-run")
    (clone.root / "specs/one.toml").unlink()
    line = journal_line(JournalEntry("one", None, clone.stanza("one")["trace"]))
    clone.write("cache/local/journal", line)
    assert clone.run("prune").code == 0
    assert '"one"' not in clone.read("specbuild.lock")
    clone.write("specs/one.toml", spec)
    assert clone.build().calls == 0
    assert clone.outputs() == outputs


def test_an_accepted_text_comes_back_after_a_moved_spec_took_its_entry_and_got_another(clone: Project) -> None:
    spec, text, format = clone.root / "specs/one.toml", clone.read("build/one.py"), clone.read("docs/format.md")
    moved = spec.rename(clone.root / "specs/two.toml")
    clone.write("docs/format.md", "Another format.\n")
    assert clone.run("regenerate", "two").code == 0
    assert "one" not in clone.states() and clone.outputs().keys() == {"build/one.py"}
    assert clone.read("build/one.py") != text
    moved.rename(spec)
    clone.write("docs/format.md", format)
    assert clone.build().calls == 0
    assert clone.read("build/one.py") == text
