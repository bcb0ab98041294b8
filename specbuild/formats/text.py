"""Values as text for people: diagnostics as error, cause and hint; tables. Spans with styles, no escape code."""

from collections.abc import Callable, Iterable, Sequence

from specbuild.diagnostic import Diagnostic, Place
from specbuild.styled_text import Span, Style
from specbuild.text_safety import printable

SourceLine = Callable[[Place], str | None]
"""Gives the source line at a place without its end, None where there is none."""
EXCERPT_WIDTH = 100
"""So many characters of a source line are shown at most, around the column."""


def diagnostics_text(diagnostics: Iterable[Diagnostic], source_line: SourceLine = lambda place: None) -> list[Span]:
    """Return all diagnostics, each followed by a line feed; several are set apart by an empty line."""
    spans: list[Span] = []
    for diagnostic in diagnostics:
        if spans:
            spans.append(Span("\n"))
        spans += diagnostic_text(diagnostic, source_line)
    return spans


def diagnostic_text(diagnostic: Diagnostic, source_line: SourceLine = lambda place: None) -> list[Span]:
    """Return one diagnostic over several lines: what and where, the source line, why, what to do.

    The first line is `file:line:column: severity CODE: message`, which editors and CI systems understand.
    """
    style: Style = diagnostic.severity
    spans = [Span(f"{diagnostic.place}", "place"), Span(": ")] if diagnostic.place else []
    spans += [Span(diagnostic.severity, style), Span(f" {diagnostic.code}", "faint")]
    spans += [Span(": "), Span(_hanging(diagnostic.message, "  "), "strong"), Span("\n")]
    if diagnostic.place:
        spans += _excerpt(diagnostic.place, source_line(diagnostic.place), style)
    for place in diagnostic.also:
        spans += [Span("  also", "faint"), Span(": "), Span(f"{place}", "place"), Span("\n")]
        spans += _excerpt(place, source_line(place), "note")
    if diagnostic.why:
        spans += [Span("  why", "faint"), Span(f": {_hanging(diagnostic.why, '       ')}\n")]
    if diagnostic.hint:
        spans += [Span("  hint", "good"), Span(f": {_hanging(diagnostic.hint, '        ')}\n")]
    return spans


def table_text(rows: Sequence[Sequence[str | Span]], *, gap: str = "  ") -> list[Span]:
    """Return rows with aligned columns, each ending in a line feed. No cell is shortened: an id is there to be copied.

    A column of numbers (digits, signs, "?", "–") is aligned to the right. Rows may have different lengths.
    """
    cells = [[_cell(cell) for cell in row] for row in rows]
    columns = max((len(row) for row in cells), default=0)
    widths = [max((display_width(row[at].text) for row in cells if at < len(row)), default=0) for at in range(columns)]
    below = [[row[at].text for row in cells[1:] if at < len(row)] for at in range(columns)]
    is_of_numbers = [bool(texts) and all(map(_is_number, texts)) for texts in below]
    spans: list[Span] = []
    for row in cells:
        last = max((at for at, cell in enumerate(row) if cell.text), default=-1)
        for at, cell in enumerate(row[: last + 1]):
            padding = " " * (widths[at] - display_width(cell.text))
            if is_of_numbers[at]:
                spans += [Span(padding), cell]
            else:
                spans += [cell, Span(padding if at < last else "")]
            if at < last:
                spans.append(Span(gap))
        spans.append(Span("\n"))
    return [span for span in spans if span.text]


def display_width(text: str) -> int:
    """Return the terminal cells that the text takes (Unicode TR 11: wide and full-width count two, marks none)."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # only text beyond ASCII pays for it

    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def _cell(cell: str | Span) -> Span:
    span = cell if isinstance(cell, Span) else Span(cell)
    return span._replace(text=printable(span.text, keep_newlines=False))  # a cell can't forge another row


def _hanging(text: str, indent: str) -> str:
    return text.rstrip("\n").replace("\n", "\n" + indent)


def _excerpt(place: Place, line: str | None, style: Style) -> list[Span]:
    if line is None or not line.strip():
        return []
    line = line.replace("\t", " ")
    column = min(max(place.column, 1), len(line) + 1)
    begin = max(0, min(column - 1 - EXCERPT_WIDTH // 2, len(line) - EXCERPT_WIDTH))
    shown = line[begin : begin + EXCERPT_WIDTH]
    number = f"{place.line}"
    spans = [Span(f"  {number} | ", "faint"), Span(f"{shown.rstrip()}\n")]
    if place.column:
        before = display_width(line[begin : column - 1])
        spans += [Span(f"  {' ' * len(number)} | ", "faint"), Span(" " * before), Span("^", style), Span("\n")]
    return spans


def _is_number(text: str) -> bool:
    return not text.strip("0123456789.,+-–?% ")
