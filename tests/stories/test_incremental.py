"""What a change costs: each story counts the calls in the server's own journal, and has a change that does cost one."""

import pytest

from specbuild.commands import root
from specbuild.spec_fields import fields_of
from tests.reference import READING
from tests.scene import Project
from tests.server import prompt_text


def three(project: Project) -> None:
    project.spec("one", "Print the word one.")
    project.spec("two", "Print the word two.")
    project.spec("sub/three", "Print the word three.")


def test_n_specs_take_n_calls_and_a_second_build_takes_none_and_writes_nothing(project: Project) -> None:
    three(project)
    assert project.build().calls == 3
    assert sorted(project.outputs()) == ["build/one.py", "build/sub/three.py", "build/two.py"]
    before = project.stamps()
    again = project.build()
    assert again.calls == 0
    assert project.stamps() == before
    assert "3 fresh; no call" in again.err
    (project.root / "build/one.py").touch()
    assert project.stamps() != before, "the control: a file that was written shows"


def test_reading_commands_write_nothing(project: Project) -> None:
    three(project)
    before = project.stamps()
    for command in ("plan", "status", "check", "why", "lint", "diff", "reproduce"):
        project.run(command)
        assert project.stamps() == before, command
    project.build()
    before = project.stamps()
    elsewhere = {"transcript", "history", "doctor"}  # no agent and no iteration is here; doctor asks the machine
    more = {"prompt": "**", "log": "one", "guard": "specs/one.toml", "completion": "bash", "schema": "spec"}
    for command in (*(one for one in READING if one not in elsewhere), "build -n"):
        arguments = [*command.split(), *more.get(command, "").split()]
        assert root.run(["-C", str(project.root), *arguments]) == 0, command
        assert project.stamps() == before, command


def test_one_changed_word_of_one_spec_takes_one_call(project: Project) -> None:
    three(project)
    project.build()
    others = {path: raw for path, raw in project.outputs().items() if path != "build/two.py"}
    project.change("specs/two.toml", "the word two", "the word 2")
    plan = project.run("plan", "--json").json
    assert plan["calls"] == {"least": 1, "expected": 1, "most": 3}
    ran = project.build()
    assert ran.calls == 1
    assert "two: spec changed: project.requirements" in ran.err
    assert {path: raw for path, raw in project.outputs().items() if path != "build/two.py"} == others


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda project, text: "# a comment\n" + text, id="a comment"),
        pytest.param(lambda project, text: text.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda project, text: "\ufeff" + text, id="a byte order mark"),
        pytest.param(lambda project, text: text.replace('name = "two"', "name = 'two'"), id="other quotes"),
        pytest.param(lambda project, text: text + '\n[build]\ntags = ["tools"]\n', id="a tag"),
        pytest.param(lambda project, text: text + "\n[build]\nattempts = 7\n", id="a policy"),
        pytest.param(
            lambda project, text: "[project]" + text.split("[project]")[1] + "\n" + text.split("[project]")[0],
            id="another order",
        ),
    ],
)
def test_what_means_the_same_takes_no_call(project: Project, change: object) -> None:
    three(project)
    project.build()
    outputs, lock = project.outputs(), project.read("specbuild.lock")
    assert callable(change)
    text = project.read("specs/two.toml")
    project.write("specs/two.toml", change(project, text))
    assert project.build().calls == 0
    assert (project.outputs(), project.read("specbuild.lock")) == (outputs, lock)
    project.write("specs/two.toml", text.replace("two.", "two!"))
    assert project.build().calls == 1, "the control: another word"


def test_a_moved_spec_takes_no_call_and_moves_its_output(project: Project) -> None:
    three(project)
    project.build()
    text = project.outputs()["build/two.py"]
    (project.root / "specs/moved").mkdir()
    (project.root / "specs/two.toml").rename(project.root / "specs/moved/zwei.toml")
    ran = project.build()
    assert ran.calls == 0
    assert "moved/zwei: moved from two" in ran.err
    assert project.outputs()["build/moved/two.py"] == text
    assert "build/two.py" not in project.outputs()
    assert project.run("check").code == 0
    project.change("specs/moved/zwei.toml", "word two", "word zwei")
    assert project.build().calls == 1, "the control: it is a spec like any other"


