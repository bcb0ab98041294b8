"""Two branches, merged by git in real repositories: what git could not merge of the lock, `lock --resolve` settles."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.scene import Project

TEMPLATE = "You write programs.\nWrite {{ name }}: {{ requirements }}\n"


def git(project: Project, *arguments: str, code: int = 0) -> str:
    """Run git in the project, as a person would, and expect that exit code."""
    environment = {
        "HOME": project.environment["HOME"], "PATH": project.environment["PATH"], "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
    }  # fmt: skip
    done = subprocess.run(
        ["git", *arguments], cwd=project.root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def commit(project: Project, message: str = "A change") -> None:
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", message)


@pytest.fixture
def repository(project: Project) -> Project:
    """A committed project of three built targets, on branch `main`, with what `init` lays out."""
    assert project.run("init").code == 0
    for name in ("one", "three", "two"):
        project.spec(name, f"Print the word {name}.")
    project.build()
    git(project, "init", "-q", "-b", "main")
    commit(project)
    git(project, "branch", "other")
    return project


def test_different_specs_merge_without_a_hand_and_without_a_call(repository: Project) -> None:
    repository.change("specs/one.toml", "the word one", "the word 1")
    assert repository.build().calls == 1
    commit(repository)
    git(repository, "switch", "-q", "other")
    repository.change("specs/two.toml", "the word two", "the word 2")
    assert repository.build().calls == 1
    commit(repository)
    git(repository, "merge", "-q", "--no-edit", "main")
    assert repository.run("check").code == 0
    assert repository.build().calls == 0
    assert repository.run("lock", "--resolve").out == "nothing to settle: specbuild.lock is whole\n"
    assert repository.run("reproduce").code == 0
    repository.change("specs/one.toml", "the word 1", "the word eins")
    assert repository.run("check").code == 1, "the control: a change is a finding"


def test_new_specs_side_by_side_conflict_in_the_lock_and_cost_nothing(repository: Project) -> None:
    repository.spec("middle/a", "Print a.")
    repository.build()
    commit(repository)
    git(repository, "switch", "-q", "other")
    repository.spec("middle/b", "Print b.")
    repository.build()
    commit(repository)
    git(repository, "merge", "-q", "main", code=1)
    ran = repository.run("build")
    assert ran.code == 1 and "SB702" in ran.err, "the control: nothing is built over the marks of a merge"
    assert repository.run("lock").code == 1
    ran = repository.run("lock", "--resolve")
    assert (ran.code, ran.calls) == (0, 0), ran.err
    assert "settled: 5 entries, 0 of them changed on both sides" in ran.out
    assert repository.run("lock").out == "specbuild.lock: 5 entries\n"
    assert repository.run("check").code == 0
    assert repository.build().calls == 0
    commit(repository, "Merge")
    assert git(repository, "status", "--porcelain") == ""
    assert repository.run("reproduce").code == 0


def both_change_one(repository: Project) -> None:
    """On `main` the requirements of `one` change, on `other` its description; both are built. `other` is checked
    out."""
    repository.change("specs/one.toml", "the word one", "the word 1")
    assert repository.build().calls == 1
    commit(repository)
    git(repository, "switch", "-q", "other")
    repository.change("specs/one.toml", "A small program", "A tiny program")
    assert repository.build().calls == 1
    commit(repository)


def test_the_same_spec_costs_one_call_after_the_merge(repository: Project) -> None:
    both_change_one(repository)
    ours = repository.read("build/one.py")
    git(repository, "merge", "-q", "main", code=1)
    assert "<<<<<<<" in repository.read("specbuild.lock")
    assert repository.read("build/one.py") == ours, "git merges no output line by line: .gitattributes says so"
    ran = repository.run("lock", "--resolve", "--json")
    assert (ran.code, ran.calls) == (0, 0), ran.err
    assert ran.json["targets"] == [{"id": "one", "side": "ours", "state": "call"}]
    assert repository.states() == {"one": "call", "three": "fresh", "two": "fresh"}
    assert repository.build().calls == 1
    assert repository.run("check").code == 0
    commit(repository, "Merge")
    clone = repository.clone(without=("cache/local", "build"))
    assert clone.build("--offline").calls == 0
    assert clone.outputs() == repository.outputs()


def test_a_spec_settled_for_their_side_brings_their_reply_without_a_call(repository: Project) -> None:
    both_change_one(repository)
    theirs = git(repository, "show", "main:build/one.py")
    repository.change("specs/one.toml", "the word one", "the word uno")
    assert repository.build().calls == 1
    commit(repository)
    git(repository, "merge", "-q", "main", code=1)
    ran = repository.run("lock", "--resolve")
    assert ran.code == 2 and "specs/one.toml" in ran.err, "the lock follows from the specs: they come first"
    git(repository, "checkout", "-q", "--theirs", "specs/one.toml")
    ran = repository.run("lock", "--resolve", "--json")
    assert (ran.code, ran.calls) == (0, 0), ran.err
    assert ran.json["targets"] == [{"id": "one", "side": "theirs", "state": "replay"}]
    assert ran.json["written"] == ["build/one.py"]
    assert repository.read("build/one.py") == theirs
    assert repository.run("check").code == 0
    assert repository.build().calls == 0


def test_a_spec_and_a_template_cost_a_call_for_that_spec_alone(project: Project) -> None:
    project.run("init")
    project.write("prompts/mine.jinja", TEMPLATE)
    for name in ("one", "two"):
        project.spec(name, f"Print the word {name}.", template="prompts/mine.jinja")
    assert project.build().calls == 2
    git(project, "init", "-q", "-b", "main")
    commit(project)
    git(project, "branch", "other")
    project.change("prompts/mine.jinja", "You write programs.", "You write good programs.")
    assert project.build().calls == 2
    commit(project)
    git(project, "switch", "-q", "other")
    project.change("specs/one.toml", "the word one", "the word 1")
    assert project.build().calls == 1
    commit(project)
    git(project, "merge", "-q", "main", code=1)
    ran = project.run("lock", "--resolve", "--json")
    assert (ran.code, ran.calls) == (0, 0), ran.err
    assert ran.json["targets"] == [{"id": "one", "side": "ours", "state": "call"}]
    assert project.states() == {"one": "call", "two": "fresh"}
    assert project.build().calls == 1
    assert project.run("check").code == 0


def test_a_textual_merge_of_two_outputs_is_noticed(repository: Project) -> None:
    first, last = "print(1)\n", "print(9)\n"
    middle = "".join(f"print('line {at}')\n" for at in range(20))
    repository.server.answers.update({
        "the word 1": f"```python\n{first}{middle}print('end')\n```\n",
        "A tiny program": f"```python\nprint('begin')\n{middle}{last}```\n",
        "the word zero": f"```python\nprint('begin')\n{middle}print('end')\n```\n",
    })  # fmt: skip
    repository.change("specs/one.toml", "the word one", "the word zero")
    repository.build()
    (repository.root / ".gitattributes").unlink()  # the control comes first: git may merge outputs here
    commit(repository)
    git(repository, "branch", "-f", "other")
    repository.change("specs/one.toml", "the word zero", "the word 1")
    repository.build()
    commit(repository)
    git(repository, "switch", "-q", "other")
    repository.change("specs/one.toml", "A small program", "A tiny program")
    repository.build()
    commit(repository)
    git(repository, "merge", "-q", "main", code=1)
    text = repository.read("build/one.py")
    assert first in text and last in text and "<<<<" not in text, "git took lines of both and said nothing"
    ran = repository.run("lock", "--resolve", "--json")
    assert (ran.code, ran.calls) == (1, 0)
    assert ran.json["edited"] == ["build/one.py"]
    assert repository.read("build/one.py") == text, "it could be a person's work: it is kept"
    assert repository.run("check").code == 1
    assert repository.states()["one"] == "edited"
    assert repository.build("--force", "one").calls == 1
    assert repository.run("check").code == 0


def test_an_accepted_edit_on_one_side_survives_a_build_on_the_other(repository: Project) -> None:
    repository.write("build/one.py", "# mine\nprint('one')\n")
    assert repository.run("accept", "one").code == 0
    commit(repository)
    git(repository, "switch", "-q", "other")
    repository.change("specs/one.toml", "the word one", "the word 1")
    repository.build()
    commit(repository)
    git(repository, "merge", "-q", "main", code=1)
    ran = repository.run("lock", "--resolve", "--json")
    assert (ran.code, ran.calls) == (0, 0), ran.err
    assert ran.json["targets"] == [{"id": "one", "side": "theirs", "state": "held"}]
    assert repository.read("build/one.py") == "# mine\nprint('one')\n"
    assert repository.build().calls == 0, "held: a person decides"


def test_a_lock_mixed_by_hand_is_settled_after_the_merge_was_committed(repository: Project) -> None:
    both_change_one(repository)
    git(repository, "merge", "-q", "main", code=1)
    # a person took one side's entry and lines of the other's
    wrong = git(repository, "show", "main:specbuild.lock").replace('"attempts": 1', '"attempts": 2', 1)
    repository.write("specbuild.lock", wrong)
    commit(repository, "Merge by hand")
    assert repository.states()["one"] == "conflict"
    ran = repository.run("lock", "--resolve", "--json")
    assert (ran.code, ran.calls) == (0, 0), ran.err
    assert repository.run("lock").code == 0
    assert repository.build().calls == 1
    assert repository.run("check").code == 0


def test_a_lock_that_no_merge_spoiled_is_not_settled(repository: Project) -> None:
    repository.write("specbuild.lock", repository.read("specbuild.lock").replace('"attempts": 1', '"attempts": 2', 1))
    ran = repository.run("lock", "--resolve")
    assert ran.code == 1 and "SB724" in ran.err
    git(repository, "checkout", "--", "specbuild.lock")
    assert repository.run("lock", "--resolve").code == 0


def test_a_merge_in_a_folder_of_a_larger_repository(project: Project, tmp_path: Path) -> None:
    project.run("init")
    git(project, "-C", str(tmp_path), "init", "-q", "-b", "main")
    project.spec("one")
    project.build()
    commit(project)
    git(project, "branch", "other")
    project.spec("a", "Print a.")
    project.build()
    commit(project)
    git(project, "switch", "-q", "other")
    project.spec("b", "Print b.")
    project.build()
    commit(project)
    git(project, "merge", "-q", "main", code=1)
    assert project.run("lock", "--resolve").code == 0
    assert project.build().calls == 0
    assert project.states() == {"a": "fresh", "b": "fresh", "one": "fresh"}


def test_init_keeps_git_from_merging_what_a_hash_stands_for(project: Project) -> None:
    project.write("specbuild.toml", 'edition = 1\noutputs = "made"\ncache = "kept"\nspecs = "src/specs"\n')
    assert project.run("init").code == 0
    assert project.read(".gitattributes").splitlines() == [
        "made/** -text -merge linguist-generated",
        "kept/replies/** -text -merge linguist-generated",
        "specbuild.lock text eol=lf",
    ]
    assert project.read(".gitignore").splitlines() == ["kept/local/", "kept/inbox/"]
    assert (project.root / "src/specs").is_dir() and not (project.root / "specs").exists()
    project.write(".gitattributes", "# mine\nspecbuild.lock text eol=lf\n")
    project.run("init")
    assert project.read(".gitattributes").startswith("# mine\nspecbuild.lock text eol=lf\nmade/** ")
    assert "nothing was changed" in project.run("init").err


@pytest.mark.parametrize("attributes", [True, False])
def test_one_reply_bought_on_two_branches_stays_a_record(repository: Project, attributes: bool) -> None:
    if not attributes:
        (repository.root / ".gitattributes").unlink()
        commit(repository)
        git(repository, "branch", "-f", "other")
    for branch, model in (("main", "m-one-a"), ("other", "m-one-b")):
        git(repository, "switch", "-q", branch)
        shutil.rmtree(repository.root / "cache/local")  # as on two machines
        repository.server.model = model
        repository.spec("one", "Print the word 1.")
        assert repository.build().calls == 1
        commit(repository)
    git(repository, "merge", "-q", "main", code=1)
    ran = repository.run("cache", "stats", "--json")
    assert len(ran.json["damaged"]) == (0 if attributes else 1)
    ran = repository.run("cache", "heal", "--json")
    assert (ran.code, len(ran.json["brought"])) == (0, 0 if attributes else 1)
    assert repository.run("lock", "--resolve").code == 0
    shutil.rmtree(repository.root / "build")
    shutil.rmtree(repository.root / "cache/local")
    assert repository.build("--offline").calls == 0
    assert repository.run("check").code == 0


def test_a_rebase_is_settled_like_a_merge(repository: Project) -> None:
    both_change_one(repository)
    git(repository, "rebase", "-q", "main", code=1)
    ran = repository.run("lock", "--resolve", "--json")
    assert (ran.code, ran.calls) == (0, 0), ran.err
    assert ran.json["targets"] == [{"id": "one", "side": "ours", "state": "call"}]
    assert repository.build().calls == 1
    git(repository, "add", "-A")
    git(repository, "-c", "core.editor=true", "rebase", "--continue")
    assert repository.run("check").code == 0
