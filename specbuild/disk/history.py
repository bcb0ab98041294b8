"""The iterations of a project on the disk: `<output folder>/history/iter<n>/`, and each input once below `files/`.

Values ↔ files. An iteration is there once its `iteration.json` is, which is written last: what a killed run left before
that is no iteration, and the next one takes its place. Knows neither specs nor records.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from specbuild.canonical_json import bytes_digest
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.durable import opened_folder, replace_file
from specbuild.disk.files import ProjectFiles, normalised_text
from specbuild.disk.lock_file import LOCK_NAME
from specbuild.iteration import Iteration, iteration_text, read_iteration
from specbuild.lock import Lock, lock_text, read_lock

HISTORY = "history"
ITERATION_NAME = "iteration.json"


class KeptIteration(NamedTuple):
    """An iteration as it is kept: itself and the lock of its targets."""

    iteration: Iteration
    lock: Lock


def history_folder(output_folder: str) -> str:
    """Return the folder of all iterations, relative to the project's root."""
    return HISTORY if output_folder in ("", ".") else f"{output_folder}/{HISTORY}"


def write_iteration(
    project_root: Path, output_folder: str, iteration: Iteration, lock: Lock, inputs: Mapping[str, bytes]
) -> str:
    """Keep an iteration durably and return its folder. `lock` has its targets' stanzas alone, `inputs` the bytes of
    every path in `iteration.inputs`.

    Raises DiagnosticError (a full disk, …), after which the iteration is not there, and ValueError if `inputs` are not
    those that `iteration` names.
    """
    if {path: bytes_digest(raw) for path, raw in inputs.items()} != dict(iteration.inputs):
        raise ValueError("the inputs are not those whose hashes the iteration names")
    history = history_folder(output_folder)
    folder = f"{history}/iter{iteration.number}"
    for path, raw in inputs.items():
        replace_file(project_root, f"{history}/files/{iteration.inputs[path]}", raw)
    replace_file(project_root, f"{folder}/{LOCK_NAME}", lock_text(lock).encode("utf-8"))
    replace_file(project_root, f"{folder}/{ITERATION_NAME}", iteration_text(iteration).encode("utf-8"))
    return folder


def read_iterations(project_root: Path, output_folder: str) -> tuple[tuple[KeptIteration, ...], tuple[Diagnostic, ...]]:
    """Return all iterations by number, and what is wrong with them (SB734): one that can't be read, a number that is
    missing, a parent that is not the one before. What a killed run left is a warning. Nothing is written."""
    history = history_folder(output_folder)
    files = ProjectFiles(project_root)
    found: list[KeptIteration] = []
    faults: list[Diagnostic] = []
    numbers = _numbers(project_root, history)
    unfinished = [one for one in numbers if not files.is_file(f"{history}/iter{one}/{ITERATION_NAME}")]
    for number in (one for one in numbers if one not in unfinished):
        one = _read(files, f"{history}/iter{number}", number)
        if isinstance(one, Diagnostic):
            faults.append(one)
        else:
            found.append(one)
    faults += [_unfinished(f"{history}/iter{number}", number) for number in unfinished]
    last = max((one for one in numbers if one not in unfinished), default=-1)
    faults += [_missing(f"{history}/iter{one}", one) for one in range(last) if one not in numbers]
    faults += _broken_chain(history, found)
    return tuple(found), tuple(faults)


def next_number(project_root: Path, output_folder: str) -> int:
    """Return the number that the next iteration gets: one more than that of the last one that is there."""
    history = history_folder(output_folder)
    files = ProjectFiles(project_root)
    finished = [
        one for one in _numbers(project_root, history) if files.is_file(f"{history}/iter{one}/{ITERATION_NAME}")
    ]
    return max(finished, default=-1) + 1


