"""The logical lines and comments of a Python source, found in the text itself.

Not by the standard tokenizer: what that accepts, and how it cuts f-strings, changes from one Python to the next, and an
interface must be the same for everybody. The text is read by the newest lexical rules (PEP 701 and 750: f-strings and
t-strings nest), which find the same lines in older text. Nothing is judged but what stops it: open brackets, strings.
"""

import re
from typing import NamedTuple

# Everything in code that can open or end something. `prefix` belongs to the string only if no name reaches into it.
_CODE = re.compile(
    r"(?:(?<!\w)(?P<prefix>[bBfFrRtTuU]{1,2}))?(?P<quote>\"\"\"|'''|[\"'])"
    r"|\\\n|#[^\n]*|[\[\](){}:\n]"
)
# Everything inside a string that can end it or open a replacement field.
_LITERAL = re.compile(r"\\N\{|\\[\s\S]|\{\{|[{}]|\"\"\"|'''|[\"'\n]")
_INDENT = re.compile(r"[ \t\f]*(?:\\\n[ \t\f]*)*")
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_TAB_COLUMNS = 8
_DEEPEST_FIELD = 100  # fields in f-strings in fields; CPython allows 149


class Unreadable(NamedTuple):
    """Where (1-based line and column) and why a text can't be read as Python."""

    line: int
    column: int
    problem: str


class LogicalLine(NamedTuple):
    """Code from offset `start` to `stop`, without indentation and comment; `indent` is the column it begins at.

    `colon` is the offset of its first ":" outside brackets and strings, or -1.
    """

    start: int
    stop: int
    indent: int
    colon: int


class Comment(NamedTuple):
    """A comment from its "#" at offset `start` to `stop`."""

    start: int
    stop: int


class PythonText(NamedTuple):
    """A source with "\\n" as its only line break and without BOM; its logical lines and its comments in order."""

    source: str
    lines: tuple[LogicalLine, ...]
    comments: tuple[Comment, ...]


class _Stop(Exception):
    """The text can't be read on: where (an offset) and why."""

    def __init__(self, offset: int, problem: str) -> None:
        super().__init__(problem)
        self.offset = offset
        self.problem = problem


def read_python(source: str) -> PythonText | Unreadable:
    """Return the logical lines and comments of `source`; linear in its length. CRLF and CR are read as LF."""
    text = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines: list[LogicalLine] = []
    comments: list[Comment] = []
    position = 0
    try:
        while position < len(text):
            start = _indent_stop(text, position)
            if start == len(text) or text[start] == "\n":
                position = start + 1
            elif text[start] == "#":
                position = _comment_stop(text, start)
                comments.append(Comment(start, position))
            else:
                stop, colon, after = _logical_line(text, start, comments)
                lines.append(LogicalLine(start, stop, _column(text[position:start]), colon))
                position = after
    except _Stop as stop_here:
        line_start = text.rfind("\n", 0, stop_here.offset) + 1
        line = text.count("\n", 0, stop_here.offset) + 1
        return Unreadable(line, stop_here.offset - line_start + 1, stop_here.problem)
    return PythonText(text, tuple(lines), tuple(comments))


def is_docstring(code: str) -> bool:
    """Tell whether `code`, a part of a logical line, is plain string literals side by side and nothing else."""
    position = 0
    while position < len(code):
        string = _CODE.match(code, position)
        if string is None or string["quote"] is None or (string["prefix"] or "").lower() not in ("", "r", "u"):
            return False
        position = _literal_stop(code, string.end(), string["quote"], "", 0)
        while position < len(code) and code[position] in " \t\f\\\n":
            position += 1
    return position > 0


