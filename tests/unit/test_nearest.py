"""A slip of the fingers is understood, another word is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.nearest import did_you_mean, nearest

KNOWN = ["name", "language", "description", "extension", "timeout_s"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("langauge", "language"),
        ("nmae", "name"),
        ("Name", "name"),
        ("descripton", "description"),
        ("time-out-s", "timeout_s"),
        ("requirements", None),
        ("", None),
        ("x", None),
        ("name" * 1000, None),
    ],
)
def test_the_nearest_name_is_found_and_a_far_one_is_not(written: str, meant: str | None) -> None:
    assert nearest(written, KNOWN) == meant


def test_of_equally_near_names_the_first_is_taken() -> None:
    assert nearest("bat", ["cat", "hat"]) == "cat"
    assert nearest("hat", ["cat", "hat"]) == "hat"


def test_a_hint_names_the_nearest_or_all() -> None:
    assert did_you_mean("nmae", KNOWN) == "did you mean `name`?"
    assert did_you_mean("zzz", ["a", "b"]) == "known are `a`, `b`"


@given(st.text(min_size=1, max_size=20), st.lists(st.text(max_size=20)))
def test_a_known_name_is_nearest_to_itself(name: str, others: list[str]) -> None:
    found = nearest(name, [*others, name])
    assert found is not None
    assert found.casefold().replace("-", "_").replace(" ", "_") == name.casefold().replace("-", "_").replace(" ", "_")
