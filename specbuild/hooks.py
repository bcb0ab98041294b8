"""Which hooks of a pre-commit configuration may rewrite which files, and the line that keeps them off.

The text of a .pre-commit-config.yaml and project paths come in. It is read as text, as far as such files are usually
written: no YAML is evaluated, and a hook that is not in the table is not known.
"""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from specbuild.text_safety import printable

CONFIGURATION = ".pre-commit-config.yaml"

_PYTHON = (".py", ".pyi")
_WEB = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue")
_TEXTS = (*_WEB, ".css", ".scss", ".less", ".html", ".json", ".md", ".yaml", ".yml", ".graphql")
_C = (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".cu", ".m", ".java", ".cs", ".proto")


class Rewriter(NamedTuple):
    """A hook that rewrites files: of which suffixes (none: all), the formatter that it is ("": it only trims blank
    space), and the argument without which it rewrites nothing."""

    suffixes: tuple[str, ...]
    tool: str
    only_with: str = ""


REWRITERS: Mapping[str, Rewriter] = {
    **dict.fromkeys(
        ("end-of-file-fixer", "trailing-whitespace", "mixed-line-ending", "fix-byte-order-marker"), Rewriter((), "")
    ),
    "ruff-format": Rewriter(_PYTHON, "ruff"),
    "ruff": Rewriter(_PYTHON, "ruff check", "--fix"),
    "ruff-check": Rewriter(_PYTHON, "ruff check", "--fix"),
    **{
        name: Rewriter(_PYTHON, name)
        for name in (
            "black", "blue", "pyink", "yapf", "autopep8", "isort", "usort", "pyupgrade", "autoflake", "docformatter",
            "reorder-python-imports", "add-trailing-comma", "double-quote-string-fixer", "fix-encoding-pragma",
        )
    },
    "pretty-format-json": Rewriter((".json",), "pretty-format-json", "--autofix"),
    **{name: Rewriter(_TEXTS, name) for name in ("prettier", "dprint", "biome-format", "biome-check")},
    "eslint": Rewriter(_WEB, "eslint", "--fix"),
    "clang-format": Rewriter(_C, "clang-format"),
    **{name: Rewriter((".go",), name) for name in ("go-fmt", "gofmt", "go-imports", "goimports", "golines", "gofumpt")},
    **dict.fromkeys(("fmt", "cargo-fmt", "rustfmt"), Rewriter((".rs",), "rustfmt")),
    "shfmt": Rewriter((".sh", ".bash"), "shfmt"),
    "stylua": Rewriter((".lua",), "stylua"),
    "ktlint": Rewriter((".kt", ".kts"), "ktlint"),
    "scalafmt": Rewriter((".scala",), "scalafmt"),
    "sqlfluff-fix": Rewriter((".sql",), "sqlfluff"),
    "sqlfmt": Rewriter((".sql",), "sqlfmt"),
    "mdformat": Rewriter((".md",), "mdformat"),
    "rubocop": Rewriter((".rb",), "rubocop", "-a"),
    "codespell": Rewriter((), "codespell", "-w"),
    "insert-license": Rewriter((), "insert-license"),
}  # fmt: skip
"""The hooks that are known to rewrite files, by id."""


class Hook(NamedTuple):
    """A hook that may rewrite some of the paths that were asked about: its id, its line, and those paths."""

    id: str
    line: int
    paths: tuple[str, ...]


class Guarded(NamedTuple):
    """A file that must stay as it is, and the program that laid it out ("": none did)."""

    path: str
    formatter: str = ""


def rewriting_hooks(text: str, files: Sequence[Guarded]) -> tuple[Hook, ...]:
    """Return the hooks of the configuration `text` that may rewrite one of `files`.

    A file that was laid out by a formatter stands the hook that runs the same one, and those that trim blank space.
    """
    whole, hooks = _read(text)
    found = []
    for one in hooks:
        rewriter = REWRITERS.get(one.id)
        if rewriter is None or (rewriter.only_with and rewriter.only_with not in one.keys.get("args", "")):
            continue
        paths = tuple(
            file.path
            for file in files
            if (not rewriter.suffixes or file.path.endswith(rewriter.suffixes))
            and not (file.formatter and rewriter.tool in ("", file.formatter))
            and _sees(whole, file.path)
            and _sees(one.keys, file.path)
        )
        if paths:
            found.append(Hook(one.id, one.line, paths))
    return tuple(found)


