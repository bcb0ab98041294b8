"""A new release changes nothing and costs nothing until `upgrade`: shown with a release that has a second edition.

That release is a copy of the package with another folder of templates and one more number in the list of editions, run
as a process of its own. No setting and no environment variable leads to an edition.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import specbuild
from specbuild.configuration_keys import EDITIONS
from specbuild.template import EDITION_PARTS
from specbuild.work.prompts import TEMPLATES
from specbuild.work.upgrade import with_edition
from tests.scene import Project, Ran

NEW_WORDS = "Take your time."
COMMAND_LINES = """\
import contextlib, io, json, sys
from specbuild.commands import root
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = root.run(arguments)
    print(json.dumps([code, out.getvalue(), err.getvalue()]))
"""
Release = Callable[..., list[Ran]]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the next release's package."""
    place = tmp_path_factory.mktemp("release")
    package = place / "specbuild"
    shutil.copytree(Path(specbuild.__file__).parent, package)
    keys = package / "configuration_keys.py"
    text = keys.read_text(encoding="utf-8")
    assert text.count("EDITIONS = (1,)") == 1
    keys.write_text(text.replace("EDITIONS = (1,)", "EDITIONS = (1, 2)"), encoding="utf-8")
    shutil.copytree(package / "templates" / "1", package / "templates" / "2")
    user = package / "templates" / "2" / "user.jinja"
    user.write_text(f"{NEW_WORDS}\n\n" + user.read_text(encoding="utf-8"), encoding="utf-8")
    return place


@pytest.fixture
def release(package: Path, project: Project) -> Release:
    """Return what runs command lines with the next release, all in one process."""

    def run(*lines: str, given: str = "") -> list[Ran]:
        before = len(project.server.calls)
        arguments = json.dumps([["-C", str(project.root), *one.split()] for one in lines])
        done = subprocess.run(
            [sys.executable, "-c", COMMAND_LINES, arguments],
            env={**project.environment, "PYTHONPATH": str(package), "PYTHONSAFEPATH": "1"},
            input=given, capture_output=True, text=True, check=True,
        )  # fmt: skip
        calls = len(project.server.calls) - before
        return [Ran(*json.loads(line), calls) for line in done.stdout.splitlines()]

    return run


def everything(project: Project) -> dict[str, bytes]:
    """Return the bytes of all that is committed."""
    local = project.root / "cache" / "local"
    files = [one for one in project.root.rglob("*") if one.is_file() and local not in one.parents]
    return {str(one.relative_to(project.root)): one.read_bytes() for one in files}


def editions(project: Project) -> dict[str, int]:
    locked = json.loads(project.read("specbuild.lock"))["targets"]
    return {one: stanza["inputs"]["edition"] for one, stanza in locked.items()}


@pytest.fixture
def built(project: Project) -> Project:
    project.spec("sort")
    project.spec("top", needs=["sort"])
    project.spec("mine")
    project.build()
    project.write("build/mine.py", "print('mine')\n")
    assert project.run("accept", "mine").code == 0
    return project


def test_a_new_release_costs_nothing_and_changes_nothing_until_upgrade(built: Project, release: Release) -> None:
    before = everything(built)
    built.spec("later")
    old_prompt = built.run("prompt", "later").out
    lines = "build --offline sort top mine", "check sort top mine", "plan sort top", "prompt later"
    build, check, plan, prompt = release(*lines)
    assert [build.code, check.code, plan.code, prompt.code] == [0, 0, 0, 0], build.err
    assert build.calls == 0
    assert plan.out.startswith("nothing to do")
    assert prompt.out == old_prompt, "a new target too begins at the edition that the configuration names"
    (built.root / "specs" / "later.toml").unlink()
    assert everything(built) == before
    shown, refused, same = release("upgrade --dry-run", "upgrade", "status --json")
    assert "sort" in shown.out and "edition changed" in shown.out
    assert "calls 1 / 2 / 6" in shown.out and "tokens" in shown.out, "the price"
    assert "to edition 2: 2 to be asked for anew, 1 accepted by hand, which cost nothing" in shown.err
    assert refused.code == 2 and "nobody answered" in refused.err and "--yes does\n" in refused.err
    assert {one["state"] for one in same.json["targets"]} == {"fresh"}
    assert shown.calls == 0
    assert everything(built) == before


def test_upgrade_moves_what_is_selected_and_then_the_rest(built: Project, release: Release) -> None:
    accepted = built.read("build/mine.py")
    [moved] = release("upgrade sort", given="y\n")
    assert (moved.code, moved.calls) == (0, 1), moved.err
    assert editions(built) == {"sort": 2, "top": 1, "mine": 1}
    assert "edition = 1\n" in built.read("specbuild.toml"), "only all targets together move the configuration"
    assert NEW_WORDS in built.prompts()[-1] and NEW_WORDS not in built.prompts()[-2]
    rest, again, check, later = release("upgrade --yes", "upgrade", "check", "build --offline")
    assert (rest.code, rest.calls) == (0, 1), rest.err
    assert editions(built) == {"sort": 2, "top": 2, "mine": 2}
    assert built.read("specbuild.toml") == 'edition = 2\nmodel = "m-one"\n'
    assert built.read("build/mine.py") == accepted
    assert (again.code, again.err) == (0, "nothing to move: edition 2 is the newest that this release has\n")
    assert (check.code, later.code) == (0, 0)
    old = built.run("build")
    assert (old.code, old.calls) == (2, 0)
    assert "SB406" in old.err and "a newer release may know it" in old.err
    built.change("specbuild.toml", "edition = 2", "edition = 1")
    assert built.run("build").code == 0, "what was built stays usable where nothing is due"
    built.change("specs/sort.toml", "Print a line.", "Print two lines.")
    stale = built.run("build")
    assert (stale.code, stale.calls) == (2, 0)
    assert "SB511" in stale.err and "edition 2" in stale.err


