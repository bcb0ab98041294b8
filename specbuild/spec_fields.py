"""Every field that a spec can have, one row each: the list from which validation, schema and documentation are made.

In: nothing. It knows no spec and no file; what a field does stands where it is used.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Facet = Literal["request", "shape", "checks", "policy"]
FieldType = Literal[
    "line",  # a string of one line, not empty, nothing but visible characters
    "text",  # any string, blank only where it is not required
    "data",  # any string, exactly as it is
    "lines",  # a list of lines, none twice
    "arguments",  # a list of strings for a process: no NUL
    "files",  # a table: a file's text by its path
    "environment",  # a table: strings by the variable's name, no NUL
    "boolean",
    "count",  # a whole number from 1
    "exit code",  # a whole number from 0 to 255
    "seconds",  # a finite number above 0
    "parameters",  # a table of anything that JSON can hold
    "examples",  # an array of tables
]


class Field(NamedTuple):
    """One field.

    `name` is dotted: table and key; fields of `example` belong to each of its tables. `component`: it is a component
    of the request facet by itself, not a part of `inputs.spec` (FORMATS 1). `filled`: an optional list or text that
    can't be empty. `choices` are the only values of a line. `later` says what is without effect yet, "" if all of it
    works; `later_for` narrows that to some values.
    """

    name: str
    type: FieldType
    facet: Facet
    doc: str
    required: bool = False
    component: bool = False
    filled: bool = False
    choices: tuple[str, ...] = ()
    later: str = ""
    later_for: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The table that the field stands in; "" for `example`, which is an array of tables by itself."""
        return self.name.rpartition(".")[0]

    @property
    def key(self) -> str:
        """The field's name in its table."""
        return self.name.rpartition(".")[2]


TABLES: Mapping[str, str] = {
    "file": "What the program is. Required.",
    "project": "What it has to do. Required.",
    "build": "How it is built.",
    "interface": "What its dependents may use.",
    "example": "One run of the program, `[[example]]`: a process of its own in the sandbox, compared exactly.",
    "verify": "What else proves the outputs.",
}


