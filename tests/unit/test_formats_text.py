"""How diagnostics and tables look; the golden files are under tests/messages/."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.decision import NO_CALLS
from specbuild.diagnostic import Diagnostic, Place
from specbuild.formats.annotation import Annotation, of_diagnostics, of_events
from specbuild.formats.concise import concise_text
from specbuild.formats.github_text import github_text
from specbuild.formats.json_text import diagnostic_json, json_text
from specbuild.formats.plan_text import findings_text, hint_of
from specbuild.formats.step_summary import MOST_ROWS, step_summary
from specbuild.formats.text import diagnostics_text, display_width, table_text
from specbuild.plan import Plan, PlanLine
from specbuild.progress import Event
from specbuild.styled_text import Span, plain_text, terminal_text
from specbuild.why import Reason

MESSAGES = Path(__file__).parent.parent / "messages"
UNKNOWN_KEY = Diagnostic(
    "SB203",
    "unknown key `requirments` in [project]",
    Place("specs/qsort.toml", 6, 1),
    why="specbuild knows no such key here, and a key that is silently ignored is a requirement that is never met",
    hint="did you mean `requirements`?",
)
TWO_CLAIMS = Diagnostic(
    "SB304",
    "two specs build `build/qsort.py`",
    Place("specs/qsort.toml", 2, 8),
    hint='give one of them another folder:\n[build]\ndirectory = "build/other"',
    also=(Place("specs/sort.toml", 2, 8),),
)
LINES = {"specs/qsort.toml:6:1": 'requirments = "Sort the arguments."', "specs/qsort.toml:2:8": 'name = "qsort"'}


def source_line(place: Place) -> str | None:
    return LINES.get(str(place))


def test_diagnostics_look_as_recorded() -> None:
    text = plain_text(diagnostics_text([UNKNOWN_KEY, TWO_CLAIMS], source_line))
    assert text == (MESSAGES / "diagnostics.txt").read_text(encoding="utf-8")


def test_the_first_line_of_a_diagnostic_is_what_editors_understand() -> None:
    first = plain_text(diagnostics_text([UNKNOWN_KEY], source_line)).splitlines()[0]
    assert first == "specs/qsort.toml:6:1: error SB203: unknown key `requirments` in [project]"


def test_colours_come_from_styles_and_never_from_the_text() -> None:
    hostile = Diagnostic("SB101", "name is \x1b[2J\x1b]0;gone\x07", Place("a\x1b[31m.toml", 1, 1), hint="\x9b31m")
    shown = terminal_text(diagnostics_text([hostile], lambda place: "\x1b[31mred"))
    without_ours = shown
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[1;31m"):
        without_ours = without_ours.replace(code, "")
    assert "\x1b" not in without_ours
    assert "\x07" not in shown and "\x9b" not in shown
    assert "\x1b[1;31merror\x1b[0m" in shown  # the control: ours are there


def test_the_caret_stands_below_the_column_behind_wide_characters_and_in_long_lines() -> None:
    wide = Diagnostic("SB101", "here", Place("a", 1, 3))
    lines = plain_text(diagnostics_text([wide], lambda place: "日本x")).splitlines()
    assert lines[1:] == ["  1 | 日本x", "    |     ^"]
    far = Diagnostic("SB101", "here", Place("a", 1, 5001))
    lines = plain_text(diagnostics_text([far], lambda place: "-" * 5000 + "X" + "-" * 5000)).splitlines()
    assert len(lines[1]) < 120
    assert lines[1][lines[2].index("^")] == "X"


def test_a_message_of_several_lines_can_not_pretend_to_be_another_diagnostic() -> None:
    text = plain_text(diagnostics_text([Diagnostic("SB101", "bad\nspecs/b.toml:1:1: error SB999: forged")]))
    assert not any(line.startswith("specs/b.toml") for line in text.splitlines())


def test_a_table_is_aligned_and_shortens_nothing() -> None:
    rows = [("target", "state", "calls"), ("a" * 90, "fresh", "0"), ("日本", "call", "12"), ("x\nforged", "", "")]
    lines = plain_text(table_text(rows)).splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("a" * 90 + "  fresh")
    assert {
        display_width(line[: line.index("state" if at == 0 else state)])
        for at, (line, state) in enumerate(zip(lines[:3], ["state", "fresh", "call"], strict=True))
    } == {92}
    assert lines[1].endswith("    0") and lines[2].endswith("   12")
    assert lines[3] == "x\\nforged"


@settings(max_examples=40)
@given(st.lists(st.lists(st.text(max_size=8), max_size=4), max_size=5))
def test_a_table_has_one_line_for_every_row_whatever_is_in_it(rows: list[list[str]]) -> None:
    assert plain_text(table_text(rows)).count("\n") == len(rows)


def test_concise_is_one_line_each() -> None:
    text = concise_text(of_diagnostics([UNKNOWN_KEY, Diagnostic("SB900", "two\nlines")]))
    assert text.splitlines() == [
        "specs/qsort.toml:6:1: error SB203: unknown key `requirments` in [project]",
        "error SB900: two lines",
    ]


def test_github_reads_no_command_out_of_a_message() -> None:
    hostile = Diagnostic("SB900", "a\n::set-output name=x::y%", Place("a,b:c.toml", 3))
    text = github_text(of_diagnostics([hostile]))
    assert text == "::error title=specbuild SB900,file=a%2Cb%3Ac.toml,line=3,col=1::a%0A::set-output name=x::y%25\n"


def test_github_gets_nine_annotations_the_worst_first_and_one_that_tells_of_the_others() -> None:
    stale = [Annotation("error", "call", f"t{number}") for number in range(20)]
    told = [Annotation("warning", "W", "w", Place("w.toml")), *stale]
    lines = github_text(told).splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert commands[:9] == [f"::error title=specbuild call::t{number}" for number in range(9)]
    assert commands[9:] == ["::error title=specbuild::12 more: the log of this step lists them"]
    assert len(lines) == 10 + 12 and lines[-1] == "  w.toml: warning W: w"
    assert len(github_text(told[:9]).splitlines()) == 9, "the control: nine need nobody to tell of more"


def test_no_line_of_the_log_becomes_a_command() -> None:
    hostile = [Annotation("error", "x", "y")] * 9 + [Annotation("error", "a", "##[add-mask]b ::error::c", Place("::d"))]
    lines = github_text(hostile).splitlines()[10:]
    assert lines == ["  : :d: error a: ## [add-mask]b : :error: :c"]


def test_a_path_outside_of_the_checkout_is_no_place_on_a_page() -> None:
    assert "file=" not in github_text([Annotation("error", "a", "b", Place("/etc/x"))])
    assert "file=etc/x" in github_text([Annotation("error", "a", "b", Place("etc/x"))]), "the control"


def test_a_step_summary_is_a_table_in_which_nothing_is_markup() -> None:
    hostile = Annotation("error", "call", "a | b\n<img src=x> [l](u) `c` @team", Place("specs/a_b.toml", 3))
    text = step_summary("check", "1 call", [hostile] * (MOST_ROWS + 3))
    rows = [line for line in text.splitlines() if line.startswith("| error")]
    assert len(rows) == MOST_ROWS and "| | | 3 more |" in text
    assert rows[0] == (r"| error call | specs/a\_b.toml\:3\:1 | a \| b\\n\<img src=x\> \[l\]\(u\) \`c\` \@team |")
    assert "| error" not in step_summary("check", "2 fresh", []), "the control"


def test_a_target_that_did_not_come_is_told_even_without_a_diagnostic() -> None:
    failed = Event("c", "failed", diagnostics=(UNKNOWN_KEY,))
    events = [Event("b", "blocked", "a need"), Event("a", "built", "new"), failed]
    places = {"b": Place("specs/b.toml", 2)}
    told = of_events(events, places)
    assert [(one.title, one.target) for one in told] == [("blocked", "b"), ("SB203", "c")]
    assert told[0].place == places["b"] and told[1].place == UNKNOWN_KEY.place
    assert [one.title for one in of_events(events, places, good_too=True)] == ["built", "blocked", "SB203"]


def test_json_is_stable_and_ascii() -> None:
    text = json_text([diagnostic_json(TWO_CLAIMS), "é\x1b"])
    assert text.isascii() and text.endswith("\n")
    value = json.loads(text)
    assert value[0]["place"] == {"path": "specs/qsort.toml", "line": 2, "column": 8}
    with pytest.raises(ValueError):
        json_text(float("nan"))


def test_a_style_is_left_out_of_plain_text() -> None:
    assert plain_text([Span("a", "error"), Span("b\x1b")]) == "ab\\x1b"


def test_a_hint_names_the_target_if_it_is_the_only_one() -> None:
    def edited(id: str) -> PlanLine:
        return PlanLine(id, "edited", 4, (Reason("edited", "an output was changed by hand"),), NO_CALLS, finding=True)

    assert "`specbuild accept parser/lexer` keeps" in plain_text(findings_text(Plan((edited("parser/lexer"),))))
    assert "`specbuild accept 'two words'` keeps" in plain_text(findings_text(Plan((edited("two words"),))))
    assert "`specbuild accept ID` keeps" in plain_text(findings_text(Plan((edited("one"), edited("two")))))
    assert "`specbuild build --force one` gives" in hint_of(edited("one"), ())
