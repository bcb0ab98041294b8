"""A package builds modules of itself: beside the project, tested as a whole, made again, kept, put in place."""

import json
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.scene import Project, Ran

WORDS = (
    '"""Counts words."""\n\n\ndef words(text: str) -> int:\n    """Return how many."""\n    return len(text.split())\n'
)
OTHER_WORDS = WORDS.replace("len(text.split())", "sum(1 for _ in text.split())")
LINES = (
    '"""Counts lines."""\n\nfrom toy.words import words\n\n\ndef lines(text: str) -> int:\n'
    '    """Return how many hold a word."""\n    return sum(bool(words(line)) for line in text.split("\\n"))\n'
)
HANDWRITTEN = '"""Counts words, by hand."""\n\n\ndef words(text):\n    return len(text.split())\n'
CONFIGURATION = 'edition = 1\nmodel = "m-one"\n\n[iterate]\nspecs = "self"\npackage = "toy"\n'
CHECK = """import os, sys
sys.path.insert(0, os.getcwd())
from toy.{name} import {name}
assert {name}("a b\\n\\nc") == {number}
"""
PYTEST = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments")
SUITE = "from toy.lines import lines\n\ndef test_lines() -> None:\n    assert lines('a\\n\\nb c') == 2\n"


def fenced(code: str) -> str:
    return f"```python\n{code}```\n"


@pytest.fixture
def toy(project: Project) -> Project:
    """A project with a package of its own: two modules that specs make, written by hand so far, one that none makes."""
    project.write("specbuild.toml", CONFIGURATION)
    project.write("toy/__init__.py", "")
    project.write("toy/main.py", "from toy.lines import lines\nfrom toy.words import words\n")
    project.write("toy/words.py", HANDWRITTEN)
    project.write("toy/lines.py", LINES.replace("Counts lines.", "Counts lines, by hand."))
    for name, number, needs in (("words", 3, []), ("lines", 2, ["self/words"])):
        verify = f'\n[verify]\ncommand = ["python", "tests/check_{name}.py"]\nfiles = ["tests/check_{name}.py"]\n'
        project.spec(f"self/{name}", f"Count {name}.", more=verify, directory="toy", needs=needs)
        project.write(f"tests/check_{name}.py", CHECK.format(name=name, number=number))
    project.server.answers = {"Count words.": fenced(WORDS), "Count lines.": fenced(LINES)}
    return project


def iterated(project: Project, *arguments: str) -> Ran:
    ran = project.run("iterate", *arguments)
    assert ran.code == 0, ran.out + ran.err
    return ran


def test_an_iteration_is_built_beside_the_project_and_put_in_place_when_asked(toy: Project) -> None:
    ran = iterated(toy, "-m", "the first two modules")
    assert ran.calls == 2
    assert "iteration 0" in ran.out and "the first two modules" in ran.out
    assert toy.read("toy/words.py") == HANDWRITTEN, "nothing is put in place before that is asked"
    assert not (toy.root / "specbuild.lock").exists()
    kept = json.loads(toy.read("build/history/iter0/iteration.json"))
    assert kept["what"] == "the first two modules" and kept["tests"] is None and kept["parent"] is None
    assert kept["stage2"] == {"by": "tool", "extracted": 2, "rendered": 2}
    assert kept["usage"]["calls"] == 2
    assert sorted(kept["package"]) == ["toy/__init__.py", "toy/lines.py", "toy/main.py", "toy/words.py"]

    ran = iterated(toy, "--promote")
    assert ran.calls == 0 and "iteration 0 stands" in ran.out
    assert "def words(text: str) -> int:" in toy.read("toy/words.py")
    assert set(toy.states().values()) == {"fresh"}
    for command in (["check"], ["reproduce"], ["history", "verify"]):
        again = toy.run(*command)
        assert again.code == 0 and again.calls == 0, again.out + again.err
    copies = [path.read_text() for path in (toy.root / "cache/local/edited").rglob("words.py")]
    assert copies == [HANDWRITTEN], "what was written by hand is kept"


@pytest.fixture
def promoted(toy: Project) -> Project:
    """The same project with an ordinary target beside, its own modules promoted."""
    toy.spec("hello")
    toy.build()
    iterated(toy, "--promote", "-m", "first")
    return toy


