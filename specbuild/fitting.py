"""Which stanza fits a target: the one locked under its id, one adopted from a spec that is gone, or one kept from
before.

In: the candidates and how each one's request facet compares. Out: one of them. It knows neither disk nor store.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from specbuild.comparison import Comparison, compare_request
from specbuild.components import Components
from specbuild.stanza import Stanza

Origin = Literal["home", "adopted", "kept"]


class Fit(NamedTuple):
    """The stanza L that a target is decided against. `from_id` is the id it is locked under ("" for a kept one)."""

    stanza: Stanza
    origin: Origin
    from_id: str
    request: Comparison


def fitting_stanza(
    components: Components,
    *,
    home: tuple[str, Stanza] | None,
    adopted: tuple[str, Stanza] | None,
    kept: Sequence[Stanza],
) -> Fit | None:
    """Return the stanza that fits, or None if there is none.

    The locked one fits if its request facet is equal, may still be equal, or if it is accepted (an accepted text is
    never left for another one by itself). A spec without a stanza adopts. Otherwise a kept stanza whose request facet
    is equal brings the old bytes back for nothing; failing that, the locked one stays what the difference is shown
    against. A stanza that never passed is none.
    """
    base = _fit(components, home, "home") or _fit(components, adopted, "adopted")
    if base and not wants_kept(base):
        return base
    for stanza in kept:
        fit = _fit(components, ("", stanza), "kept")
        if fit and fit.request.answer == "equal":
            return fit
    return base


def wants_kept(fit: Fit | None) -> bool:
    """Tell whether a kept stanza could fit better than the locked or adopted one: only then is it worth a look."""
    return fit is None or (fit.request.answer == "differs" and fit.stanza.origin != "accepted")


def adoptable(new: Mapping[str, Mapping[str, str]], gone: Mapping[str, Stanza]) -> dict[str, str]:
    """Say which spec without a stanza adopts which stanza without a spec: id → the locked id.

    `new` maps the ids without a stanza to their spec components (field → hash), `gone` the locked ids without a spec to
    their stanzas. Equal spec components adopt; the smallest locked id first, and no stanza twice.
    """
    waiting: dict[tuple[tuple[str, str], ...], deque[str]] = {}
    for locked_id in sorted(gone):
        if gone[locked_id].reply is not None:
            waiting.setdefault(_signature(gone[locked_id].inputs.get("spec")), deque()).append(locked_id)
    adopted: dict[str, str] = {}
    for target_id in sorted(new):
        if alike := waiting.get(_signature(new[target_id])):
            adopted[target_id] = alike.popleft()
    return adopted


def _fit(components: Components, candidate: tuple[str, Stanza] | None, origin: Origin) -> Fit | None:
    if candidate is None or candidate[1].reply is None:
        return None
    stanza = candidate[1]
    comparison = compare_request(stanza.inputs, components, accepted=stanza.origin == "accepted")
    return Fit(stanza, origin, candidate[0], comparison)


def _signature(spec_component: object) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(spec_component.items())) if isinstance(spec_component, Mapping) else ()
