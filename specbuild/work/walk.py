"""The one walk over targets in the order of needs: facts are gathered, `decide` decides, dependents learn of it.

`plan` and `build` walk alike; only what happens after a decision differs. Reads only. What a walk learns stays in it:
it is made for one run.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from specbuild.canonical_json import short_digest
from specbuild.comparison import Comparison, Difference, compare_checks, compare_shape, failed_digest, inputs_digest
from specbuild.components import Components, is_known, request_values
from specbuild.decision import Decision, Facts, Undecided, decide
from specbuild.diagnostic import Diagnostic
from specbuild.disk.replies import Replies
from specbuild.fitting import Fit, adoptable, fitting_stanza, wants_kept
from specbuild.knowledge import Knowledge, knowledge_after, knowledge_if_stuck, known_from
from specbuild.lock import Lock
from specbuild.output_patterns import patterns_of, with_names, with_outputs
from specbuild.revision import Revision
from specbuild.stanza import OutputState, Stanza
from specbuild.target import Target
from specbuild.why import Reason, Wish, reasons_of
from specbuild.work.agent_end import is_under_way
from specbuild.work.conversation import Conversation, usable_end
from specbuild.work.judge import Judged
from specbuild.work.known import Known
from specbuild.work.layout import known_outputs
from specbuild.work.load import Project
from specbuild.work.observe import IsOurs, Observation, observe
from specbuild.work.prompts import Prepared, Prompts
from specbuild.work.question import Asked, Lineage, Question, Questions
from specbuild.work.step import Step
from specbuild.work.wishes import Wishes


class _Decided(NamedTuple):
    """What a walk keeps of a step: all else it holds would be most of the memory of ten thousand targets."""

    target: Target
    fit: Fit | None
    request_equal: bool


class Walk:
    """Decides the targets of one project one by one. Call `step` in the order of needs; `learn` after a build of
    one."""

    def __init__(
        self,
        project: Project,
        lock: Lock,
        *,
        replies: Replies,
        is_ours: IsOurs,
        prompts: Prompts,
        wishes: Wishes | None = None,
        is_laid: Callable[[str], bool] = lambda target_id: False,
    ) -> None:
        """`is_laid` says of a target that its pinned reply was proved and gave the locked outputs a moment ago."""
        self.project = project
        self.lock = lock
        self.replies = replies
        self.wishes = wishes or Wishes()
        self._is_ours = is_ours
        self._is_laid = is_laid
        self._prompts = prompts
        self._known = Known(project, replies=replies, prompts=prompts)
        self._questions = Questions(project, replies=replies, prepare=self.prepare)
        self._decided: dict[str, _Decided] = {}
        self.adopted = _adopted(project, lock)
        """The ids of specs without a stanza, with the locked ids whose stanzas they take over."""
        taken = set(self.adopted.values())
        self.orphans = tuple(
            sorted(one for one in lock.targets if one not in project.graph.targets and one not in taken)
        )

    def step(self, target_id: str, *, look_ahead: bool = False) -> Step:
        """Decide one target; its needs were stepped before. `look_ahead`: nothing will be done, so dependents learn
        what a known reply would give."""
        target = self.project.graph.targets[target_id]
        home = self.lock.targets.get(target_id)
        adopted_id = self.adopted.get(target_id)
        adopted = self.lock.targets[adopted_id] if adopted_id else None
        components = self.components(target, home or adopted)
        base = self._fit(target_id, home, adopted, components)
        # What a person wants replaced is decided as if nothing fitted; the question may still be made from it.
        aside = target_id in self.wishes.regenerate or self._is_revised(target_id, base)
        fit = None if target_id in self.wishes.regenerate else base
        if patterns_of(target):
            built = base.stanza if base else home or adopted
            target = with_outputs(target, built.outputs if built else ())
            self._known.take_target(target)
        observation = observe(
            self.project.files,
            fit.stanza.outputs if fit else home.outputs if home else {},
            target.outputs,
            is_ours=self._is_ours,
            locked_elsewhere=[one for stanza in (home, adopted) if stanza for one in stanza.outputs.values()],
        )
        facts, differences = self._facts(target, fit, home, components, observation, aside=aside)
        step = self._decide(target, home, fit, base, components, facts, differences, observation)
        self._decided[target_id] = _Decided(step.target, step.fit, step.facts.request == "equal")
        self._remember(step, look_ahead)
        return step

    def learn(self, target_id: str, stanza: Stanza, texts: Mapping[str, str] | None = None) -> None:
        """Take in what a build of `target_id` really gave; its dependents are decided by that."""
        target = self.project.graph.targets[target_id]
        if patterns_of(target):
            self._known.take_target(with_outputs(target, stanza.outputs))
        knowledge = known_from(stanza, self._known.need_outputs(target).values())
        self._known.take(target_id, knowledge, stanza=stanza, texts=texts)

    def learn_failure(self, target_id: str) -> None:
        """Take in that nothing more will come of `target_id` in this run: what is not known of it stays unknown."""
        decided = self._decided[target_id]
        stanza = decided.fit.stanza if decided.fit else None
        knowledge = knowledge_if_stuck(
            stanza,
            request_equal=decided.request_equal,
            declared=self._known.declared_label(decided.target),
            need_outputs=self._known.need_outputs(decided.target).values(),
        )
        shown = stanza is not None and knowledge.label == stanza.interface
        self._known.take(target_id, knowledge, stanza=stanza if shown else None)

    def stanza_of(self, target_id: str) -> Stanza | None:
        """Return the stanza that a target has in this run: as just built, else as it fits; None if it has none."""
        decided = self._decided.get(target_id)
        return self._known.stanza(target_id) or (decided.fit.stanza if decided and decided.fit else None)

    def locked(self, target_id: str) -> Stanza | None:
        """Return the stanza of the text that a build of `target_id` replaces; None if there is none."""
        stanza = self.lock.targets.get(self.adopted.get(target_id, target_id))
        return stanza if stanza is not None and stanza.reply is not None else None

    def prepare(
        self,
        target: Target,
        components: Components,
        *,
        sample: int = 0,
        revision: Revision | None = None,
        reviewed: Mapping[str, str] | None = None,
    ) -> Prepared | Diagnostic:
        """Render the target's request, or that of a review of files; a Diagnostic says why there is none (no model, a
        template's fault)."""
        need_texts = self._known.need_texts(target)
        if isinstance(need_texts, Diagnostic):
            return need_texts
        return self._prompts.prepare(
            target,
            components,
            need_texts=need_texts,
            targets=self._known.targets,
            file_needs=self.project.graph.file_needs.get(target.id, ()),
            sample=sample,
            revision=revision,
            reviewed=reviewed,
        )

    def components(self, target: Target, base: Stanza | None) -> Components:
        """Return the components of a target whose needs are known; model, service and edition are those of `base`
        where spec and project leave them open."""
        pinned = base.inputs if base else {}
        pinned_service, pinned_model, pinned_edition = (pinned.get(one) for one in ("service", "model", "edition"))
        service = target.service or (pinned_service if isinstance(pinned_service, str) else None) or "default"
        moved_to = self.wishes.model if target.id in self.wishes.repin else None
        model = target.model or moved_to or (pinned_model if isinstance(pinned_model, str) else None)
        if model is None:
            # No stanza, or one of a text that was accepted before any model was named.
            configured = self.project.personal.services.get(service)
            of_person = (configured.model if configured else None) or self.project.personal.environment_model
            model = self.wishes.model or of_person
        upgraded = self.wishes.edition if target.id in self.wishes.upgrade else None
        edition = upgraded or (pinned_edition if isinstance(pinned_edition, int) else target.edition)
        return self._known.components(target, model=model, service=service, edition=edition)

    def _fit(self, target_id: str, home: Stanza | None, adopted: Stanza | None, components: Components) -> Fit | None:
        own = (target_id, home) if home else None
        taken = (self.adopted[target_id], adopted) if adopted else None
        fit = fitting_stanza(components, home=own, adopted=taken, kept=())
        # A kept stanza would bring back another text than the one that a person wants revised.
        if not wants_kept(fit) or not is_known(components) or target_id in self.wishes.revise:
            return fit
        kept = self.replies.kept_stanzas(inputs_digest(components.inputs))
        return fitting_stanza(components, home=own, adopted=taken, kept=kept) if kept else fit

    def _is_revised(self, target_id: str, fit: Fit | None) -> bool:
        return target_id in self.wishes.revise and fit is not None and fit.request.answer == "differs"

    def _facts(
        self,
        target: Target,
        fit: Fit | None,
        home: Stanza | None,
        components: Components,
        observation: Observation,
        *,
        aside: bool,
    ) -> tuple[Facts, tuple[Difference, ...]]:
        unknown = self._known.unknown_needs(target)
        given_up = target.id in self.wishes.force
        facts = Facts(
            conflict=target.id in self.lock.conflicts,
            disk="ours" if observation.worst == "foreign" and given_up else observation.worst,
            noted_failed=not aside and _is_noted(home, components, target),
            stuck=any(one.stuck for _, one in unknown),
            need_unknown=any(one.label is None for _, one in unknown),
            attempts=target.steps if target.mode == "agent" else target.attempts,
            review=target.spec.flag("verify.review") is True,
        )
        if fit is None or aside:
            return facts, fit.request.differences if fit else ()
        stanza, pin = fit.stanza, fit.stanza.reply
        shape = compare_shape(stanza.shape, components)
        checks = compare_checks(stanza.checks, components)
        assert pin is not None  # a stanza that never passed fits nothing
        facts = replace(
            facts,
            stanza=True,
            home=fit.origin == "home",
            origin="generated" if given_up and stanza.origin == "accepted" else stanza.origin,
            request=fit.request.answer,
            shape=shape.answer,
            checks=checks.answer,
            declared_checks=any(one.component != "needs" for one in checks.differences),
            turns_known=pin.attempts,
        )
        decided = decide(facts)
        if isinstance(decided, Undecided) or decided.row not in _WITHOUT_REPLY:
            # Only now: reading and proving a record costs more than all the rest of a fresh target.
            laid = fit.origin == "home" and self._is_laid(target.id)
            pinned = laid or self.replies.get(pin.key, pin.attempts, pin.sha256[:16]) is not None
            facts = replace(facts, pinned=pinned)
        return facts, _all_differences(fit.request, shape, checks)

    def _decide(
        self,
        target: Target,
        home: Stanza | None,
        fit: Fit | None,
        base: Fit | None,
        components: Components,
        facts: Facts,
        differences: tuple[Difference, ...],
        observation: Observation,
    ) -> Step:
        question: Question | None = None
        problem: Diagnostic | None = None
        decided = decide(facts)
        new_and_foreign = (
            isinstance(decided, Decision) and decided.state == "edited" and fit is None and not facts.need_unknown
        )
        if isinstance(decided, Undecided) or new_and_foreign:
            found = self._questions.question(target, components, base, asked=self._asked_for(target.id))
            if isinstance(found, Diagnostic):
                problem = found
            else:
                question = found
            turns = question.conversation.turns if question else ()
            if new_and_foreign and question and self._would_write(target, question.conversation, observation):
                facts = replace(facts, disk="ours")
            is_known = bool(turns) and not (target.mode == "agent" and is_under_way(turns, steps=target.steps))
            facts = replace(facts, reply="known" if is_known else "unknown", turns_known=len(turns))
            decided = decide(facts)
        assert isinstance(decided, Decision)
        wish = self._wish(target.id, home, observation)
        reasons = reasons_of(
            decided,
            facts,
            fit,
            differences,
            stuck_needs=[need for need, one in self._known.unknown_needs(target) if one.stuck],
            wish=wish,
        )
        if wish == "force":  # what is given up is no earlier output
            reasons = tuple(one for one in reasons if one.word != "output_ours")
        lineage = question.lineage if question else Lineage()
        if lineage.revisions and decided.row in _ASKING:
            reasons = (*reasons, Reason("revise", f"revision {lineage.revisions} of the built text"))
        return Step(
            target,
            decided,
            reasons,
            facts,
            components,
            fit,
            home,
            observation,
            differences,
            question.prepared if question else None,
            question.conversation if question else None,
            problem,
            lineage,
        )

    def _wish(self, target_id: str, home: Stanza | None, observation: Observation) -> Wish | None:
        if target_id in self.wishes.regenerate:
            return "regenerate"
        given_up = observation.worst == "foreign" or (home is not None and home.origin == "accepted")
        return "force" if given_up and target_id in self.wishes.force else None

    def _asked_for(self, target_id: str) -> Asked:
        wishes = self.wishes
        return Asked(target_id in wishes.revise, target_id in wishes.regenerate, target_id in wishes.rewrite)

    def _would_write(self, target: Target, conversation: Conversation, observation: Observation) -> bool:
        end = usable_end(conversation, target)
        if end is None:
            return False
        target = with_names(target, end.files)
        outputs = known_outputs(end.files, target, way=end.way, replies=self.replies)
        written = {one.path: one.sha256 for one in outputs or ()}
        for path, state in observation.paths.items():
            if state != "foreign":
                continue
            present = self.project.files.state(path)
            if present is None or isinstance(present, Diagnostic) or present.lf_sha256 != written.get(path):
                return False
        return True

    def _remember(self, step: Step, look_ahead: bool) -> None:
        target, stanza = step.target, step.fit.stanza if step.fit else None
        below = self._known.need_outputs(target).values()
        if look_ahead and step.decision.row == 12 and step.conversation is not None:
            end = usable_end(step.conversation, target)
            if end is not None:
                target = with_names(target, end.files)
                self._known.take_target(target)
                self._known.take(target.id, self._expected(end, target, below), texts=end.files)
                return
        known = knowledge_after(
            step.decision,
            stanza,
            request_equal=step.facts.request == "equal",
            declared=self._known.declared_label(target),
            need_outputs=below,
        )
        shown = stanza is not None and known.label == stanza.interface
        self._known.take(target.id, known, stanza=stanza if shown else None)

    def _expected(self, end: Judged, target: Target, below: Iterable[str | None]) -> Knowledge:
        label = self._prompts.label_of(end.files, target)
        shaped = known_outputs(end.files, target, way=end.way, replies=self.replies)
        if shaped is None:  # its formatter has to run first
            return Knowledge(label, None)
        outputs = {one.path: OutputState("755" if one.mode == "755" else "644", one.sha256) for one in shaped}
        return known_from(Stanza(inputs={}, outputs=outputs, interface=label), below)


