"""What a report page is given: all that is known of the targets as one JSON value, cut to what a page has room for.

The table stands there as it is; the long texts (prompts, replies, differences) are one deflated block, each distinct
text once. If they don't fit, the longest are cut first, and each says how much of it was left out.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from specbuild.canonical_json import Json
from specbuild.chronicle import IterationRow, Rates
from specbuild.plan import PlanLine
from specbuild.progress import Spent
from specbuild.redaction import redacted
from specbuild.stanza import Stanza
from specbuild.text_safety import printable
from specbuild.timeline import Timeline

REPORT_VERSION = 1
MOST_BYTES = 940_000
"""So large may the data be, without the page around it, unless everything is wanted."""
LONGEST = (200_000, 60_000, 24_000, 12_000, 6_000, 3_000, 2_000, 1_400, 1_000, 700, 500, 350, 250, 150, 0)
"""The lengths of the longest text that are tried, until all fit."""


class Try(NamedTuple):
    """One reply: what it said, the model's thoughts, what it was told in return ("": nothing), and what it took."""

    said: str
    thoughts: str
    told: str
    spent: Spent | None


@dataclass(frozen=True, slots=True)
class Told:
    """One target. What is not known is None or empty; `spent` is summed over all replies; `before` is the date, commit
    and subject of the generation before, `difference` the unified diff from it."""

    line: PlanLine
    stanza: Stanza | None
    needs: tuple[str, ...]
    tags: tuple[str, ...]
    lines: int | None
    spent: Spent | None
    tries: tuple[Try, ...]
    prompt: tuple[tuple[str, str], ...]
    notes: str
    is_agent: bool
    before: tuple[str, str, str] | None
    difference: str


class Gathered(NamedTuple):
    """All targets in the order of needs, and the iterations of a project that makes modules of itself."""

    name: str
    targets: tuple[Told, ...]
    iterations: tuple[IterationRow, ...]
    passed_at_once: Mapping[int, int]
    """By iteration: of how many modules the first reply passed."""
    rates: Rates | None


def report_json(
    found: Gathered, run: Timeline | None, *, made: str, version: str, most_bytes: int | None = MOST_BYTES
) -> dict[str, Json]:
    """Return the data of a page; with `most_bytes` None no text is cut."""
    number_of = {one.line.id: number for number, one in enumerate(found.targets)}
    value: dict[str, Json] = {
        "version": REPORT_VERSION,
        "project": _safe(found.name),
        "made": made,
        "tool": version,
        "columns": list(_COLUMNS),
        "rows": [_row(one, number_of) for one in found.targets],
        "run": _run(run, number_of) if run is not None else None,
        "iterations": [_iteration(one, found.passed_at_once) for one in found.iterations],
        "rates": {**found.rates._asdict(), "never": found.rates.never} if found.rates else None,
    }
    room = None if most_bytes is None else most_bytes - len(_json(value))
    value["texts"] = _packed(found, room)
    return value


_COLUMNS = (
    "id", "state", "reason", "model", "service", "mode", "attempts", "calls", "input", "output", "cost", "lines",
    "origin", "tags", "needs", "key", "sample", "revisions",
)  # fmt: skip


def _row(one: Told, number_of: Mapping[str, int]) -> list[Json]:
    stanza, spent = one.stanza, one.spent
    inputs = stanza.inputs if stanza else {}
    pin = stanza.reply if stanza else None
    return [
        _safe(one.line.id), one.line.state, _safe(one.line.reason), _safe(str(inputs.get("model") or "")),
        _safe(str(inputs.get("service") or "")), "agent" if one.is_agent else str(inputs.get("mode") or "single"),
        pin.attempts if pin else None, spent.calls if spent else None, spent.input_tokens if spent else None,
        spent.output_tokens if spent else None, spent.cost if spent else None, one.lines,
        stanza.origin if stanza else "", [_safe(tag) for tag in one.tags],
        [number_of[need] for need in one.needs if need in number_of], pin.key[:16] if pin else "",
        pin.sample if pin else 0, stanza.revisions if stanza else 0,
    ]  # fmt: skip


def _run(run: Timeline, number_of: Mapping[str, int]) -> dict[str, Json]:
    return {
        "started": _safe(run.started),
        "seconds": round(run.whole_s, 2),
        "exit_code": run.exit_code,
        "stretches": [
            [number_of[one.id], one.kind, round(one.begin_s, 3), round(one.end_s, 3)]
            for one in run.stretches
            if one.id in number_of and (one.kind != "other" or one.end_s - one.begin_s >= 0.05)
        ],
        "critical": [number_of[one] for one in run.critical if one in number_of],
        "endings": {_safe(id_): _safe(ending) for id_, ending in run.endings.items() if ending not in _USUAL},
    }


_USUAL = ("built", "replayed", "rechecked", "fresh")


