"""One iteration of a project that builds modules of itself: staged, tested as a whole, made again, compared, kept.

A failure anywhere leaves the project as it is; replies that were paid for stay. Raises DiagnosticError before any work.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from specbuild import exit_codes
from specbuild.canonical_json import Digest
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.history import KeptIteration, next_number, read_iterations, write_iteration
from specbuild.disk.mutex import held, mutex
from specbuild.iteration import Iteration, Parent, SecondStage, SuiteCounts
from specbuild.lock import Lock
from specbuild.progress import Progress
from specbuild.shape import Shaped
from specbuild.stanza import Stanza
from specbuild.work.bench import placed
from specbuild.work.build import build
from specbuild.work.choice import BuildOptions
from specbuild.work.fixed_point import second_stage
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.own import own_ids
from specbuild.work.planning import plan_project
from specbuild.work.promote import is_promoted, promote
from specbuild.work.recorded import Built, iteration_of
from specbuild.work.sources import package_files, sources_of
from specbuild.work.stage import Stage, bring_records, lay_out, stage_of
from specbuild.work.whole_tests import whole_tests

Outcome = Literal["stands", "kept", "stopped", "failed"]


class Iterated(NamedTuple):
    """How it ended. "stands": nothing differs from iteration `number`; "kept": that is the new one; "stopped": the
    build of the stage ended with `exit_code`; "failed": `diagnostics` say of what. `promoted` is the number of files
    that were put in place, None if there was no promotion."""

    outcome: Outcome
    exit_code: int
    number: int | None = None
    iteration: Iteration | None = None
    promoted: int | None = None
    is_in_place: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    last_lines: str = ""
    """The end of the tests' log, if they failed."""


@dataclass(frozen=True, slots=True)
class IterateOptions:
    """What a person asked: how to build, which targets get another answer, why (one line), and whether to promote."""

    build: BuildOptions
    regenerate: tuple[str, ...] = ()
    what: str = ""
    promote: bool = False


class Outside(NamedTuple):
    """What an iteration works with from outside: the loader of the project, its environment, and who is told what."""

    load_project: Callable[[], Project]
    environ: Mapping[str, str]
    progress: Progress
    waiting: Callable[[str], None]
    tell: Callable[[Sequence[Diagnostic]], None]


def iterate(options: IterateOptions, outside: Outside) -> Iterated:
    """Build the project's own modules into a stage, and keep them as an iteration if all holds; see the module."""
    project = without_errors(outside.load_project())
    _refuse_unfit(project)
    opened = Opened(project)
    local = opened.local.for_writing()
    with held(local / "iterating", waiting=lambda pid: outside.waiting("waiting for another specbuild iterate")):
        stage = stage_of(project)
        with mutex(local, waiting=outside.waiting):
            lay_out(stage, opened)
        code = _build(stage, options, outside)
        if code != exit_codes.SUCCESS:
            return Iterated("stopped", code)
        return _after_the_build(stage, options, outside)


def _refuse_unfit(project: Project) -> None:
    """Raise DiagnosticError (exit 2) if the project builds no module of itself, or one that needs what is none."""
    own = own_ids(project)
    if not own:
        settings = project.configuration.iteration
        specs = f"{project.configuration.specs}/{settings.specs}" if settings else ""
        what = f"there is no spec in {specs}" if specs else "this project builds no module of itself"
        hint = 'iterate = { specs = "self", package = "FOLDER" } in the configuration says which specs do'
        place = Place(project.configuration.path or "specbuild.toml")
        raise DiagnosticError(Diagnostic("SB741", what, place, hint=hint))
    faults = [
        Diagnostic(
            "SB741", f"{target_id} needs {need}, which is no module of the project itself",
            project.graph.targets[target_id].spec.place("build.needs"), hint="need its output as a file that you keep",
        )
        for target_id in sorted(own) for need in project.graph.needs_of[target_id] if need not in own
    ]  # fmt: skip
    if faults:
        raise DiagnosticError(*faults)


def _build(stage: Stage, options: IterateOptions, outside: Outside) -> int:
    """The first stage: what is stale of the own targets, built where they can do no harm."""
    runs = [replace(options.build, select=(), iterating=True)]
    if options.regenerate:
        runs.insert(0, replace(runs[0], select=options.regenerate, regenerate=True))
    for run in runs:
        result = build(
            lambda: stage.load(outside.environ), run, outside.progress, waiting=outside.waiting, tell=outside.tell
        )
        if result.exit_code != exit_codes.SUCCESS:
            return result.exit_code
    return exit_codes.SUCCESS


