"""Why a target is in its state: the decision's facts as reasons, and changed components as lines with old and new
value.

In: what a walk found. Out: values with text in them, the same for `plan`, `why` and every line of `build`. Explaining
is never a mode: a decision comes with its reasons.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from specbuild.canonical_json import Json, canonical_json, short_digest
from specbuild.comparison import Difference
from specbuild.decision import Decision, Facts, State
from specbuild.fitting import Fit

LONGEST_VALUE = 60
Wish = Literal["regenerate", "force"]
"""What a person asked of one target beyond building it."""


class Reason(NamedTuple):
    """One reason: a stable word for machines and a text for people."""

    word: str
    text: str


class Change(NamedTuple):
    """One changed component for `why`: old and new as short texts ("unknown" where the old value can't be had)."""

    component: str
    field: str
    before: str
    after: str


def reasons_of(
    decision: Decision,
    facts: Facts,
    fit: Fit | None,
    differences: Sequence[Difference],
    *,
    stuck_needs: Sequence[str] = (),
    wish: Wish | None = None,
) -> tuple[Reason, ...]:
    """Return why the decision is what it is, the most telling reason first; never empty.

    `stuck_needs` are the ids of needs that can't be had, `wish` is what a person asked for this very target.
    """
    if decision.state == "blocked":
        return (Reason("need_stuck", f"needs {', '.join(stuck_needs)}, which can't be had"),)
    if decision.state in _PLAIN:
        return (_PLAIN[decision.state],)
    reasons: list[Reason] = []
    if decision.state == "edited":
        reasons.append(Reason("edited", "an output was changed by hand"))
    elif wish is not None:
        reasons.append(_WISHES[wish])
    if fit is None:
        if not reasons:
            reasons.append(Reason("new", "new"))
    else:
        reasons += _of_the_stanza(facts, fit, differences)
    if decision.reply_lost or (decision.state == "held" and not facts.pinned and facts.request != "differs"):
        reasons.append(Reason("reply_lost", "the pinned reply is lost"))
    if decision.row == 12:
        reasons.append(Reason("reply_known", "reply known"))
    return tuple(reasons) or (Reason("stale", decision.state),)


def changes_of(
    differences: Sequence[Difference], *, values: Mapping[str, Json], old_values: Mapping[str, Json]
) -> tuple[Change, ...]:
    """Return the changed components with their values, for a spec field by field.

    `values` are the request values of the spec now, `old_values` those that the pinned root record keeps; an old value
    whose hash is not the stanza's is shown as unknown.
    """
    return tuple(_change(one, values, old_values) for one in differences)


_PLAIN: Mapping[State, Reason] = {
    "fresh": Reason("fresh", "up to date"),
    "conflict": Reason("conflict", "its stanza in the lock can't be believed"),
    "failed": Reason("failed_before", "its checks failed with exactly these components"),
}
_WISHES: Mapping[Wish, Reason] = {
    "regenerate": Reason("regenerate", "another sample was asked for"),
    "force": Reason("force", "its text is given up"),
}


def _of_the_stanza(facts: Facts, fit: Fit, differences: Sequence[Difference]) -> list[Reason]:
    reasons: list[Reason] = []
    if fit.origin == "adopted":
        reasons.append(Reason("moved", f"moved from {fit.from_id}"))
    if fit.origin == "kept":
        reasons.append(Reason("kept", "as built before"))
    reasons += _changes_in_short(differences)
    if facts.request == "unknown" or facts.checks == "unknown":
        reasons.append(Reason("need_unknown", "depends on needs that are built first"))
    return reasons + _on_disk(facts)


def _change(one: Difference, values: Mapping[str, Json], old_values: Mapping[str, Json]) -> Change:
    if one.component != "spec":
        return Change(one.component, one.field, _short(one.before), _short(one.after))
    before = "absent" if one.before is None else "unknown"
    if one.before is not None and one.field in old_values and short_digest(old_values[one.field]) == one.before:
        before = _short(old_values[one.field], beside=values.get(one.field))
    after = "absent" if one.after is None else _short(values.get(one.field), beside=old_values.get(one.field))
    return Change("spec", one.field, before, after)


def _short(value: Json, *, beside: Json = None) -> str:
    if value is None:
        return "absent"
    text = value if isinstance(value, str) else canonical_json(value)
    start = 0
    if isinstance(value, str) and isinstance(beside, str):
        # Long texts mostly begin alike: show the place where they part.
        common = next(
            (at for at, (one, other) in enumerate(zip(value, beside, strict=False)) if one != other),
            min(len(value), len(beside)),
        )
        start = max(0, common - 15) if len(text) > LONGEST_VALUE else 0
    part = " ".join(text[start : start + LONGEST_VALUE].split())
    return ("…" if start else "") + part + ("…" if start + LONGEST_VALUE < len(text) else "")


def _changes_in_short(differences: Sequence[Difference]) -> list[Reason]:
    fields: dict[tuple[str, str], list[Difference]] = {}
    for one in differences:
        fields.setdefault((one.facet, one.component), []).append(one)
    return [_in_short(facet, component, group) for (facet, component), group in fields.items()]


def _in_short(facet: str, component: str, group: Sequence[Difference]) -> Reason:
    names = ", ".join(one.field for one in group if one.field)
    if facet == "request" and component == "spec":
        return Reason("spec_changed", f"spec changed: {names}")
    if facet == "request" and component == "needs":
        return Reason("interface_changed", f"interface changed: {names}")
    if facet == "request" and component in ("model", "service", "mode", "edition"):
        return Reason(f"{component}_changed", f"{component} changed: {group[0].before} → {group[0].after}")
    if facet == "request":
        return Reason(f"{component}_changed", f"{component} changed" + (f": {names}" if names else ""))
    if facet == "shape":
        return Reason("shape_changed", f"{component} changed")
    if component == "needs":
        return Reason("need_outputs_changed", f"outputs of needs changed: {names}")
    return Reason("checks_changed", f"checks changed: {component}" + (f" {names}" if names else ""))


def _on_disk(facts: Facts) -> list[Reason]:
    texts = {
        "eol": "line endings or the executable bit differ",
        "absent": "an output is missing",
        "ours": "an earlier output lies there",
    }
    return [Reason(f"output_{facts.disk}", texts[facts.disk])] if facts.disk in texts else []
