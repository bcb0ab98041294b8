"""Looking at a folder before it becomes a project: its language, its folders, and which folders specbuild may use.

Reads names, and of some TOML files whether they are requirement files; git is asked what it lists and ignores.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic
from specbuild.disk.files import ProjectFiles
from specbuild.disk.git import ignoring_rule, is_repository, listed
from specbuild.surroundings import Surroundings, surroundings_of
from specbuild.toml_text import read_toml

MOST_PATHS = 5000
MOST_READ = 50
"""So many TOML files are read to find requirement files, at most."""
SPECS = ("specs", "requirements", "specbuild-specs")
OUTPUTS = ("build", "generated", "specbuild-out")
_SKIPPED = frozenset(("node_modules", "target", "vendor", "dist", "venv", "__pycache__"))


class Found(NamedTuple):
    """What is known of a folder, and the folders that specs and outputs get there."""

    surroundings: Surroundings
    specs: str
    outputs: str


def look_around(root: Path) -> Found:
    """Return what is known of the folder `root`. Never a fault: what can't be read is not known."""
    paths = paths_of(root)
    return Found(surroundings_of(paths), _specs(root, paths), _outputs(root, paths))


def paths_of(root: Path) -> tuple[str, ...]:
    """Return the paths below `root`: those that git knows or would add, else what lies there, as far as that goes."""
    known = listed(root)
    return (known if known is not None else tuple(_walked(root)))[:MOST_PATHS]


def _walked(root: Path) -> Iterator[str]:
    waiting = [""]
    seen = 0
    while waiting and seen < MOST_PATHS:
        folder = waiting.pop(0)
        try:
            entries = sorted(os.scandir(root / folder), key=lambda one: one.name)
        except OSError:
            continue
        for entry in entries:
            if entry.name.startswith(".") or entry.name in _SKIPPED or entry.is_symlink():
                continue
            path = f"{folder}/{entry.name}" if folder else entry.name
            seen += 1
            if entry.is_dir():
                waiting.append(path)
            else:
                yield path


def _specs(root: Path, paths: tuple[str, ...]) -> str:
    """Return the folder that holds requirement files already; else the first usual one that holds no other TOML."""
    files = ProjectFiles(root)
    requirement: dict[str, bool] = {}
    for path in [one for one in paths if one.endswith(".toml") and "/" in one][:MOST_READ]:
        requirement[path] = _is_requirement(files, path)
    folders = [path.split("/", 1)[0] for path, is_one in requirement.items() if is_one]
    if folders:
        return next((one for one in SPECS if one in folders), folders[0])
    taken = {path.split("/", 1)[0] for path in requirement}
    return next((one for one in SPECS if one not in taken), SPECS[0])


def _is_requirement(files: ProjectFiles, path: str) -> bool:
    raw = files.read(path)
    document = read_toml(raw, path) if not isinstance(raw, Diagnostic) else raw
    if isinstance(document, Diagnostic):
        return False
    tables = (document.values.get("file"), document.values.get("project"))
    return all(isinstance(one, dict) for one in tables)


def _outputs(root: Path, paths: tuple[str, ...]) -> str:
    """Return the first usual folder that git does not ignore and that nobody uses."""
    git = is_repository(root)
    taken = {path.split("/", 1)[0] for path in paths if "/" in path}
    for folder in OUTPUTS:
        used = folder in taken or _holds_something(root / folder)
        if not used and not (git and ignoring_rule(root, f"{folder}/x") is not None):
            return folder
    return OUTPUTS[0]


def _holds_something(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(entry.name != "AGENTS.md" for entry in entries)
    except OSError:
        return False
