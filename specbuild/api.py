"""What other programs call, and what a dodo.py imports. Nothing here prints unless a doit run asked for it.

`DOIT_CONFIG` and `task_specbuild` make a dodo.py of one import:

    from specbuild.api import DOIT_CONFIG, task_specbuild
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from specbuild.progress import Event, Summary

DOIT_CONFIG = {"dep_file": ":memory:", "backend": "sqlite3", "par_type": "thread", "verbosity": 2}
"""The lock is the truth: doit keeps no state of its own, so nothing of it can be stale, torn or planted."""


def task_specbuild() -> Iterator[dict[str, object]]:
    """Make every spec's target what its spec says."""
    from specbuild.work.dodo import DoitTasks  # only a doit run pays for it

    tasks = DoitTasks(Path.cwd(), os.environ, progress=_Quiet(), say=_say)
    yield {"name": None, "doc": task_specbuild.__doc__}
    yield from tasks.tasks()


def _say(line: str) -> None:
    from specbuild.text_safety import printable

    sys.stderr.write(printable(line, keep_newlines=False) + "\n")


class _Quiet:
    """A `Progress` that tells only what concerns the run."""

    def started(self, total: int) -> None:
        """Nothing."""

    def target_started(self, id: str, what: str) -> None:
        """Nothing."""

    def waiting(self, id: str, why: str, for_s: float) -> None:
        """Say why it takes longer."""
        _say(f"{id}: {why}, waiting {for_s:.0f} s")

    def received(self, id: str, characters: int) -> None:
        """Nothing."""

    def target_done(self, event: Event) -> None:
        """Nothing: the task itself says it."""

    def message(self, text: str) -> None:
        """Say it."""
        _say(text)

    def finished(self, summary: Summary) -> None:
        """Nothing."""
