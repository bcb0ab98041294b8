"""One target's conversation carried on to an end that passes: known turns are read, missing ones asked, all of them
judged.

A reply is stored durably before it is looked at. Nothing of the project is written here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from specbuild.canonical_json import Json
from specbuild.diagnostic import Diagnostic
from specbuild.disk.replies import Replies
from specbuild.keys import reply_key
from specbuild.progress import Spent
from specbuild.prompt_cut import prompt_cut
from specbuild.provider import ProviderError
from specbuild.record import Record, reply_record
from specbuild.repair import repair_messages
from specbuild.reply import Answer, incomplete_reason
from specbuild.request import Request, next_body
from specbuild.target import Target
from specbuild.trial import Bench
from specbuild.verifier import Verdict
from specbuild.work.budget import LimitReached
from specbuild.work.conversation import Conversation
from specbuild.work.judge import Judged, extracted, judged
from specbuild.work.nearest_request import nearest_request
from specbuild.work.prompts import Prepared
from specbuild.work.result import Result, half_read, incomplete, limit_reached, missing, not_answered, would_change
from specbuild.work.shown_secrets import secret_shown
from specbuild.work.spending import added, together
from specbuild.work.step import Step
from specbuild.work.walk import Walk


class Ask(Protocol):
    """Asks one request for one target (its id is for the progress); raises ProviderError or LimitReached."""

    def __call__(self, request: Request, target_id: str) -> Answer: ...

    def stored(self, request: Request) -> None:
        """Take in that the reply to `request` is stored."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a run may do: `offline` asks nothing, `locked` lets no stanza change, `allow_secret` sends any prompt."""

    offline: bool = False
    locked: bool = False
    allow_secret: bool = False


class Judge(Protocol):
    """Judges one turn: its files, taken out and held against everything that is asked of them."""

    def __call__(self, record: Record, *, marker: str, target: Target, bench: Bench) -> Judged: ...


class Reviewed(NamedTuple):
    """What a review came to: the verdict, the turns that it took, what they cost, and whether somebody was asked."""

    verdict: Verdict
    turns: tuple[Record, ...] = ()
    spent: Spent = Spent()
    asked: bool = False

    @property
    def over(self) -> int:
        """The answers beyond the first: each takes an attempt of the target's."""
        return max(0, len(self.turns) - 1)

    def of(self, end: Judged) -> Judged:
        """Return `end` with the verdict."""
        return end._replace(verdicts=(*end.verdicts, self.verdict), reviews=self.turns)


class Review(Protocol):
    """Reviews files that passed all else, where a spec asks for it; `work/reviewer.py` is the one that does."""

    def review(self, step: Step, files: Mapping[str, str], *, tries: int) -> Reviewed | Result: ...
    def tries_over(self, step: Step, texts: Iterable[Mapping[str, str]]) -> int: ...


class Reached(NamedTuple):
    """Where a conversation came to: the turn that serves, or the last one (it failed) if none does; all turns; what
    it cost; the attempts that were judged on the way; and whether somebody was asked (a person's answer is no call)."""

    end: Judged
    turns: tuple[Record, ...]
    spent: Spent
    judged: tuple[Judged, ...] = ()
    asked: bool = False
    fault: Diagnostic | None = None
    """Why an agent came to no end, in its own words."""


