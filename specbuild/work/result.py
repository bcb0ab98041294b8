"""How one target ended, and the endings that are not a finished build: what a person is told, and what to do about
it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from specbuild.configuration import ServiceConfiguration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.keys import OUTPUT_LIMIT, OUTPUT_LIMIT_NAMES
from specbuild.progress import Ending, Spent
from specbuild.provider import ProviderError
from specbuild.provider_failure import failure_diagnostic
from specbuild.target import Target
from specbuild.verifier import Verdict
from specbuild.work.budget import LimitReached
from specbuild.work.load import Project
from specbuild.work.own import ASKS_AGAIN
from specbuild.work.step import Step

if TYPE_CHECKING:
    from specbuild.change_size import ChangeSize


class Result(NamedTuple):
    """How one target ended."""

    ending: Ending
    spent: Spent = Spent()
    diagnostics: tuple[Diagnostic, ...] = ()
    notes: str = ""
    files_written: int = 0
    change: "ChangeSize | None" = None


def edited(step: Step, *, regenerating: bool = False) -> Result:
    """A person's bytes lie where an output would be; `regenerating`: another answer was asked for."""
    path = next((path for path, state in step.observation.paths.items() if state == "foreign"), step.target.outputs[0])
    fault = step.observation.faults.get(path)
    if fault is not None:  # neither `accept` nor `--force` helps before it is mended
        hint = "move away what lies there, or replace the link by a real folder; then build"
        what = f"{fault.message}; nothing there is touched"
        return Result("edited", diagnostics=(Diagnostic("SB841", what, Place(path), hint=hint, severity="warning"),))
    kept = f"specbuild accept {step.target.id} keeps it for good"
    if path not in step.target.outputs:  # of what the spec declared before
        kept = f"{step.target.id} does not declare it any more: move it elsewhere to keep it"
    command = "regenerate" if regenerating else "build"
    hint = f"{kept}; specbuild {command} --force {step.target.id} gives it up (a copy is kept)"
    found = Diagnostic("SB841", f"{path} was changed by hand and is kept", Place(path), hint=hint, severity="warning")
    return Result("edited", diagnostics=(found,))