def test_a_changed_shape_takes_no_call(project: Project) -> None:
    three(project)
    project.build()
    first_line = project.read("build/two.py").splitlines()[0]
    assert "specbuild" in first_line
    project.spec("two", "Print the word two.", header=False, directory="tools", executable=True)
    ran = project.build()
    assert ran.calls == 0, ran.err
    assert first_line not in project.read("tools/two.py")
    assert (project.root / "tools/two.py").stat().st_mode & 0o100
    assert not (project.root / "build/two.py").exists()


def test_a_changed_template_takes_a_call_for_every_target_that_uses_it(project: Project) -> None:
    three(project)
    project.write("own.jinja", '{% include "specbuild:user" %}\nBe brief.\n')
    project.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\ntemplate = "own.jinja"\n')
    first = project.build()
    assert first.calls == 3
    assert all("Be brief." in prompt for prompt in project.prompts())
    assert project.build().calls == 0, "the control: nothing changed"
    project.change("own.jinja", "brief", "short")
    ran = project.build()
    assert ran.calls == 3
    assert "template changed: own.jinja" in ran.err


def test_a_changed_configured_model_takes_a_call_for_every_target(project: Project) -> None:
    three(project)
    project.build()
    project.write("specbuild.toml", 'edition = 1\nmodel = "m-two"\n')
    ran = project.build()
    assert ran.calls == 3
    assert "model changed: m-one → m-two" in ran.err
    assert {call["body"]["model"] for call in project.server.calls[3:]} == {"m-two"}


def test_another_model_in_the_environment_takes_no_call_and_one_line_says_so(unpinned: Project) -> None:
    three(unpinned)
    assert unpinned.build().calls == 3
    other = {"OPENAI_API_MODEL": "m-two"}
    before = unpinned.stamps()
    ran = unpinned.build(environment=other)
    assert ran.calls == 0
    assert unpinned.stamps() == before
    said = [line for line in ran.err.splitlines() if "m-two" in line]
    assert len(said) == 1
    assert "specbuild build --model m-two --repin" in said[0]
    assert "m-two" not in unpinned.build().err, "the control: without the change nothing is said"
    assert unpinned.build("--model", "m-two").calls == 0, "--model fills in as the variable does"
    moved = unpinned.build("--model", "m-two", "--repin", "one")
    assert moved.calls == 1
    assert unpinned.stanza("one")["inputs"]["model"] == "m-two"
    assert unpinned.stanza("two")["inputs"]["model"] == "m-one"
    assert unpinned.build().calls == 0, "and there it stays"
    assert unpinned.run("build", "--repin").code == 2


def test_without_a_model_the_error_names_three_ways_on(unpinned: Project) -> None:
    three(unpinned)
    del unpinned.environment["OPENAI_API_MODEL"]
    ran = unpinned.run("build")
    assert (ran.code, ran.calls) == (2, 0)
    for way in ("build --model NAME", "specbuild.toml", "export OPENAI_API_MODEL=NAME"):
        assert way in ran.err
    assert unpinned.build("--model", "m-one").calls == 3


def chain(project: Project) -> None:
    project.spec("base", "Give a mark.")
    project.spec("middle", "Use the mark.", needs=["base"])
    project.spec("top", "Use the middle.", needs=["middle"])


def test_a_changed_body_behind_the_same_interface_takes_no_dependent_call(project: Project) -> None:
    chain(project)
    assert project.build().calls == 3
    body = project.outputs()["build/base.py"]
    project.change("specs/base.toml", "Give a mark.", "Give a mark, quickly.")
    plan = {line["id"]: line["state"] for line in project.run("plan", "--json").json["targets"]}
    assert plan == {"base": "call", "middle": "maybe", "top": "maybe"}
    ran = project.build()
    assert ran.calls == 1
    assert project.outputs()["build/base.py"] != body
    assert set(project.states().values()) == {"fresh"}


def test_a_changed_interface_takes_a_call_for_its_dependents_and_no_further(project: Project) -> None:
    chain(project)
    project.build()
    project.change("specs/base.toml", "Give a mark.", "Give a mark. server-def: second")
    ran = project.build()
    # base has a new function; middle's prompt shows it, but middle's own interface is as it was.
    assert ran.calls == 2
    assert "middle: interface changed: base" in ran.err
    assert "def second() -> str" in prompt_text(project.server.calls[-1]["body"])
    assert set(project.states().values()) == {"fresh"}


