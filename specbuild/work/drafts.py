"""Drafts of specs for existing files: planned with their price, asked for like any reply, and written when a person has
seen them. Replies are kept in the local store: the same draft costs nothing a second time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from specbuild.cost import cost_of, estimated_input, estimated_tokens
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.flushes import replace_files
from specbuild.graph import graph_of
from specbuild.lock import Lock
from specbuild.plan import Plan, PlanLine
from specbuild.progress import Event, Progress, Summary
from specbuild.reply import Usage
from specbuild.work.answers import answers
from specbuild.work.bench import Benches
from specbuild.work.choice import BuildOptions
from specbuild.work.draft_files import Draft, drafts_of, judge_of
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.step import Step
from specbuild.work.walk import Walk
from specbuild.work.wishes import Wishes

WORDING = "draft"
"""The folder of templates, an edition each, that ask for a draft."""


class Drafted(NamedTuple):
    """A draft that passed: the spec's id, its path, the file that it describes, its text; and why its examples were not
    run, "" if they were."""

    id: str
    path: str
    source: str
    text: str
    not_checked: str


class Made(NamedTuple):
    """How a run that asks for drafts ended."""

    exit_code: int
    drafts: tuple[Drafted, ...]
    events: tuple[Event, ...]
    summary: Summary


class Drafting:
    """The drafts of one command. Nothing of the project is written before `write_drafts`."""

    def __init__(self, project: Project, written: Sequence[str], options: BuildOptions, *, here: Path) -> None:
        """Raises DiagnosticError for what stands in the way of any of them."""
        without_errors(project)
        self._options = options
        self._drafts = drafts_of(project, written, here=here, allow_secret=options.allow_secret)
        targets = [one.target for one in self._drafts]
        graph = graph_of(targets, is_file=project.files.is_file)
        self._opened = Opened(replace(project, graph=graph, diagnostics=()), wording=WORDING)
        wished = frozenset(graph.targets) if options.regenerate else frozenset[str]()
        self._walk: Walk = self._opened.walk(Lock(), Wishes(model=options.model, regenerate=wished))
        self._steps: Mapping[str, Step] = {one.id: self._walk.step(one.id, look_ahead=True) for one in self._drafts}

    def plan(self) -> Plan:
        """Return what asking for them would take and cost; a draft is taken to be as long as the file."""
        return Plan(tuple(self._line(one, self._steps[one.id]) for one in self._drafts))

    def make(self, progress: Progress) -> Made:
        """Ask for those that are not known. Raises DiagnosticError before any call, if somebody is asked whom nobody
        configured, or no model is named."""
        problems = {step.problem: None for step in self._steps.values() if step.problem is not None}
        if problems:
            raise DiagnosticError(*problems)
        benches = Benches(
            self._opened.project,
            replies=self._opened.replies,
            stanza_of=self._walk.stanza_of,
            sandbox=self._options.sandbox,
        )
        judge = judge_of(self._drafts, self._opened.project)
        found = answers(
            self._opened,
            self._walk,
            self._steps,
            self._options,
            progress,
            benches=benches,
            judge=judge,
            gave_up=_gave_up,
        )
        self._opened.replies.close()
        drafts = []
        for one in self._drafts:
            if one.id in found.reached:
                end = found.reached[one.id].end
                skipped = "; ".join(
                    message
                    for verdict in end.verdicts
                    if verdict.outcome == "not_checked"
                    for message in verdict.messages
                )
                drafts.append(Drafted(one.id, one.path, one.source, _whole(end.files[one.target.names[0]]), skipped))
        return Made(found.exit_code, tuple(drafts), found.events, found.summary)

    def _line(self, draft: Draft, step: Step) -> PlanLine:
        calls = step.decision.calls
        tokens: int | None = 0
        cost: float | None = 0.0
        if calls.expected and step.prepared is not None:
            asked, answered = estimated_input(step.prepared.request.body), estimated_tokens(draft.text)
            service = self._opened.project.personal.services.get(step.prepared.request.service)
            once = cost_of(Usage(asked, answered), service.prices if service else None)
            tokens, cost = (asked + answered) * calls.expected, None if once is None else once * calls.expected
        elif calls.expected:
            tokens = cost = None
        return PlanLine(
            draft.id, step.decision.state, step.decision.row, step.reasons, calls, tokens, cost, outputs=(draft.path,)
        )


def write_drafts(root: Path, drafts: Sequence[Drafted], project: Project) -> tuple[str, ...]:
    """Write the drafts as specs and return their paths. Raises DiagnosticError (SB907), before any is written, if a
    file lies at one of the places by now."""
    for one in drafts:
        if project.files.state(one.path) is not None:
            hint = "move it away and run this again: the drafts are known and cost nothing"
            raise DiagnosticError(Diagnostic("SB907", f"{one.path} is there already", Place(one.path), hint=hint))
    replace_files(root, [(one.path, one.text.encode("utf-8")) for one in drafts])
    return tuple(one.path for one in drafts)


def _gave_up(step: Step, turns: int, messages: tuple[str, ...]) -> Diagnostic:
    what = f"{turns} of {step.target.attempts} attempts at a draft of {step.target.outputs[0]} failed"
    hint = "--again asks for another one; or write the spec by hand: specbuild new"
    return Diagnostic("SB943", what, Place(step.target.context[0]), "; ".join(messages), hint)


def _whole(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
