"""No name that leaves the project, enters git, hides something or steers a tool is accepted."""

import ntpath
import posixpath
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from specbuild.codes import CODES
from specbuild.configuration import PersonalConfiguration
from specbuild.diagnostic import Place
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
    assert fault.message.isprintable() and fault.why and fault.code in CODES
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
    diagnostic = fault.diagnostic(Place("specs/a.toml", 3, 1))
    assert (diagnostic.code, diagnostic.message, diagnostic.hint) == ("SB801", fault.message, fault.hint)
    assert str(diagnostic.place) == "specs/a.toml:3:1"


def test_the_hint_names_the_setting_that_allows_a_steering_file() -> None:
    fault = check_output_name("build/conftest.py")
    assert fault is not None
    assert "allow_steering_files" in fault.hint and "build/conftest.py" in fault.hint
    assert "allow_steering_files" in PersonalConfiguration.__dataclass_fields__


def test_every_kind_has_a_code_of_its_own() -> None:
    assert len(set(CODE_OF_KIND.values())) == len(CODE_OF_KIND)
    assert set(CODE_OF_KIND.values()) <= set(CODES)


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
