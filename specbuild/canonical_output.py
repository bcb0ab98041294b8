"""What a failing program printed, in a form that is the same wherever and whenever it ran: for a request for repair.

In: bytes that nobody trusts, and the places that they may name. Out: a short text that is safe to print. Left as they
are: the words and numbers of the program's own; put in a fixed form: escape codes, paths of the machine, addresses,
dates, how long it took, the order of a set's display.
"""

import re
from collections.abc import Mapping
from functools import cache

from specbuild.sandbox import HOME, JOB, SNAPSHOT, TEMPORARY, WORK
from specbuild.text_safety import printable

MOST_LINES = 60
MOST_CHARACTERS = 6000
LONGEST_LINE = 400
_READ_BYTES = 1 << 20

_PLACES: Mapping[str, str] = {
    f"{SNAPSHOT}/": "",
    SNAPSHOT: ".",
    f"{WORK}/": "",
    WORK: ".",
    HOME: "~",
    TEMPORARY: "<tmp>",
    JOB: "<job>",
}


def canonical_output(raw: bytes, places: Mapping[str, str] | None = None) -> str:
    """Return `raw` in canonical form: at most MOST_LINES lines and MOST_CHARACTERS characters, its beginning and its
    end.

    `places` maps further absolute paths to what stands for them. The result ends with a newline, or is "".
    """
    if len(raw) > _READ_BYTES:  # of a flood the beginning and the end are enough
        raw = raw[: _READ_BYTES // 2] + b"\n" + raw[-_READ_BYTES // 2 :]
    text = raw.decode("utf-8", errors="replace").replace("\r\n", "\n")
    text = _escapes().sub("", text)
    text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    known = {**_PLACES, **(places or {})}
    for place in sorted(known, key=lambda one: (-len(one), one)):
        end = "" if place.endswith("/") else r"(?![\w-])"
        text = re.sub(re.escape(place) + end, known[place].replace("\\", "\\\\"), text)
    for pattern, form in _forms():
        text = pattern.sub(form, text)
    text = _set_display().sub(_sorted_set, text)
    text = printable(text)
    lines = [_shortened(line.rstrip()) for line in text.strip("\n").split("\n")]
    return "".join(f"{line}\n" for line in _bounded(lines)) if text.strip() else ""


@cache
def _escapes() -> re.Pattern[str]:
    # ECMA-48: CSI sequences, OSC and the other strings up to their terminator, two-character escapes.
    return re.compile(
        r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
        r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
        r"|\x1b[ -/]*[0-~]"
    )


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns with what takes their place, in order."""
    return (
        (re.compile(r"(?:/[\w.+@-]+)*/(?:lib|lib64)/python3\.\d+/(?:site-packages/)?"), "<python>/"),
        (re.compile(r"(?<![\w/])/(?:tmp|var/tmp|dev/shm)/[\w.+@/-]*"), "<tmp>"),
        (re.compile(r"(?<![\w/.])/(?:home|root|Users|usr|opt|private|nix|var)/[\w.+@/-]*/([\w.+@-]+)"), r"<path>/\1"),
        (re.compile(r"\btmp[a-z0-9_]{8}\b"), "<tmp>"),
        (re.compile(r"\b0x[0-9a-fA-F]{6,}\b"), "0x…"),
        (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
        (
            re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d(?: [A-Z]+)? \d{4}"),
            "<time>",
        ),
        (
            re.compile(r"\b(in|after|took|took:|duration:?) \d+(?:\.\d+)? ?(?:s|ms|seconds?|milliseconds?)\b"),
            r"\1 <time>",
        ),
        (re.compile(r"(?m)^==[0-9]+=="), "==<pid>=="),
        (re.compile(r"\b(pid|process|thread)([ =:]+)\d{2,}\b", re.IGNORECASE), r"\1\2<number>"),
        (re.compile(r"(?m)^(platform \S+).*$"), r"\1"),
        (re.compile(r"(?m)^[ \t]*(?:rootdir|inifile|cachedir|plugins|configfile|hypothesis profile)\b.*\n"), ""),
    )


@cache
def _set_display() -> re.Pattern[str]:
    item = r"(?:'[^'\\\n{}]{0,200}'|\"[^\"\\\n{}]{0,200}\"|-?\d+(?:\.\d+)?)"
    return re.compile(rf"\{{{item}(?:, {item})+\}}")


def _sorted_set(found: re.Match[str]) -> str:
    items = re.findall(r"'[^'\\\n]*'|\"[^\"\\\n]*\"|-?\d+(?:\.\d+)?", found[0])
    return "{" + ", ".join(sorted(items)) + "}"


def _shortened(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def _bounded(lines: list[str]) -> list[str]:
    """Keep a third of the beginning and two of the end: a program says last what went wrong."""
    lines = _between(lines, MOST_LINES // 3, MOST_LINES - MOST_LINES // 3 - 1)
    while sum(len(line) + 1 for line in lines) > MOST_CHARACTERS and len(lines) > 3:
        lines = _between(lines, len(lines) // 4, len(lines) // 2)
    return lines


def _between(lines: list[str], first: int, last: int) -> list[str]:
    if len(lines) <= first + last:
        return lines
    left_out = len(lines) - first - last
    return [*lines[:first], f"… {left_out} lines left out …", *lines[len(lines) - last :]]
