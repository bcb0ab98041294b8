"""What a spec's formatter (`[build] format`) made of a reply's texts, as records tell: found by content, nothing runs.

Texts before the shape come in; the texts that are written, but for the header line, go out. `formatter` makes what no
record tells.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from specbuild.canonical_json import Json
from specbuild.disk.replies import Replies
from specbuild.keys import ReplyKey
from specbuild.languages import language_of_path
from specbuild.record import Record, format_record, record_name
from specbuild.shape import VERBATIM, Shaped, shaped
from specbuild.stanza import OutputState, Stanza
from specbuild.target import Target

_FORMAT, _REVIEW = "format", "review"
_NAME = re.compile(r"[0-9a-f]{64}\.[1-9][0-9]{0,5}\.[0-9a-f]{16}\.json")


class Layout(NamedTuple):
    """The texts by declared name as the formatter left them, and the records that say so."""

    texts: Mapping[str, str]
    records: tuple[Record, ...] = ()


def known_layout(
    files: Mapping[str, str],
    target: Target,
    *,
    way: str,
    replies: Replies,
    states: Mapping[str, OutputState] | None = None,
) -> Layout | None:
    """Return the layout of `files` that records tell, None if they don't tell all of it. Nothing is run.

    Of several results for one text (formatters of two versions, on two branches) the one that gives the output that
    `states` names serves, else the one of the smallest name.
    """
    texts, records = dict(files), []
    for name in formatted_names(files, target, way=way):
        found = known_record(files, name, target, replies, states or {})
        if found is None:
            return None
        texts[name] = found.reply.content
        records.append(found)
    return Layout(texts, tuple(records))


def known_outputs(
    files: Mapping[str, str],
    target: Target,
    *,
    way: str,
    replies: Replies,
    states: Mapping[str, OutputState] | None = None,
) -> tuple[Shaped, ...] | None:
    """Return the outputs that `files` give, shaped as records tell; None if a record of the formatter is not at hand.

    `states` are the locked ones, by declared name: they choose among several records, and have the modes of a text that
    was accepted.
    """
    layout = known_layout(files, target, way=way, replies=replies, states=states)
    return None if layout is None else outputs_of(layout, target, way=way, states=states)


def outputs_of(
    layout: Layout, target: Target, *, way: str, states: Mapping[str, OutputState] | None = None
) -> tuple[Shaped, ...]:
    """Return the outputs that a layout gives."""
    modes = {name: state.mode for name, state in (states or {}).items()}
    return shaped(layout.texts, target, way=way, modes=modes)


def formatted_names(files: Mapping[str, str], target: Target, *, way: str) -> tuple[str, ...]:
    """Return the names of the files that the target's formatter gets: those of the target's own language that are not
    blank. A text that a person accepted stays as it is."""
    if way == VERBATIM or not target.spec.texts("build.format"):
        return ()
    return tuple(
        name
        for name in target.names
        if files[name].strip() and (language_of_path(name, target.language) or target.language) == target.language
    )


def layout_evidence(records: Iterable[Record]) -> dict[str, Json]:
    """Return what a stanza's evidence tells of its layout: the names of a formatter's records, if there are any."""
    return _names(_FORMAT, records)


def review_evidence(records: Iterable[Record]) -> dict[str, Json]:
    """Return what a stanza's evidence tells of its review: the names of its turns, if there was one."""
    return _names(_REVIEW, records)


def _names(part: str, records: Iterable[Record]) -> dict[str, Json]:
    names: list[Json] = [*sorted(record_name(one) for one in records)]
    return {part: names} if names else {}


def names_in_evidence(stanza: Stanza, parts: Iterable[str] = (_FORMAT, _REVIEW)) -> tuple[str, ...]:
    """Return the names of the records of formatter and review that a stanza was built with; none that could be another
    file's."""
    found = [stanza.evidence.get(part) for part in parts]
    names = [one for value in found if isinstance(value, list | tuple) for one in value]
    return tuple(one for one in names if isinstance(one, str) and _NAME.fullmatch(one))


def layout_is_known(stanza: Stanza, replies: Replies) -> bool:
    """Tell whether the records of the formatter that a stanza was built with are at hand."""
    names = (one.split(".") for one in names_in_evidence(stanza, (_FORMAT,)))
    return all(replies.get(ReplyKey(key), int(turn), reply16) is not None for key, turn, reply16, _ in names)


def known_record(
    files: Mapping[str, str], name: str, target: Target, replies: Replies, states: Mapping[str, OutputState]
) -> Record | None:
    """Return the record of what the formatter made of one text."""
    key = format_record(target.spec.texts("build.format"), files[name], "").key
    found = [one for one in replies.turns(key) if one.kind == "format"]
    state = states.get(name)
    if state is None or len(found) < 2:
        return found[0] if found else None
    at = target.names.index(name)
    for one in found:
        if shaped({**files, name: one.reply.content}, target, way="")[at].sha256 == state.sha256:
            return one
    return found[0]
