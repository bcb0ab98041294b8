"""The one list of what decides a target: its components, with their hashes, in three facets (FORMATS 1 and 4).

In: a target, its pins, and what is known of its needs and files. Out: the maps that stand in a stanza. The lock, `why`
and the documentation come from here; `comparison` says how two of them differ. It knows neither disk nor stanza.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from specbuild.canonical_json import Json, short_digest
from specbuild.spec import Spec
from specbuild.target import Target

REQUEST_FIELDS = ("build.outputs", "build.dependencies", "interface.text")
SHAPE_FIELDS = ("build.directory", "build.executable", "build.header", "build.format")
UNKNOWN = None
"""What stands for the label or the outputs of a need that is not decided yet."""


class Surroundings(NamedTuple):
    """What a target's components are taken from, beside its spec.

    `needs` maps each need to the label under which this target sees its interface, None if not known yet;
    `need_outputs` likewise to the digest of the outputs of each need, near and far. `template` is "default" or a map
    file → digest. `context` and `verify_files` map paths to digests of their text.
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
    """What decides a target now: three facets, as they would stand in its stanza. None in a needs map: not known
    yet."""

    inputs: Mapping[str, Json]
    shape: Mapping[str, Json]
    checks: Mapping[str, Json]


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


def is_known(components: Components) -> bool:
    """Tell whether every need's interface is known: only then is there a request."""
    needs = components.inputs["needs"]
    return isinstance(needs, Mapping) and UNKNOWN not in needs.values()


def _examples(spec: Spec) -> list[Mapping[str, Json]]:
    examples = spec.values.get("example", [])
    return [one for one in examples if isinstance(one, Mapping)] if isinstance(examples, list | tuple) else []
