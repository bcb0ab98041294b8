"""A lock that git merged, settled: entry by entry from the two sides of the merge, in the order of needs, by how each
compares with the merged sources. Outputs follow from pinned replies; no model, no network."""

from collections.abc import Callable
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.comparison import compare_checks, compare_request, compare_shape
from specbuild.decision import State
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.files import normalised_text
from specbuild.disk.git_objects import is_unmerged, merge_sides
from specbuild.disk.lock_file import LOCK_NAME
from specbuild.disk.mutex import mutex
from specbuild.lock import Lock, read_lock
from specbuild.lock_merge import Answers, MergedStanzas, Side, merged_stanzas, standing_side
from specbuild.lock_pieces import LockPieces
from specbuild.shape import locked_states
from specbuild.stanza import Stanza
from specbuild.target import Target
from specbuild.work.conversation import pinned_files
from specbuild.work.heal import Healed, healed
from specbuild.work.layout import known_outputs
from specbuild.work.load import Project
from specbuild.work.observe import observe
from specbuild.work.opened import Opened, without_errors
from specbuild.work.reach import reach_of
from specbuild.work.settle import Settler
from specbuild.work.walk import Walk


class Settled(NamedTuple):
    """One target whose entry both sides changed: the side whose entry stands, and the state it is left in."""

    id: str
    side: Side
    state: State


class Resolved(NamedTuple):
    """What settling a merge came to; no `targets` and `entries` 0: there was nothing to settle.

    `written` are outputs that were put right, `edited` those that hold what no build wrote, as after git merged two of
    them line by line; they are kept.
    """

    entries: int = 0
    targets: tuple[Settled, ...] = ()
    written: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    records: Healed = Healed()


class _Sides(NamedTuple):
    base: Lock
    ours: Lock
    theirs: Lock

    def outputs(self) -> list[tuple[str, str]]:
        """Return (path, sha256) of every output that a side knows: none of them is a person's edit."""
        locks = (self.base, self.ours, self.theirs)
        return [(path, state.sha256) for lock in locks for path, state in LockPieces(lock.targets).outputs()]


def resolve(load_project: Callable[[], Project], *, waiting: Callable[[str], None]) -> Resolved:
    """Settle the merge that specbuild.lock is in, and write the outputs that follow from it.

    Raises DiagnosticError: specs that are in conflict themselves, no merge to take sides from (SB724), a side whose
    lock can't be read, a disk that refuses.
    """
    local = Opened(without_errors(load_project())).local.for_writing()
    with mutex(local, waiting=waiting):
        opened = Opened(without_errors(load_project()))
        opened.local.for_writing()
        try:
            return _resolved(opened)
        finally:
            opened.replies.close()


def _resolved(opened: Opened) -> Resolved:
    sides = _sides(opened)
    if sides is None:
        return Resolved()
    graph = opened.project.graph
    merged = merged_stanzas(sides.base.targets, sides.ours.targets, sides.theirs.targets, claimed=graph.targets.keys())
    stanzas, settled = _decided(opened, merged)
    opened.ours.add(sides.outputs())
    opened.lock_file.write(Lock(stanzas))
    lock = opened.journal.fold(opened.lock_file)
    records = healed(opened, reach_of(opened.project, lock).named)
    written, edited = _outputs_put_right(opened, lock)
    return Resolved(len(lock.targets), settled, written, edited, records)


def _sides(opened: Opened) -> _Sides | None:
    """Return the three locks of the merge; None if the present one is whole already."""
    base = opened.project.storage.base
    present = opened.lock_file.read()
    whole = isinstance(present, Lock) and not present.conflicts
    if whole and not is_unmerged(base, LOCK_NAME):
        return None
    found = merge_sides(base, LOCK_NAME)
    if found is None:
        fault = present if isinstance(present, Diagnostic) else next(iter(present.conflicts.values()))
        what = "specbuild.lock can't be believed, and it is in no merge whose sides could settle it"
        raise DiagnosticError(
            Diagnostic("SB724", what, fault.place or Place(LOCK_NAME), fault.message, f"git checkout -- {LOCK_NAME}"),
            exit_code=exit_codes.FINDING,
        )
    sides = _Sides(*(_side(name, raw) for name, raw in zip(("base", "ours", "theirs"), found, strict=True)))
    if whole and present not in (sides.ours, sides.theirs):
        return None  # a person settled it already, and perhaps built since
    return sides


