"""Code is done when it was shown to work: examples, tests and ways to cheat them, broken checks, what a person runs."""

import io
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from specbuild.diagnostic import Diagnostic
from specbuild.disk.shares import processors
from specbuild.sandboxes import bubblewrap
from specbuild.work import bench
from tests.scene import Project
from tests.server import Body, declared_files

GOOD = "import sys\nprint(*sorted(int(one) for one in sys.argv[1:]))\n"
BAD = "import sys\nprint(*sorted(sys.argv[1:]))\n"
EXAMPLE = '\n[[example]]\nargs = ["10", "9"]\nstdout = "9 10\\n"\n'
CANARY = "7170831"


def answers(*texts: str) -> Callable[[Body], str]:
    """Answer one call after another with these texts, the last one for ever; all of a target's files get the same."""
    left = list(texts)

    def answer(body: Body) -> str:
        marker, names = declared_files(body)
        text = left.pop(0) if len(left) > 1 else left[0]
        return "".join(f"=== specbuild:{marker} file: {n} ===\n{text}=== specbuild:{marker} end ===\n" for n in names)

    return answer


def everything_kept(root: Path) -> bytes:
    return b"".join(
        path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file() and "specs" not in path.parts
    )


def verdict(project: Project, verifier: str) -> dict[str, object]:
    [target] = project.run("verify", "--json").json
    return next(one for one in target["verdicts"] if one["verifier"] == verifier)


def test_a_reply_that_fails_its_example_is_repaired_in_the_same_conversation(project: Project) -> None:
    project.spec("one", more=EXAMPLE)
    project.server.answer = answers(BAD, GOOD)
    ran = project.build()
    assert ran.calls == 2
    asked = project.server.calls[1]["body"]["messages"][-1]["content"]
    assert "example 1" in asked and r'expected: "9 10\n"' in asked and r'got:      "10 9\n"' in asked
    assert {"syntax", "lint", "imports", "examples", "stub"} <= set(project.stanza("one")["evidence"]["passed"])
    assert project.stanza("one")["evidence"]["sandbox"] == "bubblewrap"
    assert project.clone().build("--offline").calls == 0


def holds(word: str) -> str:
    """Return a check that `build/one.py` holds a word."""
    code = f"import pathlib; assert '{word}' in pathlib.Path('build/one.py').read_text()"
    return f'\n[verify]\ncommand = ["python", "-c", "{code}"]\n'


def test_an_accepted_text_is_judged_by_checks_that_are_new(project: Project) -> None:
    text = "WHO = 'a person'\n\n\ndef later():\n    ...\n"  # of a model's text `omitted` would say that this is none
    project.spec("one")
    project.write("build/one.py", text)
    assert project.run("accept", "one").code == 0
    project.spec("one", more=holds("a person"))
    ran = project.build()
    assert (ran.code, ran.calls) == (0, 0) and "rechecked one" in ran.err
    assert project.stanza("one")["evidence"]["passed"] == ["command", "stub"]
    project.spec("one", more=holds("a model"))
    for said in ("the accepted text fails its checks now", "failed before with exactly these components"):
        ran = project.run("build")
        assert (ran.code, ran.calls) == (1, 0), ran.err
        assert said in ran.err and "specbuild accept one keeps it as it stands" in ran.err
        assert project.run("check").code == 1
    assert (project.read("build/one.py"), project.stanza("one")["origin"]) == (text, "accepted")
    assert project.run("accept", "one").code == 0
    assert project.run("check").code == 0


def most_at_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> int:
    """Build five targets with examples, all of whose calls are made at once; return how many sandboxes ran together."""
    run, guard, running, most = bubblewrap.run, threading.Lock(), 0, 0

    def counted(*arguments: Any, **named: Any) -> object:
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
        try:
            return run(*arguments, **named)
        finally:
            with guard:
                running -= 1

    for number in range(5):
        project.spec(f"p{number}", f"Sort, as {number}.", more=EXAMPLE)
    project.server.answer = answers(GOOD)
    with monkeypatch.context() as patched:
        patched.setattr(bubblewrap, "run", counted)
        ran = project.build("-j", "5")
    assert (ran.code, ran.calls) == (0, 5), ran.err
    return most


