"""The lock: for every target the constructive trace of its last finished build, as values ↔ text (FORMATS: Lock).

Text in, values or diagnostics out, and back. Must not know where the file lies, nor what a component means.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from specbuild.canonical_json import CanonicalError, Digest, Json, digest
from specbuild.diagnostic import Diagnostic, Place
from specbuild.keys import ReplyKey

LOCK_PATH = "specbuild.lock"
LOCK_VERSION = 1

Origin = Literal["generated", "accepted", "carried"]
FileMode = Literal["644", "755"]


class OutputState(NamedTuple):
    """One output as it was built: git's mode and the SHA-256 of its bytes, 64 hex digits."""

    mode: FileMode
    sha256: Digest


class ReplyPin(NamedTuple):
    """The reply that the outputs came from.

    `key` is that of the conversation's first request, `attempts` the number of its turns (at least 1), `sha256` the digest
    of the last reply.
    """

    attempts: int
    key: ReplyKey
    sample: int
    sha256: Digest


@dataclass(frozen=True, slots=True)
class Stanza:
    """One target's entry. Values are those of the lock's JSON: hashes have 16 hex digits, absent components no key.

    `inputs` holds the request facet (context, edition, mode, model, needs, parameters, service, spec, template), `shape`
    and `checks` the other two, `evidence` what was shown by which means. `failed` notes used-up attempts. `interface` is a
    label such as `python/1:<16 hex>`, None for a target that never passed. `outputs` maps project-relative paths.
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

    @property
    def trace(self) -> Digest:
        """The SHA-256 of the stanza without trace and evidence."""
        return trace_of(self)


@dataclass(frozen=True, slots=True)
class Lock:
    """All stanzas by target id. A stanza that can't be believed is told in `conflicts` and stays in `unread` as it stood,
    so that writing the lock loses nothing."""

    targets: Mapping[str, Stanza] = field(default_factory=dict)
    conflicts: Mapping[str, Diagnostic] = field(default_factory=dict)
    unread: Mapping[str, Json] = field(default_factory=dict)
