"""Code that was left out is noticed; code that only speaks of such things is not."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.omission import Omission, omission_fault, omissions

LEFT_OUT = [
    "... rest of the code ...",
    "... existing code ...",
    "...existing code...",
    "… rest of implementation …",
    "[... rest of the class ...]",
    "Rest of the code remains unchanged",
    "rest of the file is the same",
    "The rest of your code here",
    "(rest of the functions unchanged)",
    "Remaining methods stay the same",
    "existing code here",
    "... unchanged",
    "... same as before ...",
    "... (unchanged)",
    "Implementation goes here",
    "implementation of the parser goes here",
    "Your code here",
    "Add your implementation here",
    "TODO: implement",
    "TODO: Implement this function",
    "TODO(me): implement caching",
    "FIXME implement",
    "error handling omitted for brevity",
    "Other methods remain the same...",
]
HARMLESS = [
    "the rest of the line is ignored",
    "rest of the file",
    "TODO: make this faster",
    "the existing code table wins over new rows",
    "Other methods",
    "and so on ...",
    "loop over the remaining items ...",
    "... but not if it is empty",
    "... and the remaining digits are dropped",
    "unchanged",
    "same as before",
    "The previous contents remain unchanged if this fails",
    "not implemented by every browser",
    "see the implementation notes",
    "https://example.org/rest/of/the/code",
    "noqa: E501",
    "type: ignore[misc]",
]


@pytest.mark.parametrize("comment", LEFT_OUT)
def test_a_comment_that_stands_for_code_is_found_in_any_language(comment: str) -> None:
    for language, text in (
        ("python", f"x = 1\n# {comment}\ny = 2\n"),
        ("javascript", f"x = 1;\n  // {comment}\ny = 2;\n"),
        ("c", f"int x;\n/* {comment} */\nint y;\n"),
        ("sql", f"select 1;\n-- {comment}\nselect 2;\n"),
        ("html", f"<p>\n<!-- {comment} -->\n</p>\n"),
        ("some language", f"x\n# {comment}\ny\n"),
    ):
        found = omissions(text, language)
        assert [(one.line, one.kind) for one in found] == [(2, "comment")], (language, comment)


@pytest.mark.parametrize("comment", HARMLESS)
def test_a_comment_that_only_speaks_of_such_things_is_not(comment: str) -> None:
    assert omissions(f"x = 1\n# {comment}\ny = 2\n", "python") == ()
    assert omissions(f"int x;\n// {comment}\nint y; // {comment}\n", "c") == ()


@pytest.mark.parametrize(
    "comment", ["unchanged", "same as before", "...", "rest of the file", "implementation", "TODO"]
)
def test_a_doubtful_comment_counts_only_in_place_of_code(comment: str) -> None:
    for behind in ("    pass\n", "\ndef g(): return 1\n", ""):
        assert len(omissions(f"def f():\n    # {comment}\n{behind}", "python")) == 1
    assert omissions(f"def f():\n    # {comment}\n    return 1\n", "python") == ()
    assert len(omissions(f"void f() {{\n    // {comment}\n}}\n", "c")) == 1
    assert omissions(f"void f() {{\n    // {comment}\n    g();\n}}\n", "c") == ()


def test_a_line_inside_a_block_comment_is_prose() -> None:
    assert omissions("/* Usage:\n *   sort A B\n *   ...\n */\nint x;\n", "c") == ()


def test_strings_docstrings_and_texts_for_people_are_never_looked_at() -> None:
    text = 'def f():\n    """TODO: implement\n\n    # ... existing code ...\n    """\n    return "# TODO: implement"\n'
    assert omissions(text, "python") == ()
    assert omissions("# ... rest of the code ...\n", "markdown") == ()
    assert omissions("# ... rest of the code ...\n", "python") != ()


@pytest.mark.parametrize(
    "text",
    [
        "def f(): ...\n",
        "def f():\n    ...\n",
        "async def f(x: int = 3) -> None:\n    '''Doc.'''\n    ...\n",
        "@cache\ndef f():\n    # later\n    ...\n",
        "class A:\n    @overload\n    def g(self): ...\n    def f(self): ...\n",
        "class P(Protocol):\n    def g(self): ...\ndef f(): ...\n",
    ],
)
def test_a_function_whose_body_is_only_an_ellipsis_is_found(text: str) -> None:
    assert [one.kind for one in omissions(text, "python")] == ["body"]
    assert [one.kind for one in omissions(text.replace("\n", "\r\n"), "py")] == ["body"]


@pytest.mark.parametrize(
    "text",
    [
        "class P(Protocol):\n    def f(self) -> int: ...\n    @property\n    def g(self) -> int: ...\n",
        "class P(typing.Protocol[T]):\n    def f(self) -> int:\n        '''Doc.'''\n        ...\n",
        "class A(ABC):\n    def f(self): ...\n",
        "class A:\n    @abstractmethod\n    def f(self): ...\n    @abc.abstractmethod\n    @x\n    def g(self): ...\n",
        "@overload\ndef f(x: int) -> int: ...\n@typing.overload\ndef f(x: str) -> str: ...\ndef f(x): return x\n",
        "if TYPE_CHECKING:\n    def f(): ...\n",
        "class E(Exception): ...\n",
        "x: tuple[int, ...] = a[..., 0]\nf = lambda: ...\n",
        "def f():\n    x = ...\n    return x\n",
        "def f(x=...): return ...\n",
        "def f(): pass\n",
    ],
)
def test_an_ellipsis_that_python_means_is_fine(text: str) -> None:
    assert omissions(text, "python") == ()


def test_a_stub_file_has_no_bodies() -> None:
    assert omissions("def f(): ...\n", "pyi") == ()
    assert [one.kind for one in omissions("# TODO: implement\n", "pyi")] == ["comment"]


def test_python_that_can_not_be_read_is_looked_at_line_by_line() -> None:
    assert omissions("x = (\n# TODO: implement\n", "python") == (Omission(2, "# TODO: implement", "comment"),)


def test_the_fault_names_file_lines_and_excerpts_safely() -> None:
    found = omissions("def f(): ...\n# TODO: implement \x1b[2J\n", "python")
    assert omission_fault("a.py", found) == (
        "omitted",
        'Code is left out in the file "a.py": line 1: "def f(): ..."; line 2: "# TODO: implement \\x1b[2J". '
        "Write all of it.",
    )
    assert " and 7 more. " in omission_fault("a.py", found * 6).message


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("#/*. \n\tdef:()TODO") | st.characters(), max_size=60))
def test_no_text_makes_it_raise(text: str) -> None:
    assert all(one.line >= 1 for language in ("python", "c") for one in omissions(text, language))


def test_many_lines_take_linear_time() -> None:
    for piece in (
        "# todo: implement\n",
        "def f(): ...\n",
        "// \n",
        "#",
        " //",
        "rest of the ",
        "\n",
        " \n# unchanged\n",
    ):
        for language in ("python", "c"):
            start = time.perf_counter()
            omissions(piece * (200_000 // len(piece)), language)
            assert time.perf_counter() - start < 3