def test_no_more_checks_run_at_once_than_there_are_processors(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of many at once each would come to its time limit, and a repair would be paid for what was no fault.
    assert most_at_once(project, monkeypatch) <= processors()


def test_control_more_run_at_once_where_more_are_let_in(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "processors", lambda: processors() + 3)
    assert most_at_once(project, monkeypatch) > processors()


def test_nothing_of_a_hidden_example_is_ever_sent_or_kept(project: Project) -> None:
    hidden = f'\n[[example]]\nhidden = true\nargs = ["{CANARY}2", "{CANARY}1"]\nstdout = "{CANARY}1 {CANARY}2\\n"\n'
    hidden += f'files = {{"{CANARY}.txt" = "{CANARY}"}}\nenv = {{"X{CANARY}" = "{CANARY}"}}\n'
    project.spec("one", more=EXAMPLE + hidden, attempts=2)
    leaking = (
        GOOD + f"import os\nif any('{CANARY[:4]}' in one for one in sys.argv): sys.exit(repr((sys.argv, os.environ)))\n"
    )
    project.server.answer = answers(leaking)
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 2)
    sent = json.dumps([call["body"] for call in project.server.calls])
    assert "1 hidden example fails" in sent, "the control: it was judged"
    assert CANARY not in sent
    assert CANARY.encode() not in everything_kept(project.root)
    assert CANARY not in ran.out + ran.err
    project.write("build/one.py", leaking)
    assert CANARY not in project.run("verify", "--json").out
    assert CANARY in project.run("verify", "-v").out, "the control: a person who asks is shown it"


CHEATS_OF_A_PROGRAM = {
    "it ends with 0 at once": "raise SystemExit(0)\n",
    "it ends hard": "import os\nos._exit(0)\n",
    "it says that all is well": "print('ok\\n1 passed')\n",
    "it prints something equal to everything": "class E:\n    def __eq__(self, other): return True\nprint(E)\n",
    "it ends with 0 from atexit": "import atexit, os\natexit.register(lambda: os._exit(0))\nprint(1)\n",
    "it rewrites the files around it": (
        "import pathlib\nfor f in pathlib.Path('/job').rglob('*.py'): f.write_text('print(\"9 10\")')\nprint('done')\n"
    ),
    "it leaves a helper for the next run": (
        "import pathlib, site\npathlib.Path('/job/snapshot/build/sitecustomize.py').write_text('print(\"9 10\")')\n"
    ),
    "it forges a report": "import sys\nsys.stderr.write('specbuild-report:00:{}\\n')\n",
    "it kills whoever looks on": (
        "import os, signal\ntry:\n    os.kill(os.getppid(), signal.SIGKILL)\nexcept OSError:\n    print('no')\n"
    ),
}


@pytest.mark.parametrize("cheat", CHEATS_OF_A_PROGRAM)
def test_no_way_to_cheat_passes_an_example(project: Project, cheat: str) -> None:
    project.spec("one", more=EXAMPLE, attempts=1)
    project.server.answer = answers(CHEATS_OF_A_PROGRAM[cheat])
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 1), ran.err
    assert not project.outputs() or not any(path == "build/one.py" for path in project.outputs())


TEST = "import sys\nsys.path.insert(0, 'build')\nfrom one import f\n\n\ndef test_one():\n    assert f(1) == 2\n\n\n"
TEST += "def test_two():\n    assert f(2) == 3\n"
COMMAND = '\n[verify]\ncommand = ["python", "-m", "pytest", "-q", "tests/test_one.py"]\nfiles = ["tests/test_one.py"]\n'

CHEATS_OF_A_TEST = {
    "it ends with 0 early": ("import sys\nsys.exit(0)\n", ""),
    "it ends hard in a call": ("def f(x):\n    import os\n    os._exit(0)\n", "did not come to their end"),
    "objects equal to everything": (
        "class E:\n    def __eq__(self, other):\n        return True\n\n\ndef f(x):\n    return E()\n",
        "equal everything",
    ),
    "a patched runner": (
        "import _pytest.python\n_pytest.python.Function.runtest = lambda self: None\n\n\ndef f(x):\n    return 0\n",
        "the runner was patched",
    ),
    "rewritten tests": (
        "with open('tests/test_one.py', 'w') as file:\n    file.write('def test_one(): pass')\n\n\n"
        "def f(x):\n    return 0\n",
        "was changed while it ran",
    ),
    "a skip from inside": ("import pytest\n\n\ndef f(x):\n    pytest.skip('no')\n", "skipped"),
    "a session that is ended": ("import pytest\n\n\ndef f(x):\n    pytest.exit('done', 0)\n", "did not run"),
    "a forged report": (
        "import os\nos.write(2, b'\\nspecbuild-report:00:{\"exit\":0,\"ran\":{},\"faults\":[],\"broken\":[]}\\n')\n"
        "os._exit(0)\n",
        "did not come to their end",
    ),
    "an exit from atexit": (
        "import atexit, os\natexit.register(lambda: os._exit(0))\n\n\ndef f(x):\n    return 0\n", "assert 0 == 2",
    ),
    "a plug-in that turns all green": (
        "import gc, _pytest.config\n\n\nclass Green:\n    def pytest_runtest_makereport(self, item, call):\n"
        "        call.excinfo = None\n\n\n"
        "for one in gc.get_objects():\n    if isinstance(one, _pytest.config.Config):\n"
        "        one.pluginmanager.register(Green())\n\n\ndef f(x):\n    return 0\n",
        "plug-in",
    ),
}  # fmt: skip


