"""One reply, accepted text, formatter's result or review as a committed JSON file (FORMATS: Records).

Values ↔ text. A record proves itself: its text is one function of its content, and key, digest and checksum must come
out of it. Must not know where records lie, nor which of them a lock pins.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from specbuild.canonical_json import CanonicalError, Digest, Json, ShortDigest, digest, short_digest
from specbuild.diagnostic import Diagnostic, Place
from specbuild.json_parts import as_array, as_count, as_object, as_text, no_constant
from specbuild.keys import KEY_VERSION, ReplyKey, logical_body, reply_key
from specbuild.line_lists import lines_of, text_of, with_lines, with_texts
from specbuild.pretty_json import pretty_json
from specbuild.reply import Reply, Source, Usage, reply_digest
from specbuild.request import Request, next_body

_RECORD_VERSION = 1
_FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Record:
    """One record. Made by `reply_record`, `output_record` and `format_record`.

    kind     | key of                              | `body`                    | `reply`             | `files`
    reply    | this turn's request                 | logical body, first turn  | the model's         | None
    review   | likewise                            | likewise                  | likewise            | None
    output   | canonical name → text               | None                      | the empty Reply     | name → accepted
    text format   | canonical {"format", "argv", "text"} | that object              | content: the result | None

    A later turn has `parent`, the name of the record it follows, `append`, the messages after that record's reply, and
    no body. `spec` holds the values of the request facet (first turn and output). `source` is outside key and sha256.
    """

    kind: Literal["reply", "review", "output", "format"]
    key: ReplyKey
    reply: Reply = Reply("")
    service: str = "default"
    sample: int = 0
    parent: str | None = None
    append: tuple[Json, ...] = ()
    body: Mapping[str, Json] | None = None
    files: Mapping[str, str] | None = None
    spec: Mapping[str, Json] = field(default_factory=dict)
    source: Source | None = None

    @property
    def first_key(self) -> ReplyKey:
        """The key of the conversation's first request."""
        return self.key if self.parent is None else ReplyKey(self.parent.split(".")[0])

    @property
    def turn(self) -> int:
        """The turn's number in its conversation, from 1: the last one's equals `ReplyPin.attempts`."""
        return 1 if self.parent is None else int(self.parent.split(".")[1]) + 1

    @property
    def sha256(self) -> Digest:
        """The digest of the reply; of the files for an accepted text."""
        return reply_digest(self.reply) if self.files is None else digest(self.files)

    @property
    def reply16(self) -> ShortDigest:
        """The first 16 hex digits of `sha256`, as they stand in the record's name."""
        return ShortDigest(self.sha256[:16])


def reply_record(
    request: Request,
    reply: Reply,
    *,
    source: Source,
    spec: Mapping[str, Json] | None = None,
    parent: Record | None = None,
    append: Sequence[Json] = (),
    kind: Literal["reply", "review"] = "reply",
) -> Record:
    """Return the record of the reply to `request`: a first turn with its `spec`, or the turn after `parent`.

    `append` are the messages that follow the parent's reply; the caller's `request` is the parent's body, that reply
    and these messages (`request.next_body`). Raises CanonicalError.
    """
    key = reply_key(request)
    if parent is not None:
        name = record_name(parent).removesuffix(".json")
        return Record(kind, key, reply, request.service, request.sample, name, tuple(append), source=source)
    body = logical_body(request.body)
    return Record(kind, key, reply, request.service, request.sample, body=body, spec=spec or {}, source=source)


def output_record(files: Mapping[str, str], *, spec: Mapping[str, Json]) -> Record:
    """Return the record of an accepted text: output name → text as extracted, without header. Raises CanonicalError."""
    return Record("output", ReplyKey(digest(files)), files=dict(files), spec=spec)


def format_record(argv: Sequence[str], text: str, result: str) -> Record:
    """Return the record of what the formatter `argv` made of `text`. Raises CanonicalError."""
    asked: dict[str, Json] = {"format": _FORMAT_VERSION, "argv": list(argv), "text": text}
    return Record("format", ReplyKey(digest(asked)), Reply(result), body=asked)


def record_name(record: Record) -> str:
    """Return the record's file name: `<first key>.<turn>.<first 16 of its sha256>.json`."""
    return f"{record.first_key}.{record.turn}.{record.reply16}.json"


def record_text(record: Record) -> str:
    """Return the record's one text: pretty JSON, texts as lists of lines. `read_record` gives the record back.

    Its `checksum` is the first 16 hex digits of the digest of all else, so that a flipped byte shows wherever it is;
    it is no identity: records of one name may differ in `source` and `spec`. Raises CanonicalError.
    """
    value = _record_json(record)
    return pretty_json({**value, "checksum": short_digest(value)})


def read_record(text: str, name: str) -> Record | Diagnostic:
    """Return the record that `text`, the content of the file `name` (or a path that ends in it), holds.

    A diagnostic that names it if it is damaged (SB706: no JSON, one byte different from what was written, a key or
    digest that does not come out, another name than its own) or was written by a newer specbuild (SB707). The key of a
    later turn takes its parent: `check_turn`.
    """
    try:
        value = json.loads(text, parse_constant=no_constant)
        if not isinstance(value, dict):
            return _damaged(name, "it is no object")
        if type(value.get("record")) is int and value["record"] > _RECORD_VERSION:
            return _newer(name, value["record"])
        record = _record(value)
        if record_text(record) != text:
            return _damaged(name, "its text is not the one that was written")
        if record.parent is None and _own_key(record) != record.key:
            return _damaged(name, "its key does not come out of its request")
        if record_name(record) != name.rpartition("/")[2]:
            return _damaged(name, "it is the record of another name")
    except RecursionError:
        return _damaged(name, "its brackets are nested too deeply")
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        return _damaged(name, str(error) if isinstance(error, ValueError) else "a part of it is missing or odd")
    return record


