"""The iterations of a project looked at: listed, shown, compared with each other, verified. `replay` rebuilds one.

Reads only, asks nobody, runs nothing.
"""

from collections.abc import Mapping
from typing import NamedTuple

from specbuild.canonical_json import Json
from specbuild.chronicle import IterationRow, Rates, TargetChange, differences, iteration_row, rates_of
from specbuild.components import request_values
from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.files import ProjectFiles, normalised_text, spec_files
from specbuild.disk.history import KeptIteration, kept_input, read_iterations
from specbuild.disk.lock_file import LOCK_NAME
from specbuild.lock import Lock
from specbuild.project_path import join
from specbuild.record import Record, read_record
from specbuild.shape import Shaped
from specbuild.spec import Spec
from specbuild.spec_reader import read_spec
from specbuild.stanza import Stanza
from specbuild.why import changes_of
from specbuild.work.as_built import OutputPair
from specbuild.work.load import Project
from specbuild.work.opened import Opened
from specbuild.work.replay import Replayed, replay


class History(NamedTuple):
    """All iterations as rows, oldest first, the pass rates of all recorded conversations, and what can't be read."""

    rows: tuple[IterationRow, ...]
    rates: Rates
    faults: tuple[Diagnostic, ...]


class Compared(NamedTuple):
    """What changed from one iteration to another: targets, and outputs with their bytes in both."""

    targets: tuple[TargetChange, ...]
    outputs: tuple[OutputPair, ...]
    faults: tuple[Diagnostic, ...]


class Verified(NamedTuple):
    """Every iteration replayed, and what differs: in a replay, or between the last one and the package (SB736)."""

    replays: tuple[Replayed, ...]
    diagnostics: tuple[Diagnostic, ...]


def settings_of(configuration: ProjectConfiguration) -> dict[str, Json]:
    """Return the settings of a project that decide requests and places of its targets, for `Iteration.settings`.

    Model, service and edition are not among them: the stanzas pin those.
    """
    return {
        "specs": configuration.specs,
        "outputs": configuration.outputs,
        "template": configuration.template,
        "parameters": dict(configuration.parameters),
    }


def history_of(project: Project) -> History:
    """Return all iterations and their rates. Of a lock that can't be read no entry counts for the rates."""
    kept, faults = _iterations(project)
    rows: list[IterationRow] = []
    before: Mapping[str, Stanza] = {}
    for one in kept:
        rows.append(iteration_row(one.iteration, one.lock.targets, before))
        before = one.lock.targets
    lock, lock_faults = _lock(project)
    return History(tuple(rows), _rates(project, kept, lock), (*faults, *lock_faults))


def iteration_numbered(project: Project, number: int) -> KeptIteration:
    """Return an iteration. Raises DiagnosticError if there is none of that number, or if it can't be believed."""
    kept, faults = _iterations(project)
    found = next((one for one in kept if one.iteration.number == number), None)
    if found is not None:
        return found
    own = tuple(one for one in faults if one.place and f"/iter{number}/" in f"/{one.place.path}/")
    known = ", ".join(str(one.iteration.number) for one in kept)
    hint = f"there is: {known}" if known else "there is none yet: `specbuild iterate` makes the first"
    missing = Diagnostic("SB737", f"there is no iteration {number}", hint=hint)
    raise DiagnosticError(*(own or (missing,)), exit_code=1 if own else 2)


def compared(project: Project, before: KeptIteration, after: KeptIteration) -> Compared:
    """Compare two iterations: their targets by component, old and new values as far as specs have them, and outputs."""
    first, second = replay(project, before), replay(project, after)
    old, new = _by_path(first), _by_path(second)
    pairs = (_pair(path, old.get(path), new.get(path)) for path in sorted(old.keys() | new.keys()))
    changed = (one for one in pairs if (one.built, one.built_mode) != (one.present, one.present_mode))
    targets = _target_changes(project, before, after)
    return Compared(targets, tuple(changed), (*first.diagnostics, *second.diagnostics))


def verified(project: Project) -> Verified:
    """Replay every iteration, follow their chain, and compare the package with the last one."""
    kept, faults = _iterations(project)
    replays = tuple(replay(project, one) for one in kept)
    diagnostics = [fault for fault in faults if fault.severity == "error"]
    diagnostics += [fault for one in replays for fault in one.diagnostics]
    lock, lock_faults = _lock(project)
    diagnostics += lock_faults
    if not lock_faults:
        diagnostics += _package_faults(project, kept[-1] if kept else None, lock)
    return Verified(replays, tuple(diagnostics))


def _iterations(project: Project) -> tuple[tuple[KeptIteration, ...], tuple[Diagnostic, ...]]:
    return read_iterations(project.root, project.configuration.outputs)


def _lock(project: Project) -> tuple[Lock, tuple[Diagnostic, ...]]:
    try:
        return Opened(project).lock(), ()
    except DiagnosticError as error:
        return Lock(), error.diagnostics


def _by_path(replayed: Replayed) -> dict[str, tuple[str, Shaped]]:
    return {one.path: (target_id, one) for target_id, outputs in replayed.outputs.items() for one in outputs}


def _pair(path: str, was: tuple[str, Shaped] | None, now: tuple[str, Shaped] | None) -> OutputPair:
    target_id, known = was or now or ("", None)
    assert known is not None
    built = was[1].data if was else b""  # a new file is shown as one that was empty
    return OutputPair(target_id, path, built, now[1].data if now else None, known.mode, now[1].mode if now else None)


