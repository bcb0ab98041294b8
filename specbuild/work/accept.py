"""Taking files as they stand: an edit, or files that no build made, become the target's text until a person ends
that."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from specbuild.canonical_json import bytes_digest, short_digest
from specbuild.components import is_known, request_values
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.output_patterns import patterns_of
from specbuild.record import output_record
from specbuild.shape import VERBATIM, Shaped, unshaped
from specbuild.stanza import OutputState, ReplyPin, Stanza
from specbuild.target import Target
from specbuild.work.load import Project
from specbuild.work.opened import Opened
from specbuild.work.own import picked, walked
from specbuild.work.present_outputs import with_present_names
from specbuild.work.settle import TOGETHER, Finished
from specbuild.work.step import Step
from specbuild.work.writing import Writing, writing


class Accepted(NamedTuple):
    """What became of one target: accepted now, as it was already, or refused with a diagnostic."""

    id: str
    outcome: Literal["accepted", "unchanged", "refused"]
    diagnostic: Diagnostic | None = None


def accept(
    load_project: Callable[[], Project],
    selected: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    allow_secret: bool = False,
    waiting: Callable[[str], None],
) -> tuple[Accepted, ...]:
    """Accept the present outputs of the selected targets; asks nothing, writes no output. Raises DiagnosticError."""
    with writing(load_project, waiting=waiting, allow_secret=allow_secret) as run:
        chosen = picked(run.opened.project, run.lock, selected, exclude=exclude, view="accepting")
        wanted = frozenset(chosen)
        walk = run.opened.walk(run.lock)
        results: dict[str, Accepted] = {}
        finished: list[Finished] = []
        for target_id in walked(run.opened.project, chosen):
            step = walk.step(target_id, look_ahead=True)
            if target_id not in wanted:
                continue
            found = _accepted(run, step)
            if isinstance(found, Accepted):
                results[target_id] = found
                continue
            results[target_id] = Accepted(target_id, "accepted")
            walk.learn(target_id, found.stanza)
            finished.append(found)
            if len(finished) >= TOGETHER:
                results.update(_settled(run, finished))
                finished = []
        results.update(_settled(run, finished))
        return tuple(results.values())


def _settled(run: Writing, finished: Sequence[Finished]) -> Iterator[tuple[str, Accepted]]:
    """Make these last together; yield what became of those that could not be settled."""
    for target_id, fault in run.settler.settle_several(finished).items():
        yield target_id, _refused(target_id, fault.diagnostics[0])


def _accepted(run: Writing, step: Step) -> Finished | Accepted:
    """Return what makes the present outputs of one target its text, or what became of it without that."""
    target = step.target
    home = step.home
    if step.decision.state == "fresh":
        return Accepted(target.id, "unchanged")
    if step.decision.state == "conflict":
        what = f"{target.id} is in conflict"
        return _refused(target.id, Diagnostic("SB704", what, Place("specbuild.lock"), hint="specbuild lock --resolve"))
    needs = step.components.checks.get("needs")
    if not is_known(step.components) or (isinstance(needs, dict) and None in needs.values()):
        what = f"{target.id} can't be accepted while a need of it is unbuilt"
        return _refused(
            target.id, Diagnostic("SB843", what, target.spec.place("build.needs"), hint="specbuild build first")
        )
    target = with_present_names(target, run.opened.project)
    if not target.outputs:
        what = f"none of the files that {target.id} may have lies there: {', '.join(patterns_of(target))}"
        return _refused(target.id, Diagnostic("SB847", what, target.spec.place("build.outputs")))
    outputs = _present(run.opened, target)
    if isinstance(outputs, Diagnostic):
        return _refused(target.id, outputs)
    texts = {name: one.data.decode("utf-8") for name, one in zip(target.names, outputs, strict=True)}
    record = output_record(texts, spec=request_values(target.spec))
    unshaped_texts = {
        name: unshaped(one.data, one.path, target) for name, one in zip(target.names, outputs, strict=True)
    }
    try:
        run.settler.refuse_secrets([record])
        stanza = Stanza(
            inputs=step.components.inputs,
            shape={**step.components.shape, "extract": VERBATIM},
            checks=step.components.checks,
            outputs={one.path: OutputState("755" if one.mode == "755" else "644", one.sha256) for one in outputs},
            reply=ReplyPin(1, record.key, 0, record.sha256),
            interface=_label(run.opened, unshaped_texts, target),
            origin="accepted",
            revisions=home.revisions if home else 0,
            evidence={"not_checked": [], "passed": []},
        )
    except DiagnosticError as error:
        return _refused(target.id, error.diagnostics[0])
    return Finished(target.id, stanza, outputs, [record], _adopted(step))


def _adopted(step: Step) -> str | None:
    return step.fit.from_id if step.fit and step.fit.origin == "adopted" else None


def _label(opened: Opened, texts: Mapping[str, str], target: Target) -> str:
    try:
        return opened.prompts.label_of(texts, target)
    except DiagnosticError:
        if target.mode != "agent":
            raise
        # An agent may begin with files that can't be read yet. Who needs them is told so when it is built.
        return f"unreadable:{short_digest(dict(texts))}"


def _present(opened: Opened, target: Target) -> tuple[Shaped, ...] | Diagnostic:
    outputs = []
    for path in target.outputs:
        raw = opened.project.files.read(path)
        if isinstance(raw, Diagnostic):
            return raw if raw.hint else replace(raw, hint=f"specbuild build {target.id} writes what is missing")
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return Diagnostic(
                "SB825", f"{path} is not UTF-8 text and can't be accepted", Place(path), hint="save it as UTF-8"
            )
        state = opened.project.files.state(path)
        executable = not isinstance(state, Diagnostic) and state is not None and state.executable
        outputs.append(Shaped(path, raw, "755" if executable else "644", bytes_digest(raw)))
    return tuple(outputs)


def _refused(target_id: str, diagnostic: Diagnostic) -> Accepted:
    return Accepted(target_id, "refused", diagnostic)
