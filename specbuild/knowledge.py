"""What dependents may know of a need once it is decided: its interface, its outputs, or that neither will come.

In: a decision and the stanza it was made against. Out: a value for the dependents' components. `build` replaces it by
what really came out.
"""

from collections.abc import Iterable
from typing import NamedTuple

from specbuild.canonical_json import short_digest
from specbuild.decision import Decision, State
from specbuild.stanza import Stanza

STUCK_STATES: tuple[State, ...] = ("invalid", "conflict", "failed", "blocked")


class Knowledge(NamedTuple):
    """What is known of a need: the label of its interface, the digest of its outputs (None: not known yet), and whether
    it is stuck, so that what is unknown will stay so in this run."""

    label: str | None
    outputs: str | None
    stuck: bool = False


def knowledge_after(
    decision: Decision,
    stanza: Stanza | None,
    *,
    request_equal: bool,
    declared: str | None,
    need_outputs: Iterable[str | None],
) -> Knowledge:
    """Return what dependents may count on after `decision`, before anything is done.

    A held or merely edited need shows its locked interface; one that will be asked shows only what its spec declares
    (`declared` is the label of that, if any). `need_outputs` are what is known of its own needs' outputs.
    """
    if decision.state in STUCK_STATES or (decision.state == "edited" and not request_equal):
        return knowledge_if_stuck(stanza, request_equal=request_equal, declared=declared, need_outputs=need_outputs)
    if stanza is not None and (decision.state in ("fresh", "held", "edited") or decision.row == 10):
        return known_from(stanza, need_outputs)
    if stanza is not None and decision.row == 11:
        return Knowledge(stanza.interface, None)
    return Knowledge(declared, None)


def knowledge_if_stuck(
    stanza: Stanza | None, *, request_equal: bool, declared: str | None, need_outputs: Iterable[str | None]
) -> Knowledge:
    """Return what dependents may still count on when nothing more will come of a need in this run.

    If the stanza answers the request of now, its interface and outputs are the right ones whatever else went wrong (new
    checks that fail, say): they stay in place. Otherwise only a declared interface is known.
    """
    if stanza is None or not request_equal:
        return Knowledge(declared, None, stuck=True)
    return known_from(stanza, need_outputs)._replace(stuck=True)


def known_from(stanza: Stanza, need_outputs: Iterable[str | None]) -> Knowledge:
    """Return what a finished build tells its dependents."""
    return Knowledge(stanza.interface, outputs_digest(stanza, need_outputs))


def outputs_digest(stanza: Stanza, need_outputs: Iterable[str | None]) -> str | None:
    """Return the digest of a target's outputs and, by theirs, of all its needs near and far; None if one is unknown.

    It is what a judgement that ran against them depends on; where they lie does not matter.
    """
    below = list(need_outputs)
    if None in below:
        return None
    own = sorted([path.rpartition("/")[2], state.mode, state.sha256] for path, state in stanza.outputs.items())
    return short_digest({"outputs": own, "needs": sorted(str(one) for one in below)})
