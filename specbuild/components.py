"""The one list of what decides a target: its components, with their hashes, in three facets (FORMATS 1 and 4).

In: a target, its pins, and what is known of its needs and files. Out: the maps that stand in a stanza, and how two of them
differ. The lock, `why` and the documentation come from here. It knows neither disk nor stanza.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from specbuild.canonical_json import Digest, Json, digest, short_digest
from specbuild.spec import Spec
from specbuild.target import Target

Answer = Literal["equal", "differs", "unknown"]

REQUEST_FIELDS = ("build.outputs", "build.dependencies", "interface.text")
SHAPE_FIELDS = ("build.directory", "build.executable", "build.header", "build.format")
UNKNOWN = None


class Surroundings(NamedTuple):
    """What a target's components are taken from, beside its spec.

    `needs` maps each need to the label under which this target sees its interface, None if not known yet; `need_outputs`
    likewise to the digest of the outputs of each need, near and far. `template` is "default" or a map file → digest.
    `context` and `verify_files` map paths to digests of their text.
    """

    model: str | None
    service: str
    edition: int
    template: str | Mapping[str, str]
    context: Mapping[str, str]
    verify_files: Mapping[str, str]
    needs: Mapping[str, str | None]
    need_outputs: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Components:
    """What decides a target now: three facets, as they would stand in its stanza. None in a needs map is "not known yet"."""

    inputs: Mapping[str, Json]
    shape: Mapping[str, Json]
    checks: Mapping[str, Json]


class Difference(NamedTuple):
    """One component that is not as it was: `field` names the part of it ("" for a single value)."""

    facet: Literal["request", "shape", "checks"]
    component: str
    field: str
    before: Json
    after: Json


class Comparison(NamedTuple):
    """How a facet stands to the locked one: "differs" wins over "unknown"."""

    answer: Answer
    differences: tuple[Difference, ...]


def components_of(target: Target, around: Surroundings) -> Components:
    """Return the components that decide `target`, given what is known around it."""
    spec = target.spec
    inputs: dict[str, Json] = {
        "context": dict(around.context),
        "edition": around.edition,
        "mode": target.mode,
        "model": around.model,
        "needs": dict(around.needs),
        "parameters": short_digest(dict(target.parameters)),
        "service": around.service,
        "spec": {field: short_digest(value) for field, value in request_values(spec).items()},
        "template": around.template if isinstance(around.template, str) else dict(around.template),
    }
    shape: dict[str, Json] = {field: short_digest(spec.values[field]) for field in SHAPE_FIELDS if field in spec.values}
    checks: dict[str, Json] = {"needs": dict(around.need_outputs) if runs_something(spec) else {}}
    hidden = [one for one in _examples(spec) if one.get("hidden") is True]
    if hidden:
        checks["example"] = short_digest(hidden)
    if "build.entry" in spec.values:
        checks["build.entry"] = short_digest(spec.values["build.entry"])
    for field, value in spec.values.items():
        if field.startswith("verify."):
            checks[field] = dict(around.verify_files) if field == "verify.files" else short_digest(value)
    return Components(inputs, shape, checks)


def request_values(spec: Spec) -> dict[str, Json]:
    """Return the present fields of the request facet with their values: what a root record keeps of a spec.

    Of the examples only the shown ones are in it; a hidden one never gets near a request.
    """
    values: dict[str, Json] = {}
    for field in sorted(spec.values):
        if field.startswith(("file.", "project.")) or field in REQUEST_FIELDS:
            values[field] = spec.values[field]
    shown = shown_examples(spec)
    if shown:
        values["example"] = shown
    return values


def shown_examples(spec: Spec) -> list[Mapping[str, Json]]:
    """Return the examples that the prompt shows, as written less their `hidden` key."""
    return [
        {key: value for key, value in one.items() if key != "hidden"}
        for one in _examples(spec)
        if one.get("hidden") is not True
    ]


def runs_something(spec: Spec) -> bool:
    """Tell whether judging the target runs generated code, so that the outputs of its needs matter to the judgement."""
    return bool(_examples(spec)) or "verify.command" in spec.values


def compare_request(locked: Mapping[str, Json], now: Components, *, accepted: bool) -> Comparison:
    """Compare a stanza's `inputs` with those of now. An accepted text answers its spec, needs and context only."""
    parts = ("spec", "needs", "context") if accepted else tuple(sorted(now.inputs))
    return _compare("request", {part: locked.get(part) for part in parts}, {part: now.inputs[part] for part in parts})


def compare_shape(locked: Mapping[str, Json], now: Components) -> Comparison:
    """Compare a stanza's `shape` with that of now; how the reply was extracted is a result and no component."""
    return _compare("shape", {key: value for key, value in locked.items() if key != "extract"}, now.shape)


def compare_checks(locked: Mapping[str, Json], now: Components) -> Comparison:
    """Compare a stanza's `checks` with those of now."""
    return _compare("checks", locked, now.checks)


def inputs_digest(inputs: Mapping[str, Json]) -> Digest:
    """Return the digest under which a stanza is kept: its inputs, needs by their sorted values (a renamed need is the same).

    Only inputs without an unknown need have one.
    """
    needs = inputs["needs"]
    assert isinstance(needs, Mapping)
    return digest({**inputs, "needs": sorted(str(label) for label in needs.values())})


def failed_digest(inputs: Mapping[str, Json], shape: Mapping[str, Json], checks: Mapping[str, Json]) -> Digest:
    """Return the digest that a `failed` note carries: of everything that decided the failed build."""
    return digest(
        {"inputs": inputs, "shape": {key: value for key, value in shape.items() if key != "extract"}, "checks": checks}
    )


def is_known(components: Components) -> bool:
    """Tell whether every need's interface is known."""
    needs = components.inputs["needs"]
    return isinstance(needs, Mapping) and UNKNOWN not in needs.values()


def _examples(spec: Spec) -> list[Mapping[str, Json]]:
    examples = spec.values.get("example", [])
    return [one for one in examples if isinstance(one, Mapping)] if isinstance(examples, list | tuple) else []


def _compare(
    facet: Literal["request", "shape", "checks"], before: Mapping[str, Json], after: Mapping[str, Json]
) -> Comparison:
    differences: list[Difference] = []
    unknown = False
    for component in sorted({*before, *after}):
        old, new = before.get(component), after.get(component)
        if component == "needs" and isinstance(old, Mapping) and isinstance(new, Mapping):
            found, open_question = _compare_needs(facet, old, new)
            differences += found
            unknown = unknown or open_question
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            differences += [
                Difference(facet, component, field, old.get(field), new.get(field))
                for field in sorted({*old, *new})
                if old.get(field) != new.get(field)
            ]
        elif old != new:
            differences.append(Difference(facet, component, "", old, new))
    return Comparison("differs" if differences else "unknown" if unknown else "equal", tuple(differences))


def _compare_needs(
    facet: Literal["request", "shape", "checks"], old: Mapping[str, Json], new: Mapping[str, Json]
) -> tuple[list[Difference], bool]:
    # Compared by their values, so that renaming or moving a need costs nothing; an unknown one may still turn out equal.
    known = Counter(str(label) for label in new.values() if label is not UNKNOWN)
    surplus = known - Counter(str(label) for label in old.values())
    if not surplus and len(old) == len(new):
        return [], UNKNOWN in new.values()
    return [
        Difference(facet, "needs", name, old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name) and not (name in new and new[name] is UNKNOWN and name in old)
    ], UNKNOWN in new.values()
