"""What a chat completions endpoint sends, read into one value: a JSON body or a stream of events, with the same result.

Bytes come in as they arrive, a `Completion` or a `ServiceFault` goes out. Knows nothing of HTTP clients, time or keys.
Sources: the chat completions reference of the OpenAI API; the event stream format of WHATWG HTML section 9.2.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple

from specbuild.canonical_json import Json
from specbuild.reply import Reply, Usage, normalised
from specbuild.service_fault import ServiceFault, fault_of_error, json_object

_MOST_TOOL_CALLS = 1000
_STREAM_STARTS = (b"data:", b"event:", b"id:", b"retry:", b":")


class Completion(NamedTuple):
    """A reply as it was sent, the model's name as the service returned it, and the tokens that it counted."""

    reply: Reply
    model: str | None
    usage: Usage


class CompletionReader:
    """Reads one response body piece by piece; `characters` is how much of the reply is there so far."""

    def __init__(self) -> None:
        self.characters = 0
        self.finished = False
        """True once the stream's end mark was read: nothing that follows is of interest."""
        self._line = bytearray()
        self._body = bytearray()
        self._event: list[bytes] = []
        self._streamed: bool | None = None
        self._after_cr = False
        self._message = _Message()
        self._fault: ServiceFault | None = None

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the body, in any cut."""
        if self._streamed is None:
            # A service that knows no streaming answers with one JSON value whatever was asked; the first bytes tell.
            self._body += piece
            start = bytes(self._body).removeprefix(b"\xef\xbb\xbf").lstrip()
            if not start.startswith(_STREAM_STARTS) and any(name.startswith(start) for name in _STREAM_STARTS):
                return
            self._streamed = start.startswith(_STREAM_STARTS)
            piece, self._body = start, bytearray()
        if self._streamed:
            self._feed_lines(piece)
        else:
            self._body += piece

    def result(self, *, ended_early: str | None = None) -> Completion | ServiceFault:
        """Return what was read. `ended_early` says why the body did not come to its own end, if it did not.

        A stream whose reply has a finish reason is complete even if its end mark is missing: nothing of it was lost.
        """
        if self._fault is not None:
            return self._fault
        if not self._streamed:
            if ended_early is not None:
                return ServiceFault("unavailable", ended_early)
            return _whole(bytes(self._body))
        if not self.finished and ended_early is None:
            self._take_unended()
        if self._message.finish_reason is None:
            why = ended_early or "the stream ended before the reply was complete (no finish_reason)"
            return ServiceFault("unavailable", why)
        return self._message.completion()

    def _feed_lines(self, piece: bytes) -> None:
        # Only CR, LF and CRLF end a line of an event stream; U+2028 and the like are text.
        if self._after_cr:
            piece, self._after_cr = piece.removeprefix(b"\n"), not piece
        if piece:
            self._after_cr = piece.endswith(b"\r")
        self._line += piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n" not in piece and b"\r" not in piece:
            return
        *lines, rest = bytes(self._line).split(b"\n")
        self._line = bytearray(rest)
        for line in lines:
            self._take_line(line)

    def _take_line(self, line: bytes) -> None:
        if self.finished or self._fault is not None:
            return
        if not line:
            self._end_event()
            return
        name, _, value = line.partition(b":")
        if name == b"data":
            self._event.append(value.removeprefix(b" "))

    def _take_unended(self) -> None:
        # The format drops an event that no blank line ends; services that forget the last one meant it.
        name, _, value = bytes(self._line).partition(b":")
        event = b"\n".join([*self._event, value] if name == b"data" else self._event)
        chunk = json_object(event)
        if chunk is not None and not chunk.get("error"):
            self.characters += self._message.add(chunk)

    def _end_event(self) -> None:
        event, self._event = b"\n".join(self._event), []
        if not event.strip():
            return
        if event.strip() == b"[DONE]":
            self.finished = True
            return
        chunk = json_object(event)
        if chunk is None:
            self._fault = ServiceFault("malformed", f"an event of the stream is not a JSON object: {_shown(event)}")
        elif chunk.get("error"):
            self._fault = fault_of_error(chunk["error"])
        else:
            self.characters += self._message.add(chunk)


class _Message:
    """The one message that a stream's chunks add up to."""

    def __init__(self) -> None:
        self.finish_reason: str | None = None
        self._content: list[str] = []
        self._refusal: list[str] = []
        self._calls: dict[int, dict[str, str]] = {}
        self._model: str | None = None
        self._usage = Usage()

    def add(self, chunk: Mapping[str, Json]) -> int:
        """Take one chunk and return the characters it added."""
        self._model = self._model or _name(chunk.get("model"))
        if isinstance(chunk.get("usage"), Mapping):
            self._usage = _usage(chunk["usage"])
        choice = _first_choice(chunk)
        if choice is None:
            return 0
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self.finish_reason = reason
        delta = choice.get("delta")
        if not isinstance(delta, Mapping):
            return 0
        content, refusal = _text(delta.get("content")), _text(delta.get("refusal"))
        self._content.append(content)
        self._refusal.append(refusal)
        calls = delta.get("tool_calls")
        if isinstance(calls, list):
            for call in calls:
                self._add_call(call)
        return len(content) + len(refusal)

    def completion(self) -> Completion:
        """Return the whole, once `finish_reason` is there."""
        calls: list[Json] = [
            {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}}
            for _, call in sorted(self._calls.items())
        ]
        content, refusal = "".join(self._content), "".join(self._refusal)
        return Completion(_reply(content, refusal, calls, self.finish_reason or ""), self._model, self._usage)

    def _add_call(self, part: Json) -> None:
        if not isinstance(part, Mapping):
            return
        index = part.get("index")
        if not isinstance(index, int) or isinstance(index, bool):
            # Some services leave the index out: a new id begins a new call, no id goes on with the last.
            known = [place for place, call in self._calls.items() if call["id"] == part.get("id")]
            last = max(self._calls, default=-1)
            index = known[0] if known else last + 1 if part.get("id") or last < 0 else last
        if index not in self._calls and len(self._calls) >= _MOST_TOOL_CALLS:
            return
        call = self._calls.setdefault(index, {"id": "", "name": "", "arguments": ""})
        function = part.get("function")
        call["id"] = call["id"] or _text(part.get("id"))
        if isinstance(function, Mapping):
            call["name"] = call["name"] or _text(function.get("name"))
            call["arguments"] += _text(function.get("arguments"))


