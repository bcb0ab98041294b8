"""A spec drafted from a goal in a person's words: priced, asked for like any reply, judged and repaired like any.

A word about a draft is another request, which shows the draft as it is by then: the same words cost nothing a second
time. Replies are kept in the local store; nothing of a project is written here but the spec, when a person wants it.
"""

import os
import posixpath
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.canonical_json import Json
from specbuild.cost import cost_of, estimated_input
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.flushes import replace_files
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.project import find_project
from specbuild.goal_lines import Given, Mode, given_of, given_text, id_of_goal, wrong_fields
from specbuild.graph import graph_of
from specbuild.lock import Lock
from specbuild.names import check_output_name
from specbuild.pattern_targets import target_of_patterns
from specbuild.plan import Plan, PlanLine
from specbuild.progress import Progress, Spent
from specbuild.project_path import join
from specbuild.record import Record
from specbuild.redaction import secrets_in
from specbuild.reply import Usage
from specbuild.spec_reader import read_spec
from specbuild.target import Target, target_of
from specbuild.toml_values import toml_string
from specbuild.trial import Bench
from specbuild.verifier import Verdict
from specbuild.verifiers import text as text_verifier
from specbuild.work.answers import answers
from specbuild.work.bench import Benches
from specbuild.work.choice import BuildOptions
from specbuild.work.conversation import usable_end
from specbuild.work.judge import Judged, extracted
from specbuild.work.kept_draft import KeptDraft
from specbuild.work.load import Project, load
from specbuild.work.lone_spec import empty_project, load_lone_spec
from specbuild.work.opened import Opened, without_errors
from specbuild.work.planning import plan_project
from specbuild.work.step import Step
from specbuild.work.walk import Walk
from specbuild.work.wishes import Wishes

WORDING = "goal"
"""The folder of templates, an edition each, that ask for a draft from a goal."""
TYPICAL_TOKENS = 600
"""About so many tokens a draft is; the strangers' drafts of this project's examples have 400 to 900."""
MOST_GOAL_CHARACTERS = 64 * 1024


class Goal(NamedTuple):
    """A goal as a person said it, and where its spec is to be: `path` from the project's root, `given` its lines.
    `select` is what names the target once the spec is there."""

    text: str
    id: str
    path: str
    select: str
    given: Given


class Answer(NamedTuple):
    """How asking ended: the draft's text (None: there is none), and what was spent."""

    exit_code: int
    text: str | None
    spent: Spent


