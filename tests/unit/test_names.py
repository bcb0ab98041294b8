"""No name that leaves the project, enters git, hides something or steers a tool is accepted."""

import ntpath
import posixpath
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from specbuild.diagnostic import Diagnostic, Place
from specbuild.names import CODE_OF_KIND, TEMPORARY_SUFFIX, check_output_name, folded

PIECES = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [
            "/",
            "//",
            ".",
            "..",
            "\\",
            ":",
            "C:",
            "~",
            "~1",
            ".git",
            ".GIT",
            "git~1",
            ".gıt",
            "con",
            "NUL",
            "com¹",
            ".txt",
            "a",
            "b",
            "é",
            "é",
            "\u200c",
            "\u202e",
            "\x00",
            "\n",
            "*",
            "?",
            "<",
            "|",
            "$",
            "::$DATA",
        ]
    ),
    st.sampled_from([" ", ". ", "specbuild.lock", "cache", "local", "conftest.py", TEMPORARY_SUFFIX, "ſ", "\u212a"]),
)
PATHS = st.lists(PIECES, max_size=8).map("".join)


@settings(max_examples=1500)
@given(PATHS, st.sampled_from([(), ("**",)]))
@example("a/.g\u200cit/config", ("**",))
@example("a/../../b", ("**",))
def test_nothing_accepted_escapes_or_enters_git_on_any_system(path: str, allow: tuple[str, ...]) -> None:
    if check_output_name(path, allow=allow) is not None:
        return
    for module, root in ((posixpath, "/project"), (ntpath, "C:\\project")):
        joined = module.normpath(module.join(root, path))
        assert joined == root + module.sep + path.replace("/", module.sep)
        assert module.commonpath([root, joined]) == root
        assert not module.isabs(path) and not module.splitdrive(path)[0]
    assert ntpath.basename(path) not in ("", ".", "..")
    for component in path.split("/"):
        bare = "".join(one for one in component if unicodedata.category(one) != "Cf").rstrip(" .").casefold()
        assert bare not in (".git", "git~1")
        assert not component.endswith((" ", "."))
        assert len(component.encode("utf-8")) <= 255
    assert unicodedata.is_normalized("NFC", path)
    assert path.isprintable() or "\ufffd" in path or any(unicodedata.category(one) in ("Cn", "Cf") for one in path)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "path"),
        ("/etc/passwd", "path"),
        ("C:/x", "path"),
        ("c:x", "path"),
        ("//host/share", "path"),
        ("\\\\host\\share", "path"),
        ("a\\b", "path"),
        ("../x", "path"),
        ("a/../b", "path"),
        ("./a", "path"),
        ("a/.", "path"),
        ("a//b", "path"),
        ("a/", "path"),
        ("~/x", "path"),
        ("~root/x", "path"),
        ("-rf", "path"),
        ("a.", "portable"),
        ("a /b", "portable"),
        (" a", "portable"),
        ("...", "portable"),
        ("CON", "portable"),
        ("a/nul.txt", "portable"),
        ("com1.py", "portable"),
        ("COM¹", "portable"),
        ("lpt³.x", "portable"),
        ("con .txt", "portable"),
        ("CONIN$", "portable"),
        ("ab:c", "portable"),
        ("c:x", "path"),
        ("a<b", "portable"),
        ("a?b", "portable"),
        ('a"b', "portable"),
        ("a|b", "portable"),
        ("a*b", "portable"),
        ("git~1/config", "portable"),
        ("PYPROJ~1.TOM", "portable"),
        (".git::$INDEX_ALLOCATION/x", "portable"),
        ("x" * 256, "portable"),
        ("é" * 128, "portable"),
        ("/".join(["abcdefgh"] * 120), "portable"),
        ("/".join("a" * 65), "portable"),
        ("a\0b", "hidden"),
        ("a\nb", "hidden"),
        ("a\tb", "hidden"),
        ("a\x1b[0m", "hidden"),
        ("a\u202eb", "hidden"),
        (".g\u200cit/hooks/x", "hidden"),
        ("a\u00adb", "hidden"),
        ("a\u00a0b", "hidden"),
        ("a\u3000b", "hidden"),
        ("\ud800", "hidden"),
        ("a\ue000", "hidden"),
        ("\ufeffa", "hidden"),
        ("\uffff", "hidden"),
        ("a\u3164", "hidden"),
        ("e\u0301.py", "spelling"),
        ("\u212b.py", "spelling"),
        (".git", "git"),
        (".GIT/hooks/pre-commit", "git"),
        ("a/.Git/x", "git"),
        ("specbuild.lock", "own"),
        ("SpecBuild.Lock", "own"),
        ("cache/local/x", "own"),
        ("Cache/Replies/ab/x.json", "own"),
        ("cache/local", "own"),
        (f"a/.b{TEMPORARY_SUFFIX}", "own"),
        ("pyproject.toml", "steering"),
        ("sub/specbuild.lock", "steering"),
        ("build/x/conftest.py", "steering"),
        ("ConfTest.PY", "steering"),
        (".github/workflows/x.yml", "steering"),
        ("a/.vscode/tasks.json", "steering"),
        ("x.pth", "steering"),
        (".env", "steering"),
        (".env.local", "steering"),
        ("AGENTS.md", "steering"),
        ("docs/CLAUDE.md", "steering"),
        ("Makefile", "steering"),
        ("Dockerfile", "steering"),
        (".gitmodules", "steering"),
        (".gitattributes", "steering"),
        ("ſetup.py", "steering"),
        (".ci/run", "steering"),
        (".pre-commit-hooks.yaml", "steering"),
        ("a/package.json", "steering"),
    ],
)
def test_a_dangerous_name_is_refused_with_its_kind(path: str, kind: str) -> None:
    fault = check_output_name(path)
    assert fault is not None
    assert fault.kind == kind
    assert fault.message.isprintable() and fault.why and fault.code == CODE_OF_KIND[fault.kind]
    if kind != "steering":
        assert check_output_name(path, allow=["**", path]) == fault


