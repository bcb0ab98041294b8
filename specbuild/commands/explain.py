"""`specbuild explain CODE`: what a diagnostic's code means, why it is so, and what to do."""

import click

from specbuild import exit_codes
from specbuild.codes import CODES, Code
from specbuild.commands.invocation import Invocation, json_option
from specbuild.styled_text import Span


@click.command()
@click.argument("code", required=False)
@json_option
@click.pass_obj
def command(invocation: Invocation, code: str | None, as_json: bool) -> int:
    """Tell more about a diagnostic's CODE (as SB203); without one, list all codes; SB84 lists those that begin so."""
    console = invocation.console()
    wanted = "SB" if code is None else _normal(code)
    rows = {name: row for name, row in sorted(CODES.items()) if wanted.startswith("SB") and name.startswith(wanted)}
    if not rows:
        console.message([Span("error", "error"), Span(f": there is no code {code!r}{_near(wanted)}\n")], level=-1)
        return exit_codes.USAGE
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text({name: row._asdict() for name, row in rows.items()}))
    elif wanted in CODES:
        console.result(_page(wanted, CODES[wanted]))
    else:
        from specbuild.formats.text import table_text

        console.result(table_text([(Span(name, "strong"), row.title) for name, row in rows.items()]))
    return exit_codes.SUCCESS


def _normal(code: str) -> str:
    code = code.strip().upper()
    return f"SB{code}" if code.isdigit() else code


def _near(code: str) -> str:
    from specbuild.nearest import nearest  # only a mistake pays for it

    near = nearest(code, CODES)
    return f"; did you mean {near}?" if near else "; `specbuild explain` lists all"


def _page(name: str, row: Code) -> list[Span]:
    import textwrap

    return [Span(name, "strong"), Span(f": {row.title}\n\n"), Span(textwrap.fill(row.explanation, 88) + "\n")]
