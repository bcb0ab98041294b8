"""What a verifier is: one kind of check on generated files, and its verdict.

A verifier is a module with one function `verify`. The table names them in the order in which they judge; modules are imported
when used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from specbuild.target import Target

Outcome = Literal["passed", "failed", "not_checked", "broken"]
"""broken: the check itself does not work (a command that isn't there); that starts no repair."""

VERIFIERS = ("text", "omitted", "interface")
"""The verifiers in order, by module name. `reply` (extraction and declared names) stands before them all."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one verifier found. `messages` are deterministic: no path of a machine, time or address is in them."""

    verifier: str
    outcome: Outcome
    messages: tuple[str, ...] = ()


class Verifier(Protocol):
    """The protocol that each module in `verifiers/` satisfies."""

    def verify(self, files: Mapping[str, str], target: Target) -> Verdict:
        """Judge `files` (declared name → text, complete)."""


def failed(verdicts: tuple[Verdict, ...]) -> bool:
    """Tell whether any verdict is a failure."""
    return any(verdict.outcome == "failed" for verdict in verdicts)
