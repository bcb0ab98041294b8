"""One decided target becomes true: the trace way, a recheck, or a conversation with a model. Ends in an outcome, never raises
for a target that failed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from specbuild.canonical_json import Json, bytes_digest
from specbuild.components import failed_digest
from specbuild.configuration import ServiceConfiguration
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.replies import Replies
from specbuild.keys import reply_key
from specbuild.progress import Ending, Progress, Spent
from specbuild.provider import ProviderError
from specbuild.provider_failure import failure_diagnostic
from specbuild.record import Record, reply_record
from specbuild.repair import repair_messages
from specbuild.reply import Answer, Usage, incomplete_reason
from specbuild.request import Request, next_body
from specbuild.shape import Shaped, shaped
from specbuild.stanza import OutputState, ReplyPin, Stanza
from specbuild.target import Target
from specbuild.verifier import Verdict
from specbuild.work.budget import LimitReached
from specbuild.work.conversation import pinned_files
from specbuild.work.judge import Judged, judged
from specbuild.work.load import Project
from specbuild.work.prompts import Prompts
from specbuild.work.settle import Settler
from specbuild.work.walk import Step, Walk


class Ask(Protocol):
    """Asks one request for one target (its id is for the progress); raises ProviderError or LimitReached."""

    def __call__(self, request: Request, target_id: str) -> Answer: ...

    def stored(self, request: Request) -> None:
        """Take in that the reply to `request` is stored."""


class _Ended(Exception):
    """A target ended in the middle of its conversation; `args[0]` is the Result."""


class Result(NamedTuple):
    """How one target ended."""

    ending: Ending
    spent: Spent = Spent()
    diagnostics: tuple[Diagnostic, ...] = ()
    notes: str = ""
    files_written: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """What a run may do: `offline` asks nothing, `locked` lets no stanza change."""

    offline: bool = False
    locked: bool = False


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
    ) -> None:
        self._walk = walk
        self._settler = settler
        self._replies = replies
        self._ask = ask
        self._prompts = prompts
        self._rules = rules
        self._progress = progress
        self._cancelled = cancelled

    def make(self, step: Step) -> Result:
        """Do what the step decided, tell the walk, and say how it ended."""
        try:
            result = self._make(step)
        except DiagnosticError as error:
            result = Result("failed", diagnostics=error.diagnostics)
        except _Ended as ended:
            result = ended.args[0]
        except LimitReached as limit:
            text = f"{limit.message} ({limit.limit})"
            result = Result("stopped", diagnostics=(Diagnostic("SB630", text, step.target.spec.place("file.name")),))
        if result.ending not in ("built", "replayed", "rechecked", "fresh", "edited", "held"):
            self._walk.learn_failure(step.target.id)
        return result

    def _make(self, step: Step) -> Result:
        state, act = step.decision.state, step.decision.act
        if act == "trace":
            return self._restore(step)
        if act == "recheck":
            return self._recheck(step)
        if act == "conversation":
            return self._converse(step)
        if state == "fresh":
            return Result("fresh")
        if state == "edited":
            return Result("edited", diagnostics=(_edited(step),))
        if state == "held":
            return Result("held", diagnostics=(_held(step),))
        if state == "failed":
            return Result("failed", diagnostics=(_failed_before(step),))
        if state == "conflict":
            return Result("failed", diagnostics=(self._walk.lock.conflicts[step.target.id],))
        return Result("blocked")

    def _restore(self, step: Step) -> Result:
        """The trace way: pinned reply → extract → shape → compare with the lock's hashes → write."""
        fit = step.fit
        assert fit is not None
        outputs = self._restored(fit.stanza, step.target)
        locked = sorted((state.mode, state.sha256) for state in fit.stanza.outputs.values())
        if sorted((one.mode, one.sha256) for one in outputs) != locked:
            raise DiagnosticError(
                Diagnostic(
                    "SB722", f"the pinned reply of {step.target.id} does not give the outputs that the lock names",
                    Place("specbuild.lock"), hint=f"specbuild regenerate {step.target.id} asks anew",
                ),
                exit_code=1,
            )  # fmt: skip
        stanza = fit.stanza
        if fit.origin != "home" or set(stanza.outputs) != {one.path for one in outputs}:
            stanza = replace(
                stanza,
                inputs=step.components.inputs,
                checks=step.components.checks,
                outputs=_output_states(outputs),
                failed=None,
            )
        return self._settled(step, stanza, outputs, ending="replayed", texts=None)

    def _restored(self, stanza: Stanza, target: Target) -> tuple[Shaped, ...]:
        modes = {path.rpartition("/")[2]: state.mode for path, state in stanza.outputs.items()}
        names = {name: modes.get(name.rpartition("/")[2], "644") for name in target.names}
        pinned = pinned_files(stanza, target, replies=self._replies)
        if pinned is not None:
            return shaped(pinned.files, target, way=pinned.way, modes=names)
        outputs = []
        for path in target.outputs:
            raw = self._walk.project.files.read(path)
            if isinstance(raw, Diagnostic):
                raise DiagnosticError(raw, exit_code=1)
            data = raw.replace(b"\r\n", b"\n")
            outputs.append(Shaped(path, data, stanza.outputs[path].mode, bytes_digest(data)))
        return tuple(outputs)

    def _recheck(self, step: Step) -> Result:
        """The known text is shaped and judged anew; no call unless it fails declared checks that changed."""
        fit = step.fit
        assert fit is not None and fit.stanza.reply is not None
        pinned = pinned_files(fit.stanza, step.target, replies=self._replies)
        if pinned is None:
            outputs = self._restored(fit.stanza, step.target)
        else:
            modes = {
                name: fit.stanza.outputs[path].mode
                for name, path in zip(step.target.names, step.target.outputs)
                if path in fit.stanza.outputs
            }
            outputs = shaped(pinned.files, step.target, way=pinned.way, modes=modes)
        stanza = replace(
            fit.stanza,
            inputs=step.components.inputs,
            shape={**step.components.shape, "extract": fit.stanza.shape.get("extract")},
            checks=step.components.checks,
            outputs=_output_states(outputs),
            failed=None,
        )
        return self._settled(step, stanza, outputs, ending="rechecked", texts=None)

    def _converse(self, step: Step) -> Result:
        """Follow the known turns to their end; ask, store, extract and judge until a turn passes or attempts are used up."""
        if step.prepared is None or step.conversation is None:
            assert step.problem is not None
            return Result("failed", diagnostics=(step.problem,))
        target, prepared = step.target, step.prepared
        turns = list(step.conversation.turns)
        body: Mapping[str, Json] = prepared.request.body
        for number, record in enumerate(turns[1:]):
            body = next_body(body, turns[number].reply, record.append)
        spent = Spent()
        last: Judged | None = None
        while True:
            if turns:
                last = judged(turns[-1], marker=prepared.marker, target=target)
                if last.passed:
                    return self._built(step, last, turns, spent)
                if len(turns) >= target.attempts:
                    break
                append = repair_messages(last.verdicts, marker=prepared.marker, names=target.names)
                body = next_body(body, turns[-1].reply, append)
            else:
                append = []
            if self._rules.offline or self._rules.locked:
                return self._missing(step, len(turns) + 1)
            request = Request(body, prepared.request.service, prepared.request.sample)
            found = self._turn(step, request, turns, append)
            if isinstance(found, Diagnostic):
                return Result("failed", spent, (found,))
            record, answered = found
            spent = _added(spent, answered)
            turns.append(record)
        for record in reversed(turns[:-1]):
            earlier = judged(record, marker=prepared.marker, target=target)
            if earlier.passed:
                return self._built(step, earlier, turns, spent)
        return self._gave_up(step, last, turns, spent)

    def _turn(
        self, step: Step, request: Request, turns: list[Record], append: list[Mapping[str, Json]]
    ) -> tuple[Record, Answer | None] | Diagnostic:
        """Have one turn's reply: from another process that bought it meanwhile, or by asking; stored before it is looked at."""
        assert step.prepared is not None
        key = reply_key(request)
        first = step.prepared.key
        with self._replies.claim(key, cancelled=self._cancelled):
            for record in self._replies.turns(first):
                if record.key == key and record.turn == len(turns) + 1:
                    return record, None
            try:
                answer = self._ask(request, step.target.id)
            except ProviderError as error:
                raise _Ended(_not_answered(step, error, self._walk.project)) from None
            reason = incomplete_reason(answer.reply)
            if reason is not None:
                self._replies.keep_incomplete(key, answer.reply, answer.raw)
                return _incomplete(step, reason)
            record = reply_record(
                request,
                answer.reply,
                source=answer.source,
                spec=step.prepared.spec_values if not turns else None,
                parent=turns[-1] if turns else None,
                append=append,
            )
            self._replies.store(record, answer.raw)
        self._ask.stored(request)
        return record, answer

    def _built(self, step: Step, end: Judged, turns: list[Record], spent: Spent) -> Result:
        assert step.prepared is not None
        outputs = shaped(end.files, step.target, way=end.way)
        stanza = Stanza(
            inputs=step.components.inputs,
            shape={**step.components.shape, "extract": end.way},
            checks=step.components.checks,
            outputs=_output_states(outputs),
            reply=ReplyPin(end.record.turn, step.prepared.key, step.prepared.request.sample, end.record.sha256),
            interface=self._prompts.label_of(end.files, step.target),
            evidence=_evidence(end.verdicts),
        )
        ending: Ending = "built" if spent.calls else "replayed"
        result = self._settled(step, stanza, outputs, ending=ending, texts=end.files, records=turns)
        return result._replace(spent=spent, notes=end.notes or "")

    def _gave_up(self, step: Step, last: Judged | None, turns: list[Record], spent: Spent) -> Result:
        assert last is not None and step.prepared is not None
        home = step.home
        base = (
            home
            if home is not None and home.outputs
            else Stanza(
                inputs=step.components.inputs,
                shape={**step.components.shape, "extract": last.way},
                checks=step.components.checks,
            )
        )
        components = step.components
        failed: dict[str, Json] = {
            "components": failed_digest(components.inputs, components.shape, components.checks),
            "reply": ReplyPin(
                last.record.turn, step.prepared.key, step.prepared.request.sample, last.record.sha256
            )._asdict(),
            "verdicts": {one.verifier: one.outcome for one in last.verdicts},
        }
        if not self._rules.locked:
            self._settler.settle(step.target.id, replace(base, failed=failed), (), records=turns)
        messages = [message for one in last.verdicts if one.outcome == "failed" for message in one.messages]
        found = Diagnostic(
            "SB632", f"{step.target.id}: {len(turns)} of {step.target.attempts} attempts failed", step.target.spec.place("file.name"),
            why="; ".join(messages),
            hint="make the spec clearer, or: specbuild regenerate --failed",
        )  # fmt: skip
        return Result("failed", spent, (found,), last.notes or "")

    def _missing(self, step: Step, turn: int) -> Result:
        assert step.prepared is not None
        if self._rules.locked and not self._rules.offline:
            found = Diagnostic(
                "SB723", f"{step.target.id} needs a new reply, and --locked lets no stanza change",
                step.target.spec.place("file.name"), why=step.reason, hint="build without --locked",
            )  # fmt: skip
            return Result("failed", diagnostics=(found,))
        found = Diagnostic(
            "SB631",
            f"no reply to turn {turn} of {step.prepared.key[:16]}… of {step.target.id}",
            step.target.spec.place("file.name"),
            why=f"{step.reason}; --offline asks nothing",
            hint="build without --offline, or bring the record cache/replies/"
            f"{step.prepared.key[:2]}/{step.prepared.key}.{turn}.*.json back",
        )
        return Result("missing", diagnostics=(found,))

    def _settled(
        self,
        step: Step,
        stanza: Stanza,
        outputs: tuple[Shaped, ...],
        *,
        ending: Ending,
        texts: Mapping[str, str] | None,
        records: list[Record] | None = None,
    ) -> Result:
        if self._rules.locked and (step.home is None or step.home.trace != stanza.trace):
            found = Diagnostic(
                "SB723", f"{step.target.id} would change specbuild.lock, and --locked forbids it",
                step.target.spec.place("file.name"), why=step.reason, hint="build without --locked",
            )  # fmt: skip
            return Result("failed", diagnostics=(found,))
        if records is None:
            records = self._pinned_records(stanza)
        written = self._settler.settle(
            step.target.id,
            stanza,
            outputs,
            records=records,
            adopted=step.fit.from_id
            if step.fit and step.fit.origin == "adopted"
            else self._walk.adopted.get(step.target.id),
            overwrite=step.target.outputs if step.target.id in self._walk.wishes.force else (),
        )
        self._walk.learn(step.target.id, stanza, texts)
        return Result(ending, files_written=written)

    def _pinned_records(self, stanza: Stanza) -> list[Record]:
        # A kept stanza may pin a reply that only the local store still has: what the lock names must be committed.
        if stanza.reply is None:
            return []
        record = self._replies.get(stanza.reply.key, stanza.reply.attempts, stanza.reply.sha256[:16])
        if record is None:
            return []
        if record.parent is None:
            return [record]
        return [one for one in self._replies.turns(stanza.reply.key) if one.turn <= stanza.reply.attempts]