def given_up(step: Step, copies: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """Say where the copies of edited outputs lie that a person gave up with `--force`."""
    return tuple(
        Diagnostic(
            "SB841",
            f"what was changed by hand in {path} is given up; a copy lies in {copies[path]}",
            Place(path),
            severity="note",
        )
        for path in step.target.outputs
        if path in copies
    )


def held(step: Step) -> Result:
    """An accepted text no longer answers what it was accepted for."""
    found = Diagnostic(
        "SB842",
        f"{step.target.id} was accepted by hand and is kept: {step.reason}",
        _place(step),
        "an accepted text is never replaced by itself",
        f"specbuild accept {step.target.id} keeps the text; specbuild revise {step.target.id} asks for the change "
        f"in it; specbuild regenerate {step.target.id} gives it up",
        severity="warning",
    )
    return Result("held", diagnostics=(found,))


def broken_check(step: Step, verdicts: Sequence[Verdict]) -> Diagnostic:
    """Say which check does not work: nothing is noted in the lock, and the reply is judged again next time."""
    messages = [message for one in verdicts if one.outcome == "broken" for message in one.messages]
    if any(one.verifier == "review" and one.outcome == "broken" for one in verdicts):
        what = f"{step.target.id} is not reviewed: {messages[0]}"
        anew = f"specbuild regenerate {step.target.id} asks for another text, which is reviewed"
        hint = f"{anew}; another model may keep to the form"
        place = step.target.spec.places.get("verify.review") or _place(step)
        return Diagnostic("SB680", what, place, short_why(messages[1:]), hint)
    field = "verify.command" if "verify.command" in step.target.spec.values else "example"
    return Diagnostic(
        "SB635",
        f"{step.target.id}: {messages[0]}",
        step.target.spec.place(field),
        why="; ".join(messages[1:]),
        hint="mend the check in the spec, or its files; no model was asked",
    )


def failed_before(step: Step, *, again: str) -> Result:
    """The attempts were used up in an earlier run, and nothing has changed since; `again` asks for another answer."""
    what = f"{step.target.id} failed before with exactly these components; nothing was asked"
    return _failed("SB632", what, step, hint=_after_recheck(step, again))


def attempts_used_up(
    step: Step, turns: int, messages: tuple[str, ...], *, kept: str | None = None, again: str = ASKS_AGAIN
) -> Diagnostic:
    """Return what is told when the last attempt failed too; `messages` are what was found in it, `kept` is the folder
    in which the best attempt can be read, `again` the command that asks for another answer."""
    what = f"{step.target.id}: {turns} of {step.target.attempts} attempts failed"
    hint = f"read the best attempt in {kept}; {after_failure(again)}" if kept else after_failure(again)
    return Diagnostic("SB632", what, _place(step), "; ".join(messages), hint)


def recheck_failed(step: Step, messages: tuple[str, ...], *, again: str) -> Diagnostic:
    """Return what is told when a finished text fails its checks and no repair may be asked for."""
    text = "accepted text" if _is_accepted(step) else "text that was built"
    what = f"{step.target.id}: the {text} fails its checks now"
    return Diagnostic("SB632", what, _place(step), "; ".join(messages), _after_recheck(step, again))


def _is_accepted(step: Step) -> bool:
    stanza = step.fit.stanza if step.fit else step.home
    return stanza is not None and stanza.origin == "accepted"


def _after_recheck(step: Step, again: str) -> str:
    if not _is_accepted(step):
        return after_failure(again)
    return (
        f"mend the text or the spec; specbuild accept {step.target.id} keeps it as it stands; "
        f"specbuild regenerate {step.target.id} gives it up"
    )


def short_why(messages: Sequence[str]) -> str:
    """Return what was wrong with an answer in a line or two: one that is off the form is so in every line."""
    told = "; ".join(" ".join(one.split()) for one in messages)
    return told if len(told) <= _MOST_WHY else f"{told[: _MOST_WHY - 1].rstrip()}…"


def after_failure(again: str) -> str:
    """Return what to do when the attempts are used up; `again` is the command that asks for another answer."""
    return f"make the spec clearer, or: {again}"


def blocked(step: Step) -> Result:
    """A need will not come in this run."""
    return Result("blocked")


def incomplete(step: Step, reason: str, *, kind: Literal["reply", "review"]) -> Result:
    """The service ended the reply before its end."""
    told = "the reply" if kind == "reply" else "the answer of its review"
    what = f"{step.target.id}: {told} is incomplete ({reason}); it is kept as evidence and never served"
    hint = _LONGER if "cut off" in reason else _AGAIN
    return _failed("SB633", what, step, hint=hint)


def half_read(step: Step, reason: str) -> Result:
    """The service answered a part of the prompt only."""
    what = f"{step.target.id}: the reply can't be used; it is kept as evidence and never served"
    return _failed("SB637", what, step, why=reason, hint=_LARGER_CONTEXT)


def limit_reached(step: Step, limit: LimitReached) -> Result:
    """A limit of the run stands in the way of the next call."""
    found = Diagnostic("SB630", f"{limit.message} ({limit.limit})", _place(step), hint=limit.hint)
    return Result("stopped", diagnostics=(found,))


def not_answered(step: Step, error: ProviderError, project: Project, label: str) -> Result:
    """The service `label` gave no reply."""
    service = project.personal.services.get(label) or ServiceConfiguration(label)
    found = failure_diagnostic(error, service=service, places=_parameter_places(step.target, project))
    if service.kind == "inbox" and error.kind == "refused_request":
        what = f"{step.target.id}: the answer in the inbox can't be used; nothing of it is stored"
        found = replace(found, message=what, hint="mend it, then run the build again")
    endings: Mapping[str, Ending] = {"waiting": "waiting", "cancelled": "stopped"}
    return Result(endings.get(error.kind, "failed"), diagnostics=(found,))


def missing(step: Step, key: str, turn: int, *, nearest: str, is_entry_lost: bool = False) -> Result:
    """A reply is not at hand, and the run asks nothing. `nearest` tells of the nearest known request; `is_entry_lost`:
    the very spec was answered, so that the lock has lost which request that was (of a revision it alone says it)."""
    target_id = step.target.id
    hint = f"build without --offline, or bring the record cache/replies/{key[:2]}/{key}.{turn}.*.json back"
    if is_entry_lost:
        hint = (
            f"bring the entry of {target_id} in specbuild.lock back from git: it says which known reply is meant; "
            f"or have it written anew: specbuild regenerate --rewrite {target_id}"
        )
    found = Diagnostic(
        "SB631",
        f"no reply to turn {turn} of {key[:16]}… of {target_id}",
        _place(step),
        "; ".join(filter(None, (step.reason, "--offline asks nothing", nearest))),
        hint,
    )
    return Result("missing", diagnostics=(found,))


def would_change(step: Step) -> Result:
    """The lock would change, and the run forbids it."""
    what = f"{step.target.id} would change specbuild.lock, and --locked forbids it"
    return _failed("SB723", what, step, why=step.reason, hint="build without --locked")


def gives_other_outputs(step: Step) -> Diagnostic:
    """Return what is told when the pinned reply is not the one that the locked outputs came from."""
    what = f"the pinned reply of {step.target.id} does not give the outputs that the lock names"
    return Diagnostic("SB722", what, Place("specbuild.lock"), hint=f"specbuild regenerate {step.target.id} asks anew")


def gives_other_layout(step: Step) -> Diagnostic:
    """Return what is told when the record of the formatter's result is lost, and it gives another one now."""
    what = f"the formatter does not give the layout of {step.target.id} that the lock names, and its record is lost"
    hint = f"specbuild cache heal brings the record back; specbuild regenerate {step.target.id} asks anew"
    return Diagnostic("SB673", what, step.target.spec.place("build.format"), "another version lays out otherwise", hint)


_MOST_WHY = 240
_LONGER = "raise max_tokens under [build.parameters], or make the program smaller"
_AGAIN = "build again: the request was not answered, so it is asked anew; if it stays so, reword the spec"
_LARGER_CONTEXT = (
    "give the server a larger context (num_ctx, n_ctx, --ctx-size), or show less: fewer `needs` and `context` files"
)


def _failed(code: str, what: str, step: Step, *, why: str = "", hint: str = "") -> Result:
    return Result("failed", diagnostics=(Diagnostic(code, what, _place(step), why, hint),))


def _place(step: Step) -> Place:
    return step.target.spec.place("file.name")


def _parameter_places(target: Target, project: Project) -> dict[str, Place]:
    """Return the line that set each part of the request: the spec's own parameters, else the configuration's."""
    places = {"model": target.spec.places.get("build.model") or project.configuration.places.get("model")}
    for name in target.parameters:
        of_spec = target.spec.places.get(f"build.parameters.{name}") or target.spec.places.get("build.parameters")
        configured = project.configuration.places
        # A service is told, and refuses, one output limit, under whichever of its names the person wrote it.
        asked = OUTPUT_LIMIT if name in OUTPUT_LIMIT_NAMES else name
        places[asked] = of_spec or configured.get(f"parameters.{name}") or configured.get("parameters")
    return {name: place for name, place in places.items() if place is not None}
