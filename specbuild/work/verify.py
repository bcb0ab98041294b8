"""Checks on outputs as they lie there, edited or not: every verifier, nothing asked, nothing written."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from specbuild.diagnostic import DiagnosticError
from specbuild.lock import Lock
from specbuild.shape import VERBATIM
from specbuild.stanza import Stanza
from specbuild.target import Target
from specbuild.verifier import Verdict, broken, failed
from specbuild.work.bench import Benches, placed
from specbuild.work.judge import verdicts_of
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.own import own_ids, picked
from specbuild.work.reviewer import is_reviewed, security_verdict


class Verified(NamedTuple):
    """The verdicts on one target's outputs."""

    id: str
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed and no check is broken; what can't be checked here is in `verdicts`."""
        return not failed(self.verdicts) and not broken(self.verdicts)


def verify(
    project: Project, selected: Sequence[str] = (), *, exclude: Sequence[str] = (), sandbox: str = "auto"
) -> tuple[Verified, ...]:
    """Judge the selected targets in their order. Raises DiagnosticError as `plan` does, or for want of a sandbox."""
    opened = Opened(without_errors(project))
    chosen = picked(project, opened.lock() if own_ids(project) else Lock(), selected, exclude=exclude, view="reading")
    benches = benches_of_outputs(opened, sandbox=sandbox)
    try:
        return tuple(
            Verified(one, _verdicts(project, project.graph.targets[one], benches))
            for one in project.graph.order
            if one in chosen
        )
    finally:
        opened.replies.close()


def benches_of_outputs(opened: Opened, *, sandbox: str) -> Benches:
    """Return benches on which everything lies as it does on the disk."""
    lock = cache(opened.lock)  # read if a spec asks

    def locked(target_id: str) -> Stanza | None:
        return lock().targets.get(target_id)

    return Benches(
        opened.project,
        replies=opened.replies,
        stanza_of=lambda target_id: None,
        locked_of=locked,
        sandbox=sandbox,
        remembering=False,
        as_they_are=True,
    )


def texts_as_they_are(project: Project, target: Target) -> tuple[dict[str, str], dict[str, str]] | Verdict:
    """Return the outputs' texts and modes by declared name; or the verdict on one that is not there or no text."""
    texts: dict[str, str] = {}
    modes: dict[str, str] = {}
    for name, path in zip(target.names, target.outputs, strict=True):
        try:
            file = placed(project.files, path)
        except DiagnosticError as fault:
            return Verdict("names", "failed", tuple(one.message for one in fault.diagnostics))
        try:
            texts[name] = file.data.decode("utf-8")
        except UnicodeDecodeError as error:
            return Verdict("text", "failed", (f"{path}: byte {error.start} is no UTF-8",))
        modes[name] = "755" if file.executable else "644"
    return texts, modes


def _verdicts(project: Project, target: Target, benches: Benches) -> tuple[Verdict, ...]:
    found = texts_as_they_are(project, target)
    if isinstance(found, Verdict):
        return (found,)
    texts, modes = found
    verdicts = verdicts_of(texts, target, bench=replace(benches.bench(target), way=VERBATIM, modes=modes))
    # The rules are held against the lines as they lie there; a model is asked by the command `review` alone.
    return (*verdicts, security_verdict(texts, target)) if is_reviewed(target.spec) else verdicts
