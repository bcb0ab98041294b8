"""Which specs are to be drafted for which existing files, and whether a draft will do. Reads only, asks nobody.

A draft is asked for like any output: as a target whose one file is the spec, and whose prompt shows the existing file.
"""

import os
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.canonical_json import Json
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.graph import graph_of
from specbuild.languages import language_of_path
from specbuild.names import check_output_name
from specbuild.project_path import private_file
from specbuild.record import Record
from specbuild.redaction import secrets_in
from specbuild.shape import VERBATIM
from specbuild.spec import Spec
from specbuild.spec_reader import read_spec
from specbuild.target import Target, private_file_shown, target_of
from specbuild.toml_values import toml_value
from specbuild.trial import Bench
from specbuild.verifier import Verdict
from specbuild.verifiers import examples
from specbuild.verifiers import text as text_verifier
from specbuild.work.judge import Judged, extracted
from specbuild.work.load import Project

ALLOWED = (
    "file.name", "file.language", "file.extension", "file.description", "project.requirements", "project.specs",
    "project.hints", "build.directory", "build.outputs", "build.dependencies", "example",
)  # fmt: skip
"""The fields of a draft. What else a spec can hold (commands, files that are shown, services) a person writes."""
_GIVEN = ("file.name", "file.language", "file.extension", "build.directory", "build.outputs")


class Draft(NamedTuple):
    """A spec that is to be: its id and path, the `source` that it describes with its text, the lines that it has for
    certain as TOML and as values, and the target that asks for it."""

    id: str
    path: str
    source: str
    text: str
    head: str
    given: Mapping[str, Json]
    target: Target


def drafts_of(
    project: Project, written: Sequence[str], *, here: Path, allow_secret: bool = False
) -> tuple[Draft, ...]:
    """Return the drafts for the files `written` (from the folder `here`), in that order.

    Raises DiagnosticError with all that stands in the way: no such file, one that a spec builds already or that no
    model may see, a spec that is there already.
    """
    faults: list[Diagnostic] = []
    sources = [_source(project, one, here, faults) for one in dict.fromkeys(written)]
    ids = _ids(project, [one for one in sources if one])
    drafts: list[Draft] = []
    for source, spec_id in ids.items():
        found = _draft(project, source, spec_id, allow_secret=allow_secret)
        if isinstance(found, Draft):
            drafts.append(found)
        else:
            faults += found
    if faults:
        raise DiagnosticError(*faults, exit_code=exit_codes.USAGE)
    return tuple(drafts)


def judge_of(drafts: Iterable[Draft], project: Project) -> "_DraftJudge":
    """Return what judges the answers: a spec, with the given lines and no field beyond, whose examples hold of the
    existing file."""
    return _DraftJudge({one.id: one for one in drafts}, project)


class _DraftJudge:
    def __init__(self, drafts: Mapping[str, Draft], project: Project) -> None:
        self._drafts = drafts
        self._project = project

    def __call__(self, record: Record, *, marker: str, target: Target, bench: Bench) -> Judged:
        """Judge one answer."""
        found = extracted(record, marker=marker, target=target)
        if not found.passed:
            return found
        verdicts = [*found.verdicts, text_verifier.verify(found.files, target, bench=bench)]
        if verdicts[-1].outcome == "passed":
            verdicts += self._of_spec(found.files[target.names[0]], self._drafts[target.id], bench)
        return found._replace(verdicts=tuple(verdicts))

    def _of_spec(self, text: str, draft: Draft, bench: Bench) -> list[Verdict]:
        name = draft.target.names[0]
        spec, faults = read_spec(text.encode("utf-8"), name, draft.id)
        messages = [_told(one) for one in faults if one.severity == "error"]
        if spec is None:
            return [Verdict("spec", "failed", tuple(messages))]
        messages = list(_wrong_fields(spec, draft))
        target, target_faults = _target_of(spec, self._project)
        messages += [] if messages else [_told(one) for one in target_faults]
        if messages or target is None:
            return [Verdict("spec", "failed", tuple(messages))]
        return [Verdict("spec", "passed"), *_run(target, draft, bench)]


def _run(target: Target, draft: Draft, bench: Bench) -> list[Verdict]:
    """Run the draft's examples on the file as it stands."""
    try:
        verdict = examples.verify({target.names[0]: draft.text}, target, bench=replace(bench, way=VERBATIM))
    except DiagnosticError as error:
        if error.exit_code != exit_codes.NO_SANDBOX:
            raise
        return [Verdict("examples", "not_checked", (f"not checked: {error.diagnostics[0].message}",))]
    return [verdict] if verdict else []


def _wrong_fields(spec: Spec, draft: Draft) -> Iterable[str]:
    for field in spec.values:
        if field not in ALLOWED:
            yield f"`{field}` has no place in this specification: leave it out"
    for field in _GIVEN:
        given, found = draft.given.get(field), spec.values.get(field)
        if given == found:
            continue
        key = field.partition(".")[2]
        yield (
            f"`{field}` is none of the given lines: leave it out"
            if given is None
            else f"the given line `{key} = {toml_value(given)}` is missing or changed"
        )


