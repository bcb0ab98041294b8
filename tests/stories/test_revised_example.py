"""The recorded examples under `revise`: one changed sentence, asked both ways of strangers, and then a second one; and
one that an agent revised."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from specbuild.canonical_json import Json
from specbuild.change_size import ChangeSize, change_size
from specbuild.components import request_values
from specbuild.configuration import ProjectConfiguration
from specbuild.disk.replies import Replies
from specbuild.lock import Lock, read_lock
from specbuild.spec_reader import read_spec
from specbuild.target import Target, target_of
from specbuild.work.judge import extracted
from specbuild.work.prompts import marker_of_record
from tests.scene import Project
from tests.server import prompt_text

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "tests" / "examples" / "revise"
AGENT = ROOT / "tests" / "examples" / "agent"
NAME = "ledger.py"
AGENTS = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
DOCUMENT = (ROOT / "docs" / "revising.md").read_text(encoding="utf-8")


class Step(NamedTuple):
    """One recorded answer: what was asked, the spec of then, and the file that came back."""

    asked: str
    spec: Mapping[str, Json]
    text: str


def target(path: Path) -> Target:
    spec, faults = read_spec(path.read_bytes(), path.name, "examples/ledger")
    assert spec is not None, faults
    made, faults = target_of(spec, ProjectConfiguration())
    assert made is not None, faults
    return made


TARGETS = [target(one) for one in (*sorted(PLACE.glob("*.toml")), ROOT / "specs" / "examples" / "ledger.toml")]


@pytest.fixture(scope="module")
def steps() -> dict[str, Step]:
    """The recorded answers by name: 0, 1 and 2 with its revisions, and 1 written anew. Each record proves its key."""
    replies = Replies(PLACE)
    found = {}
    for path in sorted(PLACE.glob("cache/replies/*/*.json")):
        [record] = replies.turns(path.name.partition(".")[0])  # type: ignore[arg-type]
        marker = marker_of_record(record)
        assert marker is not None and record.body is not None
        number = next(n for n, one in enumerate(TARGETS) if request_values(one.spec) == record.spec)
        files = extracted(record, marker=marker, target=TARGETS[number]).files
        asked = prompt_text(dict(record.body))
        name = f"{number} anew" if number and "# How to revise" not in asked else str(number)
        found[name] = Step(asked, record.spec, files[NAME])
    assert not replies.faults
    assert sorted(found) == ["0", "1", "1 anew", "2"]
    return found


def size(before: Step, after: Step) -> ChangeSize:
    return change_size(
        {NAME: after.text}, after.spec, before={NAME: before.text}, values_before=before.spec, language="python"
    )


@pytest.mark.parametrize(("number", "old", "new"), [
    (1, "Accounts stand in alphabetical order.", "The largest sum comes first;"),
    (2, "Blank lines are passed over.", "Blank lines are passed over, and so are lines"),
])  # fmt: skip
def test_each_revision_was_asked_with_the_text_before_it_and_both_wordings(
    steps: dict[str, Step], number: int, old: str, new: str
) -> None:
    asked = steps[str(number)].asked
    task, _, rest = asked.partition("# The files as they are")
    assert steps[str(number - 1)].text in rest
    assert (new in task, old in task) == (True, False), "the task is the new one"
    assert old in rest
    assert new in rest


def test_one_sentence_asked_both_ways_is_as_the_page_says(steps: dict[str, Step]) -> None:
    for way, name in (("rewrite", "1 anew"), ("revise", "1")):
        found = size(steps["0"], steps[name])
        assert found.spec == (1, 1) and found.code is not None and found.names is not None
        counts = ", ".join(str(len(names)) for names in found.names)
        row = f'| `update = "{way}"` | {found.code.added} | {found.code.removed} | {counts} |'
        assert row in DOCUMENT, row
    second = size(steps["1"], steps["2"])
    assert second.code is not None and second.names is not None
    told = f"{second.code.added} lines came, {second.code.removed} went"
    assert told in " ".join(DOCUMENT.split()), told
    assert not second.names.removed


def test_what_is_built_is_the_second_revision(steps: dict[str, Step]) -> None:
    lock = read_lock((ROOT / "specbuild.lock").read_text(encoding="utf-8"))
    assert isinstance(lock, Lock)
    assert lock.targets["examples/ledger"].revisions == 2
    assert (ROOT / "build" / "examples" / NAME).read_text(encoding="utf-8").endswith(steps["2"].text.partition("\n")[2])


def test_an_agent_s_revision_replays_after_what_it_revised_and_its_tests_are_green_where_the_control_s_are_not(
    project: Project,
) -> None:
    spec, locked = "specs/examples/laps.toml", json.loads((ROOT / "specbuild.lock").read_text())["targets"]
    pin = locked["examples/laps"]["reply"]
    project.write("specbuild.toml", 'edition = 1\nmodel = "recorded/assistant"\nservice = "recorded"\n')
    shutil.copytree(AGENT / "cache", project.root / "cache")
    shutil.copytree(ROOT / "cache" / "replies" / pin["key"][:2], project.root / "cache" / "replies" / pin["key"][:2])

    project.write(spec, (AGENT / "laps-0.toml").read_bytes())
    first = project.run("build", "--offline")
    assert first.code == 0, first.err
    before = project.outputs()
    assert project.stanza("examples/laps")["evidence"]["passed"].count("examples") == 1, "it was judged, in the sandbox"

    project.write(spec, (ROOT / spec).read_bytes())
    second = project.run("build", "--offline")
    assert second.code == 0 and "revision 1 of the built text" in second.err, second.err
    told = re.search(r"code \+(\d+) -(\d+) lines", second.err)
    assert told and f"{told[1]} lines came, {told[2]} went" in " ".join(AGENTS.split()), second.err
    stanza = project.stanza("examples/laps")
    assert [stanza[one] for one in ("reply", "revisions")] == [pin, 1]
    after = project.outputs()
    folder = ROOT / "build" / "examples" / "laps"
    assert after == {
        f"build/examples/laps/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in folder.rglob("*.py")
    }
    assert {path for path in after if after[path] != before[path]} == {
        "build/examples/laps/main.py", "build/examples/laps/tests/test_main.py"
    }, "the program, and the tests that said what is no longer so"  # fmt: skip

    project.write("build/examples/laps/main.py", before["build/examples/laps/main.py"])
    control = project.run("verify", "examples/laps")
    assert control.code == 1 and "test_laps" in control.out, control.out
