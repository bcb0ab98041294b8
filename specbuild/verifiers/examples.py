"""Every example of the spec is a process of its own, compared exactly: stdout, stderr if given, exit code and files.

It starts in an empty folder that holds its `files` and runs the entry by its path in a fresh snapshot: nothing that one
run leaves behind is seen by the next one. Of a hidden example only their number is ever told; what it shows stands in
`details`, which nobody but a person at a terminal reads.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple

from specbuild.canonical_json import Json
from specbuild.canonical_output import canonical_output
from specbuild.entry import Entry, Refused, entry_of
from specbuild.sandbox import Ended, NotStarted, Ran
from specbuild.target import Target
from specbuild.text_safety import printable
from specbuild.trial import Absent, Bench, Placed, Trial, Tried
from specbuild.verifier import Verdict

TIMEOUT_S = 10.0
MOST_SHOWN = 5
LONGEST_SHOWN = 400

_STOPPED: Mapping[Ended, str] = {
    "timeout": "it was stopped after {timeout:g} seconds",
    "output": "it wrote far too much and was stopped",
    "memory": "it took too much memory and was stopped",
    "disk": "it filled the disk and was stopped",
    "cancelled": "the run was cancelled",
}


class Shown(NamedTuple):
    """How one example went: its number from 1, whether it is hidden, what differs (nothing: it passed)."""

    number: int
    hidden: bool
    problems: tuple[str, ...]


def verify(files: Mapping[str, str], target: Target, *, bench: Bench) -> Verdict | None:
    """Run all examples; None if there are none."""
    if not examples_of(target):
        return None
    entry = entry_of(files, target, bench)
    if isinstance(entry, Absent):
        return Verdict("examples", "not_checked", (f"not checked: {entry.remedy}",))
    if isinstance(entry, NotStarted):
        return Verdict("examples", "not_checked", (f"not checked: {entry.reason}",))
    if isinstance(entry, Refused):
        return Verdict("examples", "failed", (entry.message,))
    shown = results(entry, target, bench)
    if isinstance(shown, NotStarted):
        return Verdict("examples", "not_checked", (f"not checked: {shown.reason}",))
    wrong = [one for one in shown if one.problems]
    messages = [_told(one) for one in wrong if not one.hidden]
    if len(messages) > MOST_SHOWN:
        messages = [*messages[:MOST_SHOWN], f"{len(messages) - MOST_SHOWN} more examples fail"]
    hidden = sum(one.hidden for one in wrong)
    if hidden:
        messages.append(f"{hidden} hidden example{'s fail' if hidden > 1 else ' fails'}")
    details = tuple(_told(one) for one in wrong if one.hidden)
    return Verdict("examples", "failed" if wrong else "passed", tuple(messages), details=details)


def examples_of(target: Target) -> list[Mapping[str, Json]]:
    """Return all examples of a spec, the hidden ones too, in its order."""
    examples = target.spec.values.get("example", [])
    return [one for one in examples if isinstance(one, Mapping)] if isinstance(examples, list | tuple) else []


def results(entry: Entry, target: Target, bench: Bench) -> tuple[Shown, ...] | NotStarted:
    """Return how each example went."""
    found = []
    for number, example in enumerate(examples_of(target), 1):
        timeout_s = example.get("timeout_s")
        trial = Trial(
            (*entry.argv, *_texts(example.get("args"))),
            entry.snapshot,
            files={path: Placed(text.encode("utf-8")) for path, text in _table(example.get("files")).items()},
            stdin=str(example.get("stdin", "")).encode("utf-8"),
            # Sets are walked in another order in each example, and in the same one whenever it is run.
            env={"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": str(number), **_table(example.get("env"))},
            timeout_s=float(timeout_s) if isinstance(timeout_s, int | float) else TIMEOUT_S,
            mounts=entry.mounts,
            generated=True,
        )
        tried = bench.run(trial)
        if isinstance(tried, NotStarted):
            return tried
        found.append(Shown(number, example.get("hidden") is True, tuple(_problems(example, trial, tried))))
    return tuple(found)


def _problems(example: Mapping[str, Json], trial: Trial, tried: Tried) -> list[str]:
    ran = tried.ran
    if ran.ended != "exited":
        return [_STOPPED[ran.ended].format(timeout=trial.timeout_s)]
    problems = []
    wanted_code = example.get("exit_code", 0)
    if ran.exit_code != wanted_code:
        by_signal = f", by signal {ran.signal}" if ran.signal else ""
        problems.append(f"it ended with {ran.exit_code}{by_signal}, not {wanted_code}{_error_output(example, ran)}")
    for name, got in (("stdout", ran.stdout), ("stderr", ran.stderr)):
        wanted = example.get(name)
        if isinstance(wanted, str) and got != wanted.encode("utf-8"):
            problems.append(f"{name} differs{_difference(wanted, got)}")
    for path, wanted in _table(example.get("expect_files")).items():
        left = tried.left.get(path)
        if left is None:
            problems.append(f"it left no file {json.dumps(path, ensure_ascii=False)}")
        elif left.data != wanted.encode("utf-8"):
            problems.append(f"the file {json.dumps(path, ensure_ascii=False)} differs{_difference(wanted, left.data)}")
    return problems


def _error_output(example: Mapping[str, Json], ran: Ran) -> str:
    told = canonical_output(ran.stderr).strip() if "stderr" not in example else ""
    return "; it wrote to stderr:\n" + told if told else ""


def _difference(wanted: str, got: bytes) -> str:
    """Show two texts from a little before their first difference on."""
    text = got.decode("utf-8", errors="backslashreplace")
    same = next(
        (at for at, (one, other) in enumerate(zip(wanted, text, strict=False)) if one != other),
        min(len(wanted), len(text)),
    )
    line = wanted.count("\n", 0, same) + 1
    start = wanted.rfind("\n", 0, same) + 1 if same > LONGEST_SHOWN // 2 else 0
    start = max(start, same - LONGEST_SHOWN // 2)
    return f" in line {line}\nexpected: {_excerpt(wanted, start)}\ngot:      {_excerpt(text, start)}"


def _excerpt(text: str, start: int) -> str:
    piece = text[start : start + LONGEST_SHOWN]
    more = "…" if len(text) > start + LONGEST_SHOWN else ""
    return ("…" if start else "") + printable(json.dumps(piece, ensure_ascii=False)) + more


def _told(shown: Shown) -> str:
    return f"example {shown.number}: " + "\n".join(shown.problems).replace("\n", "\n  ")


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()


def _table(value: Json) -> dict[str, str]:
    return {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, Mapping) else {}
