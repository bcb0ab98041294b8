"""Which targets an expression of the command line names."""

import pytest

from specbuild.canonical_json import Json
from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic
from specbuild.graph import Graph, graph_of
from specbuild.selector import METHODS, Fact, matches, select
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
        ("./parser", "parser/tokens parser/lexer parser/tree parser/deep/x"),
        ("./", "c++ hello parser/tokens parser/lexer parser/tree parser/deep/x tool"),
        ("/", "c++ hello parser/tokens parser/lexer parser/tree parser/deep/x tool"),
        ("specs/*.toml", "c++ hello tool"),
        ("tag:lib,parser/t*", "parser/tokens parser/tree"),
        ("0+tag:lib+0", "parser/tokens parser/lexer parser/tree"),
        ("2+tool", "parser/tree parser/deep/x tool"),
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


def test_a_name_with_a_comma_or_an_operator_is_first_taken_as_it_stands() -> None:
    made = graph_of(
        [
            target("a,b", [], []),
            target("a", [], []),
            target("b", ["a"], []),
            target("b+", [], []),
            target("+a", [], []),
        ],
        is_file=lambda path: False,
    )
    assert select(["a,b"], made) == ("a,b",)
    assert select(["build/a,b.py"], made) == ("a,b",)
    assert select(["b+"], made) == ("b+",)
    assert select(["+a"], made) == ("+a",)
    assert select(["+b"], made) == ("a", "b")
    assert select(["a+"], made) == ("a", "b")


def test_an_output_is_told_apart_from_a_folder_and_a_language_by_all_its_names() -> None:
    made = graph_of(
        [target("x", [], [], **{"file.language": "Golang"}), target("z", [], [], **{"file.language": "klingon"})],
        is_file=lambda path: False,
    )
    assert select(["language:go"], made) == select(["language:GOLANG"], made) == ("x",)
    assert select(["language:Klingon"], made) == ("z",)
    assert {name: tuple(row.values(made.targets["x"])) for name, row in METHODS.items()} == {
        "tag": (),
        "id": ("x",),
        "spec": ("specs/x.toml",),
        "output": ("build/x.go",),
        "language": ("golang", "go"),
    }


def test_the_methods_are_these() -> None:
    assert [(name, row.name, row.doc) for name, row in METHODS.items()] == [
        ("tag", "tag", "specs with this tag"),
        ("id", "id", "specs by id, or a glob over ids"),
        ("spec", "spec", "specs by file, or a glob"),
        ("output", "output", "what builds this file, or a glob"),
        ("language", "language", "specs in this language"),
    ]


def test_an_empty_project_has_nothing_to_name() -> None:
    nothing = graph_of([], is_file=lambda path: False)
    assert select([], nothing) == ()
    assert isinstance(select(["."], nothing), Diagnostic)


def test_nothing_said_means_all_in_the_order_of_the_graph() -> None:
    assert select([], project()) == project().order


def test_several_expressions_add_up_and_exclusions_are_taken_away() -> None:
    assert select(["tool", "hello", "hello"], project()) == ("hello", "tool")
    assert select(["tag:demo"], project(), exclude=["tool"]) == ("hello", "parser/tree")
    assert select([], project(), exclude=["parser", "c++"]) == ("hello", "tool")


_HINT = "specbuild status lists all specs"
_NOTHING = "no spec, output, folder or glob of this project"
STATES = {"stale": ["tool", "gone", "hello"], "fresh": ["parser/tree"], "edited": []}
BAD = Diagnostic("SB999", "git does not know `nowhere`")


def facts(asked: list[str]) -> dict[str, Fact]:
    def state(value: str) -> list[str]:
        asked.append(value)
        return STATES.get(value, [])

    return {
        "status": Fact(state, lambda: STATES),
        "since": Fact(lambda value: ["hello"] if value == "a:b/c~1" else BAD, lambda: ()),
        "tag": Fact(lambda value: ["c++"], lambda: ()),
    }


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("status:stale", "hello tool"),
        ("1+status:fresh", "parser/lexer parser/tree"),
        ("status:fresh+1", "parser/tree parser/deep/x"),
        ("tag:demo,status:stale", "hello tool"),
        ("since:a:b/c~1", "hello"),
        ("+since:a:b/c~1+", "hello"),
        ("tag:lib", "parser/tokens parser/lexer parser/tree"),  # what is a method is no fact
    ],
)
def test_facts_are_ways_of_naming_too(expression: str, expected: str) -> None:
    assert select([expression], project(), facts=facts([])) == tuple(expected.split())