@pytest.mark.parametrize(
    "path",
    [
        "qsort.py",
        "build/parser/lexer.py",
        "a b/c d.txt",
        "é/ß/漢字.py",
        "build/Makefile",
        "tools/Dockerfile",
        ".gitkeep",
        "git/x",
        "x.git/y",
        "..a",
        "a..b",
        "a~b",
        "console.py",
        "com.py",
        "nullify.c",
        "auxiliary.h",
        "cache/x.py",
        "cache/locals.py",
        "a-b_c+d@e,f;g=h",
        "environment.py",
        "build/tasks.py",
        "build/makefile.py",
        "$x",
        "x" * 255,
        "☃.md",
        "test_conftest.py",
        "[a]",
        "longname~12.py",
    ],
)
def test_an_ordinary_name_is_accepted(path: str) -> None:
    assert check_output_name(path) is None


@pytest.mark.parametrize(
    ("path", "pattern", "allowed"),
    [
        ("build/conftest.py", "build/conftest.py", True),
        ("build/conftest.py", "**/conftest.py", True),
        ("conftest.py", "**/conftest.py", True),
        ("build/conftest.py", "*/conftest.py", True),
        ("build/a/conftest.py", "*/conftest.py", False),
        ("build/conftest.py", "conftest.py", False),
        ("Build/ConfTest.py", "build/CONFTEST.py", True),
        (".github/workflows/x.yml", ".github/**", True),
        (".github/workflows/x.yml", ".github/*", False),
        ("a/.env", "a/.en?", True),
        ("a/.env", "**", True),
        ("a/.env", "", False),
        ("a/.env", "b/**", False),
    ],
)
def test_a_steering_file_is_allowed_by_the_persons_own_pattern_only(path: str, pattern: str, allowed: bool) -> None:
    assert check_output_name(path) is not None
    assert (check_output_name(path, allow=["other.py", pattern]) is None) == allowed


def test_a_name_in_another_spelling_is_told_how_to_spell_it() -> None:
    fault = check_output_name("cafe\u0301.py")
    assert fault is not None
    assert fault.hint == "write `caf\u00e9.py`"


def test_a_fault_becomes_a_diagnostic_at_the_place_where_the_name_stands() -> None:
    fault = check_output_name("../x")
    assert fault is not None
    place = Place("specs/a.toml", 3, 1)
    assert fault.diagnostic(place) == Diagnostic("SB801", fault.message, place, fault.why, fault.hint)
    assert fault.diagnostic() == Diagnostic("SB801", fault.message, None, fault.why, fault.hint)


def test_every_kind_has_a_code_of_its_own() -> None:
    assert CODE_OF_KIND == {
        "path": "SB801",
        "portable": "SB802",
        "hidden": "SB803",
        "spelling": "SB804",
        "git": "SB805",
        "own": "SB806",
        "steering": "SB807",
    }


PLAIN = "an output stands at one plain path inside the project, whatever system reads it"
CHECKOUT = "the project could not be checked out on every system"
BELOW = "give the path below the project's folder"
OPTION = "shells read `~` as a home folder, programs `-` as an option"