def _after_the_build(stage: Stage, options: IterateOptions, outside: Outside) -> Iterated:
    project = stage.project
    bring_records(stage)
    built = _first_stage(stage.load(outside.environ))
    kept, faults = read_iterations(project.root, project.configuration.outputs)
    damaged = tuple(one for one in faults if one.severity == "error")
    if damaged:
        raise DiagnosticError(*damaged, exit_code=exit_codes.FINDING)
    last = kept[-1] if kept else None
    if last is not None and _traces(last.lock.targets) == _traces(built.stanzas):
        return _promoted(
            Iterated("stands", exit_codes.SUCCESS, last.iteration.number, last.iteration), built, options, outside
        )
    settings = project.configuration.iteration
    if settings is not None and settings.tests:
        outside.progress.message("the tests of the whole run on what was built")
    home = outside.environ.get("HOME", "")
    tests = whole_tests(project, stage, sandbox=options.build.sandbox, home=home)
    if tests.fault is not None:
        return Iterated("failed", exit_codes.FINDING, diagnostics=(tests.fault,), last_lines=tests.last_lines)
    changed = _changed_by_tests(built, _first_stage(stage.load(outside.environ)))
    if changed:
        return Iterated("failed", exit_codes.FINDING, diagnostics=changed)
    second = second_stage(built.project, built.stanzas, sandbox=options.build.sandbox)
    if second.diagnostics:
        return Iterated("failed", exit_codes.FINDING, diagnostics=second.diagnostics)
    with mutex(Opened(project).local.for_writing(), waiting=outside.waiting):
        iteration = _keep(built, last, tests.counts, second.stage, options)
    result = Iterated("kept", exit_codes.SUCCESS, iteration.number, iteration)
    return _promoted(result, built, options, outside)


def _first_stage(staged: Project) -> Built:
    """Return what was built. Raises DiagnosticError (exit 1) for a module that is not what a spec and a reply give."""
    planned = plan_project(staged, options=BuildOptions(iterating=True))
    stale = [line for line in planned.plan.lines if line.state != "fresh"]
    texts = [line.id for line in planned.plan.lines if _is_a_persons(planned.lock.targets.get(line.id))]
    faults = [_not_built(staged, line.id, line.reason) for line in stale if line.id not in texts]
    faults += [_accepted(staged, target_id) for target_id in texts]
    if faults:
        raise DiagnosticError(*faults, exit_code=exit_codes.FINDING)
    settings = staged.configuration.iteration
    assert settings is not None
    stanzas = {line.id: planned.lock.targets[line.id] for line in planned.plan.lines}
    outputs = {target_id: _shaped(staged, stanza) for target_id, stanza in stanzas.items()}
    return Built(staged, stanzas, outputs, package_files(staged, settings.package), sources_of(staged, stanzas))


def _is_a_persons(stanza: Stanza | None) -> bool:
    return stanza is not None and stanza.origin == "accepted"


def _shaped(staged: Project, stanza: Stanza) -> tuple[Shaped, ...]:
    return tuple(
        Shaped(path, placed(staged.files, path).data, state.mode, state.sha256)
        for path, state in stanza.outputs.items()
    )


def _changed_by_tests(before: Built, after: Built) -> tuple[Diagnostic, ...]:
    """Say which file of the package, or of those that its requests and checks show, the tests changed in the stage."""
    first = {**before.sources, **{path: file.data for path, file in before.package.items()}}
    second = {**after.sources, **{path: file.data for path, file in after.package.items()}}
    return tuple(
        Diagnostic("SB745", f"the tests changed {path}, which they test", Place(path))
        for path in sorted(first.keys() | second.keys())
        if first.get(path) != second.get(path)
    )


def _keep(
    built: Built, last: KeptIteration | None, tests: SuiteCounts | None, second: SecondStage, options: IterateOptions
) -> Iteration:
    """Write the iteration into the history of the project. Its mutex is held."""
    root, outputs = built.project.storage.base, built.project.configuration.outputs
    iteration = iteration_of(
        built,
        last.lock.targets if last else {},
        number=next_number(root, outputs),
        parent=Parent(last.iteration.number, last.iteration.tree) if last else None,
        what=options.what,
        tests=tests,
        second=second,
    )
    write_iteration(root, outputs, iteration, Lock(built.stanzas), built.sources)
    return iteration


def _promoted(result: Iterated, built: Built, options: IterateOptions, outside: Outside) -> Iterated:
    """Put the iteration in place, if that was asked for and is not done."""
    opened = Opened(outside.load_project())
    in_place = is_promoted(opened, opened.lock(), built.stanzas)
    if in_place or not options.promote:
        return result._replace(is_in_place=in_place)
    written = promote(outside.load_project, built.stanzas, built.outputs, waiting=outside.waiting)
    return result._replace(promoted=written, is_in_place=True)


def _traces(stanzas: Mapping[str, Stanza]) -> dict[str, Digest]:
    return {target_id: stanza.trace for target_id, stanza in stanzas.items()}


def _not_built(staged: Project, target_id: str, reason: str) -> Diagnostic:
    place = Place(staged.graph.targets[target_id].spec.path)
    return Diagnostic("SB741", f"{target_id} is not built: {reason}", place, hint="specbuild iterate once more")


def _accepted(staged: Project, target_id: str) -> Diagnostic:
    place = Place(staged.graph.targets[target_id].spec.path)
    what = f"the text of {target_id} was accepted by hand: no spec and no reply gives it"
    return Diagnostic("SB746", what, place, hint=f"specbuild iterate --regenerate {target_id}")
