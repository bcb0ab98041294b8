"""What came back from a model, as a value: normalised once when received, hashed, stored and read in one form."""

from dataclasses import dataclass
from typing import NamedTuple

from specbuild.canonical_json import Digest, Json


class Usage(NamedTuple):
    """Tokens as the service counted them; None where it said nothing."""

    input: int | None = None
    output: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The model's answer: `content` without lone surrogates, `finish_reason` ("stop", "length", …), `tool_calls` as JSON."""

    content: str
    finish_reason: str = "stop"
    tool_calls: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a reply came from; outside every hash. `model` is the name that the service returned."""

    provider: str
    model: str | None = None
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply with its source and the raw bytes as received (these stay in the local store)."""

    reply: Reply
    source: Source
    raw: bytes = b""
