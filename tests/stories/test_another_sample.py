"""`regenerate`: another answer to the same question, pinned and replayed like the first."""

import itertools

import pytest

from tests.scene import Project
from tests.server import Body, default_answer, prompt_text


@pytest.fixture
def built(project: Project) -> Project:
    numbers = itertools.count(1)
    project.server.answer = lambda body: default_answer(body).replace('"""Return', f'"""{next(numbers)}. Return')
    project.spec("one", "Print the word one.")
    project.spec("two", "Print the word two.")
    project.build("-j", "1")
    return project


def test_regenerate_asks_again_and_pins_the_new_sample(built: Project) -> None:
    before = built.outputs()
    ran = built.run("regenerate", "one")
    assert (ran.code, ran.calls) == (0, 1)
    assert "one: another sample was asked for" in ran.err
    assert built.outputs()["build/one.py"] != before["build/one.py"]
    assert built.outputs()["build/two.py"] == before["build/two.py"]
    assert built.stanza("one")["reply"]["sample"] == 1
    assert built.build().calls == 0, "the new one is what is built from then on"
    assert built.run("reproduce").code == 0
    assert prompt_text(built.server.calls[0]["body"]) == prompt_text(built.server.calls[2]["body"])


def test_each_regenerate_takes_the_next_sample(built: Project) -> None:
    texts = {built.read("build/one.py")}
    for number in (1, 2, 3):
        built.run("regenerate", "one")
        assert built.stanza("one")["reply"]["sample"] == number
        texts.add(built.read("build/one.py"))
    assert len(texts) == 4


def test_a_clone_replays_the_pinned_sample(built: Project) -> None:
    built.run("regenerate", "one")
    clone = built.clone(without=("cache/local", "build"))
    assert clone.build("--offline").calls == 0
    assert clone.outputs() == built.outputs()


def test_a_changed_request_begins_at_the_first_sample_again(built: Project) -> None:
    built.run("regenerate", "one")
    built.change("specs/one.toml", "the word one", "the word 1")
    assert built.build().calls == 1
    assert built.stanza("one")["reply"]["sample"] == 0


def test_regenerate_keeps_an_edit_unless_it_is_given_up(built: Project) -> None:
    built.write("build/one.py", "mine\n")
    ran = built.run("regenerate", "one")
    assert ran.calls == 0
    assert "specbuild regenerate --force one gives it up" in ran.err, "a build would bring the old answer back"
    assert built.read("build/one.py") == "mine\n"
    assert "specbuild build --force one gives it up" in built.build().err
    assert built.run("regenerate", "--force", "one").calls == 1
    assert built.read("build/one.py") != "mine\n"


def test_regenerate_wants_to_be_told_what(built: Project) -> None:
    assert built.run("regenerate").code == 2
    assert built.run("regenerate", "--failed").calls == 0, "nothing failed"
    ran = built.run("regenerate", "-n", "one")
    assert (ran.code, ran.calls) == (0, 0)
    assert "one  another sample was asked for" in ran.out


def test_regenerate_failed_touches_only_what_failed(project: Project) -> None:
    project.spec("good", "Print the word good.")
    project.spec("bad", "Print the word bad.", attempts=1)

    def answer(body: Body) -> str:
        return "no" if "the word bad" in prompt_text(body) else default_answer(body)

    project.server.answer = answer
    project.run("build")
    project.change("specs/good.toml", "the word good", "the word fine")
    ran = project.run("regenerate", "--failed")
    assert (ran.code, ran.calls) == (1, 1)
    assert "bad" in ran.err
    assert project.states() == {"good": "call", "bad": "failed"}
    project.server.answer = default_answer
    assert project.run("regenerate", "--failed").calls == 1
    assert project.states() == {"good": "call", "bad": "fresh"}


def test_a_sample_that_is_asked_for_anew_gets_one_turn_in_the_inbox(project: Project) -> None:
    project.write("../home/.config/specbuild/config.toml", '[service.default]\nkind = "inbox"\n')
    project.spec("notes", "Write notes.", language="markdown", model="a-friend")

    def waits(text: str, *command: str) -> None:
        """Run, which ends by waiting, and answer what was laid out last."""
        seen = set(project.root.glob("cache/inbox/*/"))
        assert project.run(*command).code == 6
        [place] = set(project.root.glob("cache/inbox/*/")) - seen
        (place / "REPLY").write_text(text)

    waits("no", "build")
    waits("```markdown\n# Notes\n```\n", "build")
    assert project.build().calls == 0, "the control: a plain build takes up its second turn"
    waits("no", "regenerate", "notes")
    waits("```markdown\n# More\n```\n", "regenerate", "notes")
    waits("```markdown\n# Other\n```\n", "regenerate", "notes")  # which is another sample, no second turn
    assert project.run("regenerate", "notes").code == 0
    assert project.read("build/notes.md").endswith("# Other\n")
    assert project.stanza("notes")["reply"]["sample"] == 2
