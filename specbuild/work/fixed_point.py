"""The second stage, from outside: the staged package makes everything again, alone and shut in; the result must be the
first stage's, byte for byte.

If the staged package is not this tool itself, the running tool does it instead, and the result says so.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.iteration import SecondStage
from specbuild.lock import read_lock
from specbuild.sandbox import SNAPSHOT, WORK, Job, Limits, Mount, NotStarted, Ran, Sandbox
from specbuild.stanza import Stanza, stanza_json
from specbuild.trial import Absent, Placed
from specbuild.work.bench import lay_out, placed, what_lies_in
from specbuild.work.choose_sandbox import choose_sandbox
from specbuild.work.interpreter import find_interpreter
from specbuild.work.load import Project
from specbuild.work.second_stage import LOCK, OUTPUTS, Report, pins_text, read_report
from specbuild.work.sources import package_files, records_of, sources_of

INSIDE = "work/second_stage.py"
"""Where a package that is this tool has the second stage."""
TOOL = "/tool"
BOOT = (
    "import sys; from importlib import import_module; home, package, *others = sys.argv[1:]; "
    "sys.path[:] = [home, *sys.path, *others]; "
    "sys.exit(import_module(package + '.work.second_stage').main(home, package))"
)
"""Where a sandbox mounts nothing, the packages that the tool uses are not where the interpreter looks: so they are
named."""
LIMITS = Limits(wall_s=600.0, cpu_s=1200)


class Compared(NamedTuple):
    """What the second stage did, and every difference of it from the first."""

    stage: SecondStage
    diagnostics: tuple[Diagnostic, ...]


def second_stage(
    staged: Project,
    stanzas: Mapping[str, Stanza],
    *,
    sandbox: str = "auto",
    folder: str = "",
    env: Mapping[str, str] | None = None,
) -> Compared:
    """Make the targets of `stanzas` again and compare; `staged` holds the first stage's outputs.

    It happens in `folder` below the snapshot, with `env` in the environment. Raises DiagnosticError if no sandbox
    starts (exit 69) or no interpreter does.
    """
    settings = staged.configuration.iteration
    assert settings is not None
    chosen = choose_sandbox(sandbox)
    if isinstance(chosen, Diagnostic):
        raise DiagnosticError(chosen, exit_code=exit_codes.NO_SANDBOX)
    is_tool = (staged.root / settings.package / INSIDE).is_file()
    by: Literal["stage", "tool"] = "stage" if is_tool else "tool"
    place = f"{SNAPSHOT}/{folder}".rstrip("/")
    above, _, name = settings.package.rpartition("/")
    argv = (f"{place}/{above}".rstrip("/"), name) if is_tool else (TOOL, "specbuild")
    files = _snapshot(staged, stanzas, settings.package if is_tool else None)
    job = Job(argv, cwd=place, env={"SECOND_STAGE_WORK": WORK, **(env or {})}, stdin=pins_text(stanzas).encode("utf-8"))
    ran, left = _run(chosen, job, {f"{folder}/{path}".lstrip("/"): file for path, file in files.items()})
    if isinstance(ran, NotStarted):
        raise DiagnosticError(_not_run(ran.reason), exit_code=exit_codes.NO_SANDBOX)
    report = read_report(ran.stdout) if ran.exit_code == 0 and ran.ended == "exited" else None
    if report is None:
        return Compared(SecondStage(by, 0, 0), (_not_run(_last_words(ran)),))
    found = [*map(_stranger, report.strangers), *_differences(staged, stanzas, report, left)]
    return Compared(SecondStage(by, report.rendered, report.extracted), tuple(found))


def _snapshot(staged: Project, stanzas: Mapping[str, Stanza], package: str | None) -> dict[str, Placed]:
    files = {path: Placed(raw) for path, raw in sources_of(staged, stanzas).items()}
    storage = staged.storage
    files.update(records_of(storage.base, storage.cache, tuple(stanzas.values())))
    if package is not None:
        files.update(package_files(staged, package))
    path = staged.configuration.path
    raw = staged.files.read(path) if path else b""
    if path and isinstance(raw, bytes):
        files[path] = Placed(raw)
    return files


def _run(sandbox: Sandbox, job: Job, files: Mapping[str, Placed]) -> tuple[Ran | NotStarted, Mapping[str, Placed]]:
    """Run BOOT with the job's arguments in a snapshot of `files`; return also what it left."""
    python = find_interpreter("/dev", None, run=sandbox.run)  # the one that this tool runs on has what it needs
    if isinstance(python, Absent):
        raise DiagnosticError(_not_run(python.remedy))
    packages = [mount.inside for mount in python.mounts if mount.inside.endswith("-packages")]
    tool = Mount(str(Path(__file__).resolve().parents[1]), f"{TOOL}/specbuild")
    with tempfile.TemporaryDirectory(prefix="specbuild-", ignore_cleanup_errors=True) as top:
        snapshot, work = Path(top, "snapshot"), Path(top, "work")
        lay_out(snapshot, files)
        work.mkdir()
        whole = replace(
            job,
            argv=(python.path, "-s", "-P", "-B", "-c", BOOT, *job.argv, *packages),
            snapshot=str(snapshot),
            work=str(work),
            readonly=(*python.mounts, *((tool,) if TOOL in job.argv else ())),
            limits=LIMITS,
        )
        return sandbox.run(whole), what_lies_in(work)


