"""Iterations as text for people and JSON for machines: the list, one of them, two compared, replays."""

import difflib
from collections.abc import Sequence
from typing import Protocol

from specbuild.canonical_json import Json
from specbuild.chronicle import IterationRow, ModuleRow, Rates, TargetChange
from specbuild.diagnostic import Diagnostic
from specbuild.formats.diff_text import OutputPair, diff_json
from specbuild.formats.json_text import diagnostic_json
from specbuild.formats.text import table_text
from specbuild.iteration import Portion, SuiteCounts
from specbuild.styled_text import Span

NAMED_AT_MOST = 3
"""So many changed specs are named in a row of the list; of the others it says how many."""


class Replayed(Protocol):
    """An iteration that was rebuilt; without diagnostics every hash is the same."""

    @property
    def number(self) -> int: ...
    @property
    def rendered(self) -> int: ...
    @property
    def outputs(self) -> object: ...
    @property
    def diagnostics(self) -> Sequence[Diagnostic]: ...


def history_text(rows: Sequence[IterationRow], rates: Rates) -> list[Span]:
    """Return a row for each iteration, and below them how often a reply passed."""
    if not rows:
        return [Span("no iteration yet\n")]
    table: list[list[str | Span]] = [
        [Span(head, "strong") for head in ("", "modules", "logical lines", "tests", "changed specs", "what")]
    ]
    for row in rows:
        one = row.iteration
        modules, lines = _portion(one.module_share), _portion(one.line_share)
        table.append([str(one.number), modules, lines, _tests(one.tests), _changed(row), one.what])
    return [*table_text(table), Span(rates_text(rates) + "\n")]


def rates_text(rates: Rates) -> str:
    """Return the rates in one sentence."""
    return (
        f"{rates.conversations} recorded conversations: {_part(rates.first_try, rates.conversations)} passed with the "
        f"first reply, {_part(rates.after_repair, rates.conversations)} after a repair, "
        f"{_part(rates.never, rates.conversations)} never"
    )


def history_json(rows: Sequence[IterationRow], rates: Rates, faults: Sequence[Diagnostic]) -> Json:
    """Return all iterations and rates as one value."""
    return {
        "iterations": [_row_json(row) for row in rows],
        "rates": {**rates._asdict(), "never": rates.never},
        "diagnostics": [diagnostic_json(one) for one in faults],
    }


def iteration_shown(row: IterationRow, modules: Sequence[ModuleRow]) -> list[Span]:
    """Return one iteration: its facts, and a row for each of its modules."""
    one = row.iteration
    facts = [
        ["what", one.what],
        ["parent", f"iteration {one.parent.number}, tree {one.parent.tree}" if one.parent else "none"],
        ["tree", one.tree],
        ["modules", _portion(one.module_share)],
        ["logical lines", _portion(one.line_share)],
        ["tests", _tests(one.tests)],
        ["usage", f"{one.calls} calls, {_tokens(one.input_tokens)} tokens in, {_tokens(one.output_tokens)} out"],
        ["second stage", _second_stage(row)],
        ["changed specs", _changed(row, at_most=len(row.added) + len(row.removed) + len(row.changed))],
    ]
    spans = [Span(f"iteration {one.number}\n", "strong"), *table_text([[Span(f"  {a}", "faint"), b] for a, b in facts])]
    table: list[list[str | Span]] = [
        [Span(head, "strong") for head in ("module", "lines", "copied", "attempts", "reply")]
    ]
    for module in modules:
        copied = f"{module.copied_share * 100:.1f} %"
        table.append([module.id, str(module.logical_lines), copied, str(module.attempts), module.reply])
    return [*spans, Span("\n"), *table_text(table)]


def iteration_json(row: IterationRow, modules: Sequence[ModuleRow]) -> Json:
    """Return one iteration and its modules as one value."""
    return {**_row_json(row), "modules": [{**one._asdict(), "outputs": list(one.outputs)} for one in modules]}


