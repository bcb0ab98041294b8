"""Targets as one graph: its order, and the errors that name every place which takes part."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.canonical_json import Json
from specbuild.configuration import ProjectConfiguration
from specbuild.diagnostic import Diagnostic, Place
from specbuild.graph import Graph, dependents_closure, graph_of, needs_closure
from specbuild.project_path import private_file
from specbuild.spec import Spec
from specbuild.target import Need, Target, private_file_shown, target_of


def target(spec_id: str, values: dict[str, Json] | None = None) -> Target:
    every: dict[str, Json] = {"file.name": spec_id.rpartition("/")[2], "file.language": "python", **(values or {})}
    path = f"specs/{spec_id}.toml"
    places = {name: Place(path, number, 1) for number, name in enumerate(every, 1)}
    made, faults = target_of(Spec(spec_id, path, every, places), ProjectConfiguration())
    assert made is not None, faults
    return made


def needing(spec_id: str, *needs: str) -> Target:
    return target(spec_id, {"build.needs": list(needs)})


def graph(*targets: Target, files: Sequence[str] = ()) -> Graph:
    return graph_of(targets, is_file=lambda path: path in files)


def fault(*targets: Target, files: Sequence[str] = ()) -> Diagnostic:
    faults = graph(*targets, files=files).diagnostics
    assert len(faults) == 1, faults
    return faults[0]


def test_needs_come_first_and_ids_decide_among_the_ready_ones() -> None:
    made = graph(needing("a", "z"), target("c"), target("z"), needing("b", "c", "z"))
    assert made.order == ("c", "z", "a", "b")
    assert made.needs_of == {"a": ("z",), "b": ("c", "z"), "c": (), "z": ()}
    assert made.dependents_of == {"a": (), "b": (), "c": ("b",), "z": ("a", "b")}
    assert list(made.targets) == ["a", "b", "c", "z"]
    assert made.producers == {"build/a.py": "a", "build/b.py": "b", "build/c.py": "c", "build/z.py": "z"}
    assert made.diagnostics == ()


def test_the_order_in_which_specs_are_read_changes_nothing() -> None:
    targets = [needing("a", "z"), target("c"), target("z"), needing("b", "c", "z")]
    assert graph(*targets) == graph(*reversed(targets))


def test_a_project_file_is_a_need_and_a_spec_wins_over_it() -> None:
    made = graph(needing("a", "src/util.py", "b", "./src/util.py", "b"), target("b"), files=["src/util.py", "b"])
    assert made.needs_of["a"] == ("b",)
    assert made.file_needs["a"] == ("src/util.py",)


def test_two_targets_of_one_id_are_the_callers_fault() -> None:
    with pytest.raises(ValueError, match="same id"):
        graph(target("a"), target("a"))


# -- needs that can't be


def test_an_unknown_need_names_the_nearest_spec() -> None:
    told = fault(needing("a", "parser/lexr"), target("parser/lexer"))
    assert told.code == "SB302"
    assert told.place == Place("specs/a.toml", 3, 1)
    assert "`parser/lexer`" in told.hint


def test_a_spec_needed_with_its_ending_is_told_its_id() -> None:
    assert '"b"' in fault(needing("a", "b.toml"), target("b")).hint


def test_a_need_on_an_output_is_told_the_spec_that_makes_it() -> None:
    told = fault(needing("a", "build/b.py"), target("b"), files=["build/b.py"])
    assert told.code == "SB302"
    assert 'needs = ["b"]' in told.hint


@pytest.mark.parametrize("path", ["../x.py", "/etc/passwd"])
def test_a_need_outside_the_project_is_never_looked_for(path: str) -> None:
    assert fault(needing("a", path), files=[path]).code == "SB302"


def test_a_needed_file_that_keeps_secrets_is_refused() -> None:
    assert fault(needing("a", ".env"), files=[".env"]).code == "SB309"


def test_a_circle_is_printed_from_its_smallest_id_with_all_its_places() -> None:
    made = graph(needing("b", "c"), needing("a", "b"), needing("c", "a"), needing("d", "a"), target("e"))
    (told,) = made.diagnostics
    assert told.code == "SB301"
    assert told.message.endswith("a → b → c → a")
    assert (told.place, *told.also) == tuple(Place(f"specs/{name}.toml", 3, 1) for name in "abc")
    assert made.order == ("e",)


def test_a_spec_that_needs_itself_is_told() -> None:
    told = fault(needing("a", "a"))
    assert told.message == "a spec needs itself: a → a"


def test_each_separate_circle_is_told() -> None:
    told = graph(needing("a", "b"), needing("b", "a"), needing("x", "y"), needing("y", "x")).diagnostics
    assert [one.message.rpartition(": ")[2] for one in told] == ["a → b → a", "x → y → x"]


def test_of_every_knot_one_circle_is_told_even_if_one_leads_into_another() -> None:
    specs = [needing("a", "c", "b"), needing("b", "a"), needing("c", "d"), needing("d", "c"), needing("e", "a")]
    made = graph(*specs)
    assert [one.message.rpartition(": ")[2] for one in made.diagnostics] == ["a → b → a", "c → d → c"]


def test_the_shortest_circle_of_a_knot_is_told() -> None:
    specs = [needing("a", "b", "e"), needing("b", "c"), needing("c", "d"), needing("d", "a"), needing("e", "a")]
    assert fault(*specs).message.rpartition(": ")[2] == "a → e → a"
    both = [needing("a", "y", "x"), needing("x", "a"), needing("y", "a"), needing("z", "z", "a")]
    told = graph(*both).diagnostics
    assert [one.message.rpartition(": ")[2] for one in told] == ["a → y → a", "z → z"]


def test_a_long_circle_has_as_many_places_as_ids_shown() -> None:
    names = [f"n{number:03}" for number in range(9)]
    told = fault(*(needing(name, names[(number + 1) % 9]) for number, name in enumerate(names)))
    shown = [0, 1, 2, 3, 4, 5, 8]
    assert told.message.endswith("n005 → … 2 more … → n008 → n000")
    assert [one.path for one in (told.place, *told.also)] == [f"specs/n{number:03}.toml" for number in shown]


def test_a_long_circle_is_shortened() -> None:
    names = [f"n{number:03}" for number in range(500)]
    told = fault(*(needing(name, names[number - 1]) for number, name in enumerate(names)))
    assert len(told.message) < 200
    assert len(told.also) < 8
    assert "493 more" in told.message


def test_an_unknown_need_is_told_in_these_words() -> None:
    assert fault(needing("a", "nothing/like/it")) == Diagnostic(
        "SB302",
        "the need `nothing/like/it` is neither a spec nor a file of this project",
        Place("specs/a.toml", 3, 1),
        why="a need is a spec's id (its path below the spec folder, without .toml) or a project file's path",
        hint="specbuild status lists the ids of all specs",
    )
    assert fault(needing("a", "parser/lexr"), target("parser/lexer")).hint == "did you mean `parser/lexer`?"
    assert fault(needing("a", "b.toml"), target("b")).hint == 'a spec is needed by its id, without ".toml": "b"'
    on_output = fault(needing("a", "build/b.py"), target("b"))
    assert on_output.hint == 'that file is an output: need its spec, needs = ["b"]'


def test_faults_of_needs_come_by_id_and_then_as_written_and_leave_no_edge() -> None:
    made = graph(needing("b", "x1", "a", "x2"), needing("a", "x3"), files=[])
    assert [one.message.split("`")[1] for one in made.diagnostics] == ["x3", "x1", "x2"]
    assert made.needs_of == {"a": (), "b": ("a",)}
    assert made.file_needs == {"a": (), "b": ()}
    assert made.order == ("a", "b")


def test_a_place_that_can_be_no_project_file_is_never_looked_at() -> None:
    asked: list[str] = []

    def is_file(path: str) -> bool:
        asked.append(path)
        return True

    made = graph_of([needing("a", "../x", "/y", ".", "build/b.py", "./src//u.py", "b"), target("b")], is_file=is_file)
    assert asked == ["src/u.py"]
    assert made.file_needs["a"] == ("src/u.py",)
    assert [one.code for one in made.diagnostics] == ["SB302"] * 4


def test_a_file_that_keeps_secrets_is_told_as_a_need() -> None:
    made = graph(needing("a", "x/.env"), files=["x/.env"])
    reason = private_file("x/.env")
    assert reason is not None
    assert made.diagnostics == (private_file_shown("build.needs", "x/.env", Place("specs/a.toml", 3, 1), reason),)
    assert made.file_needs["a"] == ("x/.env",)


def test_a_circle_is_told_in_these_words() -> None:
    (told,) = graph(needing("b", "a"), needing("a", "b")).diagnostics
    assert told == Diagnostic(
        "SB301",
        "specs need each other in a circle: a → b → a",
        Place("specs/a.toml", 3, 1),
        why="each prompt would have to show an interface that is made from it",
        hint="take one of these needs away, or move what both sides share into a spec of its own",
        also=(Place("specs/b.toml", 3, 1),),
    )


def ring(size: int) -> Diagnostic:
    names = [f"n{number}" for number in range(1, size + 1)]
    return fault(*(needing(name, names[(number + 1) % size]) for number, name in enumerate(names)))


def test_eight_specs_in_a_circle_are_all_shown_and_nine_are_not() -> None:
    assert ring(8).message.endswith(": n1 → n2 → n3 → n4 → n5 → n6 → n7 → n8 → n1")
    assert len(ring(8).also) == 7
    nine = ring(9)
    assert nine.message.endswith(": n1 → n2 → n3 → n4 → n5 → n6 → … 2 more … → n9 → n1")
    assert nine.place == Place("specs/n1.toml", 3, 1)
    assert nine.also == tuple(Place(f"specs/n{number}.toml", 3, 1) for number in (2, 3, 4, 5, 6, 9))


def test_of_two_circles_through_one_spec_the_first_needs_lead() -> None:
    made = graph(needing("a", "c", "b"), needing("b", "a"), needing("c", "a"), needing("d", "a"))
    assert [one.message.rpartition(": ")[2] for one in made.diagnostics] == ["a → c → a"]
    made = graph(needing("a", "b"), needing("b", "c"), needing("c", "b"), needing("d", "d", "a"))
    assert [one.message.rpartition(": ")[2] for one in made.diagnostics] == ["b → c → b", "d → d"]


def test_a_need_in_a_circle_stands_where_it_was_written() -> None:
    made = needing("a", "z", "b")
    placed = replace(made, needs=tuple(Need(one.written, Place("p", n)) for n, one in enumerate(made.needs, 1)))
    told = fault(placed, needing("b", "a"), target("z"))
    assert told.place == Place("p", 2)


def test_faults_of_needs_go_before_circles_and_these_before_claims() -> None:
    made = graph(
        needing("a", "b"), needing("b", "a"), needing("c", "nothing"), target("x", {"build.outputs": ["y.py"]}),
        target("y"),
    )  # fmt: skip
    assert [one.code for one in made.diagnostics] == ["SB302", "SB301", "SB303"]
    assert made.producers["build/y.py"] == "y"


# -- claims on paths


def test_two_specs_on_one_output_are_told_the_two_lines_that_settle_it() -> None:
    told = fault(target("x/tool", {"build.directory": "src"}), target("y/tool", {"build.directory": "src"}))
    assert told.code == "SB303"
    assert told.place is not None
    assert (told.place.path, told.also[0].path) == ("specs/y/tool.toml", "specs/x/tool.toml")
    assert '    directory = "src/tool"\n    outputs = ["tool_tool.py"]' in told.hint


def test_each_line_of_that_hint_really_settles_it() -> None:
    first = target("one", {"build.outputs": ["t.py", "two_t.py"]})
    second = target("two", {"build.outputs": ["t.py"]})
    hint = fault(first, second).hint
    outputs: dict[str, Json] = {"build.outputs": ["two_2_t.py"]}
    assert 'outputs = ["two_2_t.py"]' in hint
    assert graph(first, target("two", outputs)).diagnostics == ()
    directory: dict[str, Json] = {"build.outputs": ["t.py"], "build.directory": "build/two"}
    assert 'directory = "build/two"' in hint
    assert graph(first, target("two", directory)).diagnostics == ()


@pytest.mark.parametrize(("one", "other"), [("Tool.py", "tool.py"), ("STRASSE.py", "straße.py")])
def test_outputs_that_differ_only_in_case_are_told(one: str, other: str) -> None:
    told = fault(target("a", {"build.outputs": [one]}), target("b", {"build.outputs": [other]}))
    assert told.code == "SB304"
    assert one in told.message
    assert other in told.message
    assert told.also == (Place("specs/a.toml", 3, 1),)


def test_one_spec_that_declares_a_file_in_two_cases_is_told() -> None:
    assert fault(target("a", {"build.outputs": ["x.py", "X.py"]})).code == "SB304"


def test_an_output_can_not_be_the_folder_of_another() -> None:
    told = fault(target("a", {"build.outputs": ["pkg"]}), target("b", {"build.outputs": ["pkg/deep/x.py"]}))
    assert told.code == "SB312"
    assert told.also == (Place("specs/b.toml", 3, 1),)


@pytest.mark.parametrize("field", ["build.context", "verify.files"])
def test_an_output_can_not_be_what_another_spec_reads(field: str) -> None:
    told = fault(target("a"), target("b", {field: ["build/A.py"]}))
    assert told.code == "SB311"
    assert 'needs = ["a"]' in told.hint


def test_an_output_can_not_be_what_its_own_spec_reads() -> None:
    assert "both builds" in fault(target("a", {"build.context": ["build/a.py"]})).message


def test_an_output_can_not_be_a_spec_or_a_template() -> None:
    made = target("a")
    spec = replace(made.spec, path="build/a.py")
    assert fault(replace(made, spec=spec)).code == "SB311"
    assert fault(target("a", {"build.template": "build/a.py"})).code == "SB311"


def test_files_with_similar_names_are_left_alone() -> None:
    made = graph(
        target("a", {"build.outputs": ["x.py", "xx.py", "pkg/x.py", "pkgs"]}), target("b", {"build.context": ["x.py"]})
    )
    assert made.diagnostics == ()


# -- closures


def test_closures_hold_what_is_near_and_far() -> None:
    made = graph(target("a"), needing("b", "a"), needing("c", "b"), needing("d", "b"), target("e"))
    assert needs_closure(["c"], made) == {"c", "b", "a"}
    assert needs_closure(["c"], made, depth=1) == {"c", "b"}
    assert dependents_closure(["a"], made) == {"a", "b", "c", "d"}
    assert dependents_closure(["a", "e"], made, depth=1) == {"a", "b", "e"}
    assert needs_closure([], made) == frozenset()
    assert needs_closure(["c"], made, depth=0) == {"c"}
    assert needs_closure(["c"], made, depth=9) == {"c", "b", "a"}
    assert dependents_closure(["a"], made, depth=0) == {"a"}


def test_closures_end_in_circles_too() -> None:
    made = graph(needing("a", "b"), needing("b", "a"), needing("c", "a"))
    assert needs_closure(["c"], made) == {"a", "b", "c"}
    assert dependents_closure(["b"], made) == {"a", "b", "c"}


# -- size and shape


def bare(number: int, needs: Sequence[int]) -> Target:
    name = f"n{number:05}"
    wanted = tuple(Need(f"n{need:05}", Place(f"specs/{name}.toml")) for need in needs)
    model = target("model")
    outputs = (f"build/{name}.py",)
    spec = replace(model.spec, id=name, path=f"specs/{name}.toml")
    return replace(model, id=name, spec=spec, needs=wanted, outputs=outputs)


@pytest.mark.parametrize("shape", ["chain", "fan out", "fan in", "circle"])
def test_ten_thousand_specs_take_well_under_a_second(shape: str) -> None:
    size = 10_000
    model = bare(0, [])

    def one(number: int, needs: Sequence[int]) -> Target:
        name = f"n{number:05}"
        wanted = tuple(Need(f"n{need:05}", Place(f"specs/{name}.toml")) for need in needs)
        spec = replace(model.spec, id=name, path=f"specs/{name}.toml")
        return replace(model, id=name, spec=spec, needs=wanted, outputs=(f"build/{name}.py",))

    shapes: dict[str, Callable[[int], Sequence[int]]] = {
        "chain": lambda number: [number + 1] if number + 1 < size else [],
        "fan out": lambda number: [0] if number else [],
        "fan in": lambda number: [] if number else range(1, size),
        "circle": lambda number: [(number + 1) % size],
    }
    needs_of = shapes[shape]
    targets = [one(number, needs_of(number)) for number in range(size)]
    before = time.process_time()
    made = graph_of(targets, is_file=lambda path: False)
    needs_closure(made.order[-1:], made)
    dependents_closure(made.order[:1], made)
    taken_s = time.process_time() - before
    assert len(made.order) == (0 if shape == "circle" else size)
    assert taken_s < 1.5


@given(st.lists(st.sets(st.integers(0, 7), max_size=3), min_size=8, max_size=8))
@settings(max_examples=60)
def test_every_spec_is_ordered_after_its_needs_or_a_circle_is_told(needs: list[set[int]]) -> None:
    made = graph(*(bare(number, sorted(those)) for number, those in enumerate(needs)))
    assert (len(made.order) == 8) == (made.diagnostics == ())
    at = {name: position for position, name in enumerate(made.order)}
    assert all(at[need] < at[name] for name in made.order for need in made.needs_of[name])
