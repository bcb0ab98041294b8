"""The schema of the lock has exactly these members; that its reader agrees is seen in test_schemas_and_readers."""

from typing import Any

from specbuild.lock_schema import STRINGS, closed_table, lock_schema

SHA = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
TABLE = {"type": "object", "additionalProperties": True}


def closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object", "additionalProperties": False, "properties": properties, "required": sorted(properties),
    }  # fmt: skip


def test_the_schema_has_these_members_and_no_other() -> None:
    inputs = {
        "context": TEXTS, "edition": {"type": "integer"}, "mode": {"type": "string"},
        "model": {"type": ["string", "null"]}, "needs": TEXTS, "parameters": {"type": "string"},
        "service": {"type": "string"}, "spec": TEXTS,
        "template": {"type": ["string", "object"], "additionalProperties": {"type": "string"}},
    }  # fmt: skip
    count = {"type": "integer", "minimum": 0}
    pin = closed(attempts={"type": "integer", "minimum": 1}, key=SHA, sample=count, sha256=SHA)
    output = closed(mode={"enum": ["644", "755"]}, sha256=SHA)
    stanza = closed(
        checks=TABLE, evidence=TABLE, failed={"type": ["object", "null"], "additionalProperties": True},
        inputs={**TABLE, "properties": inputs, "required": sorted(inputs)}, interface={"type": ["string", "null"]},
        origin={"enum": ["generated", "accepted", "carried"]},
        outputs={"type": "object", "additionalProperties": output}, reply={**pin, "type": ["object", "null"]},
        revisions=count, shape=TABLE, trace=SHA,
    )  # fmt: skip
    targets = {"type": "object", "additionalProperties": stanza}
    assert lock_schema() == closed(lock_version={"const": 1}, targets=targets)


def test_a_closed_table_has_what_was_given_and_shares_nothing() -> None:
    assert STRINGS == TEXTS
    assert closed_table({}) == {"type": "object", "additionalProperties": False, "properties": {}}
    properties, required = {"b": STRINGS, "a": STRINGS}, ["b"]
    made: dict[str, Any] = closed_table(properties, required=required, doc="Why.")
    assert made == {
        "type": "object", "additionalProperties": False, "properties": properties, "required": ["b"],
        "description": "Why.",
    }  # fmt: skip
    assert list(made["properties"]) == ["b", "a"]
    made["properties"]["c"] = {}
    made["required"].append("c")
    assert list(properties) == ["b", "a"] and required == ["b"]
    assert "required" not in closed_table(properties, required=[])
    first: dict[str, Any] = lock_schema()
    first["properties"].clear()
    first["required"].clear()
    assert len(lock_schema()) == 4 and lock_schema() != first
