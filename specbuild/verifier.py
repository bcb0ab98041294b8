"""What a verifier is: one kind of check on generated files, and its verdict.

A verifier is a module with one function `verify`. The table names them in the order in which they judge; modules are
imported when used.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from specbuild.target import Target
from specbuild.trial import Bench

Outcome = Literal["passed", "failed", "not_checked", "broken"]
"""broken: the check itself does not work (a command that isn't there); that starts no repair."""

READING = ("names", "text", "omitted", "syntax")
"""The verifiers that say whether the files can be understood at all: what comes after them presumes it."""
VERIFIERS = (*READING, "lint", "imports", "interface", "examples", "command", "stub")
"""All verifiers in order, by module name. `reply` (extraction) stands before them all."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one verifier found.

    `messages` say why it is no pass; of a failure the model reads them, so they are in canonical form and hold nothing
    of a hidden example. `notes` are for a person: findings that fail nothing. `details` are for a person at a terminal
    and are never kept or sent: a hidden example may stand in them.
    """

    verifier: str
    outcome: Outcome
    messages: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


class Verifier(Protocol):
    """The protocol that each module in `verifiers/` satisfies."""

    def verify(self, files: Mapping[str, str], target: Target, *, bench: Bench) -> Verdict | None:
        """Judge `files` (declared name → text, complete). None: the spec asks for nothing of this kind."""


def failed(verdicts: Iterable[Verdict]) -> bool:
    """Tell whether any verdict is a failure."""
    return any(verdict.outcome == "failed" for verdict in verdicts)


def broken(verdicts: Iterable[Verdict]) -> bool:
    """Tell whether a check itself does not work and nothing failed: there is nothing that a model could mend."""
    outcomes = {verdict.outcome for verdict in verdicts}
    return "broken" in outcomes and "failed" not in outcomes
