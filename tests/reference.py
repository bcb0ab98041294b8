"""The reference pages below docs/, made from the program's own lists: `python -m tests.reference` writes them.

tests/stories/test_reference.py asks that they are up to date.
"""

import functools
import importlib
import inspect
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from specbuild.codes import CODES
from specbuild.commands.invocation import global_options
from specbuild.commands.root import COMMANDS, Row
from specbuild.configuration_keys import KEYS
from specbuild.environment import ENVIRONMENT
from specbuild.exit_codes import EXIT_CODES
from specbuild.formats.json_text import json_text
from specbuild.languages import LANGUAGES
from specbuild.personal_reader import SERVICE_KEYS, TOP_KEYS
from specbuild.schema import schemas
from specbuild.selector import METHODS
from specbuild.spec_fields import REFUSED_PARAMETERS, TABLES, Field, fields_of

DOCS = Path(__file__).parent.parent / "docs"
MADE = "<!-- Made by `python -m tests.reference` from {source}: change that, not this page. -->\n"

RANGES = {
    "1": "Reading TOML",
    "2": "Fields of a spec",
    "3": "The graph",
    "4": "Configuration",
    "5": "Templates and requests",
    "6": "Providers, services and replies",
    "7": "Lock, records and local state",
    "8": "Names, outputs and the disk",
    "9": "Everything else",
}
FACETS = {
    "request": "a call, unless the rendered request is the same",
    "shape": "nothing: the known reply is shaped anew",
    "checks": "nothing, if the locked reply passes",
    "policy": "nothing",
}


READING = (
    "plan", "status", "check", "why", "diff", "prompt", "graph", "log", "transcript", "reproduce", "history", "lock",
    "cache", "lint", "instructions", "guard", "schema", "explain", "doctor", "completion",
)  # fmt: skip
"""The commands that read: without the options that the page names they write nothing into a project."""

SELECTING = (
    ("`tools/sort`", "the spec with this id; also the path of a spec or of an output"),
    ("`tools/`, `tools/*`, `**/s*`", "all below a folder of ids, specs or outputs, or those that a pattern fits"),
    ("`+x`, `2+x`", "x and what it needs, all or so many steps far"),
    ("`x+`, `x+2`", "x and what needs it"),
    ("`x,y`", "what both parts name, as `status:stale,tag:tools`"),
    ("`status:…`", "targets in this state, or `stale`: all but the fresh ones"),
    ("`model:…`", "targets that this model answers for, or a glob"),
    ("`since:GITREF`", "targets of which a file differs from this commit"),
)


def commands_page() -> str:
    """Return docs/commands.md: every command with its arguments and options, and the exit codes."""
    names = {option for one in global_options() for option in one.opts}
    parts = [
        "# Commands\n",
        MADE.format(source="the commands' own help"),
        filled(
            "Results go to stdout, progress and messages to stderr. Commands that read "
            f"({', '.join(f'`{one}`' for one in READING)}) write nothing into the project and ask no model; only "
            "`doctor --call` asks, and `schema --write`, `lock --resolve` and the other actions of `cache` write."
        ),
        filled(
            "A *SELECT* says which targets are meant; without one all are, and several add up. `--exclude SELECT` "
            "takes some out. One that names nothing is an error (exit code 2), with what may have been meant."
        ),
        table(("SELECT", "targets"), [*SELECTING, *((f"`{one.name}:…`", one.doc) for one in METHODS.values())]),
        table(("exit code", "meaning"), [(str(code), meaning) for code, meaning in EXIT_CODES.items()]),
        "Options of every command, before or after its name:\n",
        options_table(global_options()),
        *(command_part(row, names) for row in COMMANDS),
    ]
    return "\n".join(parts)


def command_part(row: Row, global_names: set[str]) -> str:
    """Return a command's part of the page."""
    command = importlib.import_module(row.module).command
    options = [
        one for one in command.params if isinstance(one, click.Option) and not global_names.intersection(one.opts)
    ]
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    usage = " ".join(["specbuild", row.name, *(["[OPTIONS]"] if options else []), *map(argument_text, arguments)])
    text = inspect.cleandoc(command.help or row.help).replace("\b\n", "")
    daily = "" if not row.daily else " (daily)"
    return (
        f"## {row.name}{daily}\n\n{row.help}\n\n    {usage}\n"
        + (f"\n{text}\n" if text != row.help else "")
        + (f"\n{options_table(options)}" if options else "")
    )


def argument_text(argument: click.Argument) -> str:
    """Return an argument as a usage line shows it."""
    name = (argument.name or "").upper() + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def options_table(options: Iterable[click.Option]) -> str:
    """Return a table of options."""
    rows = []
    for option in options:
        value = "" if option.is_flag else f" {option.make_metavar(click.Context(click.Command('any')))}"
        rows.append((f"`{', '.join([*option.opts, *option.secondary_opts])}{value}`", option.help or ""))
    return table(("option", "meaning"), rows)


