"""The program as a process of its own, forked from a server process that has imported all of it already.

A start by `python -m specbuild` spends most of its time on imports; where a test is about what the process does, and
not about how it starts, this saves them. The server is `multiprocessing`'s: one for each worker of pytest, single
threaded, and gone with it.
"""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.all_imported"])


class Said(NamedTuple):
    """Exit code (negative: the signal that ended it), stdout and stderr of one start of the program."""

    code: int
    out: str
    err: str


class Running:
    """A start that goes on; its texts are kept in files, so that nothing waits for a reader."""

    def __init__(self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self._texts = tempfile.TemporaryDirectory(prefix="started-")
        place = Path(self._texts.name)
        self._files = (place / "out", place / "err")
        texts = tuple(str(file) for file in self._files)
        self._process = _CONTEXT.Process(
            target=_main, args=(list(arguments), str(folder), dict(environment), *texts), daemon=True
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def wait(self, timeout: float) -> int | None:
        """Wait so many seconds; return the exit code, None if it goes on."""
        self._process.join(timeout)
        return self._process.exitcode

    def kill(self) -> None:
        """End it by SIGKILL."""
        self._process.kill()
        self._process.join()

    def said(self, timeout: float = 60) -> Said:
        """Wait for the end and return what it said. Raises TimeoutError, the process killed, if it does not come."""
        code = self.wait(timeout)
        if code is None:
            self.kill()
            raise TimeoutError(f"still running after {timeout} s")
        out, err = (file.read_text(encoding="utf-8") for file in self._files)
        self._process.close()
        self._texts.cleanup()
        return Said(code, out, err)


def _main(arguments: list[str], folder: str, environment: dict[str, str], out: str, err: str) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in ((0, os.devnull), (1, out), (2, err)):
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, encoding="utf-8", closefd=False) for number, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    sys.argv = ["specbuild", *arguments]
    from specbuild.__main__ import main

    sys.exit(main())
