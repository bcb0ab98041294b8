"""Every exit code provoked, what goes to which stream, and how much is said."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scene import Project

ROOT = Path(__file__).parents[2]


def test_success_and_nothing_to_do_are_0(project: Project) -> None:
    project.spec("a")
    assert project.run("build").code == 0
    assert project.run("build").code == 0


def test_a_finding_and_a_failed_target_are_1(project: Project) -> None:
    project.spec("a")
    assert project.run("check").code == 1
    assert project.run("plan", "--exit-code").code == 1
    assert project.run("plan").code == 0, "the control"
    assert project.run("build", "--locked").code == 1
    project.server.always("unauthorized")
    assert project.run("build").code == 1
    project.server.always(None)
    project.build()
    project.write("build/a.py", "mine\n")
    assert project.run("diff", "--exit-code").code == 1
    assert project.run("diff").code == 0


def test_usage_configuration_and_spec_errors_are_2_before_any_work(project: Project) -> None:
    project.spec("a")
    assert project.run("build", "--jobs", "many").code == 2
    assert project.run("build", "nothing-of-that-name").code == 2
    project.write("specs/b.toml", "[file]\n")
    ran = project.run("build")
    assert (ran.code, ran.calls) == (2, 0)
    (project.root / "specs/b.toml").unlink()
    project.write("specbuild.toml", "edition = 'one'\n")
    assert project.run("plan").code == 2


def test_an_internal_error_is_3_and_says_what_to_do(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.spec("a")
    monkeypatch.setattr("specbuild.work.load.spec_files", lambda *_: 1 / 0)
    ran = project.run("status")
    assert ran.code == 3
    assert "internal error" in ran.err and "--debug" in ran.err
    assert "Traceback" not in ran.err
    assert "Traceback" in project.run("status", "--debug").err


def test_a_missing_reply_offline_is_4_a_limit_5_an_inbox_6(project: Project) -> None:
    project.spec("a")
    project.spec("b")
    assert project.run("build", "--offline").code == 4
    assert project.run("build", "-j", "1", "--max-calls", "1").code == 5
    file = Path(project.environment["HOME"]) / ".config/specbuild/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('[service.default]\nkind = "inbox"\n')
    assert project.run("build").code == 6


@pytest.mark.parametrize(
    "command",
    [
        ("plan",), ("status",), ("check",), ("why",), ("diff",), ("build",), ("build", "--dry-run"), ("reproduce",),
        ("prompt", "a"), ("accept", "a"), ("lint",), ("doctor",), ("explain",), ("prune",), ("clean", "--dry-run"),
        ("regenerate", "a"),
    ],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("state", ["new", "built"])
def test_a_result_for_machines_is_one_json_value_and_alone_on_stdout(
    project: Project, command: tuple[str, ...], state: str
) -> None:
    project.spec("a")
    if state == "built":
        project.build()
    ran = project.run(*command, "--json")
    if ran.code != 2:
        json.loads(ran.out)
    assert ran.code in (0, 1, 2)


def test_quiet_says_only_what_is_wrong_and_verbose_tells_fresh_targets(project: Project) -> None:
    project.spec("a")
    quiet = project.run("build", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert "a" not in project.run("build").out
    assert project.run("-v", "plan").code == 0
    project.change("specs/a.toml", "Print", "Show")
    project.server.always("unauthorized")
    assert "SB604" in project.run("build", "-q").err


def test_no_color_wins_over_a_terminal_and_loses_against_the_option(project: Project) -> None:
    project.spec("a")
    assert "\x1b[" in project.run("status", "--color", "always", environment={"NO_COLOR": "1"}).out
    assert "\x1b[" in project.run("status", environment={"FORCE_COLOR": "1"}).out
    assert "\x1b[" not in project.run("status", environment={"FORCE_COLOR": "1", "NO_COLOR": "1"}).out
    assert "\x1b[" not in project.run("status").out


@pytest.mark.parametrize("command", ["status", "plan", "prompt", "build"])
def test_a_reader_that_goes_away_is_no_error(project: Project, command: str) -> None:
    for number in range(40):
        project.spec(f"s{number}")
    select = ["**"] if command == "prompt" else []
    process = subprocess.Popen(
        [sys.executable, "-m", "specbuild", command, *select, *(["--json"] if command == "build" else [])],
        cwd=project.root, env={**project.environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    told = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(timeout=120) == 0, told
    assert "BrokenPipe" not in told and "Traceback" not in told
