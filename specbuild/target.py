"""What one spec builds: a spec and the project's configuration in, one Target or diagnostics out.

It must not know other specs (`graph` does), the disk, the lock, or who asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from specbuild.canonical_json import Json
from specbuild.configuration import ProjectConfiguration
from specbuild.configuration_keys import is_label
from specbuild.diagnostic import Diagnostic, Place
from specbuild.languages import Language, language_of
from specbuild.names import check_output_name, folded
from specbuild.nearest import nearest
from specbuild.project_path import join, private_file, project_path
from specbuild.spec import Spec

Mode = Literal["single", "agent"]
Update = Literal["rewrite", "revise"]


class Need(NamedTuple):
    """One entry of `[build] needs` as written: a spec id or a project file's path. Which of the two, `graph` finds."""

    written: str
    place: Place


@dataclass(frozen=True, slots=True)
class Target:
    """What one spec builds, and how. Paths are relative to the project's root, with "/" (an empty `directory` is the
    root).

    `names` are the outputs as declared, relative to `directory`; `outputs` are their project paths in the same order.
    `model` and `service` are None where neither the spec nor the project names one: the stanza's serve, then the
    person's.
    """

    spec: Spec
    id: str
    language: Language | None
    directory: str
    names: tuple[str, ...]
    outputs: tuple[str, ...]
    needs: tuple[Need, ...]
    context: tuple[str, ...]
    template: str
    """"default" for the edition's own template, else a project file."""
    service: str | None
    model: str | None
    parameters: Mapping[str, Json]
    edition: int
    mode: Mode
    update: Update
    header: bool
    executable: bool | None
    """None: executable when the text begins with "#!"."""
    entry: str
    """The name (one of `names`) of the file that examples run."""
    tags: tuple[str, ...]
    attempts: int
    steps: int

    def output_place(self, position: int) -> Place:
        """Return where the output at `position` was declared; without `build.outputs`, where the program's name was."""
        return item_place(self.spec, "build.outputs" if "build.outputs" in self.spec.values else "file.name", position)


def target_of(
    spec: Spec, configuration: ProjectConfiguration, *, allow_steering: Sequence[str] = ()
) -> tuple[Target | None, tuple[Diagnostic, ...]]:
    """Return the target of `spec`, or None with what is wrong (severity "error"). Defaults are those of DESIGN
    section 4.

    `allow_steering` are the names that the person's own configuration lets outputs have although they steer tools.
    """
    faults: list[Diagnostic] = []
    language = language_of(spec.text("file.language"))
    directory = _directory(spec, configuration, faults)
    names = _names(spec, language)
    outputs = tuple(join(directory, name) for name in names)
    declared = "build.outputs" if "build.outputs" in spec.values else "file.name"
    for position, output in enumerate(outputs):
        place = item_place(spec, declared, position)
        faults += _output_faults(output, place, configuration, allow_steering)
    service = spec.text("build.service")
    if service and not is_label(service):
        what = f"{service!r} is no service's label"
        why = "a spec only names a service; where it is, a person's own configuration says"
        hint = 'a label has letters, digits, "-", "_" and ".", such as default'
        faults.append(Diagnostic("SB313", what, spec.place("build.service"), why, hint))
    target = Target(
        spec=spec,
        id=spec.id,
        language=language,
        directory=directory,
        names=names,
        outputs=outputs,
        needs=tuple(Need(text, item_place(spec, "build.needs", n)) for n, text in enumerate(spec.texts("build.needs"))),
        context=_context(spec, faults),
        template=_template(spec, configuration, faults),
        service=spec.text("build.service") or (configuration.service if "service" in configuration.places else None),
        model=spec.text("build.model") or configuration.model,
        parameters=_parameters(spec, configuration),
        edition=configuration.edition,
        mode="agent" if spec.text("build.mode") == "agent" else "single",
        update="revise" if spec.text("build.update") == "revise" else "rewrite",
        header=spec.flag("build.header") is not False,
        executable=spec.flag("build.executable"),
        entry=_entry(spec, names, faults),
        tags=spec.texts("build.tags"),
        attempts=_whole(spec, "build.attempts", 3),
        steps=_whole(spec, "build.steps", 40),
    )
    return (None if faults else target), tuple(faults)


