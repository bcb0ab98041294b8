"""Which targets an expression of the command line names."""

import pytest

from specbuild.canonical_json import Json
from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic
from specbuild.graph import Graph, graph_of
from specbuild.selector import METHODS, matches, select
from specbuild.spec import Spec
from specbuild.target import Target, target_of


def target(spec_id: str, needs: list[str], tags: list[str], **more: Json) -> Target:
    values: dict[str, Json] = {
        "file.name": spec_id.rpartition("/")[2],
        "file.language": "python",
        "build.needs": needs,
        "build.tags": tags,
        **more,
    }
    made, faults = target_of(Spec(spec_id, f"specs/{spec_id}.toml", values, {}), ProjectConfiguration())
    assert made is not None, faults
    return made


def project() -> Graph:
    return graph_of(
        [
            target("hello", [], ["demo"]),
            target("parser/tokens", [], ["lib"]),
            target("parser/lexer", ["parser/tokens"], ["lib"]),
            target("parser/tree", ["parser/lexer"], ["lib", "demo"]),
            target("parser/deep/x", ["parser/tree"], []),
            target("tool", ["parser/deep/x"], ["demo"]),
            target("c++", [], [], **{"file.extension": "cc"}),
        ],
        is_file=lambda path: False,
    )


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("hello", "hello"),
        ("parser/lexer", "parser/lexer"),
        ("specs/parser/lexer.toml", "parser/lexer"),
        ("./specs/parser/lexer.toml", "parser/lexer"),
        ("build/parser/lexer.py", "parser/lexer"),
        ("parser", "parser/tokens parser/lexer parser/tree parser/deep/x"),
        ("parser/", "parser/tokens parser/lexer parser/tree parser/deep/x"),
        ("specs/parser/deep", "parser/deep/x"),
        ("build/parser/deep/", "parser/deep/x"),
        ("parser/*", "parser/tokens parser/lexer parser/tree"),
        ("parser/**", "parser/tokens parser/lexer parser/tree parser/deep/x"),
        ("**/x", "parser/deep/x"),
        ("build/*.py", "hello tool"),
        ("[ht]*", "hello tool"),
        ("parser/t???", "parser/tree"),
        ("tag:lib", "parser/tokens parser/lexer parser/tree"),
        ("tag:d*", "hello parser/tree tool"),
        ("id:parser/t*", "parser/tokens parser/tree"),
        ("spec:specs/h*", "hello"),
        ("output:build/tool.py", "tool"),
        ("language:Python", "c++ hello parser/tokens parser/lexer parser/tree parser/deep/x tool"),
        ("+parser/tree", "parser/tokens parser/lexer parser/tree"),
        ("1+parser/tree", "parser/lexer parser/tree"),
        ("parser/tree+", "parser/tree parser/deep/x tool"),
        ("parser/tree+1", "parser/tree parser/deep/x"),
        ("1+parser/tree+1", "parser/lexer parser/tree parser/deep/x"),
        ("+tag:lib+", "parser/tokens parser/lexer parser/tree parser/deep/x tool"),
        ("0+hello", "hello"),
        ("c++", "c++"),
        ("c+++", "c++"),
        ("+c++", "c++"),
        ("tag:lib,tag:demo", "parser/tree"),
        ("parser/, +parser/tree", "parser/tokens parser/lexer parser/tree"),
        (".", "c++ hello parser/tokens parser/lexer parser/tree parser/deep/x tool"),
    ],
)
def test_an_expression_names_these(expression: str, expected: str) -> None:
    assert select([expression], project()) == tuple(sorted(expected.split(), key=project().order.index))


def test_nothing_said_means_all_in_the_order_of_the_graph() -> None:
    assert select([], project()) == project().order


def test_several_expressions_add_up_and_exclusions_are_taken_away() -> None:
    assert select(["tool", "hello", "hello"], project()) == ("hello", "tool")
    assert select(["tag:demo"], project(), exclude=["tool"]) == ("hello", "parser/tree")
    assert select([], project(), exclude=["parser", "c++"]) == ("hello", "tool")


@pytest.mark.parametrize(
    ("expression", "near"),
    [
        ("helo", "`hello`"),
        ("parser/lexr", "`parser/lexer`"),
        ("+parser/lexr+", "`parser/lexer`"),
        ("specs/hallo.toml", "`specs/hello.toml`"),
        ("tag:dmo", "`tag:demo`"),
        ("tags:demo", "`tag:`"),
        ("nothing/like/it", "specbuild status"),
        ("zzz*", "specbuild status"),
        ("tag:lib,hello", "specbuild status"),
        ("", "specbuild status"),
        ("+", "specbuild status"),
        ("hello,", "specbuild status"),
    ],
)
def test_an_expression_that_names_nothing_is_told_with_the_nearest_name(expression: str, near: str) -> None:
    told = select([expression], project())
    assert isinstance(told, Diagnostic)
    assert told.code in ("SB320", "SB321")
    assert near in told.hint


def test_an_exclusion_that_names_nothing_is_told_too() -> None:
    assert isinstance(select([], project(), exclude=["helo"]), Diagnostic)


def test_excluding_everything_is_told() -> None:
    assert isinstance(select(["hello"], project(), exclude=["hello"]), Diagnostic)


def test_an_unknown_method_lists_those_there_are() -> None:
    told = select(["stauts:stale"], project())
    assert isinstance(told, Diagnostic)
    assert told.code == "SB321"
    assert all(f"{name}:" in told.hint for name in METHODS)


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("*", "a", True),
        ("*", "a/b", False),
        ("**", "a/b", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("?", "/", False),
        ("[!a]", "b", True),
        ("[!a]", "/", False),
        ("[a-c]", "b", True),
        ("[a", "[a", True),
        ("a.c", "abc", False),
        ("[]]", "]", True),
        ("[^]", "^", True),
        ("[z-a]", "b", False),
    ],
)
def test_globs_stay_in_their_folder(glob: str, path: str, fits: bool) -> None:
    assert matches(glob, path) is fits
