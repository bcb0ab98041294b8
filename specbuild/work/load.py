"""From a folder to values: configuration, specs, targets and graph. Reads only; writes nothing, ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from specbuild import __version__
from specbuild.configuration import PersonalConfiguration, ProjectConfiguration
from specbuild.configuration_reader import read_project_configuration
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.files import ProjectFiles, spec_files
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.project import Storage, find_project, storage_of_project
from specbuild.disk.shares import Shares
from specbuild.disk.stat_index import Sightings, clock_of, clock_of_project, last_look
from specbuild.gate import NAMED
from specbuild.graph import Graph, graph_of
from specbuild.merge_marks import with_merge_marks
from specbuild.moved_name import with_moved
from specbuild.output_patterns import patterns_of
from specbuild.pattern_targets import target_of_patterns
from specbuild.personal_reader import read_personal_configuration
from specbuild.spec import Spec
from specbuild.target import Target
from specbuild.toml_text import read_toml
from specbuild.work.locked_outputs import with_locked_outputs
from specbuild.work.spec_memo import SpecMemo, digest_of

if TYPE_CHECKING:
    from specbuild.disk.staged import StagedFiles

MOST_SPEC_BYTES = 64 * 1024 * 1024
_AT_ONCE = 2000
"""So many specs are in memory at once as bytes."""
INDEX_FOLDER = "cache/local"
"""Where the index lies, which the gate compares before any configuration is read."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project as read: `diagnostics` holds errors (nothing may be built then), warnings and notes."""

    root: Path
    configuration: ProjectConfiguration
    personal: PersonalConfiguration
    graph: Graph
    files: ProjectFiles
    diagnostics: tuple[Diagnostic, ...]
    storage: Storage
    memo: SpecMemo | None = None
    is_as_before: bool = False
    """Configuration and lock are as they were at the last look, of which `files.last` tells."""

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that stand in the way of a build."""
        return tuple(one for one in self.diagnostics if one.severity == "error")


def load(start: Path, environ: Mapping[str, str], *, noting: bool = False, deep: bool = False) -> Project:
    """Read the project that `start` lies in. Raises DiagnosticError if there is none; every other fault is in
    `diagnostics`.

    `noting`: what is read is noted in `files.sightings`, where a local folder for an index is; its clock is written.
    `deep`: nothing that was noted, parsed or compared before is believed.
    """
    found = find_project(start)
    if isinstance(found, Diagnostic):
        raise DiagnosticError(found)
    clock_ns = (clock_of(found.root / INDEX_FOLDER) or clock_of_project(found.root)) if noting else None
    sightings = None if clock_ns is None else Sightings(clock_ns)
    files = ProjectFiles(found.root, sightings, None if deep else last_look(found.root, __version__))
    if files.sightings is not None:
        files.sightings.look(str(_personal_path(environ)), found.root)
    return _loaded(files, environ, deep)


def load_staged(files: "StagedFiles", environ: Mapping[str, str], *, deep: bool = False) -> Project:
    """Read the project that git's index holds below the root of `files`; `deep` and faults as of `load`."""
    return _loaded(files, environ, deep)


def _loaded(files: ProjectFiles, environ: Mapping[str, str], deep: bool) -> Project:
    root = files.root
    configuration, faults = configuration_of(files)
    personal, personal_faults = read_personal(environ)
    diagnostics = [*faults, *personal_faults]
    paths, path_faults = _spec_files(files, configuration.specs)
    diagnostics += path_faults
    targets: list[Target] = []
    storage = storage_of_project(root, configuration.cache)
    local = LocalFolder(storage.base, storage.local).for_reading()
    memo = SpecMemo(local if isinstance(local, Path) and not deep else None)
    prefix = "" if configuration.specs == "." else configuration.specs + "/"
    for first in range(0, len(paths), _AT_ONCE):
        for spec, spec_faults in _specs(files, memo, paths[first : first + _AT_ONCE], prefix):
            diagnostics += spec_faults
            if spec is not None:
                allow_steering = personal.allow_steering_files
                target, target_faults = target_of_patterns(spec, configuration, allow_steering=allow_steering)
                diagnostics += target_faults
                targets += [target] if target is not None else []
    if any(patterns_of(one) for one in targets):
        targets = with_locked_outputs(targets, storage, files)
    graph = graph_of(targets, is_file=files.is_file)
    if not any(one.severity == "error" for one in diagnostics):
        # A spec that could not be read may be the very need that the graph would miss: one fault, one diagnostic.
        diagnostics += with_moved(graph.diagnostics, graph.targets)
        diagnostics += missing_files(files, targets)
    memo.forget()
    before = storage.local == INDEX_FOLDER and _is_as_before(files, environ)
    return Project(root, configuration, personal, graph, files, tuple(diagnostics), storage, memo, before)


