"""From a reply to a judged set of files: extraction first, then every verifier of the table, in order."""

import importlib
from collections.abc import Mapping
from typing import NamedTuple

from specbuild.extraction import extract
from specbuild.record import Record
from specbuild.target import Target
from specbuild.verifier import VERIFIERS, Verdict, Verifier


class Judged(NamedTuple):
    """One turn's files (empty if it can't be used), the way they were had, the model's notes, and all verdicts."""

    record: Record
    files: Mapping[str, str]
    way: str
    notes: str | None
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not any(verdict.outcome == "failed" for verdict in self.verdicts)


def extracted(record: Record, *, marker: str, target: Target) -> Judged:
    """Return the files of one turn; extraction is the only judge."""
    found = extract(record.reply.content, marker=marker, names=target.names, finish_reason=record.reply.finish_reason)
    messages = tuple(fault.message for fault in found.faults)
    verdict = Verdict("reply", "failed" if found.faults else "passed", messages)
    return Judged(record, found.files, found.way, found.notes, (verdict,))


def usable(record: Record, *, marker: str, target: Target) -> Judged:
    """Return the files of one turn that dependents could be shown: taken out, and with an interface. Nothing is run."""
    found = extracted(record, marker=marker, target=target)
    if not found.passed:
        return found
    return found._replace(verdicts=(*found.verdicts, _verifier("interface").verify(found.files, target)))


def judged(record: Record, *, marker: str, target: Target) -> Judged:
    """Return the files of one turn with the verdicts of all verifiers; after a failed extraction no other is asked."""
    found = extracted(record, marker=marker, target=target)
    if not found.passed:
        return found
    return found._replace(verdicts=found.verdicts + verdicts_of(found.files, target))


def verdicts_of(files: Mapping[str, str], target: Target) -> tuple[Verdict, ...]:
    """Return the verdicts of all verifiers on complete `files` (declared name → text), wherever they came from."""
    return tuple(_verifier(name).verify(files, target) for name in VERIFIERS)


def _verifier(name: str) -> Verifier:
    module: Verifier = importlib.import_module(f"specbuild.verifiers.{name}")
    return module
