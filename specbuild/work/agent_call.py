"""A goal from another program: its folder becomes a project, what lies there is taken in, and an agent builds.

Calling again with the same goal asks nothing: what was built is fresh. With another goal, what lies there is revised.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from specbuild import exit_codes
from specbuild.agent_tools import Call
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.durable import replace_file
from specbuild.disk.files import ProjectFiles
from specbuild.formats.action_text import difference_text
from specbuild.formats.transcript_text import steps_json, transcript_text
from specbuild.goal_spec import MARK, UNKNOWN_GOAL, Goal, goal_of, goal_spec, log_level
from specbuild.happening import Teller
from specbuild.progress import Spent
from specbuild.styled_text import plain_text
from specbuild.terminal.console import Console
from specbuild.work.accept import accept
from specbuild.work.agent_story import Story, story_of
from specbuild.work.arguments import checked
from specbuild.work.build import BuildResult, build
from specbuild.work.choice import BuildOptions
from specbuild.work.load import Project, configuration_of, load
from specbuild.work.opened import Opened, without_errors
from specbuild.work.overseer import Action, Overseer
from specbuild.work.present_outputs import with_present_names
from specbuild.work.scaffold import make_project
from specbuild.work.watching import LOG_LEVELS, Watching

OnStep = Callable[[Mapping[str, object]], str | None]


class Ended(NamedTuple):
    """How it ended: `ending` as a build tells it, `message` what went wrong ("" if nothing did)."""

    success: bool
    ending: str
    message: str
    files: Mapping[str, str]
    story: Story | None
    spent: Spent


def call_agent(request: object, *, on_step: OnStep | None, environ: Mapping[str, str]) -> Ended:
    """Do what a request asks for. Raises DiagnosticError: a fault of the request, the project or the service."""
    if not isinstance(request, Mapping):
        raise DiagnosticError(Diagnostic("SB950", f"a request is a mapping, no {type(request).__name__}"))
    goal = goal_of(request)
    if isinstance(goal, Diagnostic):
        raise DiagnosticError(goal)
    checked(BuildOptions(sandbox=_sandbox(request)))
    environ = {**environ, **_services(request)}
    root = Path(os.path.abspath(str(request.get("project_dir") or goal.id)))
    root.mkdir(parents=True, exist_ok=True)
    make_project(root)
    _write_spec(root, goal, environ)
    overseer = _Watcher(on_step, request)
    result = build(
        lambda: load(root, environ),
        _options(request, goal, root, environ),
        Teller(lambda one: None),
        waiting=lambda text: None,
        tell=lambda found: None,
        stop=overseer.stopped,
        overseer=overseer,
    )
    return _ended(result, goal, load(root, environ))


def steps_of(ended: Ended) -> tuple[list[object], str, str]:
    """Return the steps of an ended call as values, what the model said in all of them, and the transcript."""
    if ended.story is None:
        return [], "", ""
    trajectory = ended.story.trajectory
    replies = [turn.record.reply for turn in trajectory.turns]
    said = [text.strip() for one in replies for text in (*one.reasoning.values(), one.content)]
    reasons = [move.call.text("reason").strip() for turn in trajectory.turns for move in turn.moves]
    reasoning = "\n\n".join(one for one in (*said, *reasons) if one)
    return list(steps_json(trajectory)), reasoning, plain_text(transcript_text(*ended.story))


def _write_spec(root: Path, goal: Goal, environ: Mapping[str, str]) -> None:
    """Write the spec of the goal. Files that lie there and are not what was built are accepted first, as they are."""
    configuration, _ = configuration_of(ProjectFiles(root))
    path = f"{'' if configuration.specs == '.' else configuration.specs + '/'}{goal.id}.toml"
    present = ProjectFiles(root).text(path)
    if isinstance(present, str) and not present.startswith(MARK):
        hint = f"build it: specbuild build {goal.id}; or choose another project_name"
        raise DiagnosticError(Diagnostic("SB951", f"{path} is a spec that a person keeps", Place(path), hint=hint))
    wanted = goal_spec(goal)
    if isinstance(present, Diagnostic):
        replace_file(root, path, goal_spec(goal._replace(goal=UNKNOWN_GOAL)).encode("utf-8"))
    project = without_errors(load(root, environ))
    target = project.graph.targets[goal.id]
    lies_there = with_present_names(target, project).outputs
    lock = Opened(project).lock().targets.get(goal.id)
    locked = lock.outputs if lock else {}
    states = {one: project.files.state(one) for one in lies_there}
    edited = any(
        state is not None and (isinstance(state, Diagnostic) or one not in locked or state.sha256 != locked[one].sha256)
        for one, state in states.items()
    )
    if edited:
        replace_file(root, path, goal_spec(goal._replace(goal=UNKNOWN_GOAL)).encode("utf-8"))
        for one in accept(lambda: load(root, environ), [goal.id], waiting=lambda text: None):
            if one.diagnostic is not None:
                raise DiagnosticError(one.diagnostic)
    if present != wanted or edited:
        replace_file(root, path, wanted.encode("utf-8"))


def _options(request: Mapping[str, object], goal: Goal, root: Path, environ: Mapping[str, str]) -> BuildOptions:
    lock = Opened(without_errors(load(root, environ))).lock().targets.get(goal.id)
    model = request.get("model")
    max_calls, max_tokens = request.get("max_calls"), request.get("max_tokens")
    return BuildOptions(
        select=(goal.id,),
        jobs=1,
        offline=request.get("offline") is True,
        model=model if isinstance(model, str) else None,
        repin=isinstance(model, str),
        max_calls=max_calls if isinstance(max_calls, int) else None,
        max_tokens=max_tokens if isinstance(max_tokens, int) else None,
        retry_failed=request.get("again") is True,
        # What lies there is revised; where there is nothing, it is written.
        revise=lock is not None and bool(lock.outputs),
        sandbox=_sandbox(request),
    )


def _sandbox(request: Mapping[str, object]) -> str:
    return str(request.get("sandbox") or "auto")


def _services(request: Mapping[str, object]) -> dict[str, str]:
    named = {"OPENAI_API_KEY": request.get("api_key"), "OPENAI_BASE_URL": request.get("base_url")}
    return {name: str(value) for name, value in named.items() if value}


def _ended(result: BuildResult, goal: Goal, project: Project) -> Ended:
    event = next((one for one in result.events if one.id == goal.id), None)
    found = [one for one in (event.diagnostics if event else ()) if one.severity == "error"]
    success = result.exit_code == exit_codes.SUCCESS and (event is None or event.ending != "held")
    files: dict[str, str] = {}
    for path in project.graph.targets[goal.id].outputs if success else ():
        text = project.files.text(path)
        if isinstance(text, str):
            files[path] = text
    try:
        story = story_of(project, goal.id)
    except DiagnosticError:
        story = None  # nothing was asked: a service that is not there, a limit of no calls
    message = "; ".join(" ".join(filter(None, (one.message, one.why))) for one in found)
    return Ended(success, event.ending if event else "fresh", message, files, story, result.summary.spent)


class _Watcher(Overseer):
    """Tells actions on stderr as the request's log level says; asks `on_step`, or under `step` a person."""

    def __init__(self, on_step: OnStep | None, request: Mapping[str, object]) -> None:
        level = log_level(request.get("log_level")) or "quiet"
        console = Console(None, sys.stderr, verbosity=LOG_LEVELS[level], environment=os.environ)
        answers = sys.stdin if request.get("step") is True and on_step is None else None
        self._watching = Watching(console, answers=answers, level=0)
        self._on_step = on_step
        self.stopped = self._watching.stopped

    def asks(self, action: Action) -> str:
        answer = self._watching.asks(action)
        if answer != "go" or self._on_step is None:
            return answer
        shown = {
            "step": action.step,
            "tool": action.call.name,
            "arguments": dict(action.call.arguments),
            "said": action.said,
            "difference": plain_text(difference_text(action.before, action.after)),
        }
        answer = self._on_step(shown) or "go"
        if answer == "stop":
            self.stopped.set()
        return answer

    def refused(self, target_id: str, step: int, call: Call, result: str) -> None:
        self._watching.refused(target_id, step, call, result)

    def done(self, target_id: str, call: Call, result: str) -> None:
        self._watching.done(target_id, call, result)