@pytest.mark.parametrize("cheat", CHEATS_OF_A_TEST)
def test_no_way_to_cheat_passes_a_test_in_one_process_with_the_code(project: Project, cheat: str) -> None:
    code, told = CHEATS_OF_A_TEST[cheat]
    project.write("tests/test_one.py", TEST)
    project.spec("one", more=COMMAND)
    project.write("build/one.py", code)
    found = verdict(project, "command")
    assert found["outcome"] == "failed"
    assert told in str(found["messages"])
    assert project.read("tests/test_one.py") == TEST


def test_honest_code_passes_the_same_test(project: Project) -> None:
    project.write("tests/test_one.py", TEST)
    project.spec("one", more=COMMAND)
    project.write("build/one.py", "def f(x):\n    return x + 1\n")
    ran = project.run("verify")
    assert ran.code == 0, ran.out
    assert verdict(project, "command")["outcome"] == "passed"


@pytest.mark.parametrize("name", ["conftest.py", "sitecustomize.py", "pytest.ini"])
def test_no_output_can_be_a_file_that_steers_the_tests(project: Project, name: str) -> None:
    project.spec("one", outputs=["one.py", name])
    ran = project.run("build")
    assert (ran.code, ran.calls) == (2, 0)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["nosuchprogram"], "there is no program"),
        (["python", "-m", "pytest", "--bogus"], "unrecognized arguments"),
        (["python", "-m", "pytest", "tests/none.py"], "not found"),
        (["python", "-m", "unittest", "tests/test_one.py"], "it found no tests"),
        (["bash", "-c", "nosuchprogram"], "can't be run"),
    ],
)
def test_a_broken_command_is_no_fault_of_the_code_and_starts_no_repair(
    project: Project, command: Sequence[str], told: str
) -> None:
    project.write("tests/test_one.py", TEST)
    right = COMMAND.replace("\n[verify]", "\n[verify]")
    broken = f'\n[verify]\ncommand = {json.dumps(command)}\nfiles = ["tests/test_one.py"]\n'
    project.spec("one", more=broken)
    project.server.answer = answers("def f(x):\n    return x + 1\n")
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 1)
    assert "SB635" in ran.err and told in ran.err
    assert project.run("build").calls == 0
    project.spec("one", more=right)
    mended = project.build()
    assert mended.calls == 0, "the kept reply is judged by the mended check"


def test_a_check_that_a_program_without_bodies_passes_is_an_error_in_the_spec(project: Project) -> None:
    project.spec("one", more="\n[[example]]\nexit_code = 0\n")
    project.server.answer = answers("def main():\n    return 3\n\n\nmain()\n")
    ran = project.run("build")
    assert (ran.code, ran.calls) == (1, 1)
    assert "SB635" in ran.err and "prove nothing" in ran.err
    project.spec("one", more="\n[[example]]\nexit_code = 0\n" + EXAMPLE)
    project.server.answer = answers(GOOD)
    project.build()
    assert "example 1 is passed by a program that does nothing" in str(verdict(project, "stub")["notes"])


def test_tests_that_a_model_wrote_are_no_proof(project: Project) -> None:
    command = '\n[verify]\ncommand = ["python", "-m", "pytest", "-q", "build/test_one.py"]\n'
    project.spec("one", outputs=["one.py", "test_one.py"], more=command)
    project.write("build/one.py", "def f(x):\n    return x\n")
    project.write("build/test_one.py", "def test_one():\n    assert True\n")
    found = verdict(project, "command")
    assert found["outcome"] == "not_checked" and "written by a model" in str(found["messages"])


def test_a_wrong_example_value_makes_the_build_fail(project: Project) -> None:
    project.spec("one", more=EXAMPLE, attempts=1)
    project.server.answer = answers(GOOD)
    project.build()
    project.change("specs/one.toml", "9 10", "9 11")
    ran = project.run("build")
    assert ran.code == 1 and "example 1" in ran.err
    assert project.read("build/one.py").endswith(GOOD), "the good output stays"


def test_a_new_hidden_example_is_judged_on_the_locked_reply_first(project: Project) -> None:
    project.spec("one", more=EXAMPLE)
    project.server.answer = answers(GOOD)
    project.build()
    project.spec("one", more=EXAMPLE + '\n[[example]]\nhidden = true\nargs = ["3", "2"]\nstdout = "2 3\\n"\n')
    assert project.build().calls == 0
    project.spec("one", more=EXAMPLE + '\n[[example]]\nhidden = true\nargs = []\nstdout = "nothing\\n"\n')
    project.server.answer = answers("import sys\nprint(*sorted(map(int, sys.argv[1:])) or ['nothing'])\n")
    assert project.build().calls == 1, "it fails, so the conversation goes on"


