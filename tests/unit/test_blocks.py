"""File blocks: exact in both directions, tolerant where nothing can be lost."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from specbuild.blocks import (
    MARKER_LENGTH,
    Blocks,
    Fault,
    FileBlock,
    excerpt,
    marker_of,
    parse_blocks,
    render_blocks,
)

MARKER = "0123456789ab"
OTHER = "ba9876543210"
TEXTS = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            [
                "\n",
                "\r\n",
                "```",
                "~~~",
                "```python\n",
                f"=== specbuild:{OTHER} end ===\n",
                "=== specbuild:",
                " ===",
                "\f",
            ]
        ),
    ),
    max_size=12,
).map("".join)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=12).filter(
    lambda name: name == name.strip(" \t")
)


def line(words: str, marker: str = MARKER) -> str:
    return f"=== specbuild:{marker} {words} ===\n"


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, TEXTS, max_size=4), st.none() | TEXTS)
@example({"a": "", "b": "\n", "c": "x", "d": "\r", "e": "x\n\n"}, "")
def test_any_texts_come_back_exactly_as_they_were_rendered(files: dict[str, str], notes: str | None) -> None:
    blocks = parse_blocks(render_blocks(files, MARKER, notes), MARKER)
    assert dict(blocks.files) == files
    assert [block.name for block in blocks.files] == list(files)
    assert blocks.notes == notes
    assert blocks.faults == ()


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.text(max_size=10))
def test_prose_around_the_blocks_changes_nothing(text: str, prose: str) -> None:
    rendered = f"{prose}\n{render_blocks({'a.py': text}, MARKER)}{prose}"
    assert parse_blocks(rendered, MARKER).files == (FileBlock("a.py", text),)


def test_the_form_of_the_blocks_is_pinned() -> None:
    rendered = render_blocks({"b.py": "x\n", "a b.py": "y", "c": ""}, MARKER, "n")
    assert rendered == (
        "=== specbuild:0123456789ab file: b.py ===\nx\n=== specbuild:0123456789ab end ===\n"
        "=== specbuild:0123456789ab file: a b.py ===\ny\n=== specbuild:0123456789ab end without newline ===\n"
        "=== specbuild:0123456789ab file: c ===\n=== specbuild:0123456789ab end ===\n"
        "=== specbuild:0123456789ab notes ===\nn\n=== specbuild:0123456789ab end without newline ===\n"
    )
    assert render_blocks({}, MARKER) == ""


def test_a_text_with_this_markers_own_line_is_refused_and_with_another_marker_is_not() -> None:
    with pytest.raises(ValueError, match=f"^a text holds a block line of the marker {MARKER}: file: a b$"):
        render_blocks({"a b": "x\n" + line("end")}, MARKER)
    with pytest.raises(ValueError, match=f"^a text holds a block line of the marker {MARKER}: notes$"):
        render_blocks({}, MARKER, f"=== specbuild:{MARKER} ")
    assert parse_blocks(render_blocks({"a": line("end", OTHER)}, MARKER), MARKER).files == (("a", line("end", OTHER)),)
    assert parse_blocks(render_blocks({"a": " " + line("end")}, MARKER), MARKER).files == (("a", " " + line("end")),)


@pytest.mark.parametrize("name", ["", " a", "a\t", "a\nb"])
def test_a_name_that_could_not_be_read_back_is_not_rendered(name: str) -> None:
    with pytest.raises(ValueError, match=r"^not a name for a block: ") as caught:
        render_blocks({name: ""}, MARKER)
    assert str(caught.value).endswith(repr(name))


def test_spaces_behind_block_lines_and_around_names_are_tolerated() -> None:
    text = f"=== specbuild:{MARKER} file:  a b.py  === \t\nx\n=== specbuild:{MARKER} end ===  "
    assert parse_blocks(text, MARKER).files == (("a b.py", "x\n"),)
    tight = f"=== specbuild:{MARKER} file:a ===\nx\n" + line("end")
    assert parse_blocks(tight, MARKER).files == (("a", "x\n"),)


def test_a_fence_around_the_whole_answer_is_prose() -> None:
    assert parse_blocks(f"```\n{line('file: a')}x\n{line('end')}```\n", MARKER).files == (("a", "x\n"),)


def test_blocks_come_in_the_order_of_the_reply_with_equal_names_kept_and_lines_counted() -> None:
    text = line("file: b") + "1\n" + line("end") + "prose\n" + line("file: a") + line("end") + line("file: b")
    found = parse_blocks(text + "2\n\n" + line("end without newline") + line("nothing"), MARKER)
    assert found.files == (("b", "1\n"), ("a", ""), ("b", "2\n"))
    assert (found.notes, found.lines) == (None, 7)
    assert parse_blocks("prose\n" + line("end", OTHER) + " " + line("end"), MARKER) == Blocks()
    assert parse_blocks(line("file: a ===") + line("end without newline"), MARKER).files == (("a ===", ""),)


def test_a_file_without_its_end_line_is_truncated_wherever_it_stands() -> None:
    fault = Fault("truncated", 'The block of the file "a" has no end line.')
    for text in (
        line("file: a") + "x\n",
        line("file: a") + "x\n" + line("end")[:-3],
        line("file: a") + f"x\n=== specbuild:{MARKER}",
        line("file: a") + "x\n" + line("file: b") + "y\n" + line("end"),
        line("file: a") + "x\n" + line("notes") + "y\n" + line("end"),
    ):
        assert fault in parse_blocks(text, MARKER).faults
        assert "a" not in dict(parse_blocks(text, MARKER).files)
    assert parse_blocks(line("file: a") + "x\n" + line("end"), MARKER).faults == ()


def test_notes_without_an_end_line_are_taken_and_several_are_joined() -> None:
    assert parse_blocks(line("notes") + "one\n" + line("end") + line("notes") + "two", MARKER).notes == "one\n\ntwo"
    blocks = parse_blocks(line("notes") + "n\n" + line("file: a") + line("end"), MARKER)
    assert (blocks.notes, blocks.files, blocks.faults) == ("n\n", (("a", ""),), ())
    assert parse_blocks("", MARKER).notes is None
    assert parse_blocks(line("notes"), MARKER).notes == ""
    assert parse_blocks(line("notes") + "a\n" + line("notes") + "b\n" + line("end without newline"), MARKER) == Blocks(
        notes="a\n\nb", lines=3
    )


def test_a_second_end_line_is_harmless_only_if_no_text_stands_between() -> None:
    whole = line("file: a") + "x\n" + line("end")
    assert parse_blocks(whole + "\n" + line("end"), MARKER).faults == ()
    fault = Fault("malformed", "An end line stands where no block is open.")
    for text in (whole + "lost\n" + line("end"), line("end") + whole, line("end") + " \t\n" + line("end") + whole):
        assert parse_blocks(text, MARKER).faults == (fault,)
        assert parse_blocks(text, MARKER).files == (("a", "x\n"),)
    assert parse_blocks(whole + "lost\n" + line("end") + line("end") + "x" + "\n" + line("end"), MARKER).faults == (
        fault,
        fault,
    )
    assert parse_blocks(line("notes") + line("file: a") + line("end") + line("end"), MARKER).faults == ()


@pytest.mark.parametrize(
    "words", ["file: ===", "file: a", "begin ===", "END ===", "end of file ===", "files: a ===", "end  ===", "===", ""]
)
def test_a_line_with_the_marker_that_is_no_block_line_is_malformed_and_stays_text(words: str) -> None:
    odd = f"=== specbuild:{MARKER} {words}"
    found = parse_blocks(line("file: b") + f"x\n{odd}\ny\n" + line("end"), MARKER)
    shown = odd.rstrip().replace("  ", " ")
    message = f'A line begins like a block line of this request but is none: "{shown}".'
    assert found == Blocks((FileBlock("b", f"x\n{odd}\ny\n"),), None, (Fault("malformed", message),), 3)


def test_faults_come_in_the_order_in_which_they_show_and_are_worded_safely() -> None:
    text = line("file: \x1b[0m") + line("oops " + "x" * 100) + line("file: b") + line("end") + "x" + "\r\n"
    found = parse_blocks(text + line("end")[:-1] + "\r\n" + line("end"), MARKER)
    shown = ("=== specbuild:0123456789ab oops " + "x" * 100)[:79] + "…"
    assert found.faults == (
        Fault("malformed", f'A line begins like a block line of this request but is none: "{shown}".'),
        Fault("truncated", 'The block of the file "\\x1b[0m" has no end line.'),
        Fault(
            "malformed",
            'A line begins like a block line of this request but is none: "=== specbuild:0123456789ab end ===".',
        ),
        Fault("malformed", "An end line stands where no block is open."),
    )


def test_a_megabyte_of_lines_and_of_block_lines_takes_linear_time() -> None:
    def seconds(text: str) -> float:
        start = time.perf_counter()
        parse_blocks(text, MARKER)
        return time.perf_counter() - start

    for piece in ("x\n", line("end"), line("file: a"), "=== specbuild:\n", line("notes") + "n\n"):
        assert seconds(piece * (1_000_000 // len(piece))) < 2


def test_nothing_is_compiled_for_a_marker(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a regular expression is compiled")

    monkeypatch.setattr(re, "_compile", refuse)  # every function of re that takes a pattern's text comes through here
    with pytest.raises(AssertionError):
        re.search("x", "x")
    marker = "5e1f00d5e1f0"
    text = render_blocks({"a.py": "x = 1", "b": "\n"}, marker, "said \x1b")
    assert parse_blocks(text, marker) == Blocks((FileBlock("a.py", "x = 1"), FileBlock("b", "\n")), "said \x1b", (), 6)
    assert parse_blocks(line("endless").replace(MARKER, marker), marker).lines == 1


def test_the_marker_is_pinned_and_depends_on_every_text_and_their_order() -> None:
    assert marker_of(["a", "b"]) == "0473ef2dc0d3"
    assert marker_of(("a", "b")) == "0473ef2dc0d3"
    assert MARKER_LENGTH == 12
    assert len({marker_of(texts) for texts in (["a", "b"], ["b", "a"], ["ab"], ["a", "b", ""])}) == 4


def test_an_excerpt_is_one_short_line_without_characters_that_steer_a_terminal() -> None:
    assert excerpt("a \n\t b") == "a b"
    assert excerpt("\x1b[31mred\u202e größe 漢\ud800") == "\\x1b[31mred\\u202e größe 漢\\ud800"
    assert excerpt("x" * 200) == "x" * 79 + "…"
    assert excerpt("word " * 1000, 12) == "word word w…"
    assert excerpt("x" * 80) == "x" * 80
    assert excerpt("\x1b" * 80) == "\\x1b" * 80
    assert excerpt(" " * 400 + "x") == "…"
    assert excerpt("  a" + " " * 317) == "a"
    assert excerpt("a" + " " * 320) == "a…"
    assert excerpt("\"q\" 'q' \\n \x0c\x85\u2028 \U000e0001") == "\"q\" 'q' \\n \\U000e0001"


def test_every_character_that_steers_or_hides_is_written_as_an_escape() -> None:
    ranges = [(0x00, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x180E, 0x180E), (0x200B, 0x200F)]
    ranges += [(0x2028, 0x202E), (0x2060, 0x206F), (0xD800, 0xDFFF), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB)]
    ranges += [(0xE0000, 0xE0FFF)]
    for first, last in ranges:
        for point in {first, last, (first + last) // 2}:
            if not chr(point).isspace():
                assert excerpt(f"a{chr(point)}b") == f"a{ascii(chr(point))[1:-1]}b"
        for point in (first - 1, last + 1):
            if point >= 0 and not chr(point).isspace():
                assert excerpt(f"a{chr(point)}b") == f"a{chr(point)}b"
