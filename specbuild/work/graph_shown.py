"""The graph of a project's targets as `graph` and `report` show it. Reads only."""

from collections.abc import Mapping, Sequence

from specbuild.formats.graph_text import GraphNode
from specbuild.work.load import Project
from specbuild.work.opened import Opened, without_errors
from specbuild.work.own import picked


def nodes_shown(project: Project, selected: Sequence[str], exclude: Sequence[str]) -> tuple[GraphNode, ...]:
    """Return the selected targets (all) in the order of needs. Raises DiagnosticError."""
    lock = Opened(without_errors(project)).lock()
    return nodes_of(project, picked(project, lock, selected, exclude=exclude, view="reading"), {})


def nodes_of(project: Project, ids: Sequence[str], states: Mapping[str, str]) -> tuple[GraphNode, ...]:
    """Return these targets as nodes, with the states that are known; an id that has no spec is left out."""
    graph = project.graph
    return tuple(
        GraphNode(one, graph.needs_of[one], graph.file_needs[one], graph.targets[one].outputs, states.get(one, ""))
        for one in ids
        if one in graph.targets
    )
