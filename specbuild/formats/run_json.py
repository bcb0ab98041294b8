"""A finished run as one JSON value: what `build --json` and `regenerate --json` print."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from specbuild.canonical_json import Json
from specbuild.diagnostic import Diagnostic
from specbuild.formats.json_text import diagnostic_json
from specbuild.formats.timings_text import timings_json
from specbuild.progress import Event, Spent, Summary
from specbuild.timings import Timings

if TYPE_CHECKING:
    from specbuild.change_size import ChangeSize


def run_json(
    events: Sequence[Event],
    summary: Summary,
    *,
    notices: Sequence[Diagnostic],
    exit_code: int,
    timings: Timings | None = None,
) -> dict[str, Json]:
    """Return targets (those that were not fresh) by id, counts, what was spent, the exit code, and where the time
    went."""
    measured: dict[str, Json] = {} if timings is None else {"timings": timings_json(timings)}
    return {
        **measured,
        "exit_code": exit_code,
        "targets": [target_json(one) for one in sorted(events, key=lambda one: one.id)],
        "counts": {ending: number for ending, number in summary.endings.items() if number},
        "files_written": summary.files_written,
        "spent": spent_json(summary.spent),
        "elapsed_s": round(summary.elapsed_s, 3),
        "notices": [diagnostic_json(one) for one in notices],
    }


def target_json(event: Event) -> dict[str, Json]:
    """Return how one target ended."""
    return {
        "id": event.id,
        "ending": event.ending,
        "reason": event.reason,
        "spent": spent_json(event.spent),
        "elapsed_s": round(event.elapsed_s, 3),
        "diagnostics": [diagnostic_json(one) for one in event.diagnostics],
        "notes": event.notes,
        "change": _change(event.change),
    }


def _change(change: "ChangeSize | None") -> Json:
    if change is None:
        return None
    names = None if change.names is None else {kind: list(found) for kind, found in change.names._asdict().items()}
    return {
        "spec": None if change.spec is None else change.spec._asdict(),
        "code": None if change.code is None else change.code._asdict(),
        "names": names,
    }


def spent_json(spent: Spent) -> dict[str, Json]:
    """Return what was spent; a cost that is not known is null."""
    return {
        "calls": spent.calls,
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
        "cost": spent.cost,
    }
