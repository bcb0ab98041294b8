"""`specbuild doctor`: what this machine and this project have and lack."""

import os
from pathlib import Path

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, json_option


@click.command()
@click.option(
    "--call", is_flag=True, help="Ask each configured service too: two short questions, which may cost a little."
)
@click.option("--model", metavar="NAME", help="With --call: the model to ask for, whatever is configured or built.")
@json_option
@click.pass_obj
def command(invocation: Invocation, call: bool, model: str | None, as_json: bool) -> int:
    """Check what this machine and this project have and lack; exit 1 if something is missing.

    With --call each service is asked too: whether it answers, with which model, how fast, and whether streaming, stop
    sequences and tools work there. Nothing of the answers is kept.
    """
    from specbuild.formats.text import table_text
    from specbuild.styled_text import Span, Style
    from specbuild.work.doctor import examine

    findings = examine(Path(invocation.directory), os.environ)
    if call:
        from specbuild.work.doctor_call import call_configured

        findings = (*findings, *call_configured(Path(invocation.directory), os.environ, model=model))
    console = invocation.console()
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text([one._asdict() for one in findings]))
    else:
        styles: dict[str, Style] = {"good": "good", "note": "note", "missing": "error"}
        rows: list[list[str | Span]] = [
            [Span(one.state, styles[one.state]), one.what, f"{one.found}  → {one.mend}" if one.mend else one.found]
            for one in findings  # what is to be done stands right behind: a long finding would push a column away
        ]
        console.result(table_text(rows))
    return exit_codes.FINDING if any(one.state == "missing" for one in findings) else exit_codes.SUCCESS
