"""A selection that names nothing is told with what may be meant."""

import pytest

from specbuild.diagnostic import Diagnostic
from specbuild.selection_hint import with_hint

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
    ],
)
def test_what_may_be_meant(written: str, wanted: str) -> None:
    assert hint(written) == wanted


def test_what_is_said_already_and_other_faults_stay() -> None:
    assert hint("exmples/*", before="did you mean `x`?") == "did you mean `x`?"
    assert hint("exmples/*", code="SB321") == GENERAL
