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
    "remainder of this big module goes here",
    "unchanged helper functions not shown",
    "the real main logic of our parser belongs here, please",
    "put the actual code here!",
    "(this part was left out for clarity)",
    "fixme (bob) - fill it in later",
    "todo implement it",
    "... snipped ...",
    "... no changes ...",
    "** ... the rest",
    "... and the remainder of the tests are as they were",
    "... methods as before",
    "...\tYour   Routes",
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
    "todo_implement",
    "TODO: implementation",
    "code here",
    "the code of the parser in its new form goes here",
    "the rest of the code heres",
    "... restless",
    "... the rest of the table and what else is in it",
    "your code here " + "x" * 200,
    "was shortened for",
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
    "comment",
    [
        "unchanged",
        "same as before",
        "...",
        "rest of the file",
        "implementation",
        "TODO",
        "The same as above.",
        "no changes needed here",
        "to be implemented",
        "not yet implemented",
        "remaining methods",
        "code stays unchanged",
        "(snip)",
        "implement me",
    ],
)
def test_a_doubtful_comment_counts_only_in_place_of_code(comment: str) -> None:
    for behind in ("    pass\n", "\ndef g(): return 1\n", ""):
        assert len(omissions(f"def f():\n    # {comment}\n{behind}", "python")) == 1
    assert omissions(f"def f():\n    # {comment}\n    return 1\n", "python") == ()
    assert len(omissions(f"void f() {{\n    // {comment}\n}}\n", "c")) == 1
    assert omissions(f"void f() {{\n    // {comment}\n    g();\n}}\n", "c") == ()


@pytest.mark.parametrize(
    ("behind", "found"),
    [
        ("  }", True),
        ("  ) x", True),
        ("  ];", True),
        ("  */", True),
        ("  end if", True),
        ("  done", True),
        ("  fi", True),
        ("  esac", True),
        ("  pass", True),
        ("  ...", True),
        (" x", True),
        ("\n" * 19 + "  x", False),
        ("\n" * 20 + "  x", True),
        ("  ending", False),
        ("  pass x", False),
        ("  ... x", False),
        ("   x", False),
    ],
)
def test_what_may_follow_in_place_of_code(behind: str, found: bool) -> None:
    assert bool(omissions(f"x\n  # unchanged\n{behind}\n", "shell")) is found
    assert bool(omissions(f"if (\n  # unchanged\n{behind}\n", "python")) is found


@pytest.mark.parametrize("opener", ["//", "/*", "#", "--", ";", "%", "<!--", "(*", "{-", "*", "{/*"])
def test_a_comment_on_its_own_line_is_found_behind_any_opener(opener: str) -> None:
    assert omissions(f"x\n \t{opener}your code here\nx", "some language") == (
        Omission(2, f"{opener}your code here", "comment"),
    )
    assert bool(omissions(f"x\n{opener} unchanged", "some language")) is (opener != "*")


def test_a_comment_behind_code_is_found_behind_a_blank_a_brace_or_a_semicolon() -> None:
    for code, excerpt in (("x // ", "//"), ("f() {/*", "{/*"), ("x;\t# ", "#"), ("x;//", ";//")):
        (one,) = omissions(f"{code}TODO: implement\r\nx // unchanged\r\n", "C")
        assert one.line == 1 and one.excerpt.startswith(excerpt) and one.excerpt.endswith("TODO: implement")
    assert omissions("x// TODO: implement\nx -- TODO: implement\n", "C") == ()
    assert omissions("x = 1  # TODO: implement\n", "python") == (Omission(1, "# TODO: implement", "comment"),)


def test_a_line_inside_a_block_comment_is_prose() -> None:
    assert omissions("/* Usage:\n *   sort A B\n *   ...\n */\nint x;\n", "c") == ()


def test_strings_docstrings_and_texts_for_people_are_never_looked_at() -> None:
    text = 'def f():\n    """TODO: implement\n\n    # ... existing code ...\n    """\n    return "# TODO: implement"\n'
    assert omissions(text, "python") == ()
    for language in ("markdown", "MD", "text", "rst", "asciidoc", "json", "csv"):
        assert omissions("# ... rest of the code ...\n", language) == ()
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
        "class A:\n    def f(\n        self,\n    ) -> dict[str, int]:\n        ...\n",
        "def g():\n    def f(): ...\n    return f\n",
        "@overload\nclass A:\n    def f(self): ...\n",
        "if x:\n    def f(): ...\n",
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
        "if x and typing.TYPE_CHECKING:\n    class A:\n        def f(self): ...\n",
        "class P(Protocol):\n    class A:\n        def f(self): ...\n    def f(self): ...\n",
        "class A(metaclass=ABCMeta):\n    def f(self): ...\n",
        "class A:\n    @property\n    @abstractproperty\n    def f(self): ...\n",
        "def f():\n    'doc'\n    'doc'\n    ...\n",
        "def f():\n    ...\n    ...\n",
        "def f(): ...; g()\n",
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
    message = omission_fault("a.py\n", found * 6).message
    assert message.startswith('Code is left out in the file "a.py": line 1: ')
    assert message.endswith('; line 1: "def f(): ..." and 7 more. Write all of it.') and message.count("; ") == 4
    assert "more" not in omission_fault("a.py", (found * 3)[:5]).message


def test_omissions_are_told_by_line_with_the_whole_logical_line_of_a_function() -> None:
    text = "# TODO: implement\n@d\ndef f(\n    x,\n): ...  # TODO: implement\n"
    assert omissions(text, "python") == (
        Omission(1, "# TODO: implement", "comment"),
        Omission(3, "def f( x, ): ...", "body"),
        Omission(5, "# TODO: implement", "comment"),
    )


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
