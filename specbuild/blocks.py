"""The blocks in which a model returns files (format edition 1): a reply's text to blocks, and files to such a text.

It knows neither which names a target declares nor what a finish reason is: `extraction` judges. A block begins and ends
with a whole line at column 0 that carries the request's own marker, and the text between is exact:

    === specbuild:0123456789ab file: NAME ===
    === specbuild:0123456789ab notes ===
    === specbuild:0123456789ab end ===
    === specbuild:0123456789ab end without newline ===

Tolerated, because models do it and nothing can be lost by it: spaces and tabs behind a block line or around NAME; prose
outside of blocks (a fence around everything is prose too); notes without an end line; a second end line behind one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from specbuild.canonical_json import digest

MARKER_LENGTH = 12
_TAIL = " ==="
_END = "end"
_END_WITHOUT_NEWLINE = "end without newline"
_NOTES = "notes"
_FILE = "file:"
# Control, bidirectional and invisible characters. A fixed list: what Python calls printable changes with its version.
_UNSAFE = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ud800-\\udfff\\ufeff"
    "\\ufff9-\\ufffb\\U000e0000-\\U000e0fff]"
)

FaultKind = Literal[
    "truncated", "empty", "refused", "wrong_names", "duplicate", "no_files", "ambiguous", "malformed", "omitted"
]


class Fault(NamedTuple):
    """Why a reply can't be used. `message` is whole sentences for people and models alike, frozen with the edition."""

    kind: FaultKind
    message: str


class FileBlock(NamedTuple):
    """One complete file block: the name as the model wrote it, and the exact text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Blocks:
    """What `parse_blocks` found, in the reply's order. `lines` counts the lines that begin like block lines."""

    files: tuple[FileBlock, ...] = ()
    notes: str | None = None
    faults: tuple[Fault, ...] = ()
    lines: int = 0


def parse_blocks(text: str, marker: str) -> Blocks:
    """Return the blocks of `text` whose lines carry `marker`; linear in the length of `text`.

    Lines end at "\\n" only. A file block without its end line is a fault "truncated"; a line that begins like a block
    line and is none, or an end line that ends nothing, is a fault "malformed". Names are left to the caller.
    """
    files: list[FileBlock] = []
    notes: list[str] = []
    faults: list[Fault] = []
    lines = 0
    opened: str | None = None  # what the open block's first line said; None: no block is open
    begin = 0  # where the open block's text begins; with no block open, where the last end line stopped
    after_end = False
    for start, stop, words in _block_lines(text, marker):
        lines += 1
        inner = text[begin:start]
        if words in (_END, _END_WITHOUT_NEWLINE):
            if opened is None:
                if not after_end or inner.strip():
                    faults.append(Fault("malformed", "An end line stands where no block is open."))
            else:
                exact = inner.removesuffix("\n") if words == _END_WITHOUT_NEWLINE else inner
                if opened == _NOTES:
                    notes.append(exact)
                else:
                    files.append(FileBlock(_name(opened), exact))
            opened, begin, after_end = None, stop, True
        elif words == _NOTES or (words.startswith(_FILE) and _name(words)):
            if opened == _NOTES:
                notes.append(inner)
            elif opened is not None:
                faults.append(_without_end(opened))
            opened, begin, after_end = words, stop, False
        else:
            line = excerpt(text[start:stop])
            faults.append(Fault("malformed", f'A line begins like a block line of this request but is none: "{line}".'))
    if opened == _NOTES:
        notes.append(text[begin:])
    elif opened is not None:
        faults.append(_without_end(opened))
    return Blocks(tuple(files), "\n".join(notes) if notes else None, tuple(faults), lines)


def render_blocks(files: Mapping[str, str], marker: str, notes: str | None = None) -> str:
    """Return the text that `parse_blocks` reads back as exactly `files` and `notes`.

    Raises ValueError if a name is empty, has a line break or outer spaces, or if a text has a block line of the marker.
    """
    opening = _opening(marker)
    parts = []
    blocks = [(f"{_FILE} {name}", text) for name, text in files.items()]
    if notes is not None:
        blocks.append((_NOTES, notes))
    for words, text in blocks:
        if words != _NOTES and (_name(words) != words[len(_FILE) + 1 :] or not _name(words) or "\n" in words):
            raise ValueError(f"not a name for a block: {words[len(_FILE) + 1 :]!r}")
        if f"\n{opening}" in f"\n{text}":
            raise ValueError(f"a text holds a block line of the marker {marker}: {words}")
        whole = not text or text.endswith("\n")
        end = _END if whole else _END_WITHOUT_NEWLINE
        parts += [f"{opening}{words}{_TAIL}\n", text, "" if whole else "\n", f"{opening}{end}{_TAIL}\n"]
    return "".join(parts)


def marker_of(messages_before_last_part: Sequence[str]) -> str:
    """Return the marker of a request: the first 12 hex digits of the SHA-256 of the canonical list of these texts.

    They end where the edition's last part begins, so the marker can stand in that part, and no spec can foresee it.
    """
    return digest(list(messages_before_last_part))[:MARKER_LENGTH]


def excerpt(text: str, limit: int = 80) -> str:
    """Return the beginning of `text` on one line, at most `limit` characters, unsafe ones written as escapes."""
    words = " ".join(text[: limit * 4].split())
    if len(words) > limit or len(text) > limit * 4:
        words = words[: limit - 1].rstrip() + "…"
    return _UNSAFE.sub(lambda found: ascii(found[0])[1:-1], words)


def _block_lines(text: str, marker: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, stop (behind the line break) and words of each block line; "" for words if the line is not whole."""
    opening = _opening(marker)
    start = 0 if text.startswith(opening) else text.find(f"\n{opening}") + 1
    while start or text.startswith(opening):
        line_break = text.find("\n", start)
        stop = len(text) if line_break < 0 else line_break + 1
        rest = text[start + len(opening) : stop].rstrip(" \t\n")
        yield start, stop, rest[: -len(_TAIL)] if rest.endswith(_TAIL) else ""
        start = text.find(f"\n{opening}", stop - 1) + 1
        if not start:
            return


def _opening(marker: str) -> str:
    return f"=== specbuild:{marker} "


def _name(words: str) -> str:
    return words[len(_FILE) :].strip(" \t")


def _without_end(words: str) -> Fault:
    return Fault("truncated", f'The block of the file "{excerpt(_name(words))}" has no end line.')
