"""Another program hands over a goal as a dictionary, with the older agent's keys: what it gets back is plain values."""

import json
from pathlib import Path
from typing import Any

import pytest

from specbuild import api
from tests.scene import KEY
from tests.server import Said
from tests.stories.conftest import Server

MAIN = 'print("hello world")\n'
GREETS = "    runpy.run_path('main.py')\n    assert 'hello world' in capsys.readouterr().out\n"
TEST = f"import runpy\n\n\ndef test_it(capsys) -> None:\n{GREETS}"


def call(name: str, **arguments: object) -> Said:
    return Said(f"I call {name}.", [(name, arguments)])


WRITE, TESTS = call("write_file", path="main.py", text=MAIN), call("write_file", path="tests/test_main.py", text=TEST)
FINISH = call("finish", reason="It greets.")


@pytest.fixture
def request_of(tmp_path: Path, server: Server) -> dict[str, Any]:
    """The older agent's request, as it was."""
    return {
        "project_name": "Hello World",
        "goal": "Print hello world.",
        "project_dir": str(tmp_path / "made"),
        "log_level": "INFO",
        "step": False,
        "model": "m-one",
        "api_key": KEY,
    }


def agent(request: dict[str, Any], server: Server, **more: Any) -> dict[str, Any]:
    environ = {"OPENAI_BASE_URL": server.base_url, "HOME": "/nonexistent"}
    found = api.agent(request, environ=environ, **more)
    return json.loads(json.dumps(found))  # plain values, all of them


def test_from_nothing_to_a_program_with_tests(
    request_of: dict[str, Any], server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.scripts["Print hello world."] = [WRITE, FINISH, TESTS, FINISH]
    found = agent(request_of, server)
    assert found["success"], found["message"]
    assert found["files"] == {"main.py": MAIN, "tests/test_main.py": TEST}
    assert (tmp_path / "made" / "main.py").read_text() == MAIN, "without a header line: the folder is the person's"
    assert found["usage"]["calls"] == 4 == len(found["steps"])
    assert "the check itself is broken" in found["steps"][1]["calls"][0]["result"], "there were no tests yet"
    assert "I call write_file." in found["reasoning"] and "It greets." in found["reasoning"]
    assert found["transcript"].startswith("Hello_World (built): 4 steps of m-one")
    assert "Hello_World 1: write_file main.py\n" in capsys.readouterr().err
    assert KEY not in str(found)

    again = agent({**request_of, "log_level": "quiet"}, server)
    assert (again["success"], again["ending"], again["usage"]["calls"]) == (True, "fresh", 0)
    assert again["files"] == found["files"] and again["transcript"] == found["transcript"]
    assert capsys.readouterr().err == ""


def test_what_lies_there_is_where_it_begins_and_a_changed_goal_revises_it(
    request_of: dict[str, Any], server: Server, tmp_path: Path
) -> None:
    folder = tmp_path / "made"
    (folder / "tests").mkdir(parents=True)
    (folder / "main.py").write_text('print("good morning"\n')
    (folder / "tests" / "test_main.py").write_text(TEST)
    (folder / "notes.txt").write_text("mine")
    server.scripts["Print hello world."] = [call("replace_lines", path="main.py", first=1, last=1, text=MAIN), FINISH]
    found = agent(request_of, server)
    assert found["success"] and found["files"] == {"main.py": MAIN, "tests/test_main.py": TEST}
    assert 'print("good morning"\n' in server.calls[0]["body"]["messages"][1]["content"]
    assert (folder / "notes.txt").read_text() == "mine"

    (folder / "main.py").write_text("# mine\n" + MAIN)
    server.scripts = {"Print hello world, loudly.": [call("finish", reason="It is loud enough.")]}
    louder = agent({**request_of, "goal": "Print hello world, loudly."}, server)
    assert louder["success"], louder["message"]
    assert louder["files"]["main.py"] == "# mine\n" + MAIN, "an edit is where the next one begins"


def test_on_step_decides_about_each_action(request_of: dict[str, Any], server: Server) -> None:
    server.scripts["Print hello world."] = [WRITE, call("delete_file", path="main.py"), TESTS, FINISH]
    seen: list[Any] = []

    def on_step(action: Any) -> str | None:
        seen.append(action)
        return {"delete_file": "skip", "write_file": "go"}.get(action["tool"])

    found = agent(request_of, server, on_step=on_step)
    assert found["success"], found["message"]
    assert [one["tool"] for one in seen] == ["write_file", "delete_file", "write_file", "finish"]
    assert seen[0]["step"] == 1 and "+print(" in seen[0]["difference"] and seen[0]["said"] == "I call write_file."
    stopped = agent({**request_of, "goal": "Print hello world. Stop."}, server, on_step=lambda action: "stop")
    assert (stopped["success"], stopped["ending"], stopped["files"]) == (False, "stopped", {})


def test_a_failure_is_told_as_values(request_of: dict[str, Any], server: Server, tmp_path: Path) -> None:
    server.scripts["Print hello world."] = [WRITE, call("give_up", reason="No tests for me.")]
    found = agent(request_of, server)
    assert (found["success"], found["ending"], found["files"]) == (False, "failed", {})
    assert "the agent gave up: No tests for me." in found["message"]
    assert len(found["steps"]) == 2 and not (tmp_path / "made" / "main.py").exists()
    assert agent(request_of, server)["usage"]["calls"] == 0, "nothing is asked twice"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"goal": None}, "needs a project_name and a goal"),
        ({"project_name": "///"}, "needs a project_name and a goal"),
        ({"gaol": "x"}, "no key 'gaol'"),
        ({"step": "yes"}, "'step' of a request must be True or False"),
        ({"log_level": "loud"}, "'log_level' of a request must be quiet, normal or debug"),
        ({"outputs": "*.py"}, "'outputs' of a request must be a list of texts"),
        ({"outputs": ["../*.py"]}, "SB801"),
    ],
)
def test_a_request_that_can_not_be_used_says_why(
    request_of: dict[str, Any], server: Server, change: dict[str, Any], told: str
) -> None:
    with pytest.raises(api.InvalidProject, match=told):
        agent({**request_of, **change}, server)
    assert server.calls == []


def test_a_spec_that_a_person_keeps_stays(request_of: dict[str, Any], server: Server, tmp_path: Path) -> None:
    spec = tmp_path / "made" / "specs" / "Hello_World.toml"
    spec.parent.mkdir(parents=True)
    spec.write_text('[file]\nname = "mine"\n')
    with pytest.raises(api.InvalidProject, match="SB951"):
        agent(request_of, server)
    assert spec.read_text() == '[file]\nname = "mine"\n'
