"""Reasons: never empty, the most telling first, and changed values with the place where they part."""

import pytest

from specbuild.canonical_json import Digest, Json, short_digest
from specbuild.comparison import Comparison, Difference
from specbuild.decision import Decision, Facts, State
from specbuild.fitting import Fit
from specbuild.keys import ReplyKey
from specbuild.stanza import ReplyPin, Stanza
from specbuild.why import Change, Wish, changes_of, reasons_of

STANZA = Stanza({}, reply=ReplyPin(1, ReplyKey("0" * 64), 0, Digest("1" * 64)))
FIT = Fit(STANZA, "home", "id", Comparison("equal", ()))


def texts(
    state: State,
    row: int = 0,
    *differences: Difference,
    facts: Facts | None = None,
    fit: Fit | None = FIT,
    wish: Wish | None = None,
    reply_lost: bool = False,
) -> list[str]:
    decision = Decision(state, row, "nothing", reply_lost=reply_lost)
    found = reasons_of(decision, facts or Facts(disk="ok"), fit, differences, stuck_needs=["a", "b"], wish=wish)
    return [one.text for one in found]


def test_a_target_that_was_never_built_is_new() -> None:
    assert texts("call", 13, fit=None) == ["new"]


def test_a_target_that_is_asked_for_again_is_not_new() -> None:
    assert texts("call", 13, fit=None, wish="regenerate") == ["another sample was asked for"]


def test_an_edit_that_is_given_up_is_told() -> None:
    assert texts("replay", 10, wish="force", facts=Facts(disk="ours"))[0] == "its text is given up"
    assert texts("edited", 4, wish="regenerate") == ["an output was changed by hand"]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("fresh", "up to date"),
        ("conflict", "its stanza in the lock can't be believed"),
        ("failed", "its checks failed with exactly these components"),
        ("blocked", "needs a, b, which can't be had"),
    ],
)
def test_some_states_say_one_thing(state: State, text: str) -> None:
    assert texts(state, 0, Difference("request", "model", "", "m", "n")) == [text]


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (Difference("request", "spec", "project.hints", None, "1"), "spec changed: project.hints"),
        (Difference("request", "model", "", "m", "n"), "model changed: m → n"),
        (Difference("request", "needs", "lexer", "1", "2"), "interface changed: lexer"),
        (Difference("request", "context", "a.md", "1", "2"), "context changed: a.md"),
        (Difference("request", "template", "", "default", {}), "template changed"),
        (Difference("shape", "build.header", "", "1", None), "build.header changed"),
        (Difference("checks", "needs", "lexer", "1", "2"), "outputs of needs changed: lexer"),
        (Difference("checks", "verify.command", "", "1", "2"), "checks changed: verify.command"),
    ],
)
def test_a_changed_component_is_named(difference: Difference, text: str) -> None:
    assert texts("call", 13, difference) == [text]


def test_what_lies_on_the_disk_is_told() -> None:
    assert texts("replay", 10, facts=Facts(disk="absent")) == ["an output is missing"]
    assert texts("replay", 10, facts=Facts(disk="eol")) == ["line endings or the executable bit differ"]


def test_where_a_stanza_came_from_is_told_first() -> None:
    change = Difference("shape", "build.header", "", "1", None)
    assert texts("recheck", 11, change, fit=FIT._replace(origin="adopted", from_id="old")) == [
        "moved from old", "build.header changed",
    ]  # fmt: skip
    assert texts("replay", 10, fit=FIT._replace(origin="kept"))[0] == "as built before"


def test_a_lost_reply_is_told_of_calls_and_of_held_texts() -> None:
    assert texts("call", 13, reply_lost=True) == ["the pinned reply is lost"]
    held = Facts(stanza=True, origin="accepted", request="equal", disk="absent")
    assert texts("held", 7, facts=held) == ["an output is missing", "the pinned reply is lost"]


def test_there_is_always_a_reason() -> None:
    assert texts("recheck", 11) == ["recheck"]


def change(before: Json, after: Json, *, known: bool = True) -> Change:
    old = {"project.requirements": before} if known else {"project.requirements": "something else"}
    difference = Difference(
        "request", "spec", "project.requirements", None if before is None else short_digest(before),
        None if after is None else short_digest(after),
    )  # fmt: skip
    values = {} if after is None else {"project.requirements": after}
    return changes_of([difference], values=values, old_values=old)[0]


def test_a_changed_field_shows_old_and_new() -> None:
    assert change("Sort up.", "Sort down.") == Change("spec", "project.requirements", "Sort up.", "Sort down.")


def test_an_old_value_that_is_not_the_stanzas_is_unknown() -> None:
    assert change("Sort up.", "Sort down.", known=False).before == "unknown"


def test_a_field_that_came_or_went_is_absent_on_the_other_side() -> None:
    assert change(None, "x").before == "absent"
    assert change("x", None).after == "absent"


def test_long_values_show_the_place_where_they_part() -> None:
    same = "word " * 100
    found = change(same + "left" + same, same + "right" + same)
    assert "left" in found.before and "right" in found.after
    assert found.before.startswith("…") and found.before.endswith("…") and len(found.before) < 70