def test_a_need_with_another_body_behind_the_same_interface_is_judged_again_for_nothing(project: Project) -> None:
    project.spec("low")
    project.spec("high", needs=["low"], more='\n[[example]]\nstdout = "1\\n"\n')
    low = "def value() -> int:\n    return {}\n"
    high = "from low import value\n\nprint(value())\n"

    def answer(body: Body) -> str:
        marker, [name] = declared_files(body)
        text = high if name == "high.py" else low.format("1" if "twice" not in str(body) else "2 - 1")
        return f"=== specbuild:{marker} file: {name} ===\n{text}=== specbuild:{marker} end ===\n"

    project.server.answer = answer
    project.build()
    project.change("specs/low.toml", "Print a line.", "Print a line, twice.")
    ran = project.build()
    assert ran.calls == 1 and "rechecked" in ran.err
    assert project.build().calls == 0


def test_without_a_sandbox_nothing_is_asked_but_known_outputs_come_back(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.spec("one", more=EXAMPLE)
    project.server.answer = answers(GOOD)
    none = Diagnostic("SB850", "no sandbox starts here", why="a test says so")
    with monkeypatch.context() as patched:
        patched.setattr(bench, "choose_sandbox", lambda wish: none)
        ran = project.run("build")
        assert (ran.code, ran.calls) == (69, 0)
        project.spec("two")
        assert project.run("build", "two").code == 0, "what runs nothing needs none"
    project.build()
    (project.root / "build/one.py").unlink()
    monkeypatch.setattr(bench, "choose_sandbox", lambda wish: none)
    assert project.build().calls == 0
    assert project.read("build/one.py").endswith(GOOD)


def test_verify_looks_at_outputs_as_they_are_and_writes_nothing(project: Project) -> None:
    project.spec("one", more=EXAMPLE)
    project.server.answer = answers(GOOD)
    project.build()
    assert project.run("verify").code == 0
    project.write("build/one.py", BAD)
    before = project.stamps()
    ran = project.run("verify")
    assert ran.code == 1 and "FAILED" in ran.out and r'got:      "10 9\n"' in ran.out
    assert project.stamps() == before
    project.write("build/one.py", b"\xff\xfe")
    assert "no UTF-8" in project.run("verify").out
    (project.root / "build/one.py").unlink()
    assert project.run("verify").code == 1


def test_run_runs_a_built_program_shut_in(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"typed")))
    secret = project.write("secret.txt", "abc")
    project.spec("one")
    project.write(
        "build/one.py",
        "import os, socket, sys\nprint(sys.argv[1:], sys.stdin.read())\n"
        f"print(os.path.exists({str(secret)!r}), sorted(os.listdir('.')))\n"
        "open('left.txt', 'w').write('x')\nsys.exit(7)\n",
    )
    ran = project.run("run", "one", "--", "--flag", "a b")
    assert ran.code == 7 and "['--flag', 'a b'] typed" in ran.out and "False []" in ran.out
    assert not list(project.root.rglob("left.txt"))
    folder = project.root.parent / "open"
    folder.mkdir()
    folder.chmod(0o777)  # as root the program is nobody
    assert project.run("run", "one", "--write", str(folder)).code == 7
    assert (folder / "left.txt").read_text() == "x"
    assert project.run("run", "nobody").code == 2


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("javascript", "console.log(process.argv.slice(2).sort((a, b) => a - b).join(' '))\n", "console.log(1\n"),
        ("bash", "printf '%s\\n' \"$@\" | sort -n | paste -sd' '\n", "if [ ; then\n"),
        (
            "c",
            "#include <stdio.h>\n#include <stdlib.h>\nint main(int c, char **v) {\n"
            '  int a = atoi(v[1]), b = atoi(v[2]);\n  printf("%d %d\\n", a < b ? a : b, a < b ? b : a);\n'
            "  return 0;\n}\n",
            "int main(void) { return }\n",
        ),
        ("perl", "print join(' ', sort { $a <=> $b } @ARGV), \"\\n\";\n", ""),
    ],
)
def test_other_languages_are_checked_and_run_too(project: Project, language: str, good: str, bad: str) -> None:
    path = project.spec("one", more=EXAMPLE)
    path.write_text(path.read_text().replace("python", language))
    project.server.answer = answers(good)
    ran = project.run("build")
    assert ran.code == 0, ran.err
    if bad:
        [output] = project.outputs()
        project.write(output, bad)
        assert verdict(project, "syntax")["outcome"] == "failed"
