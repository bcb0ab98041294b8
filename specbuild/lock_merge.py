"""Three-way merge of locks, entry by entry, where git could only merge lines.

Stanzas in, stanzas out, and those that both sides changed: which of the two stands is told by how each one compares
with the merged sources. Must not know where a lock lies, nor how components are had.
"""

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

from specbuild.comparison import Answer
from specbuild.stanza import Stanza

Side = Literal["ours", "theirs"]


class Contest(NamedTuple):
    """An entry that both sides changed: the two, and the one both began with (None: both added it)."""

    ours: Stanza
    theirs: Stanza
    base: Stanza | None


class Answers(NamedTuple):
    """How the facets of one side's entry compare with the merged sources."""

    request: Answer
    shape: Answer
    checks: Answer


class MergedStanzas(NamedTuple):
    """The entries that nobody disputes, each with the side it came from, and those that both sides changed."""

    settled: Mapping[str, Stanza]
    contested: Mapping[str, Contest]


def merged_stanzas(
    base: Mapping[str, Stanza], ours: Mapping[str, Stanza], theirs: Mapping[str, Stanza], *, claimed: Collection[str]
) -> MergedStanzas:
    """Return what three-way merging decides: the side that changed an entry gives it, and an entry that only one side
    has is taken.

    An entry that one side took out and the other left as it was goes, unless a spec claims it (`claimed`).
    """
    settled: dict[str, Stanza] = {}
    contested: dict[str, Contest] = {}
    for target_id in sorted({*ours, *theirs}):
        our, their, before = ours.get(target_id), theirs.get(target_id), base.get(target_id)
        if our is None or their is None:
            only = our or their
            assert only is not None
            if not _same(only, before) or target_id in claimed:
                settled[target_id] = only
        elif _same(our, their) or _same(their, before):
            settled[target_id] = our
        elif _same(our, before):
            settled[target_id] = their
        else:
            contested[target_id] = Contest(our, their, before)
    return MergedStanzas(settled, contested)


def standing_side(contest: Contest, ours: Answers, theirs: Answers) -> Side:
    """Return the side whose entry stands: the one that answers the merged sources better, in doubt ours.

    A text that a person accepted on one of the sides goes before any that was generated: it may be held then, which the
    person is told, but it is not lost.
    """
    our_rank = (_newly_accepted(contest.ours, contest.base), *(_RANKS[one] for one in ours))
    their_rank = (_newly_accepted(contest.theirs, contest.base), *(_RANKS[one] for one in theirs))
    return "theirs" if their_rank > our_rank else "ours"


_RANKS: Mapping[Answer, int] = {"differs": 0, "unknown": 1, "equal": 2}


def _newly_accepted(stanza: Stanza, base: Stanza | None) -> bool:
    return stanza.origin == "accepted" and (base is None or stanza.reply != base.reply)


def _same(one: Stanza, other: Stanza | None) -> bool:
    return other is not None and one.trace == other.trace
