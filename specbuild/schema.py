"""JSON Schemas (draft-07) of what people have open in an editor: specs, the configuration, the lock.

Made from the tables of fields and keys; values of JSON come out. They are for editors: laxer than the readers where a
schema can't say it (a path that leaves the project, a list's first word), never stricter.
"""

from collections.abc import Mapping
from typing import NamedTuple

from specbuild.configuration_keys import EDITIONS, KEYS, Key
from specbuild.field_values import MAX_COUNT, MAX_LINE, MAX_SECONDS
from specbuild.lock_schema import STRINGS, Schema, closed_table, lock_schema
from specbuild.spec_fields import FIELD_OF_NAME, REFUSED_PARAMETERS, TABLES, Field, FieldType, fields_of

DRAFT = "http://json-schema.org/draft-07/schema#"
MADE = "Made by `specbuild schema` from the tables of the program; don't edit it."


class Row(NamedTuple):
    """One schema: its file's name, what it describes, and the schema itself."""

    file: str
    about: str
    schema: Schema


def schemas() -> Mapping[str, Row]:
    """Return every schema by the name that `specbuild schema` takes."""
    return {
        "spec": Row("spec.schema.json", "a spec", _spec()),
        "configuration": Row("specbuild.schema.json", "specbuild.toml", _configuration("specbuild.toml")),
        "pyproject": Row("pyproject.schema.json", "[tool.specbuild] in pyproject.toml", _pyproject()),
        "lock": Row(
            "lock.schema.json",
            "specbuild.lock",
            _head("The lock of specbuild: what was built, by target") | lock_schema(),
        ),
    }


def _head(title: str) -> Schema:
    return {"$schema": DRAFT, "$comment": MADE, "title": title}


def _spec() -> Schema:
    properties: dict[str, Schema] = {}
    for table, doc in TABLES.items():
        fields = fields_of(table)
        required = [field.key for field in fields.values() if field.required]
        rows = closed_table({key: _field(field) for key, field in fields.items()}, required=required, doc=doc)
        array = table in FIELD_OF_NAME  # `example` is a field and a table: an array of tables
        properties[table] = {"type": "array", "items": rows, "description": doc} if array else rows
    needed = [table for table in TABLES if any(field.required for field in fields_of(table).values())]
    return _head("A spec of specbuild") | closed_table(properties, required=needed)


def _field(field: Field) -> Schema:
    kind = dict(_TYPES[field.type])
    if field.choices:
        kind = {"type": "string", "enum": list(field.choices)}
    elif field.type == "text" and (field.required or field.filled):
        kind["pattern"] = _FILLED
    elif field.type in ("lines", "arguments") and field.filled:
        kind["minItems"] = 1
    return {"description": field.doc, **kind}


_FILLED = r"\S"
_ONE_LINE = r"^[^\n\r\t]*\S[^\n\r\t]*$"
_LINE: Schema = {"type": "string", "pattern": _ONE_LINE, "maxLength": MAX_LINE}
_PARAMETERS: Schema = {
    "type": "object",
    "additionalProperties": True,
    "propertyNames": {"not": {"enum": list(REFUSED_PARAMETERS)}},
}
_TYPES: Mapping[FieldType, Schema] = {
    "line": _LINE,
    "text": {"type": "string"},
    "data": {"type": "string"},
    "lines": {"type": "array", "items": _LINE, "uniqueItems": True},
    "arguments": {"type": "array", "items": {"type": "string"}},
    "files": STRINGS,
    "environment": {**STRINGS, "propertyNames": {"pattern": "^[^=]+$"}},
    "boolean": {"type": "boolean"},
    "count": {"type": "integer", "minimum": 1, "maximum": MAX_COUNT},
    "exit code": {"type": "integer", "minimum": 0, "maximum": 255},
    "seconds": {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_SECONDS},
    "parameters": _PARAMETERS,
}


def _configuration(title: str) -> Schema:
    return _head(f"The configuration of specbuild: {title}") | _settings()


def _settings() -> Schema:
    return closed_table({key.name: _key(key) for key in KEYS}, doc="What specbuild builds here, and with what.")


def _key(key: Key) -> Schema:
    return {"description": key.doc, **_KEYS.get(key.name, _LINE)}


_FOLDER: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer", "minimum": 1}
_LIMIT: Schema = {"type": "integer", "minimum": 0}
_KEYS: Mapping[str, Schema] = {
    "edition": {"type": "integer", "enum": list(EDITIONS)},
    "specs": _FOLDER,
    "outputs": _FOLDER,
    "cache": _FOLDER,
    "service": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$"},
    "template": _FOLDER,
    "parameters": _PARAMETERS,
    "commit_outputs": {"type": "boolean"},
    "change_depth": _WHOLE,
    "jobs": _WHOLE,
    "max_calls": _LIMIT,
    "max_tokens": _LIMIT,
    "max_cost": {"type": "number", "minimum": 0},
    "iterate": closed_table(
        {"specs": _FOLDER, "package": _FOLDER, "tests": {"type": "array", "items": {"type": "string", "minLength": 1}}},
        required=["specs", "package"],
    ),
}
"""How each key of the configuration is written; the others are a line of text."""


def _pyproject() -> Schema:
    tool: Schema = {"type": "object", "additionalProperties": True, "properties": {"specbuild": _settings()}}
    whole: Schema = {"type": "object", "additionalProperties": True, "properties": {"tool": tool}}
    return _head("[tool.specbuild] in pyproject.toml; the other tables are not looked at") | whole
