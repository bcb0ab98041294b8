"""A name that is unknown now is told with the id that it may have moved to."""

import pytest

from specbuild.diagnostic import Diagnostic
from specbuild.moved_name import moved_to, with_moved

IDS = ("tools/text/sort", "tools/count", "old/count", "plain")
GENERAL = "specbuild status lists the ids of all specs"


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("sort", "tools/text/sort"),
        ("specs/sort.toml", "tools/text/sort"),
        ("tools/plain", "plain"),
        ("count", None),
        ("sor", None),
        ("tools/", None),
        ("", None),
    ],
)
def test_it_is_the_only_one_with_the_same_last_piece(written: str, wanted: str | None) -> None:
    assert moved_to(written, IDS) == wanted


def test_only_an_unknown_name_without_a_better_hint_gets_one() -> None:
    need = Diagnostic("SB302", "the need `sort` is neither a spec nor a file of this project", hint=GENERAL)
    others = (
        Diagnostic("SB302", "the need `sort` is no", hint="did you mean `sorts`?"),
        Diagnostic("SB301", "`sort` needs itself", hint="take one away"),
        Diagnostic("SB302", "no name", hint=GENERAL),
    )
    found = with_moved((need, *others), IDS)
    assert found[0].hint == "did you mean `tools/text/sort`?"
    assert found[1:] == others
