"""`specbuild agent`: from a goal in a person's words to a program, by way of a spec that the person sees."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from specbuild import exit_codes
from specbuild.commands.building import Asked, run_build
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import sandbox_option
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.plan import Plan

if TYPE_CHECKING:
    from specbuild.work.choice import BuildOptions
    from specbuild.work.goal_drafts import GoalDrafts


@click.command()
@click.argument("goal")
@click.option("--name", default="", metavar="ID", help="The id of its spec; from the goal's first words otherwise.")
@click.option("--language", default="", help="The programming language; the draft says which otherwise.")
@click.option("-y", "--yes", is_flag=True, help="Write and build the draft unseen; needed without a terminal.")
@click.option("--edit", is_flag=True, help="Open the draft in your editor (EDITOR) first.")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what the draft would take and cost, and the build.")
@click.option("--again", is_flag=True, help="Ask for another draft than those that are known.")
@click.option("--offline", is_flag=True, help="Ask nothing: exit 4 names the replies that are missing.")
@click.option("--model", metavar="NAME", help="The model, if the project names none.")
@click.option("--max-calls", type=click.IntRange(0), help="Stop before more calls than this, draft and build together.")
@click.option("--max-tokens", type=click.IntRange(0), help="Stop once this many tokens are used.")
@click.option("--max-cost", type=click.FloatRange(0), help="Stop once this much is spent, in your currency.")
@click.option("--allow-secret", is_flag=True, help="Send prompts and commit replies that look like they hold a secret.")
@click.option("--step", is_flag=True, help="Show each action of the agent before it is done, and ask.")
@click.option(
    "--log-level",
    type=click.Choice(["quiet", "normal", "debug"]),
    help="What is told of the agent: nothing, its actions, or all that it reads as well.",
)
@sandbox_option
@json_option
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    goal: str,
    name: str,
    language: str,
    yes: bool,
    edit: bool,
    dry_run: bool,
    again: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Draft a spec for GOAL (- reads standard input), show it, and build it with an agent once you agree.

    The draft is a model's answer like any other: priced, checked, kept, and free a second time. `y` writes and builds
    it, `e` opens it in your editor, `n` leaves it; anything else you say goes to the model, which changes the draft.
    What the build takes is shown with each draft. The spec lies in the spec folder, the files in a folder of their own
    below the output folder; outside any project both lie in the present folder. No file that is there is written over.

    Without a terminal --yes must say that the draft is taken unseen.
    """
    from specbuild.commands.conversation import converse, drafts_of
    from specbuild.work.choice import BuildOptions

    if goal == "-":
        goal = sys.stdin.read()
    if not goal.strip():
        raise click.UsageError("GOAL says what the program is to do")
    if as_json and not (yes or dry_run):
        raise click.UsageError("--json prints the plan with --dry-run, and the build with --yes; give one of them")
    if not (yes or dry_run or sys.stdin.isatty()):
        hint = "--yes takes it unseen; --dry-run only says what it would cost"
        raise DiagnosticError(Diagnostic("SB952", "nobody is there who could look at the draft", hint=hint))
    options = BuildOptions(
        offline=given["offline"], model=given["model"], max_calls=given["max_calls"], max_tokens=given["max_tokens"],
        max_cost=given["max_cost"], allow_secret=given["allow_secret"], regenerate=again, sandbox=given["sandbox"],
    )  # fmt: skip
    drafts = drafts_of(invocation, goal, options, name=name, mode="agent", language=language)
    if dry_run:
        return _plan(invocation, drafts, options, as_json=as_json)
    taken = converse(invocation, drafts, options, yes=yes, edit=edit, is_built=True, is_quiet=as_json)
    if not taken.is_written:
        return taken.exit_code
    left = taken.options
    asked = Asked(
        select=(drafts.goal.select,), exclude=(), jobs=None, offline=left.offline, locked=False, force=False,
        model=left.model, max_calls=left.max_calls, max_tokens=left.max_tokens, max_cost=left.max_cost,
        allow_secret=left.allow_secret, sandbox=left.sandbox, dry_run=False, timings=False, step=given["step"],
        log_level=given["log_level"], as_json=as_json,
    )  # fmt: skip
    return run_build(invocation, asked)


def _plan(invocation: Invocation, drafts: GoalDrafts, options: BuildOptions, *, as_json: bool) -> int:
    """Say what the draft takes and, once it is known, what building it would."""
    from specbuild.formats.plan_text import plan_json, plan_text

    console = invocation.console()
    plan, known = drafts.plan(options), drafts.known(options)
    of_build = None if known is None else drafts.plan_of_build(known, options)
    if isinstance(of_build, Plan):
        plan = Plan((*plan.lines, *of_build.lines))
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(plan_json(plan)))
    else:
        console.result(plan_text(plan))
        if of_build is None:
            console.message("what building it takes is told once there is a draft\n")
    return exit_codes.SUCCESS
