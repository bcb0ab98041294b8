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
