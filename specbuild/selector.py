"""Which targets a person means: expressions of the command line in, ids out.

An expression is a spec's id, a spec's or output's path, a folder, a glob (`*` stays in a folder, `**` does not), or
`method:value` by a row of METHODS. `+x` adds what x needs, `x+` what needs x, `2+x` and `x+2` only so many steps of
it. A comma keeps what all its parts name. Several expressions add up.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic
from specbuild.graph import Graph, dependents_closure, needs_closure
from specbuild.nearest import nearest
from specbuild.target import Target


def select(expressions: Sequence[str], graph: Graph, *, exclude: Sequence[str] = ()) -> tuple[str, ...] | Diagnostic:
    """Return the ids that `expressions` name (all if there are none) without those of `exclude`, in the order of the
    graph.

    An expression that names nothing is a Diagnostic (SB320, SB321), in `exclude` too: a slip there would build too
    much.
    """
    chosen: set[str] = set() if expressions else set(graph.targets)
    left_out: set[str] = set()
    for into, several in ((chosen, expressions), (left_out, exclude)):
        for expression in several:
            found = _named(expression, graph)
            if isinstance(found, Diagnostic):
                return found
            into |= found
    wanted = chosen - left_out
    if not wanted and left_out:
        return Diagnostic("SB320", "the selection is empty: everything that it names is excluded")
    return tuple(name for name in graph.order if name in wanted)


class Method(NamedTuple):
    """One way of naming targets by `name:value`: does it hold for a target, and which values exist (for
    did-you-mean).
    """

    name: str
    doc: str
    holds: Callable[[Target, str], bool]
    values: Callable[[Target], Iterable[str]]


def _glob_of(value: str, paths: Iterable[str]) -> bool:
    return any(value == path or matches(value, path) for path in paths)


def _languages(target: Target) -> tuple[str, ...]:
    written = target.spec.text("file.language").casefold()
    return (written,) if target.language is None else (written, target.language.name.casefold())


METHODS: dict[str, Method] = {
    row.name: row
    for row in (
        Method("tag", "specs with this tag", lambda t, v: _glob_of(v, t.tags), lambda t: t.tags),
        Method("id", "specs by id, or a glob over ids", lambda t, v: _glob_of(v, [t.id]), lambda t: [t.id]),
        Method("spec", "specs by file, or a glob", lambda t, v: _glob_of(v, [t.spec.path]), lambda t: [t.spec.path]),
        Method("output", "what builds this file, or a glob", lambda t, v: _glob_of(v, t.outputs), lambda t: t.outputs),
        Method(
            "language",
            "specs in this language",
            lambda t, v: v.casefold() in _languages(t),
            _languages,
        ),
    )
}
"""The methods. Rows for what only a plan or the lock knows (status, model, since) are made where those are at hand."""


def matches(glob: str, path: str) -> bool:
    """Say whether `path` matches `glob`: `*` and `?` stay within a folder, `**` crosses folders, `[…]` is a set."""
    return _pattern(glob).fullmatch(path) is not None


def _pattern(glob: str) -> re.Pattern[str]:
    pieces = []
    for token in re.findall(r"\*\*+/|\*+|\?|\[!?\]?[^\]/]*\]|.", glob, re.DOTALL):
        if token.startswith("**"):
            pieces.append("(?:.*/)?" if token.endswith("/") else ".*")
        elif token == "*":
            pieces.append("[^/]*")
        elif token == "?":
            pieces.append("[^/]")
        elif len(token) > 1:
            pieces.append(_set(token[1:-1]))
        else:
            pieces.append(re.escape(token))
    return re.compile("".join(pieces), re.DOTALL)


def _set(inside: str) -> str:
    """Return the expression for a glob's set: "a-c" is a range, "!" in front turns it round; "/" is in none."""
    turned, members = inside.startswith("!"), inside.removeprefix("!")
    pieces = []
    for low, high, single in re.findall(r"(.)-(.)|(.)", members, re.DOTALL):
        if single:
            pieces.append(re.escape(single))
        elif low <= high:
            pieces.append(f"{re.escape(low)}-{re.escape(high)}")
    if turned:
        return f"[^/{''.join(pieces)}]"
    return f"(?!/)[{''.join(pieces)}]" if pieces else "(?!)"


