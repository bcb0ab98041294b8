"""`init --example`: the first build in one's own folder works without a key, a service or a network."""

import io
from pathlib import Path

import pytest

from specbuild.work.example import EXAMPLE
from tests.scene import Project, Server

COMMITTED = Path(__file__).parents[2] / "cache" / "replies"
NOBODY = {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": ""}


def test_the_example_builds_without_a_key_and_a_changed_word_asks(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Project(tmp_path / "folder", server)
    assert folder.run("init", "--example", environment=NOBODY).code == 0
    ran = folder.build(environment=NOBODY)
    assert (ran.calls, "1 replayed" in ran.err) == (0, True)
    assert folder.run("check").code == 0
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    assert folder.run("run", "hello", "--", "Ada").out == "Hello, Ada!\n"
    assert "nothing was changed" in folder.run("init", "--example").err

    # The control: another request has no recorded reply. Without the two lines one's own model is asked.
    folder.change("specs/hello.toml", "White space", "Space")
    assert folder.run("build", environment=NOBODY).code == 2
    lines = folder.read("specs/hello.toml").splitlines(keepends=True)
    folder.write("specs/hello.toml", "".join(one for one in lines if not one.startswith(("service", "model"))))
    assert folder.run("regenerate", "--dry-run", "--model", "m-one", "hello").code == 0
    before = folder.read("specs/hello.toml")
    assert folder.run("init", "--example").code == 2, "what is there already is not overwritten"
    assert folder.read("specs/hello.toml") == before


def test_its_reply_is_the_one_that_was_recorded() -> None:
    packaged = {file.relative_to(EXAMPLE / "replies"): file.read_bytes() for file in EXAMPLE.rglob("*.json")}
    assert packaged == {path: (COMMITTED / path).read_bytes() for path in packaged} != {}
