"""`[verify] review = true` and `specbuild review`: rules, and a second call that reads the code against the spec; its
findings go into the next request. Over real HTTP, and replayed without a call."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server import Body, Said, declared_files
from tests.stories.conftest import Project

ROOT = Path(__file__).parents[2]
REVIEW = "\n[verify]\nreview = true\n"
GOOD = "# Order\n\n9 comes before 10.\n"
BAD = "# Order\n\n10 comes before 9.\n"
FOUND = "error one.md:3: 10 comes before 9; numbers are not sorted as texts"
SAFE = "import sys\n\nprint(*sorted(int(one) for one in sys.argv[1:]))\n"
UNSAFE = "import sys\n\nprint(eval(sys.argv[1]))\n"


def answers(codes: list[str], reviews: list[str]) -> Callable[[Body], str]:
    """Answer requests for code and for reviews one after the other, the last of each for ever."""

    def answer(body: Body) -> str:
        marker, names = declared_files(body)
        left = reviews if names == ["findings.txt"] else codes
        text = left.pop(0) if len(left) > 1 else left[0]
        return "".join(f"=== specbuild:{marker} file: {n} ===\n{text}=== specbuild:{marker} end ===\n" for n in names)

    return answer


def reviewing(project: Project, codes: list[str], reviews: list[str], *, language: str = "markdown") -> Project:
    """Lay out a target that is reviewed: one whose checks take no sandbox, where they don't matter."""
    project.spec("one", "Say how numbers are sorted.", more=REVIEW, language=language)
    project.server.answer = answers(codes, [f"{one}\n" for one in reviews])
    return project


def reviews_kept(project: Project) -> list[dict[str, object]]:
    read = [json.loads(path.read_text()) for path in sorted(project.root.glob("cache/replies/*/*.json"))]
    return [one for one in read if one["kind"] == "review"]


def test_an_error_of_a_review_goes_into_the_next_request_and_all_of_it_replays_without_a_call(project: Project) -> None:
    reviewing(project, [BAD, GOOD], [FOUND, "no findings"])
    assert "one  new  2 / 2 / 6 calls" in project.run("plan").out
    ran = project.build()
    assert ran.calls == 4, "two texts and their reviews"
    asked = project.prompts()
    assert "Say how numbers are sorted." in asked[1] and "3|10 comes before 9." in asked[1]
    assert f"* {FOUND.removeprefix('error ')}" in asked[2]
    assert project.read("build/one.md").endswith(GOOD)
    assert "review" in project.stanza("one")["evidence"]["passed"]
    assert len(reviews_kept(project)) == 2

    clone = project.clone(without=("cache/local", "build"))
    assert clone.build("--offline").calls == 0
    assert (clone.outputs(), clone.run("reproduce").code) == (project.outputs(), 0)
    (clone.root / "specbuild.lock").unlink()
    (clone.root / "build/one.md").unlink()
    assert clone.build("--offline").calls == 0, "found by the requests, and judged again"
    assert clone.outputs() == project.outputs()
    for path in clone.root.glob("cache/replies/*/*.json"):
        if json.loads(path.read_text())["kind"] == "review":
            path.unlink()
    (clone.root / "cache/local").rename(clone.root / "gone")
    assert "SB681" in clone.run("reproduce").err, "the control: without its record a review is not proved"


def test_what_breaks_a_rule_is_sent_back_without_a_review(project: Project) -> None:
    reviewing(project, [UNSAFE, SAFE], ["no findings"], language="python")
    assert project.build().calls == 3
    assert "one.py:3: eval and exec run whatever the text says" in project.prompts()[1]


@pytest.mark.parametrize("said", ["It looks fine.\n" * 12, "error one.md:99: no such line"])
def test_an_answer_that_cannot_be_read_is_asked_again_and_never_a_pass(project: Project, said: str) -> None:
    reviewing(project, [GOOD], [said])
    ran = project.run("build")
    assert (ran.code, ran.calls, project.outputs()) == (1, 4, {}), ran.err
    assert "SB680" in ran.err
    assert max(map(len, ran.err.splitlines())) < 260, "what is wrong is told in a line or two"
    assert "The answer above can't be used yet" in project.prompts()[2]
    again = project.run("build")
    assert (again.code, again.calls, project.outputs()) == (1, 0, {})
    hint = "hint: replay: `specbuild build` judges the known reply and writes it, and asks the model only if it fails"
    assert hint in project.run("check").out

    project.server.answer = answers([f"{GOOD}Again.\n"], ["so-so\n", "no findings\n"])
    assert project.run("regenerate", "one").calls == 3
    assert project.read("build/one.md").endswith("Again.\n"), "the control: one that can be read is"


def test_an_empty_review_is_told_as_that_and_counted(project: Project) -> None:
    reviewing(project, [GOOD], ["no findings"])
    project.server.plan("none", "content_null")
    ran = project.run("build")
    assert "SB633: one: the answer of its review is incomplete (the reply is empty)" in ran.err
    assert "one: new (2 calls" in ran.err, "what was paid, though it can't be used"