def _named(expression: str, graph: Graph) -> set[str] | Diagnostic:
    """Return what one expression names; the whole of it is tried as a plain name first, so "c++" and "a,b" can be
    ids.
    """
    if expression in graph.targets or expression in graph.producers:
        return {graph.producers.get(expression, expression)} if expression not in graph.targets else {expression}
    parts = [part.strip() for part in expression.split(",")]
    common: set[str] | None = None
    for part in parts:
        found = _with_operators(part, graph)
        if isinstance(found, Diagnostic):
            return found
        common = found if common is None else common & found
    if not common:
        return Diagnostic("SB320", f"`{expression}` selects nothing: no spec is in all of its parts", hint=_HINT)
    return common


_HINT = "specbuild status lists all specs"


def _with_operators(part: str, graph: Graph) -> set[str] | Diagnostic:
    """Return what one part names: the reading with the fewest operators that names something ("c++" may be an id)."""
    for up, name, down in _readings(part):
        found = set(_plainly(name, graph))
        if found:
            chosen = set(found)
            if up:
                chosen |= needs_closure(found, graph, depth=_steps(up))
            if down:
                chosen |= dependents_closure(found, graph, depth=_steps(down))
            return chosen
    return _nothing(part, name, graph)


def _readings(part: str) -> list[tuple[str, str, str]]:
    """Return the ways to read `part` as operator, name, operator, the plain one first, the barest name last."""
    up = re.match(r"\d*\+", part)
    down = re.search(r"\+\d*$", part)
    readings = [("", part, "")]
    if up and up.end() < len(part):
        readings.append((up[0], part[up.end() :], ""))
    if down and down.start() > 0:
        readings.append(("", part[: down.start()], down[0]))
    if up and down and up.end() < down.start():
        readings.append((up[0], part[up.end() : down.start()], down[0]))
    return readings


def _steps(operator: str) -> int | None:
    digits = operator.strip("+")
    return int(digits) if digits else None


def _plainly(name: str, graph: Graph) -> Iterator[str]:
    """Yield what `name` means without operators: the first that fits of method, id, path of a spec or output, folder,
    glob.
    """
    method, colon, value = name.partition(":")
    if colon and method in METHODS:
        holds = METHODS[method].holds
        yield from (spec_id for spec_id, target in graph.targets.items() if holds(target, value))
        return
    path = name.removeprefix("./")
    if path in graph.targets:
        yield path
        return
    if path in graph.producers:
        yield graph.producers[path]
        return
    specs = [spec_id for spec_id, target in graph.targets.items() if target.spec.path == path]
    if specs:
        yield from specs
        return
    folder = path.rstrip("/") + "/"
    everything = path in ("", ".", "/") and bool(name)
    inside = [
        spec_id
        for spec_id, target in graph.targets.items()
        if everything or any(one.startswith(folder) for one in _paths(target))
    ]
    if inside:
        yield from inside
        return
    if any(sign in path for sign in "*?["):
        pattern = _pattern(path)
        yield from (spec_id for spec_id, target in graph.targets.items() if any(map(pattern.fullmatch, _paths(target))))


def _paths(target: Target) -> tuple[str, ...]:
    return (target.id, target.spec.path, *target.outputs)


def _nothing(part: str, name: str, graph: Graph) -> Diagnostic:
    method, colon, value = name.partition(":")
    if colon and method not in METHODS:
        near = nearest(method, list(METHODS))
        hint = (f"did you mean `{near}:`? " if near else "") + f"There are {', '.join(f'{row}:' for row in METHODS)}"
        return Diagnostic("SB321", f"there is no way to select by `{method}:`", hint=hint)
    if colon:
        known = {one for target in graph.targets.values() for one in METHODS[method].values(target)}
        near = nearest(value, sorted(known))
        near = f"{method}:{near}" if near else None
    else:
        near = nearest(name, list(graph.targets)) or nearest(name, [*_all_paths(graph)])
    hint = f"did you mean `{near}`?" if near else _HINT
    return Diagnostic("SB320", f"`{part}` selects nothing: no spec, output, folder or glob of this project", hint=hint)


def _all_paths(graph: Graph) -> Iterator[str]:
    for target in graph.targets.values():
        yield target.spec.path
        yield from target.outputs