def _told(one: Diagnostic) -> str:
    hint = f" ({one.hint})" if one.hint else ""
    return f"{one.place}: {one.message}{hint}" if one.place else f"{one.message}{hint}"


def _source(project: Project, written: str, here: Path, faults: list[Diagnostic]) -> str:
    """Return the project path of a file as a person wrote it; a fault is told and gives ""."""
    root = os.path.realpath(project.root)
    path = os.path.relpath(os.path.realpath(here / written), root).replace(os.sep, "/")
    if path.startswith("../") or path == "..":
        faults.append(Diagnostic("SB940", f"{written} does not lie in the project", Place(written)))
        return ""
    return path


def _ids(project: Project, sources: Sequence[str]) -> dict[str, str]:
    """Return source → id: its path below the output folder, else from the root, without the extension where nobody
    else has that id."""
    outputs = "" if project.configuration.outputs == "." else project.configuration.outputs + "/"
    short = {one: posixpath.splitext(one.removeprefix(outputs))[0] for one in sources}
    many = [one for one in short.values() if list(short.values()).count(one) > 1 or one in project.graph.targets]
    return {one: one.removeprefix(outputs) if short[one] in many else short[one] for one in dict.fromkeys(sources)}


def _draft(project: Project, source: str, spec_id: str, *, allow_secret: bool) -> Draft | Sequence[Diagnostic]:
    text = project.files.text(source)
    if isinstance(text, Diagnostic):
        return [text]
    folder = "" if project.configuration.specs == "." else project.configuration.specs + "/"
    path = f"{folder}{spec_id}.toml"
    producer = project.graph.producers.get(source)
    reason = private_file(source)
    if producer is not None:
        what = f"{source} is what the spec {producer} builds"
        return [Diagnostic("SB941", what, Place(project.graph.targets[producer].spec.path), hint="edit that spec")]
    if reason:
        return [private_file_shown("new --from", source, Place(source), reason)]
    if secrets_in(text, _keys(project)) and not allow_secret:
        what = f"{source} looks like it holds a secret and is not shown to a model"
        hint = "take it out, or, if it is none: --allow-secret"
        return [Diagnostic("SB942", what, Place(source), hint=hint)]
    fault = check_output_name(path, allow=("**",))
    if fault is not None:
        return [fault.diagnostic(Place(source))]
    if not isinstance(project.files.state(path), Diagnostic) and project.files.state(path) is not None:
        hint = f"specbuild accept {spec_id} takes the file as it stands, once that spec describes it"
        return [Diagnostic("SB907", f"{path} is there already", Place(path), hint=hint)]
    return _described(project, source, text, spec_id, path)


def _described(project: Project, source: str, text: str, spec_id: str, path: str) -> Draft | Sequence[Diagnostic]:
    """Return the draft with the fewest given lines that make `source` the spec's one output."""
    directory, name = posixpath.split(source)
    stem, extension = posixpath.splitext(name)
    language = language_of_path(name)
    file = {"name": stem, "language": language.name if language else extension.removeprefix(".") or "text"}
    if language is None:
        file["extension"] = extension.removeprefix(".") or "txt"
    faults: Sequence[Diagnostic] = ()
    builds: tuple[dict[str, Json], ...] = ({}, {"directory": directory or "."}, {"outputs": [name]})
    builds = (*builds, {**builds[1], **builds[2]})
    for build in builds:
        head = "".join(f"{key} = {toml_value(one)}\n" for key, one in file.items())
        head = f"[file]\n{head}" + (
            "\n[build]\n" + "".join(f"{key} = {toml_value(one)}\n" for key, one in build.items()) if build else ""
        )
        whole = head.replace("[file]\n", '[file]\ndescription = "?"\n', 1) + '\n[project]\nrequirements = "?"\n'
        spec, faults = read_spec(whole.encode("utf-8"), path, spec_id)
        target, target_faults = _target_of(spec, project) if spec else (None, ())
        faults = [*faults, *target_faults]
        if spec is not None and target is not None and target.outputs == (source,):
            everything = [*project.graph.targets.values(), target]
            faults = graph_of(everything, is_file=project.files.is_file).diagnostics
            if faults:
                break
            given = {field: value for field, value in spec.values.items() if field in _GIVEN}
            return Draft(spec_id, path, source, text, head, given, _asking(spec, target, path, head))
    return [replace(one, place=Place(source)) for one in faults] or [
        Diagnostic("SB940", f"no spec can have {source} as its output", Place(source))
    ]


def _asking(spec: Spec, target: Target, path: str, head: str) -> Target:
    """Return the target that asks for the spec at `path`, whose prompt shows the one output of `target`."""
    directory, name = posixpath.split(path)
    values = {**spec.values, "project.specs": head}
    return replace(
        target,
        spec=replace(spec, path=target.outputs[0], values=values),
        directory=directory,
        names=(name,),
        outputs=(path,),
        context=target.outputs,
        template="default",
        header=False,
        entry=name,
    )


def _target_of(spec: Spec, project: Project) -> tuple[Target | None, tuple[Diagnostic, ...]]:
    return target_of(spec, project.configuration, allow_steering=project.personal.allow_steering_files)


def _keys(project: Project) -> list[str]:
    return [one.key.reveal() for one in project.personal.services.values() if one.key]
