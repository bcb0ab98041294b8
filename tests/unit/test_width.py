"""How many calls may be in flight."""

from hypothesis import given
from hypothesis import strategies as st

from specbuild.width import Width, full_width, narrowed, widened


def test_it_begins_with_all_that_was_asked_for() -> None:
    assert full_width(8).slots == 8
    assert full_width(8) == Width(8.0, 8, 0, 0.0)
    assert full_width(0) == full_width(-1) == Width(1.0, 1)
    assert full_width(0).slots == 1


def test_its_slots_are_whole_and_between_one_and_the_ceiling() -> None:
    assert [Width(limit, 4).slots for limit in (0.5, 1.0, 2.99, 3.0, 9.0)] == [1, 1, 2, 3, 4]


def test_calls_that_are_refused_together_narrow_it_once() -> None:
    width = full_width(8)
    for _ in range(8):
        width = narrowed(width, cuts_at_start=0, in_flight=8, paused_until_s=5.0)
    assert width.slots == 4
    width = narrowed(width, cuts_at_start=1, in_flight=4, paused_until_s=3.0)
    assert width.slots == 2
    assert width.paused_until_s == 5.0


def test_it_narrows_from_what_was_in_flight_not_from_what_was_allowed() -> None:
    assert narrowed(full_width(100), cuts_at_start=0, in_flight=6, paused_until_s=0).slots == 3


def test_each_change_is_a_new_value() -> None:
    width = Width(6.0, 8, 2, 7.0)
    assert narrowed(width, cuts_at_start=2, in_flight=5, paused_until_s=9.0) == Width(2.5, 8, 3, 9.0)
    assert narrowed(width, cuts_at_start=2, in_flight=20, paused_until_s=0.0) == Width(3.0, 8, 3, 7.0)
    assert narrowed(width, cuts_at_start=2, in_flight=0, paused_until_s=0.0) == Width(1.0, 8, 3, 7.0)
    assert narrowed(width, cuts_at_start=1, in_flight=5, paused_until_s=9.0) == Width(6.0, 8, 2, 9.0)
    assert widened(Width(4.0, 8, 2, 7.0), cuts_at_start=2) == Width(4.25, 8, 2, 7.0)
    assert widened(Width(7.99, 8), cuts_at_start=0) == Width(8.0, 8)
    assert width == Width(6.0, 8, 2, 7.0)


def test_a_full_round_of_successes_makes_it_about_one_wider() -> None:
    width = narrowed(full_width(16), cuts_at_start=0, in_flight=16, paused_until_s=0)
    for _ in range(9):
        width = widened(width, cuts_at_start=1)
    assert width.slots == 9
    for _ in range(1000):
        width = widened(width, cuts_at_start=1)
    assert width.slots == 16


def test_a_success_from_before_the_cut_does_not_widen_it() -> None:
    width = narrowed(full_width(4), cuts_at_start=0, in_flight=4, paused_until_s=0)
    assert widened(width, cuts_at_start=0) == width
    assert widened(width, cuts_at_start=1) != width


@given(st.integers(1, 64), st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 64)), max_size=40))
def test_there_is_always_a_slot_and_never_more_than_asked_for(
    ceiling: int, events: list[tuple[bool, int, int]]
) -> None:
    width = full_width(ceiling)
    for limited, age, in_flight in events:
        start = max(0, width.cuts - age)
        if limited:
            width = narrowed(width, cuts_at_start=start, in_flight=in_flight, paused_until_s=0)
        else:
            width = widened(width, cuts_at_start=start)
        assert 1 <= width.slots <= ceiling