def _whole(body: bytes) -> Completion | ServiceFault:
    answer = json_object(body)
    if answer is None:
        what = "is empty" if not body.strip() else f"is not a JSON object: {_shown(body)}"
        return ServiceFault("malformed", f"status 200, but the body {what}")
    if answer.get("error"):
        return fault_of_error(answer["error"])
    choice = _first_choice(answer)
    message = choice.get("message") if choice is not None else None
    if choice is None or not isinstance(message, Mapping):
        return ServiceFault("malformed", f"status 200, but the body holds no choice with a message: {_shown(body)}")
    reason = choice.get("finish_reason")
    if not isinstance(reason, str) or not reason:
        return ServiceFault("malformed", "status 200, but the reply has no finish_reason: it may be cut off")
    calls: list[Json] = []
    listed = message.get("tool_calls")
    for call in listed[:_MOST_TOOL_CALLS] if isinstance(listed, list) else ():
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(call, Mapping) and isinstance(function, Mapping):
            named: Json = {"name": _text(function.get("name")), "arguments": _text(function.get("arguments"))}
            calls.append({"id": _text(call.get("id")), "type": "function", "function": named})
    reply = _reply(_text(message.get("content")), _text(message.get("refusal")), calls, reason)
    return Completion(reply, _name(answer.get("model")), _usage(answer.get("usage")))


def _reply(content: str, refusal: str, calls: list[Json], reason: str) -> Reply:
    if refusal and not content:
        # A refusal has a field of its own; as content with the reason "refusal" it can be shown and is not complete.
        return Reply(normalised(refusal), "refusal")
    made: Json = json.loads(normalised(json.dumps(calls, ensure_ascii=False)))
    return Reply(normalised(content), reason, tuple(made) if isinstance(made, list) else ())


def _first_choice(answer: Mapping[str, Json]) -> Mapping[str, Json] | None:
    choices = answer.get("choices")
    found = [one for one in choices if isinstance(one, Mapping)] if isinstance(choices, list) else []
    return next((one for one in found if one.get("index", 0) in (0, None)), None)


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):  # content as a list of parts: only text is content
        parts = (part.get("text") for part in value if isinstance(part, Mapping) and part.get("type") == "text")
        return "".join(part for part in parts if isinstance(part, str))
    return ""


def _name(value: Json) -> str | None:
    return normalised(value[:200]) if isinstance(value, str) and value else None


def _usage(value: Json) -> Usage:
    if not isinstance(value, Mapping):
        return Usage()
    return Usage(_count(value.get("prompt_tokens")), _count(value.get("completion_tokens")))


def _count(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _shown(body: bytes) -> str:
    return repr(" ".join(body[:400].decode("utf-8", "replace").split())[:120])
