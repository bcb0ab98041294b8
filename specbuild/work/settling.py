"""One finished build on its way to the disk: what is to last of it, and how far it came.

Comes in: what a thread hands over. Knows neither the disk nor what others hand over at the same time.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from specbuild.diagnostic import DiagnosticError
from specbuild.disk.writer import MayReplace, Prepared
from specbuild.record import Record
from specbuild.shape import Shaped
from specbuild.stanza import OutputState, Stanza


@dataclass(slots=True, eq=False)
class Settling:
    """One finished build that a thread waits for, and how far it came."""

    target_id: str
    stanza: Stanza
    outputs: Sequence[Shaped]
    records: Sequence[Record]
    adopted: str | None
    overwrite: Collection[str]
    taken: bool = False
    written: int = 0
    fault: DiagnosticError | None = None
    earlier: Mapping[str, OutputState] = field(default_factory=dict)
    gone: Sequence[tuple[str, str]] = ()
    prepared: Prepared | None = None
    may_replace: MayReplace = field(default=lambda path, present: False)

    def goes_on(self, step: Callable[["Settling"], None]) -> bool:
        """Do one step; return whether it went well."""
        try:
            step(self)
        except DiagnosticError as fault:
            self.fault = fault
        return self.fault is None
