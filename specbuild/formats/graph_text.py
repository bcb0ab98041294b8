"""The graph of targets as text for people, DOT for Graphviz, mermaid for pages, JSON for machines.

Names are the project's and may hold anything a file name may: each format quotes them in its own way.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from specbuild.canonical_json import Json
from specbuild.formats.plan_text import STATE_STYLES
from specbuild.styled_text import Span, Style
from specbuild.text_safety import printable


class GraphNode(NamedTuple):
    """One target: the specs and project files that it needs, its outputs, and its `state` ("": nobody asked)."""

    id: str
    needs: Sequence[str]
    files: Sequence[str]
    outputs: Sequence[str]
    state: str = ""


def graph_text(nodes: Sequence[GraphNode]) -> list[Span]:
    """Return trees: each target that none of the others needs, with what it needs below it. What was shown whole
    before is marked (*)."""
    by_id = {one.id: one for one in nodes}
    needed = {need for one in nodes for need in one.needs}
    spans: list[Span] = []
    shown: set[str] = set()
    for root in (one.id for one in nodes if one.id not in needed):
        spans += _tree(root, by_id, shown)
    edges = sum(len(one.needs) for one in nodes)
    return [*spans, Span(f"{_counted(len(nodes), 'target')}, {_counted(edges, 'need')}\n", "faint")]


def graph_json(nodes: Sequence[GraphNode]) -> Json:
    """Return every target with what it needs, in the order of needs."""
    return {
        "targets": [
            {
                "id": one.id,
                "needs": list(one.needs),
                "files": list(one.files),
                "outputs": list(one.outputs),
                **({"state": one.state} if one.state else {}),
            }
            for one in nodes
        ]
    }


def graph_dot(nodes: Sequence[GraphNode]) -> str:
    """Return the graph in Graphviz' language; an arrow runs from a need to what is made with it."""
    lines = ["digraph specbuild {", "  rankdir=LR;", '  node [shape=box, style=filled, fillcolor="white"];']
    for one in nodes:
        label = one.id + (f"\n{one.state}" if one.state else "")
        fill = f', fillcolor="{_FILLS[_kind(one.state)]}"' if one.state else ""
        lines.append(f"  {_quoted(one.id)} [label={_quoted(label)}{fill}];")
    ids = {one.id for one in nodes}
    lines += [f"  {_quoted(need)} -> {_quoted(one.id)};" for one in nodes for need in one.needs if need in ids]
    return "\n".join([*lines, "}"]) + "\n"


def graph_mermaid(nodes: Sequence[GraphNode]) -> str:
    """Return the graph in mermaid's language, as README pages of GitHub and GitLab draw it."""
    names = {one.id: f"t{number}" for number, one in enumerate(nodes)}
    lines = ["flowchart LR"]
    for one in nodes:
        label = _entity_quoted(one.id) + (f"<br/>{one.state}" if one.state else "")
        lines.append(f'  {names[one.id]}["{label}"]' + (f":::{_kind(one.state)}" if one.state else ""))
    lines += [f"  {names[need]} --> {names[one.id]}" for one in nodes for need in one.needs if need in names]
    if any(one.state for one in nodes):
        lines += [f"  classDef {kind} fill:{fill},color:#111" for kind, fill in _FILLS.items()]
    return "\n".join(lines) + "\n"


_FILLS: Mapping[str, str] = {"good": "#e6f2e6", "stale": "#fff0cc", "bad": "#fbdcd9"}


def _style(state: str) -> Style:
    return next((style for name, style in STATE_STYLES.items() if name == state), "plain")


def _kind(state: str) -> str:
    return "good" if state == "fresh" else "bad" if _style(state) == "error" else "stale"


class _Place(NamedTuple):
    """A line of a tree that is still to be written: `lead` stands before its name, `indent` before what is below."""

    name: str
    is_file: bool
    lead: str
    indent: str


def _tree(root: str, by_id: Mapping[str, GraphNode], shown: set[str]) -> list[Span]:
    """Walk without recursion: a chain of needs may be thousands long."""
    spans: list[Span] = []
    waiting = [_Place(root, False, "", "")]
    while waiting:
        name, is_file, lead, indent = waiting.pop()
        spans += [Span(lead, "faint"), Span(printable(name, keep_newlines=False), "faint" if is_file else "plain")]
        if is_file:
            spans.append(Span(" (file)\n", "faint"))
            continue
        node = by_id[name]
        if node.state:
            spans.append(Span(f" {node.state}", _style(node.state)))
        below = [(one, False) for one in node.needs if one in by_id] + [(one, True) for one in node.files]
        if name in shown and below:
            spans.append(Span(" (*)\n", "faint"))
            continue
        shown.add(name)
        spans.append(Span("\n"))
        for number, (one, file) in reversed(list(enumerate(below, 1))):
            branch, deeper = ("└── ", "    ") if number == len(below) else ("├── ", "│   ")
            waiting.append(_Place(one, file, indent + branch, indent + deeper))
    return spans


def _quoted(text: str) -> str:
    shown = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + shown.replace("\n", "\\n") + '"'


def _entity_quoted(text: str) -> str:
    # mermaid writes entities with # in place of &: https://mermaid.js.org/syntax/flowchart.html
    shown = printable(text, keep_newlines=False)
    return "".join(one if one.isalnum() or one in " _-./:,+()" else f"#{ord(one)};" for one in shown)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
