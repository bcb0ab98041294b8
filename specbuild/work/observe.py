"""How the disk stands to a stanza: the worst over its paths and the paths now claimed. Reads only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from specbuild.canonical_json import Digest
from specbuild.decision import DISK_ORDER, Disk
from specbuild.diagnostic import Diagnostic
from specbuild.disk.files import FileState, ProjectFiles
from specbuild.stanza import OutputState

IsOurs = Callable[[str, str], bool]


class Observation(NamedTuple):
    """The worst state, the state of each path that is not "ok", and why a path can't be looked at at all."""

    worst: Disk
    paths: Mapping[str, Disk]
    faults: Mapping[str, Diagnostic] = {}


def observe(
    files: ProjectFiles,
    locked: Mapping[str, OutputState],
    claimed: Sequence[str],
    *,
    is_ours: IsOurs,
    locked_elsewhere: Iterable[OutputState] = (),
) -> Observation:
    """Return how the present outputs stand to `locked` (path → mode, sha256) and to the paths now `claimed`.

    Bytes that the target's own stanzas name are no edit wherever they lie: `locked_elsewhere` are further such outputs.
    """
    found: dict[str, Disk] = {}
    faults: dict[str, Diagnostic] = {}
    own = {state.sha256 for state in (*locked.values(), *locked_elsewhere)}
    for path in dict.fromkeys([*locked, *claimed]):
        present = files.state(path)
        if isinstance(present, Diagnostic):
            found[path] = "foreign"  # a folder, a link that leads out, something unreadable: nothing of ours to replace
            faults[path] = present
            continue
        state = _state_of(present, path, locked.get(path), path in claimed, own, is_ours)
        if state != "ok":
            found[path] = state
    return Observation(max(found.values(), key=DISK_ORDER.index, default="ok"), found, faults)


def _state_of(
    present: FileState | None, path: str, locked: OutputState | None, claimed: bool, own: set[Digest], is_ours: IsOurs
) -> Disk:
    if present is None:
        return "absent" if claimed else "ok"  # a place that is claimed no more and is empty needs nothing
    if locked is not None and present.sha256 == locked.sha256:
        if not claimed:
            return "ours"
        return "ok" if present.executable == (locked.mode == "755") else "eol"
    if locked is not None and present.lf_sha256 == locked.sha256:
        return "eol"
    return "ours" if present.sha256 in own or is_ours(path, present.sha256) else "foreign"
