"""How much of a package was generated, and how much of a generated module stood word for word in what its model saw.

Python sources in, counts out. Lines are found by `python_text`, so that every Python counts alike.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from specbuild.iteration import Portion
from specbuild.python_text import PythonText, is_docstring, read_python

LEAST_VISIBLE = 8
"""A line of fewer visible characters (`else:`, `return x`) is found everywhere and proves nothing."""

_NO_CODE = re.compile(r"(?:import|from)\b|@")
_HEADER = re.compile(r"(?:async\s+def|def|class)\b")
_CLASS = re.compile(r"class\b")
_FIELD = re.compile(r"[^\W\d]\w*\s*:(?!=)")


def logical_lines(source: str) -> int:
    """Return the number of logical lines of a Python source, docstrings and comments aside. A table is one line.

    Raises ValueError if the source can't be read.
    """
    text = _read(source)
    return sum(not is_docstring(text.source[line.start : line.stop]) for line in text.lines)


def copied_share(source: str, seen: Iterable[str]) -> float:
    """Return which part of the code lines of `source` occurs word for word in the texts `seen`, white space collapsed.

    A code line is a line of the text without its comment. Imports, headers of functions and classes, decorators,
    annotated fields of classes, docstrings and lines of fewer than LEAST_VISIBLE visible characters are none. The part
    is rounded to four digits; of no code lines it is 0. Raises ValueError if the source can't be read.
    """
    lines = [line for line in _code_lines(_read(source)) if len(line.replace(" ", "")) >= LEAST_VISIBLE]
    told = "\n".join(_collapsed(text) for text in seen)
    copied = sum(_stands_in(line, told) for line in lines)
    return round(copied / len(lines), 4) if lines else 0.0


def package_share(sources: Mapping[str, str], generated: Collection[str]) -> tuple[Portion, Portion]:
    """Return how many modules, and how many logical lines, of a package are generated.

    `sources` are the texts of its Python files by path, of which those in `generated` were built. A file without any
    code is no module. Raises ValueError if one can't be read.
    """
    lengths = {path: logical_lines(text) for path, text in sources.items()}
    modules = [path for path, length in lengths.items() if length]
    built = [path for path in modules if path in generated]
    return (
        Portion(len(built), len(modules)),
        Portion(sum(lengths[path] for path in built), sum(lengths.values())),
    )


def _code_lines(text: PythonText) -> Iterator[str]:
    """Yield the physical lines of all code that is no signature, comments left out, white space collapsed."""
    source = _without_comments(text)
    bodies: list[tuple[int, bool]] = []  # the indentation of the headers around, and whether each is a class
    for line in text.lines:
        while bodies and bodies[-1][0] >= line.indent:
            bodies.pop()
        in_class = bool(bodies) and bodies[-1][1]
        code = source[line.start : line.stop]
        if _HEADER.match(code):
            bodies.append((line.indent, bool(_CLASS.match(code))))
            code = source[line.colon + 1 : line.stop].lstrip()
        if not (_NO_CODE.match(code) or is_docstring(code) or (in_class and _FIELD.match(code))):
            yield from (_collapsed(part) for part in code.split("\n") if part.strip())


def _without_comments(text: PythonText) -> str:
    """Return the source with every comment blanked out, so that all offsets stay."""
    pieces, position = [], 0
    for comment in sorted(text.comments):
        pieces += [text.source[position : comment.start], " " * (comment.stop - comment.start)]
        position = comment.stop
    return "".join([*pieces, text.source[position:]])


def _stands_in(line: str, told: str) -> bool:
    at = told.find(line)
    while at >= 0:
        stop = at + len(line)
        begins = not (line[0].isalnum() and at and told[at - 1].isalnum())
        if begins and not (line[-1].isalnum() and told[stop : stop + 1].isalnum()):
            return True
        at = told.find(line, at + 1)
    return False


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _read(source: str) -> PythonText:
    text = read_python(source)
    if not isinstance(text, PythonText):
        raise ValueError(f"line {text.line}: {text.problem}")
    return text
