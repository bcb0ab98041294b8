"""The best failed attempt of a target, readable under `<outputs>/.failed/<id>/` until the target passes.

Nothing there is ever an output, read again or shown to a model; git ignores the folder by its own .gitignore.
"""

import os
import shutil
import threading
from collections.abc import Sequence

from specbuild.disk.durable import replace_file
from specbuild.names import check_output_name
from specbuild.project_path import join
from specbuild.work.judge import Judged
from specbuild.work.load import Project

FOLDER = ".failed"
WHY = "WHY.txt"
_guard = threading.RLock()
"""One target's last file takes the folder of all along: not while another's first one comes."""


def keep_failed(project: Project, target_id: str, attempts: Sequence[Judged]) -> str | None:
    """Keep the best of the attempts that gave files, with what was found wrong; return the folder, None if none did.

    Best is the one with the fewest failed verdicts, the latest of equals. Raises DiagnosticError.
    """
    readable = [one for one in attempts if one.files]
    if not readable:
        return None
    with _guard:
        return _keep(project, target_id, readable)


def _keep(project: Project, target_id: str, readable: Sequence[Judged]) -> str:
    best = min(reversed(readable), key=lambda one: sum(verdict.outcome == "failed" for verdict in one.verdicts))
    folder = _folder(project, target_id)
    clear_failed(project, target_id)
    replace_file(project.root, join(project.configuration.outputs, f"{FOLDER}/.gitignore"), b"*\n")
    for name, text in best.files.items():
        if check_output_name(f"{folder}/{name}", allow=("**",)) is None:
            replace_file(project.root, f"{folder}/{name}", text.encode("utf-8"))
    why = [f"Attempt {best.record.turn}. These files are no output: they failed.", ""]
    why += [
        f"{one.verifier}: {message}" for one in best.verdicts if one.outcome == "failed" for message in one.messages
    ]
    replace_file(project.root, f"{folder}/{WHY}", ("\n".join(why) + "\n").encode("utf-8"))
    return folder


def clear_failed(project: Project, target_id: str) -> None:
    """Remove what was kept of a target; nothing if there is nothing."""
    if not os.path.lexists(f"{project.root}/{_folder(project, target_id)}"):
        return
    folder = project.root / _folder(project, target_id)
    with _guard:
        if os.path.islink(folder) or not folder.is_dir():
            return
        shutil.rmtree(folder, ignore_errors=True)
        if os.listdir(folder.parent) == [".gitignore"]:
            shutil.rmtree(folder.parent, ignore_errors=True)


def _folder(project: Project, target_id: str) -> str:
    # One folder a target, never inside another's: clearing `a` must not take `a/b` along.
    return join(project.configuration.outputs, f"{FOLDER}/{target_id.replace('/', '.')}")
