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
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.writer import OutputFile, write_outputs
from specbuild.selector import select
from specbuild.shape import shaped
from specbuild.stanza import OutputState, Stanza, stanza_json
from specbuild.work.conversation import known_conversation, pinned_files
from specbuild.work.judge import extracted
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.walk import Step, Walk


class Reproduced(NamedTuple):
    """The result for one target: `way` is "request" (rendered and looked up) or "record" (an accepted or revised
    text, whose pinned record was read and its key computed again). No diagnostics: every byte is the same."""

    id: str
    way: str
    diagnostics: tuple[Diagnostic, ...]


def reproduce(project: Project, selected: Sequence[str] = (), *, exclude: Sequence[str] = ()) -> tuple[Reproduced, ...]:
    """Reproduce the selected targets and what they need. Raises DiagnosticError as `plan` does."""
    opened = Opened(without_errors(project))
    chosen = select(selected, project.graph, exclude=exclude)
    if isinstance(chosen, Diagnostic):
        raise DiagnosticError(chosen)
    lock = opened.lock()
    walk = opened.walk(lock)
    results = []
    with tempfile.TemporaryDirectory(prefix="specbuild-reproduce-") as scratch:
        for target_id in project.graph.order:
            result = _reproduced(opened, walk, lock.targets.get(target_id), walk.step(target_id), Path(scratch))
            if target_id in chosen:
                results.append(result)
    results += [Reproduced(one, "record", (_orphan(one),)) for one in walk.orphans if not selected]
    opened.replies.close()
    return tuple(results)


def _reproduced(opened: Opened, walk: Walk, locked: Stanza | None, step: Step, scratch: Path) -> Reproduced:
    target = step.target
    if locked is None or locked.reply is None:
        return Reproduced(target.id, "request", (_never_built(step),))
    if locked.origin == "accepted" or locked.revisions:
        found = pinned_files(locked, target, replies=opened.replies)
        if found is None:
            return Reproduced(target.id, "record", (_lost(step),))
        modes = {
            name: locked.outputs[path].mode
            for name, path in zip(target.names, target.outputs, strict=True)
            if path in locked.outputs
        }
        made = replace(_made(locked, step, {}), inputs=locked.inputs if locked.revisions else step.components.inputs)
        way, outputs, interface = "record", shaped(found.files, target, way=found.way, modes=modes), locked.interface
    else:
        prepared = walk.prepare(target, step.components, sample=locked.reply.sample)
        if isinstance(prepared, Diagnostic):
            return Reproduced(target.id, "request", (prepared,))
        if prepared.key != locked.reply.key:
            return Reproduced(target.id, "request", (_other_request(step),))
        conversation = known_conversation(opened.replies, prepared, (locked.reply.attempts, locked.reply.sha256))
        turn = next((one for one in conversation.turns if one.sha256 == locked.reply.sha256), None)
        if turn is None:
            return Reproduced(target.id, "request", (_lost(step),))
        end = extracted(turn, marker=prepared.marker, target=target)
        if not end.passed:
            return Reproduced(
                target.id,
                "request",
                (_differs(step, "the pinned reply can't be taken apart any more", Place(target.spec.path)),),
            )
        made = _made(locked, step, {"extract": end.way})
        way, outputs, interface = (
            "request",
            shaped(end.files, target, way=end.way),
            opened.prompts.label_of(end.files, target),
        )
    made = replace(
        made,
        interface=interface,
        outputs={one.path: OutputState("755" if one.mode == "755" else "644", one.sha256) for one in outputs},
    )
    write_outputs(
        scratch,
        [OutputFile(one.path, one.data, one.mode == "755") for one in outputs],
        may_replace=lambda path, present: True,
    )
    walk.learn(target.id, made)
    return Reproduced(
        target.id, way, (*_stanza_faults(step, locked, made), *_output_faults(opened, step, made, scratch))
    )


def _made(locked: Stanza, step: Step, shape: Mapping[str, Json]) -> Stanza:
    return replace(
        locked,
        inputs=step.components.inputs,
        shape={**step.components.shape, "extract": locked.shape.get("extract"), **shape},
        checks=step.components.checks,
    )


def _stanza_faults(step: Step, locked: Stanza, made: Stanza) -> list[Diagnostic]:
    before, after = stanza_json(locked), stanza_json(made)
    parts = [part for part in before if part not in ("evidence", "trace") and before[part] != after[part]]
    return (
        [_differs(step, f"its entry in the lock differs: {', '.join(parts)}", Place("specbuild.lock"))] if parts else []
    )


def _output_faults(opened: Opened, step: Step, made: Stanza, scratch: Path) -> list[Diagnostic]:
    faults = []
    for path, state in made.outputs.items():
        present = opened.project.files.state(path)
        again = bytes_digest((scratch / path).read_bytes())
        if present is None:
            faults.append(_differs(step, f"{path} is missing", Place(path)))
        elif isinstance(present, Diagnostic):
            faults.append(present)
        elif present.sha256 != again:
            faults.append(_differs(step, f"{path} has other bytes", Place(path)))
        elif present.executable != (state.mode == "755"):
            faults.append(_differs(step, f"{path} has another executable bit", Place(path)))
    return faults


def _differs(step: Step, what: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "SB730", f"{step.target.id} is not reproduced: {what}", place, hint=f"specbuild why {step.target.id}"
    )


def _other_request(step: Step) -> Diagnostic:
    why = (
        step.reason
        if step.decision.state != "fresh"
        else "a template, interface or context is not the one it was built with"
    )
    return Diagnostic(
        "SB730", f"{step.target.id} is not reproduced: its request is not the one that was asked",
        Place(step.target.spec.path), why, "specbuild build",
    )  # fmt: skip


def _lost(step: Step) -> Diagnostic:
    pin = step.home.reply if step.home else None
    name = f"cache/replies/{pin.key[:2]}/{pin.key}.{pin.attempts}.{pin.sha256[:16]}.json" if pin else ""
    return Diagnostic(
        "SB731",
        f"the reply of {step.target.id} is not at hand: {name}",
        Place(name),
        hint="bring the record back from the history",
    )


def _never_built(step: Step) -> Diagnostic:
    return Diagnostic(
        "SB732", f"{step.target.id} was never built", Place(step.target.spec.path), hint="specbuild build"
    )


def _orphan(target_id: str) -> Diagnostic:
    return Diagnostic("SB733", f"no spec claims {target_id} any more", Place("specbuild.lock"), hint="specbuild prune")
