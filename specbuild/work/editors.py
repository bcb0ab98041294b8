"""What an editor needs to know of specs: schemas below `.specbuild/`, the line that names one, and settings of editors.

The settings are the files that the extensions' own servers read (Taplo's, which is Even Better TOML's, and Tombi's). No
file of a person is written over.
"""

import os
from pathlib import Path

from specbuild.configuration import ProjectConfiguration
from specbuild.disk.flushes import replace_files
from specbuild.formats.json_text import json_text
from specbuild.schema import schemas
from specbuild.toml_values import toml_string

FOLDER = ".specbuild"
TAPLO = (".taplo.toml", "taplo.toml")
TOMBI = ("tombi.toml", ".tombi.toml")


def lay_schemas(root: Path) -> tuple[tuple[str, str], ...]:
    """Write the schemas that are missing; return (path, what was done). Raises DiagnosticError for a disk that
    refuses."""
    missing = [one for one in _files() if not os.path.lexists(root / one[0])]
    replace_files(root, missing)
    return ((f"{FOLDER}/", "schemas for editors"),) if missing else ()


def write_schemas(root: Path) -> tuple[str, ...]:
    """Write all schemas, over older ones; return their paths. Raises DiagnosticError for a disk that refuses."""
    replace_files(root, _files())
    return tuple(path for path, _ in _files())


def schema_line(root: Path, path: str, name: str = "spec") -> str:
    """Return the line that names the schema of the file `path` to editors; "" if the project has no schemas."""
    file = f"{FOLDER}/{schemas()[name].file}"
    if not (root / file).is_file():
        return ""
    return f"#:schema {'../' * path.count('/')}{file}\n"


def lay_settings(root: Path, configuration: ProjectConfiguration) -> tuple[tuple[str, str], ...]:
    """Write the settings of Taplo and Tombi, each unless there are some; return (path, what was done)."""
    changes: list[tuple[str, str]] = []
    for names, text in ((TAPLO, _taplo(configuration)), (TOMBI, _tombi(configuration))):
        present = next((name for name in names if os.path.lexists(root / name)), None)
        if present is None:
            replace_files(root, [(names[0], text.encode("utf-8"))])
            changes.append((names[0], "made"))
        elif (root / present).read_bytes() != text.encode("utf-8"):
            changes.append((present, "kept as it is; docs/editors.md has the lines for specs"))
    return tuple(changes)


def _files() -> list[tuple[str, bytes]]:
    return [(f"{FOLDER}/{row.file}", json_text(row.schema).encode("ascii")) for row in schemas().values()]


def _specs(configuration: ProjectConfiguration) -> str:
    """Return the glob of all specs; of specs at the root "" (no pattern can tell them from other files)."""
    return "" if configuration.specs == "." else f"{configuration.specs}/**/*.toml"


def _taplo(configuration: ProjectConfiguration) -> str:
    rows = (
        (_specs(configuration), "spec"),
        ("specbuild.toml", "configuration"),
        ("pyproject.toml", "pyproject"),
    )
    return "\n".join(
        f'[[rule]]\ninclude = [{toml_string(include)}]\n[rule.schema]\npath = "{FOLDER}/{schemas()[name].file}"\n'
        for include, name in rows
        if include
    )


def _tombi(configuration: ProjectConfiguration) -> str:
    rows = (
        (_specs(configuration), "spec", ""),
        ("specbuild.toml", "configuration", ""),
        ("pyproject.toml", "configuration", 'root = "tool.specbuild"\n'),
    )
    return "\n".join(
        f'[[schemas]]\n{root}path = "{FOLDER}/{schemas()[name].file}"\ninclude = [{toml_string(include)}]\n'
        for include, name, root in rows
        if include
    )
