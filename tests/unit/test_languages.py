"""People name a language in many ways; each way leads to one row."""

import pytest

from specbuild.languages import LANGUAGES, language_of, language_of_path


@pytest.mark.parametrize(
    ("said", "extension"),
    [
        ("python", "py"),
        ("Python", "py"),
        (" PYTHON3 ", "py"),
        ("py", "py"),
        (".py", "py"),
        ("bash", "sh"),
        ("shell", "sh"),
        ("javascript", "js"),
        ("JS", "js"),
        ("node.js", "js"),
        ("typescript", "ts"),
        ("ts", "ts"),
        ("c++", "cpp"),
        ("cpp", "cpp"),
        ("C", "c"),
        ("c#", "cs"),
        ("csharp", "cs"),
        ("f#", "fs"),
        ("golang", "go"),
        ("Rust", "rs"),
        ("markdown", "md"),
        ("html", "html"),
        ("css", "css"),
        ("json", "json"),
        ("toml", "toml"),
        ("yaml", "yaml"),
        ("yml", "yaml"),
        ("sql", "sql"),
        ("Dockerfile", "dockerfile"),
        ("make", "mk"),
        ("perl", "pl"),
        ("pl", "pl"),
        ("Prolog", "pl"),
        ("objective-c", "m"),
        ("matlab", "m"),
        ("r", "r"),
        ("R", "r"),
        ("ruby", "rb"),
        ("php", "php"),
        ("kotlin", "kt"),
        ("swift", "swift"),
        ("haskell", "hs"),
        ("powershell", "ps1"),
        ("v", "v"),
    ],
)
def test_a_language_is_known_by_its_name_its_aliases_and_its_extension(said: str, extension: str) -> None:
    language = language_of(said)
    assert language is not None
    assert language.extension == extension


@pytest.mark.parametrize("said", ["", "klingon", "py thon", "python;", "*", "."])
def test_an_unknown_language_is_none(said: str) -> None:
    assert language_of(said) is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("src/a.py", "python"),
        ("a.b.TS", "typescript"),
        ("x/Dockerfile", "dockerfile"),
        ("Makefile", "makefile"),
        ("CMakeLists.txt", "cmake"),
        ("notes.txt", "text"),
        ("a.pl", "perl"),
        ("b.h", "c"),
        ("script", None),
        (".py", None),
        ("a.", None),
        ("a.py/b", None),
        ("", None),
    ],
)
def test_a_path_tells_its_language(path: str, name: str | None) -> None:
    language = language_of_path(path)
    assert (language.name if language else None) == name


def test_no_name_or_alias_means_two_languages() -> None:
    said = [word for row in LANGUAGES for word in (row.name, *row.aliases)]
    assert sorted(word for word in set(said) if said.count(word) > 1) == []


def test_two_languages_share_an_extension_only_where_the_world_does() -> None:
    extensions = [row.extension for row in LANGUAGES]
    assert {one for one in extensions if extensions.count(one) > 1} == {"m", "pl", "v"}
    names_and_aliases = {word: row.name for row in LANGUAGES for word in (row.name, *row.aliases)}
    taken = {row.extension for row in LANGUAGES if names_and_aliases.get(row.extension, row.name) != row.name}
    assert taken == {"v"}  # the language V and Verilog


def test_every_row_is_lower_case_and_plain() -> None:
    assert len(LANGUAGES) >= 60
    for row in LANGUAGES:
        for word in (row.name, row.extension, *row.aliases, *row.file_names):
            assert word == word.casefold().strip() != ""
        assert row.extension.isascii() and row.extension.isalnum()


def test_a_default_output_is_a_file_of_its_own_language() -> None:
    for row in LANGUAGES:
        found = language_of_path(f"name.{row.extension}")
        assert found is not None and found.extension == row.extension
        assert language_of_path(f"name.{row.extension}", row) == row
    assert language_of_path("other.py", language_of("prolog")) == language_of("python")
