"""The graph in four formats; each quotes what a name may hold."""

import json

from specbuild.formats.graph_text import GraphNode, graph_dot, graph_json, graph_mermaid, graph_text
from specbuild.formats.json_text import json_text
from specbuild.styled_text import plain_text

BASE = GraphNode("base", (), ("src/util.py",), ("build/base.py",), "fresh")
LEXER = GraphNode("lexer", ("base",), (), ("build/lexer.py",), "call")
PARSER = GraphNode("parser", ("base", "lexer"), (), ("build/parser.py",), "failed")
NODES = (BASE, LEXER, PARSER)
ODD = 'a"b\\c<d>\x1b[2J'


def bare(*nodes: GraphNode) -> list[GraphNode]:
    return [one._replace(state="") for one in nodes]


def test_the_tree_shows_needs_below_and_nothing_twice() -> None:
    assert plain_text(graph_text(bare(*NODES))) == (
        "parser\n├── base\n│   └── src/util.py (file)\n└── lexer\n    └── base (*)\n3 targets, 3 needs\n"
    )
    assert "lexer call\n" in plain_text(graph_text(NODES))


def test_a_chain_of_any_length_is_shown() -> None:
    chain = [GraphNode(f"t{n}", (f"t{n - 1}",) if n else (), (), ()) for n in range(1200)]
    assert plain_text(graph_text(chain)).count("\n") == 1201


def test_a_need_outside_of_the_selection_has_no_line() -> None:
    assert plain_text(graph_text(bare(LEXER))) == "lexer\n1 target, 1 need\n"
    assert "base" not in graph_dot(bare(LEXER)) and "-->" not in graph_mermaid(bare(LEXER))


def test_dot_has_every_target_and_an_arrow_from_each_need() -> None:
    told = graph_dot(bare(*NODES))
    assert told.startswith("digraph specbuild {\n") and told.endswith("}\n")
    assert [line.strip() for line in told.splitlines() if "->" in line] == [
        '"base" -> "lexer";', '"base" -> "parser";', '"lexer" -> "parser";',
    ]  # fmt: skip
    assert '"parser" [label="parser\\nfailed", fillcolor="#fbdcd9"];' in graph_dot(NODES)


def test_mermaid_has_the_same_and_colours_states() -> None:
    told = graph_mermaid(NODES)
    assert '  t2["parser<br/>failed"]:::bad\n' in told and told.count("-->") == 3
    assert "classDef" not in graph_mermaid(bare(*NODES))


def test_odd_names_are_quoted() -> None:
    odd = GraphNode(ODD, (), (), ())
    assert '"a\\"b\\\\c<d>\\\\x1b[2J"' in graph_dot([odd])
    assert '["a#34;b#92;c#60;d#62;#92;x1b#91;2J"]' in graph_mermaid([odd])
    assert "\x1b" not in plain_text(graph_text([odd]))


def test_json_has_needs_files_and_outputs() -> None:
    value = json.loads(json_text(graph_json(NODES)))
    assert value["targets"][2]["needs"] == ["base", "lexer"] and value["targets"][0]["files"] == ["src/util.py"]
    assert value["targets"][1]["state"] == "call"
    assert '"state"' not in json_text(graph_json(bare(BASE)))
