"""How an agent can end without a finished target: what a person is told, and what to do about it."""

from specbuild.diagnostic import Diagnostic
from specbuild.work.result import Result, after_failure
from specbuild.work.step import Step


def steps_used_up(step: Step, *, again: str) -> Diagnostic:
    """The most steps that the spec allows were taken; `again` is the command that begins anew."""
    what = f"{step.target.id}: the agent took all of its {step.target.steps} steps and did not finish"
    hint = f"raise `steps` under [build] to let it go on, or {_begins_anew(again)}"
    return Diagnostic("SB660", what, step.target.spec.place("build.steps"), hint=hint)


def gave_up(step: Step, reason: str, *, again: str) -> Diagnostic:
    """The agent said that the task can't be done."""
    what = f"{step.target.id}: the agent gave up: {reason or 'it gave no reason'}"
    return Diagnostic("SB661", what, step.target.spec.place("file.name"), hint=_begins_anew(again))


def came_nowhere(step: Step, why: str, *, again: str) -> Diagnostic:
    """The agent goes round in circles, or uses no tools."""
    what = f"{step.target.id}: the agent comes no further: {why}"
    hint = f"a model without function calling can't be an agent; else {_begins_anew(again)}"
    return Diagnostic("SB662", what, step.target.spec.place("file.name"), hint=hint)


def lost(step: Step, why: str) -> Result:
    """The records of the conversation say what can't have been."""
    what = f"the records of {step.target.id} can't be followed: {why}"
    hint = f"bring them back from the history; or begin anew: specbuild regenerate {step.target.id}"
    found = Diagnostic("SB663", what, step.target.spec.place("file.name"), hint=hint)
    return Result("failed", diagnostics=(found,))


def stopped(step: Step) -> Result:
    """The person who watches stopped the agent."""
    what = f"{step.target.id}: stopped before the next action; nothing of it is written"
    found = Diagnostic("SB664", what, hint="the next build goes on from here", severity="warning")
    return Result("stopped", diagnostics=(found,))


def context_full(step: Step, result: Result, turns: int) -> Result:
    """The conversation has grown longer than the model can read."""
    told = result.diagnostics[0]
    what = f"{step.target.id}: after {turns} steps the conversation is longer than the model's context"
    hint = "build with a model, or a server, that has a larger context; or make the program smaller"
    return result._replace(diagnostics=(Diagnostic("SB665", what, told.place, told.message, hint),))


def _begins_anew(again: str) -> str:
    return f"{after_failure(again)} begins anew"
