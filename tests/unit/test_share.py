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


def test_what_is_no_python_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2"):
        logical_lines("x = 1\ny = (\n")
    with pytest.raises(ValueError, match="line 1"):
        copied_share("'", [])


CODE = (
    '"one": 1,',  # too short to tell
    "return abs(self.x) + abs(self.y)",
    "if not points: return 0",
    "return sum(",
    "point.length for point in points",
)
LONG = [line for line in (*CODE, "TABLE = {") if len(line.replace(" ", "")) >= 8]


def test_code_that_stands_nowhere_is_not_copied() -> None:
    assert copied_share(MODULE, []) == 0.0
    assert copied_share(MODULE, ["Return the sum of all points, and 0 if there is none."]) == 0.0


@pytest.mark.parametrize("line", [line for line in LONG if line != '"one": 1,'])
def test_each_code_line_counts_once_however_its_white_space_stands(line: str) -> None:
    spread = "prose before\n   " + line.replace(" ", " \n\t ") + "   prose after"
    assert copied_share(MODULE, [spread]) == round(1 / 6, 4)
    assert copied_share(MODULE, [spread, spread]) == round(1 / 6, 4)


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


def test_generated_modules_and_lines_are_counted_among_all_with_code() -> None:
    sources = {
        "p/__init__.py": "",
        "p/a.py": "x = 1\ny = 2\n",
        "p/b.py": "def f():\n    return (\n1)\n",
        "p/c.py": "z = 0\n",
    }
    assert package_share(sources, {"p/b.py", "p/elsewhere.py"}) == (Portion(1, 3), Portion(2, 5))
    assert package_share({}, ()) == (Portion(0, 0), Portion(0, 0))