def _target_changes(project: Project, before: KeptIteration, after: KeptIteration) -> tuple[TargetChange, ...]:
    old, new = before.lock.targets, after.lock.targets
    found = []
    for target_id in sorted(old.keys() | new.keys()):
        if target_id not in new:
            found.append(TargetChange(target_id, "removed"))
        elif target_id not in old:
            found.append(TargetChange(target_id, "added"))
        elif changed := differences(old[target_id], new[target_id]):
            was, now = (_kept_spec(project, one, target_id) for one in (before, after))
            values, old_values = (request_values(one) if one else {} for one in (now, was))
            found.append(TargetChange(target_id, "changed", changes_of(changed, values=values, old_values=old_values)))
    return tuple(found)


def _kept_spec(project: Project, kept: KeptIteration, target_id: str) -> Spec | None:
    path = join(str(kept.iteration.settings.get("specs", "specs")), f"{target_id}.toml")
    sha256 = kept.iteration.inputs.get(path)
    raw = kept_input(project.root, project.configuration.outputs, sha256) if sha256 else None
    return read_spec(raw, path, target_id)[0] if isinstance(raw, bytes) else None


def _package_faults(project: Project, last: KeptIteration | None, lock: Lock) -> list[Diagnostic]:
    """Compare entries and files of the project's own targets with those of the last iteration."""
    settings = project.configuration.iteration
    prefix = f"{settings.specs}/" if settings else None
    built = last.lock.targets if last else {}
    number = last.iteration.number if last else -1
    promoted = {one: stanza for one, stanza in lock.targets.items() if prefix and one.startswith(prefix)}
    faults = []
    for target_id in sorted(built.keys() | promoted.keys()):
        mine, theirs = lock.targets.get(target_id), built.get(target_id)
        if theirs is None:
            faults.append(_not_the_last(f"{target_id} is in {LOCK_NAME}", "no iteration built it", LOCK_NAME))
        elif mine is None or mine.trace != theirs.trace:
            what = "has no entry" if mine is None else "has another entry"
            why = f"iteration {number} was not promoted, or the lock was changed since"
            faults.append(_not_the_last(f"{target_id} {what} in {LOCK_NAME}", why, LOCK_NAME))
        faults += _file_faults(project.files, target_id, theirs, number) if theirs else []
    return faults


def _file_faults(files: ProjectFiles, target_id: str, built: Stanza, number: int) -> list[Diagnostic]:
    faults = []
    for path, state in built.outputs.items():
        present = files.state(path)
        if isinstance(present, Diagnostic):
            faults.append(present)
        elif present is None:
            why = f"iteration {number} built it"
            faults.append(_not_the_last(f"{path} of {target_id} is missing", why, path, _hint_of_a_file(path)))
        elif present.sha256 != state.sha256 or present.executable != (state.mode == "755"):
            what = "bytes" if present.sha256 != state.sha256 else "executable bit"
            why = f"its {what} are those of no build" if what == "bytes" else "its mode is another"
            told = f"{path} of {target_id} is not as iteration {number} built it"
            faults.append(_not_the_last(told, why, path, _hint_of_a_file(path)))
    return faults


def _hint_of_a_file(path: str) -> str:
    keep = "to keep it, say it in the spec, then `specbuild iterate --promote`"
    return f"`git checkout -- {path}` gives the edit up; {keep}"


def _not_the_last(what: str, why: str, path: str, hint: str = "specbuild iterate --promote") -> Diagnostic:
    return Diagnostic("SB736", what, Place(path), why, hint)


def _rates(project: Project, kept: tuple[KeptIteration, ...], lock: Lock) -> Rates:
    """Count the committed conversations of the project's own specs.

    A record does not say which spec asked: it is one of ours if the program's name is that of one of our specs, now or
    in any iteration, and no other target's entry pins it.
    """
    settings = project.configuration.iteration
    ours = {one for kept_one in kept for one in kept_one.lock.targets}
    names = {spec.text("file.name") for one in kept for spec in _kept_specs(project, one)}
    if settings:
        prefix = f"{settings.specs}/"
        ours |= {one for one in lock.targets if one.startswith(prefix)}
        names |= {
            target.spec.text("file.name") for one, target in project.graph.targets.items() if one.startswith(prefix)
        }
    others = {one.reply.key for target_id, one in lock.targets.items() if target_id not in ours and one.reply}
    stanzas = [*(stanza for one in kept for stanza in one.lock.targets.values())]
    stanzas += [lock.targets[one] for one in sorted(ours) if one in lock.targets]
    pins = [one.reply for one in stanzas if one.reply]
    keys = [one.key for one in _first_turns(project) if one.spec.get("file.name") in names and one.key not in others]
    return rates_of(keys, pins)


def _kept_specs(project: Project, kept: KeptIteration) -> list[Spec]:
    found = (_kept_spec(project, kept, target_id) for target_id in kept.lock.targets)
    return [one for one in found if one]


def _first_turns(project: Project) -> list[Record]:
    base, folder = project.storage.base, f"{project.storage.cache}/replies"
    files = ProjectFiles(base)
    found = []
    for path in spec_files(base, folder, suffix=".json")[0]:
        if path.rpartition("/")[2].split(".")[1:2] != ["1"]:
            continue
        raw = files.read(path)
        text = raw if isinstance(raw, Diagnostic) else normalised_text(raw, path)
        record = text if isinstance(text, Diagnostic) else read_record(text, path)
        if isinstance(record, Record) and record.kind == "reply":
            found.append(record)
    return found
