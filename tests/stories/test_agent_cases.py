"""The older agent's six cases as exact start states, each also with a test file that does not parse: at the end the
program prints hello world and its tests are green. A seventh, answered wrongly, must fail.

All of them are targets of one project, so that they are built side by side.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from specbuild.providers import openai_chat
from tests.scene import Project, Ran, Server
from tests.server import Said

pytestmark = pytest.mark.xdist_group("agent cases")  # they share what is dear to build

MAIN = 'print("hello world")\n'
OTHER_MAIN = 'print("good morning")\n'
BROKEN_MAIN = 'print("hello world"\n'
HEAD = "import runpy\nfrom pathlib import Path\n\nMAIN = Path(__file__).parent.parent / 'main.py'\n\n\n"
GREEN_LINE = "    assert capsys.readouterr().out == 'hello world\\n'\n"
TEST = HEAD + "def test_it(capsys) -> None:\n    runpy.run_path(str(MAIN))\n" + GREEN_LINE
OTHER_TEST = TEST.replace("hello world", "good morning")
BROKEN_TEST = TEST.replace("def test_it(", "def test_it((")
UNREADABLE = "def broken(:\n"


def call(name: str, **arguments: object) -> tuple[str, dict[str, object]]:
    return name, arguments


def write(path: str, text: str) -> tuple[str, dict[str, object]]:
    return call("write_file", path=path, text=text)


def line(path: str, number: int, text: str) -> tuple[str, dict[str, object]]:
    return call("replace_lines", path=path, first=number, last=number, text=text)


MEND_MAIN, MEND_TEST = line("main.py", 1, MAIN), line("tests/test_main.py", 9, GREEN_LINE)


class Case(NamedTuple):
    """A start state, and the edits with which the model mends it."""

    main: str | None
    test: str | None
    edits: tuple[tuple[str, dict[str, object]], ...]


CASES = {
    "nothing": Case(None, None, (write("main.py", MAIN), write("tests/test_main.py", TEST))),
    "wrong_test": Case(MAIN, OTHER_TEST, (MEND_TEST,)),
    "both_broken": Case(BROKEN_MAIN, BROKEN_TEST, (MEND_MAIN, write("tests/test_main.py", TEST))),
    "both_right": Case(MAIN, TEST, ()),
    "broken_main_wrong_test": Case(BROKEN_MAIN, OTHER_TEST, (MEND_MAIN, MEND_TEST)),
    "other_text": Case(OTHER_MAIN, TEST, (MEND_MAIN,)),
}
WRONG = Case(OTHER_MAIN, TEST, (line("main.py", 1, 'print("hello word")\n'),))
EVERY = {
    **CASES,
    **{f"{name}_unreadable": case for name, case in CASES.items()},
    "answered_wrongly": WRONG,
}


def script(name: str, case: Case) -> list[Said]:
    more = (call("delete_file", path="tests/test_more.py"),) if name.endswith("_unreadable") else ()
    return [
        Said(calls=[call("list_files")]),
        *(Said(calls=[one]) for one in (*case.edits, *more)),
        Said(calls=[call("finish", reason="It greets.")]),
    ]


class Built(NamedTuple):
    project: Project
    ran: Ran


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """All cases: laid out, accepted as they are, then revised once their requirements say what they shall print."""
    openai_chat._dialects.clear()
    with Server() as server:
        project = Project(tmp_path_factory.mktemp("cases") / "project", server)
        project.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\nmax_calls = 200\n')
        for name, case in EVERY.items():
            folder = f"build/{name}"
            files = {"main.py": case.main, "tests/test_main.py": case.test}
            if name.endswith("_unreadable"):
                files["tests/test_more.py"] = UNREADABLE
            for path, text in files.items():
                if text is not None:
                    project.write(f"{folder}/{path}", text)
            project.spec(
                name,
                f"Greet. ({name})",
                mode="agent",
                outputs=["*.py", "tests/*.py"],
                directory=folder,
                entry="main.py",
                steps=6,
                more=f'[[example]]\nstdout = "hello world\\n"\n[verify]\ncommand = ["pytest", "-q", "{folder}"]\n',
            )
            server.scripts[f"({name})"] = script(name, case)
        accepted = project.run("accept", *(name for name in EVERY if name != "nothing"))
        assert accepted.code == 0, accepted.err
        for name in EVERY:
            project.change(f"specs/{name}.toml", "Greet.", "Print hello world, nothing else.")
        project.run("build", "nothing")
        yield Built(project, project.run("revise", *(name for name in EVERY if name != "nothing")))


@pytest.mark.parametrize("name", [name for name in EVERY if name != "answered_wrongly"])
def test_a_case_ends_with_hello_world_and_green_tests(built: Built, name: str) -> None:
    project, _ = built
    stanza = project.stanza(name)
    assert stanza["failed"] is None
    assert "examples" in stanza["evidence"]["passed"], "the program printed hello world"
    assert "command" in stanza["evidence"]["not_checked"], "green, but the tests are the model's own: no proof"
    assert sorted(stanza["outputs"]) == [f"build/{name}/main.py", f"build/{name}/tests/test_main.py"]
    assert not (project.root / f"build/{name}/tests/test_more.py").exists()
    for path, text in {"main.py": MAIN, "tests/test_main.py": TEST}.items():
        assert project.read(f"build/{name}/{path}").endswith(text), path


def test_what_is_right_already_is_not_edited(built: Built) -> None:
    calls = [one["body"] for one in built.project.server.calls if "(both_right)" in str(one["body"]["messages"])]
    made = [name for said in script("both_right", CASES["both_right"]) for name, _ in said.calls]
    assert made == ["list_files", "finish"] and len(calls) == 2


def test_a_case_that_is_answered_wrongly_fails_and_nothing_of_it_is_written(built: Built) -> None:
    project, ran = built
    assert ran.code == 1
    assert "SB660" in ran.err and "answered_wrongly" in ran.err, ran.err
    assert project.read("build/answered_wrongly/main.py") == OTHER_MAIN
    assert (project.root / "build/.failed/answered_wrongly/main.py").read_text() == 'print("hello word")\n'
    asked = [one["body"]["messages"] for one in project.server.calls]
    told = next(one for one in reversed(asked) if "(answered_wrongly)" in str(one[1]))[-1]["content"]
    assert told.startswith("error: not finished. These checks fail:\n* example 1: stdout differs"), told


def test_all_of_it_replays_in_a_clone_without_a_call(built: Built) -> None:
    project, _ = built
    clone = project.clone("elsewhere/and/deeper")
    good = [name for name in EVERY if name != "answered_wrongly"]
    for name in good:
        for path in [*clone.root.glob(f"build/{name}/*.py"), *clone.root.glob(f"build/{name}/tests/*.py")]:
            path.unlink()
    ran = clone.run("build", "--offline", *good, environment={"PATH": "/nonexistent"})
    assert (ran.code, ran.calls) == (0, 0), ran.err
    here, there = project.outputs(), clone.outputs()
    assert {path: here[path] for path in here if ".failed" not in path} == {
        path: there[path] for path in there if ".failed" not in path
    }
