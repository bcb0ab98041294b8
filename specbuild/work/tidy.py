"""Removing outputs: `clean` those that records can restore, `prune` those that no spec claims any more. Never a
person's bytes."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from specbuild.canonical_json import bytes_digest
from specbuild.diagnostic import Diagnostic
from specbuild.disk.writer import Kept, remove_outputs
from specbuild.names import check_output_name
from specbuild.work.layout import layout_is_known
from specbuild.work.load import Project
from specbuild.work.own import picked
from specbuild.work.writing import Writing, writing


class Tidied(NamedTuple):
    """Paths removed (with `dry_run`: that would be), and those kept with the reason; `stanzas` are the entries taken
    out of the lock."""

    removed: tuple[str, ...]
    kept: tuple[tuple[str, str], ...] = ()
    stanzas: tuple[str, ...] = ()


def clean(
    load_project: Callable[[], Project],
    selected: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    dry_run: bool = False,
    waiting: Callable[[str], None],
) -> Tidied:
    """Remove the outputs of the selected targets that are as locked and whose reply is at hand. Raises
    DiagnosticError."""
    with writing(load_project, waiting=waiting) as run:
        chosen = picked(run.opened.project, run.lock, selected, exclude=exclude, view="building")
        files: list[tuple[str, str]] = []
        kept: list[tuple[str, str]] = []
        for target_id in chosen:
            stanza = run.lock.targets.get(target_id)
            if stanza is None or stanza.reply is None:
                continue
            pin, replies = stanza.reply, run.opened.replies
            known = replies.get(pin.key, pin.attempts, pin.sha256[:16]) is not None
            if not known or not layout_is_known(stanza, replies):
                kept += [(path, "its reply is lost: nothing could restore it") for path in stanza.outputs]
                continue
            files += [(path, state.sha256) for path, state in stanza.outputs.items()]
        return _removed(run, files, dry_run, kept)


def prune(load_project: Callable[[], Project], *, dry_run: bool = False, waiting: Callable[[str], None]) -> Tidied:
    """Take stanzas that no spec claims out of the lock and remove their outputs, and strays that this clone wrote
    before.

    Raises DiagnosticError.
    """
    with writing(load_project, waiting=waiting) as run:
        project = run.opened.project
        orphans = run.opened.walk(run.lock).orphans
        claimed = set(project.graph.producers)
        claimed.update(
            path for one, stanza in run.lock.targets.items() if one not in orphans for path in stanza.outputs
        )
        files: list[tuple[str, str]] = [
            (path, state.sha256)
            for one in orphans
            for path, state in run.lock.targets[one].outputs.items()
            if path not in claimed
        ]
        files += [
            (path, sha256)
            for path, sha256 in run.opened.ours.pairs()
            if path not in claimed and _lies_there(run, path, sha256)
        ]
        tidied = _removed(run, list(dict.fromkeys(files)), dry_run, [])
        if not dry_run:
            run.settler.drop(orphans)
        return tidied._replace(stanzas=orphans)


def _lies_there(run: Writing, path: str, sha256: str) -> bool:
    raw = run.opened.project.files.read(path)
    return not isinstance(raw, Diagnostic) and bytes_digest(raw) == sha256


def _removed(run: Writing, files: list[tuple[str, str]], dry_run: bool, kept: list[tuple[str, str]]) -> Tidied:
    # The lock came with the clone: a name that no output may have is not removed by it either.
    allow = run.opened.project.personal.allow_steering_files
    refused = [path for path, _ in files if check_output_name(path, allow=allow) is not None]
    kept += [(path, "no output may have this name") for path in refused]
    settings = run.opened.project.configuration.iteration
    if settings is not None:  # the program needs its modules, whether or not a spec makes them
        package = [path for path, _ in files if path.startswith(settings.package + "/") and path not in refused]
        kept += [(path, "a module of the project itself") for path in package]
        refused += package
    present = [(path, sha256) for path, sha256 in files if path not in refused]
    present = [(path, sha256) for path, sha256 in present if run.opened.project.files.is_file(path)]
    if dry_run:
        ours = [path for path, sha256 in present if _lies_there(run, path, sha256)]
        kept += [(path, "changed by hand") for path, _ in present if path not in ours]
        return Tidied(tuple(ours), tuple(kept))
    results = remove_outputs(run.opened.project.root, present, output_folder=run.opened.project.configuration.outputs)
    kept += [(one.path, "changed by hand") for one in results if isinstance(one, Kept)]
    return Tidied(tuple(one.path for one in results if not isinstance(one, Kept)), tuple(kept))
