"""One finished build on its way to the disk: what is to last of it, and how far it came.

Comes in: what a thread hands over. Knows neither the disk nor what others hand over at the same time.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from specbuild.diagnostic import DiagnosticError
from specbuild.disk.writer import MayReplace, Prepared
from specbuild.record import Record
from specbuild.shape import Shaped
from specbuild.stanza import OutputState, Stanza


class Settling:
    """One finished build that a thread waits for, and how far it came."""

    __slots__ = (
        "adopted", "earlier", "fault", "gone", "may_replace", "outputs", "overwrite", "prepared", "records", "stanza",
        "taken", "target_id", "written",
    )  # fmt: skip

    def __init__(
        self,
        target_id: str,
        stanza: Stanza,
        outputs: Sequence[Shaped],
        records: Sequence[Record],
        adopted: str | None,
        overwrite: Collection[str],
    ) -> None:
        self.target_id = target_id
        self.stanza = stanza
        self.outputs = outputs
        self.records = records
        self.adopted = adopted
        self.overwrite = overwrite
        self.taken = False
        self.written = 0
        self.fault: DiagnosticError | None = None
        self.earlier: Mapping[str, OutputState] = {}
        self.gone: Sequence[tuple[str, str]] = ()
        self.prepared: Prepared | None = None
        self.may_replace: MayReplace = _nothing

    def goes_on(self, step: Callable[["Settling"], None]) -> bool:
        """Do one step; return whether it went well."""
        try:
            step(self)
        except DiagnosticError as fault:
            self.fault = fault
        return self.fault is None


def _nothing(path: str, present: bytes | None) -> bool:
    return False
