"""Which files an assistant is about to write, by the event that it hands to a hook before it uses a tool.

In: the event's text (JSON). Out: paths as the assistant wrote them, and the folder they are relative to. The names of
keys are those of the assistants' own documentation; what is not understood names no file.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from specbuild.canonical_json import Json
from specbuild.diagnostic import Diagnostic
from specbuild.json_parts import no_constant

PATH_KEYS = frozenset(("file_path", "filePath", "notebook_path", "absolute_path", "target_file", "path"))
PATCH_KEYS = frozenset(("patch", "input", "command"))
READING = frozenset(
    (
        "glob", "grep", "grepsearch", "list", "listdir", "ls", "notebookread", "read", "readfile", "readmanyfiles",
        "search", "view",
    )
)  # fmt: skip
"""Tools that only read, by their names in small letters without "_"."""
_PATCHED = re.compile(r"^\*\*\* (?:(?:Update|Add|Delete) File|Move to): (.+)$", re.MULTILINE)
_MOST_DEEP = 20


class Writes(NamedTuple):
    """The files that a tool is about to write, and the folder that relative paths begin at ("" if not said)."""

    paths: tuple[str, ...]
    folder: str = ""


def writes_of(text: str) -> Writes | Diagnostic:
    """Return what the event `text` is about to write; nothing for a tool that reads. Fault: SB971."""
    try:
        event: Json = json.loads(text, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        return _unreadable(str(error))
    if not isinstance(event, Mapping):
        return _unreadable("it is no object")
    tool = event.get("tool_name")
    if isinstance(tool, str) and tool.lower().replace("_", "") in READING:
        return Writes(())
    folder = event.get("cwd")
    given = event.get("tool_input", event)
    return Writes(tuple(dict.fromkeys(_paths(given, 0))), folder if isinstance(folder, str) else "")


def _paths(value: Json, depth: int) -> Iterator[str]:
    if depth > _MOST_DEEP:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, str):
                if key in PATH_KEYS and inner:
                    yield inner
                elif key in PATCH_KEYS:
                    yield from (found.strip() for found in _PATCHED.findall(inner))
            else:
                yield from _paths(inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _paths(inner, depth + 1)


def _unreadable(fault: str) -> Diagnostic:
    return Diagnostic(
        "SB971", "the event on standard input can't be read", why=fault,
        hint="give paths as arguments, or an event such as {\"tool_input\": {\"file_path\": \"build/x.py\"}}",
    )  # fmt: skip