def test_a_fact_is_asked_only_if_it_is_named_and_once_for_a_value() -> None:
    asked: list[str] = []
    assert select(["tag:lib", "hello"], project(), facts=facts(asked)) is not None and asked == []
    assert select(["status:stale", "+status:stale+"], project(), exclude=["status:stale"], facts=facts(asked))
    assert asked == ["stale", "stale+"]  # the "+" might belong to the value


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("status:edited", Diagnostic("SB320", f"`status:edited` selects nothing: {_NOTHING}",
                                     hint=_HINT)),
        ("+status:stlae", Diagnostic("SB320", f"`+status:stlae` selects nothing: {_NOTHING}",
                                     hint="did you mean `status:stale`?")),
        ("status:zzz", Diagnostic("SB320", f"`status:zzz` selects nothing: {_NOTHING}", hint=_HINT)),
        ("since:nowhere", BAD),
        ("+since:nowhere+", BAD),
        ("tag:lib,since:nowhere", BAD),
        ("stats:fresh", Diagnostic("SB321", "there is no way to select by `stats:`",
                                   hint="did you mean `status:`? There are tag:, id:, spec:, output:, language:, "
                                   "status:, since:")),
    ],
)  # fmt: skip
def test_what_a_fact_does_not_name_is_told(expression: str, told: Diagnostic) -> None:
    assert select(["hello", expression], project(), facts=facts([])) == told
    assert select(["hello"], project(), exclude=[expression], facts=facts([])) == told


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


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("helo", Diagnostic("SB320", f"`helo` selects nothing: {_NOTHING}", hint="did you mean `hello`?")),
        ("hello, zzz*", Diagnostic("SB320", f"`zzz*` selects nothing: {_NOTHING}", hint=_HINT)),
        ("+tag:dmo", Diagnostic("SB320", f"`+tag:dmo` selects nothing: {_NOTHING}", hint="did you mean `tag:demo`?")),
        ("build/helo.py", Diagnostic("SB320", f"`build/helo.py` selects nothing: {_NOTHING}",
                                     hint="did you mean `build/hello.py`?")),
        ("language:pyhton+", Diagnostic("SB320", f"`language:pyhton+` selects nothing: {_NOTHING}",
                                        hint="did you mean `language:python`?")),
        ("tag:lib,hello", Diagnostic("SB320", "`tag:lib,hello` selects nothing: no spec is in all of its parts",
                                     hint=_HINT)),
        ("+tags:demo", Diagnostic("SB321", "there is no way to select by `tags:`",
                                  hint="did you mean `tag:`? There are tag:, id:, spec:, output:, language:")),
        ("C:/x", Diagnostic("SB321", "there is no way to select by `C:`",
                            hint="There are tag:, id:, spec:, output:, language:")),
    ],
)  # fmt: skip
def test_these_are_the_words(expression: str, told: Diagnostic) -> None:
    assert select(["hello", expression], project()) == told
    assert select(["hello"], project(), exclude=[expression]) == told


def test_the_first_fault_is_told() -> None:
    told = select(["hello", "zzz1*", "zzz2*"], project(), exclude=["zzz3*"])
    assert isinstance(told, Diagnostic) and "zzz1" in told.message


def test_an_exclusion_that_names_nothing_is_told_too() -> None:
    assert isinstance(select([], project(), exclude=["helo"]), Diagnostic)


def test_excluding_everything_is_told() -> None:
    told = Diagnostic("SB320", "the selection is empty: everything that it names is excluded")
    assert select(["hello"], project(), exclude=["hello"]) == told
    assert select([], project(), exclude=["."]) == told


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
        ("[z-a]", "z", False),
        ("[z-ax]", "x", True),
        ("[!z-a]", "b", True),
        ("[a-c]", "/", False),
        ("[+-1]", "/", False),
        ("[+-1]", ".", True),
        ("[-a]", "-", True),
        ("[a-]", "-", True),
        ("[!]]", "a", True),
        ("[!]]", "]", False),
        ("[]a]", "a", True),
        ("[]", "[]", False),
        ("[!]", "a", True),
        ("[a/b]", "[a/b]", True),
        ("[a/b]", "a", False),
        ("[.]", "a", False),
        ("[\\]", "\\", True),
        ("]", "]", True),
        ("**/b", "b", True),
        ("**/b", "x/y/b", True),
        ("**/b", "xb", False),
        ("***/b", "x/b", True),
        ("a**", "a/b/c", True),
        ("a**", "a", True),
        ("a/**", "a", False),
        ("*/b", "x/b", True),
        ("*/b", "x/y/b", False),
        ("a*", "a", True),
        ("a", "A", False),
        ("a", "ab", False),
        ("", "", True),
        ("*", "a\nb", True),
        ("?", "\n", True),
        ("(a|b)+", "(a|b)+", True),
    ],
)
def test_globs_stay_in_their_folder(glob: str, path: str, fits: bool) -> None:
    assert matches(glob, path) is fits
