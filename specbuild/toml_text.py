"""A TOML file as a value: bytes in, values with the place of each key out, or one diagnostic.

Every TOML file goes through here, a stranger's too: size, depth and number of entries are bounded before the parser
sees the text. tomli decides what is TOML; the scan before it finds places and keeps the bounds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import tomli

from specbuild.diagnostic import Diagnostic, Place
from specbuild.text_safety import printable
from specbuild.toml_places import EXCESS, EXCESS_HINT, KeyPath, Scan

MAX_BYTES = 256 << 10
"""A larger file is refused (tomli can take 0.2 s for a MiB). Who reads a disk reads at most one byte more than this."""


@dataclass(frozen=True, slots=True)
class TomlDocument:
    """A file that is valid TOML.

    `values` is what tomli made of `text`: strings, whole numbers, floats, booleans, dates, times, lists and tables.
    `text` is the file with the byte order mark dropped and CRLF as LF. A name in `places` is placed at its first
    character, a table without a header of its own where it is first mentioned, an array's item at its value.
    """

    values: Mapping[str, object]
    places: Mapping[KeyPath, Place]
    text: str


def read_toml(raw: bytes, path: str) -> TomlDocument | Diagnostic:
    """Return the TOML file `raw`, named `path` in messages, or the one diagnostic that says why it can't be read."""
    text = _text_of(raw, path)
    if isinstance(text, Diagnostic):
        return text
    scan = Scan(text)
    scan.run()
    if scan.excess is not None:
        return _diagnostic(scan.excess, EXCESS[scan.excess], text, path, scan.position, hint=EXCESS_HINT)
    # Where the scan stopped it has bounded nothing of what follows, so tomli must not see that either.
    seen = text[: _line_end(text, scan.position)]
    try:
        values: dict[str, object] = tomli.loads(seen)
    except tomli.TOMLDecodeError as error:
        return _syntax_fault(error.msg, min(error.pos, len(seen)), scan, path)
    except (ValueError, RecursionError) as error:  # no text within the bounds is known to bring one
        return Diagnostic("SB106", f"not valid TOML: {error}", Place(path, 1, 1))
    if scan.position < len(text):
        return _syntax_fault("Unexpected character", scan.position, scan, path)
    return TomlDocument(values, _places(scan.offsets, text, path), text)


# -- bytes to text ----------------------------------------------------------------------------------------------------

_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
"""No TOML file holds these anywhere (TOML 1.0, Comment and String; a CR without its LF is one of them)."""


def _text_of(raw: bytes, path: str) -> str | Diagnostic:
    if len(raw) > MAX_BYTES:
        message = f"the file is too large: {len(raw):,} bytes, at most {MAX_BYTES:,} are read"
        hint = "move long texts to files of their own and name them in `context` of [build]"
        return Diagnostic("SB103", message, Place(path), hint=hint)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = "the file is UTF-16 or UTF-32, not UTF-8"
        return Diagnostic("SB101", message, Place(path, 1, 1), hint="save it as UTF-8")
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
        message = f"the file is not UTF-8: byte 0x{raw[error.start]:02X} can't stand here"
        return _diagnostic("SB101", message, before, path, len(before), hint="save it as UTF-8")
    forbidden = _FORBIDDEN.search(text)
    if forbidden is None:
        return text
    number = ord(forbidden.group())
    hint = f"in a string in double quotes, write it as \\u{number:04x}"
    if number == 0:
        hint = "a NUL is found in binary files and in UTF-16; save the file as UTF-8 text"
    elif number == 13:
        hint = "end lines with LF or CRLF"
    message = f"the control character U+{number:04X} can't stand in a TOML file"
    return _diagnostic("SB102", message, text, path, forbidden.start(), hint=hint)


def _places(offsets: Mapping[KeyPath, int], text: str, path: str) -> dict[KeyPath, Place]:
    # The scan meets names in the order of the text, so lines are counted once.
    places = {}
    line, counted = 1, 0
    for key, offset in offsets.items():
        line += text.count("\n", counted, offset)
        counted = offset
        places[key] = Place(path, line, offset - text.rfind("\n", 0, offset))
    return places


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end


# -- faults -----------------------------------------------------------------------------------------------------------


_SYNTAX_HINTS = {
    "Invalid value": "text stands in quotes",
    "Invalid statement": "a line is `name = value` or `[table]`; other characters than A-Z a-z 0-9 _ - are quoted",
    "Invalid initial character for a key part": "a name with other characters than A-Z a-z 0-9 _ - is quoted",
    "Expected '=' after a key in a key/value pair": "a line is `name = value`; a name with blanks is quoted",
    "Expected newline or end of document after a statement": "each name stands on a line of its own",
    "Unclosed array": "a comma stands between the items, a `]` after the last",
    "Unclosed inline table": "a comma stands between the keys, a `}` after the last",
    "Unescaped '\\' in a string": "write the backslash twice, or the string in single quotes",
}


def _syntax_fault(message: str, offset: int, scan: Scan, path: str) -> Diagnostic:
    """Tell what tomli, or the scan, found at `offset`; better where the scan knows more."""
    text = scan.text
    if scan.position <= offset and text[scan.position : scan.position + 1] in ('"', "'"):
        hint = "close it with the same quotes; text of several lines stands in three quotes"
        return _diagnostic("SB107", "the string that begins here has no end", text, path, scan.position, hint=hint)
    # tomli's position is behind the value that it refuses, or behind the name in a header.
    if message.startswith(("Cannot", "Duplicate")) and offset in scan.ends:
        key = scan.ends[offset]
        start = scan.latest[key]
        earlier = [scan.offsets[key[:length]] for length in range(len(key), 0, -1)]
        also = tuple(_place(text, path, one) for one in earlier if one < start)[:1]
        told = f"`{_shown(key)}` is already there"
        return Diagnostic("SB108", told, _place(text, path, start), hint="remove one of the two", also=also)
    hint = _SYNTAX_HINTS.get(message, "")
    return _diagnostic("SB106", f"not valid TOML: {message[0].lower()}{message[1:]}", text, path, offset, hint=hint)


def _diagnostic(code: str, message: str, text: str, path: str, offset: int, *, hint: str = "") -> Diagnostic:
    return Diagnostic(code, message, _place(text, path, offset), hint=hint)


def _place(text: str, path: str, offset: int) -> Place:
    return Place(path, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def _shown(key: KeyPath) -> str:
    name = ".".join(str(part) for part in key)
    return printable(name if len(name) <= 60 else name[:59] + "…", keep_newlines=False)
