"""Every file can be read in its language: data by a parser here, code by its own interpreter or compiler, which runs
none of it.

Code is checked inside the sandbox, on the texts as the model wrote them, so that line numbers are the model's.
"""

import importlib
import json
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import tomli

from specbuild.canonical_output import canonical_output
from specbuild.entry import tool_of
from specbuild.languages import language_of_path
from specbuild.runners import runner_of, words
from specbuild.sandbox import NotStarted
from specbuild.target import Target
from specbuild.text_safety import printable
from specbuild.trial import Absent, Bench, Placed, Trial
from specbuild.verifier import Outcome, Verdict

TIMEOUT_S = 30.0
MOST_SHOWN = 5
DEEPEST = 200
"""Levels of brackets in data. Parsers take time that grows with the square of the depth, or end the process."""
UNREADABLE = "nested too deeply to be read"

_COMPILE = """\
import json, sys, warnings
warnings.simplefilter("ignore")
for name in sys.argv[1:]:
    try:
        with open(name, "rb") as file:
            compile(file.read(), name, "exec", dont_inherit=True)
    except SyntaxError as fault:
        print(json.dumps([name, fault.lineno or 1, max(fault.offset or 1, 1), type(fault).__name__ + ": " +
        str(fault.msg)]))
    except (ValueError, OverflowError, RecursionError, MemoryError) as fault:
        print(json.dumps([name, 1, 1, type(fault).__name__ + ": " + str(fault)]))
print(json.dumps("done"))
"""
"""What the project's interpreter runs (-I -S: nothing of the environment, no site) to read files without running
them.
"""

Found = tuple[Outcome, tuple[str, ...]]


def verify(files: Mapping[str, str], target: Target, *, bench: Bench) -> Verdict:
    """Judge every file that has a language; a file that can't be checked here makes the verdict "not_checked"."""
    by_language: dict[str, dict[str, str]] = {}
    for name, text in sorted(files.items()):
        language = language_of_path(name, target.language) or target.language
        by_language.setdefault(language.name if language else "", {})[name] = text
    found = [_judged(language, texts, bench) for language, texts in sorted(by_language.items())]
    outcomes = {outcome for outcome, _ in found}
    worst: Outcome = "failed" if "failed" in outcomes else "not_checked" if "not_checked" in outcomes else "passed"
    return Verdict(
        "syntax", worst, tuple(message for outcome, messages in found if outcome == worst for message in messages)
    )


def _judged(language: str, texts: Mapping[str, str], bench: Bench) -> Found:
    if language == "python":
        return _python(texts, bench)
    if language in _DATA:
        return _data(_DATA[language], texts)
    row = runner_of(language)
    if row is not None and row.check:
        return _checked(language, texts, bench)
    if language in _PROSE:
        return "passed", ()
    return "not_checked", (f"not checked: nothing here reads {language or 'a file of an unknown language'}",)


def _python(texts: Mapping[str, str], bench: Bench) -> Found:
    interpreter = bench.interpreter()
    if isinstance(interpreter, Absent):
        return "not_checked", (f"not checked: {interpreter.remedy}",)
    tried = bench.run(
        Trial(
            (interpreter.path, "-I", "-S", "-c", _COMPILE, *texts), {}, _placed(texts),
            timeout_s=TIMEOUT_S, mounts=interpreter.mounts,
        )
    )  # fmt: skip
    if isinstance(tried, NotStarted):
        return "not_checked", (f"not checked: {tried.reason}",)
    lines = tried.ran.stdout.decode("utf-8", errors="replace").splitlines()
    if not lines or lines[-1] != '"done"':
        # The parser itself gave up on the text: it crashed, or passed a bound. No program of anybody's can use such a
        # file.
        return "failed", (f"{', '.join(texts)}: Python can't read it ({tried.ran.ended})",)
    messages = []
    for line in lines[:-1][:MOST_SHOWN]:
        name, number, column, problem = json.loads(line)
        messages.append(
            f"{name}:{number}:{column}: {printable(str(problem), keep_newlines=False)}{_shown(texts, name, number)}"
        )
    return ("failed" if messages else "passed"), tuple(messages)


def _shown(texts: Mapping[str, str], name: str, number: int) -> str:
    lines = texts.get(name, "").split("\n")
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return f": `{printable(line[:120], keep_newlines=False)}`" if line else ""


def _checked(language: str, texts: Mapping[str, str], bench: Bench) -> Found:
    messages: list[str] = []
    for name, text in texts.items():
        row = runner_of(language, text)
        assert row is not None
        tool = tool_of(row, bench)
        if isinstance(tool, Absent):
            return "not_checked", (f"not checked: {tool.remedy}",)
        argv = (tool.path, *words(row.check, entry=name))
        tried = bench.run(Trial(argv, {}, _placed(texts), timeout_s=TIMEOUT_S, mounts=tool.mounts))
        if isinstance(tried, NotStarted):
            return "not_checked", (f"not checked: {tried.reason}",)
        if tried.ran.exit_code != 0:
            told = canonical_output(tried.ran.stderr or tried.ran.stdout).strip() or f"{tool.path} refused it"
            messages.append(f"{name}: {_indented(told)}")
    return ("failed" if messages else "passed"), tuple(messages[:MOST_SHOWN])


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")


def _placed(texts: Mapping[str, str]) -> dict[str, Placed]:
    return {name: Placed(text.encode("utf-8")) for name, text in texts.items()}


def _data(parse: Callable[[str], str | None], texts: Mapping[str, str]) -> Found:
    messages = []
    for name, text in texts.items():
        problem = f"1:1: {UNREADABLE}" if _depth(text) > DEEPEST else parse(text)
        if problem is _NO_PARSER:
            return "not_checked", ("not checked: install PyYAML",)
        if problem is not None:
            messages.append(f"{name}:{printable(problem, keep_newlines=False)}")
    return ("failed" if messages else "passed"), tuple(messages)


def _depth(text: str) -> int:
    """Return how deeply brackets are nested, at most; those in strings are counted too, which is rarely many."""
    deepest = depth = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _json(text: str) -> str | None:
    try:
        json.loads(text.removeprefix("\ufeff"), parse_int=str)  # a long number is no work
    except json.JSONDecodeError as fault:
        return f"{fault.lineno}:{fault.colno}: {fault.msg}"
    except RecursionError:
        return f"1:1: {UNREADABLE}"
    return None


def _toml(text: str) -> str | None:
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError as fault:
        return f" {fault}"
    except RecursionError:
        return f"1:1: {UNREADABLE}"
    return None


class _Mark(NamedTuple):
    line: int
    column: int


_NO_PARSER = "no parser"


def _yaml(text: str) -> str | None:
    try:
        yaml = importlib.import_module("yaml")
    except ImportError:
        return _NO_PARSER
    try:
        for _ in yaml.parse(text, Loader=yaml.SafeLoader):  # events only: an alias is never expanded
            pass
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None) or _Mark(0, 0)
        return f"{mark.line + 1}:{mark.column + 1}: {getattr(fault, 'problem', None) or 'no YAML'}"
    except RecursionError:
        return f"1:1: {UNREADABLE}"
    return None


_DATA: Mapping[str, Callable[[str], str | None]] = {"json": _json, "toml": _toml, "yaml": _yaml}
_PROSE = ("markdown", "text", "restructuredtext", "asciidoc", "csv")
"""Any text is one of these: there is nothing to be wrong."""
