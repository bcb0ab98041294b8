"""What a reader can't see is found in code and made visible in messages."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.text_safety import hidden_kind, printable, text_faults

NASTY = st.text(
    st.one_of(
        st.characters(), st.sampled_from("\0\x1b\x9b\u202e\u200d\u200c\ufe0f\ufeff\r\n\t\ud800\U000e0041é👨a\u2028")
    )
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é ☃ 漢字 عربى\n\tx", "plain é ☃ 漢字 عربى\n\tx"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b2J\x85", r"\x9b2J\x85"),
        ("a\rb", r"a\rb"),
        ("a\r\nb", "a\\r\nb"),
        ("\0\x08\x7f", r"\x00\x08\x7f"),
        ("\u202etxt.exe\u2066", r"\u202etxt.exe\u2066"),
        ("a\u200bb\u2028\ufeff", r"a\u200bb\u2028\ufeff"),
        ("\ufeffa", r"\ufeffa"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("\uffff\U0010ffff", r"\uffff\U0010ffff"),
        ("👨\u200d👩 ⚠\ufe0f", "👨\u200d👩 ⚠\ufe0f"),
        (r"back\slash", r"back\slash"),
    ],
)
def test_printable_shows_what_a_terminal_would_obey(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_one_line_stays_one_line() -> None:
    assert printable("a\n\tb\r\n", keep_newlines=False) == r"a\n\tb\r\n"


@given(NASTY)
def test_what_is_printable_stays_so_and_holds_no_control(text: str) -> None:
    shown = printable(text, keep_newlines=False)
    assert printable(shown, keep_newlines=False) == shown
    assert not any(unicodedata.category(one) in ("Cc", "Cs") or one in "\u2028\u2029\u202e\u2066" for one in shown)
    shown.encode("utf-8")


@given(NASTY)
def test_faults_and_printable_see_the_same_places(text: str) -> None:
    clean = text.replace("\r", "")
    assert (text_faults(clean) == ()) == (printable(clean) == clean)


@given(NASTY)
def test_a_fault_names_the_place_of_its_character(text: str) -> None:
    lines = text.split("\n")
    for fault in text_faults(text):
        assert lines[fault.line - 1][fault.column - 1] == fault.character


@pytest.mark.parametrize(
    ("text", "kind", "line", "column"),
    [
        ("a\nb\0", "nul", 2, 2),
        ("\x1b[0m", "escape", 1, 1),
        ("x\x9b", "escape", 1, 2),
        ("a\rb", "control", 1, 2),
        ("\n\n \x0c", "control", 3, 2),
        ("a\u2028", "control", 1, 2),
        ("if x:\u202e #", "bidi", 1, 6),
        ("\u200f", "bidi", 1, 1),
        ("is\u200dadmin", "invisible", 1, 3),
        ("a\u200b", "invisible", 1, 2),
        ("x\ufeff", "invisible", 1, 2),
        ("\u3164 = 1", "invisible", 1, 1),
        ("☃\ufe0f\ufe0f", "invisible", 1, 3),
        ("a\ufe0f", "invisible", 1, 2),
        ("\ufe0f", "invisible", 1, 1),
        ("é\u200d", "invisible", 1, 2),
        ("🏴\U000e0067", "invisible", 1, 2),
        ("\ud800", "surrogate", 1, 1),
        ("\ufdd0", "noncharacter", 1, 1),
        ("\U0001fffe", "noncharacter", 1, 1),
        ("\ufeffx", "bom", 1, 1),
    ],
)
def test_each_kind_of_fault_is_found_at_its_place(text: str, kind: str, line: int, column: int) -> None:
    (fault,) = text_faults(text)
    assert (fault.kind, fault.line, fault.column) == (kind, line, column)


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\n\ty\r\n",
        'family = "👨\u200d👩\u200d👧"',
        'heart = "❤\ufe0f\u200d🔥"',
        'keycap = "1\ufe0f\u20e3"',
        'want = "می\u200cخواهم"',
        'ka = "क\u094d\u200dष"',
        "é ß 漢字 عربى עברית",
        "\u00a0",
        "",
    ],
)
def test_ordinary_text_of_any_language_has_no_fault(text: str) -> None:
    assert text_faults(text) == ()


def test_the_table_has_every_control_and_format_character_of_unicode_but_the_visible_ones() -> None:
    missing = [
        point
        for point in range(sys.maxunicode + 1)
        if unicodedata.category(chr(point)) in ("Cc", "Cf", "Cs", "Zl", "Zp") and hidden_kind(chr(point)) is None
    ]
    arabic_and_kaithi_signs = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
    egyptian_joins = set(range(0x13430, 0x13440))
    assert set(missing) <= arabic_and_kaithi_signs | egyptian_joins


def test_a_megabyte_of_faults_is_read_in_linear_time() -> None:
    assert len(text_faults("\0" * 200_000 + "\n" * 200_000 + "\u202e" * 100)) == 200_100