def _differences(
    staged: Project, stanzas: Mapping[str, Stanza], report: Report, left: Mapping[str, Placed]
) -> list[Diagnostic]:
    """Compare entries and outputs with the first stage's; each difference names target and file."""
    if "" in report.faults:
        return [_differs("the second stage", "it can't read the project", Place("."), report.faults[""])]
    text = left[LOCK].data.decode("utf-8", "replace") if LOCK in left else ""
    lock = read_lock(text)
    if isinstance(lock, Diagnostic):
        return [_differs("the second stage", "its lock can't be read", Place(LOCK), lock.message)]
    found = []
    for target_id in (one for one in staged.graph.order if one in stanzas):
        spec = Place(staged.graph.targets[target_id].spec.path)
        made, stanza = lock.targets.get(target_id), stanzas[target_id]
        if target_id in report.faults:
            found.append(_differs(target_id, "it can't be made again", spec, report.faults[target_id]))
        elif made is None:
            why = lock.conflicts[target_id].message if target_id in lock.conflicts else "a need of it was not made"
            found.append(_differs(target_id, "it has no entry", spec, why))
        elif parts := _parts(stanza, made):
            found.append(_differs(target_id, f"its entry is another: {', '.join(parts)}", Place(LOCK)))
        found += [
            _differs(target_id, f"{path} has other bytes", Place(path))
            for path in (stanza.outputs if target_id not in report.faults and made is not None else ())
            if left.get(f"{OUTPUTS}/{path}") != placed(staged.files, path)
        ]
    return found


def _parts(first: Stanza, second: Stanza) -> list[str]:
    one, two = stanza_json(first), stanza_json(second)
    return [part for part in one if part not in ("evidence", "trace") and one[part] != two[part]]


def _last_words(ran: Ran) -> str:
    words = ran.stderr.decode("utf-8", "replace").strip().splitlines()
    ended = f"it was stopped: {ran.ended}" if ran.ended != "exited" else f"exit status {ran.exit_code}"
    return f"{ended}: {words[-1]}" if words else ended


def _differs(of: str, what: str, place: Place, why: str = "") -> Diagnostic:
    hint = "a generated module does not do what the one that built it did; mend its spec"
    return Diagnostic("SB743", f"{of}: {what} in the second stage", place, why, hint)


def _stranger(path: str) -> Diagnostic:
    what = f"the second stage loaded {path}, which is no part of the staged package"
    return Diagnostic("SB743", what, hint="an import reaches out of the package")


def _not_run(why: str) -> Diagnostic:
    return Diagnostic("SB744", "the second stage did not come to its end", why=why, hint="mend what it says")
