"""A text that was laid out anew is told from one that says something else."""

import warnings

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
        ("python", "class C:\n  '''  a\n  b '''\n", "class C:\n    '''a b'''\n"),
        ("python", "async def f():\n  'a  b'\n", "async def f(): 'a b'\n"),
        ("python", "'''a\nb'''\n", "'''a b'''"),
        ("python", "x = [  #a\n 1]\n#  b  c \n", "x = [1]  # a\n\n\n# b c\n"),
        ("python", "x = 1\0  \n", "x = 1\0\n"),
        ("python", "", "\n \n"),
        ("json", '{"a":[1,2,],}', '{ "a" : [ 1, 2 ] }'),
        ("java", "f(a,\n  b,\n);", "f(a, b);"),
        ("sql", "select  a --  b  c \nfrom d", "select a -- b c\n  from\td\n"),
        ("c", "/* a\n   b */ int x;", "/* a b */\nint x;"),
        ("c", "  # define  A\n", "# define A\n"),
        ("go", "s := `a\\` b`", "s :=  `a\\` b`"),
        ("c", "it's", "it ' s"),
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
        ("c", "char a = 'a';\n", 'char a = "a";\n'),
        ("go", "a := 'a'\n", 'a := "a"\n'),
        ("python", PYTHON, PYTHON.replace("a+b", "b+a")),
        ("python", PYTHON, PYTHON.replace("# sum", "# product")),
        ("python", PYTHON, PYTHON.replace("Add", "Subtract")),
        ("python", "if a:\n    b()\n    c()\n", "if a:\n    b()\nc()\n"),
        ("python", "x = 'a b'\n", "x = 'a  b'\n"),
        ("python", "x = '# a'  # b\n", "x = '# a'  # c\n"),
        ("python", "x = (a + b) * c\n", "x = a + b * c\n"),
        ("python", "def f(:\n    pass\n", "def f(:\n        pass\n"),
        ("python", "x = 1\n'a b'\n", "x = 1\n'a  b'\n"),
        ("python", "def f():\n    x = 1\n    'a b'\n", "def f():\n    x = 1\n    'a  b'\n"),
        ("python", "x = 1  # a\n# b\n", "x = 1  # b\n# a\n"),
        ("python", "x = 1  # a\n", "x = 1\n"),
        ("python", "x = (1)", "x = (1"),
        ("python", "x = 1\0", "x  = 1\0"),
        ("Python", "x = (1)", "x = 1"),
        ("javascript", "f('a b')", "f('a  b')"),
        ("javascript", "f('a\"b')", 'f("a"b")'),
        ("javascript", "f('a\\\\')", 'f("a\\\\")'),
        ("javascript", "f(a,,)", "f(a)"),
        ("javascript", "f(a, b)", "f(a b)"),
        ("javascript", "[a, // b\n]", "[a // b\n]"),
        ("c", "//b\n", "// b\n"),
        ("c", "a /* b */", "a /* c */"),
        ("c", "x # y\nz\n", "x #\ny z w\n"),
        ("go", "s := `a\n`", "s := `a `"),
        ("go", "ab", "a b"),
        ("go", "x", "x,"),
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


def test_what_python_warns_of_is_not_shown() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert same_but_for_layout("x = '\\d'\n", "x  = '\\d'\n", "python")


def test_words_are_found_in_a_long_text_too() -> None:
    one = "f('a', [1, 2]); // b\n" * 500
    assert same_but_for_layout(one, one.replace("; //", " ;   //"), "javascript")
    assert not same_but_for_layout(one, one + "x", "javascript")
    assert LARGEST == 1 << 20


def test_free_languages_are_languages() -> None:
    assert not FREE - {one.name for one in LANGUAGES}
    assert " ".join(sorted(FREE)) == (
        "c c# c++ cuda dart glsl go graphql groovy java javascript json jsx kotlin objective-c php protobuf rust "
        "scala solidity sql swift tsx typescript wgsl zig"
    )
