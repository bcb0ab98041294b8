"""A plan as text for people and as JSON for machines: targets sorted by state, with reasons, calls, tokens and cost."""

import shlex
from collections.abc import Collection, Mapping, Sequence

from specbuild.canonical_json import Json
from specbuild.decision import STATES, Calls, State
from specbuild.formats.text import table_text
from specbuild.plan import Plan, PlanLine
from specbuild.styled_text import Span, Style
from specbuild.text_safety import printable
from specbuild.why import Change

STATE_STYLES: dict[State, Style] = {
    "invalid": "error",
    "conflict": "error",
    "edited": "warning",
    "held": "warning",
    "failed": "error",
    "blocked": "warning",
    "call": "strong",
    "maybe": "note",
    "recheck": "note",
    "replay": "good",
    "orphan": "warning",
    "fresh": "faint",
}


def plan_text(plan: Plan) -> list[Span]:
    """Return the stale targets by state, each with reason, calls (least / expected / most), tokens and cost; then
    totals."""
    spans: list[Span] = []
    for state, lines in plan.by_state():
        if state == "fresh":
            continue
        spans += [Span(f"{state}", STATE_STYLES[state]), Span(f": {STATES[state]}\n", "faint")]
        spans += table_text(
            [["  " + line.id, line.reason + (" (local)" if line.local else ""), *_price(line)] for line in lines]
        )
    fresh = sum(line.state == "fresh" for line in plan.lines)
    if not plan.stale:
        return [Span("nothing to do", "good"), Span(f": {fresh} fresh\n")]
    spans += [Span("total", "strong"), Span(f": {calls_text(plan.calls)}; {_totals(plan)}; {fresh} fresh\n")]
    return spans


def status_text(plan: Plan, *, revisions: Mapping[str, int] | None = None) -> list[Span]:
    """Return one row for every target: state, id, reason, and how many `revisions` in a row its text has."""
    deep = revisions or {}
    rows: list[list[str | Span]] = [
        [
            Span(line.state, STATE_STYLES[line.state]),
            line.id,
            line.reason + (f" (revision {deep[line.id]})" if deep.get(line.id) else ""),
        ]
        for line in plan.lines
    ]
    return table_text(rows) + counts_text(plan)


def counts_text(plan: Plan) -> list[Span]:
    """Return the number of targets in each state, in one line."""
    counts = ", ".join(f"{len(lines)} {state}" for state, lines in plan.by_state())
    return [Span(f"{counts or 'no specs'}\n")]


def findings_text(plan: Plan, *, own: Collection[str] = ()) -> list[Span]:
    """Return what `check` found: a row for each finding, then what to do about each state that occurs. `own` are the
    targets that `specbuild iterate` builds."""
    rows: list[list[str | Span]] = [
        [Span(line.state, STATE_STYLES[line.state]), line.id, line.reason] for line in plan.findings
    ]
    spans = table_text(rows)
    concerned: dict[tuple[State, str], list[str]] = {}
    for line in plan.findings:
        concerned.setdefault((line.state, _remedy(line, own)), []).append(line.id)
    for (state, remedy), ids in concerned.items():
        hint = _named(remedy, ids[0]) if len(ids) == 1 else remedy
        spans += [Span("  hint", "good"), Span(f": {state}: {hint}\n")]
    return spans


HINTS: dict[State, str] = {
    "edited": "`specbuild accept ID` keeps the edit, `specbuild build --force ID` gives it up",
    "held": "`specbuild accept ID` keeps the text, `specbuild revise ID` asks for the change in it, "
    "`specbuild regenerate ID` gives it up",
    "failed": "make the spec clearer, or `specbuild regenerate --failed`",
    "call": "`specbuild build` asks the model",
    "replay": "`specbuild build --offline` writes it without a call",
    "recheck": "`specbuild build` judges it anew",
    "orphan": "`specbuild prune` removes it",
    "conflict": "`specbuild lock --resolve` takes each entry from the side that answers the merged sources",
}


def hint_of(line: PlanLine, own: Collection[str]) -> str:
    """Return what to do about a finding; `own` are the targets that `specbuild iterate` builds."""
    return _named(_remedy(line, own), line.id)


