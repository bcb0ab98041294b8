"""How what decides a target now stands to what decided a locked build, facet by facet, and the digests of both.

In: a stanza's maps and `Components`. Out: equal, differs or unknown, with every difference by name. Needs are compared
by their values, never by their ids: renaming or moving one costs nothing. It knows neither disk nor stanza.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Literal, NamedTuple

from specbuild.canonical_json import Digest, Json, digest
from specbuild.components import UNKNOWN, Components

Answer = Literal["equal", "differs", "unknown"]
Facet = Literal["request", "shape", "checks"]


class Difference(NamedTuple):
    """One component that is not as it was: `field` names the part of it ("" for a single value)."""

    facet: Facet
    component: str
    field: str
    before: Json
    after: Json


class Comparison(NamedTuple):
    """How a facet stands to the locked one: "differs" wins over "unknown"."""

    answer: Answer
    differences: tuple[Difference, ...]


def compare_request(locked: Mapping[str, Json], now: Components, *, accepted: bool) -> Comparison:
    """Compare a stanza's `inputs` with those of now. An accepted text answers its spec, needs and context only."""
    parts = ("spec", "needs", "context") if accepted else tuple(sorted(now.inputs))
    return _compare("request", {part: locked.get(part) for part in parts}, {part: now.inputs[part] for part in parts})


def compare_shape(locked: Mapping[str, Json], now: Components) -> Comparison:
    """Compare a stanza's `shape` with that of now; how the reply was extracted is a result and no component."""
    return _compare("shape", _without_result(locked), now.shape)


def compare_checks(locked: Mapping[str, Json], now: Components) -> Comparison:
    """Compare a stanza's `checks` with those of now."""
    return _compare("checks", locked, now.checks)


def inputs_digest(inputs: Mapping[str, Json]) -> Digest:
    """Return the digest under which a stanza is kept: its inputs, needs by their sorted values.

    Only inputs without an unknown need have one.
    """
    return digest(_by_values(inputs))


def failed_digest(inputs: Mapping[str, Json], shape: Mapping[str, Json], checks: Mapping[str, Json]) -> Digest:
    """Return the digest that a `failed` note carries: of everything that decided the failed build."""
    components = {"inputs": _by_values(inputs), "shape": _without_result(shape), "checks": _by_values(checks)}
    return digest(components)


def _without_result(shape: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in shape.items() if key != "extract"}


def _by_values(facet: Mapping[str, Json]) -> dict[str, Json]:
    needs = facet["needs"]
    assert isinstance(needs, Mapping)
    return {**facet, "needs": sorted(str(label) for label in needs.values())}


def _compare(facet: Facet, before: Mapping[str, Json], after: Mapping[str, Json]) -> Comparison:
    differences: list[Difference] = []
    unknown = False
    for component in sorted({*before, *after}):
        old, new = before.get(component), after.get(component)
        if old == new and component != "needs":
            continue
        if component == "needs" and isinstance(old, Mapping) and isinstance(new, Mapping):
            differences += _needs_differences(facet, old, new)
            unknown = unknown or UNKNOWN in new.values()
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            differences += [
                Difference(facet, component, field, old.get(field), new.get(field))
                for field in sorted({*old, *new})
                if old.get(field) != new.get(field)
            ]
        else:
            differences.append(Difference(facet, component, "", old, new))
    return Comparison("differs" if differences else "unknown" if unknown else "equal", tuple(differences))


def _needs_differences(facet: Facet, old: Mapping[str, Json], new: Mapping[str, Json]) -> list[Difference]:
    known = Counter(str(label) for label in new.values() if label is not UNKNOWN)
    surplus = known - Counter(str(label) for label in old.values())
    if not surplus and len(old) == len(new):
        return []  # equal as far as it is known; what is unknown may still turn out equal
    return [
        Difference(facet, "needs", name, old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if (name in old) != (name in new) or (new[name] is not UNKNOWN and old[name] != new[name])
    ]
