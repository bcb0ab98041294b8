"""The command line: a table of commands whose modules are imported only on use, and the one handler of what went wrong.

In: the arguments of a process. Out: its exit code. No command's work is known here.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, global_options

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from specbuild.terminal.console import Console


class Row(NamedTuple):
    """One command: its `name`, the `module` with the click command `command`, one line of help, and if it is daily."""

    name: str
    module: str
    help: str
    daily: bool = False


COMMANDS: tuple[Row, ...] = (
    Row("init", "specbuild.commands.init", "Make this folder a project.", daily=True),
    Row("new", "specbuild.commands.new", "Write a new spec to begin with.", daily=True),
    Row("build", "specbuild.commands.build", "Build what a change really affects.", daily=True),
    Row("plan", "specbuild.commands.plan", "Say what a build would do, why, and what it would cost.", daily=True),
    Row("status", "specbuild.commands.status", "Show the state of every target.", daily=True),
    Row("check", "specbuild.commands.check", "Compare outputs with specs: the gate for commits and CI.", daily=True),
    Row("why", "specbuild.commands.why", "Say why a target is stale, with old and new values.", daily=True),
    Row("accept", "specbuild.commands.accept", "Take a file as it stands, an edit or one no build made.", daily=True),
    Row("diff", "specbuild.commands.diff", "Show how outputs differ from what was built."),
    Row("prompt", "specbuild.commands.prompt", "Print the request that a model would see."),
    Row("graph", "specbuild.commands.graph", "Show which targets need which: a tree, DOT, mermaid, JSON."),
    Row("log", "specbuild.commands.log", "Show how a target came to be what it is: its generations."),
    Row("report", "specbuild.commands.report", "Write one HTML page with all that is known of the targets."),
    Row("regenerate", "specbuild.commands.regenerate", "Ask the model for another answer."),
    Row("revise", "specbuild.commands.revise", "Change the present text where its spec has changed, and no more."),
    Row("upgrade", "specbuild.commands.upgrade", "Move to the newest edition of templates and wordings."),
    Row("touch", "specbuild.commands.touch", "Carry outputs over an edit of wording, without a call."),
    Row("transcript", "specbuild.commands.transcript", "Show what an agent did, step by step."),
    Row("agent", "specbuild.commands.agent", "Make a program from a goal: a drafted spec first, then an agent builds."),
    Row("replay", "specbuild.commands.replay", "Write outputs again from committed replies, and nothing else."),
    Row("verify", "specbuild.commands.verify", "Run the checks on outputs as they are."),
    Row("review", "specbuild.commands.review", "Have outputs reviewed against their specs, by rules and by a model."),
    Row("run", "specbuild.commands.run", "Run a built program in the sandbox."),
    Row("reproduce", "specbuild.commands.reproduce", "Build all again elsewhere, offline, and compare every byte."),
    Row("iterate", "specbuild.commands.iterate", "Build modules of the project itself, and keep that as an iteration."),
    Row("history", "specbuild.commands.history", "Look at a package's own iterations, and rebuild each."),
    Row("lock", "specbuild.commands.lock", "Look at the lock, or settle it after a merge."),
    Row("cache", "specbuild.commands.cache", "Look at kept replies, mend, thin out or hand over what is kept."),
    Row("clean", "specbuild.commands.clean", "Remove outputs that committed replies can restore."),
    Row("prune", "specbuild.commands.prune", "Remove what no spec claims any more."),
    Row("lint", "specbuild.commands.lint", "Check the specs alone."),
    Row("instructions", "specbuild.commands.instructions", "Print a page for a coding assistant."),
    Row("guard", "specbuild.commands.guard", "Say if a file may be edited by hand: the answer to an assistant's hook."),
    Row("schema", "specbuild.commands.schema", "Print JSON Schemas of specs, configuration and lock."),
    Row("explain", "specbuild.commands.explain", "Tell more about a diagnostic's code."),
    Row("doctor", "specbuild.commands.doctor", "Check what this machine and project have and lack."),
    Row("completion", "specbuild.commands.completion", "Print the script by which a shell completes."),
    Row("doit", "specbuild.commands.doit", "Hand the arguments to doit, with this project's tasks."),
)
"""The one list of commands; the eight daily ones stand first and are the first help page."""


CIRCLES_AFTER = 20_000
"""So many new objects, more than were let go of, make Python look for circles."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code, one of `exit_codes`. No exception leaves it."""
    # Nearly nothing that a run makes lies in circles: looking for them as often as Python does is a tenth of its time.
    gc.set_threshold(CIRCLES_AFTER, 20, 50)
    asked = _asked(arguments)
    start = _working_folder()
    try:
        code = _root().main(args=list(arguments), prog_name="specbuild", standalone_mode=False)
        return code if isinstance(code, int) and not isinstance(code, bool) else exit_codes.SUCCESS
    except KeyboardInterrupt:
        return _interrupted(asked.console())
    except click.Abort as stop:
        unanswered = isinstance(stop.__cause__, EOFError)
        return _unanswered(asked.console()) if unanswered else _interrupted(asked.console())
    except click.ClickException as fault:
        return _usage_error(fault, asked.console())
    except SystemExit as stop:  # click leaves so when the reader of its help page has gone
        return stop.code if isinstance(stop.code, int) and stop.code != 1 else exit_codes.SUCCESS
    except Exception as fault:
        return _fault(fault, asked.console(), debug=asked.debug)
    finally:
        if start:
            with contextlib.suppress(OSError):
                os.chdir(start)


