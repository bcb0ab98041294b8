"""What is wrong, where, why, and what to do about it: a value that commands print.

Nothing here raises by itself; `DiagnosticError` carries diagnostics over a boundary where a value can't be returned.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "note"]


class Place(NamedTuple):
    """A place in a file: a path as the user would write it, with a 1-based line and column (0: not known)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column or 1}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault. `code` is a stable key of `codes.CODES`; `also` names the further places that take part in it."""

    code: str
    message: str
    place: Place | None = None
    why: str = ""
    hint: str = ""
    also: tuple[Place, ...] = ()
    severity: Severity = "error"


class DiagnosticError(Exception):
    """Diagnostics on their way to the edge, with the exit code that they mean there."""

    def __init__(self, *diagnostics: Diagnostic, exit_code: int = 2) -> None:
        super().__init__("; ".join(f"{one.code} {one.message}" for one in diagnostics))
        self.diagnostics = diagnostics
        self.exit_code = exit_code
