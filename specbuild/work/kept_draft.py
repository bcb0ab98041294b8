"""A draft that a person is at work on, kept in this clone's own state until it is written or refused: an interrupt
loses no edit."""

import contextlib
import hashlib
from pathlib import Path

from specbuild.disk.durable import replace_file
from specbuild.disk.local_folder import LocalFolder

MOST_BYTES = 1 << 20


class KeptDraft:
    """The draft of one goal, as the person or a word to the model left it."""

    def __init__(self, local: LocalFolder, spec_id: str, goal: str) -> None:
        mark = hashlib.sha256(f"{spec_id}\0{goal}".encode()).hexdigest()[:12]
        self._local = local
        self._name = f"draft-{mark}.toml"

    @property
    def path(self) -> Path:
        """Where it lies, for an editor."""
        return self._local.place / self._name

    def read(self) -> str | None:
        """Return its text; None if there is none that can be read."""
        if not isinstance(self._local.for_reading(), Path):
            return None
        try:
            with self.path.open("rb") as file:
                raw = file.read(MOST_BYTES)
        except OSError:
            return None
        return raw.decode("utf-8", errors="replace").removeprefix("\ufeff").replace("\r\n", "\n")

    def write(self, text: str) -> None:
        """Keep a text. Raises DiagnosticError if the disk refuses."""
        replace_file(self._local.for_writing(), self._name, text.encode("utf-8"), mode=0o600)

    def forget(self) -> None:
        """Remove it."""
        if isinstance(self._local.for_reading(), Path):
            with contextlib.suppress(OSError):
                self.path.unlink()
