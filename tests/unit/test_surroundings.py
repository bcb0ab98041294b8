"""Language and folders of a repository are found out from its names."""

import pytest

from specbuild.languages import language_of
from specbuild.surroundings import MARKERS, Surroundings, surroundings_of


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ([], Surroundings()),
        (["README.md", "docs/a.md"], Surroundings()),
        (["pyproject.toml"], Surroundings("python", "pyproject.toml")),
        (
            ["pyproject.toml", "src/app/__init__.py", "src/app/x.py", "tests/test_x.py"],
            Surroundings("python", "pyproject.toml", "src/app", "tests"),
        ),
        (["setup.py", "app/__init__.py", "test/__init__.py"], Surroundings("python", "setup.py", "app", "test")),
        (["pyproject.toml", "a/__init__.py", "b/__init__.py"], Surroundings("python", "pyproject.toml")),
        (["Cargo.toml", "src/main.rs"], Surroundings("rust", "Cargo.toml", "src")),
        (["go.mod", "main.go", "pkg/x.go"], Surroundings("go", "go.mod", "pkg")),
        (["package.json", "lib/a.js", "test/a.js"], Surroundings("javascript", "package.json", "lib", "test")),
        (["package.json", "src/a.ts", "src/b.ts", "x.js"], Surroundings("typescript", "package.json", "src")),
        (["package.json", "tsconfig.json"], Surroundings("typescript", "tsconfig.json")),
        (["package.json", "pyproject.toml", "a.py", "b.js", "c.js"], Surroundings("javascript", "package.json")),
        (["a.sh", "b.sh", "x.py"], Surroundings("shell", "2 files")),
        (["lib/x.rb"], Surroundings("ruby", "1 file", "lib")),
        (["x.rb", "y.sh", "z.sh", "w.rb"], Surroundings("ruby", "2 files")),
        (["a.css", "b.css", "Makefile", "x.sql", "y.toml", "z.c"], Surroundings("c", "1 file")),
        (["docs/pyproject.toml", "x.rb"], Surroundings("ruby", "1 file")),
        (["setup.cfg", "pyproject.toml", "a.sh", "b.sh"], Surroundings("python", "pyproject.toml")),
        (["pyproject.toml", "package.json", "a.py", "b.js"], Surroundings("javascript", "package.json")),
        (["package.json", "a.ts", "b.js"], Surroundings("javascript", "package.json")),
        (["tsconfig.json", "package.json", "a.ts", "c.ts", "b.js"], Surroundings("typescript", "tsconfig.json")),
        (["requirements.txt", "setup.cfg", "go.mod", "a.py", "b.rb", "c.rb"], Surroundings("python", "setup.cfg")),
        (["go.mod", "Cargo.toml"], Surroundings("rust", "Cargo.toml")),
        (["build.gradle", "a.groovy", "build.gradle.kts"], Surroundings("groovy", "build.gradle")),
        (["CMakeLists.txt", "a.c", "pkg/b.c", "app/c.h", "t/x"], Surroundings("c", "CMakeLists.txt", "app", "t")),
        (["src", "tests", "x.py"], Surroundings("python", "1 file")),
        (["a.py", "src/test/__init__.py", "src/p/__init__.py"], Surroundings("python", "3 files", "src/p")),
        (["lib/a/__init__.py", "lib/b/__init__.py"], Surroundings("python", "2 files", "lib")),
        (["a/b/__init__.py", "src/__init__.py", "src/a/b/__init__.py"], Surroundings("python", "3 files", "src")),
        (["x/__init__.py", "spec/__init__.py", "t/a.py"], Surroundings("python", "3 files", "x", "spec")),
        (["lib/x/__init__.py", "a.rb", "b.rb", "__tests__/c.rb"], Surroundings("ruby", "3 files", "lib", "__tests__")),
    ],
)  # fmt: skip
def test_names_say_what_a_repository_is(paths: list[str], found: Surroundings) -> None:
    assert surroundings_of(paths) == found


def test_every_language_of_a_marker_is_in_the_table() -> None:
    assert {one for row in MARKERS.values() for one in row if language_of(one) is None} == set()


def test_the_markers_and_their_order() -> None:
    assert list(MARKERS.items()) == [
        ("pyproject.toml", ("python",)), ("setup.py", ("python",)), ("setup.cfg", ("python",)),
        ("requirements.txt", ("python",)), ("Cargo.toml", ("rust",)), ("go.mod", ("go",)),
        ("tsconfig.json", ("typescript",)), ("deno.json", ("typescript",)),
        ("package.json", ("javascript", "typescript")), ("pom.xml", ("java",)),
        ("build.gradle.kts", ("kotlin", "java")), ("build.gradle", ("java", "kotlin", "groovy")),
        ("Gemfile", ("ruby",)), ("composer.json", ("php",)), ("mix.exs", ("elixir",)), ("Package.swift", ("swift",)),
        ("pubspec.yaml", ("dart",)), ("CMakeLists.txt", ("c++", "c")),
    ]  # fmt: skip
