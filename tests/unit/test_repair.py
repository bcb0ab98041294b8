"""What a model is told after a failed attempt."""

from specbuild.repair import repair_messages
from specbuild.verifier import Outcome, Verdict


def told(*verdicts: Verdict, names: tuple[str, ...] = ("a.py",)) -> str:
    (message,) = repair_messages(verdicts, marker="0123456789ab", names=names)
    assert message["role"] == "user" and set(message) == {"role", "content"}
    return str(message["content"])


def verdict(outcome: Outcome, *messages: str) -> Verdict:
    return Verdict("text", outcome, messages)


def test_every_failure_is_told_in_order() -> None:
    text = told(verdict("failed", "first", "second"), verdict("failed", "third"))
    assert text.index("* first") < text.index("* second") < text.index("* third")


def test_only_failures_are_told() -> None:
    text = told(verdict("passed", "p"), verdict("not_checked", "n-c"), verdict("broken", "b-r"), verdict("failed", "f"))
    assert "* f\n" in text and "n-c" not in text and "b-r" not in text and "* p" not in text


def test_a_message_of_several_lines_stays_one_item() -> None:
    assert "* one\n  two\n" in told(verdict("failed", "one\ntwo"))


def test_every_declared_name_is_asked_for_with_the_root_s_marker() -> None:
    text = told(verdict("failed", "f"), names=("a.py", "sub/b.py"))
    for name in ("a.py", "sub/b.py"):
        assert f"=== specbuild:0123456789ab file: {name} ===" in text.split("\n")
    assert text.count("=== specbuild:0123456789ab end ===") == 2


def test_the_same_verdicts_give_the_same_text() -> None:
    assert told(verdict("failed", "f")) == told(verdict("failed", "f"))
    assert told(verdict("failed", "f")) != told(verdict("failed", "g"))


def test_the_wording_of_edition_1() -> None:
    assert told(verdict("failed", "a.py:1:1: no")) == (
        "The answer above can't be used yet. What was found:\n\n* a.py:1:1: no\n\n"
        "Answer again with every file whole and corrected, in the same form as before:\n\n"
        "=== specbuild:0123456789ab file: a.py ===\n(the complete text of a.py)\n=== specbuild:0123456789ab end ===\n"
    )


def test_the_wording_of_several_verdicts_messages_and_names() -> None:
    verdicts = (
        Verdict("text", "failed", ("one\n\ntwo\r ", "three"), ("a note",), ("a detail",)),
        verdict("broken", "no"),
        verdict("failed"),
        verdict("failed", "four\n"),
    )
    assert told(*verdicts, names=("a.py", "sub/b c.py")) == (
        "The answer above can't be used yet. What was found:\n\n* one\n  \n  two\r \n* three\n* four\n  \n\n"
        "Answer again with every file whole and corrected, in the same form as before:\n\n"
        "=== specbuild:0123456789ab file: a.py ===\n(the complete text of a.py)\n=== specbuild:0123456789ab end ===\n"
        "=== specbuild:0123456789ab file: sub/b c.py ===\n(the complete text of sub/b c.py)\n"
        "=== specbuild:0123456789ab end ===\n"
    )


def test_the_wording_without_anything_to_tell() -> None:
    assert told(verdict("passed", "p"), names=()) == (
        "The answer above can't be used yet. What was found:\n\n\n"
        "Answer again with every file whole and corrected, in the same form as before:\n\n"
    )
