"""What a build decides at the edges of the table: moved, reshaped, unreadable, failed and killed."""

import json
import shutil

from tests.scene import Project
from tests.server import Body, declared_files, default_answer


def blocks(body: Body, name: str, text: str = "print(1)\n") -> str:
    """Answer in due form with one file, whatever was asked for."""
    marker, _ = declared_files(body)
    return f"=== specbuild:{marker} file: {name} ===\n{text}=== specbuild:{marker} end ===\n"


def test_a_spec_that_is_moved_together_with_its_output_costs_nothing(project: Project) -> None:
    project.spec("one")
    project.build()
    for before, after in (("specs/one.toml", "specs/sub/one.toml"), ("build/one.py", "build/sub/one.py")):
        (project.root / after).parent.mkdir(exist_ok=True)
        shutil.move(project.root / before, project.root / after)
    assert project.run("check").code == 1, "the lock has to follow"
    ran = project.build()
    assert ran.calls == 0 and "moved from one" in ran.err
    assert list(json.loads(project.read("specbuild.lock"))["targets"]) == ["sub/one"]
    assert project.states() == {"sub/one": "fresh"}
    project.write("build/sub/one.py", "an edit\n")
    assert project.states() == {"sub/one": "edited"}, "the control: a person's own text is seen as one"


def test_a_changed_shape_is_judged_and_written_without_a_call(project: Project) -> None:
    project.spec("one")
    project.build()
    with_header = project.read("build/one.py")
    project.spec("one", header=False, executable=True)
    assert project.states() == {"one": "recheck"}
    assert project.build().calls == 0
    assert project.read("build/one.py") == with_header.partition("\n")[2]
    assert (project.root / "build/one.py").stat().st_mode & 0o100
    project.spec("one")
    assert project.build().calls == 0
    assert project.read("build/one.py") == with_header
    assert not (project.root / "build/one.py").stat().st_mode & 0o100


def test_python_without_an_interface_is_a_failed_attempt_of_its_own_target(project: Project) -> None:
    project.spec("one")
    project.spec("two", needs=["one"])
    answers = iter([lambda body: blocks(body, "one.py", "def f(:\n    (\n")])
    project.server.answer = lambda body: next(answers, default_answer)(body)
    assert project.build().calls == 3
    assert project.stanza("one")["reply"]["attempts"] == 2
    assert project.states() == {"one": "fresh", "two": "fresh"}


def test_a_sample_that_fails_leaves_the_good_one_and_its_dependents_alone(project: Project) -> None:
    project.spec("one", attempts=1)
    project.spec("two", needs=["one"])
    project.build()
    before = project.outputs()
    project.server.answer = lambda body: blocks(body, "wrong.py")
    assert project.run("regenerate", "one").code == 1
    assert project.outputs() == before
    assert project.states() == {"one": "fresh", "two": "fresh"}
    (project.root / "build/one.py").unlink()
    assert project.build().calls == 0
    assert project.outputs() == before


def test_a_build_with_nothing_to_do_takes_over_what_a_killed_one_left(project: Project) -> None:
    project.spec("one")
    project.build()
    locked = project.read("specbuild.lock")
    stanza = json.loads(locked)["targets"]["one"]
    from specbuild.journal_lines import JournalEntry, journal_line
    from specbuild.stanza import Stanza, stanza_from_json

    read = stanza_from_json(stanza)
    assert isinstance(read, Stanza)
    project.write("specbuild.lock", '{\n "lock_version": 1,\n "targets": {}\n}\n')
    with open(project.root / "cache/local/journal", "a", encoding="utf-8") as journal:
        journal.write(journal_line(JournalEntry("one", read, None)))
    assert project.states() == {"one": "fresh"}
    assert project.build().calls == 0
    assert project.read("specbuild.lock") == locked


