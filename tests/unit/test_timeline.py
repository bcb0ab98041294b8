"""A run as its events tell it."""

import json

from specbuild.timeline import Stretch, timeline_of


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
