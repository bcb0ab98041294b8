"""The whole list of what a change costs, against a server that nobody here wrote, counted in its own journal."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from specbuild.providers import openai_chat
from specbuild.work import ask as asking
from tests.independent_server import IndependentServer
from tests.scene import Project, Server
from tests.server import prompt_text

pytestmark = [pytest.mark.network, pytest.mark.xdist_group("independent server")]  # one worker: one server

NAMES = ("one", "two", "deep/three")


@pytest.fixture(scope="module")
def independent() -> Iterator[IndependentServer]:
    server = IndependentServer()
    yield server
    server.stop()


@pytest.fixture
def project(tmp_path: Path, independent: IndependentServer) -> Project:
    """Three specs and a model, nothing built."""
    openai_chat._dialects.clear()
    made = Project(tmp_path / "project", cast(Server, independent))
    made.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\n')
    for name in NAMES:
        made.spec(name, f"Print the word {Path(name).name}.")
    return made


@pytest.fixture
def built(project: Project) -> Project:
    assert project.build().calls == 3
    return project


def test_n_specs_take_n_calls_and_again_none_with_no_file_written(project: Project) -> None:
    assert project.build().calls == len(NAMES)
    before = project.stamps()
    assert project.build().calls == 0
    assert project.stamps() == before
    assert {path.rsplit("/", 1)[-1] for path in project.outputs()} == {"one.py", "two.py", "three.py"}
    shutil.rmtree(project.root / "cache")
    (project.root / "specbuild.lock").unlink()
    shutil.rmtree(project.root / "build")
    assert project.build().calls == len(NAMES), "the control: without cache and lock everything is asked again"


def test_one_changed_word_takes_one_call(built: Project) -> None:
    others = {path: raw for path, raw in built.outputs().items() if path != "build/two.py"}
    built.change("specs/two.toml", "the word two", "the word 2")
    assert built.build().calls == 1
    assert {path: raw for path, raw in built.outputs().items() if path != "build/two.py"} == others


def comment(project: Project) -> None:
    project.write("specs/two.toml", "# a comment\n" + project.read("specs/two.toml"))


def order(project: Project) -> None:
    file, rest = project.read("specs/two.toml").split("[project]\n")
    lines = file.splitlines(keepends=True)
    project.write("specs/two.toml", "[project]\n" + rest + "".join([lines[0], *reversed(lines[1:])]))


def moved(project: Project) -> None:
    (project.root / "specs/two.toml").rename(project.root / "specs/deep/two.toml")


def tag(project: Project) -> None:
    project.spec("two", "Print the word two.", tags=["tools"])


@pytest.mark.parametrize("change", [comment, order, moved, tag])
def test_what_no_model_would_see_takes_no_call(built: Project, change: Callable[[Project], None]) -> None:
    change(built)
    assert built.build().calls == 0
    assert built.run("check").code == 0
    path = "specs/deep/two.toml" if change is moved else "specs/two.toml"
    built.change(path, "word two", "word 2")
    assert built.build().calls == 1, "the control: a word that a model sees"


def test_a_changed_template_takes_a_call_for_every_spec(project: Project) -> None:
    project.write("own.jinja", '{% include "specbuild:user" %}\nBe brief.\n')
    project.write("specbuild.toml", 'edition = 1\nmodel = "m-one"\ntemplate = "own.jinja"\n')
    assert project.build().calls == 3
    assert project.build().calls == 0
    project.change("own.jinja", "brief", "short")
    assert project.build().calls == 3


def test_a_changed_configured_model_takes_a_call_for_every_spec(built: Project) -> None:
    built.write("specbuild.toml", 'edition = 1\nmodel = "m-two"\n')
    assert built.build().calls == 3
    assert [call["body"]["model"] for call in built.server.calls[-3:]] == ["m-two"] * 3


def test_another_model_in_the_environment_takes_no_call_and_one_line_says_so(project: Project) -> None:
    project.write("specbuild.toml", "edition = 1\n")
    project.environment["OPENAI_API_MODEL"] = "m-one"
    assert project.build().calls == 3
    before = project.stamps()
    ran = project.build(environment={"OPENAI_API_MODEL": "m-two"})
    assert ran.calls == 0
    assert project.stamps() == before
    assert len([line for line in ran.err.splitlines() if "m-two" in line]) == 1
    assert "m-two" not in project.build().err, "the control"


def test_a_dependent_is_asked_for_again_when_the_interface_changed_and_not_when_the_body_did(project: Project) -> None:
    project.spec("two", "Use the mark.", needs=["one"])
    project.spec("deep/three", "Use two.", needs=["two"])
    assert project.build().calls == 3
    body = project.read("build/one.py")
    project.change("specs/one.toml", "the word one", "the word 1")
    assert project.build().calls == 1, "another body behind the same interface"
    assert project.read("build/one.py") != body
    project.change("specs/one.toml", "the word 1", "the word 1, server-def: second")
    assert project.build().calls == 2, "one, and two whose prompt shows the new function; two's own interface held"
    assert "def second() -> str" in prompt_text(project.server.calls[-1]["body"])


def test_a_deleted_output_is_back_without_a_call(built: Project) -> None:
    outputs = built.outputs()
    (built.root / "build/one.py").unlink()
    assert built.build().calls == 0
    assert built.outputs() == outputs


def test_an_edit_is_kept_accepted_deleted_and_restored_without_a_call(built: Project) -> None:
    edit = "print('mine')\n"
    built.write("build/one.py", edit)
    assert built.build().calls == 0
    assert built.read("build/one.py") == edit
    assert built.run("check").code == 1
    accepted = built.run("accept", "one")
    assert (accepted.code, accepted.calls) == (0, 0)
    assert built.run("check").code == 0
    (built.root / "build/one.py").unlink()
    assert built.build().calls == 0
    assert built.read("build/one.py") == edit


def test_going_back_to_the_old_spec_takes_no_call(built: Project) -> None:
    outputs = built.outputs()
    built.change("specs/one.toml", "the word one", "the word 1")
    assert built.build().calls == 1
    assert built.outputs() != outputs
    built.change("specs/one.toml", "the word 1", "the word one")
    assert built.build().calls == 0
    assert built.outputs() == outputs


def test_its_errors_are_told_or_waited_for_and_its_usage_is_counted(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_wait", lambda *_: None)
    for name in NAMES:
        (project.root / f"specs/{name}.toml").unlink()
    wanted = {
        "long": "server-error: 400 context_length_exceeded", "shut": "server-error: 400 model_not_found",
        "busy": "server-once: 429", "down": "server-once: 503", "torn": "server-cut",
    }  # fmt: skip
    for name, text in wanted.items():
        project.spec(name, text, language="markdown")
    ran = project.run("build")
    assert ran.code == 1
    assert "SB607" in ran.err and "model_not_found" in ran.err, ran.err
    assert {path.partition(".")[0] for path in project.outputs()} == {"build/busy", "build/down", "build/torn"}
    assert ran.calls == 2 + 3 * 2, "a request that was refused is not sent again; what may pass is"
    [told] = [line for line in ran.err.splitlines() if line.startswith("unfinished")]
    sent, received = re.findall(r"([\d,]+) \+ ([\d,]+) tokens", told)[0]
    assert int(sent.replace(",", "")) > 1000 and int(received) > 50, told


def test_streamed_or_in_one_piece_the_outputs_and_the_lock_are_the_same(built: Project) -> None:
    assert all(call["body"].get("stream") is True for call in built.server.calls[-3:])
    whole = built.clone("whole", without=("cache", "build", "specbuild.lock"))
    settings = Path(whole.environment["HOME"]) / ".config/specbuild/config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        f'[service.default]\nbase_url = "{built.server.base_url}"\nkey_env = "OPENAI_API_KEY"\nstream = false\n'
    )
    assert whole.build().calls == 3
    assert all(not call["body"].get("stream") for call in built.server.calls[-3:]), "the control"
    assert whole.outputs() == built.outputs()
    assert whole.read("specbuild.lock") == built.read("specbuild.lock")
