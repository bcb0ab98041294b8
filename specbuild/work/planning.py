"""The reading half of a build: every target stepped, nothing done. What `plan`, `status`, `check` and `why` show."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from specbuild.components import request_values
from specbuild.cost import cost_of, estimated_input, estimated_tokens, expected_output
from specbuild.decision import NO_CALLS, Calls
from specbuild.diagnostic import Diagnostic
from specbuild.graph import needs_closure
from specbuild.lock import Lock
from specbuild.plan import Plan, PlanLine, is_finding
from specbuild.reply import Usage
from specbuild.shape import VERBATIM
from specbuild.stanza import ReplyPin
from specbuild.target import Target
from specbuild.why import Change, Reason, changes_of
from specbuild.work.agent_price import Price, agent_price
from specbuild.work.choice import BuildOptions, choice_of
from specbuild.work.conversation import pinned_files, pinned_turns
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.own import View, is_handwritten, own_ids, picked, walked
from specbuild.work.prompts import Prepared
from specbuild.work.standing import standing_ids, to_decide
from specbuild.work.step import Step
from specbuild.work.walk import Walk
from specbuild.work.wishes import Wishes


class Planned(NamedTuple):
    """A plan with the steps behind it, in the order of needs; a target that stands was not stepped."""

    plan: Plan
    steps: dict[str, Step]
    opened: Opened
    lock: Lock
    wishes: Wishes


def plan_project(
    project: Project,
    *,
    selected: Sequence[str] = (),
    exclude: Sequence[str] = (),
    options: BuildOptions | None = None,
    with_needs: bool = False,
    with_causes: bool = False,
) -> Planned:
    """Step every target of a project that has no error, and return the lines of the selected ones; `with_needs`: and of
    those that they need, as a build of them would touch both; `with_causes`: and of the findings among the needs of
    those that are blocked or not yet decided, for these are no findings themselves. `options` are those of the build
    that is planned.

    Raises DiagnosticError: exit 2 for errors of specs, graph and selection, exit 1 for a lock that can't be read.
    """
    opened = Opened(without_errors(project))
    view: View | None = "reading" if options is None and not with_needs else None
    options = options or BuildOptions(select=tuple(selected), exclude=tuple(exclude))
    lock = opened.lock()
    choice = choice_of(project, lock, options, view=view)
    walk = opened.walk(lock, choice.wishes)
    standing = standing_ids(project, lock, opened.prompts, choice.wishes)
    ids = walked(project, choice.chosen)
    decided = to_decide(project, ids, standing)
    steps = {one: walk.step(one, look_ahead=True) for one in ids if one in decided}
    usual = functools.cache(lambda: _usual_output(opened, lock))
    lines = [
        _line(opened, walk, steps[one], lock, usual) if one in steps else fresh_line(project.graph.targets[one])
        for one in (choice.chosen if with_needs else choice.picked)
    ]
    if not options.select:
        lines += _orphans(walk)
    elif with_causes:
        shown = picked(project, lock, (), exclude=options.exclude, view="reading")
        causes = {one: waiting for one, waiting in _causes(project, lines).items() if one in steps and one in shown}
        found = [_line(opened, walk, steps[one], lock, usual) for one in causes]
        lines = [*(_needed(one, causes[one.id]) for one in found if one.finding), *lines]
    opened.replies.close()
    return Planned(Plan(tuple(lines)), steps, opened, lock, choice.wishes)


def fresh_line(target: Target) -> PlanLine:
    """Return the line of a target that is fresh."""
    return PlanLine(target.id, "fresh", 5, _FRESH, NO_CALLS, 0, 0.0, outputs=target.outputs)


_FRESH = (Reason("fresh", "up to date"),)


def changes(planned: Planned, target_id: str) -> tuple[Change, ...]:
    """Return what changed for one target, with old and new values; the old ones come from the pinned conversation's
    root."""
    step = planned.steps[target_id]
    pin = step.fit.stanza.reply if step.fit else None
    old = {}
    if pin is not None:
        turns = planned.opened.replies.turns(pin.key)
        old = dict(turns[0].spec) if turns else {}
    return changes_of(step.differences, values=request_values(step.target.spec), old_values=old)


def _line(opened: Opened, walk: Walk, step: Step, lock: Lock, usual: Callable[[], int]) -> PlanLine:
    decision = step.decision
    calls, tokens, cost, more = _price(opened, step, usual)
    review = _new_review(opened, walk, step)
    if review is not None:
        calls, tokens, cost = Calls(0, 1, max(1, calls.most)), estimated_input(review.request.body), None
    # A stanza that is taken over from elsewhere has to be written into the lock, whatever lies on the disk.
    at_home = step.fit is not None and step.fit.origin == "home"
    only_absent = decision.row == 10 and at_home and set(step.observation.paths.values()) == {"absent"}
    local = _is_local(opened, step)
    return PlanLine(
        id=step.target.id,
        state=decision.state,
        row=decision.row,
        reasons=(*_reasons(opened, step), *more),
        calls=calls,
        tokens=tokens,
        cost=cost,
        local=local,
        finding=not is_handwritten(step.target.id, opened.project, lock)
        and is_finding(
            decision.state,
            # What only this clone can put back is lost to everybody else.
            disk_absent_only=only_absent and not local,
            commit_outputs=opened.project.configuration.commit_outputs or step.target.id in own_ids(opened.project),
        ),
        outputs=step.target.outputs,
    )


def _causes(project: Project, lines: Sequence[PlanLine]) -> dict[str, list[str]]:
    """Return the needs, near and far, that were not selected, of lines that are no findings as their cause is one; and
    the ids of these lines. In the order of needs."""
    waiting = {one.id: needs_closure([one.id], project.graph) for one in lines if one.state in ("blocked", "maybe")}
    there = {one.id for one in lines}
    return {
        need: [one for one, needed in waiting.items() if need in needed]
        for need in project.graph.order
        if need not in there and any(need in needed for needed in waiting.values())
    }


def _needed(line: PlanLine, waiting: Sequence[str]) -> PlanLine:
    who = f"{waiting[0]} needs" if len(waiting) == 1 else f"{waiting[0]} and {len(waiting) - 1} more need"
    return replace(line, reasons=(*line.reasons, Reason("needed", f"{who} it")))


def _reasons(opened: Opened, step: Step) -> tuple[Reason, ...]:
    """Return the reasons of a step; an edit that only lays an output out anew is told as that."""
    if step.decision.state != "edited" or step.fit is None:
        return step.reasons
    from specbuild.work.as_built import laid_out_anew  # only an edit pays for it

    if not laid_out_anew(opened, step):
        return step.reasons
    return (Reason("layout", "only the layout of an output differs from what was built"), *step.reasons[1:])


def _new_review(opened: Opened, walk: Walk, step: Step) -> Prepared | None:
    """Return the request for the review of a text that is judged anew, None if that needs no call."""
    if step.decision.act != "recheck" or not step.facts.review or step.fit is None:
        return None
    from specbuild.work.reviewer import known_review  # only where a text is judged anew

    found = pinned_files(step.fit.stanza, step.target, replies=opened.replies)
    if found is None or found.way == VERBATIM:
        return None
    known = known_review(walk, step.target, step.components, found.files, replies=opened.replies)
    return None if isinstance(known, Diagnostic) or known.verdict is not None else known.prepared


def _price(opened: Opened, step: Step, usual: Callable[[], int]) -> Price:
    """Return about how many calls and tokens it takes, and what they cost; None where it can't be known."""
    calls = step.decision.calls
    label = step.prepared.request.service if step.prepared else ""
    service = opened.project.personal.services.get(label)
    prices = service.prices if service else None
    if step.target.mode == "agent":
        return agent_price(step, opened.replies, prices)
    if not calls.expected:
        return Price(calls, 0, 0.0)
    if step.prepared is None:
        return Price(calls, None, None)
    asked = estimated_input(step.prepared.request.body)
    answered = _earlier_output(opened, step)
    if answered is None:
        answered = usual()
    cost = cost_of(Usage(asked, answered), prices)
    return Price(calls, (asked + answered) * calls.expected, None if cost is None else cost * calls.expected)


