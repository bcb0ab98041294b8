"""A request as a model would see it: messages as text for people, the canonical body and key as JSON for machines."""

from collections.abc import Mapping, Sequence

from specbuild.canonical_json import Json
from specbuild.keys import ReplyKey, logical_body
from specbuild.request import Request
from specbuild.styled_text import Span


def request_text(id: str, request: Request, key: ReplyKey, *, known: bool) -> list[Span]:
    """Return the head (key, model, service, parameters) and every message under its role."""
    spans = [
        Span(id, "strong"),
        Span(f": {request.model} at {request.service}, sample {request.sample}, "),
        Span("reply known" if known else "reply not known", "good" if known else "warning"),
        Span(f"\nkey {key}\n", "faint"),
    ]
    named = [f"{name} = {value}" for name, value in sorted(request.body.items()) if name not in ("model", "messages")]
    if named:
        spans.append(Span(f"{', '.join(named)}\n", "faint"))
    for role, text in _messages(request):
        spans += [Span(f"\n── {role} ", "note"), Span("─" * max(1, 76 - len(role)) + "\n", "faint"), Span(text)]
        if not text.endswith("\n"):
            spans.append(Span("\n"))
    return spans


def request_json(id: str, request: Request, key: ReplyKey, *, known: bool) -> dict[str, Json]:
    """Return the logical body that the key is taken from, with service, sample and key."""
    return {
        "id": id,
        "key": key,
        "known": known,
        "service": request.service,
        "sample": request.sample,
        "body": logical_body(request.body),
    }


def _messages(request: Request) -> list[tuple[str, str]]:
    messages = request.body["messages"]
    assert isinstance(messages, Sequence)
    return [(str(one["role"]), str(one["content"])) for one in messages if isinstance(one, Mapping)]
