"""What a reader can't see is found in code and made visible in messages."""

import sys
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.text_safety import TextFault, hidden_kind, printable, text_faults

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
        ("1\ufe0f\u20e3 ❤\ufe0f\u200d🔥", "1\ufe0f\u20e3 ❤\ufe0f\u200d🔥"),
        ("漢\U000e0100 a\ufe0f \u200dé", "漢\U000e0100 a\\ufe0f \\u200dé"),
        ("a\ue000\u00a0\u0378", "a\ue000\u00a0\u0378"),
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
        ("1\ufe0f", "invisible", 1, 2),
        ("é\u200da", "invisible", 1, 2),
        ("\u200dé", "invisible", 1, 1),
        ("é\U000e0100\u200dé", "invisible", 1, 3),
        ("🏴\n🏴\U000e0067", "invisible", 2, 2),
        ("é\r\nb\r", "control", 2, 2),
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


TABLE = """
nul 0-0
escape 1b-1b 90-90 98-98 9b-9f
control 1-1a 1c-1f 7f-8f 91-97 99-9a 2028-2029
bidi 61c-61c 200e-200f 202a-202e 2066-2069
invisible ad-ad 34f-34f 115f-1160 17b4-17b5 180b-180f 200b-200d 2060-2065 206a-206f 2800-2800 3164-3164 fe00-fe0f
invisible feff-feff ffa0-ffa0 fff0-fffb 1bca0-1bca3 1d173-1d17a e0000-e0fff
surrogate d800-dfff
noncharacter fdd0-fdef fffe-ffff 1fffe-1ffff 8fffe-8ffff 10fffe-10ffff
"""


def test_each_kind_of_hidden_character_has_the_same_members_under_every_python() -> None:
    for row in TABLE.split("\n")[1:-1]:
        kind, *ranges = row.split()
        for written in ranges:
            first, last = (int(end, 16) for end in written.split("-"))
            assert {hidden_kind(chr(point)) for point in range(first, last + 1)} == {kind}, written
    found = Counter(hidden_kind(chr(point)) for point in range(sys.maxunicode + 1))
    del found[None]
    assert found == {
        "nul": 1,
        "escape": 8,
        "control": 58,
        "bidi": 12,
        "invisible": 4166,
        "surrogate": 2048,
        "noncharacter": 66,
    }


def test_a_fault_is_a_value_with_its_character() -> None:
    assert text_faults("é\n\u202ea\0") == (TextFault("bidi", 2, 1, "\u202e"), TextFault("nul", 2, 3, "\0"))


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
