"""What of a Python file its dependents see: everything that they may use, and no body."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.python_interface import InterfaceFault, python_interface

SOURCE = '''#!/usr/bin/env python
"""What it is for.

    Second paragraph (.
"""

from __future__ import annotations

import os
from .near import Far as Far

__all__ = ["Shape", "area"]
__all__ += ["MAX"]
MAX = 10  # a comment
"""The most."""
Json = dict[str, "Json"]
type Pair[T] = tuple[T, T]
limit: int = 3
lower = 4
_hidden: int = 5
a, B = 1, 2


@decorated  # why
# between
@again(
    1,  # one
)
class Shape(Base, metaclass=Meta):  # a shape
    """A shape."""

    # a comment
    width: float
    """In metres."""
    height: float = 1.0
    RED = 1
    _own: int = 0
    __slots__ = ("a",)

    def __init__(self, width: float = {"a": 1}["a"]) -> None:
        """Make it."""
        self.width = width

    @property
    def size(self) -> float: return self.width

    def _private(self) -> None:
        """Hidden."""

    def __mangled(self) -> None: ...

    class Inner:
        x: int

    class _Inner:
        y: int


async def area(
    shape: Shape,  # of what
    *,
    exact: bool = lambda: True,
) -> "dict[str, int]":
    """Return the area."""

    def nested() -> None: ...

    return 1


def short(): "Say it."
def bare(): return "it"


def _helper() -> None:
    """Hidden."""


if sys.platform == "win32":
    def where() -> str:
        return "a"
else:
    import os
    def where() -> str:
        return "b"

try:
    import fast
except ImportError:
    fast = None

if __name__ == "__main__":
    RESULT = area()
'''

INTERFACE = '''"""What it is for.

    Second paragraph (.
"""
__all__ = ["Shape", "area"]
__all__ += ["MAX"]
MAX = 10
"""The most."""
Json = dict[str, "Json"]
type Pair[T] = tuple[T, T]
limit: int = 3
a, B = 1, 2

@decorated
@again(
    1,  # one
)
class Shape(Base, metaclass=Meta):
    """A shape."""
    width: float
    """In metres."""
    height: float = 1.0
    RED = 1
    def __init__(self, width: float = {"a": 1}["a"]) -> None:
        """Make it."""
    @property
    def size(self) -> float:
    class Inner:
        x: int

async def area(
    shape: Shape,  # of what
    *,
    exact: bool = lambda: True,
) -> "dict[str, int]":
    """Return the area."""

def short(): "Say it."

def bare():
if sys.platform == "win32":
    def where() -> str:

else:
    def where() -> str:
'''


def test_the_interface_is_the_public_slices_of_the_text() -> None:
    assert python_interface(SOURCE) == INTERFACE


def test_only_a_package_init_shows_its_imports() -> None:
    shown = python_interface(SOURCE, is_package_init=True)
    assert isinstance(shown, str)
    assert "import os\nfrom .near import Far as Far\n" in shown
    assert "try:\n    import fast\n" in shown
    assert "__future__" not in shown
    assert "import" not in INTERFACE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return 1", "x = f'{1:>{2}}'\n    return [x for x in (1, 2)]"),
        ("self.width = width", "self.width = (\n            width  # comment\n        )"),
        ("return self.width", "return self.width * 1"),
        ("# a comment\n", "# another\n"),
        ("MAX = 10  # a comment", "MAX = 10\n\n"),
        ('"""Hidden."""', '"""Still hidden."""'),
        ("lower = 4", "lower = 5"),
        ("_hidden: int = 5", "_hidden: str"),
        ("RESULT = area()", "RESULT = 1"),
        ("    def nested() -> None: ...\n", "    class Nested:\n        y: int = 1\n"),
    ],
)
def test_a_changed_body_comment_or_private_part_changes_nothing(old: str, new: str) -> None:
    assert old in SOURCE
    assert python_interface(SOURCE.replace(old, new)) == INTERFACE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Second paragraph", "Third paragraph"),
        ('["Shape", "area"]', '["Shape"]'),
        ("MAX = 10", "MAX = 11"),
        ("The most", "The least"),
        ('dict[str, "Json"]', "list[Json]"),
        ("tuple[T, T]", "tuple[T]"),
        ("limit: int", "limit: float"),
        ("@decorated", "@other"),
        ("(Base,", "(Other,"),
        ('"""A shape."""', '"""The shape."""'),
        ("width: float\n", "width: int\n"),
        ("RED = 1", "RED = 2"),
        ('{"a": 1}["a"]', "1"),
        ("Make it", "Break it"),
        ("@property", "@cached_property"),
        ("x: int", "x: str"),
        ("exact: bool = lambda: True", "exact: bool = lambda: False"),
        ("async def area", "def area"),
        ("Return the area", "Give the area"),
        ("Say it", "Tell it"),
        ("def bare()", "def bare(x)"),
        ('"win32"', '"darwin"'),
        ("def _helper", "def helper"),
    ],
)
def test_a_changed_signature_docstring_constant_or_field_changes_it(old: str, new: str) -> None:
    assert old in SOURCE
    assert python_interface(SOURCE.replace(old, new, 1)) != INTERFACE


BODY_LINES = st.lists(
    st.sampled_from(
        [
            "pass",
            "x = {'a': (1, 2)}",
            "# comment (",
            "return f'{x:>{y}}'",
            "if x: y",
            "def g(): ...",
            "class C: z: int",
            "",
            "s = '''\ndef not_code():\n'''",
            "for x in y:\n        X = 1",
            "@d\n    def h():\n        'doc'",
            "MAX: int = 3",
        ]
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(BODY_LINES, BODY_LINES)
def test_no_body_ever_changes_the_interface(one: list[str], two: list[str]) -> None:
    def interface(body: list[str]) -> str | InterfaceFault:
        lines = "".join(f"    {line}\n" if line else "\n" for line in body)
        return python_interface(f"def f(x: int = 1):\n    'doc'\n    0\n{lines}\ndef g(): ...\n")

    assert interface(one) == interface(two) == "def f(x: int = 1):\n    'doc'\n\ndef g():\n"


@pytest.mark.parametrize(
    ("source", "interface"),
    [
        ("__all__.append('x')\n__all__ += a\n__all__[0] = b\n", "__all__.append('x')\n__all__ += a\n"),
        ("A.b = 1\nA[0] = 1\n(A, B) = 1, 2\n*A, b = x\na = B = 1\nC = d = 1\n", "C = d = 1\n"),
        ("A //= 1\n'yes'\n'no'\nb += 1\n'no'\n", "A //= 1\n'yes'\n"),
        ("x, y: int\n_x: int\nlambda: 1\n", "x, y: int\n"),
        ("____ = 1\n__a__ = 1\n__b = 2\n__C: int\n", "__a__ = 1\n"),
        ("type _X = int\ntype X[T] = list[T]\n'yes'\ntype = 1\ntype: int\n", "type X[T] = list[T]\n'yes'\ntype: int\n"),
        ("\u00c9 = 1\n\u00e9 = 1\n", "\u00c9 = 1\n"),
        ("X = 1; y = 2\nz = 3; Y = 4\n", "X = 1; y = 2\n"),
        (
            "class A:\n    import os\n    __slots__, b = 1, 2\n    __slots__: int\n    a.b = 1\n    c += 1\n",
            "class A:\n    __slots__, b = 1, 2\n    c += 1\n",
        ),
        ("def f(): 'a'; 1\ndef g(): \\\n 'a'\nclass C: z: int\n", "def f():\n\ndef g(): \\\n 'a'\n\nclass C:\n"),
        ("class C: 'a'  # b\nclass _D:\n    x: int\n    def f(): 'x'\n", "class C: 'a'\n"),
        ("if x:\n    'no'\n    A = 1\n    'yes'\n'no'\n", "if x:\n    A = 1\n    'yes'\n"),
        ("class A:\n    if x:\n        y = 1\n    z = 1\n", "class A:\n    if x:\n        y = 1\n    z = 1\n"),
        ("@d\nx = 1\n@e\ndef _f(): ...\ndef g(): ...\n", "def g():\n"),
        (
            "if __name__ == 'x':\n    A = 1\nelse:\n    B = 1\nelif __name__:\n    C = 1\n",
            "else:\n    B = 1\n\nelif __name__:\n    C = 1\n",
        ),
        (
            "x = 1\n    A = 2\nwith a(b=':') as c:  # d\n    E = 1\n",
            "x = 1\n    A = 2\n\nwith a(b=':') as c:\n    E = 1\n",
        ),
        ("if x:\n\tif y:\n\t\tA = 1\n        def f(): pass\n", "if x:\n\tif y:\n\t\tA = 1\n        def f():\n"),
    ],
)
def test_what_counts_as_public_and_as_documentation(source: str, interface: str) -> None:
    assert python_interface(source) == interface


def test_imports_of_a_package_init_are_shown_in_blocks_and_documented_but_not_in_classes() -> None:
    source = "import a; b = 1\n'yes'\nimportant = 1\nclass A:\n    import c\nif x:\n    from . import d\n"
    shown = "import a; b = 1\n'yes'\n\nclass A:\nif x:\n    from . import d\n"
    assert python_interface(source, is_package_init=True) == shown
    assert python_interface(source) == "class A:\n"


def test_blocks_may_lie_a_hundred_deep() -> None:
    deep = "".join(" " * depth + "if x:\n" for depth in range(100)) + " " * 100 + "A = 1\n"
    assert python_interface(deep) == deep


@pytest.mark.parametrize(
    "source", ["", "\n# x\n", "import os\n", "def _f(): ...\n", "print('x')\n", "x == 1\n", "a <= B\n"]
)
def test_a_file_without_anything_public_has_an_empty_interface(source: str) -> None:
    assert python_interface(source) == ""


def test_line_ends_do_not_matter_and_tabs_are_kept() -> None:
    assert python_interface(SOURCE.replace("\n", "\r\n")) == INTERFACE
    assert python_interface("class A:\n\tx: int\n") == "class A:\n\tx: int\n"


def test_it_is_a_fixed_point_of_itself() -> None:
    once = python_interface("MAX = 1\nclass A:\n    x: int\n    def f(self): 'doc'\n")
    assert isinstance(once, str) and python_interface(once) == once


def test_a_text_that_is_no_python_is_a_fault_with_its_place() -> None:
    assert python_interface("x\ny = (\n") == InterfaceFault(2, 5, "the bracket is never closed")
    assert python_interface("x = 1\n    y = 2\n  z = 3\n") == InterfaceFault(3, 3, "the indentation fits no block")
    assert python_interface("  x = 1\n") == InterfaceFault(1, 3, "the indentation fits no block")
    deep = "".join(" " * depth + "if x:\n" for depth in range(200))
    assert python_interface(deep) == InterfaceFault(102, 102, "the indentation fits no block")


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("df: \n\t'\"(){}[]#\\@=_A,f;") | st.characters(), max_size=60))
def test_no_text_makes_it_raise(source: str) -> None:
    assert isinstance(python_interface(source), str | InterfaceFault)