def test_an_iteration_from_which_nothing_differs_stands(promoted: Project) -> None:
    before = promoted.stamps()
    ran = iterated(promoted)
    assert ran.calls == 0 and ran.out == "iteration 0 stands\n"
    after = promoted.stamps()
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert all(path.startswith("cache/local") for path in changed), changed


def test_modules_written_by_hand_so_far_are_nobody_elses_business(toy: Project) -> None:
    toy.spec("hello")
    assert toy.build().calls == 1
    assert toy.read("toy/words.py") == HANDWRITTEN
    assert list(toy.states()) == ["hello"]
    for command in ("check", "reproduce", "diff", "verify", "why"):
        ran = toy.run(command)
        assert ran.code == 0, command + ran.out + ran.err
    assert [line["id"] for line in toy.run("plan", "--json").json["targets"]] == ["hello"]
    assert toy.run("clean").code == 0
    assert toy.read("toy/words.py") == HANDWRITTEN
    assert toy.run("check", "self/words").code == 0, "by name it is shown, and is no finding"
    assert toy.run("status", "self/words", "--json").json["targets"][0]["id"] == "self/words"
    assert toy.run("verify", "self/words").code == 0
    assert "Count words." in toy.run("prompt", "self/words").out
    assert toy.run("lint").code == 0


def test_modules_that_were_promoted_are_guarded_and_built_by_iterate_alone(promoted: Project) -> None:
    assert promoted.states() == {"hello": "fresh", "self/words": "fresh", "self/lines": "fresh"}
    (promoted.root / "toy/words.py").unlink()
    assert promoted.run("check").code == 1
    ran = promoted.build()
    assert ran.calls == 0 and not (promoted.root / "toy/words.py").exists()
    assert promoted.run("clean").code == 0
    assert not (promoted.root / "build/hello.py").exists() and (promoted.root / "toy/lines.py").exists()
    assert promoted.run("regenerate", "language:python").calls == 1
    assert iterated(promoted, "--promote").calls == 0
    assert promoted.run("check").code == 0


def test_one_that_failed_is_asked_for_again_by_the_command_that_builds_it(toy: Project) -> None:
    toy.spec("plain", "Say something.")
    toy.server.answers = {"Count words.": "no", "Say something.": "no"}
    for _ in ("failed now", "failed before"):
        ran = toy.run("iterate")
        assert ran.code == 1 and "SB632" in ran.err
        assert "or: specbuild iterate --regenerate self/words\n" in ran.err and "--failed" not in ran.err
    assert "or: specbuild regenerate --failed\n" in toy.run("build").err, "the control: any other target"


def test_naming_one_of_them_says_who_builds_it(promoted: Project) -> None:
    for arguments in (
        ["build", "self/words"],
        ["build", "specs/self/words.toml"],
        ["build", "self/*"],
        ["build", "hello", "self/words"],
        ["build", "-n", "self/words"],
        ["plan", "self/words"],
        ["regenerate", "self/words"],
        ["clean", "self/words"],
    ):
        ran = promoted.run(*arguments)
        assert ran.code == 2 and ran.calls == 0, (arguments, ran.out + ran.err)
        assert "is built by `specbuild iterate`" in ran.err, arguments


def test_a_pattern_that_names_others_too_builds_those(promoted: Project) -> None:
    promoted.change("specs/hello.toml", "Print a line.", "Print two lines.")
    assert promoted.build("language:python").calls == 1


def test_a_module_written_by_hand_is_not_accepted_but_an_edit_of_a_promoted_one_is(toy: Project) -> None:
    ran = toy.run("accept", "self/words")
    assert ran.code == 2 and "is built by `specbuild iterate`" in ran.err
    iterated(toy, "--promote")
    toy.write("toy/words.py", OTHER_WORDS)
    assert toy.run("accept", "self/words").code == 0
    assert toy.states() == {"self/words": "fresh", "self/lines": "recheck"}
    ran = toy.run("iterate")
    assert ran.code == 1 and "accepted by hand" in ran.err and "--regenerate self/words" in ran.err
    toy.server.answers["Count words."] = fenced(OTHER_WORDS)
    assert iterated(toy, "--regenerate", "self/words", "--promote").calls == 1
    assert toy.stanza("self/words")["origin"] == "generated"
    assert toy.stanza("self/words")["reply"]["sample"] == 1


