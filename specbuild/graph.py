"""Targets and their needs as one graph: an order to build in, or diagnostics that name every place which takes part.

It looks at nothing but values: whether a path is a project file is asked of a function that the caller brings.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from specbuild.diagnostic import Diagnostic
from specbuild.target import Target


@dataclass(frozen=True, slots=True)
class Graph:
    """The graph of all targets. With `diagnostics` in it nothing may be built; `order` then leaves out what is in a cycle.

    `order` is topological, needs first, by id among those that are ready. `needs_of` and `dependents_of` have a row for
    every id: the specs needed in the order written, the dependents by id. `file_needs` has the needs that are project files.
    """

    targets: Mapping[str, Target]
    order: tuple[str, ...]
    needs_of: Mapping[str, tuple[str, ...]]
    dependents_of: Mapping[str, tuple[str, ...]]
    file_needs: Mapping[str, tuple[str, ...]]
    producers: Mapping[str, str]
    """Output path → the id of the target that makes it."""
    diagnostics: tuple[Diagnostic, ...] = ()


def graph_of(targets: Sequence[Target], *, is_file: Callable[[str], bool]) -> Graph:
    """Return the graph of `targets`; `is_file` says whether a project path is a file."""
    raise NotImplementedError


def needs_closure(ids: Iterable[str], graph: Graph) -> frozenset[str]:
    """Return `ids` and all that they need, near and far."""
    raise NotImplementedError


def dependents_closure(ids: Iterable[str], graph: Graph) -> frozenset[str]:
    """Return `ids` and all that needs them, near and far."""
    raise NotImplementedError
