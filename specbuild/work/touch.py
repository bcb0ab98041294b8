"""Wording: a person says that the present outputs answer the reworded spec. They are judged by its checks and, if they
pass, carried over: the target's entry gets the components of now, and no model is asked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from specbuild import exit_codes
from specbuild.canonical_json import Json
from specbuild.components import is_known
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.record import Record
from specbuild.shape import VERBATIM, Shaped, locked_states
from specbuild.stanza import OutputState, Stanza
from specbuild.verifier import Verdict, broken, failed
from specbuild.work.bench import Benches
from specbuild.work.conversation import pinned_files
from specbuild.work.formatter import Formatter
from specbuild.work.judge import as_they_are, verdicts_of
from specbuild.work.layout import layout_evidence, outputs_of
from specbuild.work.load import Project
from specbuild.work.observe import observe
from specbuild.work.own import picked, walked
from specbuild.work.step import Step
from specbuild.work.walk import Walk
from specbuild.work.writing import Writing, writing


class Touched(NamedTuple):
    """What became of one target: carried over now, fresh as it was, or refused with a diagnostic."""

    id: str
    outcome: Literal["carried", "unchanged", "refused"]
    diagnostic: Diagnostic | None = None


def touch(
    load_project: Callable[[], Project],
    selected: Sequence[str],
    *,
    exclude: Sequence[str] = (),
    sandbox: str = "auto",
    waiting: Callable[[str], None],
) -> tuple[Touched, ...]:
    """Carry the built outputs of the selected targets over to their specs of now; asks nothing.

    Raises DiagnosticError as `plan` does, or with exit 69 if something must run and no sandbox starts.
    """
    with writing(load_project, waiting=waiting) as run:
        chosen = picked(run.opened.project, run.lock, selected, exclude=exclude, view="building")
        walk = run.opened.walk(run.lock)
        benches = Benches(run.opened.project, replies=run.opened.replies, stanza_of=walk.stanza_of, sandbox=sandbox)
        formatter = Formatter(run.opened.replies, benches)
        results = []
        for target_id in walked(run.opened.project, chosen):
            step = walk.step(target_id, look_ahead=True)
            if target_id in chosen:
                results.append(_touched(run, walk, step, benches, formatter))
        return tuple(results)


def _touched(run: Writing, walk: Walk, step: Step, benches: Benches, formatter: Formatter) -> Touched:
    target_id = step.target.id
    if step.decision.state == "fresh":
        return Touched(target_id, "unchanged")
    base = _base(step, walk)
    fault = base if isinstance(base, Diagnostic) else _in_the_way(run, step, base)
    if fault is not None or isinstance(base, Diagnostic):
        return Touched(target_id, "refused", fault)
    pinned = pinned_files(base, step.target, replies=run.opened.replies)
    states = locked_states(base.outputs, step.target)
    if pinned is None or states is None:
        return Touched(target_id, "refused", _other_files(step) if states is None else _lost(step))
    try:
        modes = {name: state.mode for name, state in states.items()}
        bench = replace(benches.bench(step.target), way=pinned.way, modes=modes)
        lay = as_they_are if pinned.way == VERBATIM else formatter.texts
        verdicts = verdicts_of(pinned.files, step.target, bench=bench, lay=lay)
        if failed(verdicts) or broken(verdicts):
            return Touched(target_id, "refused", _does_not_pass(step, verdicts))
        layout = formatter.layout(pinned.files, step.target, way=pinned.way, states=states)
        outputs = outputs_of(layout, step.target, way=pinned.way, states=states)
        stanza = replace(
            base,
            inputs=step.components.inputs,
            shape={**step.components.shape, "extract": pinned.way},
            checks=step.components.checks,
            outputs={one.path: OutputState("755" if one.mode == "755" else "644", one.sha256) for one in outputs},
            interface=run.opened.prompts.label_of(pinned.files, step.target),
            # A person's text stays that person's: what is only carried, the next change of the spec may rewrite.
            origin="accepted" if base.origin == "accepted" else "carried",
            failed=None,
            evidence={**layout_evidence(layout.records), **_evidence(verdicts, benches)},
        )
        _settle(run, walk, step, stanza, outputs, layout.records)
    except DiagnosticError as error:
        if error.exit_code == exit_codes.NO_SANDBOX:
            raise
        return Touched(target_id, "refused", error.diagnostics[0])
    return Touched(target_id, "carried")


def _base(step: Step, walk: Walk) -> Stanza | Diagnostic:
    """Return the entry whose outputs are meant: the target's own, else the one that it adopts."""
    conflict = walk.lock.conflicts.get(step.target.id)
    if conflict is not None:
        return conflict
    adopted = walk.adopted.get(step.target.id)
    base = step.home or (walk.lock.targets[adopted] if adopted else None)
    if base is None or base.reply is None or not base.outputs:
        what = f"{step.target.id} was never built, so there is nothing to carry over"
        return Diagnostic("SB844", what, Place(step.target.spec.path), hint="specbuild build")
    return base


def _in_the_way(run: Writing, step: Step, base: Stanza) -> Diagnostic | None:
    target = step.target
    needs = step.components.checks.get("needs")
    if not is_known(step.components) or (isinstance(needs, dict) and None in needs.values()):
        what = f"{target.id} can't be carried over while a need of it is unbuilt"
        return Diagnostic("SB844", what, target.spec.place("build.needs"), hint="specbuild build first")
    seen = observe(run.opened.project.files, base.outputs, target.outputs, is_ours=run.opened.ours.contains)
    edited = next((path for path, state in seen.paths.items() if state == "foreign"), None)
    if edited is not None:
        return Diagnostic(
            "SB844", f"{edited} was changed by hand, and only what a build wrote is carried over", Place(edited),
            hint=f"specbuild verify {target.id} judges it; specbuild accept {target.id} makes it the target's text",
        )  # fmt: skip
    return None


def _evidence(verdicts: Sequence[Verdict], benches: Benches) -> dict[str, Json]:
    return {
        "not_checked": [one.verifier for one in verdicts if one.outcome == "not_checked"],
        "passed": [one.verifier for one in verdicts if one.outcome == "passed"],
        **benches.evidence(),
    }


def _settle(
    run: Writing, walk: Walk, step: Step, stanza: Stanza, outputs: tuple[Shaped, ...], layouts: tuple[Record, ...]
) -> None:
    pin = stanza.reply
    assert pin is not None
    turns: tuple[Record, ...] = tuple(one for one in run.opened.replies.turns(pin.key) if one.turn <= pin.attempts)
    records = (*turns, *layouts)
    run.settler.settle(step.target.id, stanza, outputs, records=records, adopted=walk.adopted.get(step.target.id))
    walk.learn(step.target.id, stanza)


def _lost(step: Step) -> Diagnostic:
    what = f"the reply of {step.target.id} is not at hand, and an entry never names a record that is not there"
    return Diagnostic("SB844", what, Place("specbuild.lock"), hint="specbuild cache heal")


def _other_files(step: Step) -> Diagnostic:
    what = f"{step.target.id} declares other outputs than it was built with"
    return Diagnostic("SB844", what, step.target.spec.place("build.outputs"), hint="specbuild build")


def _does_not_pass(step: Step, verdicts: Sequence[Verdict]) -> Diagnostic:
    bad = [one for one in verdicts if one.outcome in ("failed", "broken")]
    what = f"the outputs of {step.target.id} don't pass its checks of now: {', '.join(one.verifier for one in bad)}"
    why = "; ".join(message for one in bad for message in one.messages)
    return Diagnostic("SB844", what, Place(step.target.spec.path), why, "this is no edit of wording: specbuild build")