def test_an_edit_of_a_promoted_module_is_kept_and_told(promoted: Project) -> None:
    edited = promoted.read("toy/words.py") + "# by hand\n"
    promoted.write("toy/words.py", edited)
    ran = promoted.run("check")
    assert ran.code == 1 and "edited" in ran.out and "put the edit into the spec" in ran.out
    ran = promoted.run("iterate", "--promote")
    assert ran.code == 1 and ran.calls == 0
    assert "toy/words.py was changed by hand" in ran.err and "specs/self/words.toml" in ran.err
    assert promoted.read("toy/words.py") == edited


def test_a_changed_sentence_in_a_spec_costs_one_call_and_gives_the_next_iteration(promoted: Project) -> None:
    promoted.change("specs/self/words.toml", "Count words.", "Count words. Quickly.")
    ran = promoted.run("check")
    assert ran.code == 1 and "specbuild iterate --promote" in ran.out
    promoted.server.answers = {"Quickly.": fenced(OTHER_WORDS), **promoted.server.answers}
    ran = iterated(promoted, "-m", "words are counted quickly", "--promote")
    assert ran.calls == 1
    kept = json.loads(promoted.read("build/history/iter1/iteration.json"))
    first = json.loads(promoted.read("build/history/iter0/iteration.json"))
    assert kept["parent"] == {"number": 0, "tree": first["tree"]} and kept["usage"]["calls"] == 1
    assert "sum(1 for _" in promoted.read("toy/words.py")
    assert "self/words" in promoted.run("history", "diff", "0", "1").out
    assert promoted.run("history", "verify").code == 0
    assert promoted.run("check").code == 0


def test_a_spec_that_is_gone_leaves_its_module_to_people(promoted: Project) -> None:
    (promoted.root / "specs/self/lines.toml").unlink()
    assert promoted.run("check").code == 1
    ran = promoted.run("prune")
    assert ran.code == 0 and "a module of the project itself" in ran.out
    assert (promoted.root / "toy/lines.py").exists()
    assert "self/lines" not in json.loads(promoted.read("specbuild.lock"))["targets"]
    assert promoted.run("check").code == 0


def test_a_clean_clone_builds_the_same_iteration_offline(promoted: Project) -> None:
    clone = promoted.clone()
    assert iterated(clone, "--offline", "--promote").out == "iteration 0 stands\n"
    kept = promoted.read("build/history/iter0/iteration.json")
    clone = promoted.clone("again", without=("cache/local", "build/history", "specbuild.lock"))
    ran = iterated(clone, "--offline", "-m", "first")
    assert ran.calls == 0 and clone.read("build/history/iter0/iteration.json") == kept


def test_a_module_that_fails_its_check_stops_everything_and_loses_nothing(toy: Project) -> None:
    toy.server.answers["Count words."] = fenced(WORDS.replace("len(text.split())", "7"))
    ran = toy.run("iterate", "--promote", "-m", "wrong")
    assert ran.code == 1 and ran.calls == 3, "three attempts"
    assert not (toy.root / "build/history").exists() and toy.read("toy/words.py") == HANDWRITTEN
    assert not (toy.root / "specbuild.lock").exists()
    assert len(list((toy.root / "cache/replies").rglob("*.json"))) == 3
    ran = toy.run("iterate", "--promote")
    assert ran.code == 1 and ran.calls == 0, "nobody pays twice for attempts that failed"
    toy.server.answers["Count words."] = fenced(WORDS)
    assert iterated(toy, "--regenerate", "self/words", "--promote").calls == 2
    assert toy.stanza("self/words")["reply"]["sample"] == 1
    assert iterated(toy).out == "iteration 0 stands\n", "the sample is pinned"


def test_another_answer_that_was_paid_for_is_kept_until_it_is_promoted(toy: Project) -> None:
    iterated(toy)
    toy.server.answers["Count words."] = fenced(OTHER_WORDS)
    assert iterated(toy, "--regenerate", "self/words").calls == 1
    ran = iterated(toy, "--promote")
    assert ran.calls == 0 and "iteration 1 stands" in ran.out
    assert "sum(1 for _" in toy.read("toy/words.py")


