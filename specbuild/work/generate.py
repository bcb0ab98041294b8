"""One spec, given as values, to its generated files, without a project: nothing is written but the reply, into a cache.

What would be a project is a throw-away folder with the files that the spec names; it is gone when the answer is there.
"""

import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.files import ProjectFiles
from specbuild.disk.project import Storage, personal_cache
from specbuild.graph import graph_of
from specbuild.keys import ReplyKey
from specbuild.lock import Lock
from specbuild.names import check_output_name
from specbuild.output_patterns import with_names
from specbuild.pattern_targets import target_of_patterns
from specbuild.progress import Event, Progress, Summary
from specbuild.shape import Shaped
from specbuild.spec import Spec
from specbuild.spec_reader import read_spec
from specbuild.toml_text import TomlDocument, read_toml
from specbuild.toml_values import toml_document
from specbuild.trial import Placed
from specbuild.verifier import Verdict
from specbuild.work.answers import answers
from specbuild.work.bench import Benches, lay_out
from specbuild.work.choice import BuildOptions
from specbuild.work.conversation import known_conversation
from specbuild.work.formatter import Formatter
from specbuild.work.judge import judged
from specbuild.work.layout import outputs_of
from specbuild.work.load import Project, missing_files, read_personal
from specbuild.work.opened import Opened, without_errors
from specbuild.work.step import Step
from specbuild.work.walk import Walk
from specbuild.work.wishes import Wishes

SPEC = "spec"
"""What the spec is called in messages: it has neither a file nor an id of its own."""
_CONFIGURATION = ProjectConfiguration(outputs=".")


class Generated(NamedTuple):
    """The files of a spec as a build would write them, by declared name in declared order; the key of their request."""

    outputs: Mapping[str, Shaped]
    key: ReplyKey
    verdicts: Sequence[Verdict]
    event: Event
    summary: Summary


def generate(
    values: object,
    options: BuildOptions,
    progress: Progress,
    *,
    environ: Mapping[str, str],
    files: Mapping[str, object],
    sample: int = 0,
    cache: Path | None = None,
    stop: threading.Event | None = None,
) -> Generated:
    """Return what the spec in `values`, a mapping, builds. `files` are those that it names, by path; `cache` is where
    replies are kept, the person's own cache folder if it is None.

    Raises DiagnosticError with the exit code that it would mean.
    """
    place = (cache or personal_cache(environ)).absolute()
    storage = Storage(place.parent, place.name, f"{place.name}/local", f"{place.name}/local", place.name)
    with tempfile.TemporaryDirectory(prefix="specbuild-", ignore_cleanup_errors=True) as folder:
        root = Path(folder).resolve() / "project"
        lay_out(root, {path: Placed(text.encode("utf-8")) for path, text in _checked(files).items()})
        project = without_errors(_project(values, root, storage, environ))
        opened = Opened(project)
        try:
            return _answered(opened, options, progress, sample, stop)
        finally:
            opened.replies.close()


def _answered(
    opened: Opened, options: BuildOptions, progress: Progress, sample: int, stop: threading.Event | None
) -> Generated:
    (target,) = opened.project.graph.targets.values()
    walk = opened.walk(Lock(), Wishes(model=options.model))
    step = _step(walk, opened, target.id, sample)
    if step.prepared is None:
        raise DiagnosticError(*(() if step.problem is None else (step.problem,)))
    benches = Benches(opened.project, replies=opened.replies, stanza_of=walk.stanza_of, sandbox=options.sandbox)
    benches.refuse_without_sandbox([step])
    formatter = Formatter(opened.replies, benches)
    if not options.offline:
        formatter.refuse_absent([step])
    found = answers(
        opened, walk, {target.id: step}, options, progress,
        benches=benches, judge=partial(judged, lay=formatter.texts), lay=formatter.texts, stop=stop,
    )  # fmt: skip
    if found.exit_code == exit_codes.INTERRUPTED:
        raise KeyboardInterrupt
    reached = found.reached.get(target.id)
    if reached is None:
        code = found.exit_code or exit_codes.FINDING
        raise DiagnosticError(*(one for event in found.events for one in event.diagnostics), exit_code=code)
    target = with_names(target, reached.end.files)
    layout = formatter.layout(reached.end.files, target, way=reached.end.way)
    outputs = outputs_of(layout, target, way=reached.end.way)
    return Generated(
        dict(zip(target.names, outputs, strict=True)),
        step.prepared.key,
        reached.end.verdicts,
        found.events[0],
        found.summary,
    )


def _step(walk: Walk, opened: Opened, target_id: str, sample: int) -> Step:
    step = walk.step(target_id, look_ahead=True)
    if not sample or step.prepared is None:
        return step
    prepared = walk.prepare(step.target, step.components, sample=sample)
    assert not isinstance(prepared, Diagnostic)  # it could be rendered as sample 0
    return replace(step, prepared=prepared, conversation=known_conversation(opened.replies, prepared))


def _project(values: object, root: Path, storage: Storage, environ: Mapping[str, str]) -> Project:
    personal, faults = read_personal(environ)
    spec, spec_faults = _spec(values)
    files = ProjectFiles(root)
    target, target_faults = (
        target_of_patterns(spec, _CONFIGURATION, allow_steering=personal.allow_steering_files) if spec else (None, ())
    )
    targets = [target] if target is not None else []
    graph = graph_of(targets, is_file=files.is_file)
    found = (*faults, *spec_faults, *target_faults, *graph.diagnostics, *missing_files(files, targets))
    return Project(root, _CONFIGURATION, personal, graph, files, found, storage)


def _spec(values: object) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    """Return the spec, with the dotted names of its fields as places: a person never saw the text in between."""
    if not isinstance(values, Mapping):
        what = f"a spec is a mapping with the tables of a requirement file, no {type(values).__name__}"
        return None, (Diagnostic("SB930", what, Place(SPEC), hint='{"file": {…}, "project": {…}}'),)
    try:
        raw = toml_document(values).encode("utf-8", errors="surrogatepass")
    except (TypeError, ValueError) as error:
        hint = "a spec holds strings, numbers, booleans, lists and mappings; leave out what is None"
        return None, (Diagnostic("SB930", str(error), Place(SPEC), hint=hint),)
    document = read_toml(raw, SPEC)
    if not isinstance(document, TomlDocument):
        return None, (replace(document, place=Place(SPEC)),)
    names = {place: ".".join(map(str, parts)) for parts, place in document.places.items()}
    spec, faults = read_spec(raw, SPEC, SPEC)

    def named(place: Place) -> Place:
        return Place(names.get(place, SPEC))

    told = tuple(
        replace(one, place=one.place and named(one.place), also=tuple(map(named, one.also))) for one in faults
    )
    return spec and replace(spec, places={field: named(place) for field, place in spec.places.items()}), told


def _checked(files: Mapping[str, object]) -> Mapping[str, str]:
    texts = {}
    for path, text in files.items():
        if check_output_name(path, allow=("**",)) is not None:
            raise DiagnosticError(Diagnostic("SB931", f"`{path}` can't be the path of a file", Place(path)))
        if not isinstance(text, str):
            what = f"the text of a file can't be of type {type(text).__name__}"
            raise DiagnosticError(Diagnostic("SB932", what, Place(path), hint="decode it: files are read as UTF-8"))
        texts[path] = text
    return texts
