"""What verifiers found on each target: text for people, JSON for machines."""

from collections.abc import Sequence
from typing import Protocol

from specbuild.canonical_json import Json
from specbuild.styled_text import Span, Style
from specbuild.verifier import Outcome, Verdict


class Verified(Protocol):
    """The verdicts on one target's outputs."""

    @property
    def id(self) -> str: ...
    @property
    def verdicts(self) -> Sequence[Verdict]: ...


_STYLES: dict[Outcome, Style] = {"passed": "good", "failed": "error", "broken": "error", "not_checked": "faint"}
_WORDS: dict[Outcome, str] = {"passed": "passed", "failed": "FAILED", "broken": "BROKEN", "not_checked": "not checked"}


def verdicts_text(results: Sequence[Verified], *, details: bool) -> list[Span]:
    """Return a paragraph for each target: what passed in one line, everything else with its reason.

    `details` shows what a hidden example showed: for a person only, never for a model.
    """
    spans: list[Span] = []
    for one in results:
        spans.append(Span(f"{one.id}\n", "strong"))
        passed = [verdict.verifier for verdict in one.verdicts if verdict.outcome == "passed"]
        if passed:
            spans += [Span("  passed", "good"), Span(f"       {', '.join(passed)}\n")]
        for verdict in one.verdicts:
            if verdict.outcome != "passed":
                spans += [
                    Span(f"  {_WORDS[verdict.outcome]:<13}", _STYLES[verdict.outcome]),
                    Span(f"{verdict.verifier}\n"),
                ]
                spans += [Span(_indented(message)) for message in verdict.messages]
                spans += [Span(_indented(f"(hidden) {detail}")) for detail in verdict.details if details]
            spans += [Span(_indented(f"note: {note}"), "faint") for note in verdict.notes]
    return spans


def verdicts_json(results: Sequence[Verified]) -> Json:
    """Return one object for each target; nothing of a hidden example is in it."""
    return [
        {
            "id": one.id,
            "verdicts": [
                {
                    "verifier": verdict.verifier, "outcome": verdict.outcome, "messages": list(verdict.messages),
                    "notes": list(verdict.notes),
                }
                for verdict in one.verdicts
            ],
        }
        for one in results
    ]  # fmt: skip


def _indented(text: str) -> str:
    return "".join(f"                 {line}\n" for line in text.splitlines())