def test_who_waits_for_the_inbox_goes_on_when_the_answer_is_there(toy: Project) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        del toy.environment[name]
    toy.write("../home/.config/specbuild/config.toml", '[service.default]\nkind = "inbox"\n')
    ran = toy.run("iterate", "--promote")
    assert ran.code == 6, ran.err
    for _ in range(2):
        for request in (toy.root / "cache/inbox").glob("*/REQUEST.md"):
            words = "Count words." in request.read_text()
            (request.parent / "REPLY").write_text(fenced(WORDS if words else LINES))
        ran = toy.run("iterate", "--promote")
    assert ran.code == 0, ran.err
    assert toy.run("check").code == 0


def test_a_project_that_builds_no_module_of_itself_is_told_how(project: Project) -> None:
    project.spec("hello")
    ran = project.run("iterate")
    assert ran.code == 2 and "SB741" in ran.err and "iterate = {" in ran.err


def test_a_module_may_need_no_ordinary_target(toy: Project) -> None:
    toy.spec("hello")
    toy.spec("self/more", "Count more.", directory="toy", needs=["hello"])
    ran = toy.run("iterate")
    assert ran.code == 2 and "self/more needs hello" in ran.err and ran.calls == 0


def test_doit_has_no_task_for_them(promoted: Project) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "specbuild", "doit", "--", "list", "--all"],
        cwd=promoted.root, env=promoted.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "hello" in ran.stdout and "self/" not in ran.stdout, ran.stdout + ran.stderr


# -- with a test suite


@pytest.fixture
def tested(toy: Project) -> Project:
    """The same project with an environment of its own, in which it is installed in place, and tests of the whole."""
    toy.write("specbuild.toml", CONFIGURATION + 'tests = ["python", "-m", "pytest", "-q", "tests"]\n')
    venv.create(toy.root / ".venv", symlinks=True)
    packages = next((toy.root / ".venv" / "lib").glob("python*")) / "site-packages"
    (packages / "in_place.pth").write_text(f"{toy.root}\n")
    for name in PYTEST:  # copies: where we are installed may be hidden from a suite, as all of /tmp is
        shutil.copytree(Path(sysconfig.get_path("purelib"), name), packages / name)
    shutil.copy(Path(sysconfig.get_path("purelib"), "py.py"), packages)
    toy.write("tests/test_whole.py", SUITE)
    return toy


def test_the_whole_suite_runs_on_what_was_built(tested: Project) -> None:
    tested.write(
        "tests/test_built.py", "import toy.words\n\ndef test_it() -> None:\n    assert toy.words.words.__doc__\n"
    )
    ran = iterated(tested, "--promote")
    kept = json.loads(tested.read("build/history/iter0/iteration.json"))
    assert kept["tests"] == {"failed": 0, "passed": 2, "skipped": 0}, ran.out


def test_a_suite_that_fails_keeps_nothing_and_shows_its_log(tested: Project) -> None:
    tested.write("tests/test_whole.py", SUITE.replace("== 2", "== 3"))
    ran = tested.run("iterate", "--promote")
    assert ran.code == 1 and ran.calls == 2
    assert "SB745" in ran.err and "1 of 1 tests failed" in ran.err and "assert 2 == 3" in ran.err
    assert "assert 2 == 3" in tested.read("cache/local/iterate-tests.log")
    assert not (tested.root / "build/history").exists() and not (tested.root / "specbuild.lock").exists()
    assert tested.read("toy/words.py") == HANDWRITTEN
    tested.write("tests/test_whole.py", SUITE)
    assert iterated(tested, "--promote").calls == 0


@pytest.mark.parametrize("path", ["toy/main.py", "specs/self/words.toml"])
def test_a_suite_that_changes_what_it_tests_keeps_nothing(tested: Project, path: str) -> None:
    writes = f"open('{path}', 'a').write('# x = 1\\n')"
    tested.write("tests/test_whole.py", SUITE + f"    {writes}\n")
    ran = tested.run("iterate", "--promote")
    assert ran.code == 1 and f"the tests changed {path}" in ran.err
    assert "x = 1" not in tested.read(path)
    assert not (tested.root / "build/history").exists()


def test_a_package_that_is_not_installed_in_place_is_told(tested: Project) -> None:
    (next((tested.root / ".venv" / "lib").glob("python*")) / "site-packages" / "in_place.pth").unlink()
    ran = tested.run("iterate")
    assert ran.code == 1 and "pip install -e ." in ran.err
    assert not (tested.root / "build/history").exists()
