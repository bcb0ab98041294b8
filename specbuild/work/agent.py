"""One target's agent: it is asked for tool calls, they are done, and it is asked again, until its finish counts or a
bound is reached.

Known turns are followed, missing ones asked for; every reply is stored before anything is done with it. The tools work
on values: nothing of the project is written here, and what runs, runs in the sandbox.
"""

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from specbuild.agent_tools import (
    DONE,
    ERROR,
    FILE_TOOLS,
    LAST_TOOLS,
    MOST_CALLS,
    Call,
    Desk,
    Files,
    Worked,
    worked,
)
from specbuild.canonical_json import Json
from specbuild.diagnostic import Diagnostic
from specbuild.output_patterns import refusal, with_names
from specbuild.progress import Spent
from specbuild.project_path import join, project_path
from specbuild.record import Record
from specbuild.request import Request, next_body
from specbuild.shape import VERBATIM
from specbuild.target import Target
from specbuild.trajectory import WAY, Move, Trajectory, trajectory_of
from specbuild.trial import Bench
from specbuild.verifier import Verdict, failed
from specbuild.work import agent_result
from specbuild.work.agent_bench import checks_text, program_text
from specbuild.work.agent_end import names_faults
from specbuild.work.conversation import Conversation
from specbuild.work.dialogue import Dialogue, Reached, Review, Reviewed, Rules
from specbuild.work.judge import Judged, Lay, as_they_are, verdicts_of
from specbuild.work.overseer import Action, Overseer
from specbuild.work.own import asks_again
from specbuild.work.present_outputs import ground_of
from specbuild.work.prompts import Prepared
from specbuild.work.result import Result
from specbuild.work.spending import together
from specbuild.work.step import Step
from specbuild.work.walk import Walk

ALONE = f"{ERROR}call this alone, after you have read the results of the other calls"
TOO_MANY = f"{ERROR}not done: at most {MOST_CALLS} calls of one reply are done"
SKIPPED = f"{ERROR}not done: the person who watches did not want it"
SAID = f"{ERROR}not done: the person who watches says: "
NOT_BEFORE_THAT = f"{ERROR}not done: read first what the person who watches says"
USE_TOOLS = (
    "Only calls of tools have an effect. Go on with the tools; call finish when everything is done, or give_up.\n"
)
NOT_FINISHED = f"{ERROR}not finished. "
CONTEXT_FULL = "SB607"


class _Acted(NamedTuple):
    """What was done with the calls of one reply: their results, and the end that was reached, if one was; the review
    that it took, or why there is none."""

    moves: tuple[Move, ...]
    end: Judged | None = None
    stopped: bool = False
    reviewed: Reviewed | Result | None = None