class LazyGroup(click.Group):
    """All commands of the table. Help pages come from the table: only the command that runs is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, in the order of the table."""
        return [row.name for row in COMMANDS] + ["help"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command, with the global options added; None if the table has no such name."""
        if cmd_name == "help":
            return _help_command()
        row = next((row for row in COMMANDS if row.name == cmd_name), None)
        if row is None:
            return None
        command = importlib.import_module(row.module).command
        assert isinstance(command, click.Command)
        command.name = row.name
        command.help = command.help or row.help
        taken = {option for parameter in command.params for option in parameter.opts}
        command.params.extend(option for option in global_options() if not taken.intersection(option.opts))
        if ctx.resilient_parsing:  # a shell asks what may stand next
            from specbuild.commands.completing import with_selectors

            return with_selectors(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands and options that `incomplete` may become; of the commands no module is imported."""
        from click.shell_completion import CompletionItem

        rows = [row for row in COMMANDS if row.name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [CompletionItem(row.name, help=row.help) for row in rows] + options

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments. `--help --all`, in either order, is the long help page."""
        if "--all" in args and set(args) <= {"--all", "--help", "-h"}:
            click.echo(_help_page(ctx, all_commands=True))
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which name is near."""
        unknown = args[0] not in self.list_commands(ctx) and not args[0].startswith("-")
        if unknown and not ctx.resilient_parsing:
            _no_such_command(args[0], ctx)
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        """Return the first help page: the daily commands, and how to see all."""
        return _help_page(ctx, all_commands=False)


def _asked(arguments: Sequence[str]) -> Invocation:
    # What the handler of faults must know even when the arguments themselves are what is wrong.
    ours = list(arguments[: list(arguments).index("--")] if "--" in arguments else arguments)
    never = "--color=never" in ours or ("--color", "never") in pairwise(ours)
    return Invocation(debug="--debug" in ours, color="never" if never else "auto")


def _root() -> LazyGroup:
    return LazyGroup(
        name="specbuild",
        params=[*global_options(), _version_option()],
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "obj": Invocation()},
        no_args_is_help=True,
    )


def _version_option() -> click.Option:
    def show(context: click.Context, parameter: click.Parameter, given: bool) -> None:
        if given and not context.resilient_parsing:
            from specbuild import __version__

            click.echo(f"specbuild {__version__}")
            context.exit()

    return click.Option(
        ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=show, help="Print the version."
    )


def _help_page(context: click.Context, *, all_commands: bool) -> str:
    formatter = context.make_formatter()
    formatter.write_usage("specbuild", "[OPTIONS] COMMAND [ARGS]...")
    formatter.write_paragraph()
    formatter.write_text("make for specs: requirement files are the sources, a language model is the compiler.")
    rows = [row for row in COMMANDS if row.daily]
    with formatter.section("Every day"):
        formatter.write_dl([(row.name, row.help) for row in rows])
    if all_commands:
        others = [(row.name, row.help) for row in COMMANDS if not row.daily]
        with formatter.section("Now and then"):
            formatter.write_dl([*others, ("help", "Show a command's help page; help --all shows this one.")])
    with formatter.section("Options, before or after the command's name"):
        help_records = [parameter.get_help_record(context) for parameter in context.command.get_params(context)]
        formatter.write_dl([record for record in help_records if record])
    if all_commands:
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in exit_codes.EXIT_CODES.items()])
    else:
        formatter.write_paragraph()
        formatter.write_text("`specbuild help --all` shows all commands, `specbuild COMMAND --help` one of them.")
    return formatter.getvalue().rstrip("\n")


