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


def test_only_a_line_feed_ends_a_line() -> None:
    assert text(Pair("a\u2028b\x0cc\n".encode(), b"d\n")).count("\n-") == 1


def test_modes_and_deletions_have_git_s_own_header() -> None:
    assert text(Pair(b"1\n", b"1\n", present_mode="755")) == (
        "diff --git a/build/a.py b/build/a.py\nold mode 100644\nnew mode 100755\n"
    )
    assert text(Pair(b"", None, present_mode=None)).endswith("deleted file mode 100644\n")
    assert "+++ /dev/null\n@@ -1 +0,0 @@\n-1\n" in text(Pair(b"1\n", None, present_mode=None))


def test_bytes_that_are_no_text_are_not_shown() -> None:
    assert text(Pair(b"1\n", b"\xff")) == "Binary files a/build/a.py and b/build/a.py differ\n"


def test_json_names_what_became_of_each() -> None:
    pairs = [Pair(b"1\n", b"2\n"), Pair(b"1\n", None, present_mode=None), Pair(b"1\n", b"1\n", present_mode="755")]
    found = diff_json(pairs)
    assert isinstance(found, list)
    assert [one["change"] for one in found if isinstance(one, dict)] == ["changed", "deleted", "mode"]


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
