"""`check --staged`: what a commit would take is looked at, not what lies in the work tree; and the hook for it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from specbuild import __version__
from specbuild.disk import staged_gate
from tests.stories.conftest import Project, Server

IDENTITY = ("-c", "user.name=A Person", "-c", "user.email=person@example.org", "-c", "commit.gpgsign=false")


class Repository(Project):
    """A project in git, built and committed."""

    def git(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run git with nobody's settings."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "OPENAI_"))}
        environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "HOME": str(self.root.parent), "NO_COLOR": "1"}
        argv = ["git", *IDENTITY, *arguments]
        return subprocess.run(argv, cwd=self.root, env=environment, check=check, capture_output=True, text=True)

    def staged(self) -> tuple[int, str]:
        """Return how `check --staged` ends, and what it finds."""
        before = self.stamps()
        ran = self.run("check", "--staged", "--output-format", "concise")
        assert ran.calls == 0 and self.stamps() == before
        return ran.code, ran.out


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two built specs, one of them the other's need, committed."""
    with Server() as server:
        project = Repository(tmp_path_factory.mktemp("made") / "project", server)
        assert project.run("init").code == 0
        project.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\ncommit_outputs = true\n')
        project.spec("base", "Give a mark.")
        project.spec("top", "Use the mark.", needs=["base"])
        assert project.build().calls == 2
        project.git("init", "-q")
        project.git("add", "-A")
        project.git("commit", "-q", "-m", "All")
    return project.root


@pytest.fixture
def repository(tmp_path: Path, made: Path, server: Server) -> Repository:
    """A copy of what was made, its index included."""
    shutil.copytree(made, tmp_path / "repository", ignore=shutil.ignore_patterns("local"))
    return Repository(tmp_path / "repository", server)


def test_what_is_staged_counts_and_not_what_lies_there(repository: Repository) -> None:
    assert repository.staged() == (0, "")
    repository.change("specs/base.toml", "Give a mark", "Give two marks")
    repository.write("build/top.py", "print('mine')\n")
    repository.write("specs/more.toml", "[file\n")
    assert repository.staged() == (0, ""), "nothing of it is staged"
    assert repository.run("check").code == 2, "the control: the work tree is not fresh"
    repository.git("add", "specs/base.toml")
    code, said = repository.staged()
    assert code == 1 and "error call: base: spec changed: project.requirements" in said and "edited" not in said
    repository.git("add", "build/top.py")
    assert "build/top.py: error edited: top" in repository.staged()[1]
    repository.git("checkout", "-q", "HEAD", "--", ".")
    assert repository.staged() == (0, "")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (("rm", "-q", "--cached", "build/base.py"), "error replay: base: "),
        (("rm", "-q", "--cached", "specs/top.toml"), "specbuild.lock: error orphan: top: "),
        (("rm", "-q", "--cached", "specbuild.lock"), "error replay: base: new; reply known"),
        (("update-index", "--chmod=+x", "build/base.py"), "error replay: base: "),
        (("rm", "-rq", "--cached", "cache/replies"), "error SB756: the reply of base is not staged"),
    ],
)  # fmt: skip
def test_a_commit_that_leaves_something_out_is_found(
    repository: Repository, change: tuple[str, ...], found: str
) -> None:
    assert repository.staged()[0] == 0, "the control"
    repository.git(*change)
    assert repository.run("check").code == 0, "the work tree is as it was"
    code, said = repository.staged()
    assert code == 1 and found in said


def test_what_is_only_announced_is_not_staged(repository: Repository) -> None:
    repository.write("specs/more.toml", "")
    repository.git("add", "--intent-to-add", "specs/more.toml")
    assert repository.staged() == (0, "")
    repository.git("add", "specs/more.toml")
    assert repository.staged()[0] == 2, "the control: an empty spec is an error"


def test_a_link_is_followed_in_the_index_and_only_inside(repository: Repository) -> None:
    text = repository.read("specs/base.toml")
    repository.write("shared/base.txt", text)
    (repository.root / "specs/base.toml").unlink()
    (repository.root / "specs/base.toml").symlink_to("../shared/base.txt")
    repository.git("add", "-A")
    repository.write("shared/base.txt", "[file\n")
    assert repository.staged() == (0, "")
    (repository.root / "specs/base.toml").unlink()
    (repository.root / "specs/base.toml").symlink_to("../../elsewhere.toml")
    repository.git("add", "specs/base.toml")
    code, said = repository.staged()
    assert code == 2 and "SB823" in said


def test_configuration_and_context_are_read_as_staged(repository: Repository) -> None:
    repository.write("specbuild.toml", "edition = 1\nmodel = [\n")
    assert repository.staged() == (0, "")
    repository.git("add", "specbuild.toml")
    assert repository.staged()[0] == 2


def test_where_nothing_is_staged_it_says_so(project: Project, repository: Repository) -> None:
    project.spec("one")
    ran = project.run("check", "--staged")
    assert (ran.code, ran.out) == (2, "") and "SB755" in ran.err and "no git repository" in ran.err
    oid = repository.git("hash-object", "-w", "specs/base.toml").stdout.strip()
    repository.git("rm", "-q", "--cached", "specs/base.toml")
    for stage in "123":
        subprocess.run(
            ["git", "update-index", "--index-info"], cwd=repository.root, check=True, text=True,
            input=f"100644 {oid} {stage}\tspecs/base.toml\n",
        )  # fmt: skip
    ran = repository.run("check", "--staged")
    assert ran.code == 2 and "the merge of specs/base.toml is not settled" in ran.err


