"""Targets and their needs as one graph: an order to build in, or diagnostics that name every place which takes part.

It looks at nothing but values: whether a path is a project file is asked of a function that the caller brings. Every
walk is a loop, none a recursion, and takes time in proportion to specs and needs (the order adds a logarithm for its
heap).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from specbuild.claims import claim_faults
from specbuild.diagnostic import Diagnostic
from specbuild.nearest import nearest
from specbuild.project_path import private_file, project_path
from specbuild.target import Need, Target, private_file_shown


@dataclass(frozen=True, slots=True)
class Graph:
    """The graph of all targets. With `diagnostics` in it nothing may be built; `order` then leaves out what waits on
    a cycle.

    `order` is topological, needs first, by id among those that are ready. `needs_of` and `dependents_of` have a row
    for every id: the specs needed in the order written, the dependents by id. `file_needs` has the needs that are
    project files.
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
    """Return the graph of `targets`; `is_file` says whether a path from the project's root is a file now.

    A need is a spec if there is one of that id, else a project file. Raises ValueError if two targets have one id.
    """
    by_id = {target.id: target for target in sorted(targets, key=lambda target: target.id)}
    if len(by_id) != len(targets):
        raise ValueError("two targets have the same id")
    producers = {output: target.id for target in by_id.values() for output in target.outputs}
    faults: list[Diagnostic] = []
    needs_of: dict[str, tuple[str, ...]] = {}
    file_needs: dict[str, tuple[str, ...]] = {}
    for target in by_id.values():
        specs: dict[str, None] = {}
        files: dict[str, None] = {}
        for need in target.needs:
            if need.written in by_id:
                specs[need.written] = None
                continue
            path = project_path(need.written)
            if path and path not in producers and is_file(path):
                files[path] = None
                reason = private_file(path)
                if reason:
                    faults.append(private_file_shown("build.needs", path, need.place, reason))
            else:
                faults.append(_unknown_need(need, by_id, producers))
        needs_of[target.id], file_needs[target.id] = tuple(specs), tuple(files)
    dependents = _dependents(needs_of)
    order = _order(needs_of, dependents)
    if len(order) < len(by_id):
        faults += _cycles(by_id, needs_of, frozenset(order))
    faults += claim_faults(by_id.values(), file_needs)
    return Graph(by_id, order, needs_of, dependents, file_needs, producers, tuple(faults))


def needs_closure(ids: Iterable[str], graph: Graph, *, depth: int | None = None) -> frozenset[str]:
    """Return `ids` and all that they need, near and far, or at most `depth` steps away."""
    return _closure(ids, graph.needs_of, depth)


def dependents_closure(ids: Iterable[str], graph: Graph, *, depth: int | None = None) -> frozenset[str]:
    """Return `ids` and all that needs them, near and far, or at most `depth` steps away."""
    return _closure(ids, graph.dependents_of, depth)


def _closure(ids: Iterable[str], edges: Mapping[str, tuple[str, ...]], depth: int | None) -> frozenset[str]:
    seen = set(ids)
    edge = list(seen)
    while edge and (depth is None or depth > 0):
        edge = list({there for here in edge for there in edges[here]} - seen)
        seen.update(edge)
        depth = None if depth is None else depth - 1
    return frozenset(seen)


def _unknown_need(need: Need, by_id: Mapping[str, Target], producers: Mapping[str, str]) -> Diagnostic:
    maker = producers.get(need.written)
    without_ending = need.written.removesuffix(".toml")
    if maker is not None:
        hint = f'that file is an output: need its spec, needs = ["{maker}"]'
    elif without_ending in by_id:
        hint = f'a spec is needed by its id, without ".toml": "{without_ending}"'
    else:
        near = nearest(need.written, list(by_id))
        hint = f"did you mean `{near}`?" if near else "specbuild status lists the ids of all specs"
    return Diagnostic(
        "SB302",
        f"the need `{need.written}` is neither a spec nor a file of this project",
        need.place,
        why="a need is a spec's id (its path below the spec folder, without .toml) or a project file's path",
        hint=hint,
    )


def _dependents(needs_of: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    dependents: dict[str, list[str]] = {name: [] for name in needs_of}
    for name, needs in needs_of.items():
        for need in needs:
            dependents[need].append(name)
    return {name: tuple(those) for name, those in dependents.items()}


def _order(needs_of: Mapping[str, tuple[str, ...]], dependents_of: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Kahn's algorithm with a heap, so that the order depends on ids and needs only."""
    waiting = {name: len(needs) for name, needs in needs_of.items()}
    ready = [name for name, count in waiting.items() if not count]
    heapify(ready)
    order = []
    while ready:
        name = heappop(ready)
        order.append(name)
        for dependent in dependents_of[name]:
            waiting[dependent] -= 1
            if not waiting[dependent]:
                heappush(ready, dependent)
    return tuple(order)


def _cycles(
    by_id: Mapping[str, Target], needs_of: Mapping[str, tuple[str, ...]], done: frozenset[str]
) -> list[Diagnostic]:
    """Return one diagnostic per cycle found: at least one for each knot, so that mending all of them can end it.

    What is left by `_order` needs something that is left too; following the first such need must come round.
    """
    faults = []
    seen: set[str] = set()
    for start in by_id:
        path: dict[str, None] = {}
        name = start
        while name not in done and name not in seen and name not in path:
            path[name] = None
            name = next(need for need in needs_of[name] if need not in done)
        if name in path:
            way = list(path)
            faults.append(_cycle(way[way.index(name) :], by_id))
        seen.update(path)
    return faults


_SHOWN = 8


def _cycle(names: list[str], by_id: Mapping[str, Target]) -> Diagnostic:
    first = names.index(min(names))
    ring = names[first:] + names[:first]
    places = [
        next(need.place for need in by_id[name].needs if need.written == ring[(n + 1) % len(ring)])
        for n, name in enumerate(ring)
    ]
    shown = ring if len(ring) <= _SHOWN else [*ring[: _SHOWN - 2], f"… {len(ring) - _SHOWN + 1} more …", ring[-1]]
    what = "a spec needs itself: " if len(ring) == 1 else "specs need each other in a circle: "
    return Diagnostic(
        "SB301",
        what + " → ".join([*shown, ring[0]]),
        places[0],
        why="each prompt would have to show an interface that is made from it",
        hint="take one of these needs away, or move what both sides share into a spec of its own",
        also=tuple(places[1:]) if len(ring) <= _SHOWN else (*places[1 : _SHOWN - 1], places[-1]),
    )
