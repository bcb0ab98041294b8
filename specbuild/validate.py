"""A TOML document against the table of fields: the values of a spec, and every fault in the order of the file.

Names of outputs are checked for type, emptiness and doubles only; what a path may be is for `names` to say.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic, Place, Severity
from specbuild.field_values import Fault, faults_of, shown
from specbuild.nearest import did_you_mean, nearest
from specbuild.spec_fields import FIELDS, TABLES, Field, fields_of, tables_of
from specbuild.toml_places import KeyPath
from specbuild.toml_text import TomlDocument

MAX_FAULTS = 100
"""Faults that are told of one file: nobody reads more, and looking for what was meant takes time."""


class _Meant(NamedTuple):
    """A fault, and the table or field that its writer meant: that one is not told as missing."""

    fault: Fault
    name: str = ""


def validate(document: TomlDocument, path: str) -> tuple[Diagnostic, ...]:
    """Return all that is wrong with a spec, one diagnostic per fault, and notes on fields without effect yet, in order.

    `path` is the file's, for a fault that has no place in it, as a table that is missing.
    """
    faults = list(islice(_faults(document.values), MAX_FAULTS + 1))
    diagnostics = [_diagnostic(one, document, path) for one in faults[:MAX_FAULTS]]
    diagnostics.sort(key=lambda one: one.place or Place(path))
    if len(faults) > MAX_FAULTS:
        message = f"there are more than {MAX_FAULTS} faults; the others are not told"
        diagnostics.append(Diagnostic("SB213", message, diagnostics[-1].place, hint="mend these first"))
    return tuple(diagnostics)


def _faults(values: Mapping[str, object]) -> Iterator[Fault]:
    meant: set[str] = set()
    for one in _unknown(values):
        meant.add(one.name)
        yield one.fault
    yield from _missing(values, meant)
    for table in TABLES:
        yield from _table_faults(table, values.get(table))


def _unknown(values: Mapping[str, object]) -> Iterator[_Meant]:
    for key, value in values.items():
        if key not in TABLES:
            yield _unknown_at_top(key, value)
    for table in TABLES:
        for at, one in _tables(table, values.get(table)):
            known = fields_of(table)
            for key in one:
                if key not in known:
                    yield _unknown_in(table, key, (*at, key), list(known))


def _unknown_at_top(key: str, value: object) -> _Meant:
    near = nearest(key, TABLES)
    if isinstance(value, Mapping | list) and near is not None:
        return _Meant(Fault("SB202", (key,), f"unknown table `{shown(key)}`", f"did you mean `{near}`?"), near)
    homes = tables_of(key)
    if homes:
        written = " or ".join(_header(home) for home in homes)
        hint = f"it belongs under {written}"
        return _Meant(Fault("SB203", (key,), f"`{key}` stands in no table", hint), f"{homes[0]}.{key}")
    tables = ", ".join(_header(table) for table in TABLES)
    kind = "table" if isinstance(value, Mapping) else "key"
    hint = f"did you mean the table `{near}`?" if near else f"a spec has the tables {tables}"
    return _Meant(
        Fault("SB202" if kind == "table" else "SB203", (key,), f"unknown {kind} `{shown(key)}`", hint), near or ""
    )


def _unknown_in(table: str, key: str, at: KeyPath, known: list[str]) -> _Meant:
    message = f"unknown key `{shown(key)}` in {_header(table)}"
    near = nearest(key, known)
    homes = tables_of(key)
    if homes:
        return _Meant(Fault("SB203", at, message, f"it belongs under {_header(homes[0])}"), f"{homes[0]}.{key}")
    if key in TABLES:
        return _Meant(Fault("SB203", at, message, f"it is a table of its own: {_header(key)}"), key)
    return _Meant(Fault("SB203", at, message, did_you_mean(key, known)), f"{table}.{near}" if near else "")


def _missing(values: Mapping[str, object], meant: set[str]) -> Iterator[Fault]:
    for table in TABLES:
        required = _REQUIRED[table]
        written = values.get(table, {})
        if not required or table in meant or not isinstance(written, Mapping):
            continue
        missing = [field for field in required if field.key not in written and field.name not in meant]
        if table not in values and missing == required:
            keys = ", ".join(f"`{field.key}`" for field in required)
            yield Fault("SB201", (), f"the table [{table}] is missing", f"add [{table}] with {keys}")
        else:
            for field in missing:
                hint = f'add {field.key} = "…" under [{table}]'
                yield Fault("SB201", (table,) if table in values else (), f"`{field.name}` is missing", hint)


_REQUIRED = {table: [field for field in FIELDS if field.required and field.table == table] for table in TABLES}


def _table_faults(table: str, written: object) -> Iterator[Fault]:
    if written is None:
        return
    if table == "example":
        if not isinstance(written, list) or not all(isinstance(one, Mapping) for one in written):
            yield Fault("SB204", (table,), "`example` must be an array of tables", "write [[example]]")
            return
        yield from _later(_EXAMPLES, written, (table,))
    elif not isinstance(written, Mapping):
        yield Fault("SB204", (table,), f"`{table}` must be a table", f"write [{table}]")
        return
    for at, one in _tables(table, written):
        for key, field in fields_of(table).items():
            if key in one:
                faults = list(faults_of(field, one[key], (*at, key)))
                yield from faults or _later(field, one[key], (*at, key))


_EXAMPLES = next(field for field in FIELDS if field.name == "example")


def _later(field: Field, value: object, at: KeyPath) -> Iterator[Fault]:
    if field.later and value and (not field.later_for or value in field.later_for):
        yield Fault("SB212", at, f"`{field.name}` {field.later}")


def _tables(table: str, written: object) -> Iterator[tuple[KeyPath, Mapping[str, object]]]:
    if isinstance(written, Mapping) and table != "example":
        yield (table,), written
    elif isinstance(written, list) and table == "example":
        for index, one in enumerate(written):
            if isinstance(one, Mapping):
                yield (table, index), one


def _header(table: str) -> str:
    return f"[[{table}]]" if table == "example" else f"[{table}]"


def _diagnostic(fault: Fault, document: TomlDocument, path: str) -> Diagnostic:
    severity: Severity = "note" if fault.code == "SB212" else "error"
    also = tuple(_place(at, document, path) for at in fault.also)
    place = _place(fault.at, document, path)
    return Diagnostic(fault.code, fault.message, place, why=fault.why, hint=fault.hint, also=also, severity=severity)


def _place(at: KeyPath, document: TomlDocument, path: str) -> Place:
    # A whole spec is placed at its first character.
    return document.places.get(at, Place(path, 1, 1))
