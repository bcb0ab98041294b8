"""Values to TOML: what a program hands over as a spec is read by the one reader that reads files.

In: strings, whole numbers, floats, booleans, lists and mappings. Out: TOML text that gives the same values.
"""

from collections.abc import Mapping


def toml_document(values: Mapping[str, object]) -> str:
    """Return a TOML file with these values, a name a line. Raises TypeError for what TOML has no value for, None too;
    ValueError if values are nested without end."""
    try:
        return "".join(f"{toml_string(_name(key))} = {toml_value(value)}\n" for key, value in values.items())
    except RecursionError:
        raise ValueError("values are nested without end") from None


def toml_value(value: object) -> str:
    """Return one value as TOML, on one line. Raises TypeError."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, int | float):
        return repr(value)  # nan and inf are spelled alike in both languages
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{toml_string(_name(key))} = {toml_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    raise TypeError(f"a value of type {type(value).__name__} has no place in a spec")


def toml_string(text: str) -> str:
    """Return a text as a TOML basic string, on one line."""
    return '"' + "".join(_ESCAPES.get(one) or (one if one.isprintable() else _escaped(one)) for one in text) + '"'


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"


def _name(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a name of type {type(key).__name__} has no place in a spec")
    return key