def test_a_quick_answer_is_given_only_where_all_is_staged_as_it_lies_there(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    repository = Repository(project.root, project.server)
    repository.spec("base", "Give a mark.")
    repository.spec("top", "Use the mark.", needs=["base"])
    repository.git("init", "-q")
    repository.run("init")
    repository.build()
    repository.git("add", "-A")
    monkeypatch.setattr(os, "environ", os.environ.copy())
    for name in [one for one in os.environ if one.startswith(("GIT_", "OPENAI_", "SPECBUILD_", "XDG_"))]:
        monkeypatch.delenv(name)
    for name, value in repository.environment.items():
        monkeypatch.setenv(name, value)

    def answered() -> int | None:
        for _ in range(3):  # what was written in the tick of the last look is looked at again
            repository.build()
        monkeypatch.chdir(repository.root)
        return staged_gate.answer(["check", "--staged"], __version__)

    assert any(answered() == 0 for _ in range(10)) and capfd.readouterr().err == "2 fresh\n"
    for change in (
        ("rm", "-q", "--cached", "build/base.py"),
        ("rm", "-q", "--cached", "specs/top.toml"),
        ("rm", "-q", "--cached", "specbuild.lock"),
        ("rm", "-q", "--cached", "-r", "cache/replies"),
        ("update-index", "--chmod=+x", "build/base.py"),
    ):
        repository.git(*change)
        assert answered() is None, change
        repository.git("add", "-A")
    repository.write("specs/more.toml", "[file\n")
    repository.git("add", "-A")
    (repository.root / "specs/more.toml").unlink()
    assert answered() is None, "a spec that is staged and gone from the work tree"
    repository.git("add", "-A")
    assert any(answered() == 0 for _ in range(10)), "the control"
    assert staged_gate.answer(["check", "--staged", "base"], __version__) is None


def test_the_hook_looks_at_the_commit_under_way(repository: Repository) -> None:
    ran = repository.run("init", "--git-hook")
    assert ran.code == 0 and "runs `specbuild check --staged` before each commit" in ran.err
    again = repository.run("init", "--git-hook").err
    assert "runs `specbuild check --staged`" in again and "nothing was changed" not in again, "once more is no fault"
    repository.change("specs/base.toml", "Give a mark", "Give two marks")
    repository.write("README.md", "Nothing to do with any spec.\n")
    repository.git("add", "README.md")
    passed = repository.git("commit", "-m", "Words")
    assert "1 file changed" in passed.stdout
    # `git commit -a` makes an index of its own beside the repository's, in which the spec is not changed.
    refused = repository.git("commit", "-a", "-m", "A spec", check=False)
    assert refused.returncode == 1 and "spec changed: project.requirements" in refused.stdout + refused.stderr
    assert repository.staged() == (0, ""), "the control: the repository's own index does not hold it"


def test_a_hook_that_stands_there_is_never_overwritten(repository: Repository) -> None:
    hook = repository.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho mine\n")
    ran = repository.run("init", "--git-hook")
    assert ran.code == 1 and hook.read_text() == "#!/bin/sh\necho mine\n"
    assert "stays as it is\n  add this line to it: specbuild check --staged || exit 1\n" in ran.err
    hook.write_text("#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n")
    assert "specbuild-check to .pre-commit-config.yaml" in repository.run("init", "--git-hook").err
    hook.unlink()
    assert repository.run("init", "--git-hook").code == 0 and os.access(hook, os.X_OK), "the control"


def test_the_hook_goes_where_git_looks_for_it_and_never_out_of_the_repository(repository: Repository) -> None:
    repository.git("config", "core.hooksPath", ".githooks")
    assert repository.run("init", "--git-hook").code == 0
    written = repository.read(".githooks/pre-commit")
    assert written.endswith("\nexec specbuild check --staged\n") and "python" not in written, "others get it too"
    everybody = repository.root.parent / "everybody"
    repository.git("config", "core.hooksPath", str(everybody))
    ran = repository.run("init", "--git-hook")
    assert ran.code == 1 and "core.hooksPath leads out of this repository" in ran.err and not everybody.exists()


def test_a_project_in_a_folder_of_the_repository_is_looked_at_there(tmp_path: Path, made: Path, server: Server) -> None:
    shutil.copytree(made, tmp_path / "all/the inner", ignore=shutil.ignore_patterns("local", ".git"))
    inner = Repository(tmp_path / "all/the inner", server)
    outer = Repository(tmp_path / "all", server)
    outer.git("init", "-q")
    outer.git("add", "-A")
    assert inner.staged() == (0, "")
    outer.git("rm", "-q", "--cached", "the inner/build/base.py")
    assert inner.staged()[0] == 1
    assert inner.run("init", "--git-hook").code == 0
    assert "\ncd 'the inner' || exit 1\n" in outer.read(".git/hooks/pre-commit")
    outer.write("word.txt", "A word.\n")
    refused = outer.git("commit", "-m", "All", check=False)
    assert refused.returncode == 1 and "replay  base" in refused.stdout + refused.stderr
    there = inner.run("init", "--git-hook")
    assert (there.code, "/../" in there.err) == (0, False)
    shutil.copytree(inner.root, outer.root / "other")
    other = Repository(outer.root / "other", server).run("init", "--git-hook")
    line = "(cd other && specbuild check --staged) || exit 1"
    assert other.code == 1 and f"another project of this repository: add this line as the third: {line}\n" in other.err
    hook = outer.read(".git/hooks/pre-commit").split("\n", 2)
    outer.write(".git/hooks/pre-commit", "\n".join((*hook[:2], line, hook[2])))
    assert Repository(outer.root / "other", server).run("init", "--git-hook").code == 0
    assert inner.run("init", "--git-hook").code == 0
