"""The JSON Schema of `specbuild.lock`, and the parts that it shares with the other schemas.

Made from what a stanza is in JSON; a value of JSON comes out.
"""

from collections.abc import Mapping

from specbuild.canonical_json import Json
from specbuild.lock import LOCK_VERSION
from specbuild.stanza import ReplyPin, Stanza, stanza_json

Schema = dict[str, Json]
STRINGS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}


def lock_schema() -> Schema:
    """Return the schema of the lock, without a head."""
    names = stanza_json(Stanza(inputs={})).keys()
    stanza = closed_table({name: _STANZA[name] for name in sorted(names)}, required=sorted(names))
    targets: Schema = {"type": "object", "additionalProperties": stanza}
    head: dict[str, Schema] = {"lock_version": {"const": LOCK_VERSION}, "targets": targets}
    return closed_table(head, required=sorted(head))


def closed_table(properties: Mapping[str, Schema], *, required: list[str] | None = None, doc: str = "") -> Schema:
    """Return the schema of an object that has these properties and no other."""
    table: Schema = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    if doc:
        table["description"] = doc
    if required:
        table["required"] = list(required)
    return table


_DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_ANY_TABLE: Schema = {"type": "object", "additionalProperties": True}
_PIN: Mapping[str, Schema] = {
    "attempts": {"type": "integer", "minimum": 1},
    "key": _DIGEST,
    "sample": {"type": "integer", "minimum": 0},
    "sha256": _DIGEST,
}
_INPUTS: Mapping[str, Schema] = {
    "context": STRINGS,
    "edition": {"type": "integer"},
    "mode": {"type": "string"},
    "model": {"type": ["string", "null"]},
    "needs": STRINGS,
    "parameters": {"type": "string"},
    "service": {"type": "string"},
    "spec": STRINGS,
    "template": {"type": ["string", "object"], "additionalProperties": {"type": "string"}},
}
_OUTPUT: Schema = closed_table({"mode": {"enum": ["644", "755"]}, "sha256": _DIGEST}, required=["mode", "sha256"])
_STANZA: Mapping[str, Schema] = {
    "checks": _ANY_TABLE,
    "evidence": _ANY_TABLE,
    "failed": {"type": ["object", "null"], "additionalProperties": True},
    "inputs": {"type": "object", "additionalProperties": True, "required": list(_INPUTS), "properties": dict(_INPUTS)},
    "interface": {"type": ["string", "null"]},
    "origin": {"enum": ["generated", "accepted", "carried"]},
    "outputs": {"type": "object", "additionalProperties": _OUTPUT},
    "reply": {
        **closed_table({name: _PIN[name] for name in ReplyPin._fields}, required=list(ReplyPin._fields)),
        "type": ["object", "null"],
    },
    "revisions": {"type": "integer", "minimum": 0},
    "shape": _ANY_TABLE,
    "trace": _DIGEST,
}
