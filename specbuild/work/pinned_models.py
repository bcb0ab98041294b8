"""The one line for a person whose environment names another model than the one that targets were built with."""

from collections import Counter
from collections.abc import Iterable

from specbuild.configuration import PersonalConfiguration
from specbuild.work.walk import Step


def pinned_elsewhere(personal: PersonalConfiguration, steps: Iterable[Step], *, repin: Iterable[str] = ()) -> str:
    """Return what stays with another model than this person names, and how to move it; "" if nothing does.

    Freshness comes from the repository alone: a variable that differs from clone to clone makes no target stale.
    """
    moved = frozenset(repin)
    pinned: Counter[str] = Counter()
    named: set[str] = set()
    for step in steps:
        model = step.home.inputs.get("model") if step.home else None
        wanted = _named_here(personal, step)
        stays = step.target.model is None and step.target.id not in moved
        if stays and isinstance(model, str) and wanted and wanted != model:
            pinned[model] += 1
            named.add(wanted)
    if not pinned:
        return ""
    stay = ", ".join(f"{number} with {model}" for model, number in sorted(pinned.items()))
    here = sorted(named)[0]
    return (
        f"the model named here is {here}, and what was built stays as it is ({stay}); "
        f"to move it: specbuild build --model {here} --repin"
    )


def _named_here(personal: PersonalConfiguration, step: Step) -> str | None:
    service = personal.services.get(str(step.components.inputs["service"]))
    return (service.model if service else None) or personal.environment_model
