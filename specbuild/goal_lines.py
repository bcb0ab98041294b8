"""The lines that a draft of a goal's spec has for certain, and its id. In: a goal, the id, the folder. Out: TOML lines,
the values that they stand for, what a draft has wrong of them.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from specbuild.canonical_json import Json
from specbuild.languages import language_of
from specbuild.toml_values import toml_value

Mode = Literal["single", "agent"]

ALLOWED = (
    "file.name", "file.language", "file.extension", "file.description", "project.requirements", "project.specs",
    "project.hints", "build.dependencies", "example",
)  # fmt: skip
"""The fields that a draft may have beside the given ones. What else a spec can hold a person writes."""
_GIVEN = ("file.name", "build.mode", "build.update", "build.directory")
_OF_LANGUAGE = ("build.outputs", "verify.command")
"""Given for Python; another language has its own patterns, and no command."""
_MOST_WORDS = 4
_MOST_CHARACTERS = 40


class Given(NamedTuple):
    """The given lines as values. `language` is that of a person's choice, "" if it is the draft's to say."""

    mode: Mode
    language: str
    values: Mapping[str, Json]


def given_of(spec_id: str, *, mode: Mode, language: str, directory: str) -> Given:
    """Return what the spec of a goal has for certain; an agent's files lie in `directory`, a folder of their own."""
    values: dict[str, Json] = {"file.name": spec_id.rpartition("/")[2]}
    if language:
        values["file.language"] = language
    if mode == "agent":
        values |= {"build.mode": "agent", "build.update": "revise", "build.directory": directory}
        if language in ("", "python"):
            command = ("python", "-m", "pytest", "-q", "-o", f"pythonpath={directory}", directory)
            values |= {"build.outputs": ("*.py", "tests/*.py"), "verify.command": command}
    return Given(mode, language, values)


def given_text(given: Given) -> str:
    """Return the given lines as TOML."""
    tables: dict[str, list[str]] = {}
    for field, value in given.values.items():
        table, _, key = field.partition(".")
        tables.setdefault(table, []).append(f"{key} = {toml_value(value)}\n")
    return "\n".join(f"[{table}]\n{''.join(lines)}" for table, lines in tables.items())


def wrong_fields(values: Mapping[str, Json], given: Given) -> Iterable[str]:
    """Yield what a draft with these values has wrong of the given lines, and which of its fields have no place in it,
    each as a sentence for who wrote it."""
    allowed = (*ALLOWED, *given.values, *(("build.outputs",) if given.mode == "agent" else ()))
    for field in values:
        if field not in allowed:
            yield f"`{field}` has no place in this specification: leave it out"
    language = language_of(str(values.get("file.language", "")))
    other_language = not given.language and (language is None or language.name != "python")
    for field, wanted in given.values.items():
        found = values.get(field)
        if field in _OF_LANGUAGE and other_language:
            if field == "verify.command" and found is not None:
                yield "`verify.command` has a place in the specification of a Python program alone: leave it out"
            continue
        if not _same(found, wanted):
            yield f"the given line `{field.partition('.')[2]} = {toml_value(wanted)}` is missing or changed"


def id_of_goal(goal: str) -> str:
    """Return the id of a goal's spec, from its first words that say something; "program" if none does."""
    plain = unicodedata.normalize("NFKD", goal).encode("ascii", "ignore").decode("ascii").lower()
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    telling = [one for one in words if one not in _FILLERS][:_MOST_WORDS]
    while len("_".join(telling)) > _MOST_CHARACTERS and len(telling) > 1:
        telling.pop()
    found = "_".join(telling)[:_MOST_CHARACTERS]
    return found or "program"


_FILLERS = frozenset(
    re.findall(
        r"\w+",
        "a an and any app application as build can code command create file for from i in is it its make me need new "
        "of on one our please program project python script should small simple some tool that the their this to want "
        "was we which with would write you",
    )
)


def _same(found: Json, wanted: Json) -> bool:
    as_lists = [list(one) if isinstance(one, list | tuple) else one for one in (found, wanted)]
    return as_lists[0] == as_lists[1]
