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
    assert not found


def test_what_came_went_and_is_seen_otherwise() -> None:
    before = names("class C:\n    def m(self): ...\ndef f(a): ...\ndef g(): ...\n")
    after = names("class D:\n    def m(self): ...\ndef f(a, b): ...\ndef g(): return 1\n")
    assert name_changes(before, after) == NameChanges(("D",), ("C",), ("f",)), "a body is nobody else's business"
    assert name_changes(before, before) == NameChanges()
    assert name_changes({"C": "", "C.m": ""}, {"C": ""}).removed == ("C.m",)