def _spec_files(files: ProjectFiles, folder: str) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    if files.is_staged:
        from specbuild.disk.staged import StagedFiles  # most runs look at the disk

        assert isinstance(files, StagedFiles)
        return files.spec_files(folder), ()
    return spec_files(files.root, folder, sightings=files.sightings)


def read_personal(environ: Mapping[str, str]) -> tuple[PersonalConfiguration, tuple[Diagnostic, ...]]:
    """Return the person's own configuration, from `$XDG_CONFIG_HOME/specbuild/config.toml` and the environment."""
    path = _personal_path(environ)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raw = None
    except OSError as error:
        fault = Diagnostic("SB824", f"{path} can't be read", Place(str(path)), error.strerror or "")
        return PersonalConfiguration(), (fault,)
    return read_personal_configuration(raw, str(path), environ)


def _personal_path(environ: Mapping[str, str]) -> Path:
    base = environ.get("XDG_CONFIG_HOME", "")
    folder = Path(base) if base.startswith("/") else Path(environ.get("HOME", "/nonexistent")) / ".config"
    return folder / "specbuild" / "config.toml"


def configuration_of(files: ProjectFiles) -> tuple[ProjectConfiguration, tuple[Diagnostic, ...]]:
    """Return the project's configuration, from specbuild.toml or pyproject.toml, and what is wrong with it."""
    for path, table in (("specbuild.toml", ()), ("pyproject.toml", ("tool", "specbuild"))):
        raw = files.read(path)
        if isinstance(raw, Diagnostic):
            if raw.code == "SB820":
                continue
            return ProjectConfiguration(), (raw,)
        document = read_toml(raw, path)
        if isinstance(document, Diagnostic):
            return ProjectConfiguration(), with_merge_marks(raw, path, (document,))
        configuration, faults = read_project_configuration(document, path, table=table)
        if configuration.path is not None or path == "specbuild.toml":
            return configuration, faults
    return ProjectConfiguration(), ()


def _is_as_before(files: ProjectFiles, environ: Mapping[str, str]) -> bool:
    """Say if everything that decides all targets at once is as it was at the last look."""
    paths = (*NAMED, str(_personal_path(environ)))
    return files.last is not None and all(files.last.is_as_it_was(path, files.root) for path in paths)


def _specs(
    files: ProjectFiles, memo: SpecMemo, paths: Sequence[str], prefix: str
) -> list[tuple[Spec | None, tuple[Diagnostic, ...]]]:
    """Return what each of these files holds; of many that nobody has read before, all processors take their share."""
    found: dict[str, tuple[Spec | None, tuple[Diagnostic, ...]]] = {}
    unread: list[tuple[str, str, bytes, bytes]] = []
    for path in paths:
        spec_id = path.removeprefix(prefix).removesuffix(".toml")
        seen = files.known(path)
        spec = memo.known(seen, path, spec_id) if seen is not None else None
        raw = files.read(path, limit=MOST_SPEC_BYTES) if spec is None else b""
        if isinstance(raw, Diagnostic):
            found[path] = None, (raw,)
            continue
        found[path] = spec, ()
        if spec is None:
            unread.append((path, spec_id, raw, digest_of(raw)))

    def parsed(number: int) -> str:
        path, spec_id, raw, digest = unread[number]
        return memo.parsed(digest, raw, path, spec_id)

    with Shares(len(unread), parsed) as shares:
        for number, (path, spec_id, raw, digest) in enumerate(unread):
            memo.take(digest, shares.line(number) or "")
            found[path] = memo.read(raw, path, spec_id)
    return list(found.values())


def missing_files(files: ProjectFiles, targets: Sequence[Target]) -> list[Diagnostic]:
    """Return a diagnostic for each file that a target names and that can't be read, at the line that names it."""
    missing = []
    for target in targets:
        named = [("build.context", path) for path in target.context]
        named += [("verify.files", path) for path in target.spec.texts("verify.files")]
        if target.template != "default":
            named.append(("build.template", target.template))
        for field, path in named:
            fault = files.text(path) if files.known(path) is None else None
            if isinstance(fault, Diagnostic):
                missing.append(
                    Diagnostic(
                        fault.code,
                        f"{field} of {target.id}: {fault.message}",
                        target.spec.place(field),
                        fault.why,
                        fault.hint,
                    )
                )
    return missing
