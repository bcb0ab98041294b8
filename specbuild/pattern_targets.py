"""The target of a spec whose outputs may be patterns: an agent's. Every other spec's is what `target` makes of it."""

from collections.abc import Sequence
from dataclasses import replace

from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.output_patterns import matches
from specbuild.spec import Spec
from specbuild.target import Target, item_place, target_of


def target_of_patterns(
    spec: Spec, configuration: ProjectConfiguration, *, allow_steering: Sequence[str] = ()
) -> tuple[Target | None, tuple[Diagnostic, ...]]:
    """Return `target_of` a spec; one of patterns has no outputs until `output_patterns.with_outputs` gives it some."""
    declared = spec.texts("build.outputs")
    at = next((number for number, one in enumerate(declared) if "*" in one), None)
    if at is None:
        return target_of(spec, configuration, allow_steering=allow_steering)
    if spec.text("build.mode") != "agent":
        return None, (_without_agent(declared[at], item_place(spec, "build.outputs", at)),)
    # What can be said of a name without its stars is said as of any other name.
    values = {**spec.values, "build.outputs": [one.replace("*", "x") for one in declared]}
    entry = spec.text("build.entry")
    if any(matches(entry, one) for one in declared):
        values.pop("build.entry", None)
    target, faults = target_of(replace(spec, values=values), configuration, allow_steering=allow_steering)
    if target is None:
        return None, faults
    return replace(target, spec=spec, names=(), outputs=(), entry=entry), faults


def _without_agent(name: str, place: Place) -> Diagnostic:
    what = f"the output `{name}` is a pattern, and this spec is built in single mode"
    why = "a reply in single mode brings exactly the files that were asked for"
    return Diagnostic("SB314", what, place, why, 'name each file, or write mode = "agent" under [build]')
