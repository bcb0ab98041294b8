"""Logical lines and comments of Python, compared with the standard tokenizer where that reads the same language."""

import io
import time
import tokenize
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.python_text import PythonText, Unreadable, is_docstring, read_python

PIECES = st.sampled_from(
    [
        "x",
        "def f():",
        "'a'",
        '"b"',
        '"""c\n"""',
        "f'{x!r:>{w}}'",
        "rf'\\{x}'",
        "b'\\''",
        "#c",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ":",
        "\n",
        "\n",
        "\\\n",
        "    ",
        "\t",
        "=",
        "lambda: 1",
        "f'{{}}'",
        "f'\\N{DASH}'",
        'in"x"',
        "u'a'",
        ";",
        "...",
    ]
)


def code_lines(source: str) -> list[str]:
    text = read_python(source)
    assert isinstance(text, PythonText), text
    return [text.source[line.start : line.stop] for line in text.lines]


def lines_of_the_standard_tokenizer(source: str) -> list[str]:
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    lines: list[str] = []
    begin, end = -1, 0
    layout = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.ERRORTOKEN:
            raise SyntaxError
        if token.type == tokenize.NEWLINE:
            lines.append(source[begin:end])
            begin = -1
        elif token.type not in layout:
            begin = starts[token.start[0] - 1] + token.start[1] if begin < 0 else begin
            end = starts[token.end[0] - 1] + token.end[1]
    return lines


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_it_finds_the_lines_of_the_standard_tokenizer(source: str) -> None:
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(source, "x", "exec")
        expected = lines_of_the_standard_tokenizer(source)
    except (SyntaxError, tokenize.TokenError):
        return
    # After a backslash an empty line is a NEWLINE to the tokenizer, with no code in it: nothing to find.
    assert code_lines(source) == [line for line in expected if line]


@pytest.mark.parametrize(
    "line",
    [
        'x = f"{d["("]}"',  # one string to Python 3.12, three to 3.11
        "x = f'{f'{f'{1}'}'}'",
        "x = f'''{\n1 # ' comment\n}'''",
        "x = f'{x:{'('}>{10}}'",
        "x = f'{x:%H:%M} {{ {y!r}'",
        "x = rf'\\{x}('",
        "x = f'\\N{LEFT PARENTHESIS}{x}'",
        "x = t'{x} ('",
        "x = ('(' \"[\" '''{''')",
        'x = "a""b("',
        "x = '''a''''('",
        "x = b'\\'('",
        'x = brf"{"',
        "x = f'{x!r}' f'{x!=y}'",
        "x = f'{{' '('",
        "x = f'{x:{{y}}}'",
        "x = rf'\\'{x}'",
        "f'{" * 100 + "1" + "}'" * 100,
    ],
)
def test_nested_strings_end_where_the_newest_python_ends_them(line: str) -> None:
    assert code_lines(f"{line}\ny = 1\n") == [line, "y = 1"]


@pytest.mark.parametrize(
    ("source", "line", "column", "problem"),
    [
        ("x = (\n1", 1, 5, "the bracket is never closed"),
        ("x\ny = 1)", 2, 6, "the bracket closes nothing"),
        ("x = (]", 1, 6, "the bracket closes nothing"),
        ("x = 'a\n'", 1, 5, "the string is never closed"),
        ("x\n  y = '''a", 2, 7, "the string is never closed"),
        ("f'{x)}'", 1, 3, "the replacement field is never closed"),
        ("f'{(", 1, 3, "the replacement field is never closed"),
        ("f'{x:a", 1, 5, "the string is never closed"),
        ("x\r\n(f'{x:\n}')", 2, 6, "the string is never closed"),
        ("x = ((1)", 1, 5, "the bracket is never closed"),
        ("f'{" * 101 + "1" + "}'" * 101, 1, 304, "f-strings are nested too deeply"),
    ],
)
def test_what_can_not_be_read_is_told_with_its_place(source: str, line: int, column: int, problem: str) -> None:
    assert read_python(source) == Unreadable(line, column, problem)


def test_deeply_nested_strings_end_in_a_fault() -> None:
    found = read_python("f'{" * 5000 + "}'" * 5000)
    assert isinstance(found, Unreadable) and found.problem == "f-strings are nested too deeply"


def test_indentation_counts_tabs_to_eight_and_colons_outside_of_brackets() -> None:
    text = read_python("\ufeffif x[a:b]:\r\n \ty\r\n")
    assert isinstance(text, PythonText)
    assert [(line.indent, line.colon) for line in text.lines] == [(0, 9), (8, -1)]


@pytest.mark.parametrize(
    ("source", "start", "stop", "indent", "colon"),
    [
        ("  \\\n   x", 7, 8, 2, -1),
        (" \t\f  x\f ", 5, 6, 2, -1),
        ("x = 1 \\\n \n", 0, 5, 0, -1),
        ("\tx = lambda: 1  # y", 1, 14, 8, 11),
        ("(x := 1); y[1:2]", 0, 16, 0, -1),
        ("x: 'a:b' = {1: 2}", 0, 17, 0, 1),
        ("x = (1,  # y\n)", 0, 14, 0, -1),
    ],
)
def test_a_line_is_its_code_alone(source: str, start: int, stop: int, indent: int, colon: int) -> None:
    text = read_python(source)
    assert isinstance(text, PythonText)
    assert text.lines == ((start, stop, indent, colon),)


@pytest.mark.parametrize("source", ["", "\ufeff", "\r\n \t\f\n", "  # x\\\n", "\\\n  \n", "\\\n# x"])
def test_blanks_and_comments_are_no_lines(source: str) -> None:
    assert code_lines(source) == []


def test_comments_are_found_outside_of_strings_only() -> None:
    text = read_python("x = '#a'  # b\n# c \ny = (1, # d\n2)\nz = f'{1 # }\n}'  #\\\nw")
    assert isinstance(text, PythonText)
    assert [text.source[one.start : one.stop] for one in text.comments] == ["# b", "# c ", "# d", "#\\"]
    assert text.lines[-1].start == len(text.source) - 1


@pytest.mark.parametrize("code", ["'a'", '"""a\nb"""', "r'a'", "U'a' 'b' \\\n 'c'"])
def test_plain_strings_are_docstrings(code: str) -> None:
    assert is_docstring(code)


@pytest.mark.parametrize("code", ["", "b'a'", "f'a'", "'a'.upper()", "'a', 'b'", "x", "('a')", "'a' + 'b'"])
def test_other_code_is_no_docstring(code: str) -> None:
    assert not is_docstring(code)


def test_many_lines_take_linear_time() -> None:
    for piece in ("x = 1\n", "#\n", "(", "'a' ", "\\\n", " ", "f'{x}'\n", "'''\n", "{}", "\t\n", "f'{x:"):
        start = time.perf_counter()
        read_python(piece * (300_000 // len(piece)))
        assert time.perf_counter() - start < 3
