"""The steps of action.yml and of the recipes for CI, run as shell the way GitHub's runner does; and who gets a key."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.pages import blocks
from tests.stories.conftest import KEY, Project, Server

HERE = Path(__file__).parent.parent.parent
OFFLINE = {"PYTHONPATH": sysconfig.get_path("purelib"), "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
INSTALLED = str(Path(sys.executable).parent)


class Ended(NamedTuple):
    """How a step ended: its name, exit code and output."""

    name: str
    code: int
    said: str


class Runner(NamedTuple):
    """A checkout with what the runner gives to its steps."""

    root: Path
    temporary: Path

    def run(self, steps: list[dict[str, Any]], known: Mapping[str, str], **extra: str) -> Iterator[Ended]:
        """Run the steps that are shell, up to the first that fails; `known` are the values of expressions."""
        self.temporary.mkdir(exist_ok=True)
        files = {name: self.temporary / name for name in ("GITHUB_PATH", "GITHUB_STEP_SUMMARY")}
        left = ("GIT_", "OPENAI_", "SPECBUILD_", "PIP_", "PYTHONPATH", "GITHUB_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(left)}
        environment = {
            **kept, "HOME": str(self.temporary), "GIT_CONFIG_GLOBAL": os.devnull, "RUNNER_TEMP": str(self.temporary),
            "GITHUB_WORKSPACE": str(self.root), **{name: str(path) for name, path in files.items()}, **extra,
        }  # fmt: skip
        for step in steps:
            if "run" not in step or not holds(step.get("if", ""), known):
                continue
            added = files["GITHUB_PATH"].read_text().split() if files["GITHUB_PATH"].exists() else []
            path = os.pathsep.join([*reversed(added), environment["PATH"]])
            given = {name: filled(value, known) for name, value in step.get("env", {}).items()}
            assert "${{" not in step["run"], "a value must not become a part of a script"
            ended = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=self.root, env={**environment, "PATH": path, **given}, capture_output=True, text=True, check=False,
            )  # fmt: skip
            yield Ended(step.get("name", ""), ended.returncode, ended.stdout + ended.stderr)
            if ended.returncode:
                return


def filled(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ *([\w.]+) *\}\}", lambda found: known[found[1]], text)


def holds(condition: str, known: Mapping[str, str]) -> bool:
    """Return whether `NAME == 'x'` or `NAME != 'x'` is true."""
    found = re.fullmatch(r"([\w.]+) (==|!=) '([^']*)'", condition)
    return not condition or (found is not None and (known[found[1]] == found[3]) == (found[2] == "=="))


def workflow(name: str) -> dict[Any, Any]:
    """Return a workflow of the page, by its file's name."""
    page = (HERE / "docs/hooks-and-ci.md").read_text(encoding="utf-8")
    [text] = [one.text for one in blocks(page) if one.path.endswith("/" + name)]
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded


def key_names(value: object) -> list[str]:
    return re.findall(r"secrets\.\w+", str(value))


@pytest.fixture
def project(tmp_path: Path, server: Server) -> Project:
    made = Project(tmp_path / "checkout", server)
    made.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\ncommit_outputs = true\n')
    made.spec("one", "Give a mark.")
    assert made.build().calls == 1
    shutil.rmtree(made.root / "cache/local")
    return made


@pytest.mark.xdist_group("pre-commit")
def test_the_steps_of_the_action_install_lint_check_and_reproduce(project: Project, tmp_path: Path) -> None:
    action = yaml.safe_load((HERE / "action.yml").read_text(encoding="utf-8"))
    defaults = {f"inputs.{name}": one["default"] for name, one in action["inputs"].items()}
    known = {**defaults, "inputs.source": str(HERE), "inputs.reproduce": "true"}
    runner, steps = Runner(project.root, tmp_path / "runner"), action["runs"]["steps"]
    ended = list(runner.run(steps, known, **OFFLINE))
    assert [(one.name, one.code) for one in ended] == [
        ("Install", 0), ("Lint", 0), ("Check", 0), ("Reproduce", 0),
    ], ended  # fmt: skip
    assert ended[2].said == "1 fresh\n" and "reproduced: 1 of 1 target" in ended[3].said
    project.change("specs/one.toml", "Give", "Do give")
    known |= {"inputs.source": "", "inputs.replay": "true"}
    ended = list(runner.run(steps, known, **OFFLINE))
    assert [(one.name, one.code) for one in ended] == [("Write outputs", 0), ("Lint", 0), ("Check", 1)], ended
    assert "::error title=specbuild call,file=specs/one.toml,line=" in ended[2].said
    summary = (tmp_path / "runner/GITHUB_STEP_SUMMARY").read_text()
    assert summary.count("### specbuild lint") == 2 and "| error call | specs/one.toml" in summary


def test_a_job_with_a_key_builds_and_pushes_and_the_key_goes_no_further(project: Project, tmp_path: Path) -> None:
    job = workflow("build-specs.yml")["jobs"]["build"]
    remote, git = tmp_path / "remote.git", ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    project.change("specs/one.toml", "Give", "Do give")
    project.write(".gitignore", "cache/local/\n")
    for command in (["init", "-q", "-b", "words"], ["add", "-A"], ["commit", "-qm", "Words"]):
        subprocess.run([*git, *command], cwd=project.root, check=True)
    subprocess.run([*git, "remote", "add", "origin", str(remote)], cwd=project.root, check=True)
    subprocess.run([*git, "push", "-qu", "origin", "words"], cwd=project.root, check=True)
    steps = [one for one in job["steps"] if one.get("name") in ("Build", "Push")]
    path = os.pathsep.join([INSTALLED, os.environ["PATH"]])
    runner = Runner(project.root, tmp_path / "runner")
    refused = list(runner.run(steps, {"vars.MODEL_URL": "", "secrets.MODEL_KEY": ""}, PATH=path))
    assert [one.code for one in refused] == [2] and "a reply is missing of one" in refused[0].said, "the control"
    known = {"vars.MODEL_URL": project.server.base_url, "secrets.MODEL_KEY": KEY}
    ended = list(runner.run(steps, known, PATH=path))
    assert [one.code for one in ended] == [0, 0], ended
    told = subprocess.run(
        ["git", "--git-dir", str(remote), "log", "-p", "words"], capture_output=True, text=True, check=True
    ).stdout
    assert "Build what the specs say" in told and "+++ b/build/one.py" in told and KEY not in told
    assert project.run("check").code == 0


def test_only_a_push_to_the_repository_itself_gets_a_key() -> None:
    building, checking = workflow("build-specs.yml"), workflow("specs.yml")
    own = yaml.safe_load((HERE / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as true.
    assert set(building[True]) == {"push"} and key_names(building) == ["secrets.MODEL_KEY"]
    holders = [one["name"] for one in building["jobs"]["build"]["steps"] if key_names(one)]
    assert holders == ["Build"], "one step, not the job and not the checkout"
    for one in (checking, own):
        assert set(one[True]) == {"push", "pull_request"} and one["permissions"] == {"contents": "read"}
        assert key_names(one) == [], "a fork's pull request runs this"
    assert own["jobs"]["run"]["steps"][-1]["run"] == ".ci/run"
