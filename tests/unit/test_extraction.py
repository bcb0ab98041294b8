"""From a reply's text to all declared files, or to none and the reason."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.blocks import parse_blocks, render_blocks
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


def told(extraction: Extraction) -> list[tuple[str, str]]:
    assert extraction.way == "sentinel/1" and not extraction.files
    return [tuple(fault) for fault in extraction.faults]


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
    cut = ("truncated", "The reply was cut off: the limit of output tokens was reached.")
    assert told(taken(block("a.txt", "x\n"), finish=finish)) == [cut]
    assert told(taken("", finish=finish)) == [cut]
    for other in ("stop", "", "LENGTH", "tool_calls"):
        assert taken(block("a.txt", "x\n"), finish=other).files


@pytest.mark.parametrize("finish", ["content_filter", "refusal"])
def test_a_filtered_reply_is_refused(finish: str) -> None:
    withheld = ("refused", "The service withheld the reply: its content filter stopped it.")
    assert told(taken(block("a.txt", "x\n"), finish=finish)) == [withheld]


def test_a_leading_thought_is_set_aside_with_the_blocks_in_it() -> None:
    draft = f"\n <think>first {block('a.txt', 'draft')}</think>\n"
    assert taken(draft + block("a.txt", "x\n")).files == {"a.txt": "x\n"}
    assert taken("<think>```\ndraft\n```</think>\n```\nx\n```\n").files == {"a.txt": "x\n"}
    inside = ("truncated", "The reply ends inside its <think> block.")
    assert told(taken(f"<think>{block('a.txt', 'x')}")) == [inside]
    assert kinds(taken("<think>x</think> \n")) == ["empty"]
    assert taken("\ufeff<think>a</think></think>" + block("a.txt", "x\n")).faults, "no block begins in this line"
    assert taken("a <think>\n" + block("a.txt", "</think>\n")).files == {"a.txt": "</think>\n"}


def test_one_byte_order_mark_at_the_beginning_is_dropped() -> None:
    assert taken("\ufeff" + block("a.txt", "\ufeffx\r\n")).files == {"a.txt": "\ufeffx\n"}
    assert kinds(taken("\ufeff" * 2 + block("a.txt", "x\n"))) == ["malformed"]


def test_only_declared_names_are_taken_and_then_all_of_them() -> None:
    both = block("a.txt", "x\n") + block("../evil.sh", "y\n")
    only = 'The reply holds "../evil.sh", but only these were asked for: "a.txt".'
    assert told(taken(both)) == [("wrong_names", only)]
    lacking = taken(block("b.txt", "x\n"), "a.txt", "b.txt", "c.txt")
    assert told(lacking) == [("wrong_names", 'The reply lacks "a.txt", "c.txt". All files are needed, complete.')]
    assert told(taken(block("A.txt", "x\n") * 2)) == [
        ("wrong_names", 'The reply holds "A.txt", "A.txt", but only these were asked for: "a.txt".'),
        ("wrong_names", 'The reply lacks "a.txt". All files are needed, complete.'),
    ]


def test_of_many_names_ten_are_shown() -> None:
    names = [f"{number}.txt" for number in range(12)]
    ten = ", ".join(f'"{number}.txt"' for number in range(10))
    lacking = taken(block("12.txt", "x"), *names).faults[1].message
    assert lacking == f"The reply lacks {ten} and 2 more. All files are needed, complete."
    assert (
        taken(block("x", "x"), *names[:10]).faults[1].message
        == f"The reply lacks {ten}. All files are needed, complete."
    )
    odd = taken(block("\x1b" + "x" * 200, "x")).faults[0].message
    assert odd == f'The reply holds "\\x1b{"x" * 78}…", but only these were asked for: "a.txt".'


def test_a_leading_dot_slash_is_no_other_name() -> None:
    assert taken(block("./a.txt", "x\n")).files == {"a.txt": "x\n"}
    assert taken(block("././a.py", "```\nx\n```\n"), "a.py").files == {"a.py": "x\n"}
    assert told(taken(block("./a.txt", "x\n") + block("a.txt", "y\n"))) == [
        ("duplicate", 'The reply holds the file "a.txt" more than once.')
    ]
    assert '"./b.txt"' in taken(block("./b.txt", "x\n")).faults[0].message


def test_faults_come_in_one_order_each_only_once() -> None:
    reply = block("b.txt", "") + block("a.txt", "x") * 3 + f"{START}{MARKER} oops ===\n" * 2 + block("c.txt", "")
    reply += f"{START}{MARKER} file: a.txt ===\n"
    found = taken(reply, "a.txt", "z.txt")
    assert kinds(found) == ["malformed", "truncated", "duplicate", "wrong_names"]
    assert found.faults[:2] == tuple(dict.fromkeys(parse_blocks(reply, MARKER).faults))
    assert '"b.txt", "c.txt", but' in found.faults[3].message
    reply = block("b.txt", "") + render_blocks({"a.txt": "x"}, MARKER, "n") + block("a.txt", " ")
    found = taken(reply, "a.txt", "z.txt")
    assert (kinds(found), found.notes) == (["duplicate", "wrong_names", "wrong_names"], "n")


def test_a_truncated_last_block_leaves_no_file_and_is_the_only_fault() -> None:
    whole = block("a.txt", "x\n") + block("b.txt", "y\n")
    for stop in range(len(whole) // 2 + 1, len(whole) - 1):
        assert set(kinds(taken(whole[:stop], "a.txt", "b.txt"))) <= {"truncated", "wrong_names", "malformed"}
    assert kinds(taken(whole[:-30], "a.txt", "b.txt")) == ["truncated"]


def test_empty_replies_and_empty_files_are_no_result() -> None:
    for reply in ("", " \n", "\ufeff\r\n"):
        assert told(taken(reply)) == [("empty", "The reply is empty.")]
    assert told(taken(block("a.txt", "\n"))) == [("empty", "The files in the reply are empty.")]
    assert told(taken("```\n\n```\n")) == [("empty", "The fenced block of the reply is empty.")]
    assert taken(block("a.txt", "x") + block("b.txt", ""), "a.txt", "b.txt").files == {"a.txt": "x", "b.txt": ""}


def test_a_refusal_is_told_from_a_reply_without_files_and_shown_safely() -> None:
    refused = taken("I’m sorry, but \x1b[2J I can't.\n" + "x" * 500)
    assert kinds(refused) == ["refused"]
    assert "\x1b" not in refused.faults[0].message and len(refused.faults[0].message) < 140
    assert refused.faults[0].message.startswith("The model declined. It begins: \"I’m sorry, but \\x1b[2J I can't. xx")
    none = 'The reply holds no file in the format that was asked for. It begins: "def f(): pass"'
    assert told(taken("\n def f():\n  pass\n")) == [("no_files", none)]
    noted = taken("prose\n" + render_blocks({}, MARKER, " I cannot do this."))
    assert told(noted) == [("refused", 'The model declined. It begins: "I cannot do this."')]
    assert noted.notes == " I cannot do this."
    assert kinds(taken(render_blocks({}, MARKER, "x") + "```\nx\n```\n")) == ["no_files"]
    assert 'It begins: "===' in taken(render_blocks({}, MARKER, "")).faults[0].message


def test_a_refusal_begins_in_one_of_these_ways() -> None:
    ways = ["I'm sorry", "I am sorry", "Sorry", "I apologize", "I must decline", "Unfortunately, I can", "I can't"]
    ways += ["I cannot", "I can not", "I won't", "I'm unable", "I am unable", "I'm not able", "I am not able"]
    for way in ways:
        assert kinds(taken(f" {way.upper()} x")) == ["refused"]
        assert kinds(taken(f"So {way} x")) == ["no_files"]
    assert kinds(taken("Unfortunately, the file is long.")) == ["no_files"]
    assert kinds(taken("I'm sorry.\n```\nx\n```\n", fallback=False)) == ["refused"]
    assert taken("I'm sorry.\n```\nx\n```\n").files


def test_the_only_fence_is_the_single_output() -> None:
    found = taken("Here it is:\n\n````md\n# t\n```sh\nls\n```\n````\nEnjoy.\n")
    assert (dict(found.files), found.way) == ({"a.txt": "# t\n```sh\nls\n```\n"}, "fence/1")
    assert (found.notes, found.faults) == (None, ())
    assert taken("```\r\nx\ry\r\n```").files == {"a.txt": "x\ry\n"}
    assert taken("  ~~~\n  x\n  ~~~\n").files == {"a.txt": "x\n"}


def test_a_fence_is_not_taken_where_it_could_be_the_wrong_one() -> None:
    fence = "```\nx\n```\n"
    several = "The reply holds 3 fenced blocks and no file block; the file could be any of them."
    assert told(taken(fence * 3)) == [("ambiguous", several)]
    assert told(taken("```\nx\n")) == [("truncated", "The fenced block of the reply is not closed.")]
    assert kinds(taken(fence, "a.txt", "b.txt")) == ["no_files"]
    assert kinds(taken(fence, fallback=False)) == ["no_files"]
    assert kinds(taken(render_blocks({"a.txt": fence}, "ba9876543210"))) == ["no_files"]
    assert kinds(taken(f"{START}\n{fence}")) == ["no_files"]
    assert taken(f" {START}\n{fence}{START}\n").files == {"a.txt": "x\n"}
    assert taken(f"```\n{START}\n```\n").files == {"a.txt": f"{START}\n"}
    assert kinds(taken(fence + f"{START}{MARKER} file: a.txt ===\n")) == ["truncated"]


def test_a_fence_around_a_whole_block_goes_only_where_no_such_file_can_begin_with_one() -> None:
    wrapped = "```python\nx = 1\n\n```\n"
    assert taken(block("a.py", wrapped), "a.py").files == {"a.py": "x = 1\n\n"}
    for name in ("a.md", "a.txt", "a.js", "a.sh", "README"):
        assert taken(block(name, wrapped), name).files == {name: wrapped}
    for kept in (
        *("```python\nx\n", "x\n```\n", '"""\n```\n"""\n', "```py`\nx\n```\n", "````\nx\n```\n"),
        *(" ```\nx\n```\n", "```\nx\n ```\n", "~~~\nx\n~~~\n", "``\nx\n``\n", "```\nx\n```\ny\n", "```", "```x\n\n"),
    ):
        assert taken(block("a.py", kept), "a.py").files == {"a.py": kept}
    for taken_off, rest in (
        ("````py x\n```\n`````\n", "```\n"),
        ("```\nx\n```\n \n\n", "x\n"),
        ("```\n\n\tx\n```", "\n\tx\n"),
        ("```\nx\n```\ny\n```\n", "x\n```\ny\n"),
    ):
        assert taken(block("a.py", taken_off), "a.py").files == {"a.py": rest}
    for nothing in ("```\n```\n", "```\n\n```\n"):
        assert taken(block("a.py", nothing) + block("b.py", "x"), "a.py", "b.py").files == {"a.py": "", "b.py": "x"}


