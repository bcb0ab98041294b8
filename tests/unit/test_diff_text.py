"""Outputs as built beside those that lie there, as a diff."""

from typing import NamedTuple

from specbuild.formats.diff_text import diff_json, diff_text, offered_json, offered_text
from specbuild.styled_text import plain_text


class Pair(NamedTuple):
    built: bytes
    present: bytes | None
    built_mode: str = "644"
    present_mode: str | None = "644"
    id: str = "a"
    path: str = "build/a.py"


def text(*pairs: Pair) -> str:
    return plain_text(diff_text(pairs))


def test_a_changed_line_is_a_hunk() -> None:
    assert text(Pair(b"1\n2\n", b"1\n3\n")) == "--- a/build/a.py\n+++ b/build/a.py\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n"


def test_a_missing_final_newline_is_told_as_git_does() -> None:
    assert text(Pair(b"1\n", b"1")).endswith("-1\n+1\n\\ No newline at end of file\n")


def test_both_sides_may_lack_the_newline() -> None:
    head = "--- a/build/a.py\n+++ b/build/a.py\n@@ -1,2 +1,2 @@\n"
    none = "\\ No newline at end of file\n"
    assert text(Pair(b"1\n2", b"0\n2")) == f"{head}-1\n+0\n 2\n{none}"
    assert text(Pair(b"1\n2", b"1\n3")) == f"{head} 1\n-2\n{none}+3\n{none}"


def test_three_lines_stand_around_a_change() -> None:
    built = "".join(f"{number}\n" for number in range(20))
    found = text(Pair(built.encode(), built.replace("9\n", "x\n", 1).encode()))
    assert found.splitlines()[2:] == ["@@ -7,7 +7,7 @@", " 6", " 7", " 8", "-9", "+x", " 10", " 11", " 12"]


def test_nothing_differs() -> None:
    assert diff_text([]) == diff_text([Pair(b"1\n", b"1\n")]) == []
    assert diff_json([]) == []


def test_a_line_has_the_style_of_what_it_is() -> None:
    found = diff_text([Pair(b"1\n2\n3\n", b"1\n2.\n3", present_mode="755"), Pair(b"1\n", b"\xff")])
    assert [(one.text[:4], one.style) for one in found if not one.text.startswith("\\")] == [
        ("diff", "strong"),
        ("old ", "strong"),
        ("new ", "strong"),
        ("--- ", "strong"),
        ("+++ ", "strong"),
        ("@@ -", "note"),
        (" 1\n", "plain"),
        ("-2\n", "error"),
        ("-3\n", "error"),
        ("+2.\n", "good"),
        (found[10].text[:4], "good"),
        ("Bina", "strong"),
    ]
    assert found[10].text.startswith("+3\n")


def test_a_line_that_looks_like_a_header_is_what_became_of_it() -> None:
    found = diff_text([Pair(b"-- a\n", b"++ b\n")])
    assert [(one.text, one.style) for one in found[-2:]] == [("--- a\n", "error"), ("+++ b\n", "good")]


def test_only_a_line_feed_ends_a_line() -> None:
    assert text(Pair("a\u2028b\x0cc\n".encode(), b"d\n")).count("\n-") == 1


def test_modes_and_deletions_have_git_s_own_header() -> None:
    assert text(Pair(b"1\n", b"1\n", present_mode="755")) == (
        "diff --git a/build/a.py b/build/a.py\nold mode 100644\nnew mode 100755\n"
    )
    assert text(Pair(b"", None, present_mode=None)).endswith("deleted file mode 100644\n")
    gone = text(Pair(b"1\n", None, present_mode=None))
    assert gone == (
        "diff --git a/build/a.py b/build/a.py\ndeleted file mode 100644\n"
        "--- a/build/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n"
    )


def test_bytes_that_are_no_text_are_not_shown() -> None:
    told = "Binary files a/build/a.py and b/build/a.py differ\n"
    assert text(Pair(b"1\n", b"\xff")) == text(Pair(b"\xff", b"1\n")) == told
    assert text(Pair(b"1\n", b"\xff"), Pair(b"1\n", b"1\n2\n")).startswith(f"{told}--- a/build/a.py\n")


def test_json_names_what_became_of_each() -> None:
    pairs = [Pair(b"1\n", b"2\n"), Pair(b"1\n", None, present_mode=None), Pair(b"1\n", b"1\n", present_mode="755")]
    found = diff_json([*pairs, Pair(b"1\n", b"1\n")])
    assert found == [
        {"id": "a", "path": "build/a.py", "change": "changed", "diff": text(pairs[0])},
        {"id": "a", "path": "build/a.py", "change": "deleted", "diff": text(pairs[1])},
        {"id": "a", "path": "build/a.py", "change": "mode", "diff": text(pairs[2])},
        {"id": "a", "path": "build/a.py", "change": "mode", "diff": None},
    ]
    assert isinstance(found, list) and isinstance(found[0], dict)
    assert list(found[0]) == ["id", "path", "change", "diff"]


class Names(NamedTuple):
    built: dict[str, str]
    present: dict[str, str]
    id: str = "calc"


def test_public_names_are_told_with_what_is_seen_of_them() -> None:
    pair = Names(
        {"f": 'def f():\n"""F."""\n', "g": "def g():\n", "h": "def h():\n"},
        {"f": 'def f(x):\n"""F."""\n', "g": "def g():\n", "C": "class C:\n", "C.m": "def m(self):\n"},
    )
    assert plain_text(offered_text([pair])).splitlines() == [
        "calc",
        "  added    C",
        "    + class C:",
        "  removed  h",
        "    - def h():",
        "  changed  f",
        "    - def f():",
        "    + def f(x):",
    ]
    assert offered_json([pair]) == [{"id": "calc", "added": ["C"], "removed": ["h"], "changed": ["f"]}]


def test_lines_that_both_have_are_not_shown_and_signs_have_styles() -> None:
    pair = Names(
        {"f": '@one\n@two\ndef f():\n"""F."""\n', "g": "g = 1\n", "same": "x"},
        {"f": '@one\ndef f():\n"""F, and more."""\n', "h": "a\nb\n", "same": "x"},
        "a/b",
    )
    assert [(one.text, one.style) for one in offered_text([pair, Names({}, {}, "none")])] == [
        ("a/b\n", "strong"),
        ("  added    h\n", "plain"),
        ("    + a\n", "good"),
        ("    + b\n", "good"),
        ("  removed  g\n", "plain"),
        ("    - g = 1\n", "error"),
        ("  changed  f\n", "plain"),
        ("    - @two\n", "error"),
        ('    - """F."""\n', "error"),
        ('    + """F, and more."""\n', "good"),
        ("none\n", "strong"),
    ]
    assert offered_json([]) == []
