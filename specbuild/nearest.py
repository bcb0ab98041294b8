"""Did you mean: the known name that a person most likely meant. Names in, one name or none out."""

from collections.abc import Iterable, Sequence

MAX_LENGTH = 40
"""Characters of a name that is compared at all: no key of ours is longer, and the time grows with the product."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name nearest to `name`, or None if none is near: the first of equally near ones.

    Near is at most one slip in three characters, at least one: a letter left out, put in, changed, or two swapped
    (restricted Damerau-Levenshtein distance). Upper and lower case, `-`, `_` and a blank are the same.
    """
    best: str | None = None
    asked = _plain(name)
    if not asked or len(asked) > MAX_LENGTH:
        return None
    limit = max(1, len(asked) // 3)
    for candidate in known:
        compared = _plain(candidate)
        if abs(len(compared) - len(asked)) > limit or len(compared) > MAX_LENGTH:
            continue
        slips = _slips(asked, compared)
        # A name of two letters would be one slip from nearly any other.
        if slips < len(compared) and (slips < limit or (slips == limit and best is None)):
            best, limit = candidate, slips
    return best


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return a hint that names the nearest known name, or else all of them."""
    near = nearest(name, known)
    if near is not None:
        return f"did you mean `{near}`?"
    return "known are " + ", ".join(f"`{one}`" for one in known)


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")


def _slips(one: str, other: str) -> int:
    before: list[int] = []
    row = list(range(len(other) + 1))
    for line, letter in enumerate(one, 1):
        before, last, row = row, before, [line]
        for column, compared in enumerate(other, 1):
            cost = min(before[column] + 1, row[-1] + 1, before[column - 1] + (letter != compared))
            if last and column > 1 and letter == other[column - 2] and one[line - 2] == compared:
                cost = min(cost, last[column - 2] + 1)
            row.append(cost)
    return row[-1]
