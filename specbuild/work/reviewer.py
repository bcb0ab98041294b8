"""Has files reviewed that passed every other check, where the spec asks for it: by the rules first, then by a second
call that reads the code against the spec.

A review is a conversation of its own, asked, kept and found like any other, by what it shows: an answer that can't be
read is asked for again, within the attempts that the target has left, and is never a pass.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from specbuild.components import Components
from specbuild.diagnostic import Diagnostic
from specbuild.disk.replies import Replies
from specbuild.record import Record
from specbuild.review import FINDINGS, Finding, errors_in, findings_in
from specbuild.security_rules import security_findings
from specbuild.spec import Spec
from specbuild.target import Target
from specbuild.trial import PAPER, Bench
from specbuild.verifier import Verdict
from specbuild.work.conversation import Conversation, known_conversation
from specbuild.work.dialogue import Ask, Dialogue, Reviewed, Rules
from specbuild.work.judge import Judged, extracted
from specbuild.work.prompts import Prepared
from specbuild.work.result import Result
from specbuild.work.step import Step
from specbuild.work.walk import Walk


class Reviewer:
    """Reviews what one run makes. Thread-safe as far as its parts are."""

    def __init__(self, walk: Walk, *, replies: Replies, ask: Ask, rules: Rules, cancelled: Callable[[], bool]) -> None:
        self._walk = walk
        self._replies = replies
        self._ask = ask
        self._rules = rules
        self._cancelled = cancelled

    def review(self, step: Step, files: Mapping[str, str], *, tries: int) -> Reviewed | Result:
        """Return the verdict on `files` (declared name → text), after at most `tries` answers; a Result says why there
        is none. What breaks a rule is sent back at once, and costs no call. Raises DiagnosticError."""
        broken = security_verdict(files, step.target)
        if broken.outcome == "failed":
            return Reviewed(broken)
        prepared = self._walk.prepare(step.target, step.components, reviewed=files)
        if isinstance(prepared, Diagnostic):
            return Result("failed", diagnostics=(prepared,))
        known = known_conversation(self._replies, prepared)
        if tries < 1 and not known.turns:
            return Reviewed(Verdict("review", "broken", ("it was not reviewed, as no attempt is left for that",)))
        dialogue = Dialogue(
            self._walk,
            replies=self._replies,
            ask=self._ask,
            rules=self._rules,
            cancelled=self._cancelled,
            bench_of=lambda target: PAPER,
            judge=partial(read_review, files=files),
            kind="review",
        )
        asking = replace(step, target=asking_target(step.target, tries))
        reached = dialogue.carry_on(asking, prepared, known)
        if isinstance(reached, Result):
            return reached
        verdict = _with_notes(_verdict(reached.end, files), broken.notes)
        return Reviewed(verdict, reached.turns, reached.spent, reached.asked)

    def tries_over(self, step: Step, texts: Iterable[Mapping[str, str]]) -> int:
        """Return how many answers beyond the first the known reviews of earlier turns took; `texts` are their files."""
        over = 0
        for files in texts:
            prepared = self._walk.prepare(step.target, step.components, reviewed=files)
            if not isinstance(prepared, Diagnostic):
                over += max(0, len(known_conversation(self._replies, prepared).turns) - 1)
        return over


class KnownReview(NamedTuple):
    """A review that needs no call: its request, what is known of its conversation, and the verdict, None if there is
    none yet."""

    prepared: Prepared
    conversation: Conversation
    verdict: Verdict | None


def known_review(
    walk: Walk, target: Target, components: Components, files: Mapping[str, str], *, replies: Replies
) -> KnownReview | Diagnostic:
    """Return what is known of the review of `files`; a Diagnostic says why it can't be asked for at all."""
    prepared = walk.prepare(target, components, reviewed=files)
    if isinstance(prepared, Diagnostic):
        return prepared
    conversation = known_conversation(replies, prepared)
    broken = security_verdict(files, target)
    if broken.outcome == "failed" or not conversation.turns:
        return KnownReview(prepared, conversation, broken if broken.outcome == "failed" else None)
    asking = asking_target(target, len(conversation.turns))
    end = read_review(conversation.turns[-1], marker=prepared.marker, target=asking, bench=PAPER, files=files)
    verdict = _with_notes(_verdict(end, files), broken.notes) if end.passed else None
    return KnownReview(prepared, conversation, verdict)


def is_reviewed(spec: Spec) -> bool:
    """Tell whether a spec asks for a review of what is built."""
    return spec.flag("verify.review") is True


def asking_target(target: Target, tries: int) -> Target:
    """Return the target whose one file is the answer to a review."""
    return replace(target, names=(FINDINGS,), mode="single", attempts=max(1, tries))


def read_review(record: Record, *, marker: str, target: Target, bench: Bench, files: Mapping[str, str]) -> Judged:
    """Judge one answer: whether it has the form, and names nothing that `files` do not have."""
    found = extracted(record, marker=marker, target=target)
    if not found.passed:
        return found
    faults = findings_in(found.files[FINDINGS], files).faults
    return found._replace(verdicts=(*found.verdicts, Verdict("review", "failed" if faults else "passed", faults)))


def security_verdict(files: Mapping[str, str], target: Target) -> Verdict:
    """Return what the rules say of `files`."""
    return verdict_of(security_findings(files, language=target.language, asked_for=saying(target.spec)))


def saying(spec: Spec) -> str:
    """Return what a spec says in words."""
    return "\n".join(map(spec.text, _SAYING))


def verdict_of(found: Sequence[Finding]) -> Verdict:
    """Return the verdict of a review: errors are messages, everything else is a note for a person."""
    errors = errors_in(found)
    notes = tuple(f"{one.severity}: {one}" for one in found if one.severity != "error")
    return Verdict("review", "failed" if errors else "passed", tuple(map(str, errors)), notes)


_SAYING = ("file.description", "project.requirements", "project.specs", "project.hints")


def _verdict(end: Judged, files: Mapping[str, str]) -> Verdict:
    if end.passed:
        return verdict_of(findings_in(end.files[FINDINGS], files).found)
    faults = "; ".join(message for one in end.verdicts for message in one.messages)
    return Verdict("review", "broken", ("its review gave no answer that can be read", faults))


def _with_notes(verdict: Verdict, notes: tuple[str, ...]) -> Verdict:
    return replace(verdict, notes=(*verdict.notes, *(one for one in notes if one not in verdict.notes)))
