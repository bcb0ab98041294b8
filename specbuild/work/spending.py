"""What replies cost, as they or their records tell: calls, tokens and money, where unknown stays unknown."""

from collections.abc import Sequence

from specbuild.configuration import Prices
from specbuild.cost import cost_of
from specbuild.progress import Spent
from specbuild.record import Record
from specbuild.reply import Source


def added(spent: Spent, source: Source | None, prices: Prices | None) -> Spent:
    """Return what was spent with one more reply; what nobody was asked for, or a person answered, is no call."""
    if source is None or source.provider == "inbox":
        return spent
    usage, cost = source.usage, cost_of(source.usage, prices)
    return Spent(
        spent.calls + 1,
        spent.input_tokens + (usage.input or 0),
        spent.output_tokens + (usage.output or 0),
        None if cost is None or spent.cost is None else spent.cost + cost,
    )


def spent_on(turns: Sequence[Record], prices: Prices | None) -> Spent:
    """Return what a whole conversation took."""
    spent = Spent()
    for record in turns:
        spent = added(spent, record.source, prices)
    return spent


def together(one: Spent, other: Spent) -> Spent:
    """Return what was spent in both."""
    cost = None if one.cost is None or other.cost is None else one.cost + other.cost
    return Spent(
        one.calls + other.calls, one.input_tokens + other.input_tokens, one.output_tokens + other.output_tokens, cost
    )
