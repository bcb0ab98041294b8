"""The marks of an unfinished merge in a TOML file: told as what they are, and told too where TOML takes them for text.

A file's bytes and what was found in it come in; the diagnostics to tell go out.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from specbuild.diagnostic import Diagnostic, Place

_MARKS = re.compile(rb"^<{7} .*?^={7}\r?$.*?^>{7} ", re.MULTILINE | re.DOTALL)
_BEGIN = b"<" * 7


def with_merge_marks(raw: bytes, path: str, found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return what was `found` in the file, with the marks of an unfinished merge that it holds: as the error where they
    made one, else as a warning, since a text may speak of such marks."""
    marks = _MARKS.search(raw) if _BEGIN in raw else None
    if marks is None:
        return tuple(found)
    line = raw.count(b"\n", 0, marks.start()) + 1
    told = Diagnostic(
        "SB110",
        "the file holds the marks of an unfinished merge",
        Place(path, line, 1),
        why="git found a change on both sides here, and nobody has settled it yet",
        hint="settle it by hand, all such files first; specbuild lock --resolve then settles specbuild.lock",
    )
    errors = [one for one in found if one.severity == "error"]
    if not errors:
        message = "a text of the file holds the marks of an unfinished merge; a model would be shown them"
        return (*found, replace(told, message=message, severity="warning"))
    return (told,)