def test_a_dependent_sees_the_interface_and_not_the_body(project: Project) -> None:
    chain(project)
    project.build()
    shown = next(prompt for prompt in project.prompts() if "Use the mark." in prompt)
    assert "def mark() -> str" in shown
    mark = project.read("build/base.py").split('return "')[1].split('"')[0]
    assert mark not in shown


def test_a_deleted_output_comes_back_without_a_call(project: Project) -> None:
    three(project)
    project.build()
    outputs = project.outputs()
    (project.root / "build/two.py").unlink()
    ran = project.build("--offline")
    assert ran.calls == 0
    assert "two: an output is missing" in ran.err
    assert project.outputs() == outputs


def test_going_back_to_the_old_spec_takes_no_call_and_gives_the_old_bytes(project: Project) -> None:
    three(project)
    project.build()
    outputs, lock = project.outputs(), project.read("specbuild.lock")
    project.change("specs/two.toml", "the word two", "the word 2")
    assert project.build().calls == 1
    assert project.outputs() != outputs
    project.change("specs/two.toml", "the word 2", "the word two")
    assert project.build().calls == 0
    assert (project.outputs(), project.read("specbuild.lock")) == (outputs, lock)


def test_a_selection_builds_what_it_needs_and_nothing_else(project: Project) -> None:
    chain(project)
    project.spec("apart")
    assert project.build("middle").calls == 2
    assert sorted(project.outputs()) == ["build/base.py", "build/middle.py"]
    assert project.build("--exclude", "apart").calls == 1
    assert project.run("build", "no-such-spec").code == 2


def test_two_specs_on_one_output_are_an_error_that_names_both_places(project: Project) -> None:
    project.spec("one", outputs=["same.py"])
    project.spec("two", outputs=["same.py"])
    ran = project.run("build")
    assert (ran.code, ran.calls) == (2, 0)
    assert "specs/one.toml:10" in ran.err and "specs/two.toml:10" in ran.err
    assert not (project.root / "build").exists()
    assert not (project.root / "specbuild.lock").exists()
    project.spec("two", outputs=["other.py"])
    assert project.build().calls == 2


def test_every_line_of_a_build_carries_its_reason(project: Project) -> None:
    three(project)
    lines = project.build("-j", "1").err.splitlines()
    assert [line for line in lines if "built" in line and ": new" not in line and "done" not in line] == []
    assert lines[0].startswith("default: asking 127.0.0.1:")
    assert "m-one, about 3 calls" in lines[0]
    assert lines[-1].startswith("done: 3 built; 3 files written; 3 calls, ")


def test_a_build_tells_machines_what_it_did(project: Project) -> None:
    three(project)
    told = project.build("--json").json
    assert [one["id"] for one in told["targets"]] == ["one", "sub/three", "two"]
    assert {one["ending"] for one in told["targets"]} == {"built"}
    assert told["spent"]["calls"] == 3
    assert told["exit_code"] == 0
    dry = project.run("build", "-n", "--json").json
    assert dry["calls"]["most"] == 0


def test_warnings_of_specs_are_told_once_and_notes_to_the_verbose(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = fields_of("verify")["lint"]._replace(later="is without effect yet")
    monkeypatch.setitem(fields_of("verify"), "lint", later)  # type: ignore[arg-type]
    project.spec("one", more="\n[verify]\nlint = true\n")
    assert "without effect yet" not in project.build().err
    assert project.run("build", "-v").err.count("without effect yet") == 1


def test_a_model_that_the_repository_names_is_moved_by_no_option(project: Project) -> None:
    three(project)
    assert project.build().calls == 3
    ran = project.build("--model", "m-two", "--repin")
    assert ran.calls == 0
    assert "--model m-two moves no target whose spec or configuration names one (3 with m-one)" in ran.err
    assert "moves no target" not in project.build("--model", "m-one").err


def test_a_model_on_the_command_line_wins_over_the_environment(unpinned: Project) -> None:
    three(unpinned)
    assert unpinned.build("--model", "m-two").calls == 3
    assert {call["body"]["model"] for call in unpinned.server.calls} == {"m-two"}
    assert "m-two" in unpinned.read("specbuild.lock") and "m-one" not in unpinned.read("specbuild.lock")
