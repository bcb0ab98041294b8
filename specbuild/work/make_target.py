"""One decided target becomes true: the trace way, a recheck, or a conversation with a model.

Ends in a Result, never raises for a target that failed.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from specbuild.canonical_json import Json, bytes_digest
from specbuild.comparison import failed_digest
from specbuild.decision import may_repair
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.replies import Replies
from specbuild.output_patterns import with_names
from specbuild.progress import Ending, Progress, Spent
from specbuild.record import Record
from specbuild.shape import VERBATIM, Shaped, locked_states, unshaped
from specbuild.stanza import OutputState, ReplyPin, Stanza
from specbuild.target import Target
from specbuild.trial import Bench
from specbuild.verifier import VERIFIERS, Verdict, broken, failed
from specbuild.work import result as endings
from specbuild.work.agent import Agent
from specbuild.work.changed import change_of
from specbuild.work.conversation import known_conversation, pinned_files
from specbuild.work.dialogue import Ask, Dialogue, Reached, Reviewed, Rules
from specbuild.work.failed_attempt import clear_failed, keep_failed
from specbuild.work.formatter import Formatter
from specbuild.work.judge import RUNNING, Judged, as_they_are, judged, verdicts_of
from specbuild.work.layout import layout_evidence, outputs_of, review_evidence
from specbuild.work.overseer import Overseer
from specbuild.work.own import asks_again
from specbuild.work.prompts import Prepared, Prompts, prepared_again
from specbuild.work.question import Lineage
from specbuild.work.result import Result
from specbuild.work.reviewer import Reviewer, is_reviewed
from specbuild.work.settle import Settler
from specbuild.work.spending import together
from specbuild.work.step import Step
from specbuild.work.walk import Walk

_GOOD: tuple[Ending, ...] = ("built", "replayed", "rechecked", "fresh", "edited", "held")
"""The endings after which dependents may still count on what the walk knew before."""


class TargetMaker:
    """Makes targets of one run. Thread-safe as far as its parts are."""

    def __init__(
        self,
        walk: Walk,
        settler: Settler,
        *,
        replies: Replies,
        ask: Ask,
        prompts: Prompts,
        rules: Rules,
        progress: Progress,
        cancelled: Callable[[], bool],
        bench_of: Callable[[Target], Bench],
        formatter: Formatter,
        evidence_of_place: Callable[[], Mapping[str, Json]],
        overseer: Overseer | None = None,
    ) -> None:
        self._walk = walk
        self._settler = settler
        self._replies = replies
        self._prompts = prompts
        self._rules = rules
        self._progress = progress
        self._bench_of = bench_of
        self._evidence_of_place = evidence_of_place
        self._formatter = formatter
        self._reviewer = Reviewer(walk, replies=replies, ask=ask, rules=rules, cancelled=cancelled)
        self._dialogue = Dialogue(
            walk,
            replies=replies,
            ask=ask,
            rules=rules,
            cancelled=cancelled,
            bench_of=bench_of,
            judge=self._judged,
            reviewer=self._reviewer,
        )
        self._agent = Agent(
            walk,
            dialogue=self._dialogue,
            rules=rules,
            bench_of=bench_of,
            is_ours=settler.is_ours,
            lay=formatter.texts,
            overseer=overseer,
            reviewer=self._reviewer,
        )

    def make(self, step: Step) -> Result:
        """Do what the step decided, tell the walk, and say how it ended."""
        try:
            result = self._make(step)
        except DiagnosticError as error:
            result = Result("failed", diagnostics=error.diagnostics)
        if result.ending not in _GOOD:
            self._walk.learn_failure(step.target.id)
        return result

    def _make(self, step: Step) -> Result:
        acts = {"trace": self._restore, "recheck": self._recheck, "conversation": self._converse}
        act = acts.get(step.decision.act)
        if act is not None:
            return act(step)
        states: Mapping[str, Callable[[Step], Result]] = {
            "fresh": lambda step: Result("fresh"),
            "edited": self._keep_edit,
            "held": endings.held,
            "failed": lambda step: endings.failed_before(step, again=self._again(step)),
            "conflict": lambda step: Result("failed", diagnostics=(self._walk.lock.conflicts[step.target.id],)),
        }
        return states.get(step.decision.state, endings.blocked)(step)

    def _keep_edit(self, step: Step) -> Result:
        return endings.edited(step, regenerating=step.target.id in self._walk.wishes.regenerate)

    def _restore(self, step: Step) -> Result:
        """The trace way: pinned reply → extract → shape → compare with the lock's hashes → write."""
        fit = step.fit
        assert fit is not None
        stanza = fit.stanza
        states = locked_states(stanza.outputs, step.target)
        outputs, layouts = self._known_outputs(stanza, step.target, states or {})
        if states is None or [(one.mode, one.sha256) for one in outputs] != list(states.values()):
            fault = endings.gives_other_layout(step) if layouts else endings.gives_other_outputs(step)
            raise DiagnosticError(fault, exit_code=1)
        if fit.origin != "home" or set(stanza.outputs) != {one.path for one in outputs}:
            stanza = replace(
                stanza,
                inputs=step.components.inputs,
                checks=step.components.checks,
                outputs=_output_states(outputs),
                failed=None,
            )
        return self._settled(step, stanza, outputs, ending="replayed", layouts=layouts)

    def _known_outputs(
        self, stanza: Stanza, target: Target, states: Mapping[str, OutputState]
    ) -> tuple[tuple[Shaped, ...], tuple[Record, ...]]:
        """Return the outputs that a stanza names, with the records of their formatter: from its reply, else from
        present bytes with LF line ends."""
        pinned = pinned_files(stanza, target, replies=self._replies)
        if pinned is not None:
            layout = self._formatter.layout(pinned.files, target, way=pinned.way, states=states)
            return outputs_of(layout, target, way=pinned.way, states=states), layout.records
        outputs = []
        for name, path in zip(target.names, target.outputs, strict=True):
            raw = self._walk.project.files.read(path)
            if isinstance(raw, Diagnostic):
                raise DiagnosticError(raw, exit_code=1)
            data = raw.replace(b"\r\n", b"\n")
            mode = states[name].mode if name in states else "644"
            outputs.append(Shaped(path, data, mode, bytes_digest(data)))
        return tuple(outputs), ()

    def _recheck(self, step: Step) -> Result:
        """The known text is shaped and judged anew. If it fails declared checks that changed, its conversation goes
        on."""
        fit = step.fit
        assert fit is not None
        states = locked_states(fit.stanza.outputs, step.target) or {}
        pinned = pinned_files(fit.stanza, step.target, replies=self._replies)
        outputs, layouts = self._known_outputs(fit.stanza, step.target, states)
        reviewed: Reviewed | None = None
        way = str(fit.stanza.shape.get("extract"))
        is_accepted = way == VERBATIM
        files = pinned.files if pinned else _texts(outputs, step.target)
        self._progress.target_started(step.target.id, "checking")
        bench = replace(self._bench_of(step.target), way=way, modes=_modes(states))
        # Texts from the disk are laid out already, and a person's text is what that person says.
        lay = self._formatter.texts if pinned and not is_accepted else as_they_are
        # How a reply has to look is asked of a model only; that it does what the spec checks, of everybody.
        verifiers = RUNNING if is_accepted else VERIFIERS
        verdicts = verdicts_of(files, step.target, bench=bench, lay=lay, verifiers=verifiers)
        if not is_accepted:
            verdicts = (*(pinned.verdicts if pinned else ()), *verdicts)
            if is_reviewed(step.target.spec) and not failed(verdicts) and not broken(verdicts):
                found = self._reviewed(step, files)
                if isinstance(found, Result):
                    return found
                reviewed, verdicts = found, (*verdicts, found.verdict)
        spent = reviewed.spent if reviewed else Spent()
        if failed(verdicts):
            repaired = self._repair(step, verdicts)
            return repaired._replace(spent=together(spent, repaired.spent))
        if broken(verdicts):
            return Result("failed", spent, (endings.broken_check(step, verdicts),))
        reviews = reviewed.turns if reviewed else ()
        stanza = replace(
            fit.stanza,
            inputs=step.components.inputs,
            shape={**step.components.shape, "extract": fit.stanza.shape.get("extract")},
            checks=step.components.checks,
            outputs=_output_states(outputs),
            failed=None,
            evidence=self._evidence(verdicts, layouts, reviews) if verdicts else fit.stanza.evidence,
        )
        result = self._settled(step, stanza, outputs, ending="rechecked", layouts=(*layouts, *reviews))
        return result._replace(spent=spent)

    def _reviewed(self, step: Step, files: Mapping[str, str]) -> Reviewed | Result:
        # What is left of the target's attempts, but one in any case: a review may be new in a spec whose text is old.
        pin = step.fit.stanza.reply if step.fit else None
        tries = step.target.attempts - (pin.attempts if pin else 0) + 1
        return self._reviewer.review(step, files, tries=max(1, tries))

    def _repair(self, step: Step, verdicts: tuple[Verdict, ...]) -> Result:
        pin = step.fit.stanza.reply if step.fit else None
        assert pin is not None
        if may_repair(step.facts):
            prepared = self._pinned_request(step, pin)
            if prepared is not None:
                known = known_conversation(self._replies, prepared, (pin.attempts, pin.sha256))
                lineage = Lineage(step.fit.stanza.origin, step.fit.stanza.revisions) if step.fit else Lineage()
                return self._converse(replace(step, prepared=prepared, conversation=known, lineage=lineage))
        messages = _messages(verdicts)
        self._note_failure(step, pin, verdicts, extract=None, records=())
        return Result("failed", diagnostics=(endings.recheck_failed(step, messages, again=self._again(step)),))

    def _pinned_request(self, step: Step, pin: ReplyPin) -> Prepared | None:
        """Return the request whose conversation the stanza pins; that of a revision is in its record alone."""
        if step.fit is not None and step.fit.stanza.revisions:
            roots = (one for one in self._replies.turns(pin.key) if one.parent is None)
            return next((found for one in roots if (found := prepared_again(one, pin.sample))), None)
        prepared = self._walk.prepare(step.target, step.components, sample=pin.sample)
        return prepared if not isinstance(prepared, Diagnostic) and prepared.key == pin.key else None

    def _converse(self, step: Step) -> Result:
        if step.prepared is None or step.conversation is None:
            assert step.problem is not None
            return Result("failed", diagnostics=(step.problem,))
        way = self._agent if step.target.mode == "agent" else self._dialogue
        reached = way.carry_on(step, step.prepared, step.conversation)
        if isinstance(reached, Result):
            return reached
        step = replace(step, target=with_names(step.target, reached.end.files))
        if reached.end.broken:
            found = endings.broken_check(step, reached.end.verdicts)
            return Result("failed", reached.spent, (found,), reached.end.notes or "")
        return self._built(step, reached) if reached.end.passed else self._gave_up(step, reached)

    def _judged(self, record: Record, *, marker: str, target: Target, bench: Bench) -> Judged:
        self._progress.target_started(target.id, "checking")
        return judged(record, marker=marker, target=target, bench=bench, lay=self._formatter.texts)

    def _built(self, step: Step, reached: Reached) -> Result:
        assert step.prepared is not None
        end, prepared = reached.end, step.prepared
        layout = self._formatter.layout(end.files, step.target, way=end.way)
        outputs = outputs_of(layout, step.target, way=end.way)
        stanza = Stanza(
            inputs=step.components.inputs,
            shape={**step.components.shape, "extract": end.way},
            checks=step.components.checks,
            outputs=_output_states(outputs),
            reply=ReplyPin(end.record.turn, prepared.key, prepared.request.sample, end.record.sha256),
            interface=self._prompts.label_of(end.files, step.target),
            origin=step.lineage.origin,
            revisions=step.lineage.revisions,
            evidence=self._evidence(end.verdicts, layout.records, end.reviews),
        )
        ending: Ending = "built" if reached.asked else "replayed"
        change = None
        if reached.asked or step.home is not None:
            files = self._walk.project.files
            change = change_of(step, end.files, replies=self._replies, files=files)  # before the old text is replaced
        result = self._settled(
            step, stanza, outputs, ending=ending, texts=end.files, records=(*reached.turns, *_reviews(reached)),
            layouts=layout.records,
        )  # fmt: skip
        return result._replace(spent=reached.spent, notes=end.notes or "", change=change)

    def _gave_up(self, step: Step, reached: Reached) -> Result:
        assert step.prepared is not None
        end, prepared = reached.end, step.prepared
        pin = ReplyPin(end.record.turn, prepared.key, prepared.request.sample, end.record.sha256)
        records = (*reached.turns, *_reviews(reached))
        self._note_failure(step, pin, end.verdicts, extract=end.way, records=records)
        kept = None if self._rules.locked else keep_failed(self._walk.project, step.target.id, reached.judged)
        found = reached.fault or endings.attempts_used_up(
            step, len(reached.turns), _messages(end.verdicts), kept=kept, again=self._again(step)
        )
        return Result("failed", reached.spent, (found,), end.notes or "")

    def _again(self, step: Step) -> str:
        return asks_again(step.target.id, self._walk.project)

    def _note_failure(
        self,
        step: Step,
        pin: ReplyPin,
        verdicts: tuple[Verdict, ...],
        *,
        extract: str | None,
        records: tuple[Record, ...],
    ) -> None:
        """Note used-up attempts in the stanza, so that nobody pays for them again; earlier good outputs stay."""
        components = step.components
        adopted = step.fit if step.fit and step.fit.origin == "adopted" else None
        base = adopted.stanza if adopted else step.home
        digest = failed_digest(components.inputs, components.shape, components.checks)
        if (
            base is not None
            and base.reply is not None
            and digest == failed_digest(base.inputs, base.shape, base.checks)
        ):
            return  # `regenerate` found nothing better: what is locked still answers these very components
        if base is None or base.reply is None:
            base = Stanza(components.inputs, {**components.shape, "extract": extract}, components.checks)
        note: dict[str, Json] = {
            "components": digest,
            "reply": pin._asdict(),
            "verdicts": {one.verifier: one.outcome for one in verdicts},
        }
        if not self._rules.locked:
            self._settler.settle(
                step.target.id,
                replace(base, failed=note),
                (),
                records=records,
                adopted=adopted.from_id if adopted else None,
            )

    def _settled(
        self,
        step: Step,
        stanza: Stanza,
        outputs: tuple[Shaped, ...],
        *,
        ending: Ending,
        texts: Mapping[str, str] | None = None,
        records: tuple[Record, ...] | None = None,
        layouts: tuple[Record, ...] = (),
    ) -> Result:
        target_id = step.target.id
        if self._rules.locked and (step.home is None or step.home.trace != stanza.trace):
            return endings.would_change(step)
        self._progress.target_started(target_id, "writing")
        written = self._settler.settle(
            target_id,
            stanza,
            outputs,
            records=(*(self._pinned_records(stanza) if records is None else records), *layouts),
            adopted=self._walk.adopted.get(target_id),
            overwrite=step.target.outputs if target_id in self._walk.wishes.force else (),
        )
        clear_failed(self._walk.project, target_id)
        self._walk.learn(target_id, stanza, texts)
        told = endings.given_up(step, self._settler.copies)
        return Result(ending, diagnostics=told, files_written=written)

    def _evidence(
        self, verdicts: tuple[Verdict, ...], layouts: tuple[Record, ...], reviews: tuple[Record, ...]
    ) -> dict[str, Json]:
        return {
            **layout_evidence(layouts),
            **review_evidence(reviews),
            "not_checked": [one.verifier for one in verdicts if one.outcome == "not_checked"],
            "passed": [one.verifier for one in verdicts if one.outcome == "passed"],
            **self._evidence_of_place(),
        }

    def _pinned_records(self, stanza: Stanza) -> tuple[Record, ...]:
        # A kept stanza may pin a reply that only the local store still has: what the lock names must be committed.
        pin = stanza.reply
        record = self._replies.get(pin.key, pin.attempts, pin.sha256[:16]) if pin else None
        if pin is None or record is None:
            return ()
        if record.parent is None:
            return (record,)
        return tuple(one for one in self._replies.turns(pin.key) if one.turn <= pin.attempts)


def _output_states(outputs: tuple[Shaped, ...]) -> dict[str, OutputState]:
    return {one.path: OutputState("755" if one.mode == "755" else "644", one.sha256) for one in outputs}


def _modes(states: Mapping[str, OutputState]) -> dict[str, str]:
    return {name: state.mode for name, state in states.items()}


def _texts(outputs: tuple[Shaped, ...], target: Target) -> dict[str, str]:
    return {name: unshaped(one.data, one.path, target) for name, one in zip(target.names, outputs, strict=True)}


def _reviews(reached: Reached) -> tuple[Record, ...]:
    return tuple(record for one in reached.judged for record in one.reviews)


def _messages(verdicts: tuple[Verdict, ...]) -> tuple[str, ...]:
    return tuple(message for one in verdicts if one.outcome == "failed" for message in one.messages)
