"""The proof: everything again in a scratch folder, offline, from specs and records; of the lock only its pins are used.

Every request is rendered, looked up and extracted anew, every output and stanza compared. Nothing in the project is
written.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from specbuild.canonical_json import Json, bytes_digest
from specbuild.components import Components
from specbuild.diagnostic import Diagnostic, Place
from specbuild.disk.writer import OutputFile, write_outputs
from specbuild.output_patterns import with_names
from specbuild.shape import Shaped
from specbuild.stanza import OutputState, Stanza, stanza_json
from specbuild.target import Target
from specbuild.work.agent_end import finished_with
from specbuild.work.conversation import known_conversation, pinned_files
from specbuild.work.judge import Judged, extracted
from specbuild.work.layout import known_outputs
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.own import picked, walked
from specbuild.work.reviewer import is_reviewed, known_review
from specbuild.work.step import Step
from specbuild.work.walk import Walk


class Reproduced(NamedTuple):
    """The result for one target: `way` is "request" (rendered and looked up), "record" (an accepted or revised text,
    whose pinned record was read and its key computed again) or "carried" (likewise, of a reply to the spec before an
    edit of wording). No diagnostics: every byte is the same."""

    id: str
    way: str
    diagnostics: tuple[Diagnostic, ...]


class Remade(NamedTuple):
    """One target made again: the `way` as in Reproduced, its stanza without evidence, its outputs."""

    way: str
    stanza: Stanza
    outputs: tuple[Shaped, ...]


def reproduce(project: Project, selected: Sequence[str] = (), *, exclude: Sequence[str] = ()) -> tuple[Reproduced, ...]:
    """Reproduce the selected targets and what they need. Raises DiagnosticError as `plan` does."""
    opened = Opened(without_errors(project))
    lock = opened.lock()
    chosen = picked(project, lock, selected, exclude=exclude, view="reading")
    walk = opened.walk(lock)
    results = []
    with tempfile.TemporaryDirectory(prefix="specbuild-reproduce-") as scratch:
        for target_id in walked(project, chosen):
            result = _reproduced(opened, walk, lock.targets.get(target_id), walk.step(target_id), Path(scratch))
            if target_id in chosen:
                results.append(result)
    results += [Reproduced(one, "record", (_orphan(one),)) for one in walk.orphans if not selected]
    opened.replies.close()
    return tuple(results)


def pins_of(stanza: Stanza) -> Stanza:
    """Return of a generated stanza only what can't be computed again: which reply, asked of whom, under which
    edition."""
    kept = {name: stanza.inputs[name] for name in ("edition", "model", "service") if name in stanza.inputs}
    # Of several results of a formatter for one text, only the output's hash tells which was taken.
    outputs = stanza.outputs if "build.format" in stanza.shape else {}
    return Stanza(inputs=kept, reply=stanza.reply, outputs=outputs)


def remade(opened: Opened, walk: Walk, target: Target, pinned: Stanza) -> Remade | Diagnostic:
    """Make `target` again from its spec and the records: render, look up, extract, shape. Nothing is run or written.

    Its needs were remade before, and `walk.learn`ed. Of `pinned` only the pins decide (`pins_of` is enough for a
    generated text); origin, revisions and a noted failure are carried on, evidence is not. An accepted, carried or
    revised text comes from its record.
    """
    components = walk.components(target, pinned)
    if _way(pinned) != "request":
        return _from_record(opened, target, pinned, components)
    pin = pinned.reply
    if pin is None:
        return _lost(target, pinned)
    prepared = walk.prepare(target, components, sample=pin.sample)
    if isinstance(prepared, Diagnostic):
        return prepared
    if prepared.key != pin.key:
        return _other_request(target)
    conversation = known_conversation(opened.replies, prepared, (pin.attempts, pin.sha256))
    turn = next((one for one in conversation.turns if one.sha256 == pin.sha256), None)
    if turn is None:
        return _lost(target, pinned)
    end = (
        finished_with(conversation.turns[: turn.turn], target)
        if target.mode == "agent"
        else extracted(turn, marker=prepared.marker, target=target)
    )
    if end is None or not end.passed:
        return _differs(target.id, "the pinned reply can't be taken apart any more", Place(target.spec.path))
    target = with_names(target, end.files)
    outputs = _laid_out(opened, target, pinned, end)
    if outputs is None:
        return _no_layout(target)
    made = replace(
        pinned,
        inputs=components.inputs,
        shape={**components.shape, "extract": end.way},
        checks=components.checks,
        outputs=_states(outputs),
        interface=opened.prompts.label_of(end.files, target),
        evidence={},
    )
    return Remade("request", made, outputs)


def _from_record(opened: Opened, target: Target, pinned: Stanza, components: Components) -> Remade | Diagnostic:
    found = pinned_files(pinned, target, replies=opened.replies)
    if found is None:
        return _lost(target, pinned)
    outputs = _laid_out(opened, target, pinned, found)
    if outputs is None:
        return _no_layout(target)
    made = replace(
        pinned,
        inputs=_inputs(pinned, components),
        shape={**components.shape, "extract": pinned.shape.get("extract")},
        checks=components.checks,
        outputs=_states(outputs),
        evidence={},
    )
    return Remade(_way(pinned), made, outputs)


def _inputs(pinned: Stanza, components: Components) -> Mapping[str, Json]:
    if pinned.origin != "accepted":
        return components.inputs
    # A person's text answers its spec, not a model: what else it was asked with is carried on (comparison, "accepted").
    return {**pinned.inputs, **{name: components.inputs[name] for name in ("spec", "needs", "context")}}


def _laid_out(opened: Opened, target: Target, pinned: Stanza, found: Judged) -> tuple[Shaped, ...] | None:
    """Return the outputs as the records of their formatter tell: of several the one that gives the locked hash."""
    states = {
        name: pinned.outputs[path]
        for name, path in zip(target.names, target.outputs, strict=True)
        if path in pinned.outputs
    }
    return known_outputs(found.files, target, way=found.way, replies=opened.replies, states=states)


def _way(pinned: Stanza) -> str:
    if pinned.origin == "accepted" or pinned.revisions:
        return "record"
    return "carried" if pinned.origin == "carried" else "request"


def _reproduced(opened: Opened, walk: Walk, locked: Stanza | None, step: Step, scratch: Path) -> Reproduced:
    target = step.target
    if locked is None or locked.reply is None:
        return Reproduced(target.id, "request", (_never_built(step),))
    made = remade(opened, walk, target, locked)
    if isinstance(made, Diagnostic):
        fault = replace(made, why=step.reason) if made == _other_request(target) and not _is_fresh(step) else made
        return Reproduced(target.id, _way(locked), (fault,))
    write_outputs(
        scratch,
        [OutputFile(one.path, one.data, one.mode == "755") for one in made.outputs],
        may_replace=lambda path, present: True,
    )
    walk.learn(target.id, made.stanza)
    faults = (
        *_stanza_faults(step, locked, made.stanza),
        *_output_faults(opened, step, made.stanza, scratch),
        *_review_faults(opened, walk, target, locked),
    )
    return Reproduced(target.id, made.way, faults)


def _review_faults(opened: Opened, walk: Walk, target: Target, locked: Stanza) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the review that a text was built under: one of a person, or of a spec that was worded
    otherwise then, had none, or another."""
    if not is_reviewed(target.spec) or locked.origin != "generated":
        return ()
    found = pinned_files(locked, target, replies=opened.replies)
    if found is None:
        return ()  # told already
    target = with_names(target, found.files)
    known = known_review(walk, target, walk.components(target, locked), found.files, replies=opened.replies)
    if isinstance(known, Diagnostic):
        return (known,)
    if known.verdict is None:
        what = f"the review of {target.id} is not at hand: {known.prepared.key}"
    elif known.verdict.outcome == "failed":
        what = f"the review of {target.id} found an error: {known.verdict.messages[0]}"
    else:
        return ()
    hint = "bring the record back from the history"
    return (Diagnostic("SB681", what, target.spec.place("verify.review"), hint=hint),)


