"""Where the time of a build went: a text for people, JSON for machines."""

from collections.abc import Iterable, Mapping

from specbuild.canonical_json import Json
from specbuild.formats.text import table_text
from specbuild.styled_text import Span, StyledText
from specbuild.timings import Part, Phase, TargetTime, Timings

SLOWEST = 10
"""So many targets are named."""
_PHASES: Mapping[Phase, str] = {
    "reading": "configuration and specs",
    "waiting": "for another run that held the project",
    "planning": "lock and known replies: what is stale, and what to ask",
    "making": "the targets, side by side",
    "closing": "the lock, and what the next look needs",
}
_PARTS: Mapping[Part, str] = {
    "model": "asking, and waiting for answers",
    "held up": "waiting between attempts",
    "checks": "judging what was written",
    "disk": "making it last",
    "other": "deciding, taking files out of replies",
}


def timings_text(timings: Timings) -> StyledText:
    """Return the phases of a run, the work on its targets by kind, and the slowest of them."""
    spans = [Span(f"where the time went: {_s(timings.whole_s)}", "strong")]
    spans.append(Span(f", {_s(timings.processor_s)} of a processor\n"))
    spans += _rows((name, timings.phases.get(name), meaning) for name, meaning in _PHASES.items())
    summed_s = sum(one.whole_s for one in timings.targets)
    if timings.targets:
        at_once = summed_s / max(timings.phases.get("making", 0.0), 1e-9)
        what = f"{_targets(len(timings.targets))}: {_s(summed_s)}"
        spans += [Span(f"{what}, {at_once:.1f} at once\n", "strong")]
        spans += _rows((name, seconds, _PARTS[name]) for name, seconds in timings.parts.items())
    if timings.together:
        spans.append(Span(f"{_targets(timings.together)} put back together, while planning and making\n"))
    if len(timings.targets) > 1:
        spans.append(Span("slowest\n", "strong"))
        spans += table_text([[f"  {one.id}", _s(one.whole_s), _parts(one)] for one in timings.targets[:SLOWEST]])
    return spans


def timings_json(timings: Timings) -> dict[str, Json]:
    """Return all of it, in seconds; every target that had a turn, the slowest first."""
    return {
        "whole_s": round(timings.whole_s, 6),
        "processor_s": round(timings.processor_s, 6),
        "phases": _json(timings.phases),
        "parts": _json(timings.parts),
        "put_back_together": timings.together,
        "targets": [
            {"id": one.id, "ending": one.ending, "whole_s": round(one.whole_s, 6), "parts": _json(one.parts)}
            for one in timings.targets
        ],
    }


def _json(seconds: Mapping[Part, float] | Mapping[Phase, float]) -> dict[str, Json]:
    return {str(name): round(one, 6) for name, one in seconds.items()}


def _rows(rows: Iterable[tuple[str, float | None, str]]) -> list[Span]:
    found = [(name, seconds, meaning) for name, seconds, meaning in rows if seconds is not None]
    whole_s = max(sum(seconds for _, seconds, _ in found), 1e-9)
    return table_text([
        [f"  {name}", f"{_s(seconds):>9}", f"{seconds / whole_s:5.0%}", Span(meaning, "faint")]
        for name, seconds, meaning in found
    ])  # fmt: skip


def _parts(target: TargetTime) -> str:
    return ", ".join(f"{part} {_s(seconds)}" for part, seconds in target.parts.items() if seconds >= 0.001)


def _targets(number: int) -> str:
    return f"{number:,} target{'s' if number != 1 else ''}"


def _s(seconds: float) -> str:
    """Return seconds with three digits that count, milliseconds at least."""
    digits = 0 if seconds >= 100 else 1 if seconds >= 10 else 2 if seconds >= 1 else 3
    return f"{seconds:,.{digits}f} s"
