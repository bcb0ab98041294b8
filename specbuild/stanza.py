"""A stanza: a target's entry in the lock, the constructive trace of its last finished build (FORMATS: Lock).

JSON in, values or diagnostics out, and back. Must not know where the lock lies, nor what a component means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, cast

from specbuild.canonical_json import CanonicalError, Digest, Json, digest
from specbuild.diagnostic import Diagnostic, Place
from specbuild.keys import ReplyKey

Origin = Literal["generated", "accepted", "carried"]
FileMode = Literal["644", "755"]


class OutputState(NamedTuple):
    """One output as it was built: git's mode and the SHA-256 of its bytes, 64 hex digits."""

    mode: FileMode
    sha256: Digest


class ReplyPin(NamedTuple):
    """The reply that the outputs came from.

    `key` is that of the conversation's first request, `attempts` the number of its turns (at least 1), `sha256` the
    digest of the last reply. For an accepted text all of them are those of its record (attempts 1, sample 0).
    """

    attempts: int
    key: ReplyKey
    sample: int
    sha256: Digest


@dataclass(frozen=True, slots=True)
class Stanza:
    """One target's entry. Values are those of the lock's JSON: hashes have 16 hex digits, absent components no key.

    `inputs` holds the request facet (context, edition, mode, model, needs, parameters, service, spec, template),
    `shape` and `checks` the other two, `evidence` what was shown by which means. `failed` notes used-up attempts.
    `interface` is a label such as `python/1:<16 hex>`, None for a target that never passed. `outputs` maps
    project-relative paths.
    """

    inputs: Mapping[str, Json]
    shape: Mapping[str, Json] = field(default_factory=dict)
    checks: Mapping[str, Json] = field(default_factory=dict)
    outputs: Mapping[str, OutputState] = field(default_factory=dict)
    reply: ReplyPin | None = None
    interface: str | None = None
    origin: Origin = "generated"
    revisions: int = 0
    failed: Mapping[str, Json] | None = None
    evidence: Mapping[str, Json] = field(default_factory=dict)
    _known_trace: Digest | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def trace(self) -> Digest:
        """The SHA-256 of the stanza without trace and evidence."""
        return trace_of(self)


def trace_of(stanza: Stanza) -> Digest:
    """Return the SHA-256 of the canonical JSON of the stanza without trace and evidence. Raises CanonicalError."""
    found = stanza._known_trace
    if found is None:
        found = digest(_traced(stanza))
        object.__setattr__(stanza, "_known_trace", found)  # a build asks for it several times, and it takes long
    return found


def stanza_json(stanza: Stanza) -> dict[str, Json]:
    """Return the stanza as it stands in the lock, its trace included. Raises CanonicalError."""
    return {**_traced(stanza), "evidence": stanza.evidence, "trace": trace_of(stanza)}


def stanza_from_json(value: Json, *, target_id: str = "", place: Place | None = None) -> Stanza | Diagnostic:
    """Return the stanza of `target_id` from the JSON read at `place`, or why it can't be believed.

    SB704: it is malformed (a key too many or missing, a value of the wrong type). SB705: its trace is not that of its
    content, as after a merge that took lines of both sides.
    """
    try:
        fault = _fault(value)
        if fault is not None:
            return _malformed(target_id, fault, place)
        stanza = _stanza(cast(Mapping[str, Json], value))
        if cast(Mapping[str, Json], value)["trace"] != stanza.trace:
            return _mixed(target_id, place)
        digest(stanza.evidence)  # outside the trace, yet it must have a JSON form
    except CanonicalError as error:
        return _malformed(target_id, str(error), place)
    return stanza


def _traced(stanza: Stanza) -> dict[str, Json]:
    return {
        "checks": stanza.checks,
        "failed": stanza.failed,
        "inputs": stanza.inputs,
        "interface": stanza.interface,
        "origin": stanza.origin,
        "outputs": {path: {"mode": state.mode, "sha256": state.sha256} for path, state in stanza.outputs.items()},
        "reply": None if stanza.reply is None else stanza.reply._asdict(),
        "revisions": stanza.revisions,
        "shape": stanza.shape,
    }


