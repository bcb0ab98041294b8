import functools
import re
from pathlib import Path

import pytest

from specbuild.codes import CODES
from specbuild.extraction import FAULT_CODES

PACKAGE = Path(__file__).parent.parent.parent / "specbuild"
RANGES = {
    "1": ("toml_text", "toml_places", "merge_marks"),
    "2": ("spec_fields", "spec_reader", "validate", "field_values", "scaffold"),
    "3": ("graph", "claims", "target", "selector", "selection_hint", "pattern_targets", "git_changes"),
    "4": ("configuration", "configuration_keys", "configuration_reader", "personal_reader", "service_variables"),
}
"""The ranges whose codes only some modules may use."""


@functools.cache
def used_codes() -> dict[str, set[str]]:
    """Return every code that a module other than the table names, with the modules that do."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        if path.stem != "codes":
            for code in re.findall(r'"(SB\d+)"', path.read_text(encoding="utf-8")):
                found.setdefault(code, set()).add(path.relative_to(PACKAGE).as_posix())
    return found


def without_row(used: dict[str, set[str]]) -> dict[str, set[str]]:
    return {code: where for code, where in used.items() if code not in CODES}


def test_every_code_that_is_used_has_a_row() -> None:
    assert without_row(used_codes()) == {}


def test_a_code_without_a_row_is_noticed() -> None:
    assert without_row({"SB201": {"validate.py"}, "SB299": {"validate.py"}}) == {"SB299": {"validate.py"}}


def test_every_row_is_used() -> None:
    assert [code for code in CODES if code not in used_codes()] == []


def test_no_code_stands_twice_in_the_table() -> None:
    written = re.findall(r'^    "(SB\d+)": Code\(', (PACKAGE / "codes.py").read_text(encoding="utf-8"), re.MULTILINE)
    assert written == list(CODES)  # a later row of the same name would replace an earlier one without a word


@pytest.mark.parametrize("digit", sorted(RANGES))
def test_a_code_of_a_range_is_used_by_the_modules_of_that_range_only(digit: str) -> None:
    strangers = {
        code: others
        for code, where in used_codes().items()
        if code[2] == digit and (others := {one for one in where if Path(one).stem not in RANGES[digit]})
    }
    assert strangers == {}


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_row_has_a_short_title_and_a_whole_paragraph(code: str) -> None:
    row = CODES[code]
    assert re.fullmatch(r"SB[1-9]\d\d", code)
    assert 3 < len(row.title) <= 60 and not row.title.endswith(".")
    assert len(row.explanation) > 60 and row.explanation.endswith((".", ")")) and "\n" not in row.explanation


def test_no_two_rows_have_one_title() -> None:
    titles = [row.title for row in CODES.values()]
    assert sorted(titles) == sorted(set(titles))


def test_every_kind_of_fault_of_a_reply_has_a_code_that_is_explained() -> None:
    assert set(FAULT_CODES.values()) <= set(CODES)
    assert len(set(FAULT_CODES.values())) == len(FAULT_CODES)