def compared_text(targets: Sequence[TargetChange], outputs: Sequence[OutputPair]) -> list[Span]:
    """Return what changed from one iteration to another: each target's components, then outputs with their counts."""
    spans: list[Span] = []
    for target in targets:
        spans += [Span(target.id, "strong"), Span(f" {target.kind}\n")]
        for change in target.changes:
            spans += [Span(f"  {f'{change.component} {change.field}'.strip()}\n")]
            spans += [Span("    was ", "faint"), Span(f"{change.before}\n")]
            spans += [Span("    now ", "faint"), Span(f"{change.after}\n")]
    rows: list[list[str | Span]] = []
    for one in outputs:
        added, removed = line_counts(one)
        rows.append([one.path, Span(f"+{added}", "good"), Span(f"-{removed}", "error")])
    spans += table_text(rows)
    return spans or [Span("no difference\n")]


def compared_json(targets: Sequence[TargetChange], outputs: Sequence[OutputPair], *, full: bool) -> Json:
    """Return changed targets and outputs as one value; `full`: with the unified diffs."""
    counted: list[Json] = []
    for one in outputs:
        added, removed = line_counts(one)
        counted.append({"id": one.id, "path": one.path, "added": added, "removed": removed})
    value: dict[str, Json] = {
        "targets": [
            {"id": one.id, "kind": one.kind, "changes": [change._asdict() for change in one.changes]} for one in targets
        ],
        "outputs": counted,
    }
    return {**value, "diffs": diff_json(outputs)} if full else value


def line_counts(pair: OutputPair) -> tuple[int, int]:
    """Return how many lines were added to an output, and how many were removed from it."""
    before, after = ((raw or b"").decode("utf-8", "replace").split("\n") for raw in (pair.built, pair.present))
    marks = [line[:1] for line in list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]]
    return marks.count("+"), marks.count("-")


def replayed_text(replays: Sequence[Replayed]) -> list[Span]:
    """Return a row for each iteration, and the total."""
    rows: list[list[str | Span]] = []
    for one in replays:
        mark = Span("differs", "error") if one.diagnostics else Span("same", "good")
        rows.append([mark, f"iteration {one.number}", f"{one.rendered} requests rendered, no call"])
    return table_text(rows) if rows else [Span("no iteration yet\n")]


def replayed_json(replays: Sequence[Replayed], diagnostics: Sequence[Diagnostic]) -> Json:
    """Return one object for each iteration, and every difference."""
    return {
        "same": not diagnostics,
        "iterations": [
            {"number": one.number, "same": not one.diagnostics, "rendered": one.rendered} for one in replays
        ],
        "diagnostics": [diagnostic_json(one) for one in diagnostics],
    }


def _row_json(row: IterationRow) -> dict[str, Json]:
    one = row.iteration
    return {
        "number": one.number,
        "what": one.what,
        "parent": None if one.parent is None else one.parent._asdict(),
        "tree": one.tree,
        "modules": one.module_share._asdict(),
        "logical_lines": one.line_share._asdict(),
        "tests": None if one.tests is None else one.tests._asdict(),
        "usage": {"calls": one.calls, "input": one.input_tokens, "output": one.output_tokens},
        "stage2": one.second_stage._asdict(),
        "specs": {"added": list(row.added), "removed": list(row.removed), "changed": list(row.changed)},
    }


def _portion(portion: Portion) -> str:
    return f"{portion.generated} of {portion.all} ({_percent(*portion)})"


def _part(number: int, of: int) -> str:
    return f"{number} ({_percent(number, of)})"


def _percent(number: int, of: int) -> str:
    return f"{100 * number / of:.1f} %" if of else "–"


def _tests(tests: SuiteCounts | None) -> str:
    if tests is None:
        return "not counted"
    return ", ".join(f"{number} {name}" for name, number in tests._asdict().items() if number or name == "passed")


def _changed(row: IterationRow, *, at_most: int = NAMED_AT_MOST) -> str:
    parts = []
    for word, ids in (("new", row.added), ("gone", row.removed), ("", row.changed)):
        named = ", ".join(ids) if len(ids) <= at_most else f"{len(ids)} specs"
        if ids:
            parts.append(f"{word} {named}".strip())
    return "; ".join(parts) or "none"


def _tokens(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _second_stage(row: IterationRow) -> str:
    stage = row.iteration.second_stage
    by = "the staged package itself" if stage.by == "stage" else "the running tool"
    return f"{stage.rendered} requests rendered and {stage.extracted} replies extracted by {by}"