def check_turn(record: Record, parent_body: Mapping[str, Json], parent_reply: Reply) -> Diagnostic | None:
    """Return a diagnostic (SB708) if the key of a later turn does not come out of its parent's body, reply and
    `append`.
    """
    try:
        body = next_body(parent_body, parent_reply, record.append)
        if reply_key(Request(body, record.service, record.sample)) == record.key:
            return None
    except CanonicalError:
        pass
    return Diagnostic(
        "SB708",
        f"the record {record_name(record)} does not follow the one it names as its parent",
        Place(record_name(record)),
        why="its key must come out of the parent's request, the parent's reply and its own messages",
        hint="bring both back from the history, or ask again with: specbuild regenerate",
    )


def _record_json(record: Record) -> dict[str, Json]:
    value: dict[str, Json] = {
        "record": _RECORD_VERSION,
        "kind": record.kind,
        "key": record.key,
        "sha256": record.sha256,
    }
    if record.files is not None:
        files = {name: lines_of(text) for name, text in record.files.items()}
        return {**value, "files": files, "spec": record.spec}
    value["reply"] = {
        "content": lines_of(record.reply.content),
        "finish_reason": record.reply.finish_reason,
        "tool_calls": record.reply.tool_calls,
    }
    if record.kind == "format":
        assert record.body is not None
        return {**value, "request": {**record.body, "text": lines_of(cast(str, record.body["text"]))}}
    value |= {"key_version": KEY_VERSION, "service": record.service, "sample": record.sample, "parent": record.parent}
    if record.source is not None:
        usage = record.source.usage._asdict()
        value["source"] = {"model": record.source.model, "provider": record.source.provider, "usage": usage}
    if record.parent is not None:
        return {**value, "append": with_lines(record.append)}
    assert record.body is not None
    messages = with_lines(record.body["messages"])
    return {**value, "request": {**record.body, "messages": messages}, "spec": record.spec}


def _record(value: Mapping[str, Json]) -> Record:
    """Return the record in `value`; what is missing, odd or too much raises, here or as a text that differs."""
    kind, key = as_text(value["kind"]), ReplyKey(as_text(value["key"]))
    if kind == "output":
        files = {name: text_of(lines) for name, lines in as_object(value["files"]).items()}
        return Record("output", key, files=files, spec=as_object(value["spec"]))
    written = as_object(value["reply"])
    calls = as_array(written["tool_calls"])
    reply = Reply(text_of(written["content"]), as_text(written["finish_reason"]), tuple(calls))
    if kind == "format":
        asked = as_object(value["request"])
        return Record("format", key, reply, body={**asked, "text": text_of(asked["text"])})
    if kind not in ("reply", "review"):
        raise ValueError(f"{kind!r} is no kind of record")
    record = Record(
        cast(Literal["reply", "review"], kind),
        key,
        reply,
        as_text(value["service"]),
        as_count(value["sample"]),
        source=_source(as_object(value["source"])) if "source" in value else None,
    )
    if value["parent"] is not None:
        return replace(record, parent=_parent(value["parent"]), append=tuple(with_texts(value["append"])))
    request = as_object(value["request"])
    messages = with_texts(request["messages"])
    return replace(record, body={**request, "messages": messages}, spec=as_object(value["spec"]))


def _own_key(record: Record) -> ReplyKey:
    if record.files is not None:
        return ReplyKey(record.sha256)
    assert record.body is not None
    if record.kind == "format":
        return ReplyKey(digest(record.body))
    if logical_body(record.body) != record.body:
        raise ValueError("its request holds what the model does not see")
    return reply_key(Request(record.body, record.service, record.sample))


def _source(value: Mapping[str, Json]) -> Source:
    usage = as_object(value["usage"])
    counts = [None if usage[name] is None else as_count(usage[name]) for name in ("input", "output")]
    model = None if value["model"] is None else as_text(value["model"])
    return Source(as_text(value["provider"]), model, Usage(*counts))


_PARENT = re.compile(r"[0-9a-f]{64}\.[1-9][0-9]{0,8}\.[0-9a-f]{16}")


def _parent(value: Json) -> str:
    if not _PARENT.fullmatch(as_text(value)):
        raise ValueError("its parent is no record's name")
    return as_text(value)


def _damaged(name: str, fault: str) -> Diagnostic:
    return Diagnostic(
        "SB706",
        f"the record {name} is damaged: {fault}",
        Place(name),
        why="a record whose bytes were changed could pass off another text as the model's reply",
        hint=f"bring it back from the history, for example with: git checkout -- {name}",
    )


def _newer(name: str, version: int) -> Diagnostic:
    what = f"the record {name} has version {version}, and this specbuild reads {_RECORD_VERSION}"
    return Diagnostic("SB707", what, Place(name), hint="install the specbuild that wrote it, or a newer one")
