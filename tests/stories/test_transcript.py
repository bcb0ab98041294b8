"""What an agent did can be read and laid out again, step by step; what it will cost is told by what it cost before."""

import base64
import json
import zlib
from pathlib import Path

import pytest

from tests.server import Said
from tests.stories.conftest import Project, Server

ONE, TWO = "x = 1\n", "x = 2\n"
SAID = [
    Said("First a file.", [("write_file", {"path": "a.py", "text": ONE}), ("read_file", {"path": "b.py"})]),
    Said("Only words."),
    Said(calls=[("replace_lines", {"path": "a.py", "first": 1, "last": 1, "text": TWO})]),
    Said(calls=[("finish", {"reason": "Done."})]),
]


@pytest.fixture
def built(project: Project, server: Server) -> Project:
    project.spec("lib", "Keep x. (lib)", mode="agent", outputs=["*.py"])
    server.scripts["(lib)"] = SAID
    file = Path(project.environment["HOME"]) / ".config/specbuild/config.toml"
    file.parent.mkdir(parents=True)
    service = f'[service.default]\nbase_url = "{server.base_url}"\nkey_env = "OPENAI_API_KEY"\n'
    file.write_text(service + "prices = { input = 1.0, output = 2.0 }\n")
    project.build()
    return project


def test_a_person_reads_what_was_said_called_changed_and_returned(built: Project) -> None:
    shown = built.run("transcript", "lib")
    assert shown.code == 0, shown.err
    head, *steps = shown.out.split("\n── step ")
    assert head.startswith("lib (built): 4 steps of m-one, ") and " tokens, cost 0.0" in head
    assert "It began with no file.\n" in head
    assert "First a file.\nlib 1: write_file a.py\n--- /dev/null\n+++ b/a.py\n@@ -0,0 +1 @@\n+x = 1\n" in steps[0]
    assert "    done: a.py has 1 line now\nlib 1: read_file b.py\n    error: b.py: there is no such file\n" in steps[0]
    assert "Only words.\nOnly calls of tools have an effect." in steps[1]
    assert "-x = 1\n+x = 2\n" in steps[2]
    assert steps[3].endswith("lib 4: finish Done.\n")
    value = built.run("transcript", "lib", "--json").json
    assert [one["files"] for one in value["steps"]] == [{"a.py": ONE}, {"a.py": ONE}, {"a.py": TWO}, {"a.py": TWO}]
    assert value["usage"]["calls"] == 4 and value["usage"]["cost"] > 0


def test_a_report_has_every_step_and_their_sums(built: Project) -> None:
    data = built.run("report", "--json").json
    row = dict(zip(data["columns"], data["rows"][0], strict=True))
    usage = built.run("transcript", "lib", "--json").json["usage"]
    assert (row["mode"], row["calls"]) == ("agent", 4)
    assert {name: row[name] for name in ("input", "output", "cost")} == {
        "input": usage["input_tokens"], "output": usage["output_tokens"], "cost": pytest.approx(usage["cost"]),
    }  # fmt: skip
    packed = json.loads(zlib.decompress(base64.b64decode(data["texts"]["data"]), -zlib.MAX_WBITS))
    steps = packed["targets"][0]["tries"]
    said = [packed["texts"][one[0]] for one in steps]
    assert len(steps) == 4 and said[0].startswith("First a file.\n\n→ write_file\npath: a.py\ntext: x = 1")
    assert "error: b.py: there is no such file" in packed["texts"][steps[0][2]]
    assert sum(one[4] for one in steps) == usage["output_tokens"]


@pytest.mark.parametrize(
    ("step", "files"), [("0", {}), ("1", {"a.py": ONE}), ("2", {"a.py": ONE}), ("4", {"a.py": TWO})]
)
def test_the_state_after_any_step_is_laid_out(built: Project, tmp_path: Path, step: str, files: dict[str, str]) -> None:
    ran = built.run("transcript", "lib", "--step", step, "--to", str(tmp_path / "state"))
    assert ran.code == 0, ran.err
    assert {path.name: path.read_text() for path in (tmp_path / "state").iterdir()} == files
    if files:
        again = built.run("transcript", "lib", "--to", str(tmp_path / "state"))
        assert again.code == 2 and "SB738" in again.err, "nothing is laid over what is there"


def test_what_can_not_be_told_says_why(built: Project, tmp_path: Path) -> None:
    built.spec("plain")
    assert "SB666: plain has no steps to tell" in built.run("transcript", "plain").err
    built.spec("new", "Something else.", mode="agent")
    ran = built.run("transcript", "new")
    assert ran.code == 1 and "SB666" in ran.err
    assert "there are 4 steps" in built.run("transcript", "lib", "--step", "5", "--to", str(tmp_path / "x")).err
    assert built.run("transcript", "lib", "--step", "1").code == 2


def test_a_failed_attempt_and_one_under_way_are_told_too(built: Project, server: Server) -> None:
    built.change("specs/lib.toml", "Keep x.", "Hold x.")
    server.scripts = {"Hold x.": [SAID[0], Said(calls=[("give_up", {"reason": "No."})])]}
    assert built.run("build", "--max-calls", "1").code == 5
    assert built.run("transcript", "lib").out.startswith("lib (under way): 1 step of m-one")
    assert built.run("build").code == 1
    told = built.run("transcript", "lib").out
    assert told.startswith("lib (failed): 2 steps of m-one") and told.endswith("lib 2: give_up No.\n")


def test_a_plan_counts_on_as_many_steps_as_the_last_time(built: Project, server: Server) -> None:
    usage = built.run("transcript", "lib", "--json").json["usage"]
    built.change("specs/lib.toml", "Keep x.", "Hold x.")
    [line] = built.run("plan", "--json").json["targets"]
    assert line["calls"] == {"least": 1, "expected": 4, "most": 40}
    assert line["tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert line["cost"] == pytest.approx(usage["cost"])
    built.spec("new", "Something else.", mode="agent")
    lines = {one["id"]: one for one in built.run("plan", "--json").json["targets"]}
    assert (lines["new"]["tokens"], lines["new"]["cost"]) == (None, None), "nobody knows yet"
    server.scripts = {"Hold x.": SAID}
    ran = built.run("build", "lib")
    assert f"4 calls, {usage['input_tokens']:,} + {usage['output_tokens']:,} tokens, cost 0.0" in ran.err, ran.err
