from dataclasses import replace

import pytest

from specbuild.canonical_json import Digest
from specbuild.keys import ReplyKey
from specbuild.lock_merge import Answers, Contest, merged_stanzas, standing_side
from specbuild.stanza import ReplyPin, Stanza

EQUAL = Answers("equal", "equal", "equal")


def stanza(mark: str, **changes: object) -> Stanza:
    return replace(Stanza({"model": mark}), **changes)  # type: ignore[arg-type]


def pin(digit: str) -> ReplyPin:
    return ReplyPin(1, ReplyKey(digit * 64), 0, Digest(digit * 64))


BASE, OURS, THEIRS = stanza("base"), stanza("ours"), stanza("theirs")


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "wanted"),
    [
        (BASE, BASE, THEIRS, THEIRS),
        (BASE, OURS, BASE, OURS),
        (BASE, OURS, OURS, OURS),
        (None, OURS, None, OURS),
        (None, None, THEIRS, THEIRS),
        (BASE, None, THEIRS, THEIRS),
        (BASE, OURS, None, OURS),
        (BASE, None, BASE, None),
        (BASE, BASE, None, None),
    ],
)
def test_an_entry_that_one_side_changed_is_that_side_s(
    base: Stanza | None, ours: Stanza | None, theirs: Stanza | None, wanted: Stanza | None
) -> None:
    maps = [{"one": one} if one else {} for one in (base, ours, theirs)]
    merged = merged_stanzas(*maps, claimed=())
    assert dict(merged.settled) == ({"one": wanted} if wanted else {})
    assert merged.contested == {}


def test_an_entry_taken_out_stays_if_a_spec_claims_it() -> None:
    assert merged_stanzas({"one": BASE}, {}, {"one": BASE}, claimed={"one"}).settled == {"one": BASE}


@pytest.mark.parametrize("base", [None, BASE])
def test_an_entry_that_both_sides_changed_is_contested(base: Stanza | None) -> None:
    merged = merged_stanzas({"one": base} if base else {}, {"one": OURS}, {"one": THEIRS}, claimed=())
    assert merged.settled == {}
    assert merged.contested == {"one": Contest(OURS, THEIRS, base)}


def test_evidence_is_no_difference() -> None:
    elsewhere = replace(OURS, evidence={"python": "3.13"})
    assert merged_stanzas({}, {"one": OURS}, {"one": elsewhere}, claimed=()).settled == {"one": OURS}


@pytest.mark.parametrize(
    ("ours", "theirs", "side"),
    [
        (EQUAL, EQUAL, "ours"),
        (EQUAL._replace(request="differs"), EQUAL._replace(request="differs"), "ours"),
        (EQUAL._replace(request="differs"), EQUAL, "theirs"),
        (EQUAL._replace(request="unknown"), EQUAL._replace(request="differs"), "ours"),
        (EQUAL._replace(checks="differs"), EQUAL, "theirs"),
        (EQUAL._replace(checks="differs"), EQUAL._replace(request="differs"), "ours"),
        (EQUAL._replace(checks="differs"), EQUAL._replace(shape="differs"), "ours"),
    ],
)
def test_the_side_that_answers_the_merged_sources_better_stands(ours: Answers, theirs: Answers, side: str) -> None:
    assert standing_side(Contest(OURS, THEIRS, BASE), ours, theirs) == side


def test_a_newly_accepted_text_goes_before_a_generated_one() -> None:
    accepted = stanza("theirs", origin="accepted", reply=pin("a"))
    worse = EQUAL._replace(request="differs")
    assert standing_side(Contest(OURS, accepted, BASE), EQUAL, worse) == "theirs"
    before = stanza("base", origin="accepted", reply=pin("a"))
    assert standing_side(Contest(OURS, accepted, before), EQUAL, worse) == "ours", "ours gave it up on purpose"


def test_every_id_of_a_side_is_decided_by_itself_and_in_order() -> None:
    base = {"same": BASE, "gone": BASE, "left": BASE, "both": BASE, "mine": BASE}
    ours = {"same": BASE, "left": BASE, "both": OURS, "new": OURS, "mine": OURS, "also": OURS}
    theirs = {"same": BASE, "both": THEIRS, "added": THEIRS, "mine": BASE, "also": THEIRS}
    merged = merged_stanzas(base, ours, theirs, claimed={"left", "gone"})
    assert list(merged.settled.items()) == [
        ("added", THEIRS), ("left", BASE), ("mine", OURS), ("new", OURS), ("same", BASE),
    ]  # fmt: skip
    assert list(merged.contested.items()) == [
        ("also", Contest(OURS, THEIRS, None)),
        ("both", Contest(OURS, THEIRS, BASE)),
    ]
    assert "left" not in merged_stanzas(base, ours, theirs, claimed=("other",)).settled, "the control: nobody claims it"


def test_of_entries_that_are_the_same_ours_is_taken_with_its_evidence() -> None:
    here, there = replace(BASE, evidence={"python": "3.12"}), replace(BASE, evidence={"python": "3.13"})
    assert merged_stanzas({"one": BASE}, {"one": here}, {"one": there}, claimed=()).settled["one"] is here
    assert merged_stanzas({"one": here}, {"one": there}, {"one": THEIRS}, claimed=()).settled["one"] is THEIRS
    assert merged_stanzas({"one": here}, {"one": there}, {}, claimed=()) == ({}, {}), "evidence alone keeps nothing"


@pytest.mark.parametrize(
    ("ours", "theirs", "base", "side"),
    [
        (stanza("o", origin="accepted", reply=pin("a")), THEIRS, None, "ours"),
        (OURS, stanza("t", origin="accepted", reply=pin("a")), None, "theirs"),
        (OURS, stanza("t", origin="carried", reply=pin("a")), None, "ours"),
        (OURS, stanza("t", origin="accepted", reply=pin("a")), stanza("b", reply=pin("b")), "theirs"),
        (OURS, stanza("t", origin="accepted", reply=pin("a")), stanza("b", reply=pin("a")), "ours"),
        (OURS, stanza("t", origin="accepted"), BASE, "ours"),
        (stanza("o", origin="accepted", reply=pin("a")), stanza("t", origin="accepted", reply=pin("b")), BASE, "ours"),
    ],
)
def test_newly_accepted_is_what_the_base_did_not_have(
    ours: Stanza, theirs: Stanza, base: Stanza | None, side: str
) -> None:
    assert standing_side(Contest(ours, theirs, base), EQUAL, EQUAL) == side


def test_an_earlier_answer_decides_before_a_later_one() -> None:
    both = stanza("o", origin="accepted", reply=pin("a")), stanza("t", origin="accepted", reply=pin("b"))
    contest = Contest(*both, BASE)
    assert (
        standing_side(contest, Answers("unknown", "equal", "equal"), Answers("equal", "differs", "differs")) == "theirs"
    )
    assert (
        standing_side(contest, Answers("equal", "unknown", "equal"), Answers("equal", "equal", "differs")) == "theirs"
    )
    assert standing_side(contest, Answers("equal", "unknown", "equal"), Answers("equal", "unknown", "equal")) == "ours"
    assert (
        standing_side(contest, Answers("equal", "equal", "differs"), Answers("equal", "equal", "unknown")) == "theirs"
    )
