"""What `build`, `regenerate` and `revise` share: options, the run with its progress, and the plan of `--dry-run`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import click

from specbuild import exit_codes
from specbuild.commands.invocation import AnyCommand, Invocation, json_option
from specbuild.commands.reading import once_teller, project_loader, sandbox_option, selection, tell, told_waiting
from specbuild.diagnostic import Diagnostic

if TYPE_CHECKING:
    from specbuild.progress import Progress
    from specbuild.timings import Timings
    from specbuild.work.choice import BuildOptions
    from specbuild.work.load import Project


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
    timings: bool
    step: bool
    log_level: str | None
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
        1 if asked.step else asked.jobs,  # one question after the other
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
    if asked.dry_run and asked.timings:
        raise click.UsageError("--timings tells where a build's time went; leave --dry-run out")
    if asked.dry_run:
        return _plan(invocation, options, as_json=asked.as_json)
    if asked.log_level is not None:
        debug = invocation.debug or asked.log_level == "debug"
        invocation = invocation._replace(verbosity=-1 if asked.log_level == "quiet" else 0, debug=debug)
    return _build(invocation, options, asked)


def _build(invocation: Invocation, options: BuildOptions, asked: Asked) -> int:
    from specbuild.formats.text import diagnostics_text
    from specbuild.terminal.live import progress_for
    from specbuild.work.build import build
    from specbuild.work.watching import watching

    console = invocation.console()
    tell_once = once_teller(invocation)
    if options.sandbox == "none":
        hint = "leave the option out: the best sandbox that starts here is used"
        what = "generated code runs unprotected, as --sandbox=none asks for"
        tell_once([Diagnostic("SB851", what, hint=hint, severity="warning")])
    load_project = project_loader(invocation, options.select, noting=True)
    waiting = told_waiting(invocation)
    if asked.step:
        console.live = False  # a view that is drawn anew would wipe out what is asked
    with progress_for(console, diagnostics_text=diagnostics_text, clock=time.monotonic) as progress:
        above = progress.message if console.live else None
        overseer = watching(console, step=asked.step, log_level=asked.log_level or "", say_above=above)
        watched = _Watched(progress, load_project, waiting) if asked.timings else None
        if watched is not None:
            result = build(
                watched.load, options, watched.stopwatch, waiting=watched.waits, tell=tell_once, stop=overseer.stopped,
                overseer=overseer,
            )  # fmt: skip
        else:
            result = build(
                load_project, options, progress, waiting=waiting, tell=tell_once, stop=overseer.stopped,
                overseer=overseer,
            )  # fmt: skip
    if result.left is not None and result.project is not None:
        from specbuild.work.remember import remember  # only where nothing is left to do

        remember(result.project, result.left, result.standing)
    found = watched.timings() if watched is not None else None
    if asked.as_json:
        from specbuild.formats.json_text import json_text
        from specbuild.formats.run_json import run_json

        told = run_json(
            result.events, result.summary, notices=result.notices, exit_code=result.exit_code, timings=found
        )
        console.raw_result(json_text(told))
    elif found is not None:
        from specbuild.formats.timings_text import timings_text

        console.message(timings_text(found), level=-1)
    return result.exit_code


class _Watched:
    """The parts of a build that tell a stopwatch how far it is."""

    def __init__(self, progress: Progress, load: Callable[[], Project], waiting: Callable[[str], None]) -> None:
        from specbuild.timings import Stopwatch

        self.stopwatch = Stopwatch(progress, clock=time.monotonic)
        self._load = load
        self._waiting = waiting
        self._processor_s = _processor_s()

    def load(self) -> Project:
        """Read the project."""
        self.stopwatch.enters("reading")
        try:
            return self._load()
        finally:
            self.stopwatch.enters("planning")

    def waits(self, text: str) -> None:
        """Say that another process holds the project."""
        self.stopwatch.enters("waiting")
        self._waiting(text)

    def timings(self) -> Timings:
        """Return where the time went."""
        return self.stopwatch.timings(processor_s=_processor_s() - self._processor_s)


def _processor_s() -> float:
    return sum(os.times()[:4])


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
    click.option("--timings", is_flag=True, help="Say in the end where the time went."),
    click.option("--step", is_flag=True, help="Show each action of an agent before it is done, and ask."),
    click.option(
        "--log-level",
        type=click.Choice(["quiet", "normal", "debug"]),
        help="What is told of agents: nothing, their actions, or all that they read as well.",
    ),
    click.option("-n", "--dry-run", is_flag=True, help="Only say what would be done, as `plan` does."),
    json_option,
)
