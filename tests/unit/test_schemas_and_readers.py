"""The schemas say what the readers say, as far as a schema can; they are never stricter."""

import json
from pathlib import Path
from typing import Any

import pytest
import tomli
from jsonschema import Draft7Validator

from specbuild.configuration_keys import KEYS, KeyFault
from specbuild.diagnostic import Diagnostic
from specbuild.schema import schemas
from specbuild.spec_fields import FIELDS
from specbuild.stanza import stanza_from_json

ROOT = Path(__file__).parent.parent.parent
DIGEST = "0" * 64


def accepts(name: str, value: Any) -> bool:
    return bool(Draft7Validator(schemas()[name].schema).is_valid(value))


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_schema_is_one_of_draft_07(name: str) -> None:
    Draft7Validator.check_schema(schemas()[name].schema)
    assert schemas()[name].schema["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_every_field_and_key_stands_in_its_schema_with_its_sentence() -> None:
    spec: Any = schemas()["spec"].schema["properties"]
    for field in FIELDS:
        table = spec[field.table] if field.table else spec
        rows = table["items"]["properties"] if field.table == "example" else table.get("properties", table)
        assert field.table == "" or rows[field.key]["description"] == field.doc, field.name
    configuration: Any = schemas()["configuration"].schema["properties"]
    assert {key.name: key.doc for key in KEYS} == {name: row["description"] for name, row in configuration.items()}


PROBES: tuple[Any, ...] = (
    True, False, 0, 1, 2, -1, 1.5, -0.5, "", " ", "x", "1", "two\nlines", "a b", "café", [], ["x"], [1], {}, {"x": 1},
    {"x": True}, {"specs": "self", "package": "p"}, {"specs": "self", "package": "p", "tests": ["t"]},
    {"specs": "self"}, {"specs": "self", "package": "p", "tests": "t"}, {"specs": "self", "package": "p", "more": 1},
    {"seed": 1}, {"messages": []},
)  # fmt: skip
LAXER = {(name, "str") for name in ("specs", "outputs", "cache", "template", "model", "python")}
"""Keys of which a reader refuses some texts that no pattern can tell: a path out of the project, what can't be seen."""


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_the_schema_of_a_key_takes_what_its_reader_takes(key: Any) -> None:
    for probe in PROBES:
        read = not isinstance(key.read(probe, key.name), KeyFault)
        valid = accepts("configuration", {key.name: probe})
        assert valid or not read, f"{probe!r} is read and refused by the schema"
        if (key.name, type(probe).__name__) not in LAXER:
            assert valid == read, f"{probe!r}: schema {valid}, reader {read}"


def test_a_key_that_nobody_knows_is_refused_and_a_table_of_somebody_else_is_not() -> None:
    assert not accepts("configuration", {"modle": "m"})
    assert not accepts("pyproject", {"tool": {"specbuild": {"modle": "m"}}})
    assert accepts("pyproject", {"tool": {"specbuild": {"model": "m"}, "ruff": {"modle": 1}}, "project": {}})
    assert accepts("pyproject", tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")))


STANZA: dict[str, Any] = {
    "checks": {}, "evidence": {"passed": []}, "failed": None, "interface": None, "origin": "generated", "revisions": 0,
    "inputs": {
        "context": {}, "edition": 1, "mode": "single", "model": None, "needs": {}, "parameters": "0", "service": "s",
        "spec": {"file.name": "0"}, "template": "default",
    },
    "outputs": {"build/a.py": {"mode": "644", "sha256": DIGEST}}, "shape": {},
    "reply": {"attempts": 1, "key": DIGEST, "sample": 0, "sha256": DIGEST}, "trace": DIGEST,
}  # fmt: skip


def changed(way: tuple[str, ...], value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(STANZA))
    inner = copy
    for step in way[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[way[-1]]
    else:
        inner[way[-1]] = value
    return copy


WAYS: list[tuple[str, ...]] = [
    ("more",),
    *((one,) for one in STANZA),
    *(("inputs", one) for one in STANZA["inputs"]),
    *(("reply", one) for one in STANZA["reply"]),
    *(("outputs", "build/a.py", one) for one in ("mode", "sha256")),
]


@pytest.mark.parametrize("way", WAYS, ids=".".join)
def test_the_schema_of_the_lock_takes_the_entries_that_its_reader_takes(way: tuple[str, ...]) -> None:
    for value in (..., None, 0, 1, -1, True, "", "x", "644", DIGEST, "accepted", [], {}, {"x": "y"}, {"x": 1}):
        if value is ... and way == ("more",):
            continue
        entry = changed(way, value)
        found = stanza_from_json(entry, target_id="t")
        read = not isinstance(found, Diagnostic) or found.code != "SB704"  # SB705: only the trace is another one's
        valid = accepts("lock", {"lock_version": 1, "targets": {"t": entry}})
        if way == ("trace",):
            assert valid == (value == DIGEST)
        elif way != ("inputs", "edition") or not isinstance(value, bool):
            assert valid == read, f"{value!r}: schema {valid}, reader {found}"


def test_the_lock_of_this_repository_answers_its_schema() -> None:
    lock = json.loads((ROOT / "specbuild.lock").read_text(encoding="utf-8"))
    assert len(lock["targets"]) > 3 and accepts("lock", lock)
    assert not accepts("lock", {**lock, "lock_version": 2}) and not accepts("lock", {"lock_version": 1})
