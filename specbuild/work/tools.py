"""The programs that specbuild or a project's languages use: are they here, and which command of this system gets them.

Looks at PATH, and starts the sandbox once; installs nothing.
"""

import shutil
import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic
from specbuild.runners import RUNNERS
from specbuild.target import Target
from specbuild.trial import Absent
from specbuild.work.choose_sandbox import choose_sandbox
from specbuild.work.interpreter import find_tool


class Tool(NamedTuple):
    """One program: its name, what was found of it ("" if it is not here), what lacks without it, the command that gets
    it."""

    name: str
    found: str
    lacks: str
    install: str


MANAGERS: Mapping[str, str] = {
    "apt-get": "apt-get install",
    "dnf": "dnf install",
    "zypper": "zypper install",
    "pacman": "pacman -S",
    "apk": "apk add",
    "brew": "brew install",
}
"""Package managers by the program that shows they are here, with the command that installs."""
_PACKAGES: Mapping[str, Mapping[str, str]] = {
    "bwrap": {"": "bubblewrap"},
    "node": {"": "nodejs", "brew": "node"},
    "python": {"": "python3"},
    "cc": {"": "gcc"},
    "c++": {"": "g++", "dnf": "gcc-c++", "zypper": "gcc-c++", "pacman": "gcc", "brew": "gcc"},
    "Rscript": {"": "r-base", "dnf": "R", "brew": "r", "pacman": "r"},
    "tclsh": {"": "tcl"},
    "awk": {"": "gawk"},
    "lua": {"": "lua", "apt-get": "lua5.4"},
    "php": {"": "php", "apt-get": "php-cli"},
}


def install_command(program: str) -> str:
    """Return the command of this system that installs `program`."""
    manager = next((one for one in MANAGERS if shutil.which(one)), "apt-get")
    packages = _PACKAGES.get(program, {})
    return f"{MANAGERS[manager]} {packages.get(manager, packages.get('', program))}"


def sandbox() -> Tool:
    """Return the best sandbox that starts here; it is started."""
    chosen = choose_sandbox()
    if isinstance(chosen, Diagnostic):
        return Tool("sandbox", "", f"no generated code can be run here: {chosen.why}", install_command("bwrap"))
    return Tool("sandbox", str(getattr(chosen, "__name__", "")).rpartition(".")[2], "", "")


def git() -> Tool:
    """Return git."""
    lacks = "nothing says what is committed or ignored, nor what has changed since a commit"
    return Tool("git", shutil.which("git") or "", lacks, install_command("git"))


def tools(targets: Iterable[Target]) -> list[Tool]:
    """Return the programs that run or judge what is built in the languages of `targets`."""
    languages = sorted({one.language.name for one in targets if one.language is not None})
    found = [_ruff()] if "python" in languages else []
    for language in languages:
        row = RUNNERS.get(language)
        if row is None or language == "python":
            continue
        place = next((path for one in row.programs if (path := shutil.which(one))), "")
        lacks = f"what is built in {language} is not checked, and can't be run"
        found.append(Tool(row.programs[0], place, lacks, install_command(row.programs[0])))
    return list({one.name: one for one in found}.values())


def _ruff() -> Tool:
    ruff = find_tool("ruff")
    place = "" if isinstance(ruff, Absent) else str(ruff.mounts[0].source if ruff.mounts else ruff.path)
    if place.startswith(sys.prefix + "/"):
        place = "beside this Python"
    return Tool("ruff", place, "what is built in python is not linted", "pip install ruff")
