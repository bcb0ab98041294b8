"""One conversation: the turns that are known, the asking of those that are not, and which turn serves.

A turn is never computed again from verdicts: what was once shown to the model is read from the records.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from specbuild.canonical_json import bytes_digest
from specbuild.diagnostic import Diagnostic
from specbuild.disk.files import ProjectFiles
from specbuild.disk.replies import Replies
from specbuild.header import without_header
from specbuild.keys import ReplyKey
from specbuild.languages import language_of_path
from specbuild.output_patterns import with_names
from specbuild.record import Record
from specbuild.shape import VERBATIM, unshaped
from specbuild.stanza import ReplyPin, Stanza
from specbuild.target import Target
from specbuild.trajectory import WAY
from specbuild.work.agent_end import finished_with
from specbuild.work.judge import Judged, extracted, usable, with_interface
from specbuild.work.prompts import Prepared, marker_of_record


@dataclass(frozen=True, slots=True)
class Conversation:
    """The known turns of the conversation that a request begins, first turn first."""

    first_key: ReplyKey
    marker: str
    turns: tuple[Record, ...]


def known_conversation(replies: Replies, prepared: Prepared, pin: tuple[int, str] | None = None) -> Conversation:
    """Return what is known of the conversation: the pinned branch if `pin` (attempts, sha256) is there, else the
    smallest names."""
    turns = _branch(replies.turns(prepared.key), pin)
    return Conversation(prepared.key, prepared.marker, (_sharing(turns[0], prepared), *turns[1:]) if turns else ())


def _sharing(first: Record, prepared: Prepared) -> Record:
    """Return the first turn with the request's own texts instead of equal ones: of many targets both are held."""
    spec = prepared.spec_values if first.spec == prepared.spec_values else first.spec
    # One key means equal messages. Of the rest a request may hold more than a record does (`logical_body`).
    return replace(first, body={**(first.body or {}), "messages": prepared.request.body["messages"]}, spec=spec)


def usable_end(conversation: Conversation, target: Target) -> Judged | None:
    """Return the latest turn whose files dependents could be shown, judged by that alone; None if there is none."""
    for number in range(len(conversation.turns), 0, -1):
        record = conversation.turns[number - 1]
        if target.mode == "agent":
            end = finished_with(conversation.turns[:number], target)
            found = with_interface(end, with_names(target, end.files)) if end is not None else None
        else:
            found = usable(record, marker=conversation.marker, target=target)
        if found is not None and found.passed:
            return found
    return None


def texts_of_stanza(
    stanza: Stanza, target: Target, *, replies: Replies, files: ProjectFiles
) -> Mapping[str, str] | None:
    """Return the texts behind a stanza's outputs before the shape, by declared name, from locked bytes only.

    They come from the pinned record; if that is lost, from present outputs that are the locked ones. None if neither
    serves.
    """
    found = pinned_files(stanza, target, replies=replies)
    if found is not None:
        if found.way != VERBATIM:
            return found.files
        return {
            name: without_header(text.replace("\r\n", "\n"), language_of_path(name, target.language) or target.language)
            for name, text in found.files.items()
        }
    if "build.format" in stanza.shape:
        return None  # what lies there was laid out, and an interface is cut from the text before that
    texts: dict[str, str] = {}
    for name, path in zip(target.names, target.outputs, strict=True):
        raw = files.read(path)
        locked = stanza.outputs.get(path)
        if isinstance(raw, Diagnostic) or locked is None or bytes_digest(raw) != locked.sha256:
            return None
        texts[name] = unshaped(raw, path, target)
    return texts


def pinned_files(stanza: Stanza, target: Target, *, replies: Replies) -> Judged | None:
    """Return the files in the record that a stanza pins (the trace way: nothing is rendered, judged or run)."""
    pin = stanza.reply
    record = replies.get(pin.key, pin.attempts, pin.sha256[:16]) if pin else None
    if pin is None or record is None:
        return None
    if record.files is not None:
        return Judged(record, record.files, VERBATIM, None, ())
    branch = _turns_to(record, pin, replies)
    if stanza.shape.get("extract") == WAY:
        end = finished_with(branch, target) if branch else None
        return end if end is not None and end.passed else None
    marker = marker_of_record(branch[0]) if branch else None
    if marker is None:
        return None
    found = extracted(record, marker=marker, target=target)
    return found if found.passed else None


def pinned_turns(pin: ReplyPin, replies: Replies) -> tuple[Record, ...]:
    """Return the turns of a conversation up to the one that is pinned; nothing if it is not at hand."""
    record = replies.get(pin.key, pin.attempts, pin.sha256[:16])
    return () if record is None else _turns_to(record, pin, replies)


def _turns_to(record: Record, pin: ReplyPin, replies: Replies) -> tuple[Record, ...]:
    if record.kind != "reply":
        return ()
    return (record,) if record.parent is None else _branch_to(record, replies.turns(pin.key))


def _branch(turns: tuple[Record, ...], pin: tuple[int, str] | None) -> tuple[Record, ...]:
    by_name = {_name(record): record for record in turns}
    if pin is not None:
        end = next((one for one in turns if one.turn == pin[0] and one.sha256 == pin[1]), None)
        if end is not None:
            return _grown(_back_to_root(end, by_name), turns)
    roots = sorted((one for one in turns if one.parent is None), key=_name)
    return _grown((roots[0],), turns) if roots else ()


def _grown(branch: tuple[Record, ...], turns: tuple[Record, ...]) -> tuple[Record, ...]:
    """Follow the smallest name from the branch's end to the conversation's end."""
    while branch:
        following = sorted((one for one in turns if one.parent == _name(branch[-1])), key=_name)
        if not following:
            break
        branch = (*branch, following[0])
    return branch


def _back_to_root(end: Record, by_name: Mapping[str, Record]) -> tuple[Record, ...]:
    branch: tuple[Record, ...] = (end,)
    while branch[0].parent is not None:
        parent = by_name.get(branch[0].parent)
        if parent is None:
            return ()
        branch = (parent, *branch)
    return branch


def _branch_to(record: Record, turns: tuple[Record, ...]) -> tuple[Record, ...]:
    return _back_to_root(record, {_name(one): one for one in turns})


def _name(record: Record) -> str:
    return f"{record.first_key}.{record.turn}.{record.reply16}"
