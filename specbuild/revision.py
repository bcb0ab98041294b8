"""What a request to revise shows beyond the task: the files as they are, and what has changed in the spec.

Differences, values and texts come in; out goes the prompt of a rewrite with one more part in front of its last one. The
wording of that part belongs to the edition (`templates/revise/<edition>.txt`) and is frozen with it, as are the forms
that are made here.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from specbuild.canonical_json import Json, canonical_json, short_digest
from specbuild.comparison import Difference
from specbuild.prompt import LAST_PART, RenderedPrompt, ShownFile, marker_in


class TaskChange(NamedTuple):
    """One thing that has changed in a task: `heading` is that of its section in the prompt.

    `before` and `now` are what differs, line by line, None where there was or is nothing; `note`, if it is not empty,
    stands in place of both.
    """

    heading: str
    before: str | None = None
    now: str | None = None
    note: str = ""


class Revision(NamedTuple):
    """What is revised, and why: the files by declared name, whole, and what has changed since they were written."""

    files: tuple[ShownFile, ...]
    changes: tuple[TaskChange, ...]


def is_small(differences: Sequence[Difference]) -> bool:
    """Tell whether a text can be revised by itself for these differences: nothing but what the task says may differ.

    Another model, template, edition, service, mode or other parameters are a reason to write anew, and so is another
    language.
    """
    asked = [one for one in differences if one.facet == "request"]
    return bool(asked) and all(
        one.component in _OF_THE_TASK and (one.component, one.field) != ("spec", "file.language") for one in asked
    )


def task_changes(
    differences: Sequence[Difference],
    *,
    values: Mapping[str, Json],
    old_values: Sequence[Mapping[str, Json]],
    paths: Mapping[str, Sequence[str]],
) -> tuple[TaskChange, ...]:
    """Return what has changed in the task, in the order of the prompt's sections.

    `values` are the request values of the spec now, `old_values` those of records that may know the earlier ones: a
    value counts only if its hash is the stanza's. `paths` has the shown paths of each need that there is now.
    """
    found: list[TaskChange] = []
    for one in differences:
        if one.facet != "request":
            continue
        if one.component == "spec":
            found.append(_spec_change(one, values, old_values))
        elif one.component == "needs":
            found += _need_changes(one, paths)
        elif one.component == "context":
            found.append(TaskChange("Files for reference", note=_file_note(one.field, one)))
    order = [*_HEADINGS.values(), "Existing parts", "Files for reference"]
    rank = {heading: number for number, heading in enumerate(order)}
    return tuple(sorted(dict.fromkeys(found), key=lambda one: rank.get(one.heading, len(order))))


def revision_part(wording: str, revision: Revision) -> str:
    """Return the part of a prompt that asks for `revision`. `wording` is the edition's text; its lines `[[files]]` and
    `[[changes]]` are what is put in."""
    head, _, rest = wording.partition("[[files]]\n")
    between, _, tail = rest.partition("[[changes]]\n")
    files = "".join(f"`{one.path}`:\n\n{_file_block(one)}\n" for one in revision.files)
    return head + files + between + changes_text(revision) + tail


def changes_text(revision: Revision) -> str:
    """Return what has changed in the task, as a prompt tells it."""
    return "".join(map(_change_block, revision.changes)) or _NO_CHANGE


def with_part(rendered: RenderedPrompt, part: str) -> RenderedPrompt:
    """Return `rendered` with `part` in front of its last part, which then asks for a marker that covers it too."""
    *earlier, last = rendered.messages
    start = ("\n" + last["content"]).rfind("\n" + LAST_PART)
    task, answer = last["content"][:start] + part, last["content"][start:]
    marker = marker_in([*earlier, {**last, "content": task + LAST_PART}])
    assert marker is not None and start >= 0, "a rendered prompt has a last part"
    messages = (*earlier, {**last, "content": task + answer.replace(rendered.marker, marker)})
    return RenderedPrompt(messages, marker)


_OF_THE_TASK = frozenset({"spec", "needs", "context"})

_HEADINGS = {
    "file.name": "Name",
    "file.language": "Language",
    "file.description": "Task",
    "file.extension": "File extension",
    "project.requirements": "Requirements",
    "project.specs": "Specifications",
    "project.hints": "Hints",
    "build.dependencies": "Packages",
    "interface.text": "Interface",
    "example": "Examples",
    "build.outputs": "Files to write",
}
"""The fields of a spec by the headings under which a prompt shows them, in its order."""

_NO_CHANGE = "Nothing that the task says.\n\n"
_UNKNOWN = "What it said before is not known any more; it says now what stands above."


def _spec_change(one: Difference, values: Mapping[str, Json], old_values: Sequence[Mapping[str, Json]]) -> TaskChange:
    heading = _HEADINGS.get(one.field, one.field)
    before: Json = None
    if one.before is not None:
        known = [old for old in old_values if one.field in old and short_digest(old[one.field]) == one.before]
        if not known:
            return TaskChange(heading, note=_UNKNOWN)
        before = known[0][one.field]
    now = values.get(one.field) if one.after is not None else None
    return TaskChange(heading, *_differing_lines(before, now))


def _differing_lines(before: Json, now: Json) -> tuple[str | None, str | None]:
    """Return the lines of both values without those that they begin and end with alike."""
    old, new = _lines(before), _lines(now)
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return "\n".join(old) if old else None, "\n".join(new) if new else None


def _lines(value: Json) -> list[str]:
    """Return a value as lines: a text's own, for a list one for each entry."""
    if value is None:
        return []
    if isinstance(value, str):
        return value.removesuffix("\n").split("\n")
    if isinstance(value, Sequence):
        return [one if isinstance(one, str) else canonical_json(one) for one in value]
    return [canonical_json(value)]


def _need_changes(one: Difference, paths: Mapping[str, Sequence[str]]) -> list[TaskChange]:
    # A spec's id means nothing to a model: parts are told by the paths under which the prompt shows them.
    if one.after is None and one.field not in paths:
        return [TaskChange("Existing parts", note="A part that the files could use is no longer shown.")]
    return [TaskChange("Existing parts", note=_file_note(path, one)) for path in paths.get(one.field, ())]


def _file_note(path: str, one: Difference) -> str:
    if one.before is None:
        return f"`{path}` is shown now; it was not before."
    if one.after is None:
        return f"`{path}` is no longer shown."
    return f"`{path}` is another now: what stands above is its new version."


def _change_block(one: TaskChange) -> str:
    if one.note:
        return f"{one.heading}: {one.note}\n\n"
    before, now = (_said(text) for text in (one.before, one.now))
    return f"{one.heading}, what was there:\n\n{before}\n{one.heading}, what is there now:\n\n{now}\n"


def _said(text: str | None) -> str:
    return "(nothing)\n" if text is None else _fenced(text + "\n")


def _file_block(file: ShownFile) -> str:
    if not file.text:
        return "(empty)\n"
    ended = file.text.endswith("\n")
    return _fenced(file.text if ended else file.text + "\n", file.language) + ("" if ended else _NO_LAST_NEWLINE)


_NO_LAST_NEWLINE = "(without a newline at the end)\n"


def _fenced(text: str, language: str = "") -> str:
    """Return whole lines as a fenced code block that they can't end (CommonMark 0.31, section 4.5)."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}{fence}\n"
