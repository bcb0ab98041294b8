"""The public names that Python files offer, each with what dependents see of it, and how two versions differ in them.

Texts by output name come in. What is public, and what of it is seen, is what the interface shows (`python_interface`);
a name is dotted: `Class.method`, and in all files of a target but its first `file.Class.method`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from specbuild.interface import Interface, interface_of
from specbuild.python_text import PythonText, is_docstring, read_python


class NameChanges(NamedTuple):
    """The names that came, went and are another now, sorted; what came or went with its class is told by that alone."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def public_names(files: Mapping[str, str], *, language: str) -> dict[str, str] | None:
    """Return each public name of `files` (output name → text) with the lines that dependents see of it.

    None if that can't be told: another language, or a file that can't be read as Python.
    """
    found = interface_of(files, language=language, declared=None)
    if not isinstance(found, Interface) or found.kind != "python":
        return None
    modules = [(name, text) for name, text in found.texts.items() if name.endswith((".py", ".pyi"))]
    names: dict[str, str] = {}
    for number, (name, text) in enumerate(modules):
        module = _module(name) + "." if number else ""
        for one, seen in _names_in(text):
            names[module + one] = names.get(module + one, "") + seen
    return names


def name_changes(before: Mapping[str, str], after: Mapping[str, str]) -> NameChanges:
    """Return how the names of `after` differ from those of `before`."""
    return NameChanges(
        _outermost(after.keys() - before.keys()),
        _outermost(before.keys() - after.keys()),
        tuple(sorted(one for one in after.keys() & before.keys() if after[one] != before[one])),
    )


_DEFINITION = re.compile(r"(?:async\s+)?(def|class)\s+(\w+)")
_BINDING = re.compile(r"(?:type[ \t]+)?(\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*(?:[:\[]|=(?!=)|[-+*/%@&|^<>]+=)")
_IMPORTED = re.compile(r"(?:from\s+\S+\s+)?import\s+(.*)", re.DOTALL)


def _names_in(interface: str) -> Iterator[tuple[str, str]]:
    """Yield every name of a file's interface with a line that shows something of it, in order."""
    python = read_python(interface)
    if not isinstance(python, PythonText):
        return
    classes: list[tuple[int, str]] = []
    decorators = ""
    current: tuple[str, ...] = ()
    for line in python.lines:
        while classes and line.indent <= classes[-1][0]:
            classes.pop()
        code = f"{python.source[line.start : line.stop]}\n"
        inside = classes[-1][1] + "." if classes else ""
        if code.startswith("@"):
            decorators += code
            continue
        if found := _DEFINITION.match(code):
            current = (inside + found[2],)
            if found[1] == "class":
                classes.append((line.indent, current[0]))
        elif not is_docstring(code.strip()):
            current = tuple(inside + one for one in _bound(code))
        for name in current:
            yield name, decorators + code
        decorators = ""


def _bound(code: str) -> list[str]:
    """Return the names that a statement of an interface binds."""
    if code.endswith(":\n"):
        return []  # the head of a block: what it binds stands below
    if imported := _IMPORTED.match(code):
        parts = imported[1].strip().strip("()").split(",")
        return [one.split()[-1] for one in parts if one.split()]
    found = _BINDING.match(code)
    return [one.strip() for one in found[1].split(",")] if found else []


def _module(name: str) -> str:
    return name.rpartition(".")[0].removesuffix("/__init__").replace("/", ".")


def _outermost(names: Iterable[str]) -> tuple[str, ...]:
    found = set(names)
    return tuple(sorted(one for one in found if not any(one.startswith(f"{other}.") for other in found)))