def _named(remedy: str, id: str) -> str:
    return remedy.replace(" ID", f" {shlex.quote(printable(id, keep_newlines=False))}")


def _remedy(line: PlanLine, own: Collection[str]) -> str:
    if line.id in own and line.state not in ("conflict", "orphan"):
        return (
            EDITED_OWN if line.state == "edited" else "`specbuild iterate --promote` builds, tests and puts it in place"
        )
    if line.state == "edited" and line.reasons[0].word == "layout":
        return LAID_OUT_ANEW
    if line.state == "replay" and line.calls.most:
        return JUDGED_FIRST
    return HINTS.get(line.state, STATES[line.state])


LAID_OUT_ANEW = (
    "`specbuild build --force ID` puts the layout back; name the formatter as `format` under [build], or keep the hook "
    "that changes outputs off them (`specbuild doctor` prints the line)"
)
JUDGED_FIRST = "`specbuild build` judges the known reply and writes it, and asks the model only if it fails"
EDITED_OWN = "put the edit into the spec; `git checkout -- FILE` gives it up, then `specbuild iterate --promote`"


def why_text(line: PlanLine, changes: Sequence[Change]) -> list[Span]:
    """Return a target's state, its reasons, and every changed component with old and new value."""
    spans = [
        Span(line.id, "strong"),
        Span(": "),
        Span(line.state, STATE_STYLES[line.state]),
        Span(f" ({STATES[line.state]})\n"),
    ]
    for reason in line.reasons:
        spans.append(Span(f"  {reason.text}\n"))
    for change in changes:
        name = f"{change.component} {change.field}".strip()
        spans += [Span(f"  {name}\n", "strong"), Span("    was ", "faint"), Span(f"{change.before}\n")]
        spans += [Span("    now ", "faint"), Span(f"{change.after}\n")]
    if line.calls.most:
        spans.append(Span(f"  {calls_text(line.calls)}\n"))
    return spans


def calls_text(calls: Calls) -> str:
    """Return "1 / 1 / 3 calls (least / expected / most)", or "no call"."""
    return (
        f"calls {calls.least} / {calls.expected} / {calls.most} (least / expected / most)" if calls.most else "no call"
    )


def plan_json(plan: Plan, *, revisions: Mapping[str, int] | None = None) -> dict[str, Json]:
    """Return the whole plan as one JSON value; with `revisions` each target says how many of them its text has."""
    targets = [line_json(line) for line in plan.lines]
    if revisions is not None:
        for one, line in zip(targets, plan.lines, strict=True):
            one["revisions"] = revisions.get(line.id, 0)
    return {
        "calls": plan.calls._asdict(),
        "targets": targets,
        "counts": {state: len(lines) for state, lines in plan.by_state()},
    }


def line_json(line: PlanLine, changes: Sequence[Change] = ()) -> dict[str, Json]:
    """Return one line of a plan as a JSON object."""
    value: dict[str, Json] = {
        "id": line.id,
        "state": line.state,
        "row": line.row,
        "reasons": [reason._asdict() for reason in line.reasons],
        "calls": line.calls._asdict(),
        "tokens": line.tokens,
        "cost": line.cost,
        "local": line.local,
        "finding": line.finding,
        "outputs": list(line.outputs),
    }
    if changes:
        value["changes"] = [change._asdict() for change in changes]
    return value


def _price(line: PlanLine) -> list[str]:
    if not line.calls.most:
        return []
    calls = f"{line.calls.least} / {line.calls.expected} / {line.calls.most} calls"
    tokens = "tokens unknown" if line.tokens is None else f"~{line.tokens:,} tokens"
    return (
        [calls, tokens, "cost unknown" if line.cost is None else f"~{line.cost:.4g}"]
        if line.calls.expected
        else [calls]
    )


def _totals(plan: Plan) -> str:
    asked = [line for line in plan.lines if line.calls.expected]
    if not asked:
        return "nothing to pay"
    known = [line.tokens for line in asked if line.tokens is not None]
    more = " and more" if len(known) < len(asked) else ""
    tokens = f"~{sum(known):,} tokens{more}" if known else "tokens unknown"
    if any(line.cost is None for line in asked):
        return f"{tokens}, cost unknown"
    return f"{tokens}, cost ~{sum(line.cost or 0.0 for line in asked):.4g}"
