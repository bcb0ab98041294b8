"""The plan of what is staged: a project read from git's index, decided as ever. What `check --staged` shows.

Nothing of the work tree has a part in it but the place of the project, and which records were left out.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.project import find_project
from specbuild.disk.record_files import record_path
from specbuild.disk.staged import StagedFiles, untracked
from specbuild.work.load import load_staged
from specbuild.work.planning import Planned, plan_project


def plan_staged(
    start: Path,
    environ: Mapping[str, str],
    *,
    selected: Sequence[str],
    exclude: Sequence[str],
    deep: bool = False,
) -> tuple[Planned, tuple[Diagnostic, ...]]:
    """Return the plan of the project that is staged where `start` lies, and a diagnostic (SB756) for each reply that
    the staged lock names and that a commit would leave out. Raises DiagnosticError, as `load` and `plan_project`;
    `deep` as of `load`."""
    found = find_project(start)
    if isinstance(found, Diagnostic):
        raise DiagnosticError(found)
    with StagedFiles(found.root) as files:
        project = load_staged(files, environ, deep=deep)
        planned = plan_project(project, selected=selected, exclude=exclude, with_causes=True)
    return planned, _left_out(planned)


def _left_out(planned: Planned) -> tuple[Diagnostic, ...]:
    project = planned.opened.project
    cache = project.storage.cache
    new = untracked(project.root, f"{cache}/replies")
    if not new:
        return ()
    faults = []
    for line in planned.plan.lines:
        stanza = planned.lock.targets.get(line.id)
        pin = stanza.reply if stanza is not None else None
        path = record_path(cache, f"{pin.key}.{pin.attempts}.{pin.sha256[:16]}.json") if pin else ""
        if path in new:
            what = f"the reply of {line.id} is not staged"
            why = "specbuild.lock names it: a clone could not write the output again without asking"
            faults.append(Diagnostic("SB756", what, Place(path), why, f"git add {cache}/replies"))
    return tuple(faults)
