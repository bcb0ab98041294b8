"""The requests that a model would see now, whatever is locked or known: what `prompt` prints. Reads only."""

from collections.abc import Sequence
from typing import NamedTuple

from specbuild.components import is_known
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.own import picked, walked
from specbuild.work.prompts import Prepared
from specbuild.work.step import Step
from specbuild.work.walk import Walk
from specbuild.work.wishes import Wishes


class AskedNow(NamedTuple):
    """One target's request with its key, and whether its reply is known."""

    id: str
    prepared: Prepared
    known: bool


def asked_now(
    project: Project, selected: Sequence[str], *, exclude: Sequence[str] = (), model: str | None = None
) -> tuple[AskedNow, ...]:
    """Return the requests of the selected targets; `model` is that of targets that have none.

    Raises DiagnosticError: no model, a need that is not built, a template's fault.
    """
    opened = Opened(without_errors(project))
    lock = opened.lock()
    chosen = picked(project, lock, selected, exclude=exclude, view="all")
    walk = opened.walk(lock, Wishes(model=model))
    found: list[AskedNow] = []
    faults: list[Diagnostic] = []
    for target_id in walked(project, chosen):
        step = walk.step(target_id, look_ahead=True)
        if target_id not in chosen:
            continue
        prepared = _prepared(walk, step)
        if isinstance(prepared, Diagnostic):
            faults.append(prepared)
        else:
            found.append(AskedNow(target_id, prepared, bool(opened.replies.turns(prepared.key))))
    opened.replies.close()
    if faults:
        raise DiagnosticError(*faults)
    return tuple(found)


def _prepared(walk: Walk, step: Step) -> Prepared | Diagnostic:
    if step.prepared is not None and step.lineage.revisions:
        return step.prepared  # what is locked will be revised
    if not is_known(step.components):
        return Diagnostic(
            "SB509", f"the request of {step.target.id} shows a need that is not built yet",
            step.target.spec.place("build.needs"), hint=f"specbuild build {step.target.id} builds what it needs first",
        )  # fmt: skip
    pin = step.fit.stanza.reply if step.fit and step.fit.request.answer == "equal" else None
    return walk.prepare(step.target, step.components, sample=pin.sample if pin else 0)
