"""What a repository is, by the names of its files: which language is spoken there, where its code and its tests lie.

Paths and a few texts come in; nothing is read here. What can't be known stays empty: nobody is asked.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import NamedTuple

from specbuild.languages import language_of_path


class Surroundings(NamedTuple):
    """The `language` (a name of the table), the file that says so, the folder of sources and the folder of tests; each
    "" if it can't be known."""

    language: str = ""
    told_by: str = ""
    sources: str = ""
    tests: str = ""


MARKERS: Mapping[str, tuple[str, ...]] = {
    "pyproject.toml": ("python",),
    "setup.py": ("python",),
    "setup.cfg": ("python",),
    "requirements.txt": ("python",),
    "Cargo.toml": ("rust",),
    "go.mod": ("go",),
    "tsconfig.json": ("typescript",),
    "deno.json": ("typescript",),
    "package.json": ("javascript", "typescript"),
    "pom.xml": ("java",),
    "build.gradle.kts": ("kotlin", "java"),
    "build.gradle": ("java", "kotlin", "groovy"),
    "Gemfile": ("ruby",),
    "composer.json": ("php",),
    "mix.exs": ("elixir",),
    "Package.swift": ("swift",),
    "pubspec.yaml": ("dart",),
    "CMakeLists.txt": ("c++", "c"),
}
"""Files at the root that say which language a repository is in: of several the one that most files are in."""

_SOURCES = ("src", "lib", "app", "pkg")
_TESTS = ("tests", "test", "__tests__", "spec", "t")
_NOT_CODE = frozenset(
    (
        "asciidoc", "css", "csv", "dockerfile", "html", "ini", "json", "less", "makefile", "markdown", "sass", "scss",
        "restructuredtext", "sql", "svg", "text", "toml", "xml", "yaml",
    )
)  # fmt: skip
"""What a repository holds beside its code, so that the number of such files says nothing."""


def surroundings_of(paths: Collection[str]) -> Surroundings:
    """Return what the `paths` of a repository (relative, posix) say of it."""
    language, told_by = _language(paths)
    top = {path.split("/", 1)[0] for path in paths if "/" in path}
    sources = next((folder for folder in _SOURCES if folder in top), "")
    if language == "python":
        sources = _package(paths, sources)
    tests = next((folder for folder in _TESTS if folder in top), "")
    return Surroundings(language, told_by, sources, tests)


def _language(paths: Collection[str]) -> tuple[str, str]:
    counted = Counter(
        found.name for path in paths if (found := language_of_path(path)) is not None and found.name not in _NOT_CODE
    )
    marked = {language: file for file in reversed(tuple(MARKERS)) if file in paths for language in MARKERS[file]}
    spoken = [language for language in marked if counted[language]]
    if marked:
        first = next(file for file in MARKERS if file in paths)
        language = max(spoken, key=lambda one: counted[one]) if spoken else MARKERS[first][0]
        return language, marked[language] if spoken else first
    if not counted:
        return "", ""
    language, number = counted.most_common(1)[0]
    return language, f"{number} file{'' if number == 1 else 's'}"


def _package(paths: Collection[str], sources: str) -> str:
    """Return the one package of a Python project, in `sources` or at the root; `sources` if there are several."""
    prefix = f"{sources}/" if sources else ""
    packages = {
        path.removesuffix("/__init__.py")
        for path in paths
        if path.startswith(prefix) and path.endswith("/__init__.py") and path.count("/") == prefix.count("/") + 1
    }
    packages = {one for one in packages if one.removeprefix(prefix) not in _TESTS}
    return packages.pop() if len(packages) == 1 else sources