def _stanza(value: Mapping[str, Json]) -> Stanza:
    outputs = cast(Mapping[str, Mapping[str, str]], value["outputs"])
    pin = cast(Mapping[str, Json] | None, value["reply"])
    return Stanza(
        inputs=cast(Mapping[str, Json], value["inputs"]),
        shape=cast(Mapping[str, Json], value["shape"]),
        checks=cast(Mapping[str, Json], value["checks"]),
        outputs={
            path: OutputState(cast(FileMode, state["mode"]), Digest(state["sha256"])) for path, state in outputs.items()
        },
        reply=None
        if pin is None
        else ReplyPin(
            cast(int, pin["attempts"]),
            cast(ReplyKey, pin["key"]),
            cast(int, pin["sample"]),
            cast(Digest, pin["sha256"]),
        ),
        interface=cast(str | None, value["interface"]),
        origin=cast(Origin, value["origin"]),
        revisions=cast(int, value["revisions"]),
        failed=cast(Mapping[str, Json] | None, value["failed"]),
        evidence=cast(Mapping[str, Json], value["evidence"]),
    )


_KEYS = frozenset(
    ("checks", "evidence", "failed", "inputs", "interface", "origin", "outputs", "reply", "revisions", "shape", "trace")
)
_INPUTS: dict[str, tuple[type, ...]] = {
    "context": (dict,),
    "edition": (int,),
    "mode": (str,),
    "model": (str, type(None)),
    "needs": (dict,),
    "parameters": (str,),
    "service": (str,),
    "spec": (dict,),
    "template": (str, dict),
}


def _fault(value: Json) -> str | None:
    """Return what is malformed in a stanza's JSON, in words."""
    if not isinstance(value, dict):
        return "it is no object"
    if value.keys() != _KEYS:
        odd = sorted(value.keys() ^ _KEYS)
        return f"{odd[0]} is " + ("unknown" if odd[0] in value else "missing")
    for name in ("checks", "evidence", "inputs", "outputs", "shape"):
        if not isinstance(value[name], dict):
            return f"{name} is no object"
    for name in ("failed", "reply"):
        if not isinstance(value[name], dict | None):
            return f"{name} is neither an object nor null"
    return (
        _inputs_fault(value["inputs"])
        or next((fault for path, state in value["outputs"].items() if (fault := _output_fault(path, state))), None)
        or (None if value["reply"] is None else _pin_fault(value["reply"]))
        or _scalar_fault(value)
    )


def _inputs_fault(inputs: dict[str, Json]) -> str | None:
    for name, types in _INPUTS.items():
        if name not in inputs:
            return f"inputs.{name} is missing"
        found = inputs[name]
        if type(found) not in types:
            return f"inputs.{name} is of the wrong type"
        if isinstance(found, dict) and not all(isinstance(one, str) for one in found.values()):
            return f"inputs.{name} holds something that is no text"
    return None


def _output_fault(path: str, state: Json) -> str | None:
    if not isinstance(state, dict) or state.keys() != {"mode", "sha256"}:
        return f"the output {path!r} is not mode and sha256"
    if state["mode"] not in ("644", "755"):
        return f"the mode of the output {path!r} is neither 644 nor 755"
    return None if _is_digest(state["sha256"]) else f"the sha256 of the output {path!r} is none"


def _pin_fault(pin: dict[str, Json]) -> str | None:
    if pin.keys() != set(ReplyPin._fields):
        return "reply is not attempts, key, sample and sha256"
    if not _is_count(pin["attempts"], 1) or not _is_count(pin["sample"], 0):
        return "the attempts or the sample of reply are no count"
    return None if _is_digest(pin["key"]) and _is_digest(pin["sha256"]) else "the key or the sha256 of reply is none"


def _scalar_fault(value: dict[str, Json]) -> str | None:
    if not isinstance(value["interface"], str | None):
        return "interface is neither a text nor null"
    if value["origin"] not in ("generated", "accepted", "carried"):
        return "origin is none of generated, accepted, carried"
    if not _is_count(value["revisions"], 0):
        return "revisions is no count"
    return None


def _is_count(value: Json, least: int) -> bool:
    return type(value) is int and value >= least


def _is_digest(value: Json) -> bool:
    return isinstance(value, str) and len(value) == 64 and not value.strip("0123456789abcdef")


_RESOLVE = "specbuild lock --resolve (in a merge) or git checkout -- specbuild.lock, then specbuild build"


def _malformed(target_id: str, fault: str, place: Place | None) -> Diagnostic:
    return Diagnostic("SB704", f"the lock's entry for {target_id!r} can't be read: {fault}", place, hint=_RESOLVE)


def _mixed(target_id: str, place: Place | None) -> Diagnostic:
    return Diagnostic(
        "SB705",
        f"the lock's entry for {target_id!r} is not as any build wrote it: its trace does not match its content",
        place,
        why="a merge that takes lines of both sides, or an edit by hand, makes an entry that no build ever had",
        hint=_RESOLVE,
    )
