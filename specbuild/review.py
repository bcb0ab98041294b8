"""What a review finds in files, and the two ends of the call that makes one: the files as they are shown, and the
answer as it is read.

Texts in, findings or faults out. An answer that is not of the fixed form is no review at all: it is never a pass. The
wording around the files belongs to the edition (`templates/review/<edition>/`), and so do the forms that are made here.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from specbuild.agent_tools import numbered
from specbuild.line_lists import lines_of
from specbuild.text_safety import printable

Severity = Literal["error", "warning", "note"]
"""An error fails a review; a warning and a note are for a person."""

FINDINGS = "findings.txt"
"""The one file that the answer to a review has."""
NOTHING = "no findings"
"""All that it says if there is nothing to say."""
MOST_FINDINGS = 50
MOST_CHARACTERS = 600
"""Of a finding's text: what is longer is no finding but an essay."""


class Finding(NamedTuple):
    """One thing found in a file: its declared name, the 1-based line, and what is wrong in one line of text."""

    severity: Severity
    name: str
    line: int
    text: str

    def __str__(self) -> str:
        """Return it as a model is told it."""
        return f"{self.name}:{self.line}: {self.text}"


class Findings(NamedTuple):
    """An answer that was read: what it found, or, if `faults` is not empty, why it can't be read."""

    found: tuple[Finding, ...] = ()
    faults: tuple[str, ...] = ()


def findings_in(answer: str, files: Mapping[str, str]) -> Findings:
    """Read the text of FINDINGS about `files` (name → text): one finding a line, or NOTHING alone.

    Each line must have the form, name one of the files and a line that it has; else the whole answer is refused.
    """
    lines = [line.rstrip() for line in answer.split("\n") if line.strip()]
    if lines == [NOTHING]:
        return Findings()
    if not lines:
        return Findings(faults=(f"it is empty; if there is nothing to report, it is the line `{NOTHING}`",))
    if len(lines) > MOST_FINDINGS:
        return Findings(faults=(f"it has {len(lines)} findings; give the {MOST_FINDINGS} gravest at most",))
    read = [_finding(line, files) for line in lines]
    faults = tuple(one for one in read if isinstance(one, str))
    return Findings(faults=faults) if faults else Findings(tuple(one for one in read if isinstance(one, Finding)))


def files_part(wording: str, files: Mapping[str, str]) -> str:
    """Return the part of a prompt that shows `files`, each line with its number. `wording` is the edition's text; its
    line `[[files]]` is what is put in."""
    head, _, tail = wording.partition("[[files]]\n")
    return head + "".join(f"`{name}`:\n\n{_block(text)}\n" for name, text in files.items()) + tail


def errors_in(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return those that fail a review."""
    return tuple(one for one in found if one.severity == "error")


_LINE = re.compile(r"(error|warning|note) (.+?):([1-9][0-9]{0,8}): (\S.*)")
_SEVERITIES: Mapping[str, Severity] = {"error": "error", "warning": "warning", "note": "note"}


def _finding(line: str, files: Mapping[str, str]) -> Finding | str:
    shown = printable(line[:80], keep_newlines=False)
    if line == NOTHING:
        return f"`{NOTHING}` stands beside findings; it stands alone, or not at all"
    match = _LINE.fullmatch(line)
    if match is None:
        return f"`{shown}` is not of the form `error NAME:LINE: what is wrong`, with `error`, `warning` or `note`"
    severity, name, number, text = match.groups()
    if name not in files:
        return f"`{shown}` names no file of the task; the files are {', '.join(f'`{one}`' for one in files)}"
    if int(number) > max(1, len(_lines(files[name]))):
        return f"`{shown}` names a line that `{name}` does not have; it has {len(_lines(files[name]))}"
    if len(text) > MOST_CHARACTERS:
        return f"`{shown}` is longer than {MOST_CHARACTERS} characters"
    return Finding(_SEVERITIES[severity], name, int(number), printable(text, keep_newlines=False))


def _lines(text: str) -> Sequence[object]:
    return lines_of(text)


def _block(text: str) -> str:
    """Return a text's numbered lines as a fenced code block that they can't end (CommonMark 0.31, section 4.5)."""
    if not text:
        return "(empty)\n"
    shown = numbered(text)
    shown = shown if shown.endswith("\n") else shown + "\n"
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}\n{shown}{fence}\n"
