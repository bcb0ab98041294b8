import pytest

from specbuild.iteration import Portion
from specbuild.share import copied_share, logical_lines, package_share

MODULE = '''"""A module
of one docstring."""

import os
from collections.abc import (
    Sequence,
)

TABLE = {
    "one": 1,  # a table is one line
    "two": 2,
}
"""What the table is for."""


class Point:
    """A point."""

    x: int
    y: int = 0

    @property
    def length(
        self,
    ) -> int:
        """Its length."""
        # the sum of both
        return abs(self.x) + abs(self.y)

    def nothing(self) -> None: ...


def total(points: Sequence[Point]) -> int:
    if not points: return 0
    return sum(
        point.length for point in points
    )
'''


def test_a_statement_is_one_line_however_it_is_laid_out_and_docstrings_and_comments_are_none() -> None:
    assert logical_lines(MODULE) == 13
    assert logical_lines('"""Only words."""\n# and more\n\n') == 0
    assert logical_lines("x = f'''\n\n\n'''\n") == 1
    assert logical_lines("") == 0


def test_statements_side_by_side_are_one_line_and_plain_strings_none_wherever_they_stand() -> None:
    assert logical_lines("x = 1; y = 2\n") == 1
    assert logical_lines("def f():\n    x = 1\n    'Words.' 'More words.'\n    return x\n") == 3
    assert logical_lines("def f(): 'Words.'\n") == 1


def test_what_is_no_python_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^line 2: the bracket is never closed$"):
        logical_lines("x = 1\ny = (\n")
    with pytest.raises(ValueError, match=r"^line 1: the string is never closed$"):
        copied_share("'", [])
    with pytest.raises(ValueError, match=r"^line 1: the bracket closes nothing$"):
        package_share({"p/a.py": "x = 1\n", "p/b.py": ")"}, ())


# `TABLE = {` is too short to tell, and its rows are data.
CODE = (
    "return abs(self.x) + abs(self.y)",
    "if not points: return 0",
    "return sum(",
    "point.length for point in points",
)


def test_code_that_stands_nowhere_is_not_copied() -> None:
    assert copied_share(MODULE, []) == 0.0
    assert copied_share(MODULE, ["Return the sum of all points, and 0 if there is none."]) == 0.0


@pytest.mark.parametrize("line", CODE)
def test_each_code_line_counts_once_however_its_white_space_stands(line: str) -> None:
    spread = "prose before\n   " + line.replace(" ", " \n\t ") + "   prose after"
    assert copied_share(MODULE, [spread]) == round(1 / 4, 4)
    assert copied_share(MODULE, [spread, spread]) == round(1 / 4, 4)


def test_a_module_whose_code_stands_in_the_text_is_copied_whole() -> None:
    assert copied_share(MODULE, [MODULE]) == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "from collections.abc import ( Sequence, )",
        "class Point:",
        "x: int",
        "y: int = 0",
        "@property",
        "def length( self, ) -> int:",
        "def total(points: Sequence[Point]) -> int:",
        "A point. Its length. What the table is for. A module of one docstring.",
        "# the sum of both",
        "# a table is one line",
    ],
)
def test_signatures_imports_fields_docstrings_and_comments_are_no_code(text: str) -> None:
    assert copied_share(MODULE, [text]) == 0.0


def test_a_line_is_found_with_and_without_its_comment() -> None:
    assert copied_share("value = compute(1)  # why\n", ["value = compute(1)"]) == 1.0


def test_a_line_inside_a_longer_word_is_not_found() -> None:
    assert copied_share("value = 123456\n", ["other_value = 1234567"]) == 0.0
    assert copied_share("value = 123456\n", ["myvalue = 123456, then value = 123456."]) == 1.0


def test_the_body_behind_a_header_on_one_line_is_code() -> None:
    assert copied_share("def f(x): return x.compute()\n", ["return x.compute()"]) == 1.0
    assert copied_share("def f(x): 'Words and more words.'\n", ["'Words and more words.'"]) == 0.0


def test_an_annotated_name_outside_a_class_is_code() -> None:
    assert copied_share("def f():\n    found: list[int] = []\n", ["found: list[int] = []"]) == 1.0


