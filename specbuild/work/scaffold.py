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
from specbuild.nearest import nearest
from specbuild.surroundings import Surroundings
from specbuild.toml_text import TomlDocument, read_toml
from specbuild.toml_values import toml_string
from specbuild.work.editors import schema_line
from specbuild.work.load import configuration_of

NOTHING_KNOWN = Surroundings()


class Laid(NamedTuple):
    """What `init` did: (path, what was done with it) in order; nothing if all stood there."""

    changes: tuple[tuple[str, str], ...]


def make_project(root: Path, *, specs: str = "specs", outputs: str = "build") -> Laid:
    """Make `root` a project: configuration with its edition, folder of specs, ignore rules and git attributes.

    `specs` and `outputs` are the folders that a new configuration names. A file that stands there keeps all its lines;
    what is missing is added at its end. Raises DiagnosticError if one of them can't be read or written.
    """
    files = ProjectFiles(root)
    changes: list[tuple[str, str]] = []
    _configure(root, files, changes, specs, outputs)
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
    root: Path,
    specs: str,
    spec_id: str,
    *,
    language: str,
    description: str,
    requirements: str,
    extension: str | None,
    around: Surroundings = NOTHING_KNOWN,
) -> str:
    """Write a new spec and return its project path. Raises DiagnosticError, also if it is there already."""
    path = new_spec_path(root, specs, spec_id)
    if language_of(language) is None and not extension:
        near = near_language(language)
        what = f"the language {language!r} is not in the table, so its files' extension is not known"
        why = "any language may be used; only the extension of its files must then be told"
        hint = (f"did you mean `{near}`? Otherwise " if near else "") + "say it with --extension"
        raise DiagnosticError(Diagnostic("SB207", what, why=why, hint=hint))
    text = schema_line(root, path) + spec_text(
        spec_id.rpartition("/")[2],
        language=language,
        description=description,
        requirements=requirements,
        extension=extension,
        around=around,
    )
    replace_file(root, path, text.encode("utf-8"))
    return path


def new_spec_path(root: Path, specs: str, spec_id: str) -> str:
    """Return the project path that a new spec gets. Raises DiagnosticError: that is no id (SB906), or it is there
    already (SB907)."""
    folder = "" if specs == "." else specs + "/"
    path = f"{folder}{spec_id}.toml"
    fault = check_output_name(path, allow=("**",)) if spec_id else None
    if not spec_id.rpartition("/")[2] or fault is not None:
        what = f"{spec_id!r} can't be a spec's id" + (f": {fault.message}" if fault else "")
        raise DiagnosticError(
            Diagnostic("SB906", what, hint="an id is a path below the spec folder, such as tools/sort")
        )
    if not isinstance(ProjectFiles(root).read(path), Diagnostic):
        raise DiagnosticError(
            Diagnostic("SB907", f"{path} is there already", Place(path), hint="choose another name, or edit it")
        )
    return path


def near_language(written: str) -> str | None:
    """Return the name in the table of languages that a person most likely meant, None if none is near."""
    return nearest(written, [one for row in LANGUAGES for one in (row.name, *row.aliases)])


def spec_text(
    name: str,
    *,
    language: str,
    description: str,
    requirements: str,
    extension: str | None = None,
    around: Surroundings = NOTHING_KNOWN,
) -> str:
    """Return a spec that builds as it stands, with the optional parts that people use first as comments; they name the
    folders that are `around`."""
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
        *([f"# directory = {toml_string(around.sources)}   # the output folder by default"] if around.sources else []),
        '# needs = ["another/spec"]      # specs or project files whose interface the model sees',
        '# dependencies = ["rich>=13"]   # packages the code may import',
        "",
        "# [[example]]                   # an example is shown to the model; with hidden = true it is only judged",
        '# args = ["3", "1", "2"]',
        '# stdout = "1 2 3\\n"',
        *_verify(name, language, around),
        "",
    ]
    return "\n".join(lines)


def _verify(name: str, language: str, around: Surroundings) -> list[str]:
    """Return the lines about a test of its own, where the repository has tests and we know how they run."""
    spoken = language_of(language)
    if not around.tests or spoken is None or spoken.name != "python":
        return []
    file = f"{around.tests}/test_{name}.py"
    argv = ", ".join(toml_string(one) for one in ("python", "-m", "pytest", "-q", file))
    return ["", "# [verify]", f"# command = [{argv}]", f"# files = [{toml_string(file)}]"]


def _configure(root: Path, files: ProjectFiles, changes: list[tuple[str, str]], specs: str, outputs: str) -> None:
    lines = [f"edition = {max(EDITIONS)}"]
    lines += [f"specs = {toml_string(specs)}"] if specs != "specs" else []
    lines += [f"outputs = {toml_string(outputs)}"] if outputs != "build" else []
    if files.is_file("specbuild.toml"):
        return
    raw = files.read("pyproject.toml")
    if isinstance(raw, Diagnostic):
        if raw.code != "SB820":
            raise DiagnosticError(raw)
        lines += ['# model = "…"    # the model of every spec that names none']
        text = schema_line(root, "specbuild.toml", "configuration") + "\n".join(lines) + "\n"
        replace_file(root, "specbuild.toml", text.encode("utf-8"))
        changes.append(("specbuild.toml", "made"))
        return
    document = read_toml(raw, "pyproject.toml")
    if not isinstance(document, TomlDocument):
        raise DiagnosticError(document)
    tool = document.values.get("tool")
    if isinstance(tool, Mapping) and "specbuild" in tool:
        return
    text = document.text.rstrip("\n") + "\n\n[tool.specbuild]\n" + "\n".join(lines) + "\n"
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
