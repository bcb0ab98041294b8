"""Do two texts of a program differ in their layout only? Formatters and editors change that; a person's edit says more.

Two texts and the name of their language come in, an answer goes out; nothing is run. It is a hint for a person and no
proof: where it can't be sure, it says no.
"""

import ast
import re
import warnings
from collections.abc import Iterator

FREE = frozenset(
    (
        "c", "c#", "c++", "cuda", "dart", "glsl", "go", "graphql", "groovy", "java", "javascript", "json", "jsx",
        "kotlin", "objective-c", "php", "protobuf", "rust", "scala", "solidity", "sql", "swift", "tsx", "typescript",
        "wgsl", "zig",
    )
)  # fmt: skip
"""Languages in which blank space and line breaks mean little: words and signs are compared."""
LARGEST = 1 << 20
"""A text of more characters is compared by its lines."""


def same_but_for_layout(one: str, other: str, language: str) -> bool:
    """Return whether two texts of `language` (a name of `languages`) say the same, laid out differently or not.

    Python: the syntax trees are equal, docstrings but for blank space, and so are the comments. Languages of `FREE`:
    words, signs, texts in quotes and comments are equal. All others: the lines are, but for blank space at their ends
    and blank lines.
    """
    if max(len(one), len(other)) <= LARGEST:
        if language == "python":
            trees = _tree(one), _tree(other)
            if None not in trees:
                return trees[0] == trees[1] and _comments(one) == _comments(other)
        elif language in FREE:
            return _words(one) == _words(other)
    return _lines(one) == _lines(other)


def _tree(text: str) -> str | None:
    """Return the syntax tree of a Python text in a form that can be compared; None if it can't be had here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        for node in ast.walk(tree):
            match node:
                case ast.Module(body) | ast.ClassDef(body=body) | ast.FunctionDef(body=body):
                    _even(body)
                case ast.AsyncFunctionDef(body=body):
                    _even(body)
        return ast.dump(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _even(body: list[ast.stmt]) -> None:
    """Make all blank space in a docstring one space: formatters indent docstrings anew."""
    match body:
        case [ast.Expr(ast.Constant(str() as text) as docstring), *_]:
            docstring.value = " ".join(text.split())


_PYTHON = re.compile(
    r"""(?P<text>(?P<quote>'''|\"\"\")(?:\\.|(?!(?P=quote)).)*(?P=quote)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
    r"|#(?P<comment>[^\n]*)",
    re.DOTALL,
)


def _comments(text: str) -> list[str]:
    """Return the comments of a Python text."""
    found = (one["comment"] for one in _PYTHON.finditer(text))
    return [" ".join(one.split()) for one in found if one is not None]


_TOKEN = re.compile(
    r"""//[^\n]*|--[ ][^\n]*|/\*.*?\*/|^[ \t]*\#[^\n]*"""
    r"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"""
    r"""|\w+|(?P<sign>[^\w\s])(?P=sign)*""",
    re.DOTALL | re.MULTILINE,
)


def _words(text: str) -> list[str]:
    return list(_without_trailing_commas(_spelled(one[0]) for one in _TOKEN.finditer(text)))


def _spelled(token: str) -> str:
    """Return a token as it is compared: one kind of quotes, one space in comments."""
    if token[0] in "\"'" and token[-1] == token[0] and not {"\\", '"', "'"} & set(token[1:-1]):
        return f'"{token[1:-1]}"'
    if token.lstrip().startswith(("//", "/*", "--", "#")):
        return " ".join(token.split())
    return token


def _without_trailing_commas(tokens: Iterator[str]) -> Iterator[str]:
    waiting = ""
    for token in tokens:
        if waiting and token[0] not in ")]}":
            yield waiting
        waiting = token if token == "," else ""
        if not waiting:
            yield token
    if waiting:
        yield waiting


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]
