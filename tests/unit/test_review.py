"""A review's answer is read strictly; its request shows every line with its number."""

import pytest

from specbuild.review import (
    FINDINGS,
    MOST_CHARACTERS,
    MOST_FINDINGS,
    NOTHING,
    Finding,
    Findings,
    errors_in,
    files_part,
    findings_in,
)

FILES = {"a.py": "one\ntwo\nthree\n", "sub/b.py": "", "c d.py": "x"}


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("no findings", ()),
        ("\n  \nno findings  \n\n", ()),
        ("error a.py:3: wrong\n", (Finding("error", "a.py", 3, "wrong"),)),
        ("note sub/b.py:1: it is empty", (Finding("note", "sub/b.py", 1, "it is empty"),)),
        (
            "warning c d.py:1: a: b\r\n\nerror a.py:1: \u202ex",
            (Finding("warning", "c d.py", 1, "a: b"), Finding("error", "a.py", 1, "\\u202ex")),
        ),
    ],
)
def test_an_answer_of_the_form_is_read(answer: str, found: tuple[Finding, ...]) -> None:
    assert findings_in(answer, FILES) == Findings(found)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("", "it is empty"),
        ("No findings", "not of the form"),
        ("no findings.", "not of the form"),
        ("no findings\nerror a.py:1: wrong", "stands beside findings"),
        ("Here they are:\nerror a.py:1: wrong", "`Here they are:` is not of the form"),
        ("error a.py: wrong", "not of the form"),
        ("error a.py:0: wrong", "not of the form"),
        ("error a.py:1:", "not of the form"),
        ("ERROR a.py:1: wrong", "not of the form"),
        ("- error a.py:1: wrong", "not of the form"),
        ("error b.py:1: wrong", "names no file of the task; the files are `a.py`, `sub/b.py`, `c d.py`"),
        ("error a.py:4: wrong", "names a line that `a.py` does not have; it has 3"),
        ("error sub/b.py:2: wrong", "does not have; it has 0"),
        (f"error a.py:1: {'x' * 601}", "longer than 600 characters"),
        ("error a.py:1: wrong\n" * 51, "it has 51 findings"),
    ],
)
def test_any_other_answer_is_no_review_at_all(answer: str, told: str) -> None:
    found = findings_in(answer, FILES)
    assert found.found == () and told in found.faults[0]


def test_only_errors_fail() -> None:
    found = findings_in("warning a.py:1: w\nerror a.py:2: e\nnote a.py:3: n", FILES).found
    assert [str(one) for one in errors_in(found)] == ["a.py:2: e"]


def test_the_bounds_and_names_are_these() -> None:
    assert (FINDINGS, NOTHING, MOST_FINDINGS, MOST_CHARACTERS) == ("findings.txt", "no findings", 50, 600)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (
            "error a.py: wrong",
            "`error a.py: wrong` is not of the form `error NAME:LINE: what is wrong`, "
            "with `error`, `warning` or `note`",
        ),
        (
            "  error a.py:1: wrong",
            "`  error a.py:1: wrong` is not of the form `error NAME:LINE: what is wrong`, "
            "with `error`, `warning` or `note`",
        ),
        (
            "error d.py:1: wrong",
            "`error d.py:1: wrong` names no file of the task; the files are `a.py`, `sub/b.py`, `c d.py`",
        ),
        ("note c d.py:2: wrong", "`note c d.py:2: wrong` names a line that `c d.py` does not have; it has 1"),
        (
            "error a.py:999999999: wrong",
            "`error a.py:999999999: wrong` names a line that `a.py` does not have; it has 3",
        ),
        (f"note a.py:1: {'x' * 601}", f"`note a.py:1: {'x' * 67}` is longer than 600 characters"),
    ],
)
def test_each_line_that_is_refused_is_told(line: str, fault: str) -> None:
    good = "error a.py:1: x"
    assert findings_in(line, FILES) == Findings(faults=(fault,))
    assert findings_in(f"{line}\n{good}\n{line}\n", FILES) == Findings(faults=(fault, fault))


def test_the_whole_answer_is_refused_in_these_words() -> None:
    assert findings_in("\n", FILES).faults == (
        "it is empty; if there is nothing to report, it is the line `no findings`",
    )
    assert findings_in("error x\n" * 51, FILES).faults == ("it has 51 findings; give the 50 gravest at most",)
    beside = "`no findings` stands beside findings; it stands alone, or not at all"
    assert findings_in("no findings\nno findings\n", FILES).faults == (beside, beside)
    hidden = findings_in("error\u202e\x1b[0m", FILES).faults[0]
    assert hidden.startswith("`error\\u202e\\x1b[0m` is not of the form")


@pytest.mark.parametrize(
    "line", ["error a.py:01: x", "error a.py:1:x", "error  a.py:x: y", "error a.py:1234567890: x", "error :1: x"]
)
def test_a_line_number_is_a_plain_number(line: str) -> None:
    assert "is not of the form" in findings_in(line, FILES).faults[0]


def test_what_can_be_read_is_read_to_its_bounds() -> None:
    most = "\n\n".join(f"note a.py:1: {number}" for number in range(MOST_FINDINGS))
    assert len(findings_in(most, FILES).found) == MOST_FINDINGS
    assert findings_in(f"error a.py:3: {'x' * MOST_CHARACTERS}", FILES).faults == ()
    odd = {"a:1: b.py": "x", "a": "x"}
    assert findings_in("error a:1: b.py:1: x", odd).found == (Finding("error", "a", 1, "b.py:1: x"),), (
        "the shortest name"
    )


def test_a_finding_is_told_with_its_place() -> None:
    assert str(Finding("warning", "a.py", 7, "wrong")) == "a.py:7: wrong"


def test_files_are_shown_with_line_numbers_in_fences_that_they_can_not_end() -> None:
    shown = files_part("before\n[[files]]\nafter\n", {"a.py": "x\ny", "b.md": "```\n", "c.md": "a ````` b\n", "d": ""})
    assert shown == (
        "before\n"
        "`a.py`:\n\n```\n1|x\n2|y\n```\n\n"
        "`b.md`:\n\n````\n1|```\n````\n\n"
        "`c.md`:\n\n``````\n1|a ````` b\n``````\n\n"
        "`d`:\n\n(empty)\n\n"
        "after\n"
    )
    assert files_part("before\n[[files]]\n", {}) == "before\n"
