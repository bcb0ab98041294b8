"""A conversation followed from its records: the files after each call, and what can't have been."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.blocks import marker_of
from specbuild.record import Record, reply_record
from specbuild.reply import Reply, Source
from specbuild.request import Request, next_body
from specbuild.trajectory import (
    NO_CALLS_IN_A_ROW,
    SAME_IN_A_ROW,
    WAY,
    Trajectory,
    start_in,
    start_text,
    trajectory_of,
)

texts = st.text(st.sampled_from("a \n\r`=é#") | st.characters(exclude_categories=("Cs",)), max_size=40)


def reply(*calls: tuple[str, str]) -> Reply:
    made = [
        {"id": f"c{at}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for at, (name, arguments) in enumerate(calls)
    ]
    return Reply("" if calls else "I am done.", "tool_calls" if calls else "stop", tuple(made))


def records(*turns: tuple[Reply, Sequence[str]], start: dict[str, str] | None = None) -> list[Record]:
    """Each turn is a reply with the results of its calls (which the next turn's record holds)."""
    prompt = "Write it.\n" + start_text(start or {}, None)
    body: Any = {"model": "m", "messages": [{"role": "user", "content": prompt}]}
    made: list[Record] = []
    append: list[Any] = []
    for one, results in turns:
        body = next_body(body, made[-1].reply, append) if made else body
        parent = made[-1] if made else None
        made.append(reply_record(Request(body, "s"), one, source=Source("x"), parent=parent, append=append))
        calls: Any = one.tool_calls
        append = [
            {"role": "tool", "tool_call_id": call["id"], "content": result}
            for call, result in zip(calls, results, strict=False)
        ] or [{"role": "user", "content": "Use the tools."}]
    return made


def followed(*turns: tuple[Reply, Sequence[str]], start: dict[str, str] | None = None) -> Trajectory:
    found = trajectory_of(records(*turns, start=start))
    assert isinstance(found, Trajectory), found
    return found


WRITE = reply(("write_file", '{"path": "a.py", "text": "one\\ntwo\\n"}'))
EDIT = reply(("replace_lines", '{"path": "a.py", "first": 2, "last": 2, "text": ""}'))
CHECK, FINISH = reply(("run_checks", "{}")), reply(("finish", '{"reason": "done"}'))


def test_files_come_out_of_calls_and_recorded_results() -> None:
    one = followed((WRITE, ["done: x"]), (EDIT, ["done: y"]), (CHECK, ["done: All"]), (FINISH, []))
    assert one.files == {"a.py": "one\n"}
    assert one.turns[0].moves[0].after == {"a.py": "one\ntwo\n"}
    assert [move.result for turn in one.turns for move in turn.moves] == ["done: x", "done: y", "done: All", None]


@pytest.mark.parametrize("result", ["error: not done: the person who watches did not want it", "error: x", "", "ok"])
def test_a_call_that_the_record_says_was_not_done_had_no_effect(result: str) -> None:
    one = followed((WRITE, ["done: x"]), (EDIT, [result]), (FINISH, []))
    assert one.files == {"a.py": "one\ntwo\n"}


def test_what_can_not_have_been_done_is_told() -> None:
    for broken in (
        records((EDIT, ["done: x"]), (FINISH, [])),
        records((WRITE, ["done: x"]), (EDIT, ["done: x"]), (EDIT, ["done: x"]), (FINISH, [])),
    ):
        assert isinstance(trajectory_of(broken), str)
    good = records((WRITE, ["done: x"]), (FINISH, []))
    assert isinstance(trajectory_of(good), Trajectory)
    two = reply(("run_checks", "{}"), ("run_checks", "{}"))
    assert trajectory_of(records((two, ["done: x"]), (FINISH, []))) == "turn 1 has 2 calls and 1 results"


def test_a_conversation_begins_with_the_files_that_its_first_request_shows() -> None:
    one = followed((CHECK, ["done: x"]), (FINISH, []), start={"b.py": "b\n", "tests/t.py": "t"})
    assert one.start == one.files == {"b.py": "b\n", "tests/t.py": "t"}


@given(st.dictionaries(st.sampled_from(["a.py", "b c.md", "tests/t.py"]), texts, max_size=3), texts, texts)
@settings(max_examples=80, deadline=None)
def test_every_text_of_the_beginning_comes_back_exactly(files: dict[str, str], before: str, changes: str) -> None:
    content = before + start_text(files, changes)
    assert start_in({"messages": [{"role": "system", "content": "x"}, {"role": "user", "content": content}]}) == files


def test_blocks_of_other_markers_are_no_beginning() -> None:
    other = start_text({"x.py": "x\n"}, None).replace("x\n", "y\n")
    content = other + start_text({"a.py": other}, None)
    assert start_in({"messages": [{"role": "user", "content": content}]}) == {"a.py": other}
    assert start_in({"messages": [{"role": "user", "content": other}]}) == {}
    odd: list[Any] = [{}, {"messages": []}, {"messages": "x"}, {"messages": [5]}, {"messages": [{"content": None}]}]
    assert [start_in(one) for one in odd] == [{}] * 5


@pytest.mark.parametrize(
    ("last", "ends"),
    [
        (FINISH, "finish"),
        (reply(("give_up", '{"reason": "x"}')), "give_up"),
        (reply(("give_up", "{}")), None),
        (reply(("finish", "{")), None),
        (reply(("finish", "{}"), ("run_checks", "{}")), None),
        (reply(("write_file", '{"path": "a.py", "text": ""}'), ("finish", "{}")), None),
        (CHECK, None),
        (reply(), None),
    ],
)
def test_only_a_last_call_that_stands_alone_ends_it(last: Reply, ends: str | None) -> None:
    found = followed((CHECK, ["done: x"]), (last, [])).ending()
    assert (found.name if found else None) == ends
    if ends:
        assert followed((last, ["error: not finished. x"]), (CHECK, [])).ending() is None


def test_it_comes_nowhere_without_calls_or_with_the_same_ones() -> None:
    silent = (reply(), [])
    assert followed(silent, silent, silent).goes_nowhere() == "3 replies in a row called no tool"
    assert followed(silent, silent, (CHECK, ["done: x"]), silent).goes_nowhere() == ""
    same = (CHECK, ["error: x"])
    told = followed(same, same, same, same, (FINISH, []))
    assert told.goes_nowhere() == ""
    four = followed(same, same, same, same)
    last = four.turns[-1]
    answered = last._replace(moves=tuple(move._replace(result="error: x") for move in last.moves))
    whole = Trajectory(four.start, (*four.turns[:-1], answered))
    assert whole.goes_nowhere() == "the last 4 replies made the same calls, with the same results"
    other = last._replace(moves=tuple(move._replace(result="error: y") for move in last.moves))
    assert Trajectory(four.start, (*four.turns[:-1], other)).goes_nowhere() == ""


def test_every_turn_tells_its_calls_results_and_words() -> None:
    two = reply(("write_file", '{"path": "./a.py", "text": "x"}'), ("write_file", '{"path": "a.py", "text": "y\\n"}'))
    one = followed((two, ["done: 1", "error: 2"]), (reply(), []), (two, []))
    first, second, third = one.turns
    assert [(move.result, move.before, move.after) for move in first.moves] == [
        ("done: 1", {}, {"a.py": "x"}),
        ("error: 2", {"a.py": "x"}, {"a.py": "x"}),
    ]
    assert [move.call.name for move in first.moves] == ["write_file"] * 2
    assert (first.told, second.told, third.told) == ((), ("Use the tools.",), ())
    assert second.moves == () and first.record.turn == 1
    assert [(move.result, move.after) for move in third.moves] == [(None, {"a.py": "x"}), (None, {"a.py": "y\n"})]
    assert one.files == {"a.py": "x"}, "what has no result yet does not count"


def test_words_beside_the_results_are_told_in_their_order() -> None:
    made = records((CHECK, ["done: x"]), (FINISH, []))
    words: Any = [{"role": "user", "content": "Wait."}, *made[1].append, {"role": "user", "content": "Go on."}]
    request = Request(next_body(made[0].body or {}, made[0].reply, words), "s")
    later = reply_record(request, FINISH, source=Source("x"), parent=made[0], append=words)
    found = trajectory_of([made[0], later])
    assert isinstance(found, Trajectory)
    assert found.turns[0].told == ("Wait.", "Go on.")
    assert [move.result for move in found.turns[0].moves] == ["done: x"]


def test_the_files_after_each_turn_can_be_asked_for() -> None:
    one = followed((WRITE, ["done: x"]), (CHECK, ["done: x"]), (EDIT, ["done: y"]), (WRITE, []), start={"b.py": "b"})
    whole = {"b.py": "b", "a.py": "one\ntwo\n"}
    assert [one.files_after(step) for step in range(5)] == [
        {"b.py": "b"}, whole, whole, {**whole, "a.py": "one\n"}, {**whole, "a.py": "one\n"},
    ]  # fmt: skip
    assert one.files == one.files_after(4)
    assert Trajectory({}, ()).files == {} and Trajectory({}, ()).ending() is None
    assert Trajectory({}, ()).goes_nowhere() == ""


def test_a_call_that_can_not_be_used_had_no_effect_whatever_is_told_of_it() -> None:
    faulty = reply(("write_file", '{"path": "a.py", "text": "x", "mode": "w"}'), ("explode", "{}"))
    assert followed((faulty, ["done: x", "done: y"]), (FINISH, [])).files == {}


def test_what_can_not_have_been_done_is_told_with_its_turn_and_call() -> None:
    gone = reply(("delete_file", '{"path": "./none.py"}'))
    told = trajectory_of(records((WRITE, ["done: x"]), (gone, ["done: y"]), (FINISH, [])))
    assert told == "turn 2: delete_file can't have been done: there is no such file"
    assert isinstance(trajectory_of(records((WRITE, ["done: x"]), (gone, []))), Trajectory), "it has no result yet"
    assert trajectory_of(records((CHECK, []), (FINISH, []))) == "turn 1 has 1 calls and 0 results"


def test_the_beginning_is_written_in_these_words() -> None:
    assert start_text({}, None) == start_text({}, "x") == "\n# Your files\n\nThere are none yet.\n"
    alone = start_text({"b.py": "b", "a.py": "a\n"}, None)
    [marker] = {line.split(":")[1][:12] for line in alone.split("\n") if line.startswith("===")}
    assert alone == (
        "\n# Your files\n\nThese exist already:\n\n"
        f"=== specbuild:{marker} file: b.py ===\nb\n=== specbuild:{marker} end without newline ===\n"
        f"=== specbuild:{marker} file: a.py ===\na\n=== specbuild:{marker} end ===\n"
    )
    assert marker == marker_of(["files of an agent", '{"a.py":"a\\n","b.py":"b"}'])
    told = "\n# What has changed in the task since they were written\n\n- x\n+ y\n"
    assert start_text({"b.py": "b", "a.py": "a\n"}, "- x\n+ y \n\n") == alone + told
    with pytest.raises(ValueError, match="not a name"):
        start_text({" a": ""}, None)


@pytest.mark.parametrize("marker", ["0123456789aB", "0123456789a", "0123456789abc"])
def test_what_only_looks_like_a_beginning_is_none(marker: str) -> None:
    indented = " === specbuild:0123456789ab file: a ===\n"
    content = f"{indented}=== specbuild:{marker} file: a ===\nx\n=== specbuild:{marker} end ===\n"
    assert start_in({"messages": [{"role": "user", "content": content}]}) == {}
    earlier = {"role": "user", "content": start_text({"a.py": ""}, None)}
    assert start_in({"messages": [earlier]}) == {"a.py": ""}, "the control"
    assert start_in({"messages": [earlier, {"role": "user", "content": "x"}]}) == {}, "only the last message counts"


def test_the_same_calls_count_only_if_all_of_them_are_the_same() -> None:
    def turned(*made: tuple[Reply, str]) -> str:
        turns = [(one, [result]) for one, result in made]
        found = followed(*turns, (FINISH, []))
        return Trajectory(found.start, found.turns[:-1]).goes_nowhere()

    one, swapped = (reply(("write_file", f'{{"path": "a.py", {rest}}}')) for rest in ('"text": "x"', '"text":"x"'))
    other = reply(("write_file", '{"path": "b.py", "text": "x"}'))
    turned_round = reply(("write_file", '{"text": "x", "path": "a.py"}'))
    same = "the last 4 replies made the same calls, with the same results"
    assert turned((one, "done: x"), (swapped, "done: x"), (turned_round, "done: x"), (one, "done: x")) == same
    assert turned((other, "done: x"), (one, "done: x"), (one, "done: x"), (one, "done: x"), (one, "done: x")) == same
    assert turned((one, "done: x"), (one, "done: x"), (other, "done: x"), (one, "done: x")) == ""
    assert turned((one, "done: x"), (one, "done: x"), (one, "done: x")) == ""
    assert turned((one, "done: x"), (one, "error: x"), (one, "done: x"), (one, "done: x")) == ""


def test_arguments_without_a_json_form_raise_nowhere_and_change_nothing() -> None:
    odd = reply(("write_file", '{"path": NaN, "text": [1e999]}'))
    found = followed(*[(odd, ["error: no such path"])] * (SAME_IN_A_ROW + 1))
    assert (found.files, found.ending(), found.goes_nowhere()) == (found.start, None, "")


def test_the_bounds_are_these() -> None:
    assert (WAY, NO_CALLS_IN_A_ROW, SAME_IN_A_ROW) == ("agent/1", 3, 4)