_ROWS: tuple[Field, ...] = (
    Field("file.name", "line", "request", "The program's name.", required=True),
    Field("file.language", "line", "request", "The language of its source.", required=True),
    Field("file.description", "text", "request", "What it is, in one sentence.", required=True),
    Field("file.extension", "line", "request", "The source's file extension; absent: the language's."),
    Field("project.requirements", "text", "request", "What the program must do, in prose.", required=True),
    Field("project.specs", "text", "request", "Facts that the code must follow: formats, prototypes, protocols."),
    Field("project.hints", "text", "request", "What a model might get wrong."),
    Field(
        "build.outputs", "lines", "request", "The target's files, all or nothing; absent: name.extension.", filled=True
    ),
    Field("build.directory", "line", "shape", "The outputs' folder; absent: the output folder and the id's folder."),
    Field("build.needs", "lines", "request", "Specs, or project files, whose interface is shown.", component=True),
    Field("build.context", "lines", "request", "Project files that are shown whole.", component=True),
    Field("build.dependencies", "lines", "request", "Packages the code may import; absent: others are only a note."),
    Field("build.template", "line", "request", "`default`, or a project file.", component=True),
    Field("build.service", "line", "request", "The label of the service that is asked.", component=True),
    Field("build.model", "line", "request", "The model that is asked.", component=True),
    Field(
        "build.mode",
        "line",
        "request",
        "`single`: one conversation; `agent`: reason and act on the target's own files.",
        component=True,
        choices=("single", "agent"),
    ),
    Field(
        "build.update",
        "line",
        "policy",
        "`rewrite` from the spec, or `revise`: small change, small difference.",
        choices=("rewrite", "revise"),
    ),
    Field("build.attempts", "count", "policy", "The first try and its repairs, together."),
    Field("build.steps", "count", "policy", "The most steps that an agent takes."),
    Field("build.entry", "line", "checks", "The output that examples run; absent: the first."),
    Field("build.executable", "boolean", "shape", "The x bit; absent: set if the text begins with #!."),
    Field("build.header", "boolean", "shape", "The header line that says the file is generated; absent: true."),
    Field(
        "build.format",
        "arguments",
        "shape",
        "A formatter that reads stdin and writes stdout; its result is kept and never made again.",
        filled=True,
    ),
    Field("build.tags", "lines", "policy", "Words to select targets by."),
    Field(
        "build.parameters",
        "parameters",
        "request",
        "Parameters of the request, sent as they are; none is sent that nobody named.",
        component=True,
    ),
    Field(
        "interface.text",
        "text",
        "request",
        "The declared interface: dependents see it in place of the source.",
        filled=True,
    ),
    Field(
        "example",
        "examples",
        "request",
        "Runs of the program; the hidden ones belong to the checks.",
    ),
    Field("example.args", "arguments", "request", "The arguments of the process."),
    Field("example.stdin", "data", "request", "What it reads; absent: nothing."),
    Field("example.stdout", "data", "request", "What it must write, exactly."),
    Field("example.stderr", "data", "request", "What it must write to stderr, exactly."),
    Field("example.exit_code", "exit code", "request", "The code that it must end with; absent: 0."),
    Field("example.files", "files", "request", "Files laid out before it starts."),
    Field("example.expect_files", "files", "request", "Files that must be there after it."),
    Field("example.env", "environment", "request", "Environment variables that it gets."),
    Field("example.timeout_s", "seconds", "request", "Seconds until it is stopped; absent: 10."),
    Field("example.hidden", "boolean", "request", "Judged only: never shown, not even in repair feedback."),
    Field("verify.command", "arguments", "checks", "A command that must end with 0.", filled=True),
    Field("verify.files", "lines", "checks", "Project files that lie beside it when it runs."),
    Field("verify.lint", "boolean", "checks", "Look for findings that mean a bug."),
    Field("verify.review", "boolean", "checks", "A second call judges the code against the spec."),
    Field("verify.interface", "line", "checks", "`keep`: no public name may go away.", choices=("keep",)),
)

FIELDS: tuple[Field, ...] = _ROWS
"""All fields, in the order of documentation. Who needs this module sees that there are rows, not which."""
FIELD_OF_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
_FIELDS_OF = {table: {field.key: field for field in FIELDS if field.table == table} for table in TABLES}

_OURS = "specbuild writes it from the spec and the template"
_TOOLS = "tools are given in agent mode only, by specbuild"
_REACH = "only a person's own configuration says how a service is reached"

REFUSED_PARAMETERS: Mapping[str, str] = {
    "model": "the model is named by `model` in [build] or in the project's configuration",
    "messages": _OURS,
    "prompt": _OURS,
    "input": _OURS,
    "instructions": _OURS,
    "stream": "how a reply is fetched is no part of a spec: streamed or not, it is the same reply",
    "stream_options": "how a reply is fetched is no part of a spec: streamed or not, it is the same reply",
    "n": "one request has one reply; `regenerate` asks for another",
    "tools": _TOOLS,
    "tool_choice": _TOOLS,
    "functions": _TOOLS,
    "function_call": _TOOLS,
    "timeout": _REACH,
    "extra_headers": _REACH,
    "extra_query": _REACH,
    "extra_body": _REACH,
    "headers": _REACH,
    "api_key": _REACH,
    "base_url": _REACH,
    "organization": _REACH,
}
"""Names that [build.parameters] can't hold, with the reason that the person is told."""


def fields_of(table: str) -> Mapping[str, Field]:
    """Return the fields of a table by key, in the order of documentation."""
    return _FIELDS_OF.get(table, {})


def tables_of(key: str) -> tuple[str, ...]:
    """Return the tables that have a field of this key: where a key that stands elsewhere belongs."""
    return tuple(field.table for field in FIELDS if field.key == key and field.table)
