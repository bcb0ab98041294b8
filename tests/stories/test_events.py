"""`--events FILE`: what a run does, as versioned JSON lines that another program follows."""

import json
import os
import threading
from pathlib import Path
from typing import Any

from specbuild.formats.events_json import EventLines
from specbuild.happening import Received, Told, Waits, Working
from specbuild.progress import Event
from tests.scene import Project


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def two(project: Project) -> None:
    project.spec("one", "Say one.", language="markdown")
    project.spec("two", "Say two.", language="markdown", needs=["one"])


def test_a_build_tells_every_target_from_its_call_to_its_end(project: Project) -> None:
    two(project)
    project.build("--events", str(project.root / "events.jsonl"))
    text = project.read("events.jsonl")
    found = lines_of(text)
    assert found[0]["events"] == 1 and found[0]["event"] == "begin" and found[0]["project"] == "project"
    assert found[-1] == {"t": found[-1]["t"], "event": "exit", "code": 0}
    assert [one["t"] for one in found] == sorted(one["t"] for one in found)
    assert next(one for one in found if one["event"] == "started")["targets"] == 2
    of_one = [(one["event"], one.get("what")) for one in found if one.get("id") == "one"]
    assert [what for _, what in of_one if what] == ["call", "asking", "checking", "writing"]
    assert of_one[-1] == ("ended", None)
    ended = {one["id"]: one for one in found if one["event"] == "ended"}
    assert ended["two"]["ending"] == "built" and ended["two"]["spent"]["calls"] == 1
    assert sum(one.get("characters", 0) for one in found if one.get("id") == "one") > 0
    assert project.read("cache/local/last-run.jsonl") == text  # for `report`
    # The control: a run that makes nothing does not put itself in the place of one that did.
    project.build("--events", str(project.root / "again.jsonl"), "--jobs", "1")
    assert [one["event"] for one in lines_of(project.read("again.jsonl"))] == ["begin", "finished", "exit"]
    assert project.read("cache/local/last-run.jsonl") == text


def test_a_file_that_can_not_be_written_is_told_and_stops_only_what_has_not_begun(project: Project) -> None:
    two(project)
    ran = project.run("build", "--events", str(project.root / "no" / "such" / "folder"))
    assert ran.calls == 0 and ran.code != 0 and "there is no folder " in ran.err and "no/such/folder" in ran.err
    full = project.run("build", "--events", "/dev/full")
    assert full.code == 0 and full.calls == 2, full.err
    assert full.err.count("SB827") == 1
    assert project.run("build", "--dry-run", "--events", "x").code == 2


def test_a_pipe_is_followed(project: Project, tmp_path: Path) -> None:
    two(project)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    told: list[str] = []
    reader = threading.Thread(target=lambda: told.append(pipe.read_text()))
    reader.start()
    project.build("--events", str(pipe))
    reader.join(20)
    assert lines_of(told[0])[-1]["event"] == "exit"


def test_characters_are_counted_up_and_odd_texts_stay_one_line() -> None:
    told: list[str] = []
    times = iter([0.0, 1.0, 2.5, 2.5, 3.0])
    lines = EventLines(told.append, clock=lambda: next(times))
    for one in (Received("a", 3), Received("a", 4), Waits("b", "rate limited", 2.0), Working("a", "checking")):
        lines.happened(one)
    lines.happened(Told("two\nlines \x1b[2J\u2028"))
    lines.happened(Event("a", "built"))
    assert all(one.count("\n") == 1 and one.isascii() and "\x1b" not in one for one in told)
    assert [(one["t"], one.get("characters")) for one in lines_of("".join(told))] == [
        (1.0, None), (2.5, 7), (2.5, None), (3.0, None),
    ]  # fmt: skip
