"""Project configuration: `[tool.specbuild]` of pyproject.toml, or specbuild.toml, as a value and diagnostics.

What the keys are, and which of them a repository may not set, `configuration_keys` lists. It must not know who finds
the files.
"""

from collections.abc import Mapping, Sequence

from specbuild.configuration import ProjectConfiguration
from specbuild.configuration_keys import KEYS, KeyFault, refusal
from specbuild.diagnostic import Diagnostic, Place
from specbuild.nearest import did_you_mean
from specbuild.toml_text import TomlDocument


def read_project_configuration(
    document: TomlDocument | None, path: str, *, table: Sequence[str] = ()
) -> tuple[ProjectConfiguration, tuple[Diagnostic, ...]]:
    """Return the configuration in `table` of `document`, a file called `path`, and its faults.

    `table` is ("tool", "specbuild") in pyproject.toml and () in specbuild.toml. Without document or table all is
    default and the value's `path` None. A key with a fault keeps its default.
    """
    found: object = None if document is None else document.values
    for name in table:
        found = found.get(name) if isinstance(found, Mapping) else None
    if document is None or found is None:
        return ProjectConfiguration(), ()

    def place(*keys: str) -> Place:
        return document.places.get((*table, *keys), Place(path))

    if not isinstance(found, Mapping):
        return ProjectConfiguration(path=path), (Diagnostic("SB402", f"{'.'.join(table)} must be a table", place()),)
    rows = {row.name: row for row in KEYS}
    values: dict[str, object] = {}
    places: dict[str, Place] = {}
    faults: list[Diagnostic] = []
    for name, value in found.items():
        refused = refusal(name, value)
        if refused is not None:
            what = f"`{name}` can't be set by a repository"
            faults.append(Diagnostic("SB404", what, place(name), refused.why, f"set it {refused.where}"))
        elif name not in rows:
            hint = did_you_mean(name, list(rows))
            faults.append(Diagnostic("SB401", f"there is no setting `{name}`", place(name), hint=hint))
        else:
            read = rows[name].read(value, name)
            if isinstance(read, KeyFault):
                faults.append(Diagnostic(read.code, read.message, place(name, *read.inside), read.why, read.hint))
            else:
                # Each row of KEYS has the type of the field that it fills (a test compares their names).
                values[rows[name].fills or name] = read
                places[rows[name].fills or name] = place(name)
    parameters = values.get("parameters")
    if isinstance(parameters, Mapping):  # a service refuses one of them, so each has its own line
        places |= {f"parameters.{name}": place("parameters", name) for name in parameters}
    configuration = ProjectConfiguration(path=path, places=places, **values)  # type: ignore[arg-type]
    return configuration, (*faults, *_overlaps(configuration))


def _overlaps(configuration: ProjectConfiguration) -> list[Diagnostic]:
    """The cache is in none of the other folders, nor they in it; the others may well lie side by side."""
    cache = configuration.cache.casefold()
    folders = [("specs", configuration.specs), ("outputs", configuration.outputs)]
    if configuration.iteration is not None:
        folders.append(("iteration", configuration.iteration.package))
    faults = []
    for name, folder in folders:
        other = folder.casefold()
        if cache == other or cache.startswith(other + "/") or other.startswith(cache + "/"):
            places = [configuration.places[one] for one in ("cache", name) if one in configuration.places]
            what = f"the folders of {name} (`{folder}`) and cache (`{configuration.cache}`) overlap"
            faults.append(
                Diagnostic("SB405", what, places[0], hint="choose folders side by side", also=tuple(places[1:]))
            )
    return faults