def test_the_kinds_of_files_that_can_not_begin_with_a_fence_are_these() -> None:
    endings = [".py", ".pyi", ".c", ".h", ".cc", ".cpp", ".hpp", ".cs", ".go", ".java", ".json", ".kt", ".rs", ".swift"]
    for ending in [*endings, ".toml"]:
        assert taken(block(f"d/a{ending}", "```\nx\n```\n"), f"d/a{ending}").files == {f"d/a{ending}": "x\n"}
    for name in ("a.PY", "a.rb", "a.yaml", "py", "a.py.md"):
        assert taken(block(name, "```\nx\n```\n"), name).files == {name: "```\nx\n```\n"}


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("`~ \n\r=<>/aé\x00") | st.characters(), max_size=60), st.sampled_from(["stop", "x", ""]))
def test_whatever_comes_gives_files_or_faults_never_both(reply: str, finish: str) -> None:
    found = taken(reply, finish=finish)
    assert bool(found.files) != bool(found.faults)
    assert set(found.files) <= {"a.txt"}


def test_the_code_of_each_kind_of_fault_is_pinned() -> None:
    assert FAULT_CODES == {
        "truncated": "SB650",
        "empty": "SB651",
        "refused": "SB652",
        "wrong_names": "SB653",
        "duplicate": "SB654",
        "no_files": "SB655",
        "ambiguous": "SB656",
        "malformed": "SB657",
        "omitted": "SB658",
    }


def test_a_megabyte_of_anything_takes_linear_time() -> None:
    for piece in ("```\nx\n", "~", "`\n", "<think>", f"{START}\n", f"{START}{MARKER} file: a.txt ===\n", " \n", "\r\n"):
        start = time.perf_counter()
        taken(piece * (1_000_000 // len(piece)), "a.py")
        assert time.perf_counter() - start < 4
