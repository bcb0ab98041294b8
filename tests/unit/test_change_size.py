"""How much a build changed is counted in lines that came and went, and in public names."""

from specbuild.change_size import ChangeSize, Lines, change_size, lines_changed, spec_lines
from specbuild.public_names import NameChanges


def test_lines_that_stay_are_not_counted_wherever_they_stand() -> None:
    assert lines_changed(["a", "b", "c", "d"], ["a", "x", "b", "c"]) == Lines(1, 1)
    assert lines_changed([], ["a"]) == Lines(1, 0)
    many = [str(number) for number in range(300)]
    assert lines_changed([*many, ""], ["", *many]) == Lines(1, 1)


def test_a_spec_is_counted_line_by_line_and_example_by_example() -> None:
    values = {"project.requirements": "One.\nTwo.\n", "example": [{"args": ["1"]}], "build.outputs": ["a.py", "b.py"]}
    assert spec_lines(values) == ['"a.py"', '"b.py"', '{"args":["1"]}', "One.", "Two."]


def test_the_whole_is_told_of_a_revision() -> None:
    found = change_size(
        {"a.py": "def f(x):\n    return 1\n", "b.py": "def g(): ...\n"},
        {"project.requirements": "One.\n2.\n"},
        before={"a.py": "def f():\n    return 1\n"},
        values_before={"project.requirements": "One.\nTwo.\n"},
        language="python",
    )
    assert found == ChangeSize(Lines(1, 1), Lines(2, 1), NameChanges(("b.g",), (), ("f",)))


def test_what_is_not_known_is_not_counted() -> None:
    found = change_size({"a.c": "int a;\n"}, {}, before={"a.c": "int b;\n"}, values_before=None, language="c")
    assert found == ChangeSize(None, Lines(1, 1), None)
    assert change_size({"a.c": ""}, {}, before=None, values_before={}, language="c") == ChangeSize(Lines(), None, None)


def test_lines_are_counted_as_they_match_in_blocks() -> None:
    assert lines_changed(["a", "b", "c"], ["c", "a", "b"]) == Lines(1, 1), "a line that moved"
    assert lines_changed(["a", "b", "c"], ["c"]) == Lines(0, 2)
    assert lines_changed(["x"] * 500, ["x"] * 500) == Lines(), "a line that is frequent is no junk"
    before, after = ["p", "a", "b", "q", "r"], ["q", "p", "r", "a", "b"]
    assert lines_changed(before, after) == Lines(2, 2)
    assert lines_changed(list("qabxcd"), list("abycdf")) == Lines(2, 2)


def test_only_a_line_feed_ends_a_line() -> None:
    assert spec_lines({"a": "x\x0cy\u2028z\r\n\n\n", "b": ""}) == ["x\x0cy\u2028z\r", "", ""]
    found = change_size({"a.txt": "x\x0cy\n"}, {}, before={"a.txt": ""}, values_before=None, language="text")
    assert found.code == Lines(1, 0)


def test_a_value_that_is_neither_text_nor_list_is_one_line() -> None:
    assert spec_lines({"b": {"z": 1, "a": [1, 2]}, "a": None, "c": True, "B": 3}) == [
        "3",
        "null",
        '{"a":[1,2],"z":1}',
        "true",
    ]
    assert spec_lines({"a": (), "b": ("x", 1)}) == ['"x"', "1"]


def test_files_that_went_and_came_count_whole() -> None:
    found = change_size(
        {"new.py": "A = 1\n\nB = 2"}, {}, before={"old.py": "def f(): ...\n"}, values_before={"a": ["x"]}, language="py"
    )
    assert found == ChangeSize(Lines(0, 1), Lines(3, 1), NameChanges(("A", "B"), ("f",), ()))
    assert change_size({"a.py": "A = 1"}, {}, before={}, values_before={}, language="python") == ChangeSize(
        Lines(), Lines(1, 0), NameChanges(("A",))
    )


def test_names_of_a_text_that_can_not_be_read_are_not_known() -> None:
    for old, new in (("x = (", "x = 1\n"), ("x = 1\n", "x = (")):
        found = change_size({"a.py": new}, {}, before={"a.py": old}, values_before=None, language="python")
        assert found == ChangeSize(None, Lines(1, 1), None)
