"""The interface of a Python file (printer "python/1"): what a dependent may use, cut from the text, never rewritten.

In: a source. Out: slices of it in its order, the same on every Python. A name is public without a leading underscore,
or with two on either side. Shown are:

* the docstrings of the module and of what is shown, and a string right behind a shown assignment;
* `def` and `class` of public names, from the first decorator to the ":", in classes too;
* at top level: annotated names, names that begin with a capital letter or have two underscores on either side, `type`
  statements; in a class: every public assignment but `__slots__`; in an `__init__`: imports but those of `__future__`;
* the header of an `if`, `try`, `with` … block around something shown (never of `if __name__ …`).

Bodies and comments between statements are not. Of several statements on one line the first decides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from specbuild.python_text import LogicalLine, PythonText, Unreadable, is_docstring, read_python

_DEFINITION = re.compile(r"(?:async[ \t]+)?(def|class)[ \t]+(\w+)")
_ITEM = re.compile(r"@|(?:async[ \t]+)?def\b|class\b")
_MAIN_BLOCK = re.compile(r"if\b.*\b__name__\b")
_IMPORT = re.compile(r"(?:import|from)\b(?![ \t]+__future__\b)")
_TYPE = re.compile(r"type[ \t]+(\w+)[ \t]*[=\[]")
_ASSIGNMENT = re.compile(r"((?:\w+[ \t]*,[ \t]*)*\w+)[ \t]*(:|(?:\*\*|//|<<|>>|[-+*/%&|^@])?=(?!=))")
_NAMES_CHANGED = re.compile(r"__all__[ \t]*\.")
_NOT_NAMES = ("else", "try", "finally", "lambda")
_MOST_LEVELS = 100  # of blocks; the limit of CPython too


class InterfaceFault(NamedTuple):
    """Why no interface can be cut: 1-based `line` and `column`, the `problem`, and the file's name if it is known."""

    line: int
    column: int
    problem: str
    name: str = ""


@dataclass(slots=True)
class _Node:
    """A logical line and the lines of its block."""

    line: LogicalLine
    block: list["_Node"] = field(default_factory=list)


def python_interface(source: str, *, is_package_init: bool = False) -> str | InterfaceFault:
    """Return the slices of `source`, one below the other; "" if nothing is public, else with a newline at the end.

    Linear in the length of `source`. A fault's wording is this module's own, never an interpreter's.
    """
    text = read_python(source)
    if isinstance(text, Unreadable):
        return InterfaceFault(*text)
    tree = _tree(text)
    if isinstance(tree, InterfaceFault):
        return tree
    slices: list[str] = []
    for line in _shown(text.source, tree, in_class=False, has_docstring=True, is_package_init=is_package_init):
        indentation = text.source[text.source.rfind("\n", 0, line.start) + 1 : line.start]
        code = text.source[line.start : line.stop]
        begins_part = not indentation and slices and not slices[-1].startswith("@")
        if begins_part and (_ITEM.match(code) or slices[-1].startswith((" ", "\t"))):
            slices.append("")
        slices.append(indentation + code)
    return "".join(f"{one}\n" for one in slices)


def _tree(text: PythonText) -> list[_Node] | InterfaceFault:
    """Return the top-level lines with their blocks, or a fault if the indentation of a line fits no open block."""
    top: list[_Node] = []
    levels = [(0, top)]
    for line in text.lines:
        while line.indent < levels[-1][0]:
            levels.pop()
        indent, block = levels[-1]
        if line.indent > indent:
            if not block or block[-1].block or len(levels) > _MOST_LEVELS:
                line_start = text.source.rfind("\n", 0, line.start) + 1
                number = text.source.count("\n", 0, line_start) + 1
                return InterfaceFault(number, line.start - line_start + 1, "the indentation fits no block")
            block = block[-1].block
            levels.append((line.indent, block))
        block.append(_Node(line))
    return top


def _shown(
    source: str, nodes: list[_Node], *, in_class: bool, has_docstring: bool, is_package_init: bool
) -> Iterator[LogicalLine]:
    """Yield the lines of one block that belong to the interface, each cut down to the part that does."""
    decorators: list[LogicalLine] = []
    documents = has_docstring  # a string that stands here is documentation
    for node in nodes:
        code = source[node.line.start : node.line.stop]
        definition = _DEFINITION.match(code)
        if code[0] == "@":
            decorators.append(node.line)
            continue
        if definition:
            if _is_public(definition[2]):
                yield from decorators
                yield from _definition(source, node, is_class=definition[1] == "class")
            documents = False
        elif is_docstring(code):
            if documents:
                yield node.line
            documents = False
        elif node.block:
            inside = (
                ()
                if _MAIN_BLOCK.match(code)
                else tuple(
                    _shown(source, node.block, in_class=in_class, has_docstring=False, is_package_init=is_package_init)
                )
            )
            if inside:
                yield _header(node.line)
                yield from inside
            documents = False
        else:
            documents = _is_shown(code, in_class=in_class) or (is_package_init and _IMPORT.match(code) is not None)
            if documents:
                yield node.line
        decorators = []


def _definition(source: str, node: _Node, *, is_class: bool) -> Iterator[LogicalLine]:
    header = _header(node.line)
    body_on_this_line = source[header.stop : node.line.stop].lstrip(" \t\\\n")
    yield node.line if is_docstring(body_on_this_line) else header
    if is_class:
        yield from _shown(source, node.block, in_class=True, has_docstring=True, is_package_init=False)
    elif node.block and is_docstring(source[node.block[0].line.start : node.block[0].line.stop]):
        yield node.block[0].line


def _header(line: LogicalLine) -> LogicalLine:
    return line if line.colon < 0 else line._replace(stop=line.colon + 1)


def _is_shown(code: str, *, in_class: bool) -> bool:
    """Tell whether a simple statement gives a public name its value or type, or changes `__all__`."""
    type_statement = _TYPE.match(code)
    if type_statement:
        return _is_public(type_statement[1])
    assignment = _ASSIGNMENT.match(code)
    if assignment is None:
        return _NAMES_CHANGED.match(code) is not None
    names = [name.strip(" \t") for name in assignment[1].split(",")]
    public = [name for name in names if _is_public(name) and name not in _NOT_NAMES]
    if in_class:
        return any(name != "__slots__" for name in public)
    return any(assignment[2] == ":" or name[0].isupper() or name[0] == "_" for name in public)


def _is_public(name: str) -> bool:
    return not name.startswith("_") or (len(name) > 4 and name.startswith("__") and name.endswith("__"))
