"""What is wrong with the value of one field, by its type: a row of the table and a value in, faults out."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from specbuild.nearest import did_you_mean
from specbuild.project_path import project_path
from specbuild.spec_fields import REFUSED_PARAMETERS, Field, FieldType
from specbuild.text_safety import printable, text_faults
from specbuild.toml_places import KeyPath

MAX_SECONDS = 86_400  # a day; more than that is a slip
MAX_LINE = 1_000  # characters; no path of a system is longer
MAX_COUNT = 10_000


class Fault(NamedTuple):
    """One fault of a spec: the place of the name or item `at`, and further places `also`."""

    code: str
    at: KeyPath
    message: str
    hint: str = ""
    why: str = ""
    also: tuple[KeyPath, ...] = ()


def faults_of(field: Field, value: object, at: KeyPath) -> Iterator[Fault]:
    """Yield what is wrong with `value`, which tomli read at `at`, as the value of `field`."""
    wanted, check = _CHECKS[field.type]
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        yield _wrong_type(at, _WANTED[field.type], value, _WRITE.get(field.type, ""))
    else:
        yield from check(field, value, at)


def shown(text: str) -> str:
    """Return `text` for a message: short, on one line, and safe for a terminal."""
    return printable(text if len(text) <= 60 else text[:59] + "…", keep_newlines=False)


def _wrong_type(at: KeyPath, wanted: str, value: object, hint: str = "") -> Fault:
    return Fault("SB204", at, f"`{_name(at)}` must be {wanted}, not {_kind(value)}", hint)


def _name(at: KeyPath) -> str:
    name = ""
    for part in at:
        name += f"[{part}]" if isinstance(part, int) else f".{shown(part)}" if name else shown(part)
    return name


def _kind(value: object) -> str:
    match value:
        case bool():
            return f"the boolean {str(value).lower()}"
        case str():
            return f'the string "{shown(value)}"'
        case int():
            return f"the whole number {value}" if -(10**20) < value < 10**20 else "a whole number"
        case float():
            return f"the float {value}"
        case list():
            return "a list"
        case Mapping():
            return "a table"
    return "a date or time"


_WANTED: dict[FieldType, str] = {
    "line": "a string",
    "text": "a string",
    "data": "a string",
    "lines": "a list of strings",
    "arguments": "a list of strings",
    "files": "a table of texts by path",
    "environment": "a table of strings by name",
    "boolean": "a boolean",
    "count": "a whole number",
    "exit code": "a whole number",
    "seconds": "a number",
    "parameters": "a table",
    "examples": "an array of tables",
}
_WRITE: dict[FieldType, str] = {
    "line": 'write "…"',
    "text": 'write "…"',
    "data": 'write "…"',
    "lines": 'write ["…", "…"]',
    "arguments": 'write ["…", "…"]: one string for each argument, no shell line',
    "boolean": "write true or false, without quotes",
    "count": "write the number without quotes",
    "exit code": "write the number without quotes",
    "seconds": "write the number without quotes",
}


def _line(field: Field, value: object, at: KeyPath) -> Iterator[Fault]:
    text = str(value)
    if not text.strip():
        yield Fault("SB205", at, f"`{_name(at)}` is empty", _fill(field))
    elif len(text) > MAX_LINE:
        yield Fault("SB206", at, f"`{_name(at)}` is longer than {MAX_LINE:,} characters", "write it shorter")
    elif text_faults(text) or not {"\n", "\t", "\r"}.isdisjoint(text):
        message = f"`{_name(at)}` holds characters that can't be seen: {shown(text)}"
        yield Fault(
            "SB209", at, message, "take them out", "a terminal may obey them, and two names could look the same"
        )
    elif field.choices and text not in field.choices:
        choices = " or ".join(f'"{one}"' for one in field.choices)
        told = f'`{_name(at)}` must be {choices}, not "{shown(text)}"'
        yield Fault("SB206", at, told, did_you_mean(text, field.choices))


def _text(field: Field, value: object, at: KeyPath) -> Iterator[Fault]:
    if (field.required or field.filled) and not str(value).strip():
        yield Fault("SB205", at, f"`{_name(at)}` is empty", _fill(field))


def _any(field: Field, value: object, at: KeyPath) -> Iterator[Fault]:
    yield from ()


def _fill(field: Field) -> str:
    return "write what the model needs to know" if field.required else "fill it in, or leave the line out"


def _lines(field: Field, value: object, at: KeyPath) -> Iterator[Fault]:
    first: dict[str, KeyPath] = {}
    for item_at, item in _items(field, value, at):
        if isinstance(item, Fault):
            yield item
        elif item in first:
            message = f'`{_name(item_at)}` repeats "{shown(item)}"'
            yield Fault("SB208", item_at, message, "remove one of the two", also=(first[item],))
        else:
            first[item] = item_at
            yield from _line(field, item, item_at)
    if field.filled and not value:
        yield Fault("SB205", at, f"`{_name(at)}` is an empty list", _fill(field))


def _arguments(field: Field, value: object, at: KeyPath) -> Iterator[Fault]:
    for index, (item_at, item) in enumerate(_items(field, value, at)):
        if isinstance(item, Fault):
            yield item
        elif "\0" in item:
            yield Fault(
                "SB209", item_at, f"`{_name(item_at)}` holds a NUL", "take it out", "no process can be given one"
            )
        elif not item and index == 0 and field.filled:
            yield Fault("SB205", item_at, f"`{_name(item_at)}` is empty", "the first string names the program")
    if field.filled and not value:
        yield Fault("SB205", at, f"`{_name(at)}` is an empty list", _fill(field))


def _items(field: Field, value: object, at: KeyPath) -> Iterator[tuple[KeyPath, str | Fault]]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        item_at = (*at, index)
        yield item_at, item if isinstance(item, str) else _wrong_type(item_at, "a string", item, 'write "…"')


def _files(field: Field, value: object, at: KeyPath) -> Iterator[Fault]:
    for name_at, name, _ in _texts_by_name(value, at):
        if isinstance(name, Fault):
            yield name
        elif not project_path(name) or text_faults(name):
            message = f"`{_name(name_at)}` is no plain relative path"
            yield Fault("SB209", name_at, message, "name it below the example's own folder, with `/`")


def _environment(field: Field, value: object, at: KeyPath) -> Iterator[Fault]:
    for name_at, name, text in _texts_by_name(value, at):
        if isinstance(name, Fault):
            yield name
        elif not name or "=" in name or "\0" in name + text:
            message = f"`{_name(name_at)}` can't be set: a name is not empty and has no `=`, nothing in it is a NUL"
            yield Fault("SB209", name_at, message, "take it out")


def _texts_by_name(value: object, at: KeyPath) -> Iterator[tuple[KeyPath, str | Fault, str]]:
    for name, text in (value if isinstance(value, Mapping) else {}).items():
        name_at = (*at, name)
        if isinstance(text, str):
            yield name_at, name, text
        else:
            yield name_at, _wrong_type(name_at, "a string", text, 'write "…"'), ""


def _between(least: int, most: int) -> Callable[[Field, object, KeyPath], Iterator[Fault]]:
    def check(field: Field, value: object, at: KeyPath) -> Iterator[Fault]:
        if not (isinstance(value, int) and least <= value <= most):
            yield Fault("SB206", at, f"`{_name(at)}` must be from {least} to {most:,}, not {_kind(value)}")

    return check


def _seconds(field: Field, value: object, at: KeyPath) -> Iterator[Fault]:
    if not (isinstance(value, int | float) and 0 < value <= MAX_SECONDS):
        yield Fault("SB206", at, f"`{_name(at)}` must be above 0 and at most {MAX_SECONDS:,}, not {_kind(value)}")


def _parameters(field: Field, value: object, at: KeyPath) -> Iterator[Fault]:
    for name, one in (value if isinstance(value, Mapping) else {}).items():
        name_at = (*at, name)
        if name in REFUSED_PARAMETERS:
            yield Fault(
                "SB210", name_at, f"`{_name(name_at)}` is no parameter", "take it out", REFUSED_PARAMETERS[name]
            )
        else:
            yield from _json(one, name_at)


def _json(value: object, at: KeyPath) -> Iterator[Fault]:
    """Yield what canonical JSON can't hold. The depth is bounded: `toml_places.MAX_DEPTH`."""
    match value:
        case str() | bool():
            pass
        case int() if -(2**63) <= value < 2**64:
            pass
        case float() if math.isfinite(value):
            pass
        case list():
            for index, item in enumerate(value):
                yield from _json(item, (*at, index))
        case Mapping():
            for name, item in value.items():
                yield from _json(item, (*at, name))
        case _:
            told = "a whole number of more than 64 bits" if isinstance(value, int) else _kind(value)
            hint = "write a finite number" if isinstance(value, float) else "write it as a string"
            yield Fault("SB211", at, f"`{_name(at)}` can't be {told}", hint, "a request is JSON")


_CHECKS: dict[FieldType, tuple[tuple[type, ...], Callable[[Field, object, KeyPath], Iterator[Fault]]]] = {
    "line": ((str,), _line),
    "text": ((str,), _text),
    "data": ((str,), _any),
    "lines": ((list,), _lines),
    "arguments": ((list,), _arguments),
    "files": ((dict,), _files),
    "environment": ((dict,), _environment),
    "boolean": ((bool,), _any),
    "count": ((int,), _between(1, MAX_COUNT)),
    "exit code": ((int,), _between(0, 255)),
    "seconds": ((int, float), _seconds),
    "parameters": ((dict,), _parameters),
}
