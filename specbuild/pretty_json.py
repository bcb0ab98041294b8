"""The JSON text of committed files: one text for one value, laid out so that people read it and git merges it.

A value in, text out. What lock and records share.
"""

from collections.abc import Mapping, Sequence

from specbuild.canonical_json import MAXIMUM_DEPTH, CanonicalError, Json, canonical_json


def pretty_json(value: Json) -> str:
    """Return `value` as JSON over many lines: keys sorted by code point, every scalar on a line of its own, a final
    newline.

    Each level is indented by one space; `": "` follows a key; an empty array or object stays on its line. Scalars and
    keys are written as `canonical_json` writes them. Raises CanonicalError where `canonical_json` does.
    """
    try:
        return _text(value, 0) + "\n"
    except CanonicalError:
        canonical_json(value)  # finds the same fault, and names its path
        raise


def _text(value: Json, depth: int) -> str:
    if isinstance(value, str):
        return canonical_json(value)
    if isinstance(value, (dict, Mapping)):
        if not all(isinstance(key, str) for key in value):
            raise CanonicalError("a key is no string")
        brackets, lines = "{}", [f"{canonical_json(key)}: {_text(value[key], depth + 1)}" for key in sorted(value)]
    elif isinstance(value, (list, tuple, Sequence)) and not isinstance(value, (bytes, bytearray, memoryview)):
        brackets, lines = "[]", [_text(one, depth + 1) for one in value]
    else:
        return canonical_json(value)
    if depth >= MAXIMUM_DEPTH:
        raise CanonicalError("nested too deeply")
    if not lines:
        return brackets
    inner = "\n" + " " * (depth + 1)
    return brackets[0] + inner + ("," + inner).join(lines) + "\n" + " " * depth + brackets[1]