def _iteration(row: IterationRow, passed_at_once: Mapping[int, int]) -> dict[str, Json]:
    one = row.iteration
    return {
        "number": one.number,
        "what": _safe(one.what),
        "modules": list(one.module_share),
        "lines": list(one.line_share),
        "at_once": passed_at_once.get(one.number, 0),
        "own": len(one.modules),
        "tests": list(one.tests) if one.tests else None,
        "changed": len(row.added) + len(row.removed) + len(row.changed),
    }


def _packed(found: Gathered, room: int | None) -> dict[str, Json]:
    """Return the long texts in one block of at most `room` bytes."""
    texts: dict[str, int] = {}
    targets: list[Json] = [_texts_of(one, texts) for one in found.targets]
    whole = list(texts)
    longest = None if room is None else _longest(whole, targets, room)
    while True:
        told = [_shown(text, longest) for text in whole]
        data = _deflated({"texts": told, "targets": targets}, level=9)
        if room is None or len(data) <= room or longest == LONGEST[-1]:
            break
        longest = LONGEST[0 if longest is None else LONGEST.index(longest) + 1]
    lost = [_left_out(text, longest) for text in whole]
    return {
        "encoding": "base64 of deflate-raw",
        "data": data,
        "texts": len(whole),
        "cut": sum(one > 0 for one in lost),
        "longest": longest,
        "left_out": sum(lost),
    }


def _longest(texts: Sequence[str], targets: Json, room: int) -> int | None:
    """Guess the first length of LONGEST with which all fits (None: nothing need be cut), from how far a part of the
    texts shrinks."""
    fixed = len(_deflated({"targets": targets}, level=6))
    sizes = {one: sum(len(text) - _left_out(text, one) for text in texts) for one in (None, *LONGEST)}
    every = max(1, sizes[None] // 1_000_000)
    for longest in (None, *LONGEST[:-1]):
        if sizes[longest] > 20 * room:
            continue  # text hardly shrinks to a twentieth
        part = [_cut(text, longest) for text in texts[::every]]
        size = sum(len(text) for text in part)
        shrunk = len(_deflated({"texts": part}, level=6)) / size if size else 0
        if fixed + shrunk * sizes[longest] <= room:
            return longest
    return LONGEST[-1]


def _texts_of(one: Told, texts: dict[str, int]) -> dict[str, Json]:
    """Return what the page of a target shows, with the numbers of texts in place of texts."""

    def number(text: str) -> int | None:
        return texts.setdefault(text, len(texts)) if text.strip() else None

    evidence = one.stanza.evidence if one.stanza else {}
    return {
        "prompt": [[_safe(role), number(text)] for role, text in one.prompt],
        "tries": [[number(t.said), number(t.thoughts), number(t.told), *_tokens(t.spent)] for t in one.tries],
        "notes": number(one.notes),
        "difference": number(one.difference),
        "before": [_safe(text) for text in one.before] if one.before else None,
        "evidence": {name: _safe_json(value) for name, value in evidence.items()},
        "failed": bool(one.stanza and one.stanza.failed),
        "outputs": [_safe(path) for path in (one.stanza.outputs if one.stanza else one.line.outputs)],
    }


def _tokens(spent: Spent | None) -> tuple[int | None, int | None]:
    return (None, None) if spent is None else (spent.input_tokens, spent.output_tokens)


def _shown(text: str, longest: int | None) -> str:
    """Return a text as the page has it: without secrets, visible throughout, and cut."""
    if not _left_out(text, longest) or longest is None:
        return _safe(redacted(text), lines=True)
    # Secrets are looked for beyond the cut too, so that none is cut into a part that nothing knows.
    first, last = longest - longest // 3, longest // 3
    head = redacted(text[: first + _MARGIN])[:first]
    tail = redacted(text[-last - _MARGIN :])[-last:] if last else ""
    return _safe(_joined(head, _left_out(text, longest), tail), lines=True)


_MARGIN = 1000
_SLACK = 60
"""A text that is longer by less than its mark would be is not cut."""


def _cut(text: str, longest: int | None) -> str:
    if longest is None or not _left_out(text, longest):
        return text
    last = longest // 3
    return _joined(text[: longest - last], _left_out(text, longest), text[-last:] if last else "")


def _left_out(text: str, longest: int | None) -> int:
    return 0 if longest is None or len(text) <= longest + _SLACK else len(text) - longest


def _joined(head: str, left_out: int, tail: str) -> str:
    return f"{head}\n[… {left_out:,} characters left out …]\n{tail}"


def _deflated(value: Json, *, level: int) -> str:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    raw = packer.compress(_json(value)) + packer.flush()
    return base64.b64encode(raw).decode("ascii")


def _json(value: Json) -> bytes:
    told = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return told.encode("utf-8", "replace")


def _safe(text: str, *, lines: bool = False) -> str:
    return printable(text, keep_newlines=lines)


def _safe_json(value: Json) -> Json:
    if isinstance(value, str):
        return _safe(value)
    if isinstance(value, list | tuple):
        return [_safe_json(one) for one in value]
    return value if isinstance(value, bool | int | float) else _safe(str(value or ""))