class Dialogue:
    """Carries conversations on. Thread-safe as far as its parts are."""

    def __init__(
        self,
        walk: Walk,
        *,
        replies: Replies,
        ask: Ask,
        rules: Rules,
        cancelled: Callable[[], bool],
        bench_of: Callable[[Target], Bench],
        judge: Judge = judged,
        kind: Literal["reply", "review"] = "reply",
        reviewer: Review | None = None,
    ) -> None:
        """`kind` is that of the records; `reviewer` looks at what passed, where the spec asks for a review."""
        self._walk = walk
        self._replies = replies
        self._ask = ask
        self._rules = rules
        self._cancelled = cancelled
        self._bench_of = bench_of
        self._judge = judge
        self._kind = kind
        self._reviewer = reviewer
        self._first_turns: tuple[Record, ...] | None = None

    def carry_on(self, step: Step, prepared: Prepared, conversation: Conversation) -> Reached | Result:
        """Follow the known turns to their end; ask, store, extract and judge until a turn passes or attempts are used
        up.

        If the last attempt fails, the latest earlier turn that passes serves. A Result says why there is no end.
        Raises DiagnosticError: the disk refuses, or the service is not configured.
        """
        target = step.target
        turns = list(conversation.turns)
        body: Mapping[str, Json] = prepared.request.body
        for number, record in enumerate(turns[1:]):
            body = next_body(body, turns[number].reply, record.append)
        bench = self._bench_of(target)
        spent = Spent()
        asked = False
        tried: list[Judged] = []
        append: list[Mapping[str, Json]] = []
        reviewer = self._reviewer if target.spec.flag("verify.review") is True else None
        over = reviewer.tries_over(step, _texts_of(turns[:-1], prepared.marker, target)) if reviewer else 0
        while True:
            if turns:
                end = self._judge(turns[-1], marker=prepared.marker, target=target, bench=bench)
                if reviewer is not None and end.passed:
                    reviewed = reviewer.review(step, end.files, tries=1 + max(0, target.attempts - len(turns) - over))
                    if isinstance(reviewed, Result):
                        return reviewed._replace(spent=together(spent, reviewed.spent))
                    end, spent, over = reviewed.of(end), together(spent, reviewed.spent), over + reviewed.over
                    asked = asked or reviewed.asked
                tried.append(end)
                if end.passed or end.broken or len(turns) + over >= target.attempts:
                    break
                append = repair_messages(end.verdicts, marker=prepared.marker, names=target.names)
                body = next_body(body, turns[-1].reply, append)
            request = Request(body, prepared.request.service, prepared.request.sample)
            found = self.turn(step, prepared, request, tuple(turns), append)
            if isinstance(found, Result):
                return found._replace(spent=together(spent, found.spent))
            record, answer = found
            spent = together(spent, self.paid(request, answer))
            asked = asked or answer is not None
            turns.append(record)
        if not end.passed and not end.broken:
            for record in reversed(turns[:-1]):
                one = self._judge(record, marker=prepared.marker, target=target, bench=bench)
                if reviewer is not None and one.passed:
                    known = reviewer.review(step, one.files, tries=0)
                    if isinstance(known, Result):
                        continue
                    one = known.of(one)
                if one.passed:
                    end = one
                    break
        return Reached(end, tuple(turns), spent, tuple(tried), asked)

    def turn(
        self,
        step: Step,
        prepared: Prepared,
        request: Request,
        turns: tuple[Record, ...],
        append: Sequence[Mapping[str, Json]],
    ) -> tuple[Record, Answer | None] | Result:
        """Have one turn's reply: one that another process bought meanwhile, or by asking. Raises DiagnosticError."""
        number = len(turns) + 1
        if self._rules.offline or self._rules.locked:
            return self.refused(step, prepared, turns)
        if not self._rules.allow_secret:
            added_texts = append if turns else None
            fault = secret_shown(
                step, request, prepared.spec_values, self._walk.project, append=added_texts, kind=self._kind
            )
            if fault is not None:
                return fault
        key = prepared.key if request.body is prepared.request.body else reply_key(request)
        try:
            with self._replies.claim(key, cancelled=self._cancelled):
                for record in self._replies.turns(prepared.key):
                    if record.key == key and record.turn == number:
                        return record, None
                answer = self._ask(request, step.target.id)
                reason = incomplete_reason(answer.reply)
                if reason is not None:
                    self._replies.keep_incomplete(key, answer.reply, answer.raw)
                    return incomplete(step, reason, kind=self._kind)._replace(spent=self.paid(request, answer))
                cut = prompt_cut(request.body, answer.source.usage)
                if cut is not None:
                    self._replies.keep_incomplete(key, answer.reply, answer.raw)
                    return half_read(step, cut)._replace(spent=self.paid(request, answer))
                record = reply_record(
                    request,
                    answer.reply,
                    source=answer.source,
                    spec=None if turns else prepared.spec_values,
                    parent=turns[-1] if turns else None,
                    append=append,
                    kind=self._kind,
                )
                self._replies.store(record, answer.raw)
        except ProviderError as error:
            return not_answered(step, error, self._walk.project, request.service)
        except LimitReached as limit:
            return limit_reached(step, limit)
        except KeyboardInterrupt:
            return Result("stopped")  # the run was interrupted while another process held the claim
        self._ask.stored(request)
        return record, answer

    def paid(self, request: Request, answer: Answer | None) -> Spent:
        """Return what an answer took; None is one that was known."""
        service = self._walk.project.personal.services.get(request.service)
        return added(Spent(), answer.source if answer else None, service.prices if service else None)

    def refused(self, step: Step, prepared: Prepared, turns: tuple[Record, ...]) -> Result:
        """Return how a target ends whose next reply may not be asked for."""
        if not self._rules.offline:
            return would_change(step)
        if turns:
            return missing(step, prepared.key, len(turns) + 1, nearest="")
        if self._first_turns is None:
            self._first_turns = tuple(self._replies.first_turns())
        nearest = nearest_request(prepared.request, prepared.spec_values, self._first_turns)
        lost = step.home is None and any(
            one.kind == "reply" and one.spec == prepared.spec_values for one in self._first_turns
        )
        return missing(step, prepared.key, 1, nearest=nearest, is_entry_lost=lost)


def _texts_of(turns: Sequence[Record], marker: str, target: Target) -> Iterable[Mapping[str, str]]:
    found = (extracted(record, marker=marker, target=target) for record in turns)
    return (one.files for one in found if one.passed)
