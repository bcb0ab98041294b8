"""An agent builds a target with tools, over real HTTP; its trajectory replays offline, and a changed one is refused."""

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


def test_an_agent_writes_its_file_and_finishes(project: Project, server: Server) -> None:
    agent_spec(project)
    server.scripts["(main)"] = [call("list_files"), WRITE, CHECK, FINISH]
    ran = project.build()
    assert ran.calls == 4
    assert project.read("build/main.py").endswith(MAIN)
    assert project.stanza("main")["shape"]["extract"] == "agent/1"
    results = [one["content"] for one in server.calls[-1]["body"]["messages"] if one["role"] == "tool"]
    assert [one.split(":")[0] for one in results] == ["done", "done", "done"], results
    again = project.run("build")
    assert (again.code, again.calls) == (0, 0)

    clone = project.clone()
    for path in clone.root.glob("build/*"):
        path.unlink()
    replayed = clone.run("build", "--offline", "--sandbox", "none", environment={"PATH": "/nonexistent"})
    assert (replayed.code, replayed.calls) == (0, 0), replayed.err
    assert clone.outputs() == project.outputs()
    proved = clone.run("reproduce")
    assert proved.code == 0, proved.out + proved.err
