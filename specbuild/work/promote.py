"""Putting an iteration's modules in the place of those of the project: entries and files, as one transaction."""

import os
from collections.abc import Callable, Mapping

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.writer import remove_leftovers
from specbuild.lock import Lock
from specbuild.shape import Shaped
from specbuild.stanza import Stanza
from specbuild.work.load import Project
from specbuild.work.opened import Opened
from specbuild.work.settle import Finished
from specbuild.work.stage import refuse_edits
from specbuild.work.writing import writing


def is_promoted(opened: Opened, lock: Lock, stanzas: Mapping[str, Stanza]) -> bool:
    """Say whether the project has exactly these entries and outputs."""
    for target_id, stanza in stanzas.items():
        locked = lock.targets.get(target_id)
        if locked is None or locked.trace != stanza.trace:
            return False
        for path, state in stanza.outputs.items():
            present = opened.project.files.state(path)
            if present is None or isinstance(present, Diagnostic):
                return False
            if (present.sha256, present.executable) != (state.sha256, state.mode == "755"):
                return False
    return True


def promote(
    load_project: Callable[[], Project],
    stanzas: Mapping[str, Stanza],
    outputs: Mapping[str, tuple[Shaped, ...]],
    *,
    waiting: Callable[[str], None],
) -> int:
    """Put the modules of these targets and their entries in place; return the number of files written.

    Hand-written files give way, a copy of each is kept in the local folder. Raises DiagnosticError (exit 1, SB742) if a
    module that was promoted before was edited since.
    """
    with writing(load_project, waiting=waiting) as run:
        project = run.opened.project
        refuse_edits(run.opened, run.lock)
        remove_leftovers(project.root, {os.path.dirname(path) for one in stanzas.values() for path in one.outputs})
        built = [Finished(one, stanza, outputs[one]) for one, stanza in stanzas.items()]
        return run.settler.settle_all(built, replacing=_handwritten(run.opened, run.lock, stanzas))


def _handwritten(opened: Opened, lock: Lock, stanzas: Mapping[str, Stanza]) -> dict[str, bytes]:
    """Return the present bytes of outputs that no entry of the lock has, where the bytes are others."""
    found = {}
    for target_id, stanza in stanzas.items():
        locked = lock.targets[target_id].outputs if target_id in lock.targets else {}
        for path in stanza.outputs:
            raw = opened.project.files.read(path)
            if isinstance(raw, bytes) and path not in locked:
                found[path] = raw
            elif isinstance(raw, Diagnostic) and raw.code != "SB820":
                raise DiagnosticError(raw, exit_code=exit_codes.FINDING)
    return found
