"""What came back from a model, as a value: normalised once when received, hashed, stored and read in one form."""

from dataclasses import dataclass
from typing import NamedTuple

from specbuild.canonical_json import Digest, Json, digest


class Usage(NamedTuple):
    """Tokens as the service counted them; None where it said nothing."""

    input: int | None = None
    output: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The model's answer: `content` without lone surrogates, `finish_reason` ("stop", "length", …), `tool_calls` as
    JSON.
    """

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


def reply_digest(reply: Reply) -> Digest:
    """Return the SHA-256 of the canonical JSON of content, finish_reason and tool_calls. Raises CanonicalError."""
    return digest({"content": reply.content, "finish_reason": reply.finish_reason, "tool_calls": reply.tool_calls})


def normalised(text: str) -> str:
    """Return received text in its one form: the two halves of a surrogate pair joined, each lone surrogate as U+FFFD.

    Halves stand apart where a stream was cut between them, so a reply has the same value streamed or not. Nothing else
    changes: CR, NUL and U+FEFF stay.
    """
    # A surrogate is the only character that UTF-8 refuses, so text without one is given back as it is.
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


INCOMPLETE_FINISHES: dict[str, str] = {
    "length": "the reply was cut off at the output limit",
    "max_tokens": "the reply was cut off at the output limit",
    "max_output_tokens": "the reply was cut off at the output limit",
    "model_length": "the reply was cut off at the model's context length",
    "content_filter": "the service filtered the reply",
    "safety": "the service filtered the reply",
    "recitation": "the service filtered the reply",
    "sensitive": "the service filtered the reply",
    "refusal": "the service ended the reply as a refusal",
    "insufficient_system_resource": "the service ran out of resources while answering",
    "network_error": "the service lost the reply while answering",
    "error": "the service failed while answering",
    "cancelled": "the service cancelled the reply",
    "incomplete": "the service ended the reply early",
}
"""finish_reason, in lower case → what it says. Any other one counts as complete: services name more and more of them.
"""


def incomplete_reason(reply: Reply) -> str | None:
    """Return why `reply` is incomplete, in words; None if it is complete. An incomplete reply is evidence, never
    served.
    """
    told = INCOMPLETE_FINISHES.get(reply.finish_reason.lower())
    if told is not None:
        return f"{told} (finish_reason {reply.finish_reason})"
    if not reply.content.strip() and not reply.tool_calls:
        return "the reply is empty"
    return None