def item_place(spec: Spec, field: str, position: int) -> Place:
    """Return where entry `position` of a field that is a list was written, else where the field was."""
    return spec.places.get(f"{field}.{position}") or spec.place(field)


def _directory(spec: Spec, configuration: ProjectConfiguration, faults: list[Diagnostic]) -> str:
    written = spec.text("build.directory")
    if not written:
        folder = spec.id.rpartition("/")[0]
        root = "" if configuration.outputs == "." else configuration.outputs
        return join(root, folder) if folder else root
    path = project_path(written)
    if path is None:
        faults.append(_leads_out("build.directory", written, spec.place("build.directory")))
    return path or ""


def _names(spec: Spec, language: Language | None) -> tuple[str, ...]:
    declared = spec.texts("build.outputs")
    if declared:
        return declared
    # Only a language without a row has no extension here, and `spec_reader` refuses that.
    written = spec.text("file.extension", language.extension if language else "").removeprefix(".")
    return (f"{spec.text('file.name')}.{written}" if written else spec.text("file.name"),)


def _output_faults(
    output: str, place: Place, configuration: ProjectConfiguration, allow: Sequence[str]
) -> list[Diagnostic]:
    fault = check_output_name(output, allow=allow)
    if fault is not None:
        return [fault.diagnostic(place)]
    path = folded(output)
    if path.startswith(folded(configuration.cache) + "/"):
        what = f"the output `{output}` would stand in the cache folder"
        hint = f"choose a directory outside {configuration.cache}/"
        return [Diagnostic("SB307", what, place, why="that folder holds replies and the tool's own state", hint=hint)]
    among_specs = configuration.specs == "." or path.startswith(folded(configuration.specs) + "/")
    if path.endswith(".toml") and among_specs:
        what = f"the output `{output}` would be a spec itself"
        why = "a reply could then ask for further outputs that nobody wrote down"
        hint = f"choose a directory outside {configuration.specs}/, or another extension"
        return [Diagnostic("SB307", what, place, why, hint)]
    return []


def _context(spec: Spec, faults: list[Diagnostic]) -> tuple[str, ...]:
    paths = []
    for position, written in enumerate(spec.texts("build.context")):
        place = item_place(spec, "build.context", position)
        path = _shown_file("build.context", written, place, faults)
        if path and path not in paths:
            paths.append(path)
    return tuple(paths)


def _template(spec: Spec, configuration: ProjectConfiguration, faults: list[Diagnostic]) -> str:
    written = spec.text("build.template")
    if not written:
        return configuration.template or "default"
    return (
        written
        if written == "default"
        else _shown_file("build.template", written, spec.place("build.template"), faults)
    )


def _shown_file(field: str, written: str, place: Place, faults: list[Diagnostic]) -> str:
    """Return the project path of a file whose text a model will see; a fault is told and gives ""."""
    path = project_path(written)
    if not path:
        faults.append(_leads_out(field, written, place))
        return ""
    reason = private_file(path)
    if reason:
        faults.append(private_file_shown(field, path, place, reason))
    return path


def private_file_shown(field: str, path: str, place: Place, reason: str) -> Diagnostic:
    """Return the diagnostic for a `path` that `field` would show to a model although it may hold secrets."""
    hint = "put what the model should know into a file of another name"
    return Diagnostic("SB309", f"{field} may not show `{path}` to a model", place, why=reason, hint=hint)


def _leads_out(field: str, written: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "SB308",
        f"{field} `{written}` is not a path inside the project",
        place,
        why='paths are relative to the project and have neither "..", "\\", ":" nor a control character',
        hint='write it from the project\'s root, with "/"',
    )


def _parameters(spec: Spec, configuration: ProjectConfiguration) -> Mapping[str, Json]:
    own = spec.values.get("build.parameters")
    return own if isinstance(own, Mapping) else configuration.parameters


def _entry(spec: Spec, names: Sequence[str], faults: list[Diagnostic]) -> str:
    written = spec.text("build.entry")
    if written and names and written not in names:
        near = nearest(written, names) or names[0]
        what = f"build.entry `{written}` is none of this spec's outputs"
        faults.append(Diagnostic("SB310", what, spec.place("build.entry"), hint=f"did you mean `{near}`?"))
    return written or (names[0] if names else "")


def _whole(spec: Spec, field: str, default: int) -> int:
    value = spec.values.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else default