class GoalDrafts:
    """The drafts of one goal, in the project of a folder, or outside any."""

    def __init__(
        self,
        goal: str,
        folder: Path,
        environ: Mapping[str, str],
        options: BuildOptions,
        *,
        name: str = "",
        mode: Mode = "agent",
        language: str = "",
    ) -> None:
        """Raises DiagnosticError for what stands in the way of any draft: a spec that is there already, most often."""
        _check_words(goal)
        self._environ = environ
        self._is_lone = isinstance(find_project(folder), Diagnostic)
        spec_id = (name or id_of_goal(goal)).removesuffix(".toml")
        if self._is_lone:
            self.project = empty_project(folder, f"{spec_id}.toml", environ)
        else:
            self.project = load(folder, environ)
        without_errors(self.project)
        configuration = self.project.configuration
        prefix = "" if configuration.specs == "." else configuration.specs + "/"
        path = f"{prefix}{spec_id}.toml"
        given = given_of(spec_id, mode=mode, language=language, directory=_directory(configuration.outputs, spec_id))
        self.goal = Goal(goal, spec_id, path, path if self._is_lone else spec_id, given)
        self._check_place(options)

    def with_spec(self, text: str) -> Project | tuple[Diagnostic, ...]:
        """Return the project as it would be with that spec, or what is wrong with the spec."""
        if self._is_lone:
            found = load_lone_spec(self.goal.path, self.project.root, self._environ, raw=text.encode("utf-8"))
            return found.errors or found
        target, faults = self._target_of(text)
        if target is None:
            return faults
        graph = graph_of([*self.project.graph.targets.values(), target], is_file=self.project.files.is_file)
        faults = tuple(one for one in graph.diagnostics if one.severity == "error")
        return faults or replace(self.project, graph=graph)

    def plan_of_build(self, text: str, options: BuildOptions) -> Plan | tuple[Diagnostic, ...]:
        """Return what building that spec would take, or what is wrong with it."""
        found = self.with_spec(text)
        if not isinstance(found, Project):
            return found
        return plan_project(found, options=replace(options, select=(self.goal.select,)), with_needs=True).plan

    def plan(self, options: BuildOptions, *, draft: str = "", word: str = "") -> Plan:
        """Return what asking for a draft would take; raises DiagnosticError if nobody can be asked."""
        asking = _Asking(self, options, draft, word)
        return Plan((asking.line(),))

    def price(self, options: BuildOptions) -> str | None:
        """Return in a few words what asking for a draft costs; None if nobody can be asked."""
        try:
            asking = _Asking(self, options, "", "")
        except DiagnosticError:
            return None
        line = asking.line()
        if not line.calls.expected:
            return "it is known and costs nothing"
        if not asking.is_reachable:
            return None
        cost = "cost unknown" if line.cost is None else f"about {line.cost:.2g}"
        return f"one call, about {line.tokens:,} tokens, {cost}"

    def known(self, options: BuildOptions) -> str | None:
        """Return the draft if a call for it is not needed; None if it is."""
        asking = _Asking(self, options, "", "")
        return asking.known()

    def ask(self, options: BuildOptions, progress: Progress, *, draft: str = "", word: str = "") -> Answer:
        """Ask for a draft, or for `draft` to be changed as `word` says; what is known is not asked again. Raises
        DiagnosticError."""
        return _Asking(self, options, draft, word).ask(progress)

    def kept_draft(self) -> KeptDraft:
        """Return where the draft is kept while a person is at work on it."""
        storage = self.project.storage
        return KeptDraft(LocalFolder(storage.base, storage.local), self.goal.id, self.goal.text)

    def write(self, text: str) -> None:
        """Write the spec. Raises DiagnosticError (SB907) if a file lies there by now."""
        if self.project.files.state(self.goal.path) is not None:
            raise DiagnosticError(self._is_there())
        replace_files(self.project.root, [(self.goal.path, text.encode("utf-8"))])

    def _target_of(self, text: str) -> tuple[Target | None, tuple[Diagnostic, ...]]:
        spec, faults = read_spec(text.encode("utf-8"), self.goal.path, self.goal.id)
        if spec is None:
            return None, tuple(one for one in faults if one.severity == "error")
        allow = self.project.personal.allow_steering_files
        return target_of_patterns(spec, self.project.configuration, allow_steering=allow)

    def _check_place(self, options: BuildOptions) -> None:
        goal = self.goal
        fault = check_output_name(goal.path, allow=("**",))
        if fault is not None or not goal.given.values["file.name"]:
            what = f"{goal.id!r} can't be a spec's id" + (f": {fault.message}" if fault else "")
            raise DiagnosticError(Diagnostic("SB906", what, hint="--name NAME says which one it shall have"))
        if self.project.files.state(goal.path) is not None or goal.id in self.project.graph.targets:
            raise DiagnosticError(self._is_there())
        folder = goal.given.values.get("build.directory")
        if isinstance(folder, str) and _holds_something(self.project.root / folder):
            what = f"{folder}/ is there already, and the files of {goal.id} would lie in it"
            raise DiagnosticError(
                Diagnostic("SB953", what, Place(folder), hint="--name NAME says what the program shall be called")
            )
        keys = [one.key.reveal() for one in self.project.personal.services.values() if one.key]
        if secrets_in(goal.text, keys) and not options.allow_secret:
            what = "the goal looks like it holds a secret and is not shown to a model"
            raise DiagnosticError(Diagnostic("SB942", what, hint="take it out, or, if it is none: --allow-secret"))

    def _is_there(self) -> Diagnostic:
        goal = self.goal
        hint = f"specbuild build {goal.select} builds it; --name NAME makes another one"
        return Diagnostic("SB907", f"{goal.path} is there already", Place(goal.path), hint=hint)


class _Asking:
    """One request for a draft, and the conversation that mends it."""

    def __init__(self, drafts: GoalDrafts, options: BuildOptions, draft: str, word: str) -> None:
        self._drafts = drafts
        self._options = options
        target = _asking(drafts, draft, word)
        project = drafts.project
        graph = graph_of([target], is_file=project.files.is_file)
        self._opened = Opened(replace(project, graph=graph, diagnostics=()), wording=WORDING)
        again = frozenset({target.id}) if options.regenerate else frozenset[str]()
        self._walk: Walk = self._opened.walk(Lock(), Wishes(model=options.model, regenerate=again))
        self._step: Step = self._walk.step(target.id, look_ahead=True)
        if self._step.problem is not None:
            raise DiagnosticError(self._step.problem)

    @property
    def is_reachable(self) -> bool:
        """Whether somebody is configured who can be asked."""
        prepared = self._step.prepared
        return prepared is not None and prepared.request.service in self._opened.project.personal.services

    def known(self) -> str | None:
        """Return the draft that a known conversation ends with."""
        step = self._step
        if step.decision.calls.least or step.conversation is None:
            return None
        end = usable_end(step.conversation, step.target)
        return None if end is None else _whole(end.files[step.target.names[0]])

    def line(self) -> PlanLine:
        """Return what asking takes."""
        step, calls = self._step, self._step.decision.calls
        tokens: int = 0
        cost: float | None = 0.0
        if calls.expected and step.prepared is not None:
            asked = estimated_input(step.prepared.request.body)
            service = self._opened.project.personal.services.get(step.prepared.request.service)
            tokens = (asked + TYPICAL_TOKENS) * calls.expected
            once = cost_of(Usage(asked, TYPICAL_TOKENS), service.prices if service else None)
            cost = None if once is None else once * calls.expected
        outputs = (self._drafts.goal.path,)
        return PlanLine(
            step.target.id, step.decision.state, step.decision.row, step.reasons, calls, tokens, cost, outputs=outputs
        )

    def ask(self, progress: Progress) -> Answer:
        """Ask."""
        id, name = self._step.target.id, self._step.target.names[0]
        try:
            found = answers(
                self._opened,
                self._walk,
                {id: self._step},
                self._options,
                progress,
                benches=Benches(self._opened.project, replies=self._opened.replies, stanza_of=self._walk.stanza_of),
                judge=_Judge(self._drafts),
                gave_up=_gave_up,
            )
        finally:
            self._opened.replies.close()
        reached = found.reached.get(id)
        if reached is None or found.exit_code == exit_codes.INTERRUPTED:
            return Answer(found.exit_code or exit_codes.FINDING, None, found.summary.spent)
        return Answer(found.exit_code, _whole(reached.end.files[name]), found.summary.spent)