def _output_states(outputs: tuple[Shaped, ...]) -> dict[str, OutputState]:
    return {one.path: OutputState("755" if one.mode == "755" else "644", one.sha256) for one in outputs}


def _evidence(verdicts: tuple[Verdict, ...]) -> dict[str, Json]:
    return {
        "not_checked": [one.verifier for one in verdicts if one.outcome == "not_checked"],
        "passed": [one.verifier for one in verdicts if one.outcome == "passed"],
    }


def _added(spent: Spent, answer: Answer | None) -> Spent:
    if answer is None:
        return spent
    usage: Usage = answer.source.usage
    return Spent(
        spent.calls + 1, spent.input_tokens + (usage.input or 0), spent.output_tokens + (usage.output or 0), spent.cost
    )


def _edited(step: Step) -> Diagnostic:
    path = next((path for path, state in step.observation.paths.items() if state == "foreign"), step.target.outputs[0])
    return Diagnostic(
        "SB841", f"{path} was changed by hand and is kept", Place(path),
        hint=f"specbuild accept {step.target.id} keeps it for good; build --force {step.target.id} gives it up (a copy is kept)",
        severity="warning",
    )  # fmt: skip


def _held(step: Step) -> Diagnostic:
    return Diagnostic(
        "SB842", f"{step.target.id} is accepted by hand and its {step.reason}", step.target.spec.place("file.name"),
        why="an accepted text is never replaced by itself",
        hint=f"specbuild accept {step.target.id} keeps the text; specbuild regenerate {step.target.id} asks the model anew",
        severity="warning",
    )  # fmt: skip