def _earlier_output(opened: Opened, step: Step) -> int | None:
    return _output_tokens(opened, step.fit.stanza.reply) if step.fit else None


def _usual_output(opened: Opened, lock: Lock) -> int:
    """Return how many tokens a first reply will likely have: the median of the replies that the lock names first."""
    pins = [stanza.reply for _, stanza in sorted(lock.targets.items()) if stanza.reply is not None][:LOOKED_AT]
    seen = [tokens for pin in pins if (tokens := _output_tokens(opened, pin)) is not None]
    usual = expected_output(seen)
    return FIRST_REPLY_TOKENS if usual is None else usual


FIRST_REPLY_TOKENS = 1_500
"""Expected of a project that has no reply yet: the median of the hundred that this project itself was built with."""
LOOKED_AT = 25


def _output_tokens(opened: Opened, pin: ReplyPin | None) -> int | None:
    record = opened.replies.get(pin.key, pin.attempts, pin.sha256[:16]) if pin else None
    if record is None:
        return None
    counted = record.source.usage.output if record.source else None
    return counted if counted is not None else estimated_tokens(record.reply.content)


def _is_local(opened: Opened, step: Step) -> bool:
    """Say whether a line is so by what this clone alone holds; committed records are the same for everybody."""
    row, fit = step.decision.row, step.fit
    if row in (12, 13) or (fit is not None and fit.origin == "kept"):
        if step.conversation is not None and step.conversation.turns:
            return not all(opened.replies.is_committed(record) for record in step.conversation.turns)
        return fit is not None and fit.origin == "kept"
    if row not in (10, 11) or fit is None or fit.stanza.reply is None:
        return False
    if step.facts.disk in ("ok", "eol") and (row == 10 or step.facts.shape == "equal"):
        return False  # the text lies there: nobody needs the reply
    pin, replies = fit.stanza.reply, opened.replies
    record = replies.get(pin.key, pin.attempts, pin.sha256[:16])
    turns = pinned_turns(pin, replies) or ((record,) if record is not None else ())
    return not all(replies.is_committed(one) for one in turns)


def _orphans(walk: Walk) -> list[PlanLine]:
    reason = Reason("orphan", "no spec claims it any more")
    lines = [PlanLine(one, "orphan", 3, (reason,), NO_CALLS, 0, 0.0, finding=True) for one in walk.orphans]
    for one, fault in sorted(walk.lock.conflicts.items()):
        if one not in walk.project.graph.targets:
            told = (Reason("conflict", fault.message),)
            lines.append(PlanLine(one, "conflict", 2, told, NO_CALLS, 0, 0.0, finding=True))
    return lines
