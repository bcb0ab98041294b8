"""Agents that misbehave: each is bounded, each comes to an end that says what it was, and nothing of it is written.

All of them are targets of one project, built side by side in one run.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from specbuild.providers import openai_chat
from tests.scene import Project, Ran, Server
from tests.server import Said

pytestmark = pytest.mark.xdist_group("agent bounds")  # they share what is dear to build

GOOD, BAD = 'print("hello world")\n', 'print("hello word")\n'
FILLS = 'while True:\n    open("full", "ab").write(b"x" * 1_000_000)\n'


def call(name: str, **arguments: object) -> Said:
    return Said(calls=[(name, arguments)])


def write(path: str, text: str = GOOD) -> Said:
    return call("write_file", path=path, text=text)


GIVE_UP, FINISH = call("give_up", reason="I can't."), call("finish")


class Odd(NamedTuple):
    """What a misbehaving model says, the code of its ending, and what it is told at the end of its conversation."""

    said: list[Said]
    code: str
    told: str


ODD = {
    "outside": Odd([write("../../outside.py"), write("/tmp/outside.py"), write("x/outside.py"), GIVE_UP], "SB661",
                   "error: x/outside.py: only these files may be written: *.py"),
    "other": Odd([write("neighbour.py"), write("../good/main.py"), GIVE_UP], "SB661", "error: ../good/main.py: only"),
    "read_only": Odd([write("main.py"), write("test_it.py", ""), call("delete_file", path="test_it.py"), GIVE_UP],
                     "SB661", "error: test_it.py: it may be read and not changed"),
    "persons": Odd([write("mine.py"), GIVE_UP], "SB661", "error: mine.py: a file of the person lies there"),
    "round": Odd([call("list_files")], "SB662", ""),
    "busy": Odd([write("main.py", f"print({at})\n") for at in range(9)], "SB660", ""),
    "large": Odd([write("main.py", "x" * 600_000), GIVE_UP], "SB661", "error: main.py: that is too much"),
    "fills": Odd([write("main.py", FILLS), call("run_program"), GIVE_UP], "SB661", "File too large"),
    "unknown": Odd([call("rm", path="/"), GIVE_UP], "SB661", "error: there is no tool of that name; the tools are: "),
    "broken": Odd([Said(calls=[("write_file", '{"path": "main.py", "te')]), GIVE_UP], "SB661", "are no JSON object"),
    "talks": Odd([Said("I am finished: everything works.")], "SB662", "Only calls of tools have an effect."),
    "claims": Odd([write("main.py", BAD), *[FINISH] * 9], "SB662", "error: not finished. These checks fail:\n* ex"),
    "empty": Odd([FINISH], "SB662", "error: not finished. These checks fail:\n* there is no file yet"),
    "hurries": Odd([Said(calls=[*write("main.py").calls, *FINISH.calls]), GIVE_UP], "SB661", "error: call this alone"),
    "crowd": Odd([Said(calls=[*call("list_files").calls] * 40), GIVE_UP], "SB661", "at most 32 calls of one reply"),
    "gives_up": Odd([write("main.py"), GIVE_UP], "SB661", "done: main.py has 1 line now"),
}  # fmt: skip


class Built(NamedTuple):
    project: Project
    ran: Ran


def agent_spec(project: Project, name: str, *, more: str = "", steps: int = 6) -> None:
    project.spec(
        name,
        f"Print hello world. ({name})",
        mode="agent",
        outputs=["*.py"],
        directory=f"build/{name}",
        entry="main.py",
        steps=steps,
        more=f'[[example]]\nstdout = "hello world\\n"\n{more}',
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    openai_chat._dialects.clear()
    with Server() as server:
        project = Project(tmp_path_factory.mktemp("odd") / "project", server)
        project.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\n')
        for name, odd in ODD.items():
            verify = f'[verify]\nfiles = ["build/{name}/test_it.py"]\n' if name == "read_only" else ""
            agent_spec(project, name, more=verify)
            server.scripts[f"({name})"] = odd.said
        agent_spec(project, "good")
        server.scripts["(good)"] = [write("main.py"), FINISH]
        project.spec("neighbour", directory="build/other", outputs=["neighbour.py"])
        project.write("build/read_only/test_it.py", "assert True\n")
        project.write("build/persons/mine.py", "mine = True\n")
        yield Built(project, project.run("build"))


@pytest.mark.parametrize("name", ODD)
def test_it_is_bounded_ends_clearly_and_writes_nothing(built: Built, name: str) -> None:
    project, ran = built
    assert ran.code == 1
    endings = [line for line in ran.err.splitlines() if f"error {ODD[name].code}: {name}: the agent" in line]
    assert len(endings) == 1, ran.err
    of_it = [one["body"]["messages"] for one in project.server.calls if f"({name})" in str(one["body"]["messages"][1])]
    assert len(of_it) <= 6, "never more than its steps"
    assert ODD[name].told in str(of_it[-1][-1]["content"])
    stanza = project.stanza(name)
    assert (stanza["outputs"], stanza["reply"]) == ({}, None) and stanza["failed"]


def test_nothing_of_them_lies_anywhere_and_the_others_were_built(built: Built) -> None:
    project, _ = built
    written = {path for path in project.outputs() if ".failed" not in path}
    assert written == {
        "build/good/main.py",
        "build/other/neighbour.py",
        "build/persons/mine.py",
        "build/read_only/test_it.py",
    }
    assert project.read("build/persons/mine.py") == "mine = True\n"
    assert project.read("build/read_only/test_it.py") == "assert True\n"
    assert not list(project.root.parent.rglob("outside.py"))


def test_again_nothing_is_asked_and_more_steps_let_one_go_on(built: Built) -> None:
    project, _ = built
    assert project.run("build").calls == 0
    project.server.scripts["(busy)"] = [*ODD["busy"].said[:6], write("main.py"), FINISH]
    project.change("specs/busy.toml", "steps = 6", "steps = 10")
    ran = project.run("build", "busy")
    assert (ran.code, ran.calls) == (0, 2), ran.err
    assert project.read("build/busy/main.py").endswith(GOOD)


def test_a_run_that_a_limit_stopped_goes_on_where_it_was(built: Built) -> None:
    project, _ = built
    agent_spec(project, "limited")
    project.server.scripts["(limited)"] = [call("list_files"), write("main.py"), FINISH]
    stopped = project.run("build", "limited", "--max-calls", "2")
    assert (stopped.code, stopped.calls) == (5, 2) and "SB630" in stopped.err
    assert project.run("build", "limited", "--offline").code == 4
    ran = project.run("build", "limited")
    assert (ran.code, ran.calls) == (0, 1), ran.err


def test_a_conversation_that_grew_too_long_says_so(built: Built) -> None:
    project, _ = built
    agent_spec(project, "long")
    project.server.scripts["(long)"] = [call("list_files"), write("main.py"), FINISH]
    project.server.plan("none", "none", "context_length")
    ran = project.run("build", "long")
    assert ran.code == 1
    assert "SB665: long: after 2 steps the conversation is longer than the model's context" in ran.err
    assert not (project.root / "build/long").exists()
    assert project.run("build", "long").code == 0, "with a larger context it goes on"
