"""What a build that left nothing to do keeps for the next run: the index, if all that was read still stands.

In: the project as it was read, with its sightings, and the lock as it was left. The disk is read again where the run
itself may have written, outputs and lock; nothing is kept if they are not what the lock says.
"""

from collections.abc import Collection, Iterator, Sequence

from specbuild import __version__
from specbuild.decision import NO_CALLS
from specbuild.disk.files import FileState, ProjectFiles
from specbuild.disk.journal import JOURNAL_NAME
from specbuild.disk.lock_file import LockFile
from specbuild.disk.stat_index import Sighting, Sightings, Told, clock_of, write_index
from specbuild.formats.plan_text import counts_text, plan_text, status_text
from specbuild.lock import Lock
from specbuild.lock_pieces import LockPieces
from specbuild.plan import Plan, PlanLine
from specbuild.progress import Spent, Summary
from specbuild.styled_text import StyledText, plain_text, terminal_text
from specbuild.terminal.lines import summary_line
from specbuild.why import Reason
from specbuild.work.depths import depths
from specbuild.work.load import INDEX_FOLDER, Project


def remember(project: Project, lock: Lock, standing: Collection[str] = ()) -> bool:
    """Write the index of a project whose targets in `lock` are all fresh now; return whether one was written.

    The targets of `standing` were not touched by the run: an output of theirs is read again only if it differs from the
    last look.
    """
    inputs = project.files.sightings
    storage = project.storage
    if project.memo is not None and lock.targets:
        project.memo.save(storage.local_folder)
    if inputs is None or project.diagnostics or storage.local != INDEX_FOLDER or storage.base != project.root:
        return False
    clock_ns = clock_of(storage.local_folder)
    if clock_ns is None:
        return False
    outputs = Sightings(clock_ns)
    untouched = {path for one in standing for path in project.graph.targets[one].outputs}
    if not _stands(project, lock, outputs, untouched):
        return False
    rows: dict[str, Sighting | None] = {**inputs.rows(), **outputs.rows()}
    text = LockFile(project.root).text()  # as it stands there: made from the entries it would take as much again
    if not isinstance(text, str):
        return False
    return write_index(project.root, rows, _told(project, lock, text), version=__version__)


def _stands(project: Project, lock: Lock, sightings: Sightings, untouched: Collection[str]) -> bool:
    """Look at lock, journal and outputs, and say if they are what the run left."""
    root = project.root
    if lock.conflicts or not lock.targets.keys() <= project.graph.targets.keys():
        return False
    if (root / INDEX_FOLDER / JOURNAL_NAME).exists() or LockFile(root, sightings).read() != lock:
        return False
    sightings.absent(f"{INDEX_FOLDER}/{JOURNAL_NAME}")
    files = ProjectFiles(root, sightings, project.files.last)
    folders: set[str] = set()
    for path, state in LockPieces(lock.targets).outputs():
        folders.update(_parents(path))
        if path in untouched and files.known(path) is not None:
            continue
        present = files.state(path)
        wanted = (state.sha256, state.mode == "755")
        if not isinstance(present, FileState) or (present.sha256, present.executable) != wanted:
            return False
    for folder in sorted(folders):
        sightings.look(folder, root)
    return True


def _parents(path: str) -> Iterator[str]:
    folder = path.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def _told(project: Project, lock: Lock, text: str) -> Sequence[Told]:
    ids = [one for one in project.graph.order if one in lock.targets]
    revisions = depths(lock, text)
    before = project.files.last.told() if project.files.last is not None and not revisions else ()
    if any((one.command, one.stream, one.plain) == ("status", 1, _status_of(ids)) for one in before):
        return before  # of the same targets the same is told, and to lay it out takes long
    reason = (Reason("fresh", "up to date"),)
    plan = Plan(tuple(PlanLine(one, "fresh", 5, reason, NO_CALLS, 0, 0.0) for one in ids))
    return [
        _text("build", 2, summary_line(Summary({"fresh": len(ids)}, Spent(), 0.0, 0))),
        _text("check", 2, counts_text(plan)),
        _text("status", 1, status_text(plan, revisions=revisions)),
        _text("plan", 1, plan_text(plan)),
    ]


def _status_of(ids: Sequence[str]) -> str:
    """Return what `status_text` says of these ids where all are fresh, unrevised and plain."""
    width = max(map(len, ids), default=0)
    rows = "".join([f"fresh  {one:<{width}}  up to date\n" for one in ids])
    return f"{rows}{len(ids)} fresh\n"


def _text(command: str, stream: int, text: StyledText) -> Told:
    plain, coloured = plain_text(text), terminal_text(text)
    return Told(command, stream, _ended(plain), _ended(coloured))


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
