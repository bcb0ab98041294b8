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
