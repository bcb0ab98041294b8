"""What a person looks at: diff, prompt, why, status, check, lint. They ask nobody and write nothing."""

import json
import subprocess

import pytest

from specbuild.canonical_json import digest
from specbuild.spec_fields import fields_of
from tests.scene import Project


@pytest.fixture
def built(project: Project) -> Project:
    project.spec("one", "Print the word one.")
    project.spec("two", "Print the word two.", needs=["one"])
    project.build()
    return project


def test_diff_shows_an_edit_as_a_patch_that_git_can_take_back(built: Project) -> None:
    text = built.read("build/one.py")
    assert built.run("diff", "--exit-code") == (0, "", "", 0)
    built.write("build/one.py", text.replace("mark", "sign") + "# no newline")
    ran = built.run("diff", "--exit-code")
    assert ran.code == 1
    assert ran.out.startswith("--- a/build/one.py\n+++ b/build/one.py\n@@ ")
    assert "+# no newline\n\\ No newline at end of file\n" in ran.out
    assert built.run("diff").code == 0
    built.write("edit.patch", ran.out)
    subprocess.run(["git", "apply", "-R", "edit.patch"], cwd=built.root, check=True)
    assert built.read("build/one.py") == text


def test_diff_shows_deleted_and_executable_files(built: Project) -> None:
    (built.root / "build/one.py").unlink()
    (built.root / "build/two.py").chmod(0o755)
    ran = built.run("diff", "--json", "--exit-code")
    assert ran.code == 1
    assert {one["path"]: one["change"] for one in ran.json} == {"build/one.py": "deleted", "build/two.py": "mode"}
    assert "+++ /dev/null" in built.run("diff", "one").out
    built.write("edit.patch", built.run("diff").out)
    subprocess.run(["git", "apply", "-R", "edit.patch"], cwd=built.root, check=True)
    assert built.run("diff", "--exit-code").code == 0


def test_a_change_of_the_spec_is_no_difference_of_the_output(built: Project) -> None:
    built.change("specs/one.toml", "word one", "word 1")
    assert built.run("diff", "--exit-code").code == 0
    assert built.run("plan", "--exit-code").code == 1


def test_diff_makes_escape_codes_visible(built: Project) -> None:
    built.write("build/one.py", "print('\x1b[2J')\n")
    ran = built.run("diff", "one")
    assert "\x1b" not in ran.out and "\\x1b[2J" in ran.out


def test_prompt_prints_what_the_server_is_sent(built: Project) -> None:
    built.change("specs/two.toml", "word two", "word 2")
    ran = built.run("prompt", "two")
    assert (ran.code, ran.calls) == (0, 0)
    assert "reply not known" in ran.out and "Print the word 2." in ran.out
    told = built.run("prompt", "two", "--json").json[0]
    assert built.build().calls == 1
    sent = built.server.calls[-1]["body"]
    assert told["body"] == {name: sent[name] for name in ("model", "messages")}
    assert all(message["content"] in ran.out for message in sent["messages"])
    assert built.stanza("two")["reply"]["key"] == told["key"]
    assert built.run("prompt", "--key", "two").out == told["key"] + "\n"
    asked = {"key_version": 1, "service": told["service"], "sample": told["sample"], "body": told["body"]}
    assert digest(asked) == told["key"], "the key comes out of what is printed"
    assert built.run("prompt", "two", "--json").json[0]["known"] is True


def test_prompt_of_something_whose_need_is_unbuilt_says_so(project: Project) -> None:
    project.spec("one")
    project.spec("two", needs=["one"])
    ran = project.run("prompt", "two")
    assert ran.code == 2
    assert "SB509" in ran.err
    assert project.run("prompt", "one").code == 0
    assert project.run("prompt").code == 2


def test_why_names_the_field_with_old_and_new_value(built: Project) -> None:
    built.change("specs/one.toml", "word one", "word 1")
    ran = built.run("why")
    assert "one: call (" in ran.out
    assert "spec project.requirements\n    was Print the word one.\n    now Print the word 1.\n" in ran.out
    told = built.run("why", "one", "--json").json[0]
    assert told["changes"] == [
        {
            "component": "spec",
            "field": "project.requirements",
            "before": "Print the word one.",
            "after": "Print the word 1.",
        }
    ]


def test_check_is_a_gate(built: Project) -> None:
    assert built.run("check").code == 0
    built.change("specs/one.toml", "word one", "word 1")
    ran = built.run("check")
    assert (ran.code, ran.calls) == (1, 0)
    assert "call  one  spec changed: project.requirements" in ran.out
    assert [one["id"] for one in built.run("check", "--json").json["findings"]] == ["one"]
    built.write("specs/one.toml", "[file")
    assert built.run("check").code == 2