def exclusion(text: str, paths: Iterable[str], *, folders: Sequence[str]) -> str:
    """Return, in words, the line that keeps all hooks of the configuration `text` off `paths`; those below one of
    `folders` are named by it."""
    below = {path: next((f"{one}/" for one in folders if path.startswith(f"{one}/")), "") for path in paths}
    parts = sorted({re.escape(folder) if folder else f"{re.escape(path)}$" for path, folder in below.items()})
    pattern = f"^{parts[0]}" if len(parts) == 1 else f"^({'|'.join(parts)})"
    whole, _ = _read(text)
    before = whole.get("exclude", "")
    if not before:
        pattern = pattern.replace("'", "''")
        return f"add the line `exclude: '{pattern}'` to {CONFIGURATION}, before `repos:`"
    if "\n" in before:
        return f"add `|{pattern}` to the pattern of `exclude:` in {CONFIGURATION}"
    both = f"{printable(before, keep_newlines=False)}|{pattern}".replace("'", "''")
    return f"change the line `exclude:` of {CONFIGURATION} to `exclude: '{both}'`"


class _Item(NamedTuple):
    """One hook as written."""

    id: str
    line: int
    keys: Mapping[str, str]


_ENTRY = re.compile(r"(?P<indent> *)(?P<dash>- +)?(?P<key>[A-Za-z_]+) *:(?: +(?P<value>.*?))? *")


def _read(text: str) -> tuple[Mapping[str, str], tuple[_Item, ...]]:
    """Return the keys of the whole configuration and its hooks, each with its keys; lists as they are written."""
    whole: dict[str, str] = {}
    hooks: list[_Item] = []
    keys: dict[str, str] = whole
    lines = text.split("\n")
    for number, line in enumerate(lines):
        entry = _ENTRY.fullmatch(line.rstrip("\r"))
        if entry is None:
            continue
        key, value, indent = entry["key"], entry["value"] or "", len(entry["indent"])
        if entry["dash"]:
            keys = {}
        elif indent == 0:
            keys = whole
        if value[:1] in ("", "|", ">") or value.startswith("["):
            value = "\n".join([value.lstrip("|>-+"), textwrap.dedent("\n".join(_deeper(lines, number, indent)))])
            value = value.strip("\n")
        keys[key] = _plain(value)
        if key == "id":
            hooks.append(_Item(keys["id"], number + 1, keys))
    return whole, tuple(hooks)


def _deeper(lines: Sequence[str], number: int, indent: int) -> list[str]:
    """Return the lines that belong to the key in line `number`: those that stand deeper than it."""
    found = []
    for line in lines[number + 1 :]:
        if line.strip() and len(line) - len(line.lstrip(" ")) <= indent:
            break
        found.append(line)
    return found


def _plain(value: str) -> str:
    """Return a value without its quotes, and without a comment behind it."""
    value = value.strip(" ")
    quoted = re.match(r"'((?:[^']|'')*)'|\"((?:[^\"\\]|\\.)*)\"", value)
    if quoted is not None:
        return quoted[1].replace("''", "'") if quoted[1] is not None else quoted[2].replace("\\\\", "\\")
    return value if "\n" in value else value.partition(" #")[0].rstrip()


def _sees(keys: Mapping[str, str], path: str) -> bool:
    """Tell whether `files` and `exclude` let a hook see `path`; a pattern that can't be read hides nothing."""
    wanted, refused = (_pattern(keys.get(name, "")) for name in ("files", "exclude"))
    return (wanted is None or wanted.search(path) is not None) and (refused is None or refused.search(path) is None)


def _pattern(value: str) -> re.Pattern[str] | None:
    try:
        return re.compile(value.strip("\n")) if value else None
    except (re.error, RecursionError, OverflowError):
        return None
