"""The generations of one target as text for people and JSON for machines, and two of them beside each other."""

from collections.abc import Sequence
from typing import Protocol

from specbuild.canonical_json import Json
from specbuild.formats.diff_text import OutputPair, diff_json, diff_text
from specbuild.formats.text import table_text
from specbuild.progress import Spent
from specbuild.stanza import Stanza
from specbuild.styled_text import Span
from specbuild.why import Change


class Generation(Protocol):
    """One build of a target; `spent` and `lines` are None where they are not known."""

    @property
    def number(self) -> int: ...
    @property
    def date(self) -> str: ...
    @property
    def commit(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def stanza(self) -> Stanza: ...
    @property
    def iterations(self) -> Sequence[int]: ...
    @property
    def spent(self) -> Spent | None: ...
    @property
    def lines(self) -> int | None: ...
    @property
    def id(self) -> str: ...
    @property
    def is_present(self) -> bool: ...
    @property
    def same_as(self) -> int: ...
    @property
    def spec(self) -> str: ...


_HEADS = ("", "date", "commit", "spec", "model", "attempts", "in", "out", "lines", "what")


def generations_text(target_id: str, generations: Sequence[Generation]) -> list[Span]:
    """Return a row for each generation, the newest first."""
    if not generations:
        return [Span(f"{target_id} was never built\n")]
    rows: list[list[str | Span]] = [[Span(head, "faint") for head in _HEADS]]
    for one in reversed(generations):
        tokens = ("–", "–") if one.spent is None else (f"{one.spent.input_tokens:,}", f"{one.spent.output_tokens:,}")
        rows.append(
            [
                Span(str(one.number), "strong"), one.date[:10] or "–", one.commit[:8] or "–", one.spec[:8],
                str(one.stanza.inputs.get("model", "–")), str(one.stanza.reply.attempts) if one.stanza.reply else "–",
                *tokens, "–" if one.lines is None else f"{one.lines:,}", what_text(one),
            ]
        )  # fmt: skip
    return table_text(rows)


def generations_json(target_id: str, generations: Sequence[Generation]) -> Json:
    """Return all generations, the newest first."""
    return {"id": target_id, "generations": [_generation_json(one) for one in reversed(generations)]}


def compared_text(changes: Sequence[Change], outputs: Sequence[OutputPair]) -> list[Span]:
    """Return what changed from one generation to another: components with old and new value, then a unified diff."""
    spans: list[Span] = []
    for change in changes:
        spans.append(Span(f"{change.component} {change.field}".strip() + "\n", "strong"))
        spans += [Span("  was ", "faint"), Span(f"{change.before}\n")]
        spans += [Span("  now ", "faint"), Span(f"{change.after}\n")]
    spans += diff_text(outputs)
    return spans or [Span("no difference\n")]


def compared_json(changes: Sequence[Change], outputs: Sequence[OutputPair]) -> Json:
    """Return the same as one value."""
    return {"changes": [one._asdict() for one in changes], "outputs": diff_json(outputs)}


def what_text(one: Generation) -> str:
    """Say in a few words what a generation is beside a build: the present one, one gone back to, who wrote it, in which
    iterations it stands, that it failed, that no commit holds it yet."""
    origin = one.stanza.origin
    words: list[str] = [] if origin == "generated" else [origin]
    if one.id:
        words.insert(0, f"as {one.id}")
    if one.same_as:
        words.insert(0, f"the same as {one.same_as}")
    if one.is_present:
        words.insert(0, "present")
    if one.stanza.revisions:
        words.append(f"revision {one.stanza.revisions}")
    if one.stanza.failed is not None:
        words.append("failed")
    if one.iterations:
        first, last = min(one.iterations), max(one.iterations)
        words.append(f"iteration {first}" if first == last else f"iterations {first} to {last}")
    if not one.commit:
        words.append("not committed")
    return ", ".join([*words, one.subject] if one.subject else words)


def _generation_json(one: Generation) -> Json:
    spent = one.spent
    return {
        "number": one.number,
        "present": one.is_present,
        "same_as": one.same_as or None,
        "id": one.id or None,
        "date": one.date or None,
        "commit": one.commit or None,
        "subject": one.subject,
        "spec": one.spec,
        "model": one.stanza.inputs.get("model"),
        "attempts": one.stanza.reply.attempts if one.stanza.reply else None,
        "tokens": None if spent is None else {"input": spent.input_tokens, "output": spent.output_tokens},
        "cost": None if spent is None else spent.cost,
        "lines": one.lines,
        "origin": one.stanza.origin,
        "revisions": one.stanza.revisions,
        "failed": one.stanza.failed is not None,
        "iterations": list(one.iterations),
        "outputs": {path: state.sha256 for path, state in one.stanza.outputs.items()},
        "trace": one.stanza.trace,
    }
