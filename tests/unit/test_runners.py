"""How languages are run: the rows, the shell that a script asks for, and words with their places filled in."""

import pytest

from specbuild.languages import language_of
from specbuild.runners import ENTRY, PROGRAM, RUNNERS, SOURCES, Runner, runner_of, runner_of_file, shebang, words

STRIP = "--experimental-strip-types"
ROWS = {
    "python": Runner(("python",), install="Python"),
    "shell": Runner(("bash", "sh"), check=("-n", ENTRY), install="bash"),
    "zsh": Runner(("zsh",), check=("-n", ENTRY), install="zsh"),
    "fish": Runner(("fish",), check=("--no-execute", ENTRY), install="fish"),
    "javascript": Runner(("node",), check=("--check", ENTRY), install="node"),
    "typescript": Runner(
        ("node",), (STRIP, "--no-warnings", ENTRY), (STRIP, "--no-warnings", "--check", ENTRY),
        install="node 22.6 or newer", probe=(STRIP, "--version"),
    ),
    "ruby": Runner(("ruby",), check=("-c", ENTRY), install="ruby"),
    "perl": Runner(("perl",), install="perl"),
    "php": Runner(("php",), check=("-l", ENTRY), install="php"),
    "lua": Runner(("lua", "lua5.4", "lua5.3"), install="lua"),
    "r": Runner(("Rscript",), install="R"),
    "julia": Runner(("julia",), install="julia"),
    "tcl": Runner(("tclsh",), install="tcl"),
    "awk": Runner(("awk",), ("-f", ENTRY), install="awk"),
    "c": Runner(
        ("cc", "gcc", "clang"), (), ("-std=c17", "-fsyntax-only", ENTRY),
        ("-std=c17", "-O1", "-o", PROGRAM, SOURCES, "-lm"), "a C compiler",
    ),
    "c++": Runner(
        ("c++", "g++", "clang++"), (), ("-std=c++20", "-fsyntax-only", ENTRY),
        ("-std=c++20", "-O1", "-o", PROGRAM, SOURCES), "a C++ compiler",
    ),
}  # fmt: skip
SHELL = RUNNERS["shell"]


def test_every_row_is_that_of_a_language_that_is_known() -> None:
    assert dict(RUNNERS) == ROWS and list(RUNNERS) == list(ROWS)
    assert Runner(("x",)) == (("x",), (ENTRY,), (), (), "", ())
    for name in RUNNERS:
        language = language_of(name)
        assert language is not None and language.name == name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#!/bin/sh", ("/bin/sh",)),
        ("#! /usr/bin/env  -S bash -e\r\necho", ("/usr/bin/env", "-S", "bash", "-e")),
        ("#!\necho x", ()),
        ("#!", ()),
        (" #!/bin/sh", ()),
        ("# !/bin/sh", ()),
        ("echo\n#!/bin/sh", ()),
        ("", ()),
    ],
)
def test_a_shebang_is_the_first_line_alone(text: str, found: tuple[str, ...]) -> None:
    assert shebang(text) == found


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("#!/bin/sh\n", "sh"),
        ("#!/bin/dash -e\n", "dash"),
        ("#!ksh", "ksh"),
        ("#!/usr/bin/env ksh\n", "ksh"),
        ("#!/usr/bin/env -S /opt/bin/dash", "dash"),
        ("#!/usr/bin/env -S bash\n", None),
        ("#!/usr/bin/env\n", None),
        ("#!/bin/bash sh\n", None),
        ("#!env sh\n", None),
        ("#!/bin/zsh\n", None),
        ("#!\n", None),
        ("echo sh\n", None),
        ("", None),
    ],
)
def test_a_script_is_run_by_its_own_shell_first(text: str, first: str | None) -> None:
    wanted = SHELL if first is None else SHELL._replace(programs=(first, "bash", "sh"))
    assert runner_of("shell", text) == wanted
    assert RUNNERS["shell"].programs == ("bash", "sh"), "the table stays"


def test_only_shell_scripts_are_run_by_what_they_say() -> None:
    assert runner_of("zsh", "#!/bin/sh\n") == RUNNERS["zsh"]
    assert runner_of("python", "#!/bin/sh\n") == RUNNERS["python"]
    assert runner_of("shell") == SHELL
    assert runner_of("rust", "#!/bin/sh\n") is None and runner_of("Python") is None


def test_the_row_of_a_file_is_that_of_its_own_language_first() -> None:
    perl, python, rust = language_of("perl"), language_of("python"), language_of("rust")
    assert runner_of_file("a/x.sh", python, "#!/bin/sh\n") == SHELL._replace(programs=("sh", "bash", "sh"))
    assert runner_of_file("a/x", python, "#!/bin/sh\n") == RUNNERS["python"]
    assert runner_of_file("x.pl", perl, "") == RUNNERS["perl"]
    assert runner_of_file("x.py", None, "") == RUNNERS["python"]
    assert runner_of_file("x", None, "#!/bin/sh\n") is None
    assert runner_of_file("x.rs", python, "") is None
    assert runner_of_file("x", rust, "") is None


def test_places_are_filled_in_where_they_are_whole_words() -> None:
    row = ("-o", PROGRAM, SOURCES, "-lm")
    assert words(row, sources=("a.c", "b.c"), program="x") == ("-o", "x", "a.c", "b.c", "-lm")
    assert words((ENTRY, f"-f{ENTRY}", ENTRY), entry="x.py") == ("x.py", f"-f{ENTRY}", "x.py")
    row = (SOURCES, ENTRY, PROGRAM)
    assert words(row, entry=PROGRAM, program=SOURCES, sources=(ENTRY,)) == (ENTRY, PROGRAM, SOURCES)
    assert words((SOURCES, "x")) == ("x",) and words((ENTRY, PROGRAM)) == ("", "") and words(()) == ()
