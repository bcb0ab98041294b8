"""A run as its events tell it: who was asked when, what that took, and the chain of needs that ended last."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from specbuild.canonical_json import Json

KINDS = {"asking": "call", "checking": "check", "writing": "write"}
"""What a stretch is, by the words in which a run tells it; all else is other work."""


class Stretch(NamedTuple):
    """What was done for a target from when to when, in seconds of the run; `kind` is a value of KINDS or "wait"."""

    id: str
    kind: str
    begin_s: float
    end_s: float


class Timeline(NamedTuple):
    """One run. `critical` are the targets that waited for each other and ended last, the first of them first."""

    started: str
    whole_s: float
    exit_code: int | None
    stretches: tuple[Stretch, ...]
    endings: Mapping[str, str]
    critical: tuple[str, ...]


def timeline_of(text: str, needs_of: Mapping[str, Sequence[str]]) -> Timeline | None:
    """Return the timeline of the lines that `--events` writes; None if they are none, or of another version.

    A torn last line, and events that are not known, are passed over.
    """
    lines = list(_lines(text))
    if not lines or lines[0].get("events") != 1:
        return None
    under_way: dict[str, tuple[str, float]] = {}
    stretches: list[Stretch] = []
    endings: dict[str, str] = {}
    whole_s, exit_code = 0.0, None
    for one in lines:
        now_s, event, id_ = _seconds(one), one.get("event"), one.get("id")
        whole_s = max(whole_s, now_s)
        if event == "exit" and isinstance(code := one.get("code"), int):
            exit_code = code
        if not isinstance(id_, str) or event not in ("working", "waits", "ended"):
            continue
        before = under_way.pop(id_, None)
        if before is not None:
            stretches.append(Stretch(id_, before[0], before[1], now_s))
        if event == "ended":
            endings[id_] = str(one.get("ending", ""))
        else:
            kind = "wait" if event == "waits" else KINDS.get(str(one.get("what")), "other")
            under_way[id_] = (kind, now_s)
    stretches += [Stretch(one, kind, since_s, whole_s) for one, (kind, since_s) in under_way.items()]
    started = str(lines[0].get("started", ""))
    return Timeline(started, whole_s, exit_code, tuple(stretches), endings, _critical(stretches, needs_of))


def _lines(text: str) -> Iterator[Mapping[str, Json]]:
    for line in text.split("\n"):
        try:
            value = json.loads(line) if line.strip() else None
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def _seconds(one: Mapping[str, Json]) -> float:
    told = one.get("t")
    return float(told) if isinstance(told, int | float) else 0.0


def _critical(stretches: Sequence[Stretch], needs_of: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    ends: dict[str, float] = {}
    for one in stretches:
        ends[one.id] = max(ends.get(one.id, 0.0), one.end_s)
    if not ends:
        return ()
    chain = [max(ends, key=lambda id_: (ends[id_], id_))]
    while made := [need for need in needs_of.get(chain[-1], ()) if need in ends and need not in chain]:
        chain.append(max(made, key=lambda id_: (ends[id_], id_)))
    return tuple(reversed(chain))