def _side(name: str, raw: bytes) -> Lock:
    place = f"{LOCK_NAME} ({name})"
    text = normalised_text(raw, place)
    lock = text if isinstance(text, Diagnostic) else read_lock(text, place)
    if isinstance(lock, Diagnostic):
        raise DiagnosticError(lock, exit_code=exit_codes.FINDING)
    return Lock(LockPieces(lock.targets))  # an entry that one side can't be believed in is the other's to give


def _decided(opened: Opened, merged: MergedStanzas) -> tuple[dict[str, Stanza], tuple[Settled, ...]]:
    """Return all entries, and what became of those that both sides changed.

    Needs come first: what a dependent compares with is what its needs were left as. An output is never a reason for a
    side, so that a merged one counts as ours here.
    """
    stanzas = dict(merged.settled)
    stanzas.update((target_id, one.ours) for target_id, one in merged.contested.items())
    walk = Walk(
        opened.project, Lock(stanzas), replies=opened.replies, is_ours=lambda path, sha256: True, prompts=opened.prompts
    )
    settled: list[Settled] = []
    for target_id in opened.project.graph.order:
        contest = merged.contested.get(target_id)
        side: Side = "ours"
        if contest is not None:
            target = opened.project.graph.targets[target_id]
            side = standing_side(contest, _answers(walk, target, contest.ours), _answers(walk, target, contest.theirs))
            stanzas[target_id] = contest.theirs if side == "theirs" else contest.ours
        step = walk.step(target_id, look_ahead=True)
        if contest is not None:
            settled.append(Settled(target_id, side, step.decision.state))
    gone = [one for one in merged.contested if one not in opened.project.graph.targets]
    return stanzas, (*settled, *(Settled(one, "ours", "orphan") for one in gone))


def _answers(walk: Walk, target: Target, stanza: Stanza) -> Answers:
    components = walk.components(target, stanza)
    request = compare_request(stanza.inputs, components, accepted=stanza.origin == "accepted")
    shape, checks = compare_shape(stanza.shape, components), compare_checks(stanza.checks, components)
    return Answers(request.answer, shape.answer, checks.answer)


def _outputs_put_right(opened: Opened, lock: Lock) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write the outputs that are not what their entries say, from pinned replies; return those written, and those that
    hold what no build wrote."""
    project = opened.project
    settler = Settler(
        project,
        lock,
        journal=opened.journal,
        ours=opened.ours,
        replies=opened.replies,
        lock_file=opened.lock_file,
    )
    written: list[str] = []
    edited: list[str] = []
    for target_id in project.graph.order:
        stanza, target = lock.targets.get(target_id), project.graph.targets[target_id]
        if stanza is None or not stanza.outputs:
            continue
        seen = observe(project.files, stanza.outputs, target.outputs, is_ours=opened.ours.contains)
        if seen.worst == "foreign":
            edited += [path for path, state in seen.paths.items() if state == "foreign"]
        elif seen.worst != "ok" and _restored(opened, settler, target, stanza):
            written += [path for path in seen.paths if path in stanza.outputs]
    settler.fold()
    return tuple(written), tuple(edited)


def _restored(opened: Opened, settler: Settler, target: Target, stanza: Stanza) -> bool:
    """Write the locked outputs of one target, if its pinned reply gives them; what it does not give, a build tells."""
    pinned = pinned_files(stanza, target, replies=opened.replies)
    states = locked_states(stanza.outputs, target)
    if pinned is None or states is None:
        return False
    outputs = known_outputs(pinned.files, target, way=pinned.way, replies=opened.replies, states=states) or ()
    if {one.path: (one.mode, one.sha256) for one in outputs} != {
        path: (state.mode, state.sha256) for path, state in stanza.outputs.items()
    }:
        return False
    settler.settle(target.id, stanza, outputs)
    return True