_WITHOUT_REPLY = (2, 4, 5, 6)
"""The rows that are decided whether or not the pinned reply is at hand."""
_ASKING = (12, 13)
"""The rows by which a question is answered."""


def _adopted(project: Project, lock: Lock) -> dict[str, str]:
    targets = project.graph.targets
    gone = {one: lock.targets[one] for one in lock.targets if one not in targets}
    if not gone:
        return {}
    new = (one for one in targets.values() if one.id not in lock.targets and one.id not in lock.conflicts)
    return adoptable({one.id: _spec_component(one) for one in new}, gone)


def _is_noted(home: Stanza | None, components: Components, target: Target) -> bool:
    failed = home.failed if home else None
    if failed is None or failed.get("components") is None or not is_known(components):
        return False
    if failed["components"] != failed_digest(components.inputs, components.shape, components.checks):
        return False
    # An agent that ran out of steps goes on once it may take more.
    verdicts, pin = failed.get("verdicts"), failed.get("reply")
    taken = pin.get("attempts") if isinstance(pin, Mapping) else None
    ran_out = isinstance(verdicts, Mapping) and "steps" in verdicts and isinstance(taken, int)
    return not (ran_out and isinstance(taken, int) and taken < target.steps)


def _all_differences(*comparisons: Comparison) -> tuple[Difference, ...]:
    return tuple(one for comparison in comparisons for one in comparison.differences)


def _spec_component(target: Target) -> dict[str, str]:
    return {name: short_digest(value) for name, value in request_values(target.spec).items()}