def spec_page() -> str:
    """Return docs/spec-reference.md: every table and field of a spec."""
    parts = [
        "# The fields of a spec\n",
        MADE.format(source="`specbuild/spec_fields.py`"),
        filled(
            "A spec is one TOML file below the spec folder (`specs/`); its id is its path there without `.toml`. "
            "Two files that parse to the same values are the same spec: comments, order and quoting cost nothing. "
            "What a change of a field costs is said by its facet:"
        ),
        table(("facet", "a change costs"), list(FACETS.items())),
    ]
    for name, doc in TABLES.items():
        heading = f"[[{name}]]" if name == "example" else f"[{name}]"
        rows = [
            (f"`{field.key}`", type_text(field), field.facet, field_text(field)) for field in fields_of(name).values()
        ]
        parts += [f"## `{heading}`\n", f"{doc}\n", table(("key", "type", "facet", "meaning"), rows)]
    parts += [
        "## Parameters that can't be set\n",
        table(
            ("name in `[build.parameters]`", "why"), [(f"`{name}`", why) for name, why in REFUSED_PARAMETERS.items()]
        ),
        "## Languages\n",
        "Any other language needs `extension`.\n",
        table(("language", "extension"), [(row.name, f"`{row.extension}`") for row in LANGUAGES]),
    ]
    return "\n".join(parts)


def type_text(field: Field) -> str:
    """Return a field's type, and whether it must be there."""
    return f"{field.type}, required" if field.required else str(field.type)


def field_text(field: Field) -> str:
    """Return what a field is for, and what of it is without effect yet."""
    values = " or ".join(f"`{value}`" for value in field.later_for)
    later = f"{values + ' ' if values else ''}{field.later}"
    return field.doc + (f" *{later[0].upper()}{later[1:]}.*" if field.later else "")


def codes_page() -> str:
    """Return docs/codes.md: every diagnostic."""
    parts = [
        "# Diagnostics\n",
        MADE.format(source="`specbuild/codes.py`"),
        "A code keeps its meaning for ever. `specbuild explain SB203` prints one of these paragraphs.\n",
    ]
    for digit, title in RANGES.items():
        parts.append(f"## {title}\n")
        parts += [
            f"**{code}** {prose(row.title)}\n\n{prose(row.explanation)}\n"
            for code, row in sorted(CODES.items())
            if code[2] == digit
        ]
    return "\n".join(parts)


TOP_KEY_DOCS = {
    "service": "A table for each service, `[service.LABEL]`, with the keys below.",
    "allow_steering_files": (
        "A list of paths and patterns: generated files that tools, CI or assistants obey unasked and that may be "
        'written all the same, as `["conftest.py"]`; none by default. A repository can\'t allow them.'
    ),
}
"""What the reference says of each of `TOP_KEYS`."""


def configuration_page() -> str:
    """Return docs/configuration.md: both configurations and the environment."""
    return "\n".join(
        [
            "# Configuration\n",
            MADE.format(source="`configuration_keys.py`, `personal_reader.py` and `environment.py`"),
            "## The project's\n",
            filled(
                "`[tool.specbuild]` in `pyproject.toml`, or `specbuild.toml` without that table. It names services "
                "by label: where one is, its key and its program are refused here."
            ),
            table(("key", "meaning"), [(f"`{key.name}`", key.doc) for key in KEYS]),
            "## Your own\n",
            filled(
                "`$XDG_CONFIG_HOME/specbuild/config.toml`, else `~/.config/specbuild/config.toml`. At its top:"
            ),
            table(("key", "meaning"), [(f"`{key}`", TOP_KEY_DOCS[key]) for key in TOP_KEYS]),
            "Each service is a table `[service.LABEL]`:\n",
            table(("key", "meaning"), [(f"`{key.name}`", key.doc) for key in SERVICE_KEYS]),
            "## Environment variables\n",
            table(("variable", "meaning"), [(f"`{one.name}`", one.doc) for one in ENVIRONMENT]),
        ]
    )


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "spec-reference.md": spec_page,
    "codes.md": codes_page,
    "configuration.md": configuration_page,
}

SCHEMAS: dict[str, Callable[[], str]] = {
    f"schemas/{row.file}": functools.partial(json_text, row.schema) for row in schemas().values()
}
"""The schemas by their path below docs/."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown; a line end or a bar in a cell would end it."""
    cells = [
        ["---"] * len(head),
        *([prose(cell).replace("\n", " ").replace("|", "\\|") for cell in row] for row in rows),
    ]
    return "".join("| " + " | ".join(row) + " |\n" for row in [head, *cells])


def filled(text: str) -> str:
    """Return a paragraph in lines of readable length."""
    return textwrap.fill(text, 118, break_long_words=False, break_on_hyphens=False) + "\n"


def prose(text: str) -> str:
    """Return text whose "<" outside `code` begins no tag."""
    parts = text.split("`")
    return "`".join(part if number % 2 else part.replace("<", "&lt;") for number, part in enumerate(parts))


if __name__ == "__main__":
    for name, page in {**PAGES, **SCHEMAS}.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