def kept_input(project_root: Path, output_folder: str, sha256: str) -> bytes | Diagnostic:
    """Return the bytes of an input by their hash, or why they can't be had (SB735)."""
    path = f"{history_folder(output_folder)}/files/{sha256}"
    raw = ProjectFiles(project_root).read(path)
    if isinstance(raw, Diagnostic):
        return Diagnostic("SB735", f"{path} can't be read", Place(path), raw.message, f"git checkout -- {path}")
    for one in (raw, raw.replace(b"\r\n", b"\n")):  # a checkout may have changed line ends
        if bytes_digest(one) == sha256:
            return one
    why = "its name is the hash of its bytes, and that is another one"
    return Diagnostic("SB735", f"{path} was changed", Place(path), why, f"git checkout -- {path}")


def _numbers(root: Path, history: str) -> list[int]:
    try:
        with opened_folder(root, history) as folder:
            names = os.listdir(folder)
    except DiagnosticError:
        return []
    return sorted(int(name.removeprefix("iter")) for name in names if re.fullmatch(r"iter(0|[1-9][0-9]{0,8})", name))


def _read(files: ProjectFiles, folder: str, number: int) -> KeptIteration | Diagnostic:
    path, lock_path = f"{folder}/{ITERATION_NAME}", f"{folder}/{LOCK_NAME}"
    text = _text(files, path)
    if isinstance(text, Diagnostic):
        return _unreadable(path, text)
    iteration = read_iteration(text, path)
    if isinstance(iteration, Diagnostic):
        return iteration
    if iteration.number != number:
        return Diagnostic("SB734", f"{path} is of iteration {iteration.number}", Place(path), hint="put it back")
    text = _text(files, lock_path)
    lock = text if isinstance(text, Diagnostic) else read_lock(text, lock_path)
    if isinstance(lock, Diagnostic):
        return _unreadable(lock_path, lock)
    for fault in lock.conflicts.values():
        return _unreadable(lock_path, fault)
    if lock.targets.keys() != iteration.modules.keys():
        odd = sorted(lock.targets.keys() ^ iteration.modules.keys())[0]
        what = f"{lock_path} and {ITERATION_NAME} beside it name other targets, such as {odd}"
        return Diagnostic("SB734", what, Place(lock_path), hint=f"git checkout -- {folder}")
    return KeptIteration(iteration, lock)


def _text(files: ProjectFiles, path: str) -> str | Diagnostic:
    raw = files.read(path)
    return raw if isinstance(raw, Diagnostic) else normalised_text(raw, path)


def _unreadable(path: str, fault: Diagnostic) -> Diagnostic:
    what = f"{path} can't be believed: {fault.message}"
    return Diagnostic("SB734", what, fault.place or Place(path), fault.why, f"git checkout -- {path}")


def _broken_chain(history: str, found: list[KeptIteration]) -> list[Diagnostic]:
    trees = {one.iteration.number: one.iteration.tree for one in found}
    faults = []
    for one in (kept.iteration for kept in found):
        path = f"{history}/iter{one.number}/{ITERATION_NAME}"
        if (one.parent is None) != (one.number == 0) or (one.parent and one.parent.number != one.number - 1):
            faults.append(_no_parent(path, one, f"iteration {one.number - 1}" if one.number else "none"))
        elif one.parent and trees.get(one.parent.number, one.parent.tree) != one.parent.tree:
            faults.append(_no_parent(path, one, f"tree {trees[one.parent.number]}"))
    return faults


def _no_parent(path: str, one: Iteration, wanted: str) -> Diagnostic:
    named = f"iteration {one.parent.number}, tree {one.parent.tree}" if one.parent else "none"
    return Diagnostic(
        "SB734", f"iteration {one.number} does not follow the one before it", Place(path),
        f"it names {named} as its parent; it should be {wanted}", "git checkout -- the whole folder of the history",
    )  # fmt: skip


def _unfinished(folder: str, number: int) -> Diagnostic:
    return Diagnostic(
        "SB734", f"iteration {number} was never finished", Place(folder), f"it has no {ITERATION_NAME}",
        "specbuild iterate", severity="warning",
    )  # fmt: skip


def _missing(folder: str, number: int) -> Diagnostic:
    return Diagnostic("SB734", f"iteration {number} is missing", Place(folder), hint=f"git checkout -- {folder}")