def _is_fresh(step: Step) -> bool:
    return step.decision.state == "fresh"


def _states(outputs: Sequence[Shaped]) -> dict[str, OutputState]:
    return {one.path: OutputState("755" if one.mode == "755" else "644", one.sha256) for one in outputs}


def _stanza_faults(step: Step, locked: Stanza, made: Stanza) -> list[Diagnostic]:
    before, after = stanza_json(locked), stanza_json(made)
    parts = [part for part in before if part not in ("evidence", "trace") and before[part] != after[part]]
    return (
        [_differs(step.target.id, f"its entry in the lock differs: {', '.join(parts)}", Place("specbuild.lock"))]
        if parts
        else []
    )


def _output_faults(opened: Opened, step: Step, made: Stanza, scratch: Path) -> list[Diagnostic]:
    faults = []
    for path, state in made.outputs.items():
        present = opened.project.files.state(path)
        again = bytes_digest((scratch / path).read_bytes())
        if present is None:
            faults.append(_differs(step.target.id, f"{path} is missing", Place(path)))
        elif isinstance(present, Diagnostic):
            faults.append(present)
        elif present.sha256 != again:
            faults.append(_differs(step.target.id, f"{path} has other bytes", Place(path)))
        elif present.executable != (state.mode == "755"):
            faults.append(_differs(step.target.id, f"{path} has another executable bit", Place(path)))
    return faults


def _differs(target_id: str, what: str, place: Place) -> Diagnostic:
    return Diagnostic("SB730", f"{target_id} is not reproduced: {what}", place, hint=f"specbuild why {target_id}")


def _other_request(target: Target) -> Diagnostic:
    return Diagnostic(
        "SB730", f"{target.id} is not reproduced: its request is not the one that was asked", Place(target.spec.path),
        "a template, interface or context is not the one it was built with", "specbuild build",
    )  # fmt: skip


def _lost(target: Target, pinned: Stanza) -> Diagnostic:
    pin = pinned.reply
    name = f"cache/replies/{pin.key[:2]}/{pin.key}.{pin.attempts}.{pin.sha256[:16]}.json" if pin else ""
    return Diagnostic(
        "SB731", f"the reply of {target.id} is not at hand: {name}", Place(name),
        hint="bring the record back from the history",
    )  # fmt: skip


def _no_layout(target: Target) -> Diagnostic:
    what = f"what the formatter of {target.id} made is not at hand"
    return Diagnostic("SB731", what, target.spec.place("build.format"), hint="bring the record back from the history")


def _never_built(step: Step) -> Diagnostic:
    return Diagnostic(
        "SB732", f"{step.target.id} was never built", Place(step.target.spec.path), hint="specbuild build"
    )


def _orphan(target_id: str) -> Diagnostic:
    return Diagnostic("SB733", f"no spec claims {target_id} any more", Place("specbuild.lock"), hint="specbuild prune")