def test_lint_looks_at_specs_alone(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    later = fields_of("verify")["lint"]._replace(later="is without effect yet")
    monkeypatch.setitem(fields_of("verify"), "lint", later)  # type: ignore[arg-type]
    project.spec("one", more="\n[verify]\nlint = true\n")
    ran = project.run("lint")
    assert ran.code == 0
    assert "specs/one.toml:10" in ran.out and "without effect yet" in ran.out
    assert ran.err == "1 spec: 1 note\n"
    project.write("specs/one.toml", project.read("specs/one.toml").replace("language", "langauge"))
    ran = project.run("lint", "--format", "concise")
    assert ran.code == 2
    assert "specs/one.toml:3:1: error SB203:" in ran.out
    assert ran.out.index("one.toml:3:") < ran.out.index("one.toml:10:"), "in the order of the lines"
    assert project.run("lint", "--format", "github").out.startswith("::error title=")
    found = project.run("lint", "--json").json
    assert (found["version"], found["command"], found["exit_code"], found["specs"]) == (1, "lint", 2, 0)
    assert {one["severity"] for one in found["diagnostics"]} >= {"error"}
    assert "did you mean `language`" in json.dumps(found)


def test_lint_takes_several_files_of_the_project_and_others(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "sub/two", "three"):
        project.spec(name)
        project.change(f"specs/{name}.toml", "language", "langauge")
    project.spec("four")
    project.write("draft.toml", project.read("specs/one.toml"))
    ran = project.run("lint", "--format", "concise", "specs/one.toml", "specs/four.toml", "specs/sub/two.toml")
    assert ran.code == 2 and ran.err.startswith("3 specs: ")
    assert {line.split(":")[0] for line in ran.out.splitlines()} == {"specs/one.toml", "specs/sub/two.toml"}
    found = project.run("lint", "--json", "draft.toml", "specs/four.toml", "./specs/four.toml").json
    assert (found["exit_code"], found["specs"]) == (2, 2)
    assert {one["place"]["path"] for one in found["diagnostics"]} == {"draft.toml"}, "no spec of the project, and read"
    assert project.run("lint", "specs/four.toml")[:3] == (0, "", "1 spec: nothing to say\n"), "the control"
    missing = project.run("lint", "specs/gone.toml", "specs/four.toml", "far/gone.toml")
    assert missing.code == 2 and missing.err.count("SB820") == 2 and "far/gone.toml" in missing.err
    assert project.run("lint", "pyproject.toml").code == 2, "there is none"
    project.write("specbuild.toml", "edition = 1\ncolour = 1\n")
    assert "specbuild.toml:2:1" in project.run("lint", "--format", "concise", "specbuild.toml").out
    monkeypatch.chdir(project.root / "specs" / "sub")
    assert "specs/sub/two.toml:3" in project.run("-C", "specs/sub", "lint", "two.toml").out, "from the folder told"


def test_a_broken_lock_is_a_finding_and_nothing_is_built(built: Project) -> None:
    built.write("specbuild.lock", "<<<<<<< ours\n" + built.read("specbuild.lock"))
    before = built.outputs()
    for command in ("build", "check", "plan", "reproduce", "diff"):
        ran = built.run(command)
        assert (ran.code, ran.calls) == (1, 0), command
        assert "SB70" in ran.err
    assert built.outputs() == before


def test_json_goes_to_stdout_alone(built: Project) -> None:
    for command in ("plan", "status", "check", "why", "diff", "reproduce", "lint", "build", "clean", "prune"):
        json.loads(built.run(command, "--json").out)


def test_a_plan_says_why_a_request_can_t_be_made(unpinned: Project) -> None:
    unpinned.spec("one")
    unpinned.spec("two")
    assert "SB510" not in unpinned.run("plan").err, "the control: the environment names a model"
    del unpinned.environment["OPENAI_API_MODEL"]
    told = unpinned.run("plan").err
    assert told.count("SB510") == 1
    assert "of 1 more" in told
    assert "OPENAI_API_MODEL" in told


def test_a_malformed_entry_that_no_spec_claims_is_a_finding(project: Project) -> None:
    project.spec("one")
    project.build()
    assert project.run("check").code == 0, "the control"
    lock = json.loads(project.read("specbuild.lock"))
    lock["targets"]["zzz"] = {"a": 1}
    project.write("specbuild.lock", json.dumps(lock))
    ran = project.run("check")
    assert ran.code == 1
    assert "conflict" in ran.out and "zzz" in ran.out
