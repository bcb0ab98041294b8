"""One JSON text for one value, on every Python: what keys and hashes are computed over (FORMATS: Reply key).

Values in, text and digests out. Knows nothing of requests, specs or files.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import NewType, Union

Json = Union[None, bool, int, float, str, Sequence["Json"], Mapping[str, "Json"]]
Digest = NewType("Digest", str)
"""64 lower-case hex digits of a SHA-256."""
ShortDigest = NewType("ShortDigest", str)
"""The first 16 hex digits of a SHA-256."""

MAXIMUM_DEPTH = 200
"""Arrays and objects inside each other; more is refused, equally on every system, before a stack could end."""


class CanonicalError(ValueError):
    """A value that has no canonical form; the message names its path, as in `$.messages[0].content`."""


def canonical_json(value: Json) -> str:
    """Return the one JSON text of `value`.

    Keys are sorted by code point; there is no white space; every character stands for itself, but for the quotation
    mark, the backslash and U+0000 … U+001F, which are escaped in the shortest way JSON has (`\\n`, else `\\u001f`,
    lower case). Integers are exact at any size. A float that is whole and below 2^53 in magnitude is written as that
    integer (-0.0 as 0); any other in the fewest digits that read back as the same float, in the form of Python's
    `repr`: positional (`0.0001`, `9007199254740992.0`) while the decimal exponent is -4 … 15, else with it (`1e-05`,
    `1.5e+16`). True and 1 have different texts.

    Raises CanonicalError, which names the path, for NaN, infinities, lone surrogates, keys that are no strings, arrays
    and objects more than MAXIMUM_DEPTH deep, and values of any other type (dates, bytes, sets).
    """
    return _text(value, None, 0)


def digest(value: Json) -> Digest:
    """Return the SHA-256 of the canonical JSON of `value`, 64 lower-case hex digits. Raises CanonicalError."""
    return bytes_digest(canonical_json(value).encode())


def short_digest(value: Json) -> ShortDigest:
    """Return the first 16 hex digits of `digest(value)`. Raises CanonicalError."""
    return ShortDigest(digest(value)[:16])


def text_digest(text: str) -> Digest:
    """Return the SHA-256 of the text itself in UTF-8. Raises CanonicalError if it holds a lone surrogate."""
    try:
        return bytes_digest(text.encode())
    except UnicodeEncodeError as error:
        raise CanonicalError(f"$: lone surrogate U+{ord(text[error.start]):04X} at character {error.start}") from None


def bytes_digest(content: bytes) -> Digest:
    """Return the SHA-256 of the bytes, 64 lower-case hex digits."""
    return Digest(hashlib.sha256(content).hexdigest())


_Path = Union[None, tuple["_Path", str | int]]
"""Where in the value we are, linked from the inside out: written only when something is wrong."""
_quoted = json.encoder.encode_basestring
_CHUNK = 10**500
_CHUNK_DIGITS = 500


def _text(value: Json, path: _Path, depth: int) -> str:
    if isinstance(value, str):
        return _string(value, path)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _float(value, path)
    if depth == MAXIMUM_DEPTH:
        raise CanonicalError(f"{_place(path)}: more than {MAXIMUM_DEPTH} arrays and objects inside each other")
    if isinstance(value, (dict, Mapping)):
        for key in value:
            if not isinstance(key, str):
                raise CanonicalError(f"{_place(path)}: the key {key!r} is no string")
        members = [f"{_string(key, path)}:{_text(value[key], (path, key), depth + 1)}" for key in sorted(value)]
        return "{" + ",".join(members) + "}"
    if isinstance(value, (list, tuple, Sequence)) and not isinstance(value, (bytes, bytearray, memoryview)):
        return "[" + ",".join([_text(one, (path, at), depth + 1) for at, one in enumerate(value)]) + "]"
    raise CanonicalError(f"{_place(path)}: a value of type {type(value).__name__} has no JSON form")


def _string(text: str, path: _Path) -> str:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise CanonicalError(f"{_place(path)}: lone surrogate U+{ord(text[error.start]):04X}") from None
    return _quoted(text)


def _integer(number: int) -> str:
    # In pieces, because int → str refuses long numbers, and from what length on depends on the environment.
    if -_CHUNK < number < _CHUNK:
        return int.__repr__(number)
    pieces = []
    rest = abs(number)
    while rest:
        rest, piece = divmod(rest, _CHUNK)
        pieces.append(int.__repr__(piece).zfill(_CHUNK_DIGITS))
    return ("-" if number < 0 else "") + "".join(reversed(pieces)).lstrip("0")


def _float(number: float, path: _Path) -> str:
    if not math.isfinite(number):
        raise CanonicalError(f"{_place(path)}: {number!r} has no JSON form")
    if number.is_integer() and abs(number) < 2**53:
        return int.__repr__(int(number))
    return float.__repr__(number)


def _place(path: _Path) -> str:
    if path is None:
        return "$"
    outside, key = path
    if isinstance(key, int):
        return f"{_place(outside)}[{key}]"
    return f"{_place(outside)}.{key if key.isidentifier() else repr(key)}"
