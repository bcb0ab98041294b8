"""How many calls may be in flight at one service: halved when it says "too many", widened slowly while it doesn't.

Additive increase, multiplicative decrease, as in RFC 5681. Values in, values out; who waits is `work/turnstile`.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Width:
    """The present width. `cuts` counts the times it was narrowed; a call remembers the count it began under."""

    limit: float
    ceiling: int
    cuts: int = 0
    paused_until_s: float = 0.0

    @property
    def slots(self) -> int:
        """How many calls may be in flight: 1 … `ceiling`."""
        return max(1, min(int(self.limit), self.ceiling))


def full_width(ceiling: int) -> Width:
    """Return the width to begin with: all that was asked for (`-j`), at least 1."""
    return Width(float(max(1, ceiling)), max(1, ceiling))


def widened(width: Width, *, cuts_at_start: int) -> Width:
    """Return the width after a call that succeeded: a full round of successes makes it one wider.

    A call that began before the last cut was sent at another width and tells nothing about this one.
    """
    if cuts_at_start != width.cuts:
        return width
    return replace(width, limit=min(float(width.ceiling), width.limit + 1.0 / width.limit))


def narrowed(width: Width, *, cuts_at_start: int, in_flight: int, paused_until_s: float) -> Width:
    """Return the width after a call was refused as one too many: half of what was in flight, nothing new until then.

    Calls that were in flight together are refused together; only the first of them narrows.
    """
    paused = replace(width, paused_until_s=max(width.paused_until_s, paused_until_s))
    if cuts_at_start != width.cuts:
        return paused
    limit = max(1.0, min(width.limit, float(max(1, in_flight))) / 2.0)
    return replace(paused, limit=limit, cuts=width.cuts + 1)
