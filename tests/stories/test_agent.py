"""An agent builds a target with tools, over real HTTP; its trajectory replays offline, and a changed one is refused."""

import json

import pytest

from specbuild.canonical_json import short_digest
from specbuild.pretty_json import pretty_json
from tests.server import Said
from tests.stories.conftest import Project, Server

MAIN = '"""Say hello."""\n\nprint("hello world")\n'
GREETING = '\n[[example]]\nstdout = "hello world\\n"\n'


def agent_spec(project: Project, id: str = "main", *, more: str = GREETING, **build: object) -> None:
    project.spec(id, f"Print hello world. ({id})", more=more, mode="agent", **build)


def call(name: str, **arguments: object) -> Said:
    return Said(calls=[(name, arguments)])


WRITE = call("write_file", path="main.py", text=MAIN)
CHECK, FINISH = call("run_checks"), call("finish", reason="It prints the line.")


@pytest.fixture
def built(project: Project, server: Server) -> Project:
    """A target that an agent built in four steps."""
    agent_spec(project)
    server.scripts["(main)"] = [call("list_files"), WRITE, CHECK, FINISH]
    assert project.build().calls == 4
    return project


def test_an_agent_writes_its_file_and_finishes(built: Project, server: Server) -> None:
    assert built.read("build/main.py").endswith(MAIN)
    stanza = built.stanza("main")
    assert (stanza["shape"]["extract"], stanza["reply"]["attempts"], stanza["inputs"]["mode"]) == (
        "agent/1",
        4,
        "agent",
    )
    body = server.calls[-1]["body"]
    results = [one["content"] for one in body["messages"] if one["role"] == "tool"]
    assert [one.split(":")[0] for one in results] == ["done", "done", "done"], results
    assert [one["function"]["name"] for one in body["tools"]][:2] == ["list_files", "read_file"]
    again = built.run("build")
    assert (again.code, again.calls) == (0, 0)


def test_a_clone_on_another_path_replays_it_without_a_call_or_a_sandbox(built: Project) -> None:
    clone = built.clone("another/path/clone")
    (clone.root / "build" / "main.py").unlink()
    replayed = clone.run("build", "--offline", environment={"PATH": "/nonexistent"})
    assert (replayed.code, replayed.calls) == (0, 0), replayed.err
    assert clone.outputs() == built.outputs()
    assert clone.read("specbuild.lock") == built.read("specbuild.lock")
    proved = clone.run("reproduce")
    assert proved.code == 0, proved.out + proved.err
    clone.write("specbuild.lock", '{\n "lock_version": 1,\n "targets": {}\n}\n')
    (clone.root / "build" / "main.py").unlink()
    judged = clone.run("build", "--offline")
    assert (judged.code, judged.calls) == (0, 0), "the conversation is found by its request, and judged again"
    assert clone.outputs() == built.outputs()


@pytest.mark.parametrize("resealed", [False, True])
def test_a_changed_tool_result_is_refused(built: Project, resealed: bool) -> None:
    clone = built.clone()
    (clone.root / "build" / "main.py").unlink()
    [record] = clone.root.glob("cache/replies/*/*.3.*.json")
    value = json.loads(record.read_text())
    assert value["append"][0]["content"][0].startswith("done: main.py has 3 lines")
    value["append"][0]["content"] = ["error: something else"]
    if resealed:
        del value["checksum"]
        record.write_text(pretty_json({**value, "checksum": short_digest(value)}))
    else:
        record.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")
    ran = clone.run("build", "--offline")
    assert ran.code == 4
    assert ("SB708" if resealed else "SB706") in ran.err, ran.err
    assert clone.outputs() == {}


def test_a_secret_that_an_agent_writes_is_not_exported(project: Project, server: Server) -> None:
    agent_spec(project)
    secret = "AKIA" + "IOSFODNN7QWERTYU"
    server.scripts["(main)"] = [call("write_file", path="main.py", text=f'{MAIN}KEY = "{secret}"\n'), FINISH]
    ran = project.run("build")
    assert ran.code == 1 and "SB640" in ran.err, ran.err
    assert project.outputs() == {}
    assert not any(secret in path.read_text() for path in project.root.glob("cache/replies/*/*.json"))
    assert project.run("build", "--allow-secret").code == 0


def test_files_of_patterns_come_and_go_and_dependents_see_them(project: Project, server: Server) -> None:
    agent_spec(project, "lib", more="", outputs=["*.py", "sub/*.py"])
    project.spec("user", "Use it.", needs=["lib"])
    one = call("write_file", path="lib.py", text="def one() -> int:\n    return 1\n")
    deep = call("write_file", path="sub/deep.py", text="DEEP = 1\n")
    server.scripts["Print hello world. (lib)"] = [one, deep, FINISH]
    project.build()
    assert set(project.outputs()) == {"build/lib.py", "build/sub/deep.py", "build/user.py"}
    assert "def one() -> int" in project.prompts()[-1] and "`sub/deep.py`" in project.prompts()[-1]
    assert project.states() == {"lib": "fresh", "user": "fresh"}

    project.change("specs/lib.toml", "Print", "Do print")
    two = call("write_file", path="two.py", text="def two() -> int:\n    return 2\n")
    server.scripts["Do print hello world. (lib)"] = [two, FINISH]
    project.build()
    assert set(project.outputs()) == {"build/two.py", "build/user.py"}, "what it no longer has is gone"
    assert "def two() -> int" in project.prompts()[-1]
    assert (project.run("build").calls, project.run("check").code) == (0, 0)

    project.write("build/two.py", "mine = True\n")
    assert project.states()["lib"] == "edited"
    project.change("specs/lib.toml", "Do print", "Print")
    (project.root / "build/two.py").unlink()
    assert project.build().calls == 0, "back to what was built before"
    assert set(project.outputs()) == {"build/lib.py", "build/sub/deep.py", "build/user.py"}


def test_under_revise_it_begins_with_the_locked_files(built: Project, server: Server) -> None:
    built.change("specs/main.toml", 'mode = "agent"\n', 'mode = "agent"\nupdate = "revise"\n')
    built.change("specs/main.toml", "Print hello world.", "Print hello world, politely.")
    polite = call("replace_lines", path="main.py", first=1, last=1, text='"""Say hello, politely."""\n')
    server.scripts = {"politely. (main)": [polite, FINISH]}
    before = len(server.calls)
    assert built.build().calls == 2
    prompt = server.calls[before]["body"]["messages"][1]["content"]
    assert MAIN in prompt and "Print hello world, politely. (main)" in prompt
    assert built.read("build/main.py").endswith(MAIN.replace("hello.", "hello, politely."))
    assert built.stanza("main")["revisions"] == 1
    clone = built.clone()
    (clone.root / "build" / "main.py").unlink()
    assert clone.run("build", "--offline").code == 0
    assert clone.outputs() == built.outputs()
    assert clone.run("reproduce").code == 0


def test_reasoning_is_kept_in_the_record_and_goes_back_to_the_model(built: Project, server: Server) -> None:
    [first] = built.root.glob("cache/replies/*/*.1.*.json")
    assert json.loads(first.read_text())["reply"]["reasoning"] == {
        "reasoning_content": ["thinking, which is no content"]
    }
    said = [one for one in server.calls[-1]["body"]["messages"] if one["role"] == "assistant"]
    assert [one["reasoning_content"] for one in said] == ["thinking, which is no content"] * 3
    assert "thinking, which is no content" in built.run("transcript", "main").out
