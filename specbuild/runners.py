"""How a file of each language is run and how its syntax is checked: one row a language, for the verifiers.

In: a language's name and a text. Out: words of a command, with places for what only the caller knows. It knows no
path and starts nothing. A language without a row is run by its `#!` line or not at all.
"""

from collections.abc import Mapping
from typing import NamedTuple

from specbuild.languages import Language, language_of_path

ENTRY = "{entry}"
SOURCES = "{sources}"
PROGRAM = "{program}"


class Runner(NamedTuple):
    """One language.

    `programs` are the interpreters or compilers that serve, the best first; "python" is the project's own. `run` are
    the words after the program that run ENTRY, empty for a compiled language, whose `build` words make PROGRAM from
    SOURCES. `check` are the words that check the syntax of ENTRY without running it, empty if nothing does. `install`
    is what a person lacks.
    """

    programs: tuple[str, ...]
    run: tuple[str, ...] = (ENTRY,)
    check: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    install: str = ""
    probe: tuple[str, ...] = ()


_C = ("-std=c17", "-O1", "-o", PROGRAM, SOURCES, "-lm")
_CPP = ("-std=c++20", "-O1", "-o", PROGRAM, SOURCES)

RUNNERS: Mapping[str, Runner] = {
    "python": Runner(("python",), install="Python"),
    "shell": Runner(("bash", "sh"), check=("-n", ENTRY), install="bash"),
    "zsh": Runner(("zsh",), check=("-n", ENTRY), install="zsh"),
    "fish": Runner(("fish",), check=("--no-execute", ENTRY), install="fish"),
    "javascript": Runner(("node",), check=("--check", ENTRY), install="node"),
    "typescript": Runner(
        ("node",),
        run=("--experimental-strip-types", "--no-warnings", ENTRY),
        check=("--experimental-strip-types", "--no-warnings", "--check", ENTRY),
        install="node 22.6 or newer",
        probe=("--experimental-strip-types", "--version"),
    ),
    "ruby": Runner(("ruby",), check=("-c", ENTRY), install="ruby"),
    "perl": Runner(("perl",), install="perl"),  # perl -c runs BEGIN blocks: that is no check of syntax alone
    "php": Runner(("php",), check=("-l", ENTRY), install="php"),
    "lua": Runner(("lua", "lua5.4", "lua5.3"), install="lua"),
    "r": Runner(("Rscript",), install="R"),
    "julia": Runner(("julia",), install="julia"),
    "tcl": Runner(("tclsh",), install="tcl"),
    "awk": Runner(("awk",), run=("-f", ENTRY), install="awk"),
    "c": Runner(
        ("cc", "gcc", "clang"), run=(), check=("-std=c17", "-fsyntax-only", ENTRY), build=_C, install="a C compiler"
    ),
    "c++": Runner(
        ("c++", "g++", "clang++"), run=(), check=("-std=c++20", "-fsyntax-only", ENTRY), build=_CPP,
        install="a C++ compiler",
    ),
}  # fmt: skip


def runner_of(language: str, text: str = "") -> Runner | None:
    """Return the row of a language (its name in `languages`). For a shell script its `#!` line puts its own shell
    first.
    """
    row = RUNNERS.get(language)
    spoken = shebang(text)
    if row is not None and language == "shell" and spoken:
        own = (
            spoken[-1].rpartition("/")[2]
            if len(spoken) > 1 and spoken[0].endswith("/env")
            else spoken[0].rpartition("/")[2]
        )
        if own in ("sh", "dash", "ksh"):
            return row._replace(programs=(own, *row.programs))
    return row


def runner_of_file(path: str, spoken: Language | None, text: str) -> Runner | None:
    """Return the row of a file's language; `spoken` is the one of its spec."""
    language = language_of_path(path, spoken) or spoken
    return runner_of(language.name, text) if language else None


def shebang(text: str) -> tuple[str, ...]:
    """Return the words of a text's `#!` line; none if it has none."""
    return tuple(text[2:].partition("\n")[0].split()) if text.startswith("#!") else ()


def words(
    row: tuple[str, ...], *, entry: str = "", sources: tuple[str, ...] = (), program: str = ""
) -> tuple[str, ...]:
    """Return a row's words with the places filled in."""
    filled: list[str] = []
    for word in row:
        filled += sources if word == SOURCES else (entry if word == ENTRY else program if word == PROGRAM else word,)
    return tuple(filled)
