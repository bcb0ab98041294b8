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
    ],
)  # fmt: skip
def test_names_say_what_a_repository_is(paths: list[str], found: Surroundings) -> None:
    assert surroundings_of(paths) == found


def test_every_language_of_a_marker_is_in_the_table() -> None:
    assert {one for row in MARKERS.values() for one in row if language_of(one) is None} == set()
