"""Making a folder a project, and writing a first spec. What stands there already is only ever added to."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from specbuild.configuration import ProjectConfiguration
from specbuild.configuration_keys import EDITIONS
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.durable import replace_file
from specbuild.disk.files import ProjectFiles
from specbuild.languages import LANGUAGES, language_of
from specbuild.names import check_output_name
from specbuild.nearest import did_you_mean
from specbuild.toml_text import TomlDocument, read_toml
from specbuild.toml_values import toml_string
from specbuild.work.load import configuration_of


class Laid(NamedTuple):
    """What `init` did: (path, what was done with it) in order; nothing if all stood there."""

    changes: tuple[tuple[str, str], ...]


def make_project(root: Path) -> Laid:
    """Make `root` a project: configuration with its edition, folder of specs, ignore rules and git attributes.

    A file that stands there keeps all its lines; what is missing is added at its end. Raises DiagnosticError if one of
    them can't be read or written.
    """
    files = ProjectFiles(root)
    changes: list[tuple[str, str]] = []
    _configure(root, files, changes)
    configuration, _ = configuration_of(ProjectFiles(root))
    if not (root / configuration.specs).is_dir():
        (root / configuration.specs).mkdir(parents=True)
        changes.append((f"{configuration.specs}/", "made"))
    cache = configuration.cache
    _add_lines(root, files, ".gitignore", (f"{cache}/local/", f"{cache}/inbox/"), changes)
    _add_lines(root, files, ".gitattributes", _attributes(configuration), changes)
    return Laid(tuple(changes))


def _attributes(configuration: ProjectConfiguration) -> tuple[str, ...]:
    """Return the lines that keep git from changing line ends, and from merging line by line what a hash stands for."""
    records = f"{configuration.cache}/replies/** -text -merge linguist-generated"
    lines = (records, "specbuild.lock text eol=lf")
    # Outputs at the root lie among a person's own files, of which no pattern can tell them.
    at_root = configuration.outputs == "."
    return lines if at_root else (f"{configuration.outputs}/** -text -merge linguist-generated", *lines)


def write_spec(
    root: Path, specs: str, spec_id: str, *, language: str, description: str, requirements: str, extension: str | None
) -> str:
    """Write a new spec and return its project path. Raises DiagnosticError, also if it is there already."""
    folder = "" if specs == "." else specs + "/"
    path = f"{folder}{spec_id}.toml"
    name = spec_id.rpartition("/")[2]
    fault = check_output_name(path, allow=("**",)) if spec_id else None
    if not name or fault is not None:
        what = f"{spec_id!r} can't be a spec's id" + (f": {fault.message}" if fault else "")
        raise DiagnosticError(
            Diagnostic("SB906", what, hint="an id is a path below the spec folder, such as tools/sort")
        )
    if not isinstance(ProjectFiles(root).read(path), Diagnostic):
        raise DiagnosticError(
            Diagnostic("SB907", f"{path} is there already", Place(path), hint="choose another name, or edit it")
        )
    if language_of(language) is None and not extension:
        names = [one for row in LANGUAGES for one in (row.name, *row.aliases)]
        hint = did_you_mean(language, names) or "give --extension"
        raise DiagnosticError(Diagnostic("SB207", f"the language {language!r} is not in the table", hint=hint))
    text = spec_text(name, language=language, description=description, requirements=requirements, extension=extension)
    replace_file(root, path, text.encode("utf-8"))
    return path


def spec_text(name: str, *, language: str, description: str, requirements: str, extension: str | None = None) -> str:
    """Return a spec that builds as it stands, with the optional parts that people use first as comments."""
    lines = [
        "[file]",
        f"name = {toml_string(name)}",
        f"language = {toml_string(language)}",
        f"description = {toml_string(description)}",
    ]
    if extension:
        lines.append(f"extension = {toml_string(extension)}")
    lines += ["", "[project]", f"requirements = {_text(requirements)}"]
    lines += [
        "# specs = '''facts to follow: formats, prototypes, protocols'''",
        "# hints = '''what is easily got wrong'''",
        "",
        "# [build]",
        '# needs = ["another/spec"]      # specs or project files whose interface the model sees',
        '# dependencies = ["rich>=13"]   # packages the code may import',
        "",
        "# [[example]]                   # an example is shown to the model; with hidden = true it is only judged",
        '# args = ["3", "1", "2"]',
        '# stdout = "1 2 3\\n"',
        "",
    ]
    return "\n".join(lines)


def _configure(root: Path, files: ProjectFiles, changes: list[tuple[str, str]]) -> None:
    if files.is_file("specbuild.toml"):
        return
    raw = files.read("pyproject.toml")
    if isinstance(raw, Diagnostic):
        if raw.code != "SB820":
            raise DiagnosticError(raw)
        replace_file(
            root,
            "specbuild.toml",
            f'edition = {max(EDITIONS)}\n# model = "…"    # the model of every spec that names none\n'.encode(),
        )
        changes.append(("specbuild.toml", "made"))
        return
    document = read_toml(raw, "pyproject.toml")
    if not isinstance(document, TomlDocument):
        raise DiagnosticError(document)
    tool = document.values.get("tool")
    if isinstance(tool, Mapping) and "specbuild" in tool:
        return
    text = document.text.rstrip("\n") + f"\n\n[tool.specbuild]\nedition = {max(EDITIONS)}\n"
    replace_file(root, "pyproject.toml", text.encode("utf-8"))
    changes.append(("pyproject.toml", "[tool.specbuild] added"))


def _add_lines(
    root: Path, files: ProjectFiles, path: str, wanted: tuple[str, ...], changes: list[tuple[str, str]]
) -> None:
    text = files.text(path)
    if isinstance(text, Diagnostic):
        if text.code != "SB820":
            raise DiagnosticError(text)
        text = ""
    present = {line.strip() for line in text.split("\n")}
    missing = [line for line in wanted if line not in present and line.rstrip("/") not in present]
    if missing:
        before = text if not text or text.endswith("\n") else text + "\n"
        replace_file(root, path, (before + "\n".join(missing) + "\n").encode("utf-8"))
        changes.append((path, "made" if not text else f"{len(missing)} lines added"))


def _text(text: str) -> str:
    if "'''" in text or text.endswith("'"):
        return '"""\n' + text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') + '\n"""'
    return f"'''\n{text}\n'''"
