"""What an agent did for a target, from its records: of an attempt that is under way or failed, else of what is locked.

Reads only; a state on the way can be laid out in a folder of its own.
"""

from pathlib import Path
from typing import NamedTuple

from specbuild.agent_tools import Files
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.names import check_output_name
from specbuild.progress import Spent
from specbuild.record import Record
from specbuild.stanza import ReplyPin, Stanza
from specbuild.target import Target
from specbuild.trajectory import WAY, Trajectory, trajectory_of
from specbuild.trial import Placed
from specbuild.work.bench import lay_out
from specbuild.work.conversation import pinned_turns
from specbuild.work.load import Project
from specbuild.work.opened import Opened
from specbuild.work.planning import plan_project
from specbuild.work.replay import empty_folder
from specbuild.work.spending import spent_on


class Story(NamedTuple):
    """The steps of one target's agent; `how` says whose they are: "built", "failed" or "under way"."""

    target_id: str
    how: str
    model: str
    trajectory: Trajectory
    spent: Spent


def story_of(project: Project, selected: str) -> Story:
    """Return the story of one target. Raises DiagnosticError (SB666: there is none)."""
    planned = plan_project(project, selected=(selected,))
    if len(planned.plan.lines) != 1:
        what = f"`{selected}` names {len(planned.plan.lines)} targets; one is told of at a time"
        raise DiagnosticError(Diagnostic("SB666", what))
    target = project.graph.targets[planned.plan.lines[0].id]
    step = planned.steps.get(target.id)
    home = planned.lock.targets.get(target.id)
    turns = step.conversation.turns if step and step.conversation and target.mode == "agent" else ()
    how = "under way"
    if not turns and home is not None:
        how, turns = _of_stanza(home, planned.opened)
    planned.opened.replies.close()
    followed = trajectory_of(turns) if turns else "there are no records of steps"
    if isinstance(followed, str):
        raise DiagnosticError(_no_story(target, followed), exit_code=1)
    body = turns[0].body or {}
    service = project.personal.services.get(turns[0].service)
    return Story(
        target.id, how, str(body.get("model", "")), followed, spent_on(turns, service.prices if service else None)
    )


def restore(story: Story, step: int, folder: Path) -> Files:
    """Lay out the files as they were after a step (0: at the beginning) in a folder that is not there yet or empty.

    Raises DiagnosticError.
    """
    files = story.trajectory.files_after(step)
    for name in files:
        fault = check_output_name(name, allow=("**",))  # a record may come from anybody
        if fault is not None:
            raise DiagnosticError(fault.diagnostic(), exit_code=1)
    place = empty_folder(folder)
    place.rmdir()
    lay_out(place, {name: Placed(text.encode("utf-8")) for name, text in files.items()})
    return files


def _of_stanza(stanza: Stanza, opened: Opened) -> tuple[str, tuple[Record, ...]]:
    note = stanza.failed.get("reply") if stanza.failed else None
    if isinstance(note, dict):
        return "failed", pinned_turns(ReplyPin(**note), opened.replies)
    if stanza.reply is not None and stanza.shape.get("extract") == WAY:
        return "built", pinned_turns(stanza.reply, opened.replies)
    return "", ()


def _no_story(target: Target, why: str) -> Diagnostic:
    hint = "" if target.mode == "agent" else 'only targets with mode = "agent" have steps'
    return Diagnostic("SB666", f"{target.id} has no steps to tell", target.spec.place("build.mode"), why, hint)