def _help_command() -> click.Command:
    @click.pass_context
    def show(context: click.Context, name: str | None, all_commands: bool) -> None:
        root = context.find_root()
        if name is None:
            click.echo(_help_page(root, all_commands=all_commands))
            return
        group = root.command
        assert isinstance(group, LazyGroup)
        command = group.get_command(root, name)
        if command is None:
            _no_such_command(name, context)
        with click.Context(command, info_name=name, parent=root) as inner:
            click.echo(command.get_help(inner))

    return click.Command(
        "help",
        callback=show,
        help="Show the help page of a command, or with --all every command.",
        params=[
            click.Argument(["name"], required=False),
            click.Option(["--all", "all_commands"], is_flag=True, help="Show every command and all exit codes."),
        ],
    )


_EXPECTED = {
    "import": "a requirement file is a spec as it stands: put it below specs/, then `specbuild build`",
    "watch": "`specbuild build --watch` builds again whenever a source changes",
}
"""What is done without a command of its own, by the name under which one looks for it."""


def _no_such_command(name: str, context: click.Context) -> NoReturn:
    from specbuild.nearest import nearest  # only a mistake pays for it

    near = nearest(name, [row.name for row in COMMANDS])
    other = f"did you mean `{near}`?" if near else "`specbuild help --all` shows all commands"
    hint = _EXPECTED.get(name, other)
    raise click.UsageError(f"there is no command `{name}`; {hint}", ctx=context.find_root())


def _usage_error(fault: click.ClickException, console: Console) -> int:
    if isinstance(fault, click.exceptions.NoArgsIsHelpError):
        click.echo(fault.format_message(), err=True)
        return exit_codes.USAGE
    from specbuild.styled_text import Span

    context = fault.ctx if isinstance(fault, click.UsageError) else None
    lines = [Span("error", "error"), Span(f": {' '.join(fault.format_message().split())}\n")]
    if context is not None:
        lines += [Span("  hint", "faint"), Span(f": `{context.command_path} --help` shows what it takes\n")]
    console.message(lines, level=-1)
    return exit_codes.USAGE


def _interrupted(console: Console) -> int:
    console.message("interrupted; everything finished is kept\n", level=-1)
    return exit_codes.INTERRUPTED


def _unanswered(console: Console) -> int:
    console.message("nobody answered the question: nothing was done\n", level=-1)
    console.message("  hint: where nobody is there to answer, --yes does\n", level=-1)
    return exit_codes.USAGE


def _fault(fault: Exception, console: Console, *, debug: bool) -> int:
    from specbuild.diagnostic import DiagnosticError

    if isinstance(fault, DiagnosticError):
        from specbuild.formats.text import diagnostics_text
        from specbuild.terminal.console import source_line

        console.message(diagnostics_text(fault.diagnostics, source_line), level=-1)
        if debug:
            console.message(_traceback(fault), level=-1)
        return fault.exit_code
    return _internal_error(fault, console, debug=debug)


def _internal_error(fault: Exception, console: Console, *, debug: bool) -> int:
    from specbuild.redaction import redacted
    from specbuild.styled_text import Span

    if debug:
        console.message(redacted(_traceback(fault), _secrets_of_environment()), level=-1)
    first = redacted(f"{type(fault).__name__}: {fault}".splitlines()[0], _secrets_of_environment())
    lines = [Span("internal error", "error"), Span(f": {first}\n")]
    if isinstance(fault, OSError):
        lines.append(Span("  The system refused. What was finished is kept; mend the cause and run it again.\n"))
    if not debug:
        lines.append(Span("  The same command with --debug shows where. If this is a fault of specbuild, please\n"))
        lines.append(Span("  report that text (secrets are left out of it) and what you did before.\n"))
    console.message(lines, level=-1)
    return exit_codes.INTERNAL


def _traceback(fault: BaseException) -> str:
    import traceback  # only a fault pays for it

    return "".join(traceback.format_exception(fault))


def _secrets_of_environment() -> tuple[str, ...]:
    return tuple(_secrets_among(os.environ.items()))


def _secrets_among(environment: Iterable[tuple[str, str]]) -> list[str]:
    ends = ("_KEY", "_TOKEN", "_SECRET", "PASSWORD")
    return [value for name, value in environment if name.upper().endswith(ends) and len(value) >= 6]


def _working_folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None  # it was removed under us: a command that needs it will say so
