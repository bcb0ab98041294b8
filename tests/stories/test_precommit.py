"""The hooks of .pre-commit-hooks.yaml in a real repository: installed by pre-commit itself, run by `git commit` and by
`pre-commit try-repo`. All of it, the installation too, happens in an empty network namespace.
"""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from pre_commit.main import main as pre_commit

from tests.stories.conftest import Project, Server

pytestmark = pytest.mark.xdist_group("pre-commit")  # one worker: one environment to build

HERE = Path(__file__).parent.parent.parent
PACKAGED = ("specbuild", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
NOT_PASSED_ON = ("OPENAI_", "SPECBUILD_", "GIT_", "PIP_", "PYTHONPATH")
CUT_OFF = ("unshare", "--net") if os.getuid() == 0 else ("unshare", "--map-root-user", "--net")
# pip finds what the package needs, and what builds it, beside this interpreter, and this package nowhere.
OFFLINE = {"PYTHONPATH": sysconfig.get_path("purelib"), "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in {"NAME": "A Person", "EMAIL": "person@example.org"}.items()
}


class Hook(NamedTuple):
    """Where the hook comes from, and the environment of every process: its own hooks' home, no key, no endpoint."""

    repository: Path
    revision: str
    environment: dict[str, str]


class Commit(NamedTuple):
    """How a `git commit` ended."""

    code: int
    said: str


class Repository(Project):
    """A project in git, whose commits pass the hook."""

    hook: Hook

    def git(self, *arguments: str) -> str:
        """Run git, and expect success."""
        return run(self.hook, self.root, "git", *arguments)

    def commit(self) -> Commit:
        """Stage everything and commit it through the hook; whatever that does, no file may be written."""
        self.git("add", "-A")
        before = self.files()
        command, environment = [*CUT_OFF, "git", "commit", "-m", "A change"], self.hook.environment
        ended = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)
        assert self.files() == before
        return Commit(ended.returncode, ended.stdout + ended.stderr)

    def files(self) -> dict[str, object]:
        """Return the stamps of everything but git's own folder."""
        return {path: stamp for path, stamp in self.stamps().items() if path.split("/")[0] != ".git"}


def run(hook: Hook, folder: Path, *command: str) -> str:
    ended = subprocess.run(command, cwd=folder, env=hook.environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Hook:
    """This package as a repository of hooks, with the working tree's files; pre-commit builds its environment once."""
    repository = tmp_path_factory.mktemp("hooks") / "specbuild"
    repository.mkdir()
    for name in PACKAGED:
        source = HERE / name
        if source.is_dir():
            shutil.copytree(source, repository / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, repository / name)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_PASSED_ON)}
    home = tmp_path_factory.mktemp("pre-commit")
    environment = {**kept, **IDENTITY, **OFFLINE, "PRE_COMMIT_HOME": str(home), "NO_COLOR": "1"}
    made = Hook(repository, "", environment)
    run(made, repository, "git", "init", "-q")
    run(made, repository, "git", "add", "-A")
    run(made, repository, "git", "commit", "-q", "-m", "The hook")
    return made._replace(revision=run(made, repository, "git", "rev-parse", "HEAD").strip())


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two built specs, one of them the other's need."""
    with Server() as server:
        made = Project(tmp_path_factory.mktemp("built") / "project", server)
        assert made.run("init").code == 0
        made.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\ncommit_outputs = true\n')
        made.spec("base", "Give a mark.")
        made.spec("top", "Use the mark.", needs=["base"])
        assert made.build().calls == 2
    return made.root


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory, built: Path, hook: Hook) -> Path:
    """What was built, all committed, with the hook installed."""
    root = tmp_path_factory.mktemp("committed") / "project"
    shutil.copytree(built, root, ignore=shutil.ignore_patterns("local"))
    with Server() as server:
        made = Repository(root, server)
        made.hook = hook
        made.write(
            ".pre-commit-config.yaml",
            f"repos:\n- repo: {hook.repository}\n  rev: {hook.revision}\n  hooks:\n  - id: specbuild-check\n",
        )
        made.git("init", "-q")
        run(hook, made.root, *CUT_OFF, sys.executable, "-m", "pre_commit", "install", "--install-hooks")
        first = made.commit()
    assert first.code == 0, first.said
    assert "specbuild check" in first.said and "Passed" in first.said
    return root


@pytest.fixture
def repository(tmp_path: Path, committed: Path, server: Server, hook: Hook) -> Repository:
    """A copy of that for one test."""
    shutil.copytree(committed, tmp_path / "project", ignore=shutil.ignore_patterns("local"))
    made = Repository(tmp_path / "project", server)
    made.hook = hook
    return made


def test_a_commit_of_a_fresh_project_passes(repository: Repository) -> None:
    repository.write("README.md", "Nothing to do with any spec.\n")
    assert repository.commit().code == 0


