"""Diagnostics as workflow commands, which GitHub shows beside the line they speak of."""

from collections.abc import Iterable

from specbuild.diagnostic import Diagnostic

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def github_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Return one workflow command for each diagnostic ("Workflow commands" in GitHub's documentation of Actions)."""
    return "".join(_command(diagnostic) for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties = {"title": f"specbuild {diagnostic.code}"}
    if diagnostic.place:
        properties["file"] = diagnostic.place.path
        if diagnostic.place.line:
            properties |= {"line": str(diagnostic.place.line), "col": str(diagnostic.place.column or 1)}
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    parts = [diagnostic.message, diagnostic.why, diagnostic.hint and f"hint: {diagnostic.hint}"]
    return f"::{_COMMANDS[diagnostic.severity]} {named}::{_message(chr(10).join(part for part in parts if part))}\n"


def _message(text: str) -> str:
    # The three characters that the runner reads as its own (actions/toolkit, command.ts).
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
