"""The spec's `[verify] command`, run in the root of the snapshot, must end with 0.

A Python command runs under a supervisor (see `supervision`): it must come to its end by itself, every test of the
spec's files must have run, and nothing may have been tampered with. A command that is itself broken (not there, no
tests, a usage error, a package that the tests need) is told apart from code that fails. Tests that a model wrote are
run, but they are no proof: their pass is "not_checked".
"""

import re
from collections.abc import Mapping

from specbuild.canonical_output import canonical_output
from specbuild.names import folded
from specbuild.python_text import PythonText, read_python
from specbuild.sandbox import SNAPSHOT, NotStarted, Ran
from specbuild.steering import steering_row
from specbuild.supervision import Report, orders, read_report, supervised
from specbuild.target import Target
from specbuild.text_safety import printable
from specbuild.trial import Absent, Bench, Interpreter, Placed, Trial, snapshot_of
from specbuild.verifier import Outcome, Verdict

TIMEOUT_S = 120.0
_PYTHON = re.compile(r"python(?:3(?:\.\d+)?)?")
_TEST = re.compile(r"(?:async[ \t]+)?def[ \t]+(test\w*)")
_NARROWING = re.compile(r"-[km]|--(?:deselect|ignore|last-failed|lf|collect-only|co)\b|.*::")
_PACKAGED = re.compile(r"(?:^|/)[^/]+\.(?:dist|egg)-info/")


def verify(files: Mapping[str, str], target: Target, *, bench: Bench) -> Verdict | None:
    """Run the command; None if there is none."""
    command = target.spec.texts("verify.command")
    if not command:
        return None
    generated = bench.generated | set(target.outputs)
    snapshot = {path: one for path, one in snapshot_of(files, target, bench).items() if not _obeyed(path, generated)}
    python = bench.interpreter()
    nonce = bench.nonce()
    planned = _planned(command, snapshot, generated, python, nonce, bench)
    if isinstance(planned, Verdict):
        return planned
    tried = bench.run(planned)
    if isinstance(tried, NotStarted):
        if tried.kind == "command":
            return _broken(f"`{printable(command[0])}` can't be started: {tried.reason}")
        return Verdict("command", "not_checked", (f"not checked: {tried.reason}",))
    if planned.stdin:
        report, stderr = read_report(tried.ran.stderr, nonce)
        verdict = _supervised_verdict(tried.ran._replace(stderr=stderr), report, _tests(command, snapshot, generated))
    else:
        verdict = _plain_verdict(tried.ran)
    of_a_person = "-c" in command or any(path not in generated for path in snapshot)
    if verdict.outcome == "passed" and not of_a_person:
        told = "the command passed, but its tests were written by a model: they prove nothing by themselves"
        return Verdict("command", "not_checked", (told,))
    return verdict


def _obeyed(path: str, generated: frozenset[str] | set[str]) -> bool:
    """Tell whether a generated file would steer the tests, such as a conftest.py: it is not laid out."""
    return path in generated and (steering_row(folded(path)) is not None or _PACKAGED.search(path) is not None)


def _planned(
    command: tuple[str, ...],
    snapshot: Mapping[str, Placed],
    generated: frozenset[str] | set[str],
    python: Interpreter | Absent,
    nonce: str,
    bench: Bench,
) -> Trial | Verdict:
    env = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    mounts = python.mounts if isinstance(python, Interpreter) else ()
    if isinstance(python, Interpreter):
        env["PATH"] = f"{python.path.rpartition('/')[0]}:/usr/bin:/bin"
    program, arguments = command[0], command[1:]
    if program in ("pytest", "py.test"):
        program, arguments = "python", ("-m", "pytest", *arguments)
    stdin = b""
    if _PYTHON.fullmatch(program):
        if isinstance(python, Absent):
            return Verdict("command", "not_checked", (f"not checked: {python.remedy}",))
        watched = supervised(arguments)
        argv = (python.path, *(watched or arguments))
        if watched:
            protected = {path: one.data for path, one in snapshot.items() if path not in generated}
            stdin = orders(nonce, [path for path in snapshot if path in generated], protected)
    elif "/" in program:
        if program.removeprefix("./") not in snapshot:
            return _broken(f"`{printable(program)}` is no file of the snapshot; name it in verify.files")
        argv = (f"{SNAPSHOT}/{program.removeprefix('./')}", *arguments)
    else:
        tool = bench.find(program)
        if isinstance(tool, Absent):
            return _broken(f"there is no program `{printable(program)}` here: {tool.remedy}")
        argv, mounts = (tool.path, *arguments), (*mounts, *tool.mounts)
    return Trial(argv, snapshot, cwd=SNAPSHOT, stdin=stdin, env=env, timeout_s=TIMEOUT_S, mounts=mounts, generated=True)


