"""What a build will do with a target: one pure function over facts, row by row as in docs/formats.md ("States of a
target").

In: the facts that an observer found. Out: a state, the act it stands for, and the calls it may cost. `Undecided` is the
answer when only the request can tell: the walk then renders it, looks it up and decides again with `reply` filled in.
Rows 1 and 3 (invalid, orphan) are found while loading: no target is decided there.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from specbuild.comparison import Answer

State = Literal[
    "invalid",
    "conflict",
    "orphan",
    "edited",
    "fresh",
    "failed",
    "held",
    "blocked",
    "maybe",
    "replay",
    "recheck",
    "call",
]
Disk = Literal["ok", "eol", "absent", "ours", "foreign"]
"""How the present outputs stand to the stanza, best first."""
DISK_ORDER: tuple[Disk, ...] = ("ok", "eol", "absent", "ours", "foreign")
Act = Literal["nothing", "trace", "recheck", "conversation", "wait"]

STATES: dict[State, str] = {
    "invalid": "the spec, or the graph around it, has an error",
    "conflict": "the lock can't be believed here: `git checkout --ours specbuild.lock`, then build",
    "orphan": "no spec claims this stanza any more: `specbuild prune`",
    "edited": "an output was changed by hand and is kept: `accept` it, or build with `--force`",
    "fresh": "everything is as it was built",
    "failed": "these components failed before and nothing is asked again: `regenerate --failed`",
    "held": "an accepted text whose spec, needs or context changed: `revise`, `regenerate`, `accept` or `--force`",
    "blocked": "a need can't be had",
    "maybe": "decided when its needs are built",
    "replay": "written from a known reply, without a call",
    "recheck": "the known reply is judged anew, without a call unless that fails",
    "call": "a reply is missing: the model is asked",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """All that `decide` looks at, read-only.

    `stanza`: a stanza fits (L); `home`: it is the one locked under this id; `origin`: its. `request`, `shape`,
    `checks`: how the facets stand to it (R, H, K); `declared_checks`: K differs by what the spec declares, not only
    by outputs of needs. `disk`: the worst over its paths and the paths now claimed (D). `pinned`: the pinned reply is
    at hand (P). `stuck`: a needed interface or output is unknown and its need will not give it. `need_unknown`: an
    interface is unknown for now. `reply`: whether the reply to the rendered request is known, None before it was
    looked up. `turns_known`: turns of that conversation already known.
    """

    conflict: bool = False
    stanza: bool = False
    home: bool = False
    origin: Literal["generated", "accepted", "carried"] = "generated"
    request: Answer = "differs"
    shape: Answer = "differs"
    checks: Answer = "differs"
    declared_checks: bool = False
    disk: Disk = "absent"
    noted_failed: bool = False
    pinned: bool = False
    stuck: bool = False
    need_unknown: bool = False
    reply: Literal["known", "unknown"] | None = None
    turns_known: int = 0
    attempts: int = 3
    review: bool = False


class Calls(NamedTuple):
    """How many calls an act may cost."""

    least: int
    expected: int
    most: int


NO_CALLS = Calls(0, 0, 0)


class Decision(NamedTuple):
    """What will be done. `row` is the row of the table that fitted; `reply_lost` marks a call for a reply that once
    was there."""

    state: State
    row: int
    act: Act
    calls: Calls = NO_CALLS
    reply_lost: bool = False


class Undecided(NamedTuple):
    """Only the request can tell: render it and look its reply up."""


def decide(facts: Facts) -> Decision | Undecided:
    """Return the first row that fits."""
    left = max(0, facts.attempts - facts.turns_known) * (2 if facts.review else 1)
    maybe_calls = Calls(0, 0, left)
    same_request = facts.stanza and facts.request == "equal"
    all_same = same_request and facts.shape == "equal" and facts.checks == "equal"
    text_at_hand = facts.disk in ("ok", "eol")
    if facts.conflict:
        return Decision("conflict", 2, "nothing")
    if facts.disk == "foreign":
        return Decision("edited", 4, "nothing")
    if all_same and facts.disk == "ok" and facts.home:
        return Decision("fresh", 5, "nothing")
    if facts.noted_failed:
        return Decision("failed", 6, "nothing")
    if facts.stanza and facts.origin == "accepted" and _is_held(facts):
        return Decision("held", 7, "nothing")
    if facts.stuck:
        return Decision("blocked", 8, "nothing")
    if facts.stanza and (facts.request == "unknown" or (same_request and facts.checks == "unknown")):
        return Decision("maybe", 9, "wait", maybe_calls)
    if all_same and (facts.pinned or text_at_hand):
        return Decision("replay", 10, "trace")
    if same_request and (facts.pinned or (facts.shape == "equal" and text_at_hand)):
        return Decision("recheck", 11, "recheck", maybe_calls)
    if facts.need_unknown:
        # Nothing can be rendered yet: the call is likely, but a need's new interface may lead to a known reply.
        return Decision("call", 13, "wait", Calls(0, 2 if facts.review else 1, left))
    if facts.reply is None:
        return Undecided()
    if facts.reply == "known":
        return Decision("replay", 12, "conversation", maybe_calls)
    once = 2 if facts.review else 1
    return Decision("call", 13, "conversation", Calls(once, once, max(left, once)), reply_lost=same_request)


def may_repair(facts: Facts) -> bool:
    """Tell whether a recheck that fails (row 11) may ask for a repair.

    Only if what the spec itself demands has changed, of a reply that a model gave: a need's new body is no reason to
    pay for its dependents, and a person's text is never changed by itself.
    """
    return facts.declared_checks and facts.origin == "generated" and facts.pinned


def _is_held(facts: Facts) -> bool:
    changed_on_disk = facts.disk != "ok" or facts.shape == "differs"
    return facts.request == "differs" or (changed_on_disk and not facts.pinned)
