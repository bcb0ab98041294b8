"""Diagnostics with one line each, for editors and for `grep`: `file:line:column: severity CODE: message`."""

from collections.abc import Iterable

from specbuild.diagnostic import Diagnostic


def concise_text(diagnostics: Iterable[Diagnostic]) -> str:
    """Return one line for each diagnostic; why and hint are left out, line feeds in a message become spaces."""
    return "".join(_line(diagnostic) for diagnostic in diagnostics)


def _line(diagnostic: Diagnostic) -> str:
    where = f"{diagnostic.place}: " if diagnostic.place else ""
    return f"{where}{diagnostic.severity} {diagnostic.code}: {' '.join(diagnostic.message.split())}\n"
