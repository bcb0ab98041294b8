"""A run as JSON lines, one for each thing that happens, as it happens: what `--events FILE` holds.

docs/seeing.md says what each line has. A reader skips events and fields that it does not know; what is there keeps its
meaning as long as the first line says `"events": 1`.
"""

import json
import threading
from collections.abc import Callable

from specbuild.canonical_json import Json
from specbuild.formats.run_json import spent_json, target_json
from specbuild.happening import Happening, Received, Started, Told, Waits, Working
from specbuild.progress import Event, Summary

EVENTS_VERSION = 1

_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


class EventLines:
    """Hands every happening to `write` as one line of JSON with its time: seconds by `clock` since the first line.

    It may be told from any thread. Characters that come in make no line of their own: the target's next line has them.
    """

    def __init__(self, write: Callable[[str], None], *, clock: Callable[[], float]) -> None:
        self._write = write
        self._clock = clock
        self._began_s = clock()
        self._guard = threading.Lock()
        self._received: dict[str, int] = {}

    def begin(self, *, version: str, project: str, started: str) -> None:
        """Write the first line: what wrote it, where, and when (ISO 8601)."""
        self._line({"events": EVENTS_VERSION, "version": version, "project": project, "started": started}, "begin")

    def happened(self, one: Happening) -> None:
        """Write what happened."""
        if isinstance(one, Received):
            with self._guard:
                self._received[one.id] = self._received.get(one.id, 0) + one.characters
        elif isinstance(one, Started):
            self._line({"targets": one.total}, "started")
        elif isinstance(one, Working):
            self._line({"id": one.id, "what": one.what, **self._characters(one.id)}, "working")
        elif isinstance(one, Waits):
            self._line({"id": one.id, "why": one.why, "for_s": round(one.for_s, 3)}, "waits")
        elif isinstance(one, Told):
            self._line({"text": one.text}, "told")
        elif isinstance(one, Event):
            self._line({**target_json(one), **self._characters(one.id)}, "ended")
        else:
            self._line(_summary(one), "finished")

    def end(self, exit_code: int) -> None:
        """Write the last line."""
        self._line({"code": exit_code}, "exit")

    def _characters(self, id: str) -> dict[str, Json]:
        with self._guard:
            number = self._received.pop(id, 0)
        return {"characters": number} if number else {}

    def _line(self, value: dict[str, Json], event: str) -> None:
        with self._guard:  # the times of the lines run on
            told = {"t": round(self._clock() - self._began_s, 4), "event": event, **value}
            self._write(_ENCODER.encode(told) + "\n")


def _summary(one: Summary) -> dict[str, Json]:
    return {
        "counts": {ending: number for ending, number in one.endings.items() if number},
        "spent": spent_json(one.spent),
        "elapsed_s": round(one.elapsed_s, 3),
        "files_written": one.files_written,
    }
