"""A count of tokens far under what the prompt can have says that the service cut it."""

from typing import Any

import pytest

from specbuild.prompt_cut import prompt_cut
from specbuild.reply import Usage

PROSE = "Print the numbers that are given as arguments, sorted, one a line. "


def body(text: str) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "system", "content": "You write."}, {"role": "user", "content": text}]}


def test_a_count_far_under_the_estimate_is_a_cut_prompt_and_both_numbers_are_told() -> None:
    told = prompt_cut(body(PROSE * 200), Usage(1024, 5))
    assert told is not None and "1024 tokens" in told and "about 33" in told


@pytest.mark.parametrize("counted", [None, 0, 1700, 3400, 9000])
def test_a_plausible_or_unknown_count_is_none(counted: int | None) -> None:
    assert prompt_cut(body(PROSE * 200), Usage(counted, 5)) is None


def test_a_short_prompt_is_never_suspected() -> None:
    assert prompt_cut(body(PROSE * 20), Usage(1)) is None
    assert prompt_cut(body(PROSE * 40), Usage(1)) is not None, "the control"


def test_runs_of_one_character_may_be_one_token_each() -> None:
    table = ("+" + "-" * 60 + "+\n" + " " * 40 + "x\n") * 100
    assert prompt_cut(body(table), Usage(500)) is None
    assert prompt_cut(body(PROSE * 100), Usage(500)) is not None, "the control: as many bytes of prose"


def test_messages_that_are_none_are_left_alone() -> None:
    assert prompt_cut({"model": "m"}, Usage(1)) is None
    assert prompt_cut({"model": "m", "messages": "x" * 9000}, Usage(1)) is None


def test_what_is_told_has_both_numbers() -> None:
    text = "ab" * 2000  # 1000 tokens, and 4 for the message
    asked: dict[str, Any] = {"messages": [{"role": "user", "content": text}], "tools": [{"name": "x" * 9000}]}
    told = "the service read 501 tokens of a prompt of about 1004: it cut the rest off"
    assert prompt_cut(asked, Usage(501)) == told
    assert prompt_cut(asked, Usage(502)) is None, "half of it is plausible"


def test_below_five_hundred_tokens_nothing_is_suspected() -> None:
    for tokens, expected in ((499, False), (500, True)):
        asked: dict[str, Any] = {"messages": [{"role": "user", "content": "ab" * (2 * (tokens - 4))}]}
        assert (prompt_cut(asked, Usage(1)) is not None) == expected


def test_a_run_goes_over_any_one_character() -> None:
    runs = ("\n" * 50 + "é" * 50 + "ab" * 10) * 200
    squeezed = ("\n" + "é" + "ab" * 10) * 200
    told = prompt_cut({"messages": [{"content": runs}]}, Usage(7))
    assert told == prompt_cut({"messages": [{"content": squeezed}]}, Usage(7)) and told is not None


def test_messages_without_a_text_count_as_they_are() -> None:
    parts: Any = [{"role": "user", "content": [{"type": "text", "text": "-" * 4000}]}, "-" * 400, {"tool_calls": []}]
    told = prompt_cut({"messages": parts}, Usage(9))
    assert told is not None and told.startswith("the service read 9 tokens of a prompt of about 11")
    assert prompt_cut({"messages": []}, Usage(1)) is None
