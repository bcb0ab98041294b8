"""Runs a built program as it lies there, in the sandbox, with a person's arguments, input, folders and network."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.entry import Entry, entry_of
from specbuild.sandbox import MIB, WORK, Job, Limits, Mount, NotStarted, Ran
from specbuild.selector import select
from specbuild.shape import VERBATIM
from specbuild.target import Target
from specbuild.trial import Absent
from specbuild.verifier import Verdict
from specbuild.work.bench import Benches, lay_out
from specbuild.work.facts import facts_of
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.verify import benches_of_outputs, texts_as_they_are


def run_program(
    project: Project,
    selected: str,
    arguments: Sequence[str],
    *,
    stdin: bytes,
    sandbox: str = "auto",
    network: bool = False,
    write: Sequence[str] = (),
    timeout_s: float = 600.0,
) -> Ran:
    """Run the program of one target. It starts in the first folder of `write`, else in an empty throw-away one.

    Raises DiagnosticError: no such target, not built, nothing to run it with, no sandbox (exit 69).
    """
    opened = Opened(without_errors(project))
    target = _target(project, opened, selected)
    benches = benches_of_outputs(opened, sandbox=sandbox)
    entry = _entry(project, target, benches)
    chosen = benches.sandbox
    if isinstance(chosen, Diagnostic):
        raise DiagnosticError(chosen, exit_code=exit_codes.NO_SANDBOX)
    folders = tuple(os.path.realpath(one) for one in write)
    with tempfile.TemporaryDirectory(prefix="specbuild-", ignore_cleanup_errors=True) as place:
        snapshot = Path(place, "snapshot")
        lay_out(snapshot, entry.snapshot)
        limits = Limits(
            wall_s=timeout_s, cpu_s=int(timeout_s) + 1, memory_bytes=4096 * MIB, file_bytes=1024 * MIB,
            disk_bytes=1024 * MIB, output_bytes=256 * MIB,
        )  # fmt: skip
        job = Job(
            (*entry.argv, *arguments), folders[0] if folders else WORK, stdin=stdin, snapshot=str(snapshot),
            readonly=entry.mounts, write=tuple(Mount(one, one) for one in folders), network=network, limits=limits,
        )  # fmt: skip
        ran = chosen.run(job)
    opened.replies.close()
    if isinstance(ran, NotStarted):
        fault = Diagnostic("SB850", "the sandbox did not start, so nothing generated is run", why=ran.reason)
        raise DiagnosticError(fault, exit_code=exit_codes.NO_SANDBOX)
    return ran


def _target(project: Project, opened: Opened, selected: str) -> Target:
    chosen = select((selected,), project.graph, facts=facts_of(project, opened.lock()))
    if isinstance(chosen, Diagnostic):
        raise DiagnosticError(chosen)
    if len(chosen) != 1:
        found = Diagnostic("SB636", f"`{selected}` names {len(chosen)} targets; one program is run at a time")
        raise DiagnosticError(found)
    return project.graph.targets[next(iter(chosen))]


def _entry(project: Project, target: Target, benches: Benches) -> Entry:
    found = texts_as_they_are(project, target)
    if isinstance(found, Verdict):
        raise DiagnosticError(_not_run(target, "; ".join(found.messages), f"specbuild build {target.id}"), exit_code=1)
    texts, modes = found
    entry = entry_of(texts, target, replace(benches.bench(target), way=VERBATIM, modes=modes))
    if isinstance(entry, Entry):
        return entry
    if isinstance(entry, NotStarted):
        fault = Diagnostic("SB850", "the sandbox did not start, so nothing generated is run", why=entry.reason)
        raise DiagnosticError(fault, exit_code=exit_codes.NO_SANDBOX)
    why = entry.remedy if isinstance(entry, Absent) else entry.message
    raise DiagnosticError(_not_run(target, why, ""), exit_code=1)


def _not_run(target: Target, why: str, hint: str) -> Diagnostic:
    return Diagnostic("SB636", f"{target.id} can't be run", target.spec.place("file.name"), why, hint)
