"""Where every name and item of a TOML text stands: one pass before the parser, which tells no places.

Text in, offsets out, and a stop where the text passes a bound. Whether a text is TOML is tomli's to say, not ours.
"""

import re
from collections.abc import Mapping

import tomli

KeyPath = tuple[str | int, ...]
"""The way to a key or an item: names, and indexes from 0 for items of arrays and of arrays of tables."""

MAX_DEPTH = 32
"""Names and indexes in the longest way to a value; tomli's time grows with the square of a key's parts."""
MAX_ENTRIES = 5_000
"""Names in keys and headers, and values, in one file, together."""
MAX_NUMBER = 400
"""Characters of a number, a date or a boolean; Python itself refuses 4,301 digits (CVE-2020-10735)."""

EXCESS: Mapping[str, str] = {
    "SB104": f"nested too deeply: more than {MAX_DEPTH} levels of tables and arrays",
    "SB105": f"too many entries: more than {MAX_ENTRIES:,} names and values",
    "SB109": f"a number of more than {MAX_NUMBER} characters",
}
EXCESS_HINT = "a file that a person wrote stays far below this; split it, or write it more simply"
_BLANK = re.compile(r"[ \t\n]*+(?:#[^\n]*+[ \t\n]*+)*+")
_SPACE = re.compile(r"[ \t]*+")
_NAME = re.compile(r"""[ \t]*+([A-Za-z0-9_-]++|'[^'\n]*+'|"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+")[ \t]*+""")
_VALUE = re.compile(
    # Python before 3.11.5 is lost in a possessive group that can fail after its first step (gh-106052).
    r'"""[^"\\]*+(?:\\[\s\S][^"\\]*+)*+(?:"(?!"")[^"\\]*+(?:\\[\s\S][^"\\]*+)*+)*"{3,5}+'
    r"|'''[\s\S]*?''''{0,2}+"
    r'|"(?!"")[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
    r"|'(?!'')[^'\n]*+'"
    r"|\d{4}-\d\d-\d\d \d\d[0-9:.]*+(?:[zZ]|[+-][0-9:]*+)?"
    r"|[A-Za-z0-9+._:-]++"
)


class _Stop(Exception):
    """The scan can't or must not go on."""


class Scan:
    """One pass over the text that finds the offset of every name and item and keeps the bounds.

    On valid TOML it is exact; on anything else it stops (`position`) at the fault or passes over it, and tomli tells.
    Time is linear in the text: no expression reads a text in two ways, and the bounds end the pass (`excess`, a code).
    `offsets` has the first place of each path, `latest` the last one, `ends` the path of the value or header that ends
    at an offset: by these a name that is written twice is found.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.excess: str | None = None
        self.entries = 0
        self.offsets: dict[KeyPath, int] = {}
        self.latest: dict[KeyPath, int] = {}
        self.ends: dict[int, KeyPath] = {}
        self._lengths: dict[KeyPath, int] = {}

    def run(self) -> None:
        """Scan to the end of the text, or to the first character that no valid TOML has there."""
        table: KeyPath = ()
        try:
            while not self._at_end():
                if self.text.startswith("[", self.position):
                    table = self._header()
                else:
                    self._pair(table)
        except _Stop:
            pass

    def _at_end(self) -> bool:
        self.position = self._match(_BLANK).end()
        return self.position == len(self.text)

    def _header(self) -> KeyPath:
        brackets = 2 if self.text.startswith("[[", self.position) else 1
        self.position += brackets
        path = self._key(())
        self.ends[self.position] = path
        self._expect("]" * brackets)
        if brackets == 1:
            return path
        index = self._lengths.get(path, 0)
        self._lengths[path] = index + 1
        item = (*path, index)
        self.offsets[item] = self.latest[path]
        return item

    def _pair(self, table: KeyPath) -> None:
        path: KeyPath | None = self._named(table)
        # Open arrays and inline tables, innermost last; with each the index of its next item, -1 for an inline table.
        containers: list[tuple[KeyPath, int]] = []
        while path is not None:
            self._count(path)
            opener = self.text[self.position : self.position + 1]
            if opener in ("[", "{"):
                containers.append((path, 0 if opener == "[" else -1))
                self.position += 1
            else:
                value = self._match(_VALUE)
                if opener not in ("'", '"') and value.end() - value.start() > MAX_NUMBER:
                    self.excess = "SB109"
                    raise _Stop
                self.position = value.end()
                self.ends[self.position] = path
            path = self._next_in(containers)

    def _next_in(self, containers: list[tuple[KeyPath, int]]) -> KeyPath | None:
        """Go to the next value inside the open containers; None once all are closed."""
        while containers:
            path, index = containers[-1]
            if self._at_end():
                raise _Stop
            character = self.text[self.position]
            if character == ",":
                self.position += 1
            elif character == ("}" if index < 0 else "]"):
                self.position += 1
                self.ends[self.position] = path
                containers.pop()
            elif index < 0:
                return self._named(path)
            else:
                containers[-1] = (path, index + 1)
                item = (*path, index)
                self.offsets[item] = self.position
                return item
        return None

    def _named(self, table: KeyPath) -> KeyPath:
        path = self._key(table)
        self._expect("=")
        self.position = self._match(_SPACE).end()
        return path

    def _key(self, path: KeyPath) -> KeyPath:
        more = True
        while more:
            if path in self._lengths:
                path = (*path, self._lengths[path] - 1)
            name = self._match(_NAME)
            path = (*path, _unquoted(name.group(1)))
            self.offsets.setdefault(path, name.start(1))
            self.position = name.start(1)
            self._count(path)
            self.position = name.end()
            more = self.text.startswith(".", self.position)
            self.position += more
        self.latest[path] = name.start(1)
        return path

    def _match(self, expression: re.Pattern[str]) -> re.Match[str]:
        match = expression.match(self.text, self.position)
        if match is None:
            raise _Stop
        return match

    def _expect(self, text: str) -> None:
        if not self.text.startswith(text, self.position):
            raise _Stop
        self.position += len(text)

    def _count(self, path: KeyPath) -> None:
        self.entries += 1
        if len(path) > MAX_DEPTH or self.entries > MAX_ENTRIES:
            self.excess = "SB104" if len(path) > MAX_DEPTH else "SB105"
            raise _Stop


def _unquoted(name: str) -> str:
    if name[0] == "'":
        return name[1:-1]
    if "\\" not in name:
        return name.strip('"')
    try:
        # The parser's own reading of escapes; one quoted name with its length bounded by the file's.
        return str(tomli.loads(f"name = {name}")["name"])
    except tomli.TOMLDecodeError:
        raise _Stop from None
