"""What `build`, `regenerate` and `revise` share: options, the run with its progress, and the plan of `--dry-run`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import click

from specbuild import exit_codes
from specbuild.commands.invocation import AnyCommand, Invocation, json_option
from specbuild.commands.reading import once_teller, project_loader, sandbox_option, selection, tell, told_waiting
from specbuild.diagnostic import Diagnostic

if TYPE_CHECKING:
    from specbuild.work.choice import BuildOptions


class Asked(NamedTuple):
    """The options that `build`, `regenerate` and `revise` share, as given."""

    select: tuple[str, ...]
    exclude: tuple[str, ...]
    jobs: int | None
    offline: bool
    locked: bool
    force: bool
    model: str | None
    max_calls: int | None
    max_tokens: int | None
    max_cost: float | None
    allow_secret: bool
    sandbox: str
    dry_run: bool
    as_json: bool


def build_options(function: AnyCommand) -> AnyCommand:
    """Add SELECT… and the options of `Asked`."""
    for add in reversed(_OPTIONS):
        function = add(function)
    return function


def run_build(
    invocation: Invocation,
    asked: Asked,
    *,
    repin: bool = False,
    regenerate: bool = False,
    retry_failed: bool = False,
    edition: int | None = None,
    revise: bool = False,
    rewrite: bool = False,
) -> int:
    """Build, or plan under `--dry-run`, and return the exit code. Raises DiagnosticError and click.UsageError."""
    from specbuild.work.choice import BuildOptions

    if repin and asked.model is None:
        raise click.UsageError("--repin moves targets to the model that --model names; give both")
    options = BuildOptions(
        asked.select,
        asked.exclude,
        asked.jobs,
        asked.offline,
        asked.locked,
        asked.force,
        asked.model,
        repin,
        asked.max_calls,
        asked.max_tokens,
        asked.max_cost,
        asked.allow_secret,
        regenerate,
        retry_failed,
        revise,
        rewrite,
        asked.sandbox,
        edition,
    )
    if asked.dry_run:
        return _plan(invocation, options, as_json=asked.as_json)
    return _build(invocation, options, as_json=asked.as_json)


def _build(invocation: Invocation, options: BuildOptions, *, as_json: bool) -> int:
    from specbuild.formats.text import diagnostics_text
    from specbuild.terminal.live import progress_for
    from specbuild.work.build import build

    console = invocation.console()
    tell_once = once_teller(invocation)
    if options.sandbox == "none":
        hint = "leave the option out: the best sandbox that starts here is used"
        what = "generated code runs unprotected, as --sandbox=none asks for"
        tell_once([Diagnostic("SB851", what, hint=hint, severity="warning")])
    with progress_for(console, diagnostics_text=diagnostics_text, clock=time.monotonic) as progress:
        load_project = project_loader(invocation, options.select, noting=True)
        result = build(load_project, options, progress, waiting=told_waiting(invocation), tell=tell_once)
    if result.left is not None and result.project is not None:
        from specbuild.work.remember import remember  # only where nothing is left to do

        remember(result.project, result.left, result.standing)
    if as_json:
        from specbuild.formats.json_text import json_text
        from specbuild.formats.run_json import run_json

        console.raw_result(
            json_text(run_json(result.events, result.summary, notices=result.notices, exit_code=result.exit_code))
        )
    return result.exit_code


def _plan(invocation: Invocation, options: BuildOptions, *, as_json: bool) -> int:
    from specbuild.formats.plan_text import plan_json, plan_text
    from specbuild.work.pinned_models import models_that_stay
    from specbuild.work.planning import plan_project

    planned = plan_project(project_loader(invocation, options.select)(), options=options, with_needs=True)
    tell(invocation, planned.opened.replies.faults)
    console = invocation.console()
    for line in models_that_stay(planned.opened.project.personal, planned.steps.values(), wishes=planned.wishes):
        console.message(line + "\n")
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(plan_json(planned.plan)))
    else:
        console.result(plan_text(planned.plan))
    return exit_codes.SUCCESS


_OPTIONS: tuple[Callable[[AnyCommand], AnyCommand], ...] = (
    selection,
    click.option("-j", "--jobs", type=click.IntRange(1, 1024), help="How many calls at once (8)."),
    click.option("--offline", is_flag=True, help="Ask nothing: exit 4 names the replies that are missing."),
    click.option("--locked", is_flag=True, help="Let no entry of specbuild.lock change."),
    click.option("--force", is_flag=True, help="Give up edits of the selected targets; a copy of each is kept."),
    click.option("--model", metavar="NAME", help="The model of targets that have none."),
    click.option("--max-calls", type=click.IntRange(0), help="Stop before more calls than this."),
    click.option("--max-tokens", type=click.IntRange(0), help="Stop once this many tokens are used."),
    click.option("--max-cost", type=click.FloatRange(0), help="Stop once this much is spent, in your currency."),
    click.option("--allow-secret", is_flag=True, help="Commit replies that look like they hold a secret."),
    sandbox_option,
    click.option("-n", "--dry-run", is_flag=True, help="Only say what would be done, as `plan` does."),
    json_option,
)