class Agent:
    """Carries trajectories on. Thread-safe as far as its parts are."""

    def __init__(
        self,
        walk: Walk,
        *,
        dialogue: Dialogue,
        rules: Rules,
        bench_of: Callable[[Target], Bench],
        is_ours: Callable[[str, str], bool],
        lay: Lay,
        overseer: Overseer | None = None,
        reviewer: Review | None = None,
    ) -> None:
        self._walk = walk
        self._dialogue = dialogue
        self._rules = rules
        self._bench_of = bench_of
        self._is_ours = is_ours
        self._lay = lay
        self._overseer = overseer
        self._reviewer = reviewer

    def carry_on(self, step: Step, prepared: Prepared, conversation: Conversation) -> Reached | Result:
        """Follow the known turns to their end; do what they call for, ask, and so on until `finish` counts.

        A Result says why there is no end; a Reached with a `fault` that the agent came to an end without files. Raises
        DiagnosticError: the disk refuses, no sandbox starts, or the service is not configured.
        """
        records = list(conversation.turns)
        body: Mapping[str, Json] = prepared.request.body
        for number, record in enumerate(records[1:]):
            body = next_body(body, records[number].reply, record.append)
        spent, asked = Spent(), False
        reviews: list[Record] = []
        desk = self._desk(step.target)
        while True:
            append: list[Mapping[str, Json]] = []
            if records:
                followed = trajectory_of(records)
                if isinstance(followed, str):
                    return agent_result.lost(step, followed)
                if followed.ending() is None and (self._rules.offline or self._rules.locked):
                    # What its tools would return decides the next request, so nothing is run only to miss its reply.
                    return self._dialogue.refused(step, prepared, tuple(records))
                acted = self._act(step, followed, desk)
                if isinstance(acted.reviewed, Result):
                    return acted.reviewed._replace(spent=together(spent, acted.reviewed.spent))
                if acted.reviewed is not None:
                    spent, asked = together(spent, acted.reviewed.spent), asked or acted.reviewed.asked
                    reviews += acted.reviewed.turns
                if acted.stopped:
                    return agent_result.stopped(step)._replace(spent=spent)
                if acted.end is not None:
                    end = acted.end._replace(reviews=tuple(reviews))
                    return Reached(end, tuple(records), spent, (end,), asked)
                last = followed.turns[-1]._replace(moves=acted.moves)
                followed = Trajectory(followed.start, (*followed.turns[:-1], last))
                fault = self._fault(step, followed)
                if fault is not None:
                    end = self._failed_end(step, followed, fault)._replace(reviews=tuple(reviews))
                    return Reached(end, tuple(records), spent, (end,), asked, fault)
                append = _messages(acted.moves)
                body = next_body(body, records[-1].reply, append)
            request = Request(body, prepared.request.service, prepared.request.sample)
            found = self._dialogue.turn(step, prepared, request, tuple(records), append)
            if isinstance(found, Result):
                full = records and found.diagnostics and found.diagnostics[0].code == CONTEXT_FULL
                told = agent_result.context_full(step, found, len(records)) if full else found
                return told._replace(spent=together(spent, found.spent))
            record, answer = found
            spent = together(spent, self._dialogue.paid(request, answer))
            asked = asked or answer is not None
            records.append(record)

    def _act(self, step: Step, followed: Trajectory, empty: Desk) -> _Acted:
        """Do the calls of the last reply, one after the other."""
        target, turn = step.target, followed.turns[-1]
        ending = followed.ending()
        files = turn.moves[0].before if turn.moves else followed.files
        moves: list[Move] = []
        reviewed: Reviewed | None = None
        said = False
        for number, move in enumerate(turn.moves):
            call = move.call
            if said or number >= MOST_CALLS:
                moves.append(Move(call, NOT_BEFORE_THAT if said else TOO_MANY, files, files))
                continue
            if call.fault or (call.name in LAST_TOOLS and ending is None):
                moves.append(Move(call, ERROR + call.fault if call.fault else ALONE, files, files))
                if self._overseer is not None:
                    self._overseer.refused(target.id, len(followed.turns), call, moves[-1].result or "")
                continue
            desk = empty._replace(files=files)
            word = self._allowed(step, followed, call, desk, said=turn.record.reply.content if number == 0 else "")
            if word == "stop":
                return _Acted(tuple(moves), stopped=True)
            if word != "go":
                said = word != "skip"
                moves.append(Move(call, SAID + word if said else SKIPPED, files, files))
                continue
            if call.name == "finish":
                end = self._judged(turn.record, files, target, call)
                if end.passed and self._reviewer is not None and target.spec.flag("verify.review") is True:
                    found = self._reviewed(step, followed, files)
                    if isinstance(found, Result):
                        return _Acted((), reviewed=found)
                    end, reviewed = found.of(end), found
                # A check that does not work may be one that the agent is to mend: tests that are not written yet.
                if end.passed or (end.broken and (reviewed is not None or _was_told_so(followed))):
                    return _Acted((), end, reviewed=reviewed)
                result = Worked(NOT_FINISHED + checks_text(end.verdicts), files)
            elif call.name == "give_up":
                return _Acted((Move(call, DONE, files, files),))
            else:
                result = self._worked(call, desk, target)
            moves.append(Move(call, result.result, files, result.files))
            files = result.files
            if self._overseer is not None:
                self._overseer.done(target.id, call, result.result)
        return _Acted(tuple(moves), reviewed=reviewed)

    def _reviewed(self, step: Step, followed: Trajectory, files: Files) -> Reviewed | Result:
        assert self._reviewer is not None
        step = replace(step, target=with_names(step.target, files))
        left = step.target.steps - len(followed.turns) - self._over(step, followed)
        return self._reviewer.review(step, files, tries=1 + max(0, min(left, step.target.attempts - 1)))

    def _over(self, step: Step, followed: Trajectory) -> int:
        """Return how many steps were taken by answers of reviews that could not be read."""
        if self._reviewer is None or step.target.spec.flag("verify.review") is not True:
            return 0
        finishes = [
            turn.moves[0].before for turn in followed.turns if [move.call.name for move in turn.moves] == ["finish"]
        ]
        return sum(
            self._reviewer.tries_over(replace(step, target=with_names(step.target, files)), [files])
            for files in finishes
        )

    def _worked(self, call: Call, desk: Desk, target: Target) -> Worked:
        if call.name in FILE_TOOLS:
            return worked(call, desk)
        target = with_names(target, desk.files)
        # As they lie before the agent: with a header line, the lines in messages would not be those that it reads.
        bench = replace(self._bench_of(target), way=VERBATIM)
        if call.name == "run_program":
            return Worked(program_text(call, desk.files, target, bench), desk.files)
        verdicts = _verdicts(desk.files, target, bench)
        return Worked((ERROR if failed(verdicts) else DONE) + checks_text(verdicts), desk.files)

    def _judged(self, record: Record, files: Files, target: Target, call: Call) -> Judged:
        target = with_names(target, files)
        # What counts is what will be written, header line and layout included.
        verdicts = _verdicts(files, target, replace(self._bench_of(target), way=WAY), self._lay)
        return Judged(record, files, WAY, call.text("reason") or None, verdicts)

    def _allowed(self, step: Step, followed: Trajectory, call: Call, desk: Desk, *, said: str) -> str:
        if self._overseer is None:
            return "go"
        after = worked(call, desk).files if call.name in FILE_TOOLS else desk.files
        return self._overseer.asks(Action(step.target.id, len(followed.turns), call, desk.files, after, said))

    def _fault(self, step: Step, followed: Trajectory) -> Diagnostic | None:
        """Return why nothing more is asked, None if the agent may go on."""
        last, again = followed.turns[-1].moves, asks_again(step.target.id, self._walk.project)
        if last and last[-1].call.name == "give_up" and last[-1].result == DONE:
            return agent_result.gave_up(step, last[-1].call.text("reason"), again=again)
        if len(followed.turns) + self._over(step, followed) >= step.target.steps:
            return agent_result.steps_used_up(step, again=again)
        nowhere = followed.goes_nowhere()
        return agent_result.came_nowhere(step, nowhere, again=again) if nowhere else None

    def _failed_end(self, step: Step, followed: Trajectory, fault: Diagnostic) -> Judged:
        # Noted under this name: more steps end such a failure, and nothing else does.
        verdict = Verdict("steps" if fault.code == "SB660" else "agent", "failed", (fault.message,))
        return Judged(followed.turns[-1].record, followed.files, WAY, None, (verdict,))

    def _desk(self, target: Target) -> Desk:
        """Return the desk of a target, still without files of its own."""
        project, ground = self._walk.project, ground_of(target, self._walk.project)
        readable = [project_path(one) or one for one in target.spec.texts("verify.files")]

        def refused(name: str, present: Files) -> str | None:
            path = join(target.directory, name)
            state = project.files.state(path) if path not in target.outputs else None
            foreign = state is not None and (isinstance(state, Diagnostic) or not self._is_ours(path, state.sha256))
            return refusal(name, ground, present) or (
                "a file of the person lies there; choose another name" if foreign else None
            )

        texts = {path: project.files.text(path) for path in readable}
        shown = {_relative(path, target): text for path, text in texts.items() if isinstance(text, str)}
        return Desk({}, shown, refused)


def _was_told_so(followed: Trajectory) -> bool:
    """Tell whether the agent has heard before that a check itself is broken."""
    moves = (move for turn in followed.turns for move in turn.moves if move.call.name == "finish")
    return any("the check itself is broken" in (move.result or "") for move in moves)


def _verdicts(files: Files, target: Target, bench: Bench, lay: Lay = as_they_are) -> tuple[Verdict, ...]:
    faults = names_faults(files, target)
    return (Verdict("names", "failed", faults),) if faults else verdicts_of(files, target, bench=bench, lay=lay)


def _messages(moves: Sequence[Move]) -> list[Mapping[str, Json]]:
    if not moves:
        return [{"role": "user", "content": USE_TOOLS}]
    return [{"role": "tool", "tool_call_id": move.call.id, "content": move.result} for move in moves]


def _relative(path: str, target: Target) -> str:
    return posixpath.relpath(path, target.directory or ".")
