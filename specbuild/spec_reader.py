"""A spec file's bytes to a Spec: read, validate, flatten. It asks no disk and knows no other spec."""

from collections.abc import Mapping

from specbuild.canonical_json import Json
from specbuild.diagnostic import Diagnostic, Place
from specbuild.field_values import shown
from specbuild.languages import LANGUAGES, language_of
from specbuild.nearest import nearest
from specbuild.spec import Spec
from specbuild.spec_fields import FIELDS
from specbuild.toml_text import TomlDocument, read_toml
from specbuild.validate import validate


def read_spec(raw: bytes, path: str, spec_id: str) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    """Return the spec in `raw`, None if it has an error, and all diagnostics in the order of the file.

    `path` names the file in messages and in the spec, with "/". Two files that parse to the same values have equal
    `values`, whatever their comments, order of keys, line ends and quotes.
    """
    document = read_toml(raw, path)
    if isinstance(document, Diagnostic):
        return None, (document,)
    faults = (*validate(document, path), *_language_faults(document))
    diagnostics = tuple(sorted(faults, key=lambda one: one.place or Place(path)))
    if any(one.severity == "error" for one in diagnostics):
        return None, diagnostics
    places = {".".join(str(part) for part in at): place for at, place in document.places.items()}
    return Spec(spec_id, path, _flat(document.values), places), diagnostics


def _language_faults(document: TomlDocument) -> tuple[Diagnostic, ...]:
    """Tell an unknown language whose files have no name yet: neither an extension nor outputs."""
    file, build = document.values.get("file"), document.values.get("build")
    if not isinstance(file, Mapping) or "extension" in file or (isinstance(build, Mapping) and "outputs" in build):
        return ()
    written = file.get("language")
    if not isinstance(written, str) or not written.strip() or language_of(written) is not None:
        return ()
    near = nearest(written, [name for row in LANGUAGES for name in (row.name, *row.aliases)])
    return (
        Diagnostic(
            "SB207",
            f"the language `{shown(written)}` is not in the table, so its files' extension is not known",
            document.places["file", "language"],
            why="any language may be used; only the extension of its files must then be told",
            hint=(f"did you mean `{near}`? Otherwise " if near else "") + 'write extension = "…" under [file]',
        ),
    )


def _flat(values: Mapping[str, object]) -> dict[str, Json]:
    flat: dict[str, Json] = {}
    for name, table, key in _ROWS:
        written = values.get(table) if table else values
        if isinstance(written, dict) and key in written:
            flat[name] = _json(written[key])
    return flat


_ROWS = tuple((field.name, field.table, field.key) for field in FIELDS)


def _json(value: object) -> Json:
    """Return a validated value as what it is; anything else that TOML has was refused before."""
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, list):
        return [_json(item) for item in value]
    assert isinstance(value, dict)
    return {str(name): _json(item) for name, item in value.items()}
