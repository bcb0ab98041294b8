"""Characters that a reader can't see or that a terminal obeys: found in generated code, made visible in messages.

In goes text from anywhere (a model, a file, a server); out comes text that is safe to print, or the places of faults.
The table is written out, so the answer is the same under every Python, whatever Unicode version that one knows.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

FaultKind = Literal["nul", "escape", "control", "bidi", "bom", "invisible", "surrogate", "noncharacter"]


class TextFault(NamedTuple):
    """One faulty `character` of a text, at a 1-based line and column, both counted in characters (lines end at LF)."""

    kind: FaultKind
    line: int
    column: int
    character: str


def printable(text: str, *, keep_newlines: bool = True) -> str:
    r"""Return `text` with every character that a terminal obeys or a reader can't see written as `\x1b`, `\u202e`, ….

    What a terminal shows as it is stays, among it joiners that belong to their neighbours (see `text_faults`) and, with
    `keep_newlines`, TAB and LF. Without it they become `\t` and `\n`: the result is one line. A backslash stays single:
    this is for reading, not for reading back.
    """
    pieces: list[str] = []
    done = 0
    for at, _ in _places(text, tabs_and_newlines=not keep_newlines):
        pieces += (text[done:at], _escaped(text[at]))
        done = at + 1
    pieces.append(text[done:])
    return "".join(pieces)


def text_faults(text: str) -> tuple[TextFault, ...]:
    """Return the faults of a generated text, in order; the empty tuple for a text that shows all that it holds.

    TAB, LF and CR before LF are fine; a lone CR is a `control`. A byte order mark is `bom` at the start of the text and
    `invisible` elsewhere. Joiners (U+200C, U+200D) are fine between two visible characters outside ASCII, as Persian
    words and emoji families need them, and so is one variation selector after such a character or in a keycap; next to
    ASCII, where they could hide in a name, doubled, or at an end they are `invisible`. Tag characters always are.
    Source of the bidi kind: CVE-2021-42574, Unicode TR 36 section 2.
    """
    faults: list[TextFault] = []
    line, line_start, seen = 1, 0, 0
    for at, kind in _places(text, tabs_and_newlines=False):
        newlines = text.count("\n", seen, at)
        if newlines:
            line, line_start = line + newlines, text.rindex("\n", seen, at) + 1
        seen = at
        if not (text[at] == "\r" and text[at + 1 : at + 2] == "\n"):
            faults.append(TextFault(kind, line, at - line_start + 1, text[at]))
    return tuple(faults)


def hidden_kind(character: str) -> FaultKind | None:
    """Return what makes one character unfit to be shown, or None if it is seen as it is. TAB, LF, CR: `control`."""
    point = ord(character)
    row = bisect_right(_FIRSTS, point) - 1
    if row >= 0 and point <= _HIDDEN[row][1]:
        return _HIDDEN[row][2]
    if point & 0xFFFE == 0xFFFE:  # the last two of every plane
        return "noncharacter"
    return None


_HIDDEN: tuple[tuple[int, int, FaultKind], ...] = (
    (0x00, 0x00, "nul"),
    (0x01, 0x1A, "control"),
    (0x1B, 0x1B, "escape"),
    (0x1C, 0x1F, "control"),
    (0x7F, 0x8F, "control"),
    (0x90, 0x90, "escape"),  # DCS; with the next rows: sequences of ECMA-48 that one C1 character begins
    (0x91, 0x97, "control"),
    (0x98, 0x98, "escape"),  # SOS
    (0x99, 0x9A, "control"),
    (0x9B, 0x9F, "escape"),  # CSI, ST, OSC, PM, APC
    (0xAD, 0xAD, "invisible"),  # soft hyphen
    (0x34F, 0x34F, "invisible"),  # combining grapheme joiner
    (0x61C, 0x61C, "bidi"),
    (0x115F, 0x1160, "invisible"),  # Hangul fillers: letters that are blank
    (0x17B4, 0x17B5, "invisible"),
    (0x180B, 0x180F, "invisible"),
    (0x200B, 0x200D, "invisible"),  # zero width space, non-joiner, joiner
    (0x200E, 0x200F, "bidi"),
    (0x2028, 0x2029, "control"),  # line and paragraph separator: JavaScript before 2019 ends a line there
    (0x202A, 0x202E, "bidi"),
    (0x2060, 0x2065, "invisible"),
    (0x2066, 0x2069, "bidi"),
    (0x206A, 0x206F, "invisible"),
    (0x2800, 0x2800, "invisible"),  # blank Braille pattern
    (0x3164, 0x3164, "invisible"),  # Hangul filler
    (0xD800, 0xDFFF, "surrogate"),
    (0xFDD0, 0xFDEF, "noncharacter"),
    (0xFE00, 0xFE0F, "invisible"),  # variation selectors
    (0xFEFF, 0xFEFF, "invisible"),  # byte order mark
    (0xFFA0, 0xFFA0, "invisible"),  # half-width Hangul filler
    (0xFFF0, 0xFFFB, "invisible"),
    (0x1BCA0, 0x1BCA3, "invisible"),
    (0x1D173, 0x1D17A, "invisible"),
    (0xE0000, 0xE0FFF, "invisible"),  # tags, variation selectors: what "ASCII smuggling" uses
)
_FIRSTS = [first for first, _, _ in _HIDDEN]
_JOINERS = "\u200c\u200d"
_KEYCAP = "\u20e3"


def _places(text: str, *, tabs_and_newlines: bool) -> Iterator[tuple[int, FaultKind]]:
    """Yield places and kinds of hidden characters; joiners and selectors in their right context are none."""
    for found in _hidden_pattern().finditer(text):
        at, character = found.start(), found[0]
        if character in "\t\n":
            if tabs_and_newlines:
                yield at, "control"
        elif character == "\ufeff" and at == 0:
            yield at, "bom"
        elif not _belongs(text, at):
            kind = hidden_kind(character)
            if kind is not None:
                yield at, kind


@cache
def _hidden_pattern() -> re.Pattern[str]:
    """One character class of all hidden characters; compiled on the first use, not by an import."""
    ranges = [(first, last) for first, last, _ in _HIDDEN]
    ranges += [(plane << 16 | 0xFFFE, plane << 16 | 0xFFFF) for plane in range(17)]
    return re.compile("[" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges) + "]")


def _belongs(text: str, at: int) -> bool:
    """Whether the joiner or variation selector at `at` belongs to visible characters around it."""
    character = text[at]
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return _visible_beyond_ascii(before) or (before != "" and before in "0123456789#*" and after == _KEYCAP)
    if character not in _JOINERS:
        return False
    if "\ufe00" <= before <= "\ufe0f":  # an emoji, its selector, the joiner
        before = text[at - 2] if at >= 2 else ""
    return _visible_beyond_ascii(before) and _visible_beyond_ascii(after)


def _visible_beyond_ascii(character: str) -> bool:
    return character > "\x7f" and hidden_kind(character) is None


def _escaped(character: str) -> str:
    if character in "\t\n\r":
        return {"\t": "\\t", "\n": "\\n", "\r": "\\r"}[character]
    point = ord(character)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"
