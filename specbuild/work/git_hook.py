"""The plain git hook before a commit: a script that runs `specbuild check --staged`. `init --git-hook` writes it.

A hook that stands there already is never touched, and nothing is written outside of the repository: a folder that
core.hooksPath names may be everybody's.
"""

import os
import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.durable import disk_fault
from specbuild.disk.git import git_answer, hooks_folder

COMMAND = "specbuild check --staged"
_NAME = "pre-commit"
_LIMIT = 1 << 20
_SIGNATURE = b"#!/bin/sh\n# Written by `specbuild init --git-hook`"
_FOLDER = re.compile(rb"^\(?cd (.+?) (\|\||&&)", re.MULTILINE)
"""The folders of the lines that this module writes or advises, as a shell reads them."""


class Hooked(NamedTuple):
    """What was done: the hook's `path`, whether it runs the check now, and what a person has to do if it does not."""

    path: Path
    is_there: bool
    to_do: str = ""


def write_hook(root: Path) -> Hooked:
    """Write the hook of the repository that the project at `root` lies in, if none is there. Raises DiagnosticError."""
    folder, top = hooks_folder(root), _told(root, "--show-toplevel")
    if folder is None or top is None:
        hint = "`git init` makes one; then: specbuild init --git-hook"
        raise DiagnosticError(Diagnostic("SB755", f"{root} lies in no git repository", Place(str(root)), hint=hint))
    path, inner = folder.resolve() / _NAME, os.path.relpath(root.resolve(), top)
    line = _line(inner)
    try:
        with open(path, "rb") as file:
            present = file.read(_LIMIT)
        if _checks(present, inner):
            return Hooked(path, True)
        return Hooked(path, False, _advice(present, line))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise DiagnosticError(disk_fault(str(path), error)) from None
    git_folder = _told(root, "--git-common-dir")
    own = Path(root, git_folder).resolve() if git_folder else None
    place = folder.resolve()
    in_git = own is not None and place.is_relative_to(own)
    if not in_git and not place.is_relative_to(Path(top).resolve()):
        return Hooked(path, False, f"core.hooksPath leads out of this repository: add the line yourself: {line}")
    _write(path, _script(inner, fallback=in_git))
    return Hooked(path, True)


def _told(root: Path, question: str) -> str | None:
    answer = git_answer(root, "rev-parse", question)
    return None if answer is None or answer.returncode else os.fsdecode(answer.stdout).rstrip("\n")


def _line(inner: str) -> str:
    return f"{COMMAND} || exit 1" if inner == "." else f"(cd {shlex.quote(inner)} && {COMMAND}) || exit 1"


def _checks(present: bytes, inner: str) -> bool:
    """Whether a hook runs the check of the project in the folder `inner`: it may be that of another project."""
    if COMMAND.encode() not in present:
        return False
    folders = [one[0] for one in _FOLDER.findall(present)] or [b"."]
    return os.fsencode(shlex.quote(inner)) in folders or not present.startswith(_SIGNATURE)


def _advice(present: bytes, line: str) -> str:
    if present.startswith(_SIGNATURE):
        return f"it looks at another project of this repository: add this line as the third: {line}"
    if b"pre-commit.com" in present:
        return "pre-commit wrote it: add the hook specbuild-check to .pre-commit-config.yaml (docs/hooks-and-ci.md)"
    return f"add this line to it: {line}"


def _script(inner: str, *, fallback: bool) -> str:
    """Return the hook. Programs that commit often start it without the shell's PATH: a hook that belongs to this clone
    alone knows the interpreter that wrote it."""
    lines = [_SIGNATURE.decode() + ": what is staged answers its specs. Reads only."]
    if inner != ".":
        lines.append(f"cd {shlex.quote(inner)} || exit 1")
    if fallback:
        python = shlex.quote(sys.executable)
        lines += [
            "if ! command -v specbuild >/dev/null 2>&1; then",
            f"  exec {python} -m {COMMAND}",
            "fi",
        ]
    return "\n".join([*lines, f"exec {COMMAND}", ""])


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Never over a hook that came between: O_EXCL.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o777)
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise DiagnosticError(disk_fault(str(path), error)) from None
