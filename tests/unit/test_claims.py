"""Claims on paths that can't both stand, each told with all its words; `test_graph` sees them through a graph."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from specbuild.canonical_json import Json
from specbuild.claims import claim_faults
from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.spec import Spec
from specbuild.target import Target, target_of

NEVER_BOTH = "a file is a source or an output, never both"
FOLDER = "one path can't be a file and a folder"
NAME = "choose another name for one of the two"


def target(spec_id: str, outputs: Sequence[str] = (), directory: str = "", **lists: Sequence[str]) -> Target:
    """Return a target; fields of `lists` are named `table__key`. Each field and each item has a line of its own."""
    path = f"specs/{spec_id}.toml"
    values: dict[str, Json] = {"file.name": spec_id.rpartition("/")[2], "file.language": "python"}
    values |= {"build.outputs": list(outputs)} if outputs else {}
    values |= {"build.directory": directory} if directory else {}
    values |= {name.replace("__", "."): list(items) for name, items in lists.items()}
    places = {}
    for number, (name, value) in enumerate(values.items(), 1):
        places[name] = Place(path, 10 * number)
        for position in range(len(value) if isinstance(value, list) else 0):
            places[f"{name}.{position}"] = Place(path, 10 * number + position, 5)
    made, faults = target_of(Spec(spec_id, path, values, places), ProjectConfiguration())
    assert made is not None, faults
    return made


def told(*targets: Target, files: Mapping[str, tuple[str, ...]] | None = None) -> list[Diagnostic]:
    return claim_faults(iter(targets), files or {})


def at(spec_id: str, line: int, column: int = 0) -> Place:
    return Place(f"specs/{spec_id}.toml", line, column)


def test_paths_of_their_own_and_files_that_many_read_are_no_fault() -> None:
    many = [target(f"s{number}", build__context=["docs/a.md", "docs/a.md"]) for number in range(3)]
    names = target("b", ["x.py", "xx.py", "x.py.txt", "p/x", "p/x.py"], verify__files=["build", "tests/x.py"])
    assert told(*many, names, files={"b": ("src/util.py",), "s1": ("src/util.py",)}) == []
    assert told() == []


def test_two_specs_on_one_output() -> None:
    assert told(target("x/tool", directory="src"), target("y/tool", directory="src")) == [
        Diagnostic(
            "SB303",
            "two specs build `src/tool.py`: `x/tool` and `y/tool`",
            at("y/tool", 10),
            "an output belongs to one spec",
            "write one of these two lines under [build] in specs/y/tool.toml:\n"
            '    directory = "src/tool"\n    outputs = ["tool_tool.py"]',
            (at("x/tool", 10),),
        )
    ]


def test_two_specs_on_outputs_that_differ_in_case_only() -> None:
    assert told(target("one", ["a.py", "T.py"]), target("two", ["t.py", "u/v.py"])) == [
        Diagnostic(
            "SB304",
            "`one` builds `build/T.py` and `two` builds `build/t.py`",
            at("two", 30, 5),
            "file systems of macOS and Windows take names that differ in case or Unicode form only for the same file",
            "write one of these two lines under [build] in specs/two.toml:\n"
            '    directory = "build/two"\n    outputs = ["two_t.py", "two_u_v.py"]',
            (at("one", 31, 5),),
        )
    ]
    assert [one.code for one in told(target("a", ["STRASSE.py"]), target("b", ["straße.py"]))] == ["SB304"]


def test_the_lines_that_settle_it_give_places_that_nobody_has() -> None:
    first = target("one", ["t.py", "two_t.py", "two_2_U.py", "two/u.py", "Two_2/t.py"])
    second = target("two", ["t.py", "u.py"])
    [fault] = told(first, second)
    assert fault.hint.split("\n")[1:] == [
        '    directory = "build/two_3"',
        '    outputs = ["two_3_t.py", "two_3_u.py"]',
    ]
    assert told(first, target("two", ["t.py", "u.py"], "build/two_3")) == []
    assert told(first, target("two", ["two_3_t.py", "two_3_u.py"])) == []
    root = replace(second, directory="", outputs=("t.py",), names=("t.py",), id='q"\\')
    [fault] = told(replace(root, id="first"), root)
    assert fault.hint.split("\n")[1:] == ['    directory = "q\\"\\\\"', '    outputs = ["q\\"\\\\_t.py"]']


def test_the_first_holds_a_path_against_all_later_ones() -> None:
    faults = told(target("a", ["x"]), target("b", ["x"]), target("c", ["X"]))
    assert [(one.code, one.also) for one in faults] == [("SB303", (at("a", 30, 5),)), ("SB304", (at("a", 30, 5),))]
    assert faults[1].message == "`a` builds `build/x` and `c` builds `build/X`"


def test_one_spec_that_declares_one_output_twice() -> None:
    twice = replace(target("a", ["x", "X"]), outputs=("build/x", "build/x"))
    wanted = Diagnostic(
        "SB303", "`a` declares one output twice", at("a", 31, 5), "an output belongs to one spec",
        "take one of the two away", (at("a", 30, 5),),
    )  # fmt: skip
    assert told(twice) == [wanted]
    [fault] = told(target("a", ["x", "X"]))
    assert (fault.code, fault.message) == ("SB304", "`a` declares one output twice, as `build/x` and `build/X`")
    assert (fault.place, fault.also, fault.hint) == (wanted.place, wanted.also, wanted.hint)


@pytest.mark.parametrize("role", ["build.context", "verify.files"])
def test_an_output_that_another_spec_reads(role: str) -> None:
    reader = target("b", **{role.replace(".", "__"): ["docs/a.md", "build/A.py"]})
    wanted = Diagnostic(
        "SB311", f"`b` reads `build/A.py` by {role}, but `a` builds it", at("b", 31, 5), NEVER_BOTH,
        'need the spec that builds it: needs = ["a"]', (at("a", 10),),
    )  # fmt: skip
    assert told(target("a"), reader) == told(reader, target("a")) == [wanted]


def test_an_output_that_is_a_need_or_a_template_of_another() -> None:
    needing = target("b", build__needs=["x.py", "build/a.py"])
    [fault] = told(target("a"), needing, files={"b": ("x.py", "build/a.py"), "nobody": ("build/b.py",)})
    assert (fault.message, fault.place) == ("`b` reads `build/a.py` by build.needs, but `a` builds it", at("b", 30))
    shaped = replace(target("b"), template="build/a.py")
    [fault] = told(target("a"), shaped)
    assert fault.message == "`b` reads `build/a.py` by build.template, but `a` builds it"
    assert fault.place == Place("specs/b.toml")


def test_an_output_that_its_own_spec_reads() -> None:
    assert told(target("a", build__context=["build/a.py"], verify__files=["./build//a.py", "build/A.py"])) == [
        Diagnostic(
            "SB311", f"`a` both builds `build/a.py` and reads it, by {role}", place, NEVER_BOTH,
            f"take it out of {role}, or choose another name for the output", (at("a", 10),),
        )
        for role, place in (
            ("build.context", at("a", 30, 5)), ("verify.files", at("a", 40, 5)), ("verify.files", at("a", 41, 5))
        )
    ]  # fmt: skip


def test_an_output_that_is_a_spec() -> None:
    made = target("b", ["b.toml"])
    moved = replace(made, spec=replace(made.spec, path="build/B.toml"))
    wanted = Diagnostic(
        "SB311", "the output `build/b.toml` of `a` is the spec `b` itself", at("a", 30, 5), NEVER_BOTH,
        "choose another directory or another name for the output", (Place("build/B.toml"),),
    )  # fmt: skip
    assert told(target("a", ["b.toml"]), replace(moved, outputs=())) == [wanted]
    [fault] = told(replace(moved, spec=replace(made.spec, path="build/b.toml")))
    assert fault.message == "the output `build/b.toml` of `b` is the spec `b` itself"


def test_an_output_that_would_be_a_folder_of_an_output() -> None:
    inside = target("b", ["Pkg/deep/x.py"])
    wanted = Diagnostic(
        "SB312", "the output `build/pkg` of `a` would have to be the folder of `build/Pkg/deep/x.py`", at("a", 30, 5),
        FOLDER, NAME, (at("b", 30, 5),),
    )  # fmt: skip
    assert told(target("a", ["pkg"]), inside) == told(inside, target("a", ["pkg"])) == [wanted]
    both = told(target("a", ["pkg", "pkg/deep"]), inside)
    assert [one.message for one in both] == [
        "the output `build/pkg` of `a` would have to be the folder of `build/pkg/deep`",
        "the output `build/pkg/deep` of `a` would have to be the folder of `build/Pkg/deep/x.py`",
        "the output `build/pkg` of `a` would have to be the folder of `build/Pkg/deep/x.py`",
    ]


def test_an_output_that_would_be_a_folder_of_an_input_is_told_once() -> None:
    readers = [target(one, build__context=["build/pkg/x.md"], verify__files=["build/pkg/X.md"]) for one in "bc"]
    assert told(*readers, target("a", ["pkg"])) == [
        Diagnostic(
            "SB312", "the output `build/pkg` of `a` would have to be the folder of `build/pkg/x.md`", at("a", 30, 5),
            FOLDER, NAME, (at("b", 30, 5),),
        )
    ]  # fmt: skip


def test_the_groups_follow_each_other() -> None:
    faults = told(
        target("a", ["d", "d/x"], build__context=["build/y"]), target("b", ["y", "d/X"], verify__files=["build/d/z"])
    )
    assert [one.code for one in faults] == ["SB304", "SB311", "SB312", "SB312"]
    assert [one.message.rpartition("`")[0].rpartition("`")[2] for one in faults[2:]] == ["build/d/x", "build/d/z"]