def _logical_line(text: str, start: int, comments: list[Comment]) -> tuple[int, int, int]:
    """Return where the code from `start` on stops, its colon, and where the next line begins; note its comments."""
    brackets: list[int] = []
    colon = -1
    position = start
    while token := _CODE.search(text, position):
        word, stop, position = token[0], token.start(), token.end()
        if token["quote"]:
            position = _literal_stop(text, position, token["quote"], token["prefix"] or "", 0)
        elif word == "\n" and not brackets:
            return _trimmed(text, start, stop), colon, position
        elif word[0] == "#":
            comments.append(Comment(stop, position))
            if not brackets:
                return _trimmed(text, start, stop), colon, position + 1
        elif word in _CLOSERS:
            brackets.append(stop)
        elif word in ")]}":
            if not brackets or _CLOSERS[text[brackets[-1]]] != word:
                raise _Stop(stop, "the bracket closes nothing")
            brackets.pop()
        elif word == ":" and colon < 0 and not brackets:
            colon = stop
    if brackets:
        raise _Stop(brackets[-1], "the bracket is never closed")
    return _trimmed(text, start, len(text)), colon, len(text)


def _literal_stop(text: str, position: int, quote: str, prefix: str, depth: int, *, in_spec: bool = False) -> int:
    """Return the offset behind the string that is open at `position`, or the field whose format spec it is in."""
    begin = position
    kind = prefix.lower()
    has_fields = "f" in kind or "t" in kind
    while token := _LITERAL.search(text, position):
        word, start, position = token[0], token.start(), token.end()
        if word[0] == "\\":
            # A backslash escapes no brace; only \N{…} is an escape with braces, and no raw string knows it.
            if has_fields and word == "\\N{" and "r" not in kind:
                position = max(text.find("}", position), start) + 1
            elif has_fields and word[-1] in "{}":
                position = start + (1 if len(word) == 2 else 2)
        elif word[0] in "\"'":
            if word.startswith(quote):
                if in_spec:
                    break
                return start + len(quote)
            if word[0] == quote[0] or len(word) == 3:
                position = start + 1
        elif word == "\n":
            if len(quote) == 1:
                break
        elif has_fields and word[0] == "{" and (word == "{" or in_spec):
            position = _field_stop(text, start + 1, quote, prefix, depth + 1)
        elif word == "}" and in_spec:
            return position
    raise _Stop(begin - (1 if in_spec else len(quote)), "the string is never closed")


def _field_stop(text: str, position: int, quote: str, prefix: str, depth: int) -> int:
    """Return the offset behind the replacement field of an f-string whose code begins at `position`."""
    begin = position
    if depth > _DEEPEST_FIELD:
        raise _Stop(begin, "f-strings are nested too deeply")
    brackets: list[str] = []
    while token := _CODE.search(text, position):
        word, position = token[0], token.end()
        if token["quote"]:
            position = _literal_stop(text, position, token["quote"], token["prefix"] or "", depth)
        elif word in _CLOSERS:
            brackets.append(_CLOSERS[word])
        elif word == "}" and not brackets:
            return position
        elif word == ":" and not brackets:
            return _literal_stop(text, position, quote, prefix, depth, in_spec=True)
        elif word in ")]}" and (not brackets or brackets.pop() != word):
            break
    raise _Stop(begin - 1, "the replacement field is never closed")


def _trimmed(text: str, start: int, stop: int) -> int:
    while stop > start and text[stop - 1] in " \t\f\\\n":
        stop -= 1
    return stop


def _indent_stop(text: str, position: int) -> int:
    found = _INDENT.match(text, position)
    return found.end() if found else position


def _comment_stop(text: str, start: int) -> int:
    stop = text.find("\n", start)
    return len(text) if stop < 0 else stop


def _column(indentation: str) -> int:
    """Return the column that `indentation` reaches: a tab goes to the next multiple of eight, a form feed back to 0.

    If lines are joined before any code comes, the first one's spaces count.
    """
    column = 0
    for character in indentation.partition("\\")[0]:
        if character == "\t":
            column += _TAB_COLUMNS - column % _TAB_COLUMNS
        else:
            column = 0 if character == "\f" else column + 1
    return column
