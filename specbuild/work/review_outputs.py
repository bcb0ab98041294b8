"""Reviews of outputs as they lie there, whoever wrote them: by the rules, and by a model that reads them against their
specs. What was asked before costs nothing; of the project nothing is written, the replies stay in the local store.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.components import is_known
from specbuild.decision import NO_CALLS, Calls, Decision
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.progress import Event, Progress, Summary
from specbuild.record import Record
from specbuild.redaction import secrets_in
from specbuild.review import FINDINGS, Finding, findings_in
from specbuild.security_rules import security_findings
from specbuild.shape import unshaped
from specbuild.target import Target
from specbuild.trial import Bench
from specbuild.why import Reason
from specbuild.work.answers import answers
from specbuild.work.bench import Benches
from specbuild.work.choice import BuildOptions
from specbuild.work.judge import Judged
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.own import picked, walked
from specbuild.work.result import short_why
from specbuild.work.reviewer import asking_target, known_review, read_review, saying
from specbuild.work.step import Step
from specbuild.work.walk import Walk
from specbuild.work.wishes import Wishes


class Opinion(NamedTuple):
    """What was found in one target's outputs: paths and lines are those on the disk. `read`: a model said so too."""

    id: str
    findings: tuple[Finding, ...]
    read: bool


class Opinions(NamedTuple):
    """How a run that reviews ended."""

    exit_code: int
    opinions: tuple[Opinion, ...]
    events: tuple[Event, ...]
    summary: Summary


class _Present(NamedTuple):
    """A target's outputs: their texts by declared name as a reply would bring them, and as they lie there."""

    target: Target
    texts: Mapping[str, str]
    lying: Mapping[str, str]


def review_outputs(project: Project, options: BuildOptions, progress: Progress) -> Opinions:
    """Review the selected targets. Raises DiagnosticError, before any call: an output is not there or looks like it
    holds a secret, a need is not built, no model is named, somebody is asked whom nobody configured."""
    opened = Opened(without_errors(project))
    lock = opened.lock()
    chosen = picked(project, lock, options.select, exclude=options.exclude, view="reading")
    walk = opened.walk(lock, Wishes(model=options.model))
    present: dict[str, _Present] = {}
    steps: dict[str, Step] = {}
    faults: list[Diagnostic] = []
    for target_id in walked(project, chosen):
        step = walk.step(target_id, look_ahead=True)
        if target_id not in chosen:
            continue
        found = _present(project, step.target, allow_secret=options.allow_secret)
        if not isinstance(found, _Present):
            faults += found
            continue
        asking = _asking(opened, walk, step, found)
        if isinstance(asking, Diagnostic):
            faults.append(asking)
        else:
            present[target_id], steps[target_id] = found, asking
    if faults:
        raise DiagnosticError(*dict.fromkeys(faults))

    def judge(record: Record, *, marker: str, target: Target, bench: Bench) -> Judged:
        return read_review(record, marker=marker, target=target, bench=bench, files=present[target.id].texts)

    benches = Benches(project, replies=opened.replies, stanza_of=walk.stanza_of, sandbox=options.sandbox)
    answered = answers(
        opened, walk, steps, options, progress, benches=benches, judge=judge, gave_up=_unreadable, kind="review"
    )
    opened.replies.close()
    opinions = []
    for target_id, one in present.items():
        reached = answered.reached.get(target_id)
        said = findings_in(reached.end.files[FINDINGS], one.texts).found if reached else ()
        opinions.append(Opinion(target_id, _on_disk([*_by_rules(one), *said], one), reached is not None))
    errors = any(finding.severity == "error" for one in opinions for finding in one.findings)
    code = answered.exit_code or (exit_codes.FINDING if errors else exit_codes.SUCCESS)
    return Opinions(code, tuple(opinions), answered.events, answered.summary)


def _present(project: Project, target: Target, *, allow_secret: bool) -> _Present | list[Diagnostic]:
    keys = [one.key.reveal() for one in project.personal.services.values() if one.key]
    texts: dict[str, str] = {}
    lying: dict[str, str] = {}
    faults: list[Diagnostic] = []
    if not target.outputs:  # of patterns, and never built
        return [_not_there(target, target.spec.path)]
    for name, path in zip(target.names, target.outputs, strict=True):
        raw = project.files.read(path)
        if isinstance(raw, Diagnostic):
            faults.append(_not_there(target, path) if project.files.state(path) is None else raw)
            continue
        lying[name] = raw.decode("utf-8", errors="replace").replace("\r\n", "\n")
        texts[name] = unshaped(raw, path, target)
        if secrets_in(texts[name], keys) and not allow_secret:
            what = f"{path} looks like it holds a secret and is not shown to a model"
            hint = "take it out, or, if it is none: --allow-secret"
            faults.append(Diagnostic("SB942", what, Place(path), hint=hint))
    return faults or _Present(target, texts, lying)


def _asking(opened: Opened, walk: Walk, step: Step, present: _Present) -> Step | Diagnostic:
    """Return the step that asks for the review; known, it costs nothing."""
    if not is_known(step.components):
        what = f"the review of {step.target.id} shows a need that is not built yet"
        hint = f"specbuild build {step.target.id} builds what it needs first"
        return Diagnostic("SB509", what, step.target.spec.place("build.needs"), hint=hint)
    known = known_review(walk, present.target, step.components, present.texts, replies=opened.replies)
    if isinstance(known, Diagnostic):
        return known
    tries = present.target.attempts
    calls = NO_CALLS if known.conversation.turns else Calls(1, 1, tries)
    decision = Decision("call" if calls.least else "replay", 13 if calls.least else 12, "conversation", calls)
    return replace(
        step,
        target=asking_target(present.target, tries),
        decision=decision,
        reasons=(Reason("review", "review"),),
        prepared=known.prepared,
        conversation=known.conversation,
        problem=None,
    )


def _by_rules(present: _Present) -> tuple[Finding, ...]:
    target = present.target
    return security_findings(present.texts, language=target.language, asked_for=saying(target.spec))


def _on_disk(found: Iterable[Finding], present: _Present) -> tuple[Finding, ...]:
    """Return findings with project paths and lines of the disk, where a header line may stand; the gravest first."""
    paths = dict(zip(present.target.names, present.target.outputs, strict=True))
    moved = set()
    for one in found:
        line = _line_on_disk(one.line, present.texts[one.name], present.lying[one.name])
        moved.add(one._replace(name=paths[one.name], line=line))
    return tuple(sorted(moved, key=lambda one: (_ORDER.index(one.severity), one.name, one.line, one.text)))


_ORDER = ("error", "warning", "note")


def _line_on_disk(line: int, text: str, lying: str) -> int:
    if text == lying:
        return line
    lines, on_disk = text.split("\n"), lying.split("\n")
    same = next((at for at, pair in enumerate(zip(lines, on_disk, strict=False)) if pair[0] != pair[1]), len(lines))
    return line + len(on_disk) - len(lines) if line > same else line


def _not_there(target: Target, path: str) -> Diagnostic:
    what = f"there is nothing to review: {path} is not there"
    return Diagnostic("SB682", what, Place(path), hint=f"specbuild build {target.id}")


def _unreadable(step: Step, turns: int, messages: tuple[str, ...]) -> Diagnostic:
    what = f"{step.target.id} is not reviewed: {turns} of {step.target.attempts} answers could not be read"
    hint = "another model may keep to the form: --model NAME"
    return Diagnostic("SB680", what, Place(step.target.spec.path), short_why(messages), hint)