def _failed_before(step: Step) -> Diagnostic:
    return Diagnostic(
        "SB632", f"{step.target.id} failed before with exactly these components; nothing was asked",
        step.target.spec.place("file.name"), hint="make the spec clearer, or: specbuild regenerate --failed",
    )  # fmt: skip


def _incomplete(step: Step, reason: str) -> Diagnostic:
    return Diagnostic(
        "SB633", f"{step.target.id}: the reply is incomplete ({reason}); it is kept as evidence and never served",
        step.target.spec.place("file.name"),
        hint="raise max_output_tokens under [build.parameters], or make the program smaller",
    )  # fmt: skip


def _not_answered(step: Step, error: ProviderError, project: Project) -> Result:
    assert step.prepared is not None
    label = step.prepared.request.service
    service = project.personal.services.get(label) or ServiceConfiguration(label)
    found = failure_diagnostic(error, service=service, places=_parameter_places(step.target, project))
    endings: Mapping[str, Ending] = {"waiting": "waiting", "cancelled": "stopped"}
    return Result(endings.get(error.kind, "failed"), diagnostics=(found,))


def _parameter_places(target: Target, project: Project) -> dict[str, Place]:
    """Return the line that set each part of the request: the spec's own parameters, else the configuration's."""
    places = {"model": target.spec.places.get("build.model") or project.configuration.places.get("model")}
    for name in target.parameters:
        of_spec = target.spec.places.get(f"build.parameters.{name}") or target.spec.places.get("build.parameters")
        places[name] = of_spec or project.configuration.places.get("parameters")
    return {name: place for name, place in places.items() if place is not None}
