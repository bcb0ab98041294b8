"""What dependents may count on after a decision."""

from typing import get_args

import pytest

from specbuild.canonical_json import Digest, short_digest
from specbuild.decision import Decision, State
from specbuild.keys import ReplyKey
from specbuild.knowledge import Knowledge, knowledge_after, knowledge_if_stuck, known_from, outputs_digest
from specbuild.stanza import OutputState, ReplyPin, Stanza

PIN = ReplyPin(1, ReplyKey("0" * 64), 0, Digest("1" * 64))


def stanza(path: str = "build/a.py", sha256: str = "2" * 64) -> Stanza:
    return Stanza({}, outputs={path: OutputState("644", Digest(sha256))}, reply=PIN, interface="python/1:locked")


def after(
    state: State, row: int = 0, *, request_equal: bool = True, declared: str | None = None, with_stanza: bool = True
) -> Knowledge:
    return knowledge_after(
        Decision(state, row, "nothing"),
        stanza() if with_stanza else None,
        request_equal=request_equal,
        declared=declared,
        need_outputs=(),
    )


LOCKED = known_from(stanza(), ())


@pytest.mark.parametrize("state", ["fresh", "held", "edited"])
def test_what_stays_as_it_is_locked_shows_its_locked_interface(state: State) -> None:
    assert after(state) == LOCKED
    assert LOCKED.label == "python/1:locked" and LOCKED.outputs and not LOCKED.stuck


def test_a_held_need_shows_its_locked_interface_although_its_spec_changed() -> None:
    assert after("held", request_equal=False) == LOCKED


def test_an_edited_need_without_an_equal_request_is_stuck() -> None:
    assert after("edited", request_equal=False) == Knowledge(None, None, stuck=True)
    assert after("edited", request_equal=False, declared="declared/1:x") == Knowledge("declared/1:x", None, stuck=True)


@pytest.mark.parametrize("state", ["failed", "blocked", "conflict"])
def test_a_stuck_need_whose_stanza_answers_its_request_still_shows_what_is_locked(state: State) -> None:
    assert after(state) == LOCKED._replace(stuck=True)
    assert after(state, request_equal=False) == Knowledge(None, None, stuck=True)
    assert after(state, with_stanza=False, declared="declared/1:x") == Knowledge("declared/1:x", None, stuck=True)


def test_a_replay_by_the_trace_way_is_known_before_it_is_done() -> None:
    assert after("replay", 10) == LOCKED
    assert after("replay", 12) == Knowledge(None, None)


def test_a_recheck_keeps_the_interface_and_may_change_the_outputs() -> None:
    assert after("recheck", 11) == Knowledge("python/1:locked", None)


@pytest.mark.parametrize("state", ["call", "maybe"])
def test_what_will_be_asked_shows_only_what_it_declares(state: State) -> None:
    assert after(state, 13) == Knowledge(None, None)
    assert after(state, 13, declared="declared/1:x") == Knowledge("declared/1:x", None)


def test_no_state_is_forgotten() -> None:
    for state in get_args(State):
        found = after(state, request_equal=False, with_stanza=False)
        assert found.stuck is (state in ("invalid", "conflict", "failed", "blocked", "edited")), state


def test_a_failure_without_an_equal_request_leaves_only_what_is_declared() -> None:
    found = knowledge_if_stuck(stanza(), request_equal=False, declared=None, need_outputs=())
    assert found == Knowledge(None, None, stuck=True)


def test_outputs_are_known_by_content_near_and_far_and_not_by_place() -> None:
    one = outputs_digest(stanza(), ["n"])
    assert one == outputs_digest(stanza("elsewhere/a.py"), ["n"])
    assert one != outputs_digest(stanza("build/b.py"), ["n"])
    assert one != outputs_digest(stanza(sha256="3" * 64), ["n"])
    assert one != outputs_digest(stanza(), ["m"])
    assert outputs_digest(stanza(), ["n", "m"]) == outputs_digest(stanza(), ["m", "n"])
    assert outputs_digest(stanza(), ["n", None]) is None


def test_the_digest_of_outputs_is_the_same_in_every_release() -> None:
    both = Stanza(
        {},
        outputs={"x/b.py": OutputState("755", Digest("3" * 64)), "a.py": OutputState("644", Digest("2" * 64))},
        reply=PIN,
        interface="python/1:locked",
    )
    assert outputs_digest(both, iter(["n", "m"])) == short_digest(
        {"outputs": [["a.py", "644", "2" * 64], ["b.py", "755", "3" * 64]], "needs": ["m", "n"]}
    )
    assert outputs_digest(stanza(), ()) == short_digest({"outputs": [["a.py", "644", "2" * 64]], "needs": []})


def test_a_mode_is_part_of_the_outputs() -> None:
    executable = Stanza({}, outputs={"build/a.py": OutputState("755", Digest("2" * 64))}, reply=PIN)
    assert outputs_digest(executable, ()) != outputs_digest(stanza(), ())


def test_outputs_over_an_unknown_need_are_unknown_and_the_interface_is_not() -> None:
    assert known_from(stanza(), iter(["n", None])) == Knowledge("python/1:locked", None)
    found = knowledge_if_stuck(stanza(), request_equal=True, declared="declared/1:x", need_outputs=[None])
    assert found == Knowledge("python/1:locked", None, stuck=True)


@pytest.mark.parametrize("state", ["fresh", "held", "edited", "recheck", "replay"])
def test_without_a_stanza_only_what_is_declared_is_known(state: State) -> None:
    found = after(state, 10, declared="declared/1:x", with_stanza=False)
    assert found == Knowledge("declared/1:x", None)
