"""A shell completes commands, targets and selectors: bash for real, by the script that `completion` prints."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from click.shell_completion import BashComplete

from specbuild.commands import root
from tests.scene import Project
from tests.unit.test_structure import HEAVY

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
DRIVER = """
PATH={bin}:$PATH
{script}
while IFS= read -r line; do
    COMP_LINE=$line COMP_POINT=${{#line}} COMPREPLY=()
    COMP_WORDS=() COMP_CWORD=0
    "$(complete -p specbuild | sed 's/.*-F \\([^ ]*\\).*/\\1/')" specbuild
    echo "${{COMPREPLY[*]}}"
done
"""


@pytest.fixture
def tagged(project: Project) -> Project:
    project.spec("tools/sort", language="markdown", tags=["daily"])
    project.spec("tools/split", language="markdown", needs=["tools/sort"])
    project.spec("hello", language="markdown", model="m-other")
    project.spec("été à", language="markdown")
    return project


def bash(project: Project, lines: list[str], script: str) -> list[str]:
    """Return what bash offers for each line; it parts words as it does on a terminal."""
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", DRIVER.format(bin=BIN, script=script)],
        input="".join(f"{line}\n" for line in lines),
        cwd=project.root, env={**os.environ, **project.environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_bash_completes_commands_options_ids_and_selectors(tagged: Project) -> None:
    script = tagged.run("completion", "bash").out
    wanted = {
        "specbuild sta": "status",
        "specbuild status tools/s": "tools/sort tools/split",
        "specbuild build status:fr": "fresh",  # behind the colon: that is where bash puts it in
        "specbuild status tag:daily,mod": "daily,model:m-one daily,model:m-other",
        "specbuild why été": r"été\ à",
    }
    assert dict(zip(wanted, bash(tagged, list(wanted), script), strict=True)) == wanted
    assert bash(tagged, ["specbuild sta"], "complete -F true specbuild") == [""], "the control: bash alone knows none"


def offered(project: Project, *words: str) -> list[str]:
    """Return the values that are offered for the last word, in this process."""
    completer = BashComplete(root._root(), {}, "specbuild", "_SPECBUILD_COMPLETE")
    with contextlib.chdir(project.root), patch.dict(os.environ, project.environment, clear=True):
        return [one.value for one in completer.get_completions(list(words[:-1]), words[-1])]


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["status", "tag:"], ["tag:daily"]),
        (["status", "model:m-"], ["model:m-one", "model:m-other"]),
        (["status", "2+hel"], ["2+hello"]),
        (["build", "--off"], ["--offline"]),
        (["run", "he"], ["hello"]),
        (["plan", "--exclude", "+tools/so"], ["+tools/sort"]),
        (["nonsense", "x"], []),
        (["check", "status:st"], ["status:stale"]),
        (["why", "language:"], ["language:markdown"]),
        (["build", "since:"], ["since:HEAD", "since:HEAD~1", "since:main"]),
        (["build", "nosuch:"], []),
        (["log", "he"], ["hello"]),
    ],
)
def test_what_is_offered(tagged: Project, words: list[str], values: list[str]) -> None:
    assert offered(tagged, *words) == values


def test_a_spec_with_an_error_or_no_project_offers_what_is_known(tagged: Project) -> None:
    tagged.write("specs/hello.toml", "nonsense")
    assert offered(tagged, "build", "hel") == ["hello"]
    tagged.write("specbuild.toml", "nonsense =")
    assert offered(tagged, "build", "tag:d") in ([], ["tag:daily"])


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_scripts_of_the_other_shells_are_printed(project: Project, shell: str) -> None:
    text = project.run("completion", shell).out
    assert f"_SPECBUILD_COMPLETE={shell}_complete" in text and "specbuild" in text
    assert (shell == "fish") == ("string split --max 1" in text), "a comma in what is offered is no end of it"
    assert project.run("completion", "tcsh").code == 2
    assert "Choose from: bash, zsh, fish\n" in project.run("completion").err


def test_completing_is_light() -> None:
    program = (
        "import os, sys\nos.environ.update(_SPECBUILD_COMPLETE='bash_complete', COMP_WORDS='specbuild\\nbuild\\nex', "
        "COMP_CWORD='2')\nfrom specbuild.commands.root import run\nrun([])\nsys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "examples/hello" in done.stdout
    assert {name.split(".")[0] for name in done.stderr.split()} & HEAVY == set()
