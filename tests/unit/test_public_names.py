"""Public names are those that the interface shows, each with what is seen of it."""

import pytest

from specbuild.public_names import NameChanges, name_changes, public_names

MODULE = '''"""Doc."""
import os
__version__ = "1"
LIMIT: int = 3
"""What may come at most."""
A, B = 1, 2
type Alias[T] = list[T]

@cache
def f(a, b=(1, ":")):
    """F."""
    return os

class C(Base):
    """C."""
    kind: int = 1
    __slots__ = ()
    async def m(self): return 1
    @property
    def p(self): return 1
    @p.setter
    def p(self, v): ...
    class D:
        z = 1
    def _own(self): ...

if HERE:
    def g(): ...
else:
    def g(x): ...

def _h(): ...
lower = 1
'''


def names(text: str) -> dict[str, str]:
    found = public_names({"a.py": text}, language="python")
    assert found is not None
    return found


def test_each_name_has_what_dependents_see_of_it() -> None:
    assert names(MODULE) == {
        "__version__": '__version__ = "1"\n',
        "LIMIT": 'LIMIT: int = 3\n"""What may come at most."""\n',
        "A": "A, B = 1, 2\n",
        "B": "A, B = 1, 2\n",
        "Alias": "type Alias[T] = list[T]\n",
        "f": '@cache\ndef f(a, b=(1, ":")):\n"""F."""\n',
        "C": 'class C(Base):\n"""C."""\n',
        "C.kind": "kind: int = 1\n",
        "C.m": "async def m(self):\n",
        "C.p": "@property\ndef p(self):\n@p.setter\ndef p(self, v):\n",
        "C.D": "class D:\n",
        "C.D.z": "z = 1\n",
        "g": "def g():\ndef g(x):\n",
    }


def test_further_files_of_a_target_are_named_and_a_package_what_it_imports() -> None:
    files = {"a.py": "X = 1", "b/__init__.py": "from a import (c, d as e,)\nimport os.path as p\n", "notes.md": "# x\n"}
    found = public_names(files, language="python")
    assert found is not None
    assert list(found) == ["X", "b.c", "b.e", "b.p"]


@pytest.mark.parametrize(("text", "language"), [("int a;", "c"), ("def f(:\n", "python"), ("x = '", "python")])
def test_names_that_can_not_be_told(text: str, language: str) -> None:
    found = public_names({"a.py" if language == "python" else "a.c": text}, language=language)
    assert found is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", {}),
        ('"""Doc."""\n', {}),
        ('"""Doc."""\nX = 1\n', {"X": "X = 1\n"}),
        ("class C:\n    a, _b = 1, 2\n", {"C": "class C:\n", "C.a": "a, _b = 1, 2\n", "C._b": "a, _b = 1, 2\n"}),
        ("class C:\n    type: str = ''\n", {"C": "class C:\n", "C.type": "type: str = ''\n"}),
        ("A = b = 1\n", {"A": "A = b = 1\n"}),
        ("__all__ = []\n__all__ += ['a']\n", {"__all__": "__all__ = []\n__all__ += ['a']\n"}),
        ("__all__ = []\n__all__.append('a')\n", {"__all__": "__all__ = []\n"}),
        ("X = (  # one\n    1,\n)\n", {"X": "X = (  # one\n    1,\n)\n"}),
        ("if a:\n    class C:\n        x: int\n    Y = 1\n", {"C": "class C:\n", "C.x": "x: int\n", "Y": "Y = 1\n"}),
        (
            "class C:\n    if a:\n        '''Not its docstring.'''\n        x: int\n        '''X.'''\n",
            {"C": "class C:\n", "C.x": "x: int\n'''X.'''\n"},
        ),
        (
            "class A:\n    class B:\n        x: int\n    y: int\nZ = 1\n",
            {"A": "class A:\n", "A.B": "class B:\n", "A.B.x": "x: int\n", "A.y": "y: int\n", "Z": "Z = 1\n"},
        ),
        (
            "@overload\n@final\ndef f(a: int) -> int: ...\n@overload\ndef f(a: str) -> str: ...\n",
            {"f": "@overload\n@final\ndef f(a: int) -> int:\n@overload\ndef f(a: str) -> str:\n"},
        ),
        ("def f(): 'Say it.'\n", {"f": "def f(): 'Say it.'\n"}),
    ],
)
def test_what_a_line_names(text: str, wanted: dict[str, str]) -> None:
    found = names(text)
    assert found == wanted
    assert list(found) == list(wanted)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("import os.path", ["os.path"]),
        ("import a, b as c", ["a", "c"]),
        ("from .x import *", ["*"]),
        ("from a import (\n    b,\n    c as d,\n)", ["b", "d"]),
    ],
)
def test_what_an_import_binds_is_offered_by_a_package(line: str, wanted: list[str]) -> None:
    found = public_names({"__init__.py": line + "\n"}, language="python")
    assert found == dict.fromkeys(wanted, line + "\n")


def test_every_further_module_has_its_name_before_its_names() -> None:
    files = {"x.txt": "", "__init__.py": "A = 1", "lib/x.pyi": "B = 1", "lib/x.py": "B = 2", "__main__.py": "C = 1"}
    found = public_names(files, language="Python3")
    assert found == {"A": "A = 1\n", "lib.x.B": "B = 1\nB = 2\n", "__main__.C": "C = 1\n"}
    swapped = public_names({"a.py": "", "__init__.py": "A = 1"}, language="py")
    assert swapped == {"__init__.A": "A = 1\n"}
    assert public_names({"notes.md": "x"}, language="python") == {}


def test_what_came_went_and_is_seen_otherwise() -> None:
    before = names("class C:\n    def m(self): ...\ndef f(a): ...\ndef g(): ...\n")
    after = names("class D:\n    def m(self): ...\ndef f(a, b): ...\ndef g(): return 1\n")
    assert name_changes(before, after) == NameChanges(("D",), ("C",), ("f",)), "a body is nobody else's business"
    assert name_changes(before, before) == NameChanges()
    assert name_changes({"C": "", "C.m": ""}, {"C": ""}).removed == ("C.m",)
    gone = {"b": "", "Ca": "", "C.m.x": "", "C": "", "a.b": ""}
    assert name_changes(gone, {}) == NameChanges(removed=("C", "Ca", "a.b", "b")), "only what lies in one is left out"
    assert name_changes({}, gone).added == ("C", "Ca", "a.b", "b")
