"""Reasons: never empty, the most telling first, and changed values with the place where they part."""

import pytest

from specbuild.canonical_json import Digest, Json, short_digest
from specbuild.comparison import Comparison, Difference
from specbuild.decision import Decision, Facts, State
from specbuild.fitting import Fit
from specbuild.keys import ReplyKey
from specbuild.stanza import ReplyPin, Stanza
from specbuild.why import LONGEST_VALUE, Change, Reason, Wish, changes_of, reasons_of

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


def reasons(
    decision: Decision, facts: Facts, fit: Fit | None = FIT, *differences: Difference, wish: Wish | None = None
) -> tuple[Reason, ...]:
    return reasons_of(decision, facts, fit, differences, stuck_needs=["a"], wish=wish)


def test_a_machine_reads_the_word_of_a_reason() -> None:
    waiting = Facts(stanza=True, request="unknown", disk="ours")
    moved = FIT._replace(origin="adopted", from_id="old")
    changed = Difference("request", "model", "", "m", "n")
    found = reasons(Decision("call", 13, "wait", reply_lost=True), waiting, moved, changed, wish="regenerate")
    assert found == (
        Reason("regenerate", "another sample was asked for"),
        Reason("moved", "moved from old"),
        Reason("model_changed", "model changed: m → n"),
        Reason("need_unknown", "depends on needs that are built first"),
        Reason("output_ours", "an earlier output lies there"),
        Reason("reply_lost", "the pinned reply is lost"),
    )


@pytest.mark.parametrize(
    ("decision", "facts", "fit", "words"),
    [
        (Decision("fresh", 5, "nothing"), Facts(), FIT, ["fresh"]),
        (Decision("conflict", 2, "nothing"), Facts(), FIT, ["conflict"]),
        (Decision("failed", 6, "nothing"), Facts(), FIT, ["failed_before"]),
        (Decision("blocked", 8, "nothing"), Facts(), None, ["need_stuck"]),
        (Decision("edited", 4, "nothing"), Facts(disk="foreign"), None, ["edited"]),
        (Decision("edited", 4, "nothing"), Facts(disk="foreign"), FIT, ["edited"]),
        (Decision("call", 13, "conversation"), Facts(), None, ["new"]),
        (Decision("replay", 12, "conversation"), Facts(), None, ["new", "reply_known"]),
        (Decision("replay", 10, "trace"), Facts(disk="eol"), FIT._replace(origin="kept"), ["kept", "output_eol"]),
        (Decision("replay", 10, "trace"), Facts(disk="absent"), FIT, ["output_absent"]),
        (Decision("maybe", 9, "wait"), Facts(disk="ok", checks="unknown"), FIT, ["need_unknown"]),
        (Decision("recheck", 11, "recheck"), Facts(disk="ok"), FIT, ["stale"]),
        (Decision("held", 7, "nothing"), Facts(disk="ok", request="differs"), FIT, ["stale"]),
        (Decision("held", 7, "nothing"), Facts(disk="ok", request="unknown"), FIT, ["need_unknown", "reply_lost"]),
        (Decision("held", 7, "nothing"), Facts(disk="ok", request="equal", pinned=True), FIT, ["stale"]),
    ],
)
def test_what_is_told_of_what_and_in_which_order(
    decision: Decision, facts: Facts, fit: Fit | None, words: list[str]
) -> None:
    assert [one.word for one in reasons(decision, facts, fit)] == words


def test_a_wish_is_told_once_and_an_edit_goes_before_it() -> None:
    call = Decision("call", 13, "conversation")
    assert [one.word for one in reasons(call, Facts(), None, wish="force")] == ["force"]
    edited = Decision("edited", 4, "nothing")
    assert [one.word for one in reasons(edited, Facts(disk="foreign"), None, wish="force")] == ["edited"]


def test_changes_of_one_component_are_told_together() -> None:
    found = reasons(
        Decision("call", 13, "conversation"), Facts(disk="ok"), FIT,
        Difference("request", "context", "a.md", "1", "2"),
        Difference("request", "spec", "file.name", "1", "2"),
        Difference("request", "context", "b.md", None, "2"),
        Difference("request", "spec", "project.hints", "1", None),
        Difference("shape", "build.header", "", "1", None),
        Difference("checks", "verify.files", "t.py", "1", "2"),
        Difference("checks", "verify.files", "u.py", "1", "2"),
        Difference("checks", "needs", "x", "1", "2"),
        Difference("request", "needs", "x", "1", "2"),
        Difference("request", "service", "", "default", "other"),
    )  # fmt: skip
    assert found == (
        Reason("context_changed", "context changed: a.md, b.md"),
        Reason("spec_changed", "spec changed: file.name, project.hints"),
        Reason("shape_changed", "build.header changed"),
        Reason("checks_changed", "checks changed: verify.files t.py, u.py"),
        Reason("need_outputs_changed", "outputs of needs changed: x"),
        Reason("interface_changed", "interface changed: x"),
        Reason("service_changed", "service changed: default → other"),
    )


def test_components_that_are_no_spec_are_shown_as_they_stand_in_the_stanza() -> None:
    differences = [
        Difference("request", "model", "", None, "n"),
        Difference("request", "edition", "", 1, 2),
        Difference("request", "template", "", "default", {"t.jinja": "0"}),
        Difference("checks", "needs", "x", "1", None),
        Difference("shape", "build.header", "", "1", "2"),
    ]
    assert changes_of(differences, values={}, old_values={}) == (
        Change("model", "", "absent", "n"),
        Change("edition", "", "1", "2"),
        Change("template", "", "default", '{"t.jinja":"0"}'),
        Change("needs", "x", "1", "absent"),
        Change("build.header", "", "1", "2"),
    )


def test_values_that_are_no_text_are_shown_as_json() -> None:
    assert change(["a.py"], ["a.py", "é.py"]) == Change(
        "spec", "project.requirements", '["a.py"]', '["a.py","é.py"]'
    )  # fmt: skip
    assert change("", False) == Change("spec", "project.requirements", "", "false")


def test_white_space_is_squeezed_to_one_line() -> None:
    assert change("one\n\n  two\t", "\nthree") == Change("spec", "project.requirements", "one two", "three")


def test_what_is_cut_off_is_marked_where_it_was() -> None:
    assert LONGEST_VALUE == 60
    found = change("x" * 60, "y" * 61)
    assert (found.before, found.after) == ("x" * 60, "y" * 60 + "…")
    same = "".join(chr(ord("a") + at % 26) for at in range(100))
    found = change(same + "A" * 20, same + "B" * 100)
    assert found.before == "…" + same[85:] + "A" * 20
    assert found.after == "…" + same[85:] + "B" * 45 + "…"
    assert change(same, same + "!").before == "…" + same[85:]
    assert change(["x" * 80], ["x" * 80, "y"]).before == '["' + "x" * 58 + "…"
