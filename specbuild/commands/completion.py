"""`specbuild completion`: the script that makes a shell complete commands, options, targets and selectors."""

import click

from specbuild.commands.invocation import Invocation

VARIABLE = "_SPECBUILD_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_obj
def command(invocation: Invocation, shell: str) -> None:
    """Print the completion script for SHELL: eval "$(specbuild completion bash)" in ~/.bashrc, the same with zsh in
    ~/.zshrc; specbuild completion fish > ~/.config/fish/completions/specbuild.fish."""
    from pathlib import Path

    from click.shell_completion import get_completion_class

    if shell == "bash":
        # Click's own parts words at colons, as bash does, and so could complete no `status:fresh`.
        text = (Path(__file__).parent.parent / "pages" / "completion.bash").read_text(encoding="utf-8")
    else:
        completer = get_completion_class(shell)
        assert completer is not None
        text = completer(click.Command("specbuild"), {}, "specbuild", VARIABLE).source()
        # What is offered may hold a comma, as parts of a selector do; click's script for fish would cut it there.
        text = text.replace('string split "," $', 'string split --max 1 "," $')
    invocation.console().raw_result(text)
