"""What an agent's next build may take: calls, tokens and cost, from how far it came before.

An agent that never ran is bounded by its steps alone: what it will read and write, nobody knows. Reads only.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from specbuild.canonical_json import Json, canonical_json
from specbuild.configuration import Prices
from specbuild.cost import cost_of, estimated_input, estimated_tokens
from specbuild.decision import Calls
from specbuild.disk.replies import Replies
from specbuild.keys import ReplyKey
from specbuild.record import Record
from specbuild.reply import Usage
from specbuild.request import next_body
from specbuild.stanza import Stanza
from specbuild.why import Reason
from specbuild.work.conversation import pinned_turns
from specbuild.work.layout import names_in_evidence
from specbuild.work.step import Step


class Price(NamedTuple):
    """What a build may take: None is not known. `reasons` say where that is from."""

    calls: Calls
    tokens: int | None
    cost: float | None
    reasons: tuple[Reason, ...] = ()


def agent_price(step: Step, replies: Replies, prices: Prices | None) -> Price:
    """Return what building the agent's target would take."""
    calls, most = step.decision.calls, step.target.steps
    known = step.conversation.turns if step.conversation else ()
    if known and calls.least:
        left = max(1, most - len(known))
        told = Reason("agent", f"an agent goes on after step {len(known)}, for at most {left} more")
        return Price(calls._replace(least=1, expected=1), None, None, (told,))
    if not calls.expected or step.prepared is None:
        return Price(calls, None, None) if calls.expected else Price(calls, 0, 0.0)
    stanza = step.fit.stanza if step.fit else step.home
    taken = _last_time(stanza, replies)
    if not taken:
        first = estimated_input(step.prepared.request.body)
        what = f"an agent takes 1 to {most} steps, each reading all before it, the first about {first:,} tokens"
        return Price(calls, None, None, (Reason("agent", what),))
    tokens, cost = _together(taken, prices)
    steps = sum(one.kind == "reply" for one in taken)
    calls = calls._replace(expected=min(max(len(taken), calls.least), max(calls.most, calls.least)))
    what = f"an agent, of {steps} step{'s' if steps != 1 else ''} the last time; at most {most}"
    return Price(calls, tokens, cost, (Reason("agent", what),))


def expected_calls(steps: Iterable[Step], replies: Replies) -> int:
    """Return about how many calls the build of `steps` makes, as its plan says."""
    return sum(
        agent_price(one, replies, None).calls.expected if one.target.mode == "agent" else one.decision.calls.expected
        for one in steps
    )


def _last_time(stanza: Stanza | None, replies: Replies) -> tuple[Record, ...]:
    """Return the turns of the built trajectory, and of its review."""
    if stanza is None or stanza.reply is None:
        return ()
    turns = pinned_turns(stanza.reply, replies)
    names = [name.split(".") for name in names_in_evidence(stanza, ("review",))] if turns else []
    found = [replies.get(ReplyKey(key), int(turn), reply16) for key, turn, reply16, _ in names]
    return (*turns, *(one for one in found if one is not None))


def _together(records: Sequence[Record], prices: Prices | None) -> tuple[int, float | None]:
    """Return the tokens of all records and what they cost; what a service did not tell is estimated."""
    tokens, cost = 0, 0.0
    is_priced = True
    body: Mapping[str, Json] = {}
    for before, record in zip([None, *records], records, strict=False):
        if record.body is not None:
            body = record.body
        elif before is not None:
            body = next_body(body, before.reply, record.append)
        told = record.source.usage if record.source else Usage()
        used = Usage(
            estimated_input(body) if told.input is None else told.input,
            _said(record) if told.output is None else told.output,
        )
        tokens += (used.input or 0) + (used.output or 0)
        once = cost_of(used, prices)
        is_priced = is_priced and once is not None
        cost += once or 0.0
    return tokens, cost if is_priced else None


def _said(record: Record) -> int:
    calls = estimated_tokens(canonical_json(list(record.reply.tool_calls))) if record.reply.tool_calls else 0
    return estimated_tokens(record.reply.content) + calls