def test_check_of_a_target_that_waits_for_a_changed_need_finds_the_need(project: Project) -> None:
    project.spec("base", "Give a mark.")
    project.spec("far", "Use the mark.", needs=["base"])
    project.spec("top", "Use the far mark.", needs=["far"])
    project.spec("apart", "Print a line.")
    project.build()
    assert project.run("check", "top").code == 0
    project.change("specs/base.toml", "Give a mark.", "Give a mark, quickly.")
    project.change("specs/apart.toml", "Print a line.", "Print two lines.")
    found = project.run("check", "top")
    assert (found.code, found.calls) == (1, 0)
    assert found.out.splitlines() == [
        "call  base  spec changed: project.requirements; top needs it",
        "  hint: call: `specbuild build` asks the model",
    ]
    told = project.run("check", "--json", "top")
    assert told.code == 1 and [one["id"] for one in told.json["findings"]] == ["base"]
    assert told.json["counts"] == {"call": 1, "maybe": 1}
    assert "requirements; far and 1 more need it" in project.run("check", "far", "top").out
    assert project.run("check", "base", "top").out == found.out.replace("; top needs it", "")
    assert [one["id"] for one in project.run("check", "--json").json["findings"]] == ["apart", "base"]
    assert [one["id"] for one in project.run("status", "--json", "top").json["targets"]] == ["top"]
    assert project.run("check", "top", "--exclude", "base").code == 0, "it was to be left out"
    project.build("base")
    assert project.run("check", "top").code == 0, "the control: its interface is as it was"


def test_check_of_a_blocked_target_finds_the_need_that_failed(project: Project) -> None:
    project.spec("base", "Break, please.", attempts=1)
    project.spec("top", "Use it.", needs=["base"])
    project.server.answer = lambda body: "no" if "Break, please." in str(body) else default_answer(body)
    assert project.run("build").code == 1
    assert project.states() == {"base": "failed", "top": "blocked"}
    told = project.run("check", "--json", "top")
    assert told.code == 1
    assert [(one["id"], one["state"]) for one in told.json["findings"]] == [("base", "failed")]
    assert told.json["findings"][0]["reasons"][-1]["text"] == "top needs it"
    assert project.run("check", "top").code == 1
    project.server.answer = default_answer
    project.run("regenerate", "--failed")
    project.build()
    assert project.run("check", "top").code == 0, "the control"


def test_a_target_that_only_the_local_store_can_put_back_is_local_and_a_finding(project: Project) -> None:
    project.spec("one", "Print the word one.")
    project.spec("two", "Print the word two.")
    project.build()
    shutil.rmtree(project.root / "build")
    assert project.run("check").code == 0, "the control: what committed records give may be absent"
    assert "(local)" not in project.run("plan").out
    pin = project.stanza("one")["reply"]
    name = f"{pin['key']}.{pin['attempts']}.{pin['sha256'][:16]}.json"
    (project.root / "cache/replies" / name[:2] / name).unlink()
    lines = {one["id"]: one for one in project.run("plan", "--json").json["targets"]}
    assert {one: (line["row"], line["local"], line["finding"]) for one, line in lines.items()} == {
        "one": (10, True, True),
        "two": (10, False, False),
    }
    clone = project.clone()
    for folder in (project, clone):
        found = folder.run("check", "--json")
        assert (found.code, [one["id"] for one in found.json["findings"]]) == (1, ["one"])
    assert clone.states()["one"] == "call", "the control: a clone has no such reply"
    project.spec("one", "Print the word one.", header=False)
    [line] = project.run("plan", "--json", "one").json["targets"]
    assert (line["state"], line["local"]) == ("recheck", True)
    project.spec("two", "Print the word two.", header=False)
    [line] = project.run("plan", "--json", "two").json["targets"]
    assert (line["state"], line["local"]) == ("recheck", False)
    project.spec("one", "Print the word one.")
    project.spec("two", "Print the word two.")
    assert project.build("--offline").calls == 0
    shutil.rmtree(project.root / "build")
    assert project.run("check").code == project.clone("whole").run("check").code == 0, "a build commits it again"
