"""The graph in four formats; each quotes what a name may hold."""

import json

import pytest

from specbuild.formats.graph_text import GraphNode, graph_dot, graph_json, graph_mermaid, graph_text
from specbuild.styled_text import Span, Style, plain_text

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
    value = json.loads(json.dumps(graph_json(NODES)))
    assert value == {
        "targets": [
            {"id": "base", "needs": [], "files": ["src/util.py"], "outputs": ["build/base.py"], "state": "fresh"},
            {"id": "lexer", "needs": ["base"], "files": [], "outputs": ["build/lexer.py"], "state": "call"},
            {
                "id": "parser",
                "needs": ["base", "lexer"],
                "files": [],
                "outputs": ["build/parser.py"],
                "state": "failed",
            },
        ]
    }
    assert "state" not in json.dumps(graph_json(bare(BASE)))
    assert graph_json(bare(LEXER)) == {
        "targets": [{"id": "lexer", "needs": ["base"], "files": [], "outputs": ["build/lexer.py"]}]
    }, "a need that is not shown is told all the same"


def pieces(spans: list[Span]) -> list[tuple[str, str]]:
    """Return the text that stands in each style, in order, line feeds aside: they have no looks."""
    found: list[tuple[str, str]] = []
    for text, style in spans:
        shown = text.replace("\n", "")
        before = found.pop()[0] if shown and found and found[-1][1] == style else ""
        found += [(before + shown, style)] if shown else []
    return found


def test_what_is_not_a_name_is_faint() -> None:
    assert pieces(graph_text((BASE._replace(state="held"), LEXER._replace(files=("x.h",))))) == [
        ("lexer", "plain"), (" call", "strong"), ("├── ", "faint"), ("base", "plain"), (" held", "warning"),
        ("│   └── src/util.py (file)└── x.h (file)2 targets, 1 need", "faint"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "style", "kind", "fill"),
    [
        ("invalid", "error", "bad", "#fbdcd9"),
        ("conflict", "error", "bad", "#fbdcd9"),
        ("edited", "warning", "stale", "#fff0cc"),
        ("held", "warning", "stale", "#fff0cc"),
        ("failed", "error", "bad", "#fbdcd9"),
        ("blocked", "warning", "stale", "#fff0cc"),
        ("call", "strong", "stale", "#fff0cc"),
        ("maybe", "note", "stale", "#fff0cc"),
        ("recheck", "note", "stale", "#fff0cc"),
        ("replay", "good", "stale", "#fff0cc"),
        ("orphan", "warning", "stale", "#fff0cc"),
        ("fresh", "faint", "good", "#e6f2e6"),
        ("unheard", "plain", "stale", "#fff0cc"),
    ],
)
def test_every_state_has_a_style_and_a_colour(state: str, style: Style, kind: str, fill: str) -> None:
    one = GraphNode("a", (), (), (), state)
    assert style in [span.style for span in graph_text([one]) if span.text.strip() == state]
    assert f'"a" [label="a\\n{state}", fillcolor="{fill}"];' in graph_dot([one])
    assert f'  t0["a<br/>{state}"]:::{kind}\n' in graph_mermaid([one])


def test_branches_lead_to_what_is_below() -> None:
    nodes = [
        GraphNode("a", (), ("one", "two\n"), ()), GraphNode("b", ("a",), (), ()), GraphNode("c", (), (), ()),
        GraphNode("d", ("b", "c", "gone"), ("last",), ()), GraphNode("e", ("c", "b", "d"), (), ()),
        GraphNode("f", ("c",), ("file",), ()),
    ]  # fmt: skip
    assert plain_text(graph_text(nodes)) == (
        "e\n├── c\n├── b\n│   └── a\n│       ├── one (file)\n│       └── two\\n (file)\n"
        "└── d\n    ├── b (*)\n    ├── c\n    └── last (file)\nf\n├── c\n└── file (file)\n6 targets, 8 needs\n"
    )
    assert plain_text(graph_text([])) == "0 targets, 0 needs\n"


def test_whole_texts_of_dot_and_mermaid() -> None:
    nodes = (BASE._replace(state=""), LEXER)
    assert graph_dot(nodes) == (
        'digraph specbuild {\n  rankdir=LR;\n  node [shape=box, style=filled, fillcolor="white"];\n'
        '  "base" [label="base"];\n  "lexer" [label="lexer\\ncall", fillcolor="#fff0cc"];\n  "base" -> "lexer";\n}\n'
    )
    assert graph_mermaid(nodes) == (
        'flowchart LR\n  t0["base"]\n  t1["lexer<br/>call"]:::stale\n  t0 --> t1\n'
        "  classDef good fill:#e6f2e6,color:#111\n  classDef stale fill:#fff0cc,color:#111\n"
        "  classDef bad fill:#fbdcd9,color:#111\n"
    )
    assert graph_mermaid([]) == "flowchart LR\n"
    odd = GraphNode("é1 _-./:,+()\n", (), (), ())
    assert '["é1 _-./:,+()#92;n"]' in graph_mermaid([odd]) and '"é1 _-./:,+()\\n" [label=' in graph_dot([odd])


def test_ten_thousand_targets_are_no_matter() -> None:
    wide = [*(GraphNode(f"t{n}", (), (), ()) for n in range(10_000))]
    top = GraphNode("top", tuple(one.id for one in wide), (), ())
    chain = [GraphNode(f"c{n}", (f"c{n - 1}",) if n else (), (), ()) for n in range(10_000)]
    assert plain_text(graph_text([*wide, top])).count("── ") == 10_000
    assert graph_dot(chain).count("->") == graph_mermaid(chain).count("-->") == 9_999