def test_without_a_newer_edition_upgrade_says_so(built: Project) -> None:
    before = everything(built)
    ran = built.run("upgrade", "--yes")
    assert (ran.code, ran.calls, ran.err) == (0, 0, "nothing to move: edition 1 is the newest that this release has\n")
    assert everything(built) == before
    assert built.run("upgrade", "--json").code == 2
    assert built.run("upgrade", "--json", "--dry-run").json["targets"] == []


def test_what_fails_keeps_its_edition_and_the_configuration_too(built: Project, release: Release) -> None:
    before = everything(built)
    some, everyone = release("upgrade --yes --offline sort top", "upgrade --yes --offline")
    assert (some.code, everyone.code, everyone.calls) == (4, 4, 0)
    assert "keeps its edition until all targets have moved" in everyone.err
    after = everything(built)
    assert editions(built) == {"sort": 1, "top": 1, "mine": 2}, "an accepted text answers its spec, not a template"
    assert [one for one in before if before[one] != after[one]] == ["specbuild.lock"]
    assert built.build("--offline").calls == 0


def test_attempts_that_were_used_up_leave_everything_as_it_was_and_can_be_asked_again(
    built: Project, release: Release
) -> None:
    outputs = built.outputs()
    built.server.answers[NEW_WORDS] = "I can't do that."
    tried, again = release("upgrade --yes sort", "upgrade --yes sort")
    assert (tried.code, again.code, again.calls) == (1, 1, 3), tried.err
    assert "failed before" in again.err
    assert built.outputs() == outputs and editions(built)["sort"] == 1
    assert built.run("check").code == 0 and built.build().calls == 0
    del built.server.answers[NEW_WORDS]
    [moved] = release("upgrade --failed --yes")
    assert (moved.code, moved.calls) == (0, 1), moved.err
    assert editions(built) == {"sort": 2, "top": 1, "mine": 2}
    assert "edition = 1\n" in built.read("specbuild.toml")


def test_every_edition_has_a_folder_of_templates_and_every_folder_is_an_edition() -> None:
    assert sorted(os.listdir(TEMPLATES)) == [
        *(str(one) for one in EDITIONS),
        "agent",
        "draft",
        "goal",
        "review",
        "revise",
    ]
    assert sorted(os.listdir(TEMPLATES / "revise")) == [f"{one}.txt" for one in EDITIONS]
    for kind in ("agent", "draft", "review"):
        assert sorted(os.listdir(TEMPLATES / kind)) == [str(one) for one in EDITIONS]
    for one in EDITIONS:
        assert sorted(os.listdir(TEMPLATES / str(one))) == sorted(f"{part}.jinja" for part in EDITION_PARTS)


PYPROJECT = ("tool", "specbuild")


@pytest.mark.parametrize(
    ("table", "before", "after"),
    [
        ((), "edition = 1\nmodel = 'm'\n", "edition = 2\nmodel = 'm'\n"),
        ((), '# mine\n"edition"=1 # old\n', '# mine\n"edition"=2 # old\n'),
        ((), "model = 'm' # edition = 1\n", "edition = 2\nmodel = 'm' # edition = 1\n"),
        ((), "\ufeffmodel = 'm'\r\n", "\ufeffedition = 2\r\nmodel = 'm'\r\n"),
        ((), "", "edition = 2\n"),
        (
            PYPROJECT,
            "[a]\nedition = 1\n[tool.specbuild]\nedition = 1\n",
            "[a]\nedition = 1\n[tool.specbuild]\nedition = 2\n",
        ),
        (PYPROJECT, "[tool.specbuild] # ours\nmodel = 'm'\n", "[tool.specbuild] # ours\nedition = 2\nmodel = 'm'\n"),
        (PYPROJECT, "[tool]\nspecbuild = {edition = 1, jobs = 3}\n", "[tool]\nspecbuild = {edition = 2, jobs = 3}\n"),
        (PYPROJECT, "[tool]\nspecbuild = {jobs = 3}\n", None),
        (PYPROJECT, "tool.specbuild.jobs = 3\n[a]\n", None),
    ],
)
def test_one_line_of_the_configuration_changes(table: tuple[str, ...], before: str, after: str | None) -> None:
    found = with_edition(before.encode(), "specbuild.toml", table=table, edition=2)
    assert found == (None if after is None else after.encode())
