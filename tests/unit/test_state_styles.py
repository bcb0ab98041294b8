"""A state has one style, wherever it is shown."""

from specbuild.formats.graph_text import GraphNode, graph_text
from specbuild.formats.plan_text import STATE_STYLES


def test_the_graph_shows_states_as_plans_do() -> None:
    for state, style in STATE_STYLES.items():
        [shown] = [one for one in graph_text([GraphNode("a", (), (), (), state)]) if one.text.strip() == state]
        assert shown.style == style
