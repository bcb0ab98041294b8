"""What `build`, `regenerate` and `revise` share: options, the run with its progress, and the plan of `--dry-run`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import click

from specbuild import exit_codes
from specbuild.commands.invocation import AnyCommand, Invocation
from specbuild.commands.reading import once_teller, project_loader, sandbox_option, selection, tell, told_waiting
from specbuild.commands.reporting import Format, Report, format_of, format_options, reported
from specbuild.diagnostic import Diagnostic

if TYPE_CHECKING:
    from specbuild.progress import Progress
    from specbuild.timings import Timings
    from specbuild.work.build import BuildResult
    from specbuild.work.choice import BuildOptions
    from specbuild.work.load import Project
    from specbuild.work.planning import Planned


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
    output_format: Format = "text"
    events: str | None = None


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
    watching: bool = False,
) -> int:
    """Build, or plan under `--dry-run`, or build again and again where `watching`; return the exit code. Raises
    DiagnosticError and click.UsageError."""
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
    if asked.dry_run and asked.events is not None:
        raise click.UsageError("--events tells what a build does; leave --dry-run out")
    if asked.dry_run and watching:
        raise click.UsageError("--watch builds; leave --dry-run out")
    if asked.dry_run:
        return _plan(invocation, options, format_of(asked.output_format, asked.as_json))
    if asked.log_level is not None:
        debug = invocation.debug or asked.log_level == "debug"
        invocation = invocation._replace(verbosity=-1 if asked.log_level == "quiet" else 0, debug=debug)
    wanted = format_of(asked.output_format, asked.as_json)
    if watching:
        if wanted != "text" or asked.timings or asked.step or asked.events is not None:
            raise click.UsageError("--watch tells each round in a line; leave out what tells of one build")
        from specbuild.commands.watch import watch

        return watch(invocation, options, lambda quiet, left: _build(quiet, left, asked)[0])
    if wanted == "text":
        result, found = _build(invocation, options, asked)
        if found is not None:
            from specbuild.formats.timings_text import timings_text

            invocation.console().message(timings_text(found), level=-1)
        return result.exit_code
    return reported(
        invocation, "build", wanted, lambda: _report(*_build(invocation, options, asked), good_too=wanted == "concise")
    )


def _report(result: BuildResult, timings: Timings | None, *, good_too: bool) -> Report:
    from specbuild.formats.annotation import of_diagnostics, of_events
    from specbuild.formats.run_json import run_json
    from specbuild.styled_text import plain_text
    from specbuild.terminal.lines import summary_line

    graph = result.project.graph if result.project is not None else None
    places = {one: target.spec.place("file.name") for one, target in graph.targets.items()} if graph else {}
    told = (*of_events(result.events, places, good_too=good_too), *of_diagnostics(result.notices))
    value = run_json(result.events, result.summary, notices=result.notices, exit_code=result.exit_code, timings=timings)
    return Report(result.exit_code, plain_text(summary_line(result.summary)).rstrip("\n"), told, value)


def _build(invocation: Invocation, options: BuildOptions, asked: Asked) -> tuple[BuildResult, Timings | None]:
    """Build with what shows it, and return how that went, and where the time went if that was asked."""
    from specbuild.commands.recounting import local_of, recounted
    from specbuild.formats.text import diagnostics_text
    from specbuild.terminal.live import progress_for
    from specbuild.work.build import build
    from specbuild.work.malloc import use_one_heap
    from specbuild.work.watching import watching

    use_one_heap()  # here, not where the threads begin: a program that uses the package has its own way with memory
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
    with (
        progress_for(console, diagnostics_text=diagnostics_text, clock=time.monotonic) as shown,
        recounted(shown, asked.events, invocation.directory, tell=tell_once) as run,
    ):
        progress = run.progress
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
        run.ended(result.exit_code, local_of(result.project) if result.project is not None else None)
    if result.left is not None and result.project is not None:
        from specbuild.work.remember import remember  # only where nothing is left to do

        remember(result.project, result.left, result.standing)
    return result, watched.timings() if watched is not None else None


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


def _plan(invocation: Invocation, options: BuildOptions, wanted: Format) -> int:
    if wanted != "text":
        return reported(invocation, "build", wanted, lambda: _plan_report(_planned(invocation, options)))
    from specbuild.formats.plan_text import plan_text

    invocation.console().result(plan_text(_planned(invocation, options).plan))
    return exit_codes.SUCCESS


def _planned(invocation: Invocation, options: BuildOptions) -> Planned:
    from specbuild.work.pinned_models import models_that_stay
    from specbuild.work.planning import plan_project

    planned = plan_project(project_loader(invocation, options.select)(), options=options, with_needs=True)
    tell(invocation, planned.opened.faults)
    for line in models_that_stay(planned.opened.project.personal, planned.steps.values(), wishes=planned.wishes):
        invocation.console().message(line + "\n")
    return planned


def _plan_report(planned: Planned) -> Report:
    from specbuild.formats.annotation import of_lines
    from specbuild.formats.plan_text import counts_text, plan_json
    from specbuild.styled_text import plain_text
    from specbuild.work.own import own_ids
    from specbuild.work.places import places_of

    own, places = own_ids(planned.opened.project), places_of(planned)
    told = of_lines(planned.plan.stale, places, severity="note", own=own)
    value = {**plan_json(planned.plan), "dry_run": True}
    return Report(exit_codes.SUCCESS, plain_text(counts_text(planned.plan)).rstrip("\n"), told, value)


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
    click.option(
        "--allow-secret", is_flag=True, help="Send prompts and commit replies that look like they hold a secret."
    ),
    sandbox_option,
    click.option("--timings", is_flag=True, help="Say in the end where the time went."),
    click.option("--step", is_flag=True, help="Show each action of an agent before it is done, and ask."),
    click.option(
        "--log-level",
        type=click.Choice(["quiet", "normal", "debug"]),
        help="What is told of agents: nothing, their actions, or all that they read as well.",
    ),
    click.option(
        "--events",
        type=click.Path(dir_okay=False),
        metavar="FILE",
        help="Write what happens to FILE as it happens, one JSON value a line.",
    ),
    click.option("-n", "--dry-run", is_flag=True, help="Only say what would be done, as `plan` does."),
    format_options,
)
