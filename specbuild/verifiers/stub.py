"""The checks of a spec can fail: a stub with the right names and no bodies does not pass them all.

A stub that passes every example and the command is an error in the spec, for nothing proves the code then; a single
check that it passes is a note. What was found is remembered by a content hash, so it costs its runs once.
"""

import json
import re
from collections.abc import Mapping

from specbuild.canonical_json import Json, digest, text_digest
from specbuild.entry import Entry, entry_of
from specbuild.languages import language_of_path
from specbuild.runners import shebang
from specbuild.sandbox import NotStarted
from specbuild.target import Target
from specbuild.trial import Absent, Bench, Interpreter
from specbuild.verifier import Verdict
from specbuild.verifiers import command, examples

_DEFINITION = re.compile(r"^(?:async[ \t]+)?(def|class)[ \t]+(\w+)", re.MULTILINE)
_CONSTANT = re.compile(r"^([A-Za-z_]\w*)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_DATA = ("json", "toml", "yaml", "csv", "text", "markdown", "html", "css", "xml", "svg", "ini")


def verify(files: Mapping[str, str], target: Target, *, bench: Bench) -> Verdict | None:
    """Judge the spec's own checks with a stub in place of `files`; None if no check of the spec runs something."""
    wanted = examples.examples_of(target)
    if not wanted and not target.spec.texts("verify.command"):
        return None
    stub = stub_of(files, target)
    key = _key(stub, target, bench)
    known = bench.recall(key)
    if known is not None:
        passed = json.loads(known)
    else:
        found = _passed(stub, target, bench)
        if isinstance(found, Verdict):
            return found
        passed = found
        bench.remember(key, json.dumps(passed).encode("ascii"))
    total = len(wanted) + (1 if target.spec.texts("verify.command") else 0)
    if len(passed) == total:
        told = "a program with the right names and no bodies passes all of its checks: they prove nothing"
        return Verdict("stub", "broken", (f"the check itself is broken: {told}; add an example that it fails",))
    notes = tuple(f"{one} is passed by a program that does nothing" for one in passed)
    return Verdict("stub", "passed", notes=notes)


def stub_of(files: Mapping[str, str], target: Target) -> dict[str, str]:
    """Return `files` with their names and without their bodies; data stays as it is."""
    stubs = {}
    for name, text in files.items():
        language = language_of_path(name, target.language) or target.language
        spoken = language.name if language else ""
        first = text.partition("\n")[0] + "\n" if shebang(text) else ""
        if spoken in _DATA:
            stubs[name] = text
        elif spoken == "python":
            stubs[name] = first + _python_stub(text)
        else:
            stubs[name] = first + (
                "int main(void) { return 0; }\n" if spoken in ("c", "c++") and "main" in text else ""
            )
    return stubs


def _python_stub(text: str) -> str:
    """Return every top-level name of a module, each good for import and for a call, with nothing behind it."""
    lines = {}
    for kind, name in _DEFINITION.findall(text):
        lines[name] = (
            f"def {name}(*arguments, **named): return None"
            if kind == "def"
            else f"class {name}(Exception):\n"
            "    def __init__(self, *arguments, **named): pass\n"
            "    def __getattr__(self, name): return lambda *arguments, **named: None"
        )
    for name in _CONSTANT.findall(text):
        lines.setdefault(name, f"{name} = None")
    return "".join(f"{line}\n" for line in lines.values())


def _passed(stub: Mapping[str, str], target: Target, bench: Bench) -> list[str] | Verdict:
    """Return which checks the stub passes."""
    passed: list[str] = []
    if examples.examples_of(target):
        entry = entry_of(stub, target, bench)
        if isinstance(entry, Absent):
            return Verdict("stub", "not_checked", (f"not checked: {entry.remedy}",))
        if isinstance(entry, NotStarted):
            return Verdict("stub", "not_checked", (f"not checked: {entry.reason}",))
        if isinstance(entry, Entry):
            shown = examples.results(entry, target, bench)
            if isinstance(shown, NotStarted):
                return Verdict("stub", "not_checked", (f"not checked: {shown.reason}",))
            passed += [f"example {one.number}" for one in shown if not one.problems]
    judged = command.verify(stub, target, bench=bench)
    if judged is not None and judged.outcome == "passed":
        passed.append("the command")
    return passed


def _key(stub: Mapping[str, str], target: Target, bench: Bench) -> str:
    python = bench.interpreter()
    beside = {path: text_digest(one.data.decode("utf-8", "replace")) for path, one in sorted(bench.beside().items())}
    values = target.spec.values
    parts: Json = {
        "stub": 1, "files": dict(stub), "outputs": list(target.outputs), "beside": {**beside}, "entry": target.entry,
        "examples": values.get("example", []), "command": values.get("verify.command", []),
        "python": python.version if isinstance(python, Interpreter) else "",
    }  # fmt: skip
    return f"stub/{digest(parts)}"
