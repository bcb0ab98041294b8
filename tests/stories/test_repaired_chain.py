"""A reply that failed its examples and the one that repaired it replay anywhere: offline, without a sandbox."""

import os
import subprocess
import sys

from tests.scene import Project
from tests.server import Body, declared_files

EXAMPLE = '\n[[example]]\nargs = ["2"]\nstdout = "4\\n"\n\n[[example]]\nhidden = true\nargs = ["3"]\nstdout = "9\\n"\n'
WRONG = "import sys\n\nprint(int(sys.argv[1]) * 2)\n"
RIGHT = "import sys\n\nprint(int(sys.argv[1]) ** 2)\n"


def answer(body: Body) -> str:
    """Answer wrongly at first, rightly once the conversation says that something fails."""
    marker, _ = declared_files(body)
    code = RIGHT if len(body["messages"]) > 2 else WRONG
    return f"=== specbuild:{marker} file: square.py ===\n{code}=== specbuild:{marker} end ===\n"


def built(project: Project) -> Project:
    project.server.answer = answer
    project.spec("square", "Print the square of the argument.", more=EXAMPLE)
    ran = project.build()
    assert ran.calls == 2
    assert project.stanza("square")["reply"]["attempts"] == 2
    return project


def test_a_repaired_target_replays_elsewhere_without_sandbox_and_linter(project: Project) -> None:
    built(project)
    clone = project.clone("somewhere/else", without=("cache/local", "build"))
    bare = {"HOME": "/nonexistent", "PATH": "/nonexistent", "LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo"}
    ran = subprocess.run(
        [sys.executable, "-m", "specbuild", "build", "--offline"],
        cwd=clone.root, env=bare, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert clone.outputs() == project.outputs()
    assert clone.read("specbuild.lock") == project.read("specbuild.lock")


def test_control_a_broken_example_value_makes_the_build_fail(project: Project) -> None:
    built(project)
    project.change("specs/square.toml", '"9\\n"', '"8\\n"')
    ran = project.run("build")
    assert ran.code == 1, ran.err
    assert project.read("build/square.py").endswith(RIGHT), "the good output of before stays"


def test_no_request_holds_a_byte_of_a_hidden_example(project: Project) -> None:
    canary = "quixotic-zebra-7731"
    project.server.answer = answer
    hidden = f'\n[[example]]\nhidden = true\nargs = ["{canary}"]\nstdout = "{canary}!\\n"\n'
    shown = '\n[[example]]\nargs = ["plain-okapi-1192"]\nstdout = "4\\n"\n'
    project.spec("square", "Print the square of the argument.", more=hidden + shown, attempts=2)
    assert project.run("build").code == 1
    said = "".join(project.prompts())
    assert "plain-okapi-1192" in said, "the control: a shown example is in the prompt"
    assert canary not in said
    for path in (project.root / "cache").rglob("*"):
        if path.is_file() and "claims" not in path.parts:
            assert canary.encode() not in path.read_bytes(), path
    assert os.listdir(project.root / "build/.failed")
