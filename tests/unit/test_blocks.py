"""File blocks: exact in both directions, tolerant where nothing can be lost."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from specbuild.blocks import Fault, FileBlock, excerpt, marker_of, parse_blocks, render_blocks

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


def test_a_text_with_this_markers_own_line_is_refused_and_with_another_marker_is_not() -> None:
    with pytest.raises(ValueError, match="block line of the marker"):
        render_blocks({"a": line("end")}, MARKER)
    assert parse_blocks(render_blocks({"a": line("end", OTHER)}, MARKER), MARKER).files == (("a", line("end", OTHER)),)
    assert parse_blocks(render_blocks({"a": " " + line("end")}, MARKER), MARKER).files == (("a", " " + line("end")),)


@pytest.mark.parametrize("name", ["", " a", "a\t", "a\nb"])
def test_a_name_that_could_not_be_read_back_is_not_rendered(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        render_blocks({name: ""}, MARKER)


def test_spaces_behind_block_lines_and_around_names_are_tolerated() -> None:
    text = f"=== specbuild:{MARKER} file:  a b.py  === \t\nx\n=== specbuild:{MARKER} end ===  "
    assert parse_blocks(text, MARKER).files == (("a b.py", "x\n"),)


def test_a_fence_around_the_whole_answer_is_prose() -> None:
    assert parse_blocks(f"```\n{line('file: a')}x\n{line('end')}```\n", MARKER).files == (("a", "x\n"),)


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


def test_a_second_end_line_is_harmless_only_if_no_text_stands_between() -> None:
    whole = line("file: a") + "x\n" + line("end")
    assert parse_blocks(whole + "\n" + line("end"), MARKER).faults == ()
    for text in (whole + "lost\n" + line("end"), line("end") + whole):
        assert [fault.kind for fault in parse_blocks(text, MARKER).faults] == ["malformed"]


@pytest.mark.parametrize("words", ["file:", "file: a", "begin", "END", "end of file", "files: a"])
def test_a_line_with_the_marker_that_is_no_block_line_is_malformed(words: str) -> None:
    text = line("file: b") + "x\n" + f"=== specbuild:{MARKER} {words}" + ("\n" if words == "file: a" else " ===\n")
    assert "malformed" in [fault.kind for fault in parse_blocks(text + line("end"), MARKER).faults]


def test_a_megabyte_of_lines_and_of_block_lines_takes_linear_time() -> None:
    def seconds(text: str) -> float:
        start = time.perf_counter()
        parse_blocks(text, MARKER)
        return time.perf_counter() - start

    for piece in ("x\n", line("end"), line("file: a"), "=== specbuild:\n", line("notes") + "n\n"):
        assert seconds(piece * (1_000_000 // len(piece))) < 2


def test_the_marker_is_pinned_and_depends_on_every_text_and_their_order() -> None:
    assert marker_of(["a", "b"]) == "0473ef2dc0d3"
    assert len({marker_of(texts) for texts in (["a", "b"], ["b", "a"], ["ab"], ["a", "b", ""])}) == 4


def test_an_excerpt_is_one_short_line_without_characters_that_steer_a_terminal() -> None:
    assert excerpt("a \n\t b") == "a b"
    assert excerpt("\x1b[31mred\u202e größe 漢\ud800") == "\\x1b[31mred\\u202e größe 漢\\ud800"
    assert excerpt("x" * 200) == "x" * 79 + "…"
    assert excerpt("word " * 1000, 12) == "word word w…"