def test_a_field_stands_directly_in_a_class_also_below_an_if_but_not_in_its_functions() -> None:
    field, seen = "found: list[int] = []", ["found: list[int] = []"]
    assert copied_share(f"class A:\n    if x:\n        {field}\n", seen) == 0.0
    assert copied_share(f"class A:\n    async def f(self):\n        {field}\n", seen) == 1.0
    assert copied_share(f"def f():\n    class A:\n        y: int\n    {field}\n", seen) == 1.0
    assert copied_share("class A:\n    print(found := compute())\n", ["print(found := compute())"]) == 1.0


def test_words_that_only_begin_like_a_header_or_an_import_are_code() -> None:
    for line in ("important = 1", "from_here = 1", "define(everything)", "classes = compute()", "async_def = 1"):
        assert copied_share(f"{line}\n", [line]) == 1.0


def test_each_line_of_a_long_string_is_code_and_what_looks_like_a_comment_in_it_stays() -> None:
    source = 'text = """\nfirst words\n# other words\n"""\n'
    assert copied_share(source, ["first words"]) == 0.3333
    assert copied_share(source, ["# other words", "first words", 'text = """']) == 1.0


def test_a_comment_between_brackets_is_left_out_and_a_repeated_line_counts_each_time() -> None:
    source = "value = call(  # why\n    argument,  # which\n    # nothing else\n)\n" + "y = compute()\n" * 2
    assert copied_share(source, ["y = compute()"]) == 0.5
    assert copied_share(source, ["value = call( argument,"]) == 0.5


ROWS = """\
NAMES = frozenset({
    "first row",
    'second row': b"bytes", 12: r"raw",  # why
    None: "the \\"third\\" row", True: ("nested", [1.5, False]),
})
"""


def test_rows_of_a_table_at_the_top_of_a_module_are_data() -> None:
    assert copied_share(ROWS, [ROWS]) == 1.0, "the first line is code"
    assert copied_share(ROWS, [ROWS.replace("NAMES = frozenset({", "")]) == 0.0


@pytest.mark.parametrize("row", ['f"first row {one}",', '"first row" + other,', "first_row_name,", '"second": -12345,'])
def test_a_row_with_more_than_literals_is_code(row: str) -> None:
    source = f"x = (\n    {row}\n    'a row of literals',\n)\n"
    assert copied_share(source, [row]) == 1.0
    assert copied_share(source, ["'a row of literals',"]) == 0.0


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    return (\n        'a row of literals',\n    )\n",
        "class A:\n    x = (\n        'a row of literals',\n    )\n",
        "if 1:\n    x = (\n        'a row of literals',\n    )\n",
        'x = """\n\'a row of literals\',\n"""\n',
        "def f(): x = (\n    'a row of literals',\n)\n",
    ],
)
def test_what_looks_like_a_row_elsewhere_is_code(source: str) -> None:
    assert copied_share(source, ["'a row of literals',"]) == 1.0


def test_eight_visible_characters_are_enough_and_a_line_does_not_reach_into_the_next_text() -> None:
    assert copied_share("a = 1234\n", ["a = 1234"]) == 0.0
    assert copied_share("a = 123456\n", ["a = 123456"]) == 1.0
    assert copied_share("value = compute()\n", ["value =", "compute()"]) == 0.0
    assert copied_share("é = 123456\n", ["é = 123456", "x"]) == 1.0
    assert copied_share("value = compute()\n", ["évalue = compute()", "_value = compute()_"]) == 1.0
    assert copied_share("value = compute()\n", ["évalue = compute()"]) == 0.0


def test_generated_modules_and_lines_are_counted_among_all_with_code() -> None:
    sources = {
        "p/__init__.py": "",
        "p/a.py": "x = 1\ny = 2\n",
        "p/b.py": "def f():\n    return (\n1)\n",
        "p/c.py": "z = 0\n",
    }
    assert package_share(sources, {"p/b.py", "p/elsewhere.py"}) == (Portion(1, 3), Portion(2, 5))
    assert package_share({}, ()) == (Portion(0, 0), Portion(0, 0))
