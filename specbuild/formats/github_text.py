"""Remarks as workflow commands, which GitHub shows beside the line they speak of.

GitHub shows ten of a kind for each step and drops the rest without a word: so at most nine, and one that tells of the
others, which follow as plain lines of the log.
"""

from collections.abc import Iterable

from specbuild.diagnostic import Severity
from specbuild.formats.annotation import Annotation
from specbuild.formats.concise import concise_line

MOST_ANNOTATIONS = 9
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_WORST_FIRST: tuple[Severity, ...] = ("error", "warning", "note")
_LONGEST = 4000
"""Characters of a message: the rest is not shown on a page either."""


def github_text(annotations: Iterable[Annotation], *, most: int = MOST_ANNOTATIONS) -> str:
    """Return workflow commands ("Workflow commands" in GitHub's documentation of Actions) for the `most` worst
    remarks, one for how many more there are, and these as lines that are no commands."""
    found = sorted(annotations, key=lambda one: _WORST_FIRST.index(one.severity))
    shown, others = found[:most], found[most:]
    lines = [_command(one) for one in shown]
    if others:
        more = Annotation(others[0].severity, "", f"{len(others)} more: the log of this step lists them")
        lines += [_command(more), *map(_plain, others)]
    return "".join(line + "\n" for line in lines)


def _command(annotation: Annotation) -> str:
    properties = {"title": f"specbuild {annotation.title}".strip()}
    place = annotation.place
    if place and not place.path.startswith(("/", "../")):
        properties["file"] = place.path
        if place.line:
            properties |= {"line": str(place.line), "col": str(place.column or 1)}
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    parts = [annotation.message, annotation.why, annotation.hint and f"hint: {annotation.hint}"]
    text = chr(10).join(part for part in parts if part)[:_LONGEST]
    return f"::{_COMMANDS[annotation.severity]} {named}::{_message(text)}"


def _plain(annotation: Annotation) -> str:
    # The runner takes a line that begins with "::", and one with "##[" anywhere, as a command (actions/runner,
    # ActionCommand.cs): a name or a value in a spec must not become one.
    return "  " + concise_line(annotation).replace("::", ": :").replace("##[", "## [")


def _message(text: str) -> str:
    # The three characters that the runner reads as its own (actions/toolkit, command.ts).
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
