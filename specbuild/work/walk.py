"""The one walk over targets in the order of needs: facts are gathered, `decide` decides, dependents learn of it.

`plan` and `build` walk alike; only what happens after a decision differs. Reads only. What a walk learns stays in it: it is
made for one run.
"""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from specbuild.canonical_json import short_digest, text_digest
from specbuild.components import (
    Comparison,
    Components,
    Difference,
    Surroundings,
    compare_checks,
    compare_shape,
    components_of,
    failed_digest,
    inputs_digest,
    is_known,
    request_values,
    runs_something,
)
from specbuild.decision import Decision, Facts, Undecided, decide
from specbuild.diagnostic import Diagnostic
from specbuild.disk.replies import Replies
from specbuild.fitting import Fit, adoptable, fitting_stanza
from specbuild.interface import need_label
from specbuild.knowledge import Knowledge, knowledge_after, known_from
from specbuild.lock import Lock
from specbuild.shape import shaped
from specbuild.stanza import OutputState, Stanza
from specbuild.target import Target
from specbuild.why import Reason, reasons_of
from specbuild.work.conversation import Conversation, known_conversation, texts_of_stanza, usable_end
from specbuild.work.load import Project
from specbuild.work.observe import IsOurs, Observation, observe
from specbuild.work.prompts import Prepared, Prompts


@dataclass(frozen=True, slots=True)
class Step:
    """One target with its decision and all that led to it. `problem` says why no request could be made of it."""

    target: Target
    decision: Decision
    reasons: tuple[Reason, ...]
    facts: Facts
    components: Components
    fit: Fit | None
    home: Stanza | None
    observation: Observation
    differences: tuple[Difference, ...] = ()
    prepared: Prepared | None = None
    conversation: Conversation | None = None
    problem: Diagnostic | None = None

    @property
    def reason(self) -> str:
        """The reasons as one text."""
        return "; ".join(reason.text for reason in self.reasons)


@dataclass(slots=True)
class Wishes:
    """What a person asked for beyond the files.

    `model` replaces the pinned model of the targets in `repin`; a model that spec or project name stays. `regenerate` names
    the targets that get the next sample, `force` those whose edits give way.
    """

    model: str | None = None
    repin: frozenset[str] = frozenset()
    regenerate: frozenset[str] = frozenset()
    force: frozenset[str] = frozenset()