@pytest.mark.parametrize(
    ("path", "message", "why", "hint"),
    [
        ("", "the name of an output is empty", PLAIN, ""),
        (
            "a\\b\x1b",
            r"`a\b\x1b` has a backslash",
            "only some systems read it as a separator",
            r"write a/b\x1b",
        ),
        ("/a\n", r"`/a\n` is an absolute path", PLAIN, BELOW),
        ("C:/x", "`C:/x` begins with a drive", PLAIN, BELOW),
        ("~/x", "`~/x` begins with `~`", OPTION, ""),
        ("-rf", "`-rf` begins with `-`", OPTION, ""),
        ("a//b", "`a//b` has an empty component", PLAIN, "write one `/`, and none at the end"),
        ("a/../b\0", r"`a/../b\x00` has a `..` component", PLAIN, "write the path without it"),
        (
            "a\u202eb\U000e0041",
            r"`a\u202eb\ue0041` holds U+202E, which a reader can't see or tell from another",
            "two names that look the same could be two files, and a terminal may obey such a character",
            "take the character out",
        ),
        (
            "e\u0301.py",
            "`e\u0301.py` is not spelled in Unicode's composed form (NFC)",
            "the same letters spelled in two ways are one file on some systems and two on others",
            "write `\u00e9.py`",
        ),
        ("abcdefgh/" * 113 + "abcdefg", f"`{('abcdefgh/' * 5)[:40]}…` has more than 64 components", CHECKOUT, ""),
        ("abcdefgh/" * 113 + "abcdefgh", f"`{('abcdefgh/' * 5)[:40]}…` is longer than 1024 bytes", CHECKOUT, ""),
        ("é/" + "é" * 128, f"`{'é' * 40}…` is longer than 255 bytes", CHECKOUT, ""),
        (
            "a/b?c<d",
            "`a/b?c<d` holds `?`",
            "Windows has no such names, and `:` names a hidden stream of a file there",
            "",
        ),
        (
            "a/b /c",
            "a component of `a/b /c` has a space at an end or a final dot",
            "Windows drops the space or the dot and writes another file",
            "",
        ),
        ("a/Nul .txt", "`a/Nul .txt` names the Windows device `Nul .txt`", CHECKOUT, "take another name"),
        (
            "a/GIT~1/b",
            "`a/GIT~1/b` has the shape of a short name, `GIT~1`",
            "Windows may take it for the short form of another file's name",
            "",
        ),
        (
            "a/.Git/x",
            "`a/.Git/x` lies in a `.git` folder",
            "git keeps its own files there, hooks that it runs among them",
            "",
        ),
        (
            f"a/b{TEMPORARY_SUFFIX}/c",
            "`a/b.specbuild-tmp/c` ends like this tool's temporary files",
            "they are removed after a crash",
            "",
        ),
        (
            "Cache/local/x",
            "`Cache/local/x` is one of this tool's own files",
            "a reply could change what is built",
            "",
        ),
        (
            "build/Conftest.py",
            "`build/Conftest.py` steers pytest, which runs it before any test",
            "generated text may not steer a tool that nobody asked to read it, unless the person who runs it says so",
            'to allow it, add "build/Conftest.py" to `allow_steering_files` in your own configuration '
            "(not the repository's)",
        ),
    ],
)
def test_a_fault_says_what_why_and_what_to_do(path: str, message: str, why: str, hint: str) -> None:
    fault = check_output_name(path)
    assert fault is not None
    assert (fault.message, fault.why, fault.hint) == (message, why, hint)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("../\0", "path"),
        ("\0e\u0301", "hidden"),
        ("e\u0301?", "spelling"),
        (".git/con", "portable"),
        ("cache/local/.git", "git"),
        (".github/.specbuild-tmp", "own"),
        ("é:x", "path"),
        ("1:x", "portable"),
        ("a/b?", "portable"),
        ("a~1.x.y", "portable"),
        ("a~\u0663", "portable"),
        ("\U000e0041", "hidden"),
        ("specbuild.lock/x", "own"),
    ],
)
def test_the_rules_are_tried_in_their_order(path: str, kind: str) -> None:
    fault = check_output_name(path)
    assert fault is not None and fault.kind == kind


@pytest.mark.parametrize("path", ["a~1.abcd", "abcdefg~1", "a~", "com10", "com", "x.specbuild-tmp.py", "a/cache/local"])
def test_a_name_that_only_resembles_a_refused_one(path: str) -> None:
    assert check_output_name(path) is None


@pytest.mark.parametrize(
    ("one", "other"), [("A.py", "a.PY"), ("é", "e\u0301"), ("Straße", "STRASSE"), ("\u212aey", "key")]
)
def test_paths_that_differ_in_case_or_spelling_only_have_one_key(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@given(st.text(max_size=12))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_different_paths_keep_different_keys() -> None:
    assert folded("a/b") != folded("a/c") and folded("ab") != folded("a b")


def test_a_hostile_pattern_is_matched_in_time() -> None:
    assert check_output_name("a" * 200 + "/.env", allow=["*a" * 100 + "b", "**/a" * 60 + "/x"]) is not None
