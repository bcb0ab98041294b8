"""What each schema is made of, member by member; that readers agree is seen in test_schemas_and_readers."""

from typing import Any

import pytest

from specbuild.configuration_keys import KEYS
from specbuild.field_values import MAX_COUNT, MAX_LINE, MAX_SECONDS
from specbuild.lock_schema import STRINGS, lock_schema
from specbuild.schema import DRAFT, MADE, Row, schemas
from specbuild.spec_fields import FIELDS, REFUSED_PARAMETERS, TABLES

STRING = {"type": "string"}
LINE = {**STRING, "pattern": "^[^\\n\\r\\t]*\\S[^\\n\\r\\t]*$", "maxLength": MAX_LINE}
PARAMETERS = {
    "type": "object",
    "additionalProperties": True,
    "propertyNames": {"not": {"enum": list(REFUSED_PARAMETERS)}},
}
TYPES: dict[str, dict[str, Any]] = {
    "line": LINE,
    "text": STRING,
    "data": STRING,
    "lines": {"type": "array", "items": LINE, "uniqueItems": True},
    "arguments": {"type": "array", "items": STRING},
    "files": STRINGS,
    "environment": {**STRINGS, "propertyNames": {"pattern": "^[^=]+$"}},
    "boolean": {"type": "boolean"},
    "count": {"type": "integer", "minimum": 1, "maximum": MAX_COUNT},
    "exit code": {"type": "integer", "minimum": 0, "maximum": 255},
    "seconds": {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_SECONDS},
    "parameters": PARAMETERS,
}
WORDS = {"type": "array", "items": {"type": "string", "minLength": 1}}
OF_KEY: dict[str, dict[str, Any]] = {
    "edition": {"type": "integer", "enum": [1]},
    **dict.fromkeys(("specs", "outputs", "cache", "template"), STRING),
    "service": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$"},
    "parameters": PARAMETERS,
    "commit_outputs": {"type": "boolean"},
    **{key: {"type": "integer", "minimum": 1} for key in ("change_depth", "jobs")},
    **{key: {"type": "integer", "minimum": 0} for key in ("max_calls", "max_tokens")},
    "max_cost": {"type": "number", "minimum": 0},
    "iterate": {
        "type": "object",
        "additionalProperties": False,
        "properties": {"specs": STRING, "package": STRING, "tests": WORDS},
        "required": ["specs", "package"],
    },
}


def of(name: str) -> Any:
    return schemas()[name].schema


def test_there_are_four_with_their_files_and_heads() -> None:
    assert [(name, row.file, row.about, row.schema["title"]) for name, row in schemas().items()] == [
        ("spec", "spec.schema.json", "a spec", "A spec of specbuild"),
        ("configuration", "specbuild.schema.json", "specbuild.toml", "The configuration of specbuild: specbuild.toml"),
        (
            "pyproject", "pyproject.schema.json", "[tool.specbuild] in pyproject.toml",
            "[tool.specbuild] in pyproject.toml; the other tables are not looked at",
        ),
        ("lock", "lock.schema.json", "specbuild.lock", "The lock of specbuild: what was built, by target"),
    ]  # fmt: skip
    assert all(isinstance(row, Row) for row in schemas().values())
    assert DRAFT == "http://json-schema.org/draft-07/schema#"
    assert MADE == "Made by `specbuild schema` from the tables of the program; don't edit it."
    assert {(one.schema["$schema"], one.schema["$comment"]) for one in schemas().values()} == {(DRAFT, MADE)}


def test_the_spec_is_its_tables_and_these_have_what_is_required() -> None:
    spec = of("spec")
    assert spec.keys() == {
        "$schema", "$comment", "title", "type", "additionalProperties", "properties", "required",
    }  # fmt: skip
    assert list(spec["properties"]) == list(TABLES) and spec["required"] == ["file", "project"]
    assert (spec["type"], spec["additionalProperties"]) == ("object", False)
    for table, doc in TABLES.items():
        found = spec["properties"][table]
        if table == "example":
            assert found == {"type": "array", "items": found["items"], "description": doc}
            found = found["items"]
        required = [one.key for one in FIELDS if one.table == table and one.required]
        assert found == {
            "type": "object",
            "additionalProperties": False,
            "properties": found["properties"],
            "description": doc,
            **({"required": required} if required else {}),
        }
        assert list(found["properties"]) == [one.key for one in FIELDS if one.table == table]


@pytest.mark.parametrize("field", [one for one in FIELDS if one.table], ids=lambda one: one.name)
def test_a_field_is_written_as_its_type_says(field: Any) -> None:
    table = of("spec")["properties"][field.table]
    wanted = TYPES[field.type]
    if field.choices:
        wanted = {"type": "string", "enum": list(field.choices)}
    elif field.type == "text" and (field.required or field.filled):
        wanted = {**STRING, "pattern": "\\S"}
    elif field.filled:
        wanted = {**wanted, "minItems": 1}
    assert table.get("items", table)["properties"][field.key] == {"description": field.doc, **wanted}


def test_fields_stand_as_editors_have_known_them() -> None:
    tables = of("spec")["properties"]
    assert tables["build"]["properties"]["mode"]["enum"] == ["single", "agent"]
    assert tables["file"]["properties"]["description"]["pattern"] == "\\S"
    assert "pattern" not in tables["project"]["properties"]["hints"]
    assert tables["build"]["properties"]["format"]["minItems"] == 1
    assert "minItems" not in tables["build"]["properties"]["needs"]


def test_the_configuration_is_its_keys() -> None:
    assert set(OF_KEY) < {key.name for key in KEYS}
    settings = {
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: {"description": key.doc, **OF_KEY.get(key.name, LINE)} for key in KEYS},
        "description": "What specbuild builds here, and with what.",
    }
    found = of("configuration")
    assert found == {**settings, "$schema": DRAFT, "$comment": MADE, "title": found["title"]}
    found = of("pyproject")
    tool = {"type": "object", "additionalProperties": True, "properties": {"specbuild": settings}}
    assert found == {
        "type": "object", "additionalProperties": True, "properties": {"tool": tool},
        "$schema": DRAFT, "$comment": MADE, "title": found["title"],
    }  # fmt: skip


def test_the_lock_is_its_own_schema_with_a_head() -> None:
    found = of("lock")
    assert found == {**lock_schema(), "$schema": DRAFT, "$comment": MADE, "title": found["title"]}