class Walk:
    """Decides the targets of one project one by one. Call `step` in the order of needs; `learn` after a build of one."""

    def __init__(
        self,
        project: Project,
        lock: Lock,
        *,
        replies: Replies,
        is_ours: IsOurs,
        prompts: Prompts,
        wishes: Wishes | None = None,
    ) -> None:
        self.project = project
        self.lock = lock
        self.replies = replies
        self.wishes = wishes or Wishes()
        self._is_ours = is_ours
        self._prompts = prompts
        self._knowledge: dict[str, Knowledge] = {}
        self._stanzas: dict[str, tuple[Stanza, Target]] = {}
        self._texts: dict[str, Mapping[str, str]] = {}
        self._digests: dict[str, str] = {}
        self._file_labels: dict[tuple[str, str], str | None] = {}
        specs = {one.id: _spec_component(one) for one in project.graph.targets.values()}
        self.adopted = adoptable(specs, lock.targets)
        self.orphans = tuple(
            sorted(id for id in lock.targets if id not in project.graph.targets and id not in self.adopted.values())
        )

    def step(self, target_id: str, *, look_ahead: bool = False) -> Step:
        """Decide one target; its needs were stepped before. `look_ahead`: nothing will be done, so dependents learn what a
        known reply would give."""
        target = self.project.graph.targets[target_id]
        home = self.lock.targets.get(target_id)
        adopted = self.adopted.get(target_id)
        base = home if home is not None else self.lock.targets[adopted] if adopted else None
        components = self._components(target, base)
        kept: Sequence[Stanza] = (
            self.replies.kept_stanzas(inputs_digest(components.inputs)) if is_known(components) else ()
        )
        fit = fitting_stanza(
            components,
            home=(target_id, home) if home else None,
            adopted=(adopted, self.lock.targets[adopted]) if adopted else None,
            kept=kept,
        )
        if target_id in self.wishes.regenerate:
            fit = None
        observation = observe(
            self.project.files,
            fit.stanza.outputs if fit else home.outputs if home else {},
            target.outputs,
            is_ours=self._is_ours,
        )
        facts, differences = self._facts(target, fit, home, components, observation)
        step = self._decide(target, home, fit, components, facts, differences, observation)
        self._remember(step, look_ahead)
        return step

    def learn(self, target_id: str, stanza: Stanza, texts: Mapping[str, str] | None = None) -> None:
        """Take in what a build of `target_id` really gave; its dependents are decided by that."""
        target = self.project.graph.targets[target_id]
        self._knowledge[target_id] = known_from(stanza, self._need_outputs(target).values())
        self._stanzas[target_id] = (stanza, target)
        if texts is not None:
            self._texts[target_id] = texts

    def learn_failure(self, target_id: str) -> None:
        """Take in that a build of `target_id` came to nothing: what it does not declare stays unknown."""
        known = self._knowledge[target_id]
        declared = known.label if target_id not in self._stanzas else None
        self._knowledge[target_id] = Knowledge(declared if declared else None, None, stuck=True)

    def texts(self, target_id: str) -> Mapping[str, str] | None:
        """Return the texts (before the shape) that dependents may see of a target, by declared name; None if they can't be had."""
        if target_id not in self._texts:
            stanza, target = self._stanzas[target_id]
            found = texts_of_stanza(stanza, target, replies=self.replies, files=self.project.files)
            if found is None:
                return None
            self._texts[target_id] = found
        return self._texts[target_id]

    def _components(self, target: Target, base: Stanza | None) -> Components:
        pinned_model = base.inputs.get("model") if base else None
        pinned_service = base.inputs.get("service") if base else None
        service = target.service or (pinned_service if isinstance(pinned_service, str) else None) or "default"
        moved_to = self.wishes.model if target.id in self.wishes.repin else None
        model = target.model or moved_to or (pinned_model if isinstance(pinned_model, str) else None)
        if model is None and base is None:
            configured = self.project.personal.services.get(service)
            model = (configured.model if configured else None) or self.project.personal.environment_model
        edition = base.inputs.get("edition") if base else None
        return components_of(
            target,
            Surroundings(
                model=model,
                service=service,
                edition=edition if isinstance(edition, int) else target.edition,
                template=self._prompts.template_component(target.template),
                context={path: self._digest(path) for path in target.context},
                verify_files={path: self._digest(path) for path in target.spec.texts("verify.files")},
                needs=self._need_labels(target),
                need_outputs=self._need_outputs(target) if runs_something(target.spec) else {},
            ),
        )

    def _need_labels(self, target: Target) -> dict[str, str | None]:
        graph = self.project.graph
        labels: dict[str, str | None] = {}
        for need in graph.needs_of[target.id]:
            label = self._knowledge[need].label
            paths = [_relative(path, target) for path in graph.targets[need].outputs]
            labels[need] = need_label(label, paths) if label else None
        for path in graph.file_needs.get(target.id, ()):
            label = self._file_label(path, target)
            labels[path] = need_label(label, [_relative(path, target)]) if label else None
        return labels

    def _need_outputs(self, target: Target) -> dict[str, str | None]:
        graph = self.project.graph
        outputs: dict[str, str | None] = {need: self._knowledge[need].outputs for need in graph.needs_of[target.id]}
        outputs.update({path: self._digest(path) for path in graph.file_needs.get(target.id, ())})
        return outputs

    def _file_label(self, path: str, target: Target) -> str | None:
        key = (path, "")
        if key not in self._file_labels:
            found = self._prompts.file_interface(path)
            self._file_labels[key] = None if isinstance(found, Diagnostic) else found.label
        return self._file_labels[key]

    def _digest(self, path: str) -> str:
        if path not in self._digests:
            text = self.project.files.text(path)
            # An unreadable file has a digest of its own kind; the error itself was told at load time.
            self._digests[path] = text_digest(text)[:16] if isinstance(text, str) else f"unreadable:{text.code}"
        return self._digests[path]

    def _facts(
        self, target: Target, fit: Fit | None, home: Stanza | None, components: Components, observation: Observation
    ) -> tuple[Facts, tuple[Difference, ...]]:
        graph = self.project.graph
        knowledge = [self._knowledge[need] for need in graph.needs_of[target.id]]
        unknown = [
            one for one in knowledge if one.label is None or (one.outputs is None and runs_something(target.spec))
        ]
        failed_note = home.failed.get("components") if home and home.failed else None
        noted = (
            failed_note is not None
            and is_known(components)
            and failed_note == failed_digest(components.inputs, components.shape, components.checks)
            and target.id not in self.wishes.regenerate
        )
        disk = observation.worst
        if disk == "foreign" and target.id in self.wishes.force:
            disk = "ours"
        facts = Facts(
            conflict=target.id in self.lock.conflicts,
            disk=disk,
            noted_failed=noted,
            stuck=any(one.stuck for one in unknown),
            need_unknown=any(one.label is None for one in knowledge),
            attempts=target.attempts,
            review=target.spec.flag("verify.review") is True,
        )
        if fit is None:
            return facts, ()
        shape = compare_shape(fit.stanza.shape, components)
        checks = compare_checks(fit.stanza.checks, components)
        pin = fit.stanza.reply
        assert pin is not None
        accepted = fit.stanza.origin == "accepted" and target.id not in self.wishes.force
        facts = replace(
            facts,
            stanza=True,
            home=fit.origin == "home",
            accepted=accepted,
            request=fit.request.answer,
            shape=shape.answer,
            checks=checks.answer,
            pinned=self.replies.get(pin.key, pin.attempts, pin.sha256[:16]) is not None,
            turns_known=pin.attempts,
        )
        return facts, _all_differences(fit.request, shape, checks)

    def _decide(
        self,
        target: Target,
        home: Stanza | None,
        fit: Fit | None,
        components: Components,
        facts: Facts,
        differences: tuple[Difference, ...],
        observation: Observation,
    ) -> Step:
        prepared: Prepared | None = None
        conversation: Conversation | None = None
        problem: Diagnostic | None = None
        decided = decide(facts)
        unclaimed_edit = (
            isinstance(decided, Decision) and decided.state == "edited" and fit is None and not facts.need_unknown
        )
        if isinstance(decided, Undecided) or unclaimed_edit:
            pin = fit.stanza.reply if fit and fit.request.answer == "equal" else None
            found = self._prepared(target, components, pin.sample if pin else 0)
            if isinstance(found, Diagnostic):
                problem = found
            else:
                prepared = found
                conversation = known_conversation(self.replies, prepared, (pin.attempts, pin.sha256) if pin else None)
            turns = conversation.turns if conversation else ()
            if unclaimed_edit and conversation and self._would_write(target, conversation, observation):
                facts = replace(facts, disk="ours")
            facts = replace(facts, reply="known" if turns else "unknown", turns_known=len(turns))
            decided = decide(facts)
        assert isinstance(decided, Decision)
        stuck = [need for need in self.project.graph.needs_of[target.id] if self._knowledge[need].stuck]
        reasons = reasons_of(decided, facts, fit, differences, stuck_needs=stuck)
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
            prepared,
            conversation,
            problem,
        )

    def prepare(self, target: Target, components: Components, *, sample: int = 0) -> Prepared | Diagnostic:
        """Render the target's request; a Diagnostic says why there is none (no model, a template's fault)."""
        needs: dict[str, Mapping[str, str]] = {}
        for need in self.project.graph.needs_of[target.id]:
            texts = self.texts(need) if need in self._stanzas or need in self._texts else {}
            if texts is None:
                return Diagnostic(
                    "SB509", f"the text of the need {need} can't be had", target.spec.place("build.needs"),
                    hint=f"build {need} first: specbuild build {need}",
                )  # fmt: skip
            needs[need] = texts
        return self._prompts.prepare(
            target, components, need_texts=needs, targets=self.project.graph.targets,
            file_needs=self.project.graph.file_needs.get(target.id, ()), sample=sample,
        )  # fmt: skip

    def _prepared(self, target: Target, components: Components, sample: int) -> Prepared | Diagnostic:
        # The sample is a pin of the very request that it was taken for; a changed request begins again at 0. The next
        # sample is the smallest one with no known reply.
        if target.id not in self.wishes.regenerate:
            return self.prepare(target, components, sample=sample)
        number = 0
        while True:
            found = self.prepare(target, components, sample=number)
            if isinstance(found, Diagnostic) or not self.replies.turns(found.key):
                return found
            number += 1

    def _would_write(self, target: Target, conversation: Conversation, observation: Observation) -> bool:
        end = usable_end(conversation, target)
        if end is None:
            return False
        written = {one.path: one.sha256 for one in shaped(end.files, target, way=end.way)}
        for path, state in observation.paths.items():
            if state != "foreign":
                continue
            present = self.project.files.state(path)
            if present is None or isinstance(present, Diagnostic) or present.lf_sha256 != written.get(path):
                return False
        return True

    def _remember(self, step: Step, look_ahead: bool) -> None:
        target, fit = step.target, step.fit
        declared = self._declared_label(target)
        stanza = fit.stanza if fit else None
        below = self._need_outputs(target).values()
        known = knowledge_after(
            step.decision, stanza, request_equal=step.facts.request == "equal", declared=declared, need_outputs=below
        )
        if stanza is not None and known.label == stanza.interface:
            self._stanzas[target.id] = (stanza, target)
        if look_ahead and step.decision.row == 12 and step.conversation is not None:
            end = usable_end(step.conversation, target)
            if end is not None:
                self._texts[target.id] = end.files
                label = self._prompts.label_of(end.files, target)
                outputs = {
                    one.path: OutputState("755" if one.mode == "755" else "644", one.sha256)
                    for one in shaped(end.files, target, way=end.way)
                }
                known = known_from(Stanza(inputs={}, outputs=outputs, interface=label), below)
        self._knowledge[target.id] = known

    def _declared_label(self, target: Target) -> str | None:
        text = target.spec.values.get("interface.text")
        return self._prompts.label_of({}, target) if isinstance(text, str) else None


def _all_differences(*comparisons: Comparison) -> tuple[Difference, ...]:
    return tuple(one for comparison in comparisons for one in comparison.differences)


def _relative(path: str, target: Target) -> str:
    return posixpath.relpath(path, target.directory or ".")


def _spec_component(target: Target) -> dict[str, str]:
    return {name: short_digest(value) for name, value in request_values(target.spec).items()}
