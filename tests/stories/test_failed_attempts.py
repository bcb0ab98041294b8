"""Used-up attempts: the best one can be read, the old good output stays, nobody pays for the same failure again."""

from tests.scene import Project
from tests.server import Body, default_answer
from tests.stories.test_bad_replies import blocks

LEFT_OUT = "def f():\n    # ... rest of the code unchanged\n    pass\n"


def left_out(body: Body) -> str:
    return blocks(body, "one.py", text=LEFT_OUT)


def test_the_best_failed_attempt_can_be_read_until_the_target_passes(project: Project) -> None:
    project.spec("one", attempts=2)
    project.server.answer = left_out
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 2)
    assert "build/.failed/one" in ran.err
    assert project.read("build/.failed/one/one.py") == LEFT_OUT
    assert "omitted" in project.read("build/.failed/one/WHY.txt")
    project.server.answer = default_answer
    assert project.run("regenerate", "--failed").code == 0
    assert list(project.outputs()) == ["build/one.py"]


def test_the_repair_request_continues_the_conversation(project: Project) -> None:
    project.spec("one", attempts=2)
    answers = iter([left_out, default_answer])
    project.server.answer = lambda body: next(answers)(body)
    ran = project.build()
    assert ran.calls == 2
    first, second = (call["body"]["messages"] for call in project.server.calls)
    assert second[: len(first)] == first
    assert [one["role"] for one in second[len(first) :]] == ["assistant", "user"]
    assert second[len(first)]["content"] == left_out(project.server.calls[0]["body"])
    assert "omitted code" in second[-1]["content"]
    assert project.stanza("one")["reply"]["attempts"] == 2


def test_a_repaired_target_is_rebuilt_from_its_records_alone(project: Project) -> None:
    project.spec("one", attempts=2)
    answers = iter([left_out, default_answer])
    project.server.answer = lambda body: next(answers)(body)
    project.build()
    clone = project.clone(without=("cache/local", "build", "specbuild.lock"))
    assert clone.build("--offline").calls == 0
    assert clone.outputs() == project.outputs()
    assert clone.read("specbuild.lock") == project.read("specbuild.lock")
    other = project.clone("other", without=("cache/local", "build", "specbuild.lock"))
    first_turns = list((other.root / "cache/replies").rglob("*.1.*.json"))
    assert len(first_turns) == 1
    first_turns[0].unlink()
    assert other.run("build", "--offline").code == 4, "the control: without its first turn the chain is no chain"


def test_the_old_good_output_stays_when_a_new_build_fails(project: Project) -> None:
    project.spec("one", "Print a line.", attempts=1)
    project.build()
    before = project.outputs()
    project.change("specs/one.toml", "Print a line.", "Print two lines.")
    project.server.answer = left_out
    assert project.run("build").code == 1
    assert project.outputs()["build/one.py"] == before["build/one.py"]
    clone = project.clone()
    again = clone.run("build")
    assert (again.code, again.calls) == (1, 0), "a colleague doesn't pay for the same failure"