def _tests(
    command: tuple[str, ...], snapshot: Mapping[str, Placed], generated: frozenset[str] | set[str]
) -> frozenset[str]:
    """Return the names of the test functions that must run: those of the files that a pytest command names."""
    if not {"pytest", "py.test"} & set(command) or any(_NARROWING.match(word) for word in command[1:] if word != "-m"):
        return frozenset()
    if "-m" in command and command.count("-m") > 1:
        return frozenset()
    names: set[str] = set()
    for path in command:
        placed = snapshot.get(path.removeprefix("./"))
        if placed is None or path in generated or not path.endswith(".py"):
            continue
        python = read_python(placed.data.decode("utf-8", errors="replace"))
        if isinstance(python, PythonText):
            for line in python.lines:
                found = _TEST.match(python.source[line.start : line.stop])
                if found and line.indent == 0:
                    names.add(found[1])
    return frozenset(names)


def _supervised_verdict(ran: Ran, report: Report | None, tests: frozenset[str]) -> Verdict:
    if ran.ended != "exited":
        return _plain_verdict(ran)
    if report is None:
        told = f"the tests did not come to their end: the code under test ended the process with {ran.exit_code}"
        return _failed(told, ran)
    if report.broken:
        return _broken("; ".join(report.broken))
    if report.faults:
        return Verdict(
            "command", "failed", tuple(printable(fault, keep_newlines=False) for fault in report.faults[:10])
        )
    if report.exit_code != 0:
        if report.exit_code in (4, 5) and not report.ran:
            why = "it found no tests" if report.exit_code == 5 else "pytest does not understand it"
            return _broken(f"{why}: {_last_line(ran)}")
        return _failed(f"the command ended with {report.exit_code}", ran)
    passed = {_function(name) for name, outcome in report.ran.items() if outcome == "passed"}
    skipped = {_function(name) for name, outcome in report.ran.items() if outcome == "skipped"}
    missing = sorted(tests - passed - skipped)
    if missing:
        return _failed(f"tests that did not run: {', '.join(missing)}", ran)
    if report.ran and not passed:
        return _broken("every test was skipped")
    return Verdict("command", "passed")


def _function(nodeid: str) -> str:
    return nodeid.rpartition("::")[2].partition("[")[0]


def _plain_verdict(ran: Ran) -> Verdict:
    if ran.ended == "timeout":
        return _failed(f"the command was stopped after {TIMEOUT_S:g} seconds", ran)
    if ran.ended != "exited":
        return _failed(f"the command was stopped: too much {ran.ended}", ran)
    if ran.exit_code in (126, 127):
        return _broken(f"the command can't be run: {_last_line(ran)}")
    if ran.exit_code != 0:
        return _failed(f"the command ended with {ran.exit_code}", ran)
    return Verdict("command", "passed")


def _failed(told: str, ran: Ran) -> Verdict:
    printed = canonical_output(ran.stdout + b"\n" + ran.stderr).strip("\n")
    outcome: Outcome = "failed"
    return Verdict("command", outcome, (f"{told}\n{printed}".strip().replace("\n", "\n  "),))


def _broken(told: str) -> Verdict:
    return Verdict("command", "broken", (f"the check itself is broken: {told}",))


def _last_line(ran: Ran) -> str:
    lines = [line for line in canonical_output(ran.stderr + b"\n" + ran.stdout).splitlines() if line.strip()]
    told = [line for line in lines if "error" in line.lower()]
    return (told or lines or ["it says nothing"])[-1]
