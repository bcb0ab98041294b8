"""Fenced code blocks of a Markdown text, by the rule of CommonMark 0.31 section 4.5. Text in, fences out.

Only what stands at the top level is read: a fence inside a block quote, or behind a list bullet, is none here. Lines
end at "\\n" only. A tab is four columns, so it never indents a fence; content loses indentation in spaces, never a tab.
"""

import re
from typing import NamedTuple

# A backtick fence's info string has no backtick: otherwise the line is inline code.
_OPENING = re.compile(r"( {0,3})(?:(`{3,})([^`\n]*)|(~{3,})([^\n]*))\Z")
_CLOSING = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*\Z")


class Fence(NamedTuple):
    """One fenced code block with its exact content. `line` and `last_line` are 1-based; both fences are counted in.

    `closed` is False if the text ended before a closing fence (CommonMark then lets the block reach to the end).
    """

    info: str
    text: str
    line: int
    last_line: int
    closed: bool


def fenced(text: str) -> tuple[Fence, ...]:
    """Return all fenced code blocks of `text` in order; linear in its length."""
    lines = text.split("\n")
    ends_with_newline = lines[-1] == ""
    if ends_with_newline:
        lines.pop()
    fences: list[Fence] = []
    number = 0
    while number < len(lines):
        opening = _OPENING.match(lines[number])
        number += 1
        if opening is None:
            continue
        first = number
        run = opening[2] or opening[4]
        while number < len(lines) and not _closes(lines[number], run):
            number += 1
        closed = number < len(lines)
        content = [_unindented(line, len(opening[1])) for line in lines[first:number]]
        last_break = "\n" if content and (closed or ends_with_newline) else ""
        info = (opening[3] or opening[5] or "").strip(" \t")
        fences.append(Fence(info, "\n".join(content) + last_break, first, number + 1 if closed else number, closed))
        number += 1
    return tuple(fences)


def _closes(line: str, run: str) -> bool:
    closing = _CLOSING.match(line)
    return closing is not None and closing[1][0] == run[0] and len(closing[1]) >= len(run)


def _unindented(line: str, indent: int) -> str:
    """Return `line` without as many leading spaces as the opening fence had, as far as it has them."""
    return line[min(indent, len(line) - len(line.lstrip(" "))) :]
