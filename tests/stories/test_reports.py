"""What `check`, `lint` and `build` find, in the formats of `--output-format`; and outputs put back by `replay`."""

import json
import shutil
from pathlib import Path

import pytest

from tests.stories.conftest import Project, Server


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two built specs, one of them the other's need."""
    with Server() as server:
        project = Project(tmp_path_factory.mktemp("made") / "project", server)
        project.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\ncommit_outputs = true\n')
        project.spec("base", "Give a mark.")
        project.spec("top", "Use the mark.", needs=["base"])
        assert project.build().calls == 2
    return project.root


@pytest.fixture
def built(tmp_path: Path, made: Path, server: Server) -> Project:
    """A clone of what was made."""
    shutil.copytree(made, tmp_path / "project", ignore=shutil.ignore_patterns("local"))
    return Project(tmp_path / "project", server)


def test_a_finding_is_told_at_the_line_that_changed_and_at_the_file_that_was_edited(built: Project) -> None:
    assert built.run("check", "--output-format", "concise").out == "", "the control"
    built.change("specs/base.toml", "Give a mark", "Give two marks")
    built.write("build/top.py", "print('mine')\n")
    line = built.read("specs/base.toml").split("\n").index("[project]") + 2
    ran = built.run("check", "--output-format", "concise")
    assert (ran.code, ran.err) == (1, "1 edited, 1 call\n")
    assert ran.out.splitlines() == [
        f"specs/base.toml:{line}:1: error call: base: spec changed: project.requirements",
        "build/top.py: error edited: top: an output was changed by hand; depends on needs that are built first",
    ]
    found = built.run("check", "--output-format", "json").json
    assert (found["version"], found["command"], found["exit_code"]) == (1, "check", 1)
    assert [(one["id"], one["place"]["path"], one["place"]["line"]) for one in found["findings"]] == [
        ("base", "specs/base.toml", line), ("top", "build/top.py", None),
    ]  # fmt: skip
    assert found == built.run("check", "--json").json


def test_github_gets_annotations_from_the_root_of_the_checkout_and_a_summary(built: Project) -> None:
    summary = built.root.parent / "summary.md"
    environment = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_WORKSPACE": str(built.root.parent)}
    assert built.run("check", "--output-format", "github", environment=environment).out == ""
    assert summary.read_text() == "### specbuild check\n\n2 fresh\n\n"
    built.change("specs/base.toml", "Give a mark", "Give two marks")
    ran = built.run("check", "--output-format", "github", environment=environment)
    assert ran.out.startswith("::error title=specbuild call,file=project/specs/base.toml,line=")
    assert "\n| error call | project/specs/base.toml\\:" in summary.read_text()
    assert built.run("check", "--output-format", "github").out.startswith("::error title=specbuild call,file=specs/")


def test_a_fault_that_stops_a_command_is_told_in_its_format_too(built: Project) -> None:
    built.write("specs/base.toml", "[file\n")
    for command in ("check", "build", "lint"):
        found = built.run(command, "--output-format", "json").json
        assert (found["version"], found["command"], found["exit_code"]) == (1, command, 2)
        assert [one["place"]["path"] for one in found["diagnostics"]] == ["specs/base.toml"]
        ran = built.run(command, "--output-format", "github")
        assert (ran.code, ran.out.partition(",line=")[0]) == (2, "::error title=specbuild SB106,file=specs/base.toml")
    text = built.run("check")
    assert (text.code, text.out) == (2, ""), "the control: people read it on stderr"


def test_a_build_tells_how_targets_ended(built: Project) -> None:
    built.change("specs/base.toml", "Give a mark", "Give two marks")
    ran = built.run("build", "--offline", "--output-format", "github")
    assert ran.code == 4
    assert [line.partition(",")[0] for line in ran.out.splitlines()] == [
        "::error title=specbuild SB631", "::error title=specbuild blocked",
    ]  # fmt: skip
    made = built.run("build", "--output-format", "concise")
    assert made.code == 0
    assert [line.split(": ", 1)[1] for line in made.out.splitlines()][:1] == [
        "note built: base: spec changed: project.requirements"
    ]
    assert built.run("build", "--output-format", "github").out == ""
    assert built.run("build", "--output-format", "json").json["counts"] == {"fresh": 2}
    assert built.run("build", "-n", "--output-format", "json").json["dry_run"] is True
    assert built.run("build", "--json", "--output-format", "github").code == 2


def test_replay_puts_back_what_records_give_and_touches_nothing_else(built: Project) -> None:
    before = built.outputs()
    (built.root / "build/base.py").unlink()
    built.write("build/top.py", "print('mine')\n")
    ran = built.run("replay")
    assert (ran.code, ran.calls, ran.out) == (0, 0, "replayed  base\n")
    assert "1 replayed; 1 file written; 1 not fresh for another reason: specbuild check" in ran.err
    assert built.read("build/top.py") == "print('mine')\n"
    built.write("build/top.py", before["build/top.py"].decode())
    assert built.outputs() == before
    assert built.run("check").code == 0
    assert built.run("replay", "--exit-code").code == 0, "the control: nothing was to do"
    (built.root / "build/base.py").unlink()
    assert built.run("replay", "--exit-code").code == 1


def test_replay_needs_no_local_state_and_says_which_reply_is_lost(built: Project) -> None:
    before, lock = built.outputs(), built.read("specbuild.lock")
    clone = built.clone(without=("cache/local", "build"))
    assert clone.run("replay").code == 0
    assert (clone.outputs(), clone.read("specbuild.lock")) == (before, lock)
    lost = built.clone("lost", without=("cache", "build"))
    ran = lost.run("replay")
    assert (ran.code, lost.outputs(), lost.read("specbuild.lock")) == (4, {}, lock)
    assert [line.split(":")[0].split() for line in ran.out.splitlines()] == [["lost", "base"]]


def test_replay_runs_no_check_though_one_is_due(built: Project) -> None:
    spec = built.read("specs/base.toml")
    built.write("specs/base.toml", spec + '\n[verify]\ncommand = ["python", "-c", "raise SystemExit(1)"]\n')
    ran = built.run("replay")
    assert (ran.code, ran.calls, ran.out) == (0, 0, "")
    assert json.loads(built.read("specbuild.lock"))["targets"]["base"].get("failed") is None
    assert built.run("build", "--offline").code != 0, "the control: a build runs it"


@pytest.mark.parametrize("broken", [False, True])
def test_with_json_stdout_holds_json_or_nothing(project: Project, broken: bool) -> None:
    project.spec("one", language="markdown")
    project.build()
    if broken:
        project.write("specs/two.toml", "[file]\nname = 1\n")
    for command in ("plan", "status", "why", "diff", "graph", "log", "accept", "clean", "touch", "lint"):
        good = project.run(command, "one", "--json")
        nobody = project.run(command, "nobody", "--json")
        for ran in (good, nobody):
            assert ran.out == "" or json.loads(ran.out) is not None, command
            assert ran.out or (ran.code != 0 and "error" in ran.err), command
        assert good.out or broken, f"the control: {command} prints JSON where all is well"
