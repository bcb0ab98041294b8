"""Text on its way to a person: spans, each with a style that says what it *is*.

In: text from anywhere, also from models. Out: text that is safe for a terminal, with or without colours. Escape codes
that stood in the text are made visible here: the only ones that reach a terminal are this module's.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from specbuild.text_safety import printable

Style = Literal["plain", "strong", "faint", "error", "warning", "note", "good", "place", "code"]

_SGR: dict[Style, str] = {
    "plain": "",
    "strong": "1",
    "faint": "2",
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "good": "32",
    "place": "1",
    "code": "36",
}


class Span(NamedTuple):
    """A piece of text in one style. The text may hold anything; line feeds are kept."""

    text: str
    style: Style = "plain"


StyledText = Sequence[Span]


def plain_text(text: str | StyledText) -> str:
    """Return the text safe and without colours."""
    if isinstance(text, str):
        return printable(text)
    return "".join(printable(span.text) for span in text)


def terminal_text(text: str | StyledText) -> str:
    """Return the text safe and with colours, as SGR sequences of ECMA-48."""
    if isinstance(text, str):
        return printable(text)
    return "".join(_colored(span) for span in text)


def _colored(span: Span) -> str:
    code = _SGR[span.style]
    shown = printable(span.text)
    return f"\x1b[{code}m{shown}\x1b[0m" if code and shown else shown
