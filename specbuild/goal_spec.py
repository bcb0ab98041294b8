"""A goal in a person's words, as a spec of an agent: what other programs hand over in place of a requirement file.

In: the keys of a request. Out: the spec's tables as TOML text, or what is wrong with a key.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic
from specbuild.nearest import did_you_mean
from specbuild.toml_values import toml_string, toml_value

MARK = (
    "# Written by specbuild from a goal. It is written anew when the goal changes; take this line away to keep yours.\n"
)
"""The first line of such a spec: one without it is a person's, and stays."""
UNKNOWN_GOAL = "Keep these files as they were found."
"""What files are accepted for that were there before their goal was known."""

KEYS: Mapping[str, str] = {
    "project_name": "text",
    "goal": "text",
    "project_dir": "text",
    "log_level": "level",
    "step": "flag",
    "model": "text",
    "api_key": "text",
    "base_url": "text",
    "language": "text",
    "outputs": "texts",
    "checks": "texts",
    "examples": "tables",
    "steps": "count",
    "sandbox": "text",
    "offline": "flag",
    "again": "flag",
    "max_calls": "count",
    "max_tokens": "count",
}
"""All keys of a request, with the kind of value that each takes. The first seven are the older agent's."""


class Goal(NamedTuple):
    """What is to be made: the spec's id, the goal, and what the spec says beside it."""

    id: str
    goal: str
    language: str = "python"
    outputs: tuple[str, ...] = ("*.py", "tests/*.py")
    checks: tuple[str, ...] = ("python", "-m", "pytest", "-q", "tests")
    examples: tuple[Mapping[str, object], ...] = ()
    steps: int | None = None


def goal_of(request: Mapping[str, object]) -> Goal | Diagnostic:
    """Return the goal of a request, or what is wrong with the request (SB950)."""
    for key, value in request.items():
        if key not in KEYS:
            hint = did_you_mean(str(key), tuple(KEYS)) or f"known are {', '.join(KEYS)}"
            return Diagnostic("SB950", f"a request has no key {key!r}", hint=hint)
        if value is not None and not _FITS[KEYS[key]](value):
            return Diagnostic("SB950", f"the key {key!r} of a request must be {_WORDS[KEYS[key]]}, not {value!r:.60}")
    given = {key: value for key, value in request.items() if value is not None}
    name, goal = str(given.get("project_name", "")), str(given.get("goal", ""))
    spec_id = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("._-")
    if not spec_id or not goal.strip():
        return Diagnostic("SB950", "a request needs a project_name and a goal", hint="both are texts")
    default = Goal(spec_id, goal)
    return Goal(
        spec_id,
        goal,
        str(given.get("language", default.language)),
        _texts(given.get("outputs"), default.outputs),
        _texts(given.get("checks"), default.checks),
        tuple(dict(one) for one in _sequence(given.get("examples")) if isinstance(one, Mapping)),
        _count(given.get("steps")),
    )


def goal_spec(goal: Goal) -> str:
    """Return the spec of a goal: its files lie beside the project's own, without a header line."""
    first = next((line.strip() for line in goal.goal.splitlines() if line.strip()), goal.id)
    lines = [
        "[file]",
        f"name = {toml_string(goal.id)}",
        f"language = {toml_string(goal.language)}",
        f"description = {toml_string(first[:200])}",
        "",
        "[project]",
        f"requirements = {toml_string(goal.goal)}",
        f"specs = {toml_string(_about(goal))}",
        "",
        "[build]",
        'mode = "agent"',
        'update = "revise"',
        'directory = "."',
        "header = false",
        f"outputs = {toml_value(goal.outputs)}",
        *([f"steps = {goal.steps}"] if goal.steps else []),
        *(["", "[verify]", f"command = {toml_value(goal.checks)}"] if goal.checks else []),
    ]
    for example in goal.examples:
        lines += ["", "[[example]]", *(f"{toml_string(str(key))} = {toml_value(one)}" for key, one in example.items())]
    return MARK + "\n".join(lines) + "\n"


def _about(goal: Goal) -> str:
    told = [f"Other files than these are not part of the work: {', '.join(goal.outputs)}."]
    if goal.checks:
        told.append(f"The goal is reached when this passes in the folder of the files: {' '.join(goal.checks)}.")
        told.append("Tests are part of the work: write those that are missing, and keep them right.")
    return " ".join(told)


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _texts(value: object, default: tuple[str, ...]) -> tuple[str, ...]:
    return default if value is None else tuple(str(one) for one in _sequence(value))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _is_level(value: object) -> bool:
    return log_level(value) is not None


def log_level(value: object) -> str | None:
    """Return "quiet", "normal" or "debug" for one of these words, or for a level of Python's logging; else None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return "debug" if value <= 10 else "normal" if value <= 20 else "quiet"
    return _LEVELS.get(value.lower()) if isinstance(value, str) else None


_LEVELS = {
    "quiet": "quiet", "normal": "normal", "debug": "debug",
    "info": "normal", "warning": "quiet", "warn": "quiet", "error": "quiet", "critical": "quiet",
}  # fmt: skip
_FITS: Mapping[str, Callable[[object], bool]] = {
    "text": lambda value: isinstance(value, str),
    "flag": lambda value: isinstance(value, bool),
    "count": lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0,
    "level": _is_level,
    "texts": lambda value: isinstance(value, list | tuple) and all(isinstance(one, str) for one in value),
    "tables": lambda value: isinstance(value, list | tuple) and all(isinstance(one, Mapping) for one in value),
}
_WORDS = {
    "text": "a text",
    "flag": "True or False",
    "count": "a whole number above 0",
    "level": "quiet, normal or debug",
    "texts": "a list of texts",
    "tables": "a list of dictionaries",
}
