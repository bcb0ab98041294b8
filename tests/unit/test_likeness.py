import pytest

from specbuild.languages import LANGUAGES
from specbuild.likeness import FREE, LARGEST, same_but_for_layout

PYTHON = 'def f( a,b ):\n  """Add\n  both."""\n  return {"x":a+b} # sum\n'


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("python", PYTHON, "def f(a, b):\n    '''Add\n    both.'''\n\n    return {\n        'x': a + b\n    }  # sum"),
        ("python", "x = (1)\n", "x = 1"),
        ("python", "x = 'a' 'b'\n", 'x = "ab"\n'),
        ("python", "x = '\\d'\n", "x='\\d'\n"),
        ("python", "def f(:\n    pass  \n", "\ndef f(:\r\n    pass\r\n"),
        ("javascript", "f('a',{b:1})\n", 'f("a", {\n  b: 1,\n})\n'),
        ("c", "#include  <a.h>\n//  b\nint f(void){return 1;}", "#include <a.h>\n// b\nint f(void) {\n return 1;\n}\n"),
        ("go", "var s = `a b`", "var  s=`a b`\n"),
        ("yaml", "a: 1  \n\nb: 2", "a: 1\nb: 2\n"),
        ("klingon", "x  \n", "x\n\n"),
    ],
)  # fmt: skip
def test_layout_alone(language: str, one: str, other: str) -> None:
    assert same_but_for_layout(one, other, language)
    assert same_but_for_layout(other, one, language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("python", PYTHON, PYTHON.replace("a+b", "b+a")),
        ("python", PYTHON, PYTHON.replace("# sum", "# product")),
        ("python", PYTHON, PYTHON.replace("Add", "Subtract")),
        ("python", "if a:\n    b()\n    c()\n", "if a:\n    b()\nc()\n"),
        ("python", "x = 'a b'\n", "x = 'a  b'\n"),
        ("python", "x = '# a'  # b\n", "x = '# a'  # c\n"),
        ("python", "x = (a + b) * c\n", "x = a + b * c\n"),
        ("python", "def f(:\n    pass\n", "def f(:\n        pass\n"),
        ("javascript", "f('a b')", "f('a  b')"),
        ("javascript", "return x", "returnx"),
        ("c", "a = b; // c\nd();\n", "a = b; // c d();\n"),
        ("c", "a == b", "a = = b"),
        ("c", "#define A\nB\n", "#define A B\n"),
        ("go", "var s = `a b`", "var s = `a  b`"),
        ("css", "a .b {}", "a.b {}"),
        ("yaml", "a:\n  b: 1\n", "a:\nb: 1\n"),
        ("markdown", "a b\n", "a  b\n"),
    ],
)
def test_more_than_layout(language: str, one: str, other: str) -> None:
    assert not same_but_for_layout(one, other, language)
    assert same_but_for_layout(one, one, language), "the control"


def test_what_is_too_large_or_too_deep_is_compared_by_its_lines() -> None:
    deep = "x = " + "(" * 5000 + ")" * 5000
    assert same_but_for_layout(deep, deep + "  \n", "python")
    assert not same_but_for_layout(deep, deep.replace("x =", "x  ="), "python")
    large = "x = 1\n" * (LARGEST // 6 + 1)
    assert not same_but_for_layout(large, large.replace("x =", "x  ="), "python")


def test_free_languages_are_languages() -> None:
    assert not FREE - {one.name for one in LANGUAGES}