class _Judge:
    """Judges a draft: a spec with the given lines and no field beyond, which a build could begin with."""

    def __init__(self, drafts: GoalDrafts) -> None:
        self._drafts = drafts

    def __call__(self, record: Record, *, marker: str, target: Target, bench: Bench) -> Judged:
        """Judge one answer."""
        found = extracted(record, marker=marker, target=target)
        if not found.passed:
            return found
        verdicts = [*found.verdicts, text_verifier.verify(found.files, target, bench=bench)]
        if verdicts[-1].outcome == "passed":
            messages = self._faults(found.files[target.names[0]])
            verdicts.append(Verdict("spec", "failed" if messages else "passed", messages))
        return found._replace(verdicts=tuple(verdicts))

    def _faults(self, text: str) -> tuple[str, ...]:
        goal = self._drafts.goal
        spec, faults = read_spec(text.encode("utf-8"), goal.path, goal.id)
        if spec is None:
            return tuple(told_fault(one) for one in faults if one.severity == "error")
        wrong = tuple(wrong_fields(spec.values, goal.given))
        if wrong:
            return wrong
        with_it = self._drafts.with_spec(text)
        return () if isinstance(with_it, Project) else tuple(map(told_fault, with_it))


def told_fault(one: Diagnostic) -> str:
    """Return a fault of a draft as one line."""
    hint = f" ({one.hint})" if one.hint else ""
    return f"{one.place}: {one.message}{hint}" if one.place else f"{one.message}{hint}"


def _asking(drafts: GoalDrafts, draft: str, word: str) -> Target:
    """Return the target that asks for the spec; its id is the spec's path."""
    goal, project = drafts.goal, drafts.project
    whole = (
        f'[file]\nname = {toml_string(posixpath.basename(goal.id))}\nlanguage = "text"\nextension = "txt"\n'
        f'description = "?"\n[project]\nrequirements = {toml_string(goal.text)}\n'
    )
    spec, faults = read_spec(whole.encode("utf-8"), goal.path, goal.path)
    target, target_faults = target_of(spec, project.configuration) if spec else (None, ())
    if spec is None or target is None:
        raise DiagnosticError(*(replace(one, place=None) for one in (*faults, *target_faults)))
    values: dict[str, Json] = {**spec.values, "project.specs": given_text(goal.given)}
    if draft:
        values |= {"interface.text": draft, "project.hints": word}
    directory, name = posixpath.split(goal.path)
    return replace(
        target,
        spec=replace(spec, values=values),
        directory=directory,
        names=(name,),
        outputs=(goal.path,),
        template="default",
        header=False,
        entry=name,
    )


def _check_words(goal: str) -> None:
    try:
        goal.encode("utf-8")
    except UnicodeEncodeError:
        raise DiagnosticError(Diagnostic("SB954", "the goal is not UTF-8")) from None
    if len(goal) > MOST_GOAL_CHARACTERS:
        hint = "put the long part into a file, and name it under context of [build] in the spec"
        what = f"the goal has {len(goal):,} characters, more than {MOST_GOAL_CHARACTERS:,}"
        raise DiagnosticError(Diagnostic("SB954", what, hint=hint))


def _holds_something(folder: Path) -> bool:
    return any(folder.iterdir()) if folder.is_dir() else os.path.lexists(folder)


def _directory(outputs: str, spec_id: str) -> str:
    return spec_id if outputs == "." else join(outputs, spec_id)


def _gave_up(step: Step, turns: int, messages: tuple[str, ...]) -> Diagnostic:
    what = f"{turns} of {step.target.attempts} attempts at a draft of {step.target.outputs[0]} failed"
    hint = "--again asks for another one; or write the spec by hand: specbuild new"
    return Diagnostic("SB943", what, None, "; ".join(messages), hint)


def _whole(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
