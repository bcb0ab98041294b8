"""Where a reader has to look for what a plan says of a target: the file that was edited, or the line that changed."""

from collections.abc import Mapping

from specbuild.diagnostic import Place
from specbuild.disk.lock_file import LOCK_NAME
from specbuild.work.planning import Planned
from specbuild.work.step import Step


def places_of(planned: Planned) -> Mapping[str, Place]:
    """Return a place for each line of the plan that is not fresh, by id."""
    found: dict[str, Place] = {}
    for line in planned.plan.stale:
        step = planned.steps.get(line.id)
        found[line.id] = Place(LOCK_NAME) if step is None or line.state == "conflict" else _place(step)
    return found


def _place(step: Step) -> Place:
    foreign = [path for path, state in step.observation.paths.items() if state == "foreign"]
    if step.decision.state == "edited" and foreign:
        return Place(foreign[0])
    places = step.target.spec.places
    changed = [one.field for one in step.differences if one.component == "spec" and one.field in places]
    return places[changed[0]] if changed else step.target.spec.place("file.name")
