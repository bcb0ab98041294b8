"""What a request may cost before it is sent, and what a reply did cost: tokens and prices, where unknown stays unknown.

Texts, counts and configured prices come in, numbers or None go out. No price is built in: they change, and a wrong one
is worse than none.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from specbuild.canonical_json import Json, canonical_json
from specbuild.configuration import Prices
from specbuild.reply import Usage

_BYTES_PER_TOKEN = 4
"""English text and code have about four bytes per token in today's tokenizers, other scripts two to four."""
_TOKENS_PER_MESSAGE = 4


class Total(NamedTuple):
    """The sum of the known costs, and how many were unknown: with any, the true total is higher."""

    known: float
    unknown: int


def estimated_tokens(text: str) -> int:
    """Return about how many tokens `text` is, rounded up: an estimate from its length, within a third for code."""
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN)


def estimated_input(body: Mapping[str, Json]) -> int:
    """Return about how many tokens a request's logical body is for the model: its messages and tools."""
    messages = body.get("messages")
    total = 0
    for message in messages if isinstance(messages, Sequence) and not isinstance(messages, str) else ():
        content = message.get("content") if isinstance(message, Mapping) else None
        text = content if isinstance(content, str) else canonical_json(message)
        total += _TOKENS_PER_MESSAGE + estimated_tokens(text)
    return total + (estimated_tokens(canonical_json(body["tools"])) if body.get("tools") else 0)


def expected_output(seen: Sequence[int]) -> int | None:
    """Return the tokens that a reply will likely have: the median of those `seen` before, or None if none were."""
    if not seen:
        return None
    ordered = sorted(seen)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else -(-(ordered[middle - 1] + ordered[middle]) // 2)


def cost_of(usage: Usage, prices: Prices | None) -> float | None:
    """Return what `usage` costs in the person's own currency, or None if a price or one of the counts is unknown."""
    if prices is None or usage.input is None or usage.output is None:
        return None
    return (usage.input * prices.input + usage.output * prices.output) / 1_000_000


def total_cost(costs: Iterable[float | None]) -> Total:
    """Return the sum of `costs`; None entries are counted, never taken for nothing."""
    known, unknown = 0.0, 0
    for cost in costs:
        if cost is None:
            unknown += 1
        else:
            known += cost
    return Total(known, unknown)
