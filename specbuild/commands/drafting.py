"""What `new --from` does: a plan with its price, the drafts, and, when a person agrees, the specs."""

import time
from collections.abc import Sequence
from pathlib import Path

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, agreed
from specbuild.commands.reading import project_loader
from specbuild.styled_text import Span
from specbuild.work.choice import BuildOptions
from specbuild.work.drafts import Drafted, Drafting, write_drafts


def draft(
    invocation: Invocation, files: Sequence[str], options: BuildOptions, *, yes: bool, dry_run: bool, as_json: bool
) -> int:
    """Draft specs for `files`, show them and write them; return the exit code. Raises DiagnosticError."""
    from specbuild.formats.plan_text import plan_json, plan_text
    from specbuild.formats.text import diagnostics_text
    from specbuild.terminal.live import progress_for

    if as_json and not (dry_run or yes):
        raise click.UsageError("--json prints the plan with --dry-run, and the drafts with --yes; give one of them")
    project = project_loader(invocation)()
    drafting = Drafting(project, files, options, here=Path(invocation.directory))
    plan = drafting.plan()
    console = invocation.console()
    if dry_run and as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(plan_json(plan)))
        return exit_codes.SUCCESS
    if not as_json:
        console.result(plan_text(plan))
    if dry_run:
        return exit_codes.SUCCESS
    if plan.calls.expected and not (yes or options.offline or agreed("Ask for the drafts?")):
        console.message("nothing was asked\n")
        return exit_codes.SUCCESS
    with progress_for(console, diagnostics_text=diagnostics_text, clock=time.monotonic) as progress:
        made = drafting.make(progress)
    if not as_json:
        for one in made.drafts:
            console.result(
                [Span(f"{one.path}", "strong"), Span(f" describes {one.source}:\n\n"), Span(f"{one.text}\n")]
            )
            if one.not_checked:
                console.message(f"{one.path}: its examples were {one.not_checked}\n")
    if made.exit_code == exit_codes.INTERRUPTED:
        console.message("nothing was written; the drafts that came are kept and cost nothing a second time\n")
    elif made.drafts and (yes or agreed(_question(made.drafts))):
        write_drafts(project.root, made.drafts, project)
        for one in made.drafts:
            console.message(f"{one.path}: made\n")
        ids = " ".join(one.id for one in made.drafts)
        console.message(f"next: read them, then specbuild accept {ids}\n")
    elif made.drafts:
        console.message("nothing was written; the drafts are kept and cost nothing a second time\n")
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text([one._asdict() for one in made.drafts]))
    return made.exit_code


def _question(drafts: Sequence[Drafted]) -> str:
    return "Write this spec?" if len(drafts) == 1 else f"Write these {len(drafts)} specs?"
