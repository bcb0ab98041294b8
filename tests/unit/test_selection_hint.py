"""A selection that names nothing is told with what may be meant."""

import pytest

from specbuild.diagnostic import Diagnostic, Place
from specbuild.selection_hint import SINCE, with_hint

IDS = ("examples/hello", "tools/text/sort", "plain")
GENERAL = "specbuild status lists all specs"


def hint(written: str, code: str = "SB320", before: str = GENERAL) -> str:
    return with_hint(Diagnostic(code, f"`{written}` selects nothing: no spec", hint=before), IDS).hint


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("exmples/*", "did you mean `examples/*`?"),
        ("tool/**", "did you mean `tools/**`?"),
        ("tools/txt/s*", "did you mean `tools/text/s*`?"),
        ("2+exmples/*", "did you mean `examples/*`?"),
        ("status:fresh,exmples/*", "did you mean `examples/*`?"),
        ("nosuch*", GENERAL),
        ("*/*/*/x", GENERAL),
        ("plan", GENERAL),
        ("since:HEAD", "`git diff --stat HEAD` shows what has changed"),
        ("since:HEAD~2", "`git diff --stat HEAD~2` shows what has changed"),
        ("tag:a, 1+since:v1.2+", "`git diff --stat v1.2` shows what has changed"),
        ("exmples/*+2", "did you mean `examples/*`?"),
        ("+exmples/h?", "did you mean `examples/h?`?"),
        ("exmples/[a]", "did you mean `examples/[a]`?"),
        ("exmples/* , plan", GENERAL),
        ("exmples/hello", GENERAL),
        ("plai/*", GENERAL),  # "plain" is no folder
        ("ex?mples/*", GENERAL),
        ("", GENERAL),
    ],
)
def test_what_may_be_meant(written: str, wanted: str) -> None:
    assert hint(written) == wanted


def test_what_is_said_already_and_other_faults_stay() -> None:
    assert hint("exmples/*", before="did you mean `x`?") == "did you mean `x`?"
    assert hint("exmples/*", code="SB321") == GENERAL


def test_only_message_and_hint_are_said_anew() -> None:
    place = Place("specbuild.toml", 3, 1)
    fault = Diagnostic("SB320", "`a, since:v1` selects nothing: no spec", place, "why", GENERAL)
    said = with_hint(fault, IDS)
    assert said.message == "`a, since:v1` selects nothing: no file of a spec differs from v1"
    assert (said.code, said.place, said.why) == ("SB320", place, "why")
    glob = Diagnostic("SB320", "`exmples/*` selects nothing: no spec", place, "why", GENERAL)
    assert (with_hint(glob, IDS).message, with_hint(glob, IDS).place) == (glob.message, place)
    assert with_hint(glob, ()) == glob and with_hint(Diagnostic("SB320", "nothing"), IDS) == Diagnostic(
        "SB320", "nothing"
    )
    assert SINCE == "since:"
