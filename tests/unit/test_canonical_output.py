"""What a failing program printed, in one form wherever and whenever it ran."""

import pytest
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


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        (
            "/job/home/x /job/tmp/y /job/z /job /job/snapshot /job/snapshots",
            "~/x <tmp>/y <job>/z <job> . <job>/snapshots",
        ),
        ("/usr/lib64/python3.12/site-packages/x/y.py /lib/python3.9/a", "<python>/x/y.py <python>/a"),
        ("/tmp/x/y (/var/tmp/) /dev/shm/z a/tmp/x", "<tmp> (<tmp>) <tmp> a/tmp/x"),
        (
            "/usr/bin /usr/bin/x '/opt/a/b-c.d' x/usr/a/b /etc/x/y",
            "/usr/bin <path>/x '<path>/b-c.d' x/usr/a/b /etc/x/y",
        ),
        ("/home/a/b /root/a/b /Users/a/b /private/a/b /nix/a/b /var/a/b", " ".join(["<path>/b"] * 6)),
        ("tmpab_12345 xtmpab_12345 tmpab_123456 tmpAB_12345", "<tmp> xtmpab_12345 tmpab_123456 tmpAB_12345"),
        ("0xabcdef 0xABCDEF012 0xabcde 0xabcdefg", "0x… 0x… 0xabcde 0xabcdefg"),
        ("2026-01-02 03:04 2026-01-02T03:04:05,678+0100 2026-01-02 03:04:05-01:00x", "<time> <time> <time>x"),
        ("2026-01-02 03:04Z 2026-01-02 3:04", "<time> 2026-01-02 3:04"),
        ("Mon Jan  5 10:00:00 UTC 2026 Tue, Feb 16 10:00:00 2026 Mon Jan", "<time> <time> Mon Jan"),
        (
            "took: 3 ms, took 1.5 seconds after 2s; duration: 7 milliseconds",
            "took: <time>, took <time> after <time>; duration: <time>",
        ),
        ("in 3 steps, In 3s, in 3 sec", "in 3 steps, In 3s, in 3 sec"),
        ("==123== a ==123==\n==4== b", "==<pid>== a ==123==\n==<pid>== b"),
        ("PID=12 Thread: 345 process 5 rapid 12", "PID=<number> Thread: <number> process 5 rapid 12"),
        ("platform linux -- Python 3.11\nx platform linux y", "platform linux\nx platform linux y"),
        (
            "a\n rootdir: /x\nplugins: y\nhypothesis profile 'z'\ncachedirs\nconfigfile: c",
            "a\ncachedirs\nconfigfile: c",
        ),
    ],
)
def test_what_differs_from_run_to_run_has_a_fixed_form(raw: str, form: str) -> None:
    assert canonical_output(raw.encode()) == f"{form}\n"


def test_further_places_are_replaced_literally_the_longest_first() -> None:
    places = {"/job/snapshot/": "S:", "/x": "no", "/x/y": "\\1", "/x/y/z/": "<z>"}
    assert canonical_output(b"/job/snapshot/a /x/y /x/y/z/q /x/yes /x-y", places) == "S:a \\1 <z>q no/yes /x-y\n"
    assert canonical_output(b"/job/snapshot/a") == "a\n"


def test_a_set_is_shown_in_one_order() -> None:
    assert canonical_output(b"{'b', 'a'} {3, 1, 2} {'k': 1, 'a': 2}") == "{'a', 'b'} {1, 2, 3} {'k': 1, 'a': 2}\n"
    unsorted = "{10, 9.5} {1} {'b','a'} {'b', x} {'b', 'a\\\\'} {'" + "b" * 201 + "', 'a'}\n"
    assert canonical_output(unsorted.encode()) == unsorted
    assert canonical_output(b"{'b', -1, \"c\"}") == "{\"c\", 'b', -1}\n"


def test_escape_codes_are_taken_out_and_the_rest_is_made_visible() -> None:
    assert canonical_output(b"\x1b[31mred\x1b[0m \x1b]0;title\x07x\x00\r\n10%\r20%\r100%\n") == "red x\\x00\n100%\n"
    assert canonical_output("a\x1b(Bb\x1bP1\x1b\\c\x9b1;2 qd\x9d0;t\x9ce\x1b[3".encode()) == "abcde3\n"
    assert canonical_output(b"a\xff\tb\x1b\xe2\x80\xae  \nc\r\r\n\n") == "a\ufffd\tb\\x1b\\u202e\nc\n"


def test_the_programs_own_words_and_numbers_stay() -> None:
    text = "expected 3 got 4: a/b/c, 12:30, 0x1f, äöü\n"
    assert canonical_output(text.encode()) == text


def test_nothing_is_nothing() -> None:
    assert canonical_output(b"") == canonical_output(b" \n\n") == canonical_output(b"\x1b[0m\n") == ""
    assert canonical_output(b"\n\n  a\n\n\nb") == "  a\n\n\nb\n"


def test_of_a_flood_the_beginning_and_the_end_are_kept() -> None:
    text = canonical_output(b"first\n" + b"x" * 5_000_000 + b"\n" + b"line\n" * 9_000 + b"last\n")
    assert text.startswith("first\n") and text.endswith("last\n")
    assert text.count("\n") <= MOST_LINES and "lines left out" in text


def test_the_first_and_the_last_lines_are_kept() -> None:
    lines = [f"{number}" for number in range(100)]
    assert canonical_output("\n".join(lines[:59]).encode()).split() == lines[:59]
    for count in (60, 61, 100):
        shown = canonical_output("\n".join(lines[:count]).encode()).splitlines()
        assert shown == [*lines[:20], f"… {count - 59} lines left out …", *lines[count - 39 : count]]


def test_long_lines_are_cut_and_many_of_them_are_left_out() -> None:
    assert canonical_output(b"x" * 400) == "x" * 400 + "\n"
    assert canonical_output(b"x" * 401) == "x" * 399 + "…\n"
    lines = [f"{number:02}" + "x" * 398 for number in range(16)]
    assert canonical_output("\n".join(lines[:14]).encode()) == "\n".join(lines[:14]) + "\n"
    shown = canonical_output("\n".join(lines).encode()).splitlines()
    assert shown == [*lines[:4], "… 4 lines left out …", *lines[8:]]
    assert len(canonical_output(b"\n".join([b"y" * 500] * 100))) <= MOST_CHARACTERS


@given(st.binary(max_size=2_000))
def test_any_output_is_bounded_safe_and_in_its_final_form(raw: bytes) -> None:
    text = canonical_output(raw)
    assert not text_faults(text)
    assert all(len(line) <= LONGEST_LINE for line in text.splitlines())
    assert text.count("\n") <= MOST_LINES and len(text) <= MOST_CHARACTERS + MOST_LINES * LONGEST_LINE
    assert canonical_output(raw) == text
