"""Which stanza fits a target."""

from dataclasses import replace

from specbuild.canonical_json import Digest, Json
from specbuild.components import Components
from specbuild.fitting import Fit, adoptable, fitting_stanza, wants_kept
from specbuild.keys import ReplyKey
from specbuild.stanza import Origin, ReplyPin, Stanza

INPUTS: dict[str, Json] = {
    "context": {}, "edition": 1, "mode": "single", "model": "m", "needs": {}, "parameters": "p", "service": "default",
    "spec": {"file.name": "now"}, "template": "default",
}  # fmt: skip
NOW = Components(INPUTS, {}, {"needs": {}})
PIN = ReplyPin(1, ReplyKey("0" * 64), 0, Digest("1" * 64))


def stanza(spec: str = "now", *, origin: Origin = "generated", pin: ReplyPin | None = PIN, sample: int = 0) -> Stanza:
    reply = pin._replace(sample=sample) if pin else None
    return Stanza({**INPUTS, "spec": {"file.name": spec}}, reply=reply, origin=origin)


def fit(home: Stanza | None, *kept: Stanza, adopted: Stanza | None = None) -> Fit | None:
    return fitting_stanza(
        NOW, home=("id", home) if home else None, adopted=("gone", adopted) if adopted else None, kept=kept
    )


def origin_of(found: Fit | None) -> str | None:
    return found.origin if found else None


def test_the_locked_stanza_fits_if_it_answers_the_request_of_now() -> None:
    assert origin_of(fit(stanza(), stanza(sample=1))) == "home"


def test_a_kept_stanza_with_the_request_of_now_goes_before_a_locked_one_with_another() -> None:
    found = fit(stanza("before"), stanza("other"), stanza(sample=3))
    assert found is not None and found.origin == "kept" and found.stanza.reply and found.stanza.reply.sample == 3
    assert origin_of(fit(stanza("before"), stanza("other"))) == "home"


def test_an_accepted_text_is_never_left_for_another_by_itself() -> None:
    assert origin_of(fit(stanza("before", origin="accepted"), stanza())) == "home"


def test_a_stanza_that_never_passed_is_none() -> None:
    assert fit(stanza(pin=None)) is None
    assert origin_of(fit(stanza(pin=None), stanza())) == "kept"


def test_a_spec_without_a_stanza_takes_the_adopted_one_whatever_else_differs() -> None:
    found = fit(None, adopted=stanza())
    assert found is not None and (found.origin, found.from_id) == ("adopted", "gone")


def test_kept_stanzas_are_wanted_only_where_they_could_fit_better() -> None:
    assert wants_kept(None)
    assert wants_kept(fit(stanza("before")))
    assert not wants_kept(fit(stanza()))
    assert not wants_kept(fit(stanza("before", origin="accepted")))


def test_a_spec_adopts_the_stanza_of_a_spec_that_is_gone() -> None:
    assert adoptable({"new": {"file.name": "now"}}, {"gone": stanza()}) == {"new": "gone"}
    assert adoptable({"new": {"file.name": "other"}}, {"gone": stanza()}) == {}
    assert adoptable({"new": {"file.name": "now"}}, {"gone": stanza(pin=None)}) == {}


def test_the_smallest_id_is_adopted_first_and_none_twice() -> None:
    gone = {"z": stanza(), "a": stanza()}
    same = {"file.name": "now"}
    assert adoptable({"q": same, "p": same, "r": same}, gone) == {"p": "a", "q": "z"}


def test_a_fit_says_where_it_is_locked_and_how_its_request_compares() -> None:
    home, kept = fit(stanza()), fit(stanza("before"), stanza())
    assert home is not None and (home.from_id, home.request.answer) == ("id", "equal")
    assert kept is not None and (kept.from_id, kept.request.answer) == ("", "equal")
    before = fit(stanza("before"))
    assert before is not None and [one.field for one in before.request.differences] == ["file.name"]


def test_a_locked_stanza_that_may_still_answer_is_not_left() -> None:
    waiting = replace(NOW, inputs={**INPUTS, "needs": {"lexer": None}})
    locked = Stanza({**INPUTS, "needs": {"lexer": "python/1:0"}}, reply=PIN)
    found = fitting_stanza(waiting, home=("id", locked), adopted=None, kept=[stanza()])
    assert found is not None and (found.origin, found.request.answer) == ("home", "unknown")
    assert not wants_kept(found)


def test_an_accepted_text_answers_no_model() -> None:
    def of_another_model(origin: Origin) -> Stanza:
        return Stanza({**INPUTS, "model": "n"}, reply=PIN, origin=origin)

    accepted, generated = fit(of_another_model("accepted")), fit(of_another_model("generated"))
    assert accepted is not None and accepted.request.answer == "equal"
    assert generated is not None and generated.request.answer == "differs"


def test_a_kept_stanza_goes_before_an_adopted_one_with_another_request() -> None:
    assert origin_of(fit(None, stanza(), adopted=stanza("before"))) == "kept"
    assert origin_of(fit(None, stanza("other"), adopted=stanza("before"))) == "adopted"
    assert origin_of(fit(stanza(pin=None), adopted=stanza())) == "adopted"
    assert fit(None) is None
    assert fit(None, stanza("other")) is None
    assert fit(None, stanza(pin=None)) is None


def test_every_field_of_a_spec_has_to_be_equal_to_adopt() -> None:
    gone = {"gone": Stanza({**INPUTS, "spec": {"file.name": "now", "file.language": "c"}}, reply=PIN)}
    assert adoptable({"new": {"file.language": "c", "file.name": "now"}}, gone) == {"new": "gone"}
    assert adoptable({"new": {"file.name": "now"}}, gone) == {}
    assert adoptable({}, gone) == {}
