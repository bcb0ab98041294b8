"""Replies that are no good: a failed attempt that says so, nothing written, asked again only when something changes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scene import Project
from tests.server import Body, code_for, declared_files, default_answer

Answer = Callable[[Body], str]


def blocks(body: Body, *names: str, text: str | None = None) -> str:
    marker, _ = declared_files(body)
    return "".join(
        f"=== specbuild:{marker} file: {name} ===\n{code_for(name, 'x') if text is None else text}"
        f"=== specbuild:{marker} end ===\n"
        for name in names
    )


BAD: dict[str, tuple[Answer, str]] = {
    "truncated": (lambda body: blocks(body, "one.py")[:-40], "no end"),
    "two of them, one cut": (lambda body: "Here it is:\n```python\nprint(1)\n", ""),
    "an empty file": (lambda body: blocks(body, "one.py", text=""), "empty"),
    "no file": (lambda body: "I would need more information to write this program.", "no file"),
    "a wrong name": (lambda body: blocks(body, "other.py"), "other.py"),
    "one name too many": (lambda body: blocks(body, "one.py", "../../evil.py"), "evil.py"),
    "a file twice": (lambda body: blocks(body, "one.py", "one.py"), "one.py"),
    "two fences": (lambda body: "```python\nprint(1)\n```\nor\n```python\nprint(2)\n```\n", ""),
    "code left out": (
        lambda body: blocks(body, "one.py", text="def f():\n    # ... rest of the code unchanged\n    pass\n"),
        "",
    ),
    "an escape code": (lambda body: blocks(body, "one.py", text="print('\x1b[2J')\n"), ""),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_reply_is_a_failed_attempt_and_nothing_is_written(project: Project, kind: str) -> None:
    answer, said = BAD[kind]
    project.spec("one", attempts=1)
    project.server.answer = answer
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 1), ran.err
    assert "failed    one" in ran.err and said in ran.err
    assert "\x1b" not in ran.err
    assert not (project.root / "build/one.py").exists()
    assert not (project.root.parent / "evil.py").exists()
    again = project.run("build")
    assert (again.code, again.calls) == (1, 0), "nothing changed, so nothing is asked again"
    assert project.states() == {"one": "failed"}
    project.server.answer = default_answer
    assert project.run("regenerate", "--failed").code == 0, "the control: a good reply is taken"
    assert list(project.outputs()) == ["build/one.py"]
    assert project.states() == {"one": "fresh"}
    assert project.build().calls == 0


@pytest.mark.parametrize("finish_reason", ["length", "content_filter"])
def test_a_reply_cut_off_by_the_service_is_kept_apart_and_asked_for_again(project: Project, finish_reason: str) -> None:
    project.spec("one")
    project.server.finish_reason = finish_reason
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 1)
    assert not (project.root / "build").exists()
    assert not list((project.root / "cache/replies").rglob("*.json")), "it is never served"
    project.server.finish_reason = "stop"
    assert project.build().calls == 1


def test_an_empty_reply_is_never_served(project: Project) -> None:
    project.spec("one")
    project.server.answer = lambda body: ""
    assert project.run("build").code == 1
    project.server.answer = default_answer
    calls = len(project.server.calls)
    assert project.build().calls == 1
    assert calls >= 1


def test_a_failed_attempt_is_told_to_the_model_and_the_repair_is_kept(project: Project) -> None:
    project.spec("one")
    answers = iter([lambda body: blocks(body, "wrong.py"), default_answer])
    project.server.answer = lambda body: next(answers)(body)
    ran = project.build()
    assert ran.calls == 2
    repair = project.server.calls[-1]["body"]["messages"]
    assert [one["role"] for one in repair[-2:]] == ["assistant", "user"]
    assert "wrong.py" in repair[-1]["content"]
    assert project.stanza("one")["reply"]["attempts"] == 2
    clone = project.clone(without=("cache/local", "build", "specbuild.lock"))
    assert clone.build("--offline").calls == 0
    assert clone.outputs() == project.outputs()
    assert clone.run("reproduce").code == 0


def test_used_up_attempts_leave_the_old_good_output(project: Project) -> None:
    project.spec("one", attempts=2)
    project.build()
    good = project.outputs()
    project.spec("one", "Print another line.", attempts=2)
    project.server.answer = lambda body: blocks(body, "wrong.py")
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 2)
    assert project.outputs() == good
    assert project.run("check").code == 1
    assert project.run("build").calls == 0
    project.server.answer = default_answer
    project.spec("one", "Print yet another line.", attempts=2)
    assert project.build().calls == 1, "another spec is another question"


def test_one_failed_target_stops_its_dependents_and_nobody_else(project: Project) -> None:
    project.spec("base", "Break, please.", attempts=1)
    project.spec("top", needs=["base"])
    project.spec("apart", "Print a line.")
    project.server.answer = lambda body: "no" if "Break, please." in str(body) else default_answer(body)
    ran = project.run("build", "--json")
    assert ran.code == 1
    assert {one["id"]: one["ending"] for one in ran.json["targets"]} == {
        "base": "failed",
        "top": "blocked",
        "apart": "built",
    }
    assert list(project.outputs()) == ["build/apart.py"]


@pytest.mark.parametrize("fault", ["unauthorized", "quota"])
def test_what_asking_again_can_not_mend_is_asked_once(project: Project, fault: str) -> None:
    project.spec("one")
    project.server.always(fault)
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 1)
    assert project.environment["OPENAI_API_KEY"] not in ran.out + ran.err
    project.server.always(None)
    assert project.build().calls == 1, "the control: it was the service"


def test_a_refused_parameter_names_the_line_that_set_it(project: Project) -> None:
    project.spec("one", more="\n[build.parameters]\ntemperature = 7\n")
    project.server.plan(("bad_parameter", {"name": "temperature"}))
    ran = project.run("build")
    assert ran.code == 1
    line = project.read("specs/one.toml").splitlines().index("temperature = 7") + 1
    assert f"specs/one.toml:{line}:" in ran.err
    assert project.server.calls[0]["body"]["temperature"] == 7


def test_no_parameter_is_sent_that_nobody_named(project: Project) -> None:
    project.spec("one")
    project.build()
    body = project.server.calls[0]["body"]
    assert set(body) <= {"model", "messages", "stream", "stream_options"}


def test_a_secret_in_a_reply_is_not_exported(project: Project) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0a1B2c3D4e5F6g7H8"
    project.spec("one")
    project.server.answer = lambda body: blocks(body, "one.py", text=f'TOKEN = "{token}"\n')
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 1)
    assert token not in ran.out + ran.err
    assert "--allow-secret" in ran.err
    assert not committed_with(project, token)
    assert not (project.root / "build/one.py").exists()
    paid = project.build("--allow-secret")
    assert paid.calls == 0, "it was bought once"
    assert committed_with(project, token)
    assert token in project.read("build/one.py")


def test_the_own_key_is_in_no_file_whatever_the_reply_says(project: Project) -> None:
    key = project.environment["OPENAI_API_KEY"]
    project.spec("one")
    project.server.answer = lambda body: blocks(body, "one.py", text=f"KEY = '{key}'\n")
    assert project.run("build").code == 1
    assert not committed_with(project, key)


def committed_with(project: Project, text: str) -> list[Path]:
    """Return the files that would be committed and hold the text."""
    files = [path for path in project.root.rglob("*") if path.is_file()]
    local = project.root / "cache/local"
    return [path for path in files if local not in path.parents and text.encode() in path.read_bytes()]


def test_what_the_model_noted_is_shown_after_the_build(project: Project) -> None:
    project.spec("one")

    def with_notes(body: Body) -> str:
        marker, _ = declared_files(body)
        notes = f"=== specbuild:{marker} notes ===\nI chose \x1b[31mred.\n=== specbuild:{marker} end ===\n"
        return default_answer(body) + notes

    project.server.answer = with_notes
    ran = project.build()
    assert "one, says the model:\n    I chose \\x1b[31mred." in ran.err
    assert ran.err.splitlines()[-1].startswith("done: ")
