"""From a reply to a judged set of files: extraction first, then every verifier of the table, in order."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from specbuild.extraction import extract
from specbuild.record import Record
from specbuild.target import Target
from specbuild.trial import PAPER, Bench
from specbuild.verifier import READING, VERIFIERS, Verdict, Verifier, broken, failed

Lay = Callable[[Mapping[str, str], Target], Mapping[str, str]]
"""Gives texts as a spec's formatter leaves them."""
RUNNING = ("examples", "command", "stub")
"""The verifiers that run what was written. The others read what the model wrote, and tell it of its own lines."""


def as_they_are(files: Mapping[str, str], target: Target) -> Mapping[str, str]:
    """Return `files`: texts that no formatter changes."""
    return files


class Judged(NamedTuple):
    """One turn's files (empty if it can't be used), the way they were had, the model's notes, and all verdicts."""

    record: Record
    files: Mapping[str, str]
    way: str
    notes: str | None
    verdicts: tuple[Verdict, ...]
    reviews: tuple[Record, ...] = ()
    """The turns of its review."""

    @property
    def passed(self) -> bool:
        """Whether nothing failed and no check is broken."""
        return not failed(self.verdicts) and not self.broken

    @property
    def broken(self) -> bool:
        """Whether a check itself does not work, and nothing else is wrong: asking a model again would mend nothing."""
        return broken(self.verdicts)


def extracted(record: Record, *, marker: str, target: Target) -> Judged:
    """Return the files of one turn; extraction is the only judge."""
    found = extract(record.reply.content, marker=marker, names=target.names, finish_reason=record.reply.finish_reason)
    messages = tuple(fault.message for fault in found.faults)
    verdict = Verdict("reply", "failed" if found.faults else "passed", messages)
    return Judged(record, found.files, found.way, found.notes, (verdict,))


def usable(record: Record, *, marker: str, target: Target) -> Judged:
    """Return the files of one turn that dependents could be shown: taken out, and with an interface. Nothing is run."""
    return with_interface(extracted(record, marker=marker, target=target), target)


def with_interface(found: Judged, target: Target) -> Judged:
    """Return files with the verdict on their interface, if they could be taken out."""
    if not found.passed:
        return found
    verdict = _verifier("interface").verify(found.files, target, bench=PAPER)
    return found._replace(verdicts=(*found.verdicts, *((verdict,) if verdict else ())))


def judged(record: Record, *, marker: str, target: Target, bench: Bench = PAPER, lay: Lay = as_they_are) -> Judged:
    """Return the files of one turn with the verdicts of all verifiers; after a failed extraction no other is asked."""
    found = extracted(record, marker=marker, target=target)
    if not found.passed:
        return found
    verdicts = verdicts_of(found.files, target, bench=replace(bench, way=found.way), lay=lay)
    return found._replace(verdicts=found.verdicts + verdicts)


def verdicts_of(
    files: Mapping[str, str],
    target: Target,
    *,
    bench: Bench = PAPER,
    lay: Lay = as_they_are,
    verifiers: Sequence[str] = VERIFIERS,
) -> tuple[Verdict, ...]:
    """Return the verdicts of all `verifiers` on complete `files` (declared name → text), wherever they came from.

    Files that can't even be read get no further verdict: everything else would only say the same again, worse. Whether
    the checks themselves can fail is asked of checks that were passed. What is run is run as it will be written: `lay`
    gives the texts as the spec's formatter leaves them.
    """
    found: list[Verdict] = []
    laid: Mapping[str, str] | None = None
    for name in verifiers:
        if name not in READING and failed(one for one in found if one.verifier in READING):
            break
        if name == "stub" and any(one.outcome in ("failed", "broken") for one in found):
            break
        if name in RUNNING and laid is None and not failed(found):
            laid = lay(files, target)
        verdict = _verifier(name).verify(files if laid is None else laid, target, bench=bench)
        if verdict is not None:
            found.append(verdict)
    return tuple(found)


@cache
def _verifier(name: str) -> Verifier:
    module: Verifier = importlib.import_module(f"specbuild.verifiers.{name}")
    return module