def test_a_changed_spec_that_was_not_built_fails_and_names_what_changed(repository: Repository) -> None:
    text = repository.read("specs/base.toml")
    repository.change("specs/base.toml", "Give a mark", "Give two marks")
    refused = repository.commit()
    assert refused.code == 1
    assert "spec changed: project.requirements" in refused.said
    repository.write("specs/base.toml", "# the control\n" + text)
    assert repository.commit().code == 0


def test_an_edited_output_fails_and_passes_once_it_is_accepted(repository: Repository) -> None:
    repository.write("build/top.py", "print('mine')\n")
    refused = repository.commit()
    assert refused.code == 1
    assert "specbuild accept" in refused.said
    # In a process of its own: while one keeps the store open, readers mark their place in its shared memory.
    run(repository.hook, HERE, sys.executable, "-m", "specbuild", "-C", str(repository.root), "accept", "top")
    assert repository.commit().code == 0


@pytest.mark.parametrize("gone", ["build/base.py", "specs/top.toml", "specbuild.lock"])
def test_a_commit_that_only_deletes_is_looked_at_too(repository: Repository, gone: str) -> None:
    repository.git("rm", "-q", gone)
    assert repository.git("diff", "--cached", "--name-status").split() == ["D", gone]
    refused = repository.commit()
    assert refused.code == 1, refused.said
    repository.git("reset", "-q", "--hard")
    repository.write("README.md", "The control.\n")
    assert repository.commit().code == 0


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four built specs."""
    with Server() as server:
        made = Project(tmp_path_factory.mktemp("four") / "project", server)
        assert made.run("init").code == 0
        made.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\ncommit_outputs = true\n')
        for name in ("changed", "edited", "lost", "left"):
            made.spec(name, f"Give the mark {name}.")
        assert made.build().calls == 4
    return made.root


def test_hooks_are_tried_without_a_network_and_find_each_kind_of_fault(
    tmp_path: Path, four: Path, server: Server, hook: Hook
) -> None:
    shutil.copytree(four, tmp_path / "project", ignore=shutil.ignore_patterns("local"))
    project = Repository(tmp_path / "project", server)
    project.hook = hook
    project.git("init", "-q")
    project.git("add", "-A")

    def tried(*only: str) -> tuple[int, dict[str, str], str]:
        command = [*CUT_OFF, sys.executable, "-m", "pre_commit", "try-repo", str(hook.repository), *only, "--all-files"]
        ended = subprocess.run(
            command, cwd=project.root, env=hook.environment, capture_output=True, text=True, check=False
        )
        lines = [line.partition("...") for line in ended.stdout.splitlines() if line.startswith("specbuild ")]
        return ended.returncode, {name: end.strip(".") for name, _, end in lines}, ended.stdout + ended.stderr

    code, ends, said = tried()
    assert (code, ends) == (0, dict.fromkeys(("specbuild check", "specbuild lint", "specbuild replay"), "Passed")), said
    project.change("specs/changed.toml", "Give the mark", "Give two marks")
    project.write("build/edited.py", "print('mine')\n")
    project.git("rm", "-qf", "build/lost.py", "specs/left.toml")
    code, ends, said = tried()
    assert code == 1 and ends == {
        "specbuild check": "Failed", "specbuild lint": "Passed", "specbuild replay": "Failed",
    }, said  # fmt: skip
    for found in (
        "call    changed  spec changed",
        "edited  edited ",
        "replay  lost ",
        "orphan  left ",
        "replayed  lost",
    ):
        assert found in said, said
    assert project.read("build/edited.py") == "print('mine')\n" and (project.root / "build/lost.py").exists()


def test_nothing_is_reached_in_the_namespace_of_these_tests() -> None:
    reach = "import socket; socket.create_connection(('127.0.0.1', {}), 1)"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        command = [sys.executable, "-c", reach.format(listening.getsockname()[1])]
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0, "the control"
        assert subprocess.run([*CUT_OFF, *command], capture_output=True, check=False).returncode != 0


def test_the_manifest_is_valid_and_its_hooks_always_run(tmp_path: Path) -> None:
    manifest = HERE / ".pre-commit-hooks.yaml"
    assert pre_commit(["validate-manifest", str(manifest)]) == 0
    hooks = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    assert [one["id"] for one in hooks] == ["specbuild-check", "specbuild-replay", "specbuild-lint"]
    assert all(one["always_run"] and not one["pass_filenames"] for one in hooks)
    spoiled = tmp_path / "hooks.yaml"
    spoiled.write_text(manifest.read_text(encoding="utf-8").replace("  entry:", "  entries:"), encoding="utf-8")
    assert pre_commit(["validate-manifest", str(spoiled)]) == 1
