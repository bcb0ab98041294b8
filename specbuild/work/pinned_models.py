"""What a person is told whose wish for a model moves nothing: targets stay with the model that the repository names."""

from collections import Counter
from collections.abc import Iterable

from specbuild.configuration import PersonalConfiguration
from specbuild.work.step import Step
from specbuild.work.wishes import Wishes


def models_that_stay(
    personal: PersonalConfiguration, steps: Iterable[Step], *, wishes: Wishes | None = None
) -> tuple[str, ...]:
    """Return at most two lines: which pinned models stay, with the command that moves them, and which ones that spec or
    project name stay.

    Freshness comes from the repository alone: a variable that differs from clone to clone makes no target stale.
    """
    wishes = wishes or Wishes()
    pinned: Counter[str] = Counter()
    named: Counter[str] = Counter()
    wanted: str | None = None
    for step in steps:
        asked = wishes.model or _of_person(personal, step)
        if asked is None:
            continue
        if step.target.model is not None:
            # Only who asks for a model by an option expects that it is taken.
            named[step.target.model] += wishes.model not in (None, step.target.model)
        elif step.target.id not in wishes.repin:
            model = step.home.inputs.get("model") if step.home else None
            if isinstance(model, str) and model != asked:
                pinned[model] += 1
                wanted = wanted or asked
    lines = []
    if wanted is not None:
        lines.append(
            f"the model named here is {wanted}, and what was built stays as it is ({_listed(pinned)}); "
            f"to move it: specbuild build --model {wanted} --repin"
        )
    if named.total():
        lines.append(f"--model {wishes.model} moves no target whose spec or configuration names one ({_listed(named)})")
    return tuple(lines)


def _of_person(personal: PersonalConfiguration, step: Step) -> str | None:
    service = personal.services.get(str(step.components.inputs["service"]))
    return (service.model if service else None) or personal.environment_model


def _listed(models: Counter[str]) -> str:
    return ", ".join(f"{number} with {model}" for model, number in sorted(models.items()) if number)
