"""What a repository does behind our back: hooks that rewrite outputs, ignore rules that hide them. With real git, real
pre-commit and the real hooks."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scene import Project

UGLY = "def total( a,b ):\n    return a+b\nprint(total( 1,2 ))\n\n\n"
HOOKS = """\
repos:
  - repo: local
    hooks:
      - id: ruff-format
        name: ruff-format
        entry: ruff format
        language: system
        types: [python]
      - id: end-of-file-fixer
        name: end-of-file-fixer
        entry: end-of-file-fixer
        language: system
        types: [text]
"""


def ran(project: Project, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(project.root.parent / "pre-commit"),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    return subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True, check=False)


def hooks_pass(project: Project) -> bool:
    """Stage everything and run all hooks on all files; they rewrite what they do not like."""
    ran(project, "git", "add", "-A")
    done = ran(project, sys.executable, "-m", "pre_commit", "run", "--all-files")
    assert done.returncode == 0 or "files were modified by this hook" in done.stdout, done.stdout + done.stderr
    return done.returncode == 0


def told(project: Project, where: str) -> list[str]:
    """Return what `doctor` would have a person do about `where`."""
    findings = project.run("doctor", "--json").json
    return [one["mend"] for one in findings if one["what"] == where and one["state"] != "good"]


@pytest.fixture
def repository(project: Project) -> Project:
    project.server.answers["small program"] = f"```python\n{UGLY}```\n"
    assert ran(project, "git", "init", "-q").returncode == 0
    project.write(".pre-commit-config.yaml", HOOKS)
    assert project.run("init").code == 0
    return project


def test_hooks_stay_green_after_a_build_twice_where_the_spec_names_the_formatter(repository: Project) -> None:
    repository.spec("sum", format=["ruff", "format", "-"])
    repository.build()
    assert hooks_pass(repository)
    assert told(repository, ".pre-commit-config.yaml") == []
    repository.change("specs/sum.toml", "Print a line.", "Print two lines.")
    assert repository.build().calls == 1
    assert hooks_pass(repository)
    assert repository.build().calls == 0
    assert repository.run("check").code == 0


def test_without_it_the_hooks_rewrite_outputs_and_the_line_that_doctor_prints_keeps_them_off(
    repository: Project,
) -> None:
    repository.spec("sum")
    repository.build()
    built = repository.outputs()
    assert not hooks_pass(repository), "the control"
    [finding] = repository.run("check", "--json").json["findings"]
    assert finding["reasons"][0]["word"] == "layout"
    [mend] = told(repository, ".pre-commit-config.yaml")
    line = re.findall(r"`(exclude: .*?)`", mend)[0]
    repository.write(".pre-commit-config.yaml", f"{line}\n{HOOKS}")
    assert told(repository, ".pre-commit-config.yaml") == []
    repository.build("--force")
    assert repository.outputs() == built
    assert hooks_pass(repository)
    repository.change("specs/sum.toml", "Print a line.", "Print two lines.")
    repository.build()
    assert hooks_pass(repository)
    assert repository.run("check").code == 0


@pytest.mark.parametrize(
    ("place", "rule", "path", "mend"),
    [
        (".gitignore", "cache/", "cache/replies/00/x.json", "add the line `!/cache/`"),
        (".gitignore", "*.json", "cache/replies/00/x.json", "add the line `!/cache/replies/**`"),
        (".gitignore", "build", "build/a/b.py", "add the line `!/build/`"),
        (".gitignore", "*.py", "build/a/b.py", "add the line `!/build/**`"),
        (".gitignore", "*.lock", "specbuild.lock", "add the line `!/specbuild.lock`"),
        (".git/info/exclude", "/cache", "cache/replies/00/x.json", "add the line `!/cache/`"),
        ("build/.gitignore", "*", "build/a/b.py", "take the rule `*` out of build/.gitignore:1"),
    ],
)
def test_ignore_rules_that_hide_are_told_with_the_line_that_mends(
    project: Project, place: str, rule: str, path: str, mend: str
) -> None:
    ran(project, "git", "init", "-q")
    assert project.run("init").code == 0
    assert told(project, ".gitignore") == []
    file = project.root / place
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    project.write(place, f"{rule}\n{before}")
    [found] = told(project, ".gitignore")
    assert found.startswith(mend), found
    assert f"attention: .gitignore: {path.split('/')[0]}" in (shown := project.run("init").err) and mend in shown
    if mend.startswith("take"):
        project.write(place, before)
    else:
        line = re.findall(r"`(.*?)`", found)[0]
        project.write(".gitignore", project.read(".gitignore") + line + "\n")
    assert told(project, ".gitignore") == []
    assert ran(project, "git", "check-ignore", "-q", path).returncode == 1, "git shows it"
    assert ran(project, "git", "check-ignore", "-q", "cache/local/x").returncode == 0


def test_hooks_that_would_damage_records_are_grave(project: Project) -> None:
    project.write(".pre-commit-config.yaml", HOOKS.replace("ruff-format", "prettier"))
    grave = [one for one in project.run("doctor", "--json").json if one["what"] == ".pre-commit-config.yaml"]
    assert [one["state"] for one in grave] == ["missing"]
    assert "cache/replies/" in grave[0]["found"] and "exclude: '^(build/|cache/replies/)'" in grave[0]["mend"]
    project.write(".pre-commit-config.yaml", HOOKS)
    notes = [one for one in project.run("doctor", "--json").json if one["what"] == ".pre-commit-config.yaml"]
    assert [one["state"] for one in notes] == ["note"]


def test_where_git_refuses_a_repository_doctor_and_the_gate_say_so_in_its_words(project: Project) -> None:
    assert project.run("init").code == 0
    project.write(".git", "gitdir: gone\n")
    told = project.run("doctor").out
    assert " git              not a git repository: " in told and "is not ignored" not in told
    ran = project.run("check", "--staged")
    assert ran.code == 2 and "  why: not a git repository: " in ran.err
    if os.geteuid() == 0:  # only then a folder can be given to somebody else, as it is in a container
        os.remove(project.root / ".git")
        subprocess.run(["git", "init", "-q"], cwd=project.root, check=True)
        os.chown(project.root / ".git", 65534, 65534)
        os.chown(project.root, 65534, 65534)
        ran = project.run("check", "--staged")
        assert "dubious ownership" in ran.err and "hint: git config --global --add safe.directory " in ran.err
