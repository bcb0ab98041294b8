"""An edit of wording costs no call: `touch` judges what was built by the checks of now, and carries it over."""

import pytest

from tests.scene import Project

PROGRAM = "import sys\n\nprint(*sorted(int(one) for one in sys.argv[1:]))\n"
EXAMPLE = '\n[[example]]\nargs = ["3", "1", "2"]\nstdout = "1 2 3\\n"\n'
HIDDEN = '\n[[example]]\nargs = ["3", "1"]\nstdout = "{}\\n"\nhidden = true\n'


@pytest.fixture
def built(project: Project) -> Project:
    project.server.answers["numbers"] = f"```python\n{PROGRAM}```\n"
    project.spec("sort", "Print the numbers sorted.", more=EXAMPLE)
    project.spec("top", "Use it.", needs=["sort"])
    project.build()
    return project


def reword(project: Project) -> None:
    project.change("specs/sort.toml", "Print the numbers sorted.", "Print the numbers in ascending order.")


def test_a_wording_edit_costs_no_call_through_touch_and_one_without(built: Project) -> None:
    outputs = built.outputs()
    reword(built)
    control = built.clone("control")
    assert built.states()["sort"] == "call"
    ran = built.run("touch", "sort")
    assert (ran.code, ran.calls, ran.out) == (0, 0, "carried  sort  the checks pass\n"), ran.err
    assert built.stanza("sort")["origin"] == "carried"
    assert built.states() == {"sort": "fresh", "top": "fresh"}
    assert built.run("check").code == 0
    assert built.build().calls == 0
    assert built.outputs() == outputs
    assert built.run("touch", "sort").out == "unchanged  sort  as built\n"
    assert control.build().calls == 1, "the control: built, the same edit asks the model"


def test_a_carried_output_comes_back_in_a_clean_clone_and_is_reproduced(built: Project) -> None:
    reword(built)
    built.run("touch", "sort")
    clone = built.clone(without=("cache/local", "build"))
    assert clone.build("--offline").calls == 0
    assert clone.outputs() == built.outputs()
    proof = clone.run("reproduce")
    assert proof.code == 0, proof.out + proof.err
    assert "same  sort  carried over an edit of wording, from its record" in proof.out
    clone.write("build/sort.py", "print()\n")
    assert clone.run("reproduce").code == 1, "the control: another byte is noticed"


def test_the_next_change_of_a_carried_target_asks_the_model_again(built: Project) -> None:
    reword(built)
    built.run("touch", "sort")
    built.change("specs/sort.toml", "ascending", "rising")
    assert built.build("sort").calls == 1
    assert built.stanza("sort")["origin"] == "generated"


def test_what_fails_a_check_of_now_is_refused(built: Project) -> None:
    reword(built)
    lock = built.read("specbuild.lock")
    spec = built.read("specs/sort.toml")
    built.write("specs/sort.toml", spec + HIDDEN.format("3 1"))
    ran = built.run("touch", "sort")
    assert (ran.code, ran.calls) == (1, 0)
    assert "refused  sort" in ran.out
    assert "SB844" in ran.err and "don't pass its checks of now: examples" in ran.err
    assert built.read("specbuild.lock") == lock
    built.write("specs/sort.toml", spec + HIDDEN.format("1 3"))
    assert built.run("touch", "sort").code == 0, "the control: an example that the program passes"


@pytest.mark.parametrize("text", ["print(\n", PROGRAM + "# mine\n"])
def test_an_output_that_was_broken_or_edited_by_hand_is_refused(built: Project, text: str) -> None:
    reword(built)
    lock = built.read("specbuild.lock")
    built.write("build/sort.py", text)
    ran = built.run("touch", "sort", "--json")
    assert (ran.code, ran.calls) == (1, 0)
    assert ran.json[0]["outcome"] == "refused"
    assert ran.json[0]["diagnostic"]["code"] == "SB844"
    assert (built.read("specbuild.lock"), built.read("build/sort.py")) == (lock, text)


def test_an_accepted_text_that_is_touched_stays_accepted(built: Project) -> None:
    built.write("build/sort.py", PROGRAM + "# mine\n")
    built.run("accept", "sort")
    reword(built)
    assert built.states()["sort"] == "held"
    assert built.run("touch", "sort").code == 0
    assert built.stanza("sort")["origin"] == "accepted"
    built.change("specs/sort.toml", "ascending", "rising")
    assert built.states()["sort"] == "held", "the next change holds it again: no build replaces a person's text"


def test_what_was_never_built_is_refused(project: Project) -> None:
    project.spec("one")
    ran = project.run("touch", "one")
    assert (ran.code, ran.calls) == (1, 0)
    assert "was never built" in ran.err
    assert project.run("touch").code == 2
