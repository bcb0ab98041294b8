"""The files of which requests and checks of some targets are made: specs, what these name, and records. Reads only."""

from collections.abc import Collection, Mapping
from pathlib import Path

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.stanza import Stanza
from specbuild.trial import Placed
from specbuild.work.bench import placed
from specbuild.work.load import Project
from specbuild.work.prompts import Prompts


def sources_of(project: Project, ids: Collection[str]) -> dict[str, bytes]:
    """Return the bytes of every file that requests and checks of these targets show, by path: specs, context, needs
    that are project files, verify files, project templates with their includes. Raises DiagnosticError if one can't be
    read."""
    prompts = Prompts(project.files)
    paths: set[str] = set()
    for target_id in ids:
        target = project.graph.targets[target_id]
        paths |= {target.spec.path, *target.context, *target.spec.texts("verify.files")}
        paths |= set(project.graph.file_needs.get(target_id, ()))
        template = prompts.template_component(target.template)
        paths |= set(template) if isinstance(template, Mapping) else set()
    return {path: _read(project, path) for path in sorted(paths)}


def package_files(project: Project, package: str) -> dict[str, Placed]:
    """Return every file below the folder `package`, by path; what Python keeps for itself is none of it."""
    found = {}
    for file in sorted((project.root / package).rglob("*")):
        path = file.relative_to(project.root).as_posix()
        if "__pycache__" not in file.parts and not file.name.endswith(".pyc") and project.files.is_file(path):
            found[path] = placed(project.files, path)
    return found


def records_of(base: Path, cache: str, stanzas: Collection[Stanza]) -> dict[str, Placed]:
    """Return the committed records of the conversations that these stanzas pin, by path below `base`."""
    found = {}
    for stanza in stanzas:
        if stanza.reply is None:
            continue
        folder = base / cache / "replies" / stanza.reply.key[:2]
        for file in sorted(folder.glob(f"{stanza.reply.key}.*.json")):
            found[file.relative_to(base).as_posix()] = Placed(file.read_bytes())
    return found


def _read(project: Project, path: str) -> bytes:
    raw = project.files.read(path)
    if isinstance(raw, Diagnostic):
        raise DiagnosticError(raw, exit_code=exit_codes.FINDING)
    return raw
