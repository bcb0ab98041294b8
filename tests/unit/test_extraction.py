"""From a reply's text to all declared files, or to none and the reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.blocks import render_blocks
from specbuild.codes import CODES
from specbuild.extraction import FAULT_CODES, Extraction, extract

MARKER = "0123456789ab"
START = "=== specbuild:"
# A reply's carriage return before a line feed is read away, so a last lone one can't come back; all else does.
TEXTS = st.text(max_size=40).filter(lambda text: text.strip() and "\r\n" not in text and not text.endswith("\r"))


def taken(reply: str, *names: str, finish: str = "stop", fallback: bool = True) -> Extraction:
    return extract(reply, marker=MARKER, names=names or ("a.txt",), finish_reason=finish, fallback_fence=fallback)


def kinds(extraction: Extraction) -> list[str]:
    assert extraction.faults and not extraction.files, "faults leave no file"
    return [fault.kind for fault in extraction.faults]


def block(name: str, text: str) -> str:
    return render_blocks({name: text}, MARKER)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, st.booleans())
def test_any_texts_come_back_exactly_and_in_declared_order(one: str, two: str, crlf: bool) -> None:
    reply = render_blocks({"b.txt": two, "a.txt": one}, MARKER, "n")
    found = taken(reply.replace("\n", "\r\n") if crlf else reply, "a.txt", "b.txt")
    assert list(found.files.items()) == [("a.txt", one), ("b.txt", two)]
    assert (found.notes, found.way, found.faults) == ("n", "sentinel/1", ())


def test_code_with_fences_this_tools_markers_and_a_megabyte_is_exact() -> None:
    parser = f'OPENING = "{START}{MARKER} file:"\n{render_blocks({"a.txt": "x"}, "ba9876543210", "n")}'
    for text in (parser, "```\nx\n```\n", "x" * 1_000_000, "~~~\n" * 250_000, "<think>\n", "a\rb\x0c\x1b"):
        assert taken(block("a.txt", text)).files == {"a.txt": text}


@pytest.mark.parametrize("finish", ["length", "max_tokens"])
def test_a_reply_that_the_service_cut_off_is_truncated_even_if_it_looks_whole(finish: str) -> None:
    assert kinds(taken(block("a.txt", "x\n"), finish=finish)) == ["truncated"]
    assert taken(block("a.txt", "x\n")).files


def test_a_filtered_reply_is_refused() -> None:
    assert kinds(taken(block("a.txt", "x\n"), finish="content_filter")) == ["refused"]


def test_a_leading_thought_is_set_aside_with_the_blocks_in_it() -> None:
    draft = f"\n <think>first {block('a.txt', 'draft')}</think>\n"
    assert taken(draft + block("a.txt", "x\n")).files == {"a.txt": "x\n"}
    assert taken("<think>```\ndraft\n```</think>\n```\nx\n```\n").files == {"a.txt": "x\n"}
    assert kinds(taken(f"<think>{block('a.txt', 'x')}")) == ["truncated"]
    assert kinds(taken("<think>x</think> \n")) == ["empty"]


def test_only_declared_names_are_taken_and_then_all_of_them() -> None:
    both = block("a.txt", "x\n") + block("../evil.sh", "y\n")
    assert kinds(taken(both)) == ["wrong_names"]
    assert '"../evil.sh"' in taken(both).faults[0].message
    lacking = taken(block("a.txt", "x\n"), "a.txt", "b.txt")
    assert kinds(lacking) == ["wrong_names"]
    assert lacking.faults[0].message == 'The reply lacks "b.txt". All files are needed, complete.'
    assert kinds(taken(block("A.txt", "x\n"))) == ["wrong_names", "wrong_names"]


def test_a_leading_dot_slash_is_no_other_name() -> None:
    assert taken(block("./a.txt", "x\n")).files == {"a.txt": "x\n"}
    assert kinds(taken(block("./a.txt", "x\n") + block("a.txt", "x\n"))) == ["duplicate"]


def test_a_truncated_last_block_leaves_no_file_and_is_the_only_fault() -> None:
    whole = block("a.txt", "x\n") + block("b.txt", "y\n")
    for stop in range(len(whole) // 2 + 1, len(whole) - 1):
        assert set(kinds(taken(whole[:stop], "a.txt", "b.txt"))) <= {"truncated", "wrong_names", "malformed"}
    assert kinds(taken(whole[:-30], "a.txt", "b.txt")) == ["truncated"]


def test_empty_replies_and_empty_files_are_no_result() -> None:
    for reply in ("", " \n", block("a.txt", "\n"), "```\n\n```\n"):
        assert kinds(taken(reply)) == ["empty"]
    assert taken(block("a.txt", "x") + block("b.txt", ""), "a.txt", "b.txt").files == {"a.txt": "x", "b.txt": ""}


def test_a_refusal_is_told_from_a_reply_without_files_and_shown_safely() -> None:
    refused = taken("I’m sorry, but \x1b[2J I can't.\n" + "x" * 500)
    assert kinds(refused) == ["refused"]
    assert "\x1b" not in refused.faults[0].message and len(refused.faults[0].message) < 140
    assert kinds(taken("def f(): pass\n")) == ["no_files"]
    noted = taken(render_blocks({}, MARKER, "I cannot do this."))
    assert kinds(noted) == ["refused"] and noted.notes == "I cannot do this."


def test_the_only_fence_is_the_single_output() -> None:
    found = taken("Here it is:\n\n````md\n# t\n```sh\nls\n```\n````\nEnjoy.\n")
    assert (dict(found.files), found.way) == ({"a.txt": "# t\n```sh\nls\n```\n"}, "fence/1")


def test_a_fence_is_not_taken_where_it_could_be_the_wrong_one() -> None:
    fence = "```\nx\n```\n"
    assert kinds(taken(fence + fence)) == ["ambiguous"]
    assert kinds(taken("```\nx\n")) == ["truncated"]
    assert kinds(taken(fence, "a.txt", "b.txt")) == ["no_files"]
    assert kinds(taken(fence, fallback=False)) == ["no_files"]
    assert kinds(taken(render_blocks({"a.txt": fence}, "ba9876543210"))) == ["no_files"]
    assert kinds(taken(fence + f"{START}{MARKER} file: a.txt ===\n")) == ["truncated"]


def test_a_fence_around_a_whole_block_goes_only_where_no_such_file_can_begin_with_one() -> None:
    wrapped = "```python\nx = 1\n\n```\n"
    assert taken(block("a.py", wrapped), "a.py").files == {"a.py": "x = 1\n\n"}
    for name in ("a.md", "a.txt", "a.js", "a.sh", "README"):
        assert taken(block(name, wrapped), name).files == {name: wrapped}
    for kept in ("```python\nx\n", "x\n```\n", '"""\n```\n"""\n', "```py`\nx\n```\n", "````\nx\n```\n"):
        assert taken(block("a.py", kept), "a.py").files == {"a.py": kept}


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("`~ \n\r=<>/aé\x00") | st.characters(), max_size=60), st.sampled_from(["stop", "x", ""]))
def test_whatever_comes_gives_files_or_faults_never_both(reply: str, finish: str) -> None:
    found = taken(reply, finish=finish)
    assert bool(found.files) != bool(found.faults)
    assert set(found.files) <= {"a.txt"}


def test_every_kind_of_fault_has_a_code_that_is_explained() -> None:
    assert set(FAULT_CODES.values()) <= set(CODES)
    assert len(set(FAULT_CODES.values())) == len(FAULT_CODES)
