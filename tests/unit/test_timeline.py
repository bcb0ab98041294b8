"""A run as its events tell it."""

import json

import pytest

from specbuild.timeline import KINDS, Stretch, Timeline, timeline_of


def lines(*events: dict[str, object]) -> str:
    begin = {"t": 0, "event": "begin", "events": 1, "started": "2026-01-01T00:00:00+00:00"}
    return "".join(json.dumps(one) + "\n" for one in (begin, *events))


def working(t: float, id: str, what: str) -> dict[str, object]:
    return {"t": t, "event": "working", "id": id, "what": what}


def ended(t: float, id: str, ending: str = "built") -> dict[str, object]:
    return {"t": t, "event": "ended", "id": id, "ending": ending}


RUN = lines(
    working(1, "base", "asking"), working(1, "alone", "asking"), {"t": 2, "event": "waits", "id": "base", "for_s": 3},
    working(5, "base", "asking"), working(8, "base", "checking"), ended(9, "base"), ended(9.5, "alone", "failed"),
    working(9.5, "top", "asking"), ended(12, "top"), {"t": 12.5, "event": "exit", "code": 1},
)  # fmt: skip


def test_stretches_say_what_was_done_when() -> None:
    run = timeline_of(RUN, {})
    assert run is not None and (run.whole_s, run.exit_code) == (12.5, 1)
    assert [one for one in run.stretches if one.id == "base"] == [
        Stretch("base", "call", 1, 2), Stretch("base", "wait", 2, 5), Stretch("base", "call", 5, 8),
        Stretch("base", "check", 8, 9),
    ]  # fmt: skip
    assert run.endings == {"base": "built", "alone": "failed", "top": "built"}


def test_the_critical_path_follows_needs_from_what_ended_last() -> None:
    needs = {"top": ("base", "early", "unmade"), "base": ()}
    early = RUN + json.dumps(working(0.5, "early", "asking")) + "\n" + json.dumps(ended(0.7, "early"))
    assert timeline_of(early, needs).critical == ("base", "top")  # type: ignore[union-attr]
    assert timeline_of(RUN, {}).critical == ("top",)  # type: ignore[union-attr]  # the control: no need, no chain
    assert timeline_of(RUN, {"top": ("base",), "base": ("top",)}).critical == ("base", "top")  # type: ignore[union-attr]


def test_a_run_that_was_killed_is_shown_to_its_last_line() -> None:
    run = timeline_of(RUN[: RUN.index('{"t": 9.5')] + '{"t": 9.9, "ev', {})
    assert run is not None and run.exit_code is None
    assert [one for one in run.stretches if one.id == "alone"] == [Stretch("alone", "call", 1, 9)]


def test_what_is_no_run_is_none() -> None:
    for text in ("", "{}\n", "nothing\n", '{"events": 2, "t": 0}\n', "[1]\n"):
        assert timeline_of(text, {}) is None


def test_what_is_done_is_one_of_four_kinds() -> None:
    events = [working(at, "a", what) for at, what in enumerate(("asking", "checking", "writing", "odd words"))]
    run = timeline_of(lines(*events, {"t": 4, "event": "working", "id": "a"}, ended(5, "a")), {})
    assert run is not None
    assert [one.kind for one in run.stretches] == [*KINDS.values(), "other", "other"]
    assert [(one.begin_s, one.end_s) for one in run.stretches] == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]


def test_stretches_come_as_they_ended_and_those_under_way_last() -> None:
    run = timeline_of(
        lines(working(1, "a", "asking"), working(2, "b", "asking"), working(3, "c", "asking"), ended(4, "c"),
              working(5, "a", "writing"), {"t": 7, "event": "told", "text": "x"}), {}
    )  # fmt: skip
    assert run is not None
    assert run.stretches == (
        Stretch("c", "call", 3, 4), Stretch("a", "call", 1, 5), Stretch("b", "call", 2, 7), Stretch("a", "write", 5, 7),
    )  # fmt: skip
    assert run.endings == {"c": "built"} and run.critical == ("b",)


@pytest.mark.parametrize(
    "odd",
    [
        "", "   ", "nothing", "[1]", '"text"', "null", '{"t": 3, "ev', '{"t": 3, "event": "unknown", "id": "a"}',
        '{"t": 3, "event": "working", "what": "asking"}', '{"t": 3, "event": "working", "id": 7, "what": "asking"}',
        '{"t": 3, "event": "exit", "code": "1"}', '{"event": "begin"}', '{"t": "late", "event": "told"}',
    ],
)  # fmt: skip
def test_odd_lines_are_passed_over_wherever_they_stand(odd: str) -> None:
    whole = RUN.split("\n")
    for at in (1, 5, len(whole)):
        assert timeline_of("\n".join([*whole[:at], odd, *whole[at:]]), {}) == timeline_of(RUN, {})


def test_only_a_newline_ends_a_line() -> None:
    run = timeline_of(lines(ended(1, "a", "x")).replace('"x"', '"x\u2028y"'), {})
    assert run == Timeline("2026-01-01T00:00:00+00:00", 1, None, (), {"a": "x\u2028y"}, ())


def test_the_head_is_the_first_object_and_of_version_one() -> None:
    assert timeline_of("torn\n[]\n" + RUN, {}) == timeline_of(RUN, {}) is not None
    assert timeline_of('{"t": 1}\n' + RUN, {}) is None
    bare = timeline_of('{"events": 1}', {})
    assert bare == Timeline("", 0.0, None, (), {}, ())


def test_the_last_word_counts() -> None:
    exits = [{"t": 3, "event": "exit", "code": 0}, {"t": 2, "event": "exit", "code": 4}, {"t": 1, "event": "exit"}]
    run = timeline_of(lines(ended(1, "a", "failed"), ended(2, "a"), {"t": 2, "event": "ended", "id": "b"}, *exits), {})
    assert run is not None and (run.whole_s, run.exit_code, run.endings) == (3, 4, {"a": "built", "b": ""})


def test_of_targets_that_end_together_the_greatest_id_counts() -> None:
    events = [*(working(1, id, "asking") for id in ("b", "c", "a")), *(ended(4, id) for id in ("c", "a", "b"))]
    more = [working(4, "z", "asking"), working(4, "y", "asking"), ended(6, "z"), ended(6, "y")]
    run = timeline_of(lines(*events, *more), {"z": ("c", "a", "b"), "c": ("a", "b", "c"), "b": ("a",)})
    assert run is not None and run.critical == ("a", "b", "c", "z")
