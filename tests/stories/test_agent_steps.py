"""A person watches an agent: each action is shown before it is done, and go, skip, stop or a word decides."""

import io
import os
import threading
from unittest.mock import patch

import pytest

from specbuild.agent_tools import Call
from specbuild.terminal.console import Console
from specbuild.work.overseer import Action
from specbuild.work.watching import Watching
from tests.server import Said
from tests.stories.conftest import Project, Ran, Server

MAIN = 'print("hello world")\n'


def call(name: str, **arguments: object) -> Said:
    return Said("Now this.", [(name, arguments)])


@pytest.fixture(autouse=True)
def agent(project: Project, server: Server) -> None:
    project.spec("main", "Print it.", mode="agent", more='\n[[example]]\nstdout = "hello world\\n"\n')
    server.scripts["Print it."] = [
        call("write_file", path="main.py", text='print("hello word")\n'),
        call("replace_lines", path="main.py", first=1, last=1, text=MAIN),
        call("run_program", args=["one", "two three"]),
        call("finish", reason="Done."),
    ]


def answered(project: Project, *answers: str, options: tuple[str, ...] = ()) -> Ran:
    with patch("sys.stdin", io.StringIO("".join(f"{one}\n" for one in answers))):
        return project.run("build", "--step", *options)


def results(server: Server) -> list[str]:
    return [one["content"] for one in server.calls[-1]["body"]["messages"] if one["role"] == "tool"]


def test_each_action_is_shown_as_a_difference_before_it_is_done(project: Project) -> None:
    ran = answered(project, "", "go", "g", "yes")
    assert ran.code == 0, ran.err
    shown = ran.err.split("do it? ")
    assert len(shown) == 5
    assert '--- /dev/null\n+++ b/main.py\n@@ -0,0 +1 @@\n+print("hello word")\n' in shown[0]
    assert shown[0].startswith("default: asking ") and "main 1: write_file main.py\n" in shown[0]
    assert (
        "main 2: replace_lines main.py 1-1\n" in shown[1]
        and '-print("hello word")\n+print("hello world")\n' in shown[1]
    )
    assert 'main 3: run_program args=["one","two three"]\n' in shown[2]
    assert "    done: it ended with exit status 0 …\n" in shown[3]
    assert "main 4: finish Done.\n" in shown[3]
    assert project.read("build/main.py").endswith(MAIN)


def test_a_skipped_action_is_not_done_and_the_record_says_so(project: Project, server: Server) -> None:
    server.scripts["Print it."] = [call("write_file", path="main.py", text=MAIN), call("delete_file", path="main.py"),
                                   call("finish")]  # fmt: skip
    ran = answered(project, "go", "?", "n", "go")
    assert ran.code == 0 and ran.err.count("skip leaves it out") == 1, "a lone ? or n is no word to the model"
    assert results(server)[-1] == "error: not done: the person who watches did not want it"
    clone = project.clone()
    (clone.root / "build" / "main.py").unlink()
    assert clone.run("build", "--offline").code == 0
    assert clone.outputs() == project.outputs()


def test_a_word_reaches_the_model_in_place_of_the_action(project: Project, server: Server) -> None:
    ran = answered(project, "Write world, not word.", "stop")
    assert results(server) == ["error: not done: the person who watches says: Write world, not word."]
    assert ran.code == 130


@pytest.mark.parametrize("answers", [("go", "stop"), ("go",)])
def test_stop_writes_nothing_and_the_next_build_goes_on(project: Project, answers: tuple[str, ...]) -> None:
    ran = answered(project, *answers)
    assert (ran.code, ran.calls) == (130, 2)
    assert "SB664: main: stopped before the next action; nothing of it is written" in ran.err
    assert project.outputs() == {}
    again = project.run("build")
    assert (again.code, again.calls) == (0, 2), again.err


@pytest.mark.parametrize(
    ("level", "told", "untold"),
    [
        ("quiet", [], ["main 1:", "done:"]),
        (
            "normal",
            ["main 1: write_file main.py\n    done: main.py has 1 line now\n"],
            ["Now this.", "standard output"],
        ),
        ("debug", ["Now this.\n", "main 3: run_program", "    standard output:\n    hello world\n"], []),
    ],
)
def test_the_log_level_says_how_much_is_told(project: Project, level: str, told: list[str], untold: list[str]) -> None:
    ran = project.run("build", "--log-level", level)
    assert ran.code == 0
    assert [one for one in told if one not in ran.err] == [], ran.err
    assert [one for one in untold if one in ran.err] == [], ran.err


def test_a_call_that_can_t_be_done_is_told_like_any_other(project: Project, server: Server) -> None:
    write = call("write_file", path="main.py", text=MAIN.replace("world", "word"))
    server.scripts["Print it."] = [Said(calls=[("rm", "{")]), write, call("finish"), call("give_up", reason="No.")]
    ran = project.run("build", "--log-level", "normal")
    assert "main 1: rm\n    error: there is no tool of that name; the tools are: list_files" in ran.err
    assert "main 3: finish\n    error: not finished. These checks fail: example 1" in ran.err, "what it announces"


def test_at_the_question_an_interrupt_needs_no_answer() -> None:
    keyboard, terminal = (os.fdopen(one, mode) for one, mode in zip(os.openpty(), "wr", strict=True))
    with keyboard, terminal:
        errors = io.StringIO()
        watching = Watching(Console(None, errors, environment={}), answers=terminal)
        timer = threading.Timer(0.05, watching.stopped.set)  # what Ctrl-C does, in the thread of the run
        timer.start()
        assert watching.asks(Action("main", 1, Call("1", "finish", {}), {}, {})) == "stop"
        timer.join()
        assert errors.getvalue().endswith("a word to the agent) \n")
        watching.stopped.clear()
        keyboard.write("skip\n")
        keyboard.flush()
        assert watching.asks(Action("main", 1, Call("1", "finish", {}), {}, {})) == "skip", "the control: it waits"
