"""Which targets a run is about: those a person picked, what they need, and what is wished for them."""

from dataclasses import dataclass
from typing import NamedTuple

from specbuild.graph import needs_closure
from specbuild.lock import Lock
from specbuild.work.load import Project
from specbuild.work.own import View, own_ids, picked
from specbuild.work.wishes import Wishes


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What a person asked of one build."""

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    jobs: int | None = None
    offline: bool = False
    locked: bool = False
    force: bool = False
    model: str | None = None
    """The model of targets that have none; with `repin` the selected ones are moved to it."""
    repin: bool = False
    max_calls: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    allow_secret: bool = False
    regenerate: bool = False
    """The selected targets get the next sample."""
    retry_failed: bool = False
    """Those of the selected targets that are noted as failed get the next sample; the others are built as ever."""
    revise: bool = False
    """The locked text of the selected targets is revised where it answers another spec; an accepted one too."""
    rewrite: bool = False
    """With `regenerate`: written anew, also where the text is a revision."""
    sandbox: str = "auto"
    """Where generated code runs: the best that starts, a name of SANDBOXES, or "none" by the person's flag."""
    edition: int | None = None
    """The selected targets are moved to this edition."""
    iterating: bool = False
    """Only the targets that `specbuild iterate` builds are meant; else all but these."""


class Choice(NamedTuple):
    """`picked` are the selected targets, `chosen` they and their needs, own targets left alone; both in the order of
    needs."""

    picked: tuple[str, ...]
    chosen: tuple[str, ...]
    wishes: Wishes


def choice_of(project: Project, lock: Lock, options: BuildOptions, *, view: View | None = None) -> Choice:
    """Return what `options` choose; `view` says who asks, if not a build. Raises DiagnosticError for a selection that
    names nothing, or what is not to be built so."""
    view = view or ("iterating" if options.iterating else "building")
    ids = picked(project, lock, options.select, exclude=options.exclude, view=view)
    if options.retry_failed:
        ids = tuple(one for one in ids if one in lock.targets and lock.targets[one].failed)
    wanted = needs_closure(ids, project.graph) - (own_ids(project) if view == "building" else frozenset())
    selected = frozenset(ids)
    nobody: frozenset[str] = frozenset()
    wishes = Wishes(
        model=options.model,
        repin=selected if options.repin else nobody,
        regenerate=selected if options.regenerate or options.retry_failed else nobody,
        force=selected if options.force else nobody,
        edition=options.edition,
        upgrade=selected if options.edition is not None else nobody,
        revise=selected if options.revise else _failed_edits(ids, lock) if options.retry_failed else nobody,
        rewrite=selected if options.rewrite else nobody,
    )
    return Choice(ids, tuple(one for one in project.graph.order if one in wanted), wishes)


def _failed_edits(ids: tuple[str, ...], lock: Lock) -> frozenset[str]:
    """Return the accepted texts among `ids`: what failed was to revise them, and that is tried again."""
    return frozenset(one for one in ids if one in lock.targets and lock.targets[one].origin == "accepted")