def test_a_review_that_is_new_in_a_spec_looks_at_the_built_text_and_has_it_mended(project: Project) -> None:
    reviewing(project, [BAD, GOOD], [FOUND, "no findings"])
    project.change("specs/one.toml", "review = true", "review = false")
    project.build()
    project.change("specs/one.toml", "review = false", "review = true")
    assert "0 / 1 / 4 calls" in project.run("plan").out
    assert project.run("build", "--offline").code == 4
    assert project.build().calls == 3, "a review, the next attempt, and its review"
    assert project.read("build/one.md").endswith(GOOD)
    assert (project.run("plan", "--exit-code").code, project.build().calls) == (0, 0)
    assert project.run("reproduce").code == 0


def test_the_command_reviews_what_lies_there_accepted_code_too_and_the_same_costs_nothing(project: Project) -> None:
    reviewing(
        project,
        [SAFE],
        ["no findings", "warning one.py:3: it may be slow\nerror one.py:1: sys is misused"],
        language="python",
    )
    project.build()
    assert project.run("review", "one")[:2] == (0, "one: no findings\n")
    assert len(project.server.calls) == 2, "the review of the build is known"
    project.write("build/one.py", project.read("build/one.py") + "eval(input())\n")
    assert project.run("accept", "one").code == 0
    before = project.stamps()
    assert project.run("review", "--offline", "one").code == 4
    ran = project.run("review", "one")
    assert (ran.code, ran.calls) == (1, 1)
    assert ran.out == (
        "build/one.py:2: error: sys is misused\n"
        "build/one.py:5: error: eval and exec run whatever the text says; parse it instead\n"
        "build/one.py:4: warning: it may be slow\n"
        "one: 2 errors, 1 warning\n"
    ), "lines are those of the file with its header line"
    again = project.run("review", "one", "--json")
    assert (again.code, again.calls, len(again.json[0]["findings"])) == (1, 0, 3)
    own = {path: stamp for path, stamp in project.stamps().items() if not path.startswith("cache/")}
    assert own == {path: stamp for path, stamp in before.items() if not path.startswith("cache/")}

    secret = "AKIA" + "IOSFODNN7QWERTYU"
    project.write("build/one.py", f'KEY = "{secret}"\n')
    ran = project.run("review", "one")
    assert (ran.code, ran.calls) == (2, 0) and "SB942" in ran.err
    (project.root / "build/one.py").unlink()
    assert "SB682" in project.run("review", "one").err


def test_the_finish_of_an_agent_counts_only_when_the_review_finds_no_error(project: Project) -> None:
    project.spec("one", "Say how numbers are sorted.", more=REVIEW, mode="agent", language="markdown")
    finish = Said(calls=[("finish", {"reason": "done"})])
    write = [Said(calls=[("write_file", {"path": "one.md", "text": text})]) for text in (BAD, GOOD)]
    project.server.scripts = {"with tools, step by step": [write[0], finish, write[1], finish]}
    project.server.answer = answers([], [f"{FOUND}\n", "no findings\n"])
    assert project.build().calls == 6
    told = project.server.calls[3]["body"]["messages"][-1]["content"]
    assert told.startswith("error: not finished.") and "10 comes before 9" in told
    assert project.read("build/one.md").endswith(GOOD) and len(reviews_kept(project)) == 2
    clone = project.clone(without=("cache/local", "build", "specbuild.lock"))
    assert clone.build("--offline").calls == 0
    assert clone.outputs() == project.outputs()


def test_a_stranger_s_review_finds_what_every_example_lets_pass_and_nothing_in_the_text_that_is_built(
    project: Project,
) -> None:
    name, check = (
        "build/examples/shares.py",
        "        if amount == 0:\n            raise InvalidLineError(number, line)\n",
    )
    project.write("specbuild.toml", 'edition = 1\nmodel = "recorded/assistant"\nservice = "recorded"\n')
    project.write("specs/examples/shares.toml", (ROOT / "specs" / "examples" / "shares.toml").read_bytes())
    project.write(name, (ROOT / name).read_bytes())
    [pin] = json.loads((ROOT / "specbuild.lock").read_text())["targets"]["examples/shares"]["evidence"]["review"]
    shutil.copytree(ROOT / "tests" / "examples" / "review" / "cache", project.root / "cache")
    project.write(f"cache/replies/{pin[:2]}/{pin}", (ROOT / "cache" / "replies" / pin[:2] / pin).read_bytes())
    assert project.run("review", "--offline", "examples/shares")[:2] == (0, "examples/shares: no findings\n")
    project.change(name, check, "")
    found = project.run("review", "--offline", "examples/shares")
    assert (found.code, found.calls) == (1, 0), found.err
    assert found.out.startswith(f"{name}:10: error: the pattern accepts an amount of zero "), found.out
    project.change("specs/examples/shares.toml", "above zero", "of zero or more")
    assert project.run("review", "--offline", "examples/shares").code == 4, (
        "the control: of another spec it says nothing"
    )
