"""What a failing program printed, in one form wherever and whenever it ran."""

from hypothesis import given
from hypothesis import strategies as st

from specbuild.canonical_output import LONGEST_LINE, MOST_CHARACTERS, MOST_LINES, canonical_output
from specbuild.text_safety import text_faults


def test_paths_become_relative() -> None:
    text = b'File "/job/snapshot/build/one.py", line 3\nopen /job/work/data.txt in /job/work\n'
    assert canonical_output(text) == 'File "build/one.py", line 3\nopen data.txt in .\n'


def test_the_same_trace_is_the_same_under_another_python_in_another_place() -> None:
    one = b'File "/python/lib/python3.11/json/decoder.py", line 355'
    other = b'File "/home/alice/.pyenv/versions/3.11.7/lib/python3.11/json/decoder.py", line 355'
    assert canonical_output(one) == canonical_output(other) == 'File "<python>/json/decoder.py", line 355\n'


def test_addresses_times_and_durations_are_the_same_every_time() -> None:
    first = b"<X object at 0x7f1234567890> 2026-11-21 10:59:11.123 2 failed in 0.12s (pid 4711)"
    second = b"<X object at 0x55aabbccddee> 2031-01-02T03:04:05Z 2 failed in 13.70s (pid 99)"
    assert canonical_output(first) == canonical_output(second)


def test_a_set_is_shown_in_one_order() -> None:
    assert canonical_output(b"{'b', 'a'} {3, 1, 2} {'k': 1, 'a': 2}") == "{'a', 'b'} {1, 2, 3} {'k': 1, 'a': 2}\n"


def test_escape_codes_are_taken_out_and_the_rest_is_made_visible() -> None:
    assert canonical_output(b"\x1b[31mred\x1b[0m \x1b]0;title\x07x\x00\r\n10%\r20%\r100%\n") == "red x\\x00\n100%\n"


def test_the_programs_own_words_and_numbers_stay() -> None:
    text = "expected 3 got 4: a/b/c, 12:30, 0x1f, äöü\n"
    assert canonical_output(text.encode()) == text


def test_nothing_is_nothing() -> None:
    assert canonical_output(b"") == canonical_output(b" \n\n") == ""


def test_of_a_flood_the_beginning_and_the_end_are_kept() -> None:
    text = canonical_output(b"first\n" + b"x" * 5_000_000 + b"\n" + b"line\n" * 9_000 + b"last\n")
    assert text.startswith("first\n") and text.endswith("last\n")
    assert text.count("\n") <= MOST_LINES and "lines left out" in text


@given(st.binary(max_size=2_000))
def test_any_output_is_bounded_safe_and_in_its_final_form(raw: bytes) -> None:
    text = canonical_output(raw)
    assert not text_faults(text)
    assert all(len(line) <= LONGEST_LINE for line in text.splitlines())
    assert text.count("\n") <= MOST_LINES and len(text) <= MOST_CHARACTERS + MOST_LINES * LONGEST_LINE
    assert canonical_output(raw) == text
