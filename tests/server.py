"""A real OpenAI-compatible server for the stories: it answers over HTTP, misbehaves on demand and has its own journal.

In a test: `with Server() as server: … server.base_url, server.calls, server.plan("rate_limit", …)`. As a process:
`python -m tests.server --port 0 --journal FILE` prints its base URL as the first line; `POST /control/plan` with a JSON
list of faults plans them there. An answer is made from the prompt alone: the same prompt always brings the same code.
"""

import argparse
import hashlib
import json
import re
import socket
import ssl
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

Body = dict[str, Any]
AnswerFunction = Callable[[Body], str]


class Fault(NamedTuple):
    """A kind of misbehaviour (a key of FAULTS, or "none") and its options."""

    kind: str
    options: Mapping[str, Any] = {}


class Said(NamedTuple):
    """A reply of an agent's script: its content, its calls (a tool's name with its arguments, or their very text)."""

    content: str = ""
    calls: Sequence[tuple[str, Mapping[str, Any] | str]] = ()
    reasoning: str = "thinking, which is no content"


class Server:
    """The server on a thread of its own. `answer` makes the content from the request's body; `answers` maps a text that
    occurs in the prompt to the content, and wins. `delay_s` holds every answer back, so that calls overlap. `scripts`
    maps a text that occurs in the first prompt to the replies of an agent, of which the last one stays; it wins too.
    """

    def __init__(
        self,
        answer: AnswerFunction | None = None,
        *,
        answers: Mapping[str, str] | None = None,
        journal: Path | None = None,
        port: int = 0,
        delay_s: float = 0.0,
        piece: int = 40,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.answer: AnswerFunction = answer or default_answer
        self.answers = dict(answers or {})
        self.scripts: dict[str, Sequence[Said]] = {}
        self.calls: list[dict[str, Any]] = []
        self.delay_s = delay_s
        self.piece = piece
        self.most_in_flight = 0
        self.keeps_connections = False
        self.connections: list[tuple[str, int]] = []
        self.stopping = threading.Event()
        self.finish_reason = "stop"
        self.model: str | None = None
        self._journal = journal
        self._lock = threading.Lock()
        self._in_flight = 0
        self._plan: deque[Fault] = deque()
        self._always: Fault | None = None
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = _Listener(("127.0.0.1", port), handler)
        if tls is not None:
            self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def plan(self, *faults: str | Fault | tuple[str, Mapping[str, Any]]) -> None:
        """Let the next calls misbehave, one fault each, in this order; "none" lets one call pass."""
        with self._lock:
            self._plan.extend(_fault(one) for one in faults)

    def always(self, fault: str | Fault | tuple[str, Mapping[str, Any]] | None) -> None:
        """Let every call for which nothing is planned misbehave in this way; None ends it."""
        self._always = None if fault is None else _fault(fault)

    def forget(self) -> None:
        """Empty the list of calls in memory (the journal file keeps all)."""
        with self._lock:
            self.calls.clear()
            self.most_in_flight = 0

    def start(self) -> "Server":
        self._thread.start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.stop()

    def said(self, body: Body) -> Said:
        """Return the answer to `body`: the next of a script that it began with, else its content."""
        prompt = prompt_text({"messages": body["messages"][:2]})
        script = next((script for part, script in self.scripts.items() if part in prompt), None)
        if script is None or not body.get("tools"):
            return Said(self.content(body))
        before = sum(message["role"] == "assistant" for message in body["messages"])
        return script[min(before, len(script) - 1)]

    def content(self, body: Body) -> str:
        """Return the answer to `body`: up to its first stop sequence, without the prefix that it goes on with."""
        prompt = prompt_text(body)
        content = next((content for part, content in self.answers.items() if part in prompt), None)
        content = self.answer(body) if content is None else content
        last = body["messages"][-1]
        if last.get("prefix") and last["role"] == "assistant":
            content = content.removeprefix(last["content"])
        stops = [body["stop"]] if isinstance(body.get("stop"), str) else body.get("stop") or []
        return content[: min((at for stop in stops if (at := content.find(stop)) >= 0), default=None)]

    def arrived(self, path: str, body: object, headers: Mapping[str, str]) -> Fault:
        """Note a call in the journal before anything is answered, and return what it shall meet."""
        with self._lock:
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            fault = self._plan.popleft() if self._plan else self._always or Fault("none")
            entry = {
                "n": len(self.calls) + 1,
                "time": time.time(),
                "path": path,
                "in_flight": self._in_flight,
                "fault": fault.kind,
                "body": body,
            }
            self.calls.append({**entry, "headers": dict(headers)})
            if self._journal is not None:
                with self._journal.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        return fault

    def left(self) -> None:
        with self._lock:
            self._in_flight -= 1


def read_journal(path: Path) -> list[dict[str, Any]]:
    """Return the calls that a server noted in its journal file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def prompt_text(body: Body) -> str:
    """Return all message texts of a request, joined."""
    return "\n".join(str(message.get("content", "")) for message in body.get("messages", []))


def declared_files(body: Body) -> tuple[str, list[str]]:
    """Return the marker and the file names that the last message with sentinel lines shows, in order."""
    for message in reversed(body.get("messages", [])):
        found = re.findall(r"=== specbuild:([0-9a-f]{12}) file: (\S(?:.*\S)?) ===", str(message.get("content", "")))
        if message.get("role") != "assistant" and found:
            marker = found[-1][0]
            # A repair says "file: NAME" and leaves the names to the first message.
            names = [name for mark, name in found if mark == marker and not re.search(r"[<>{}…]|^NAME$", name)]
            if names:
                return marker, list(dict.fromkeys(names))
    return "", []


def default_answer(body: Body) -> str:
    """Answer with one sentinel block for each declared file; its code depends on the prompt only.

    In a prompt, `server-def: NAME` adds a public function NAME to Python files: a test changes an interface by a word.
    """
    marker, names = declared_files(body)
    if not marker:
        return "```python\n" + code_for("program.py", prompt_text(body)) + "```\n"
    blocks = [
        f"=== specbuild:{marker} file: {name} ===\n{code_for(name, prompt_text(body))}=== specbuild:{marker} end ===\n"
        for name in names
    ]
    return "".join(blocks)


def code_for(name: str, prompt: str) -> str:
    """Return a small right text for a file of that name; another prompt: another body behind the same interface."""
    mark = hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    extension = name.rsplit(".", 1)[-1]
    if extension == "py":
        extra = "".join(
            f'\n\ndef {one}() -> str:\n    """Return the mark."""\n    return "{mark}"\n'
            for one in dict.fromkeys(re.findall(r"server-def: (\w+)", prompt))
        )
        return (
            f'"""{name}, as the test server writes it."""\n\n\ndef mark() -> str:\n    """Return what made this '
            f'file."""\n    return "{mark}"\n{extra}\n\nif __name__ == "__main__":\n    print(mark())\n'
        )
    if extension == "json":
        return f'{{"mark": "{mark}"}}\n'
    if extension in ("js", "mjs", "ts", "c", "h", "java", "go", "rs"):
        return f"// {mark}\n"
    return f"# {mark}\n"


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in the middle is what many stories are about."""


BREAKING_OFF = ("cut_body", "cut_stream", "reset")
"""Faults after which a connection is at its end, also where connections are kept."""


class _Handler(BaseHTTPRequestHandler):
    owner: Server
    is_answering = False
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.send_json({"object": "list", "data": []}, 200 if self.path.endswith("/models") else 404)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        if self.path == "/control/plan":
            self.owner.plan(*(body or []))
            self.send_json({}, 200)
            return
        self.owner.connections.append(self.client_address)
        fault = self.owner.arrived(self.path, body, dict(self.headers.items()))
        self.raw_request = raw
        self.is_answering = True
        try:
            if self.owner.delay_s:
                self.owner.stopping.wait(self.owner.delay_s)
            if not isinstance(body, dict) or not self.path.endswith("/chat/completions"):
                self.send_error_object(404, message=f"no such path {self.path}", type="invalid_request_error")
            else:
                FAULTS[fault.kind](self, body, fault.options)
        finally:
            self.leave()
            self.close_connection = not self.owner.keeps_connections or fault.kind in BREAKING_OFF

    def leave(self) -> None:
        """Count this call no longer, once: before the last of its answer, on which the next call may follow."""
        if self.is_answering:
            self.is_answering = False
            self.owner.left()

    # What a fault is made of

    def completion(self, body: Body, **changes: Any) -> dict[str, Any]:
        said = self.owner.said(body)
        content = said.content
        message: dict[str, Any] = {"role": "assistant", "content": content, "reasoning_content": said.reasoning}
        if said.calls:
            message["tool_calls"] = _tool_calls(said, body)
        choice = {"index": 0, "message": message, "finish_reason": self._finish_reason(said)}
        return {
            "id": "chatcmpl-test",
            "object": "chat.completion",
            "created": 1,
            "model": self.owner.model or str(body.get("model")),
            "choices": [choice],
            "usage": _usage(body, content + _call_text(said)),
            **changes,
        }

    def events(self, body: Body) -> list[bytes]:
        said = self.owner.said(body)
        content, size = said.content, self.owner.piece
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, {"reasoning_content": said.reasoning}]
        deltas += [{"content": content[at : at + size]} for at in range(0, len(content), size)]
        for index, call in enumerate(_tool_calls(said, body)):
            text = call["function"]["arguments"]
            begun = {**call, "index": index, "function": {**call["function"], "arguments": ""}}
            deltas.append({"tool_calls": [begun]})
            pieces = [
                {"index": index, "function": {"arguments": text[at : at + size]}} for at in range(0, len(text), size)
            ]
            deltas += [{"tool_calls": [one]} for one in pieces]
        model = self.owner.model or str(body.get("model"))
        head: dict[str, Any] = {"id": "chatcmpl-test", "object": "chat.completion.chunk", "model": model}
        chunks = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
        chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": self._finish_reason(said)}]})
        if (body.get("stream_options") or {}).get("include_usage"):
            chunks.append({**head, "choices": [], "usage": _usage(body, content + _call_text(said))})
        return [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks] + [b"data: [DONE]\n\n"]

    def _finish_reason(self, said: Said) -> str:
        return "tool_calls" if said.calls else self.owner.finish_reason

    def send_json(self, value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.send_bytes(json.dumps(value).encode(), status, {"Content-Type": "application/json", **(headers or {})})

    def send_bytes(self, text: bytes, status: int, headers: Mapping[str, str], *, promised: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text) if promised is None else promised))
        self.send_header("Connection", "keep-alive" if self.owner.keeps_connections else "close")
        self.end_headers()
        self.leave()
        self.wfile.write(text)
        self.wfile.flush()

    def send_events(self, events: Iterable[bytes], *, pause_s: float = 0.0, whole: bool = True) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "keep-alive" if self.owner.keeps_connections else "close")
        self.end_headers()
        for event in events:
            self.wfile.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
            self.wfile.flush()
            if pause_s and self.owner.stopping.wait(pause_s):
                return
        if whole:
            self.leave()
            self.wfile.write(b"0\r\n\r\n")

    def send_error_object(self, status: int, headers: Mapping[str, str] | None = None, **error: Any) -> None:
        self.send_json({"error": {"message": "", "type": None, "param": None, "code": None, **error}}, status, headers)

    def hang_up(self) -> None:
        """Reset the connection instead of closing it."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.wfile.flush()
        self.connection.close()


_FaultFunction = Callable[[_Handler, Body, Mapping[str, Any]], None]


def _proper(to: _Handler, body: Body, _: Mapping[str, Any]) -> None:
    if body.get("stream"):
        to.send_events(to.events(body))
    else:
        to.send_json(to.completion(body))


def _rate_limit(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    after = options.get("retry_after", "0")
    headers = {} if after is None else {"Retry-After": str(after)}
    to.send_error_object(429, headers, message="Rate limit reached", type="requests", code="rate_limit_exceeded")


def _server_error(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    to.send_bytes(b"<html><h1>Bad gateway</h1></html>", options.get("status", 500), {"Content-Type": "text/html"})


def _hang(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    to.owner.stopping.wait(options.get("seconds", 60))


def _hang_in_stream(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    to.send_events(to.events(body)[:3], whole=False)
    to.owner.stopping.wait(options.get("seconds", 60))


def _slow_drip(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    if body.get("stream"):
        to.send_events(to.events(body), pause_s=options.get("pause_s", 0.05))
        return
    text = json.dumps(to.completion(body)).encode()
    to.send_bytes(b"", 200, {"Content-Type": "application/json"}, promised=len(text))
    for byte in text:
        to.wfile.write(bytes([byte]))
        if to.owner.stopping.wait(options.get("pause_s", 0.05)):
            return


def _slow_head(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    to.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(10_000):
        to.wfile.write(f"X-Slow-{number}: 1\r\n".encode())
        if to.owner.stopping.wait(options.get("pause_s", 0.05)):
            return


def _cut_json(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    text = json.dumps(to.completion(body)).encode()
    to.send_bytes(text[: len(text) // 2], 200, {"Content-Type": "application/json"})


def _cut_body(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    text = json.dumps(to.completion(body)).encode()
    to.send_bytes(text[: len(text) // 2], 200, {"Content-Type": "application/json"}, promised=len(text))


def _cut_stream(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    """The end is missing; `clean` ends the transfer itself properly, so that only the missing finish_reason tells."""
    events = to.events(body)
    to.send_events(events[: max(3, len(events) // 2)], whole=options.get("clean", False))


def _cut_after_finish(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    events = to.events(body)
    last = next(at for at, event in enumerate(events) if b'"finish_reason": "' in event)
    to.send_events(events[: last + 1], whole=False)


def _changed(**changes: Any) -> _FaultFunction:
    def send(to: _Handler, body: Body, _: Mapping[str, Any]) -> None:
        to.send_json(to.completion(body, **changes))

    return send


def _content_null(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    whole = to.completion(body)
    whole["choices"][0]["message"]["content"] = None
    to.send_json(whole)


def _no_finish_reason(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    whole = to.completion(body)
    whole["choices"][0]["finish_reason"] = None
    to.send_json(whole)


def _wrong_type(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    to.send_bytes(json.dumps(to.completion(body)).encode(), 200, {"Content-Type": "text/plain"})


def _unauthorized(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    key = to.headers.get("Authorization", "").removeprefix("Bearer ")
    to.send_error_object(401, message=f"Incorrect API key provided: {key}.", code="invalid_api_key")


def _quota(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    message = "You exceeded your current quota, please check your plan and billing details."
    to.send_error_object(429, message=message, type="insufficient_quota", code="insufficient_quota")


def _bad_parameter(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    name = options.get("name", "temperature")
    message = f"Unsupported value: '{name}' does not support 7 with this model."
    to.send_error_object(400, message=message, type="invalid_request_error", param=name, code="unsupported_value")


def _context_length(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    message = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."
    to.send_error_object(
        400, message=message, type="invalid_request_error", param="messages", code="context_length_exceeded"
    )


def _silent_stream(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    """End a stream before its first byte; in one piece, say why, as llama.cpp's Python server does."""
    if body.get("stream"):
        to.send_bytes(b"", 200, {"Content-Type": "text/event-stream"})
    else:
        _context_length(to, body, options)


def _refuses(*names: str, but: str = "") -> _FaultFunction:
    """Refuse requests that hold one of `names`; answer all others properly."""

    def send(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
        found = next((name for name in names if name in body), None)
        if found is None:
            _proper(to, body, options)
            return
        message = f"Unsupported parameter: '{found}' is not supported with this model.{but}"
        to.send_error_object(400, message=message, type="invalid_request_error", code="unsupported_parameter")

    return send


def _small_context(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    """Answer the first part of the prompt only, and count no more than that."""
    tokens = options.get("tokens", 100)
    usage = {"prompt_tokens": tokens, "completion_tokens": 9, "total_tokens": tokens + 9}
    to.send_json(to.completion(body, usage=usage))


def _redirect(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    to.send_bytes(
        b"", options.get("status", 307), {"Location": options.get("to", "http://localhost:1/v1/chat/completions")}
    )


def _reset(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    to.hang_up()


def _huge(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    to.send_events((b": " + b"x" * 65_000 + b"\n" for _ in range(options.get("pieces", 1100))), whole=False)


def _error_in_stream(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    error = {"error": {"message": "The server is overloaded", "type": "server_error", "code": options.get("code")}}
    to.send_events([*to.events(body)[:3], b"data: " + json.dumps(error).encode() + b"\n\n"])


def _echo(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    whole = to.completion(body)
    whole["choices"][0]["message"]["content"] = f"You sent {dict(to.headers.items())}"
    to.send_json(whole)


def _page(to: _Handler, body: Body, options: Mapping[str, Any]) -> None:
    to.send_bytes(b"<!doctype html><title>Sign in</title>", 200, {"Content-Type": "text/html"})


FAULTS: dict[str, _FaultFunction] = {
    "none": _proper,
    "rate_limit": _rate_limit,
    "server_error": _server_error,
    "hang": _hang,
    "hang_in_stream": _hang_in_stream,
    "slow_drip": _slow_drip,
    "slow_head": _slow_head,
    "cut_json": _cut_json,
    "cut_body": _cut_body,
    "cut_stream": _cut_stream,
    "cut_after_finish": _cut_after_finish,
    "html": _page,
    "choices_null": _changed(choices=None),
    "choices_empty": _changed(choices=[]),
    "content_null": _content_null,
    "no_finish_reason": _no_finish_reason,
    "wrong_type": _wrong_type,
    "whole_although_streamed": _changed(),
    "unauthorized": _unauthorized,
    "quota": _quota,
    "bad_parameter": _bad_parameter,
    "context_length": _context_length,
    "silent_stream": _silent_stream,
    "no_stream_options": _refuses("stream_options"),
    "no_stream": _refuses("stream_options", "stream"),
    "no_max_tokens": _refuses("max_tokens", but=" Use 'max_completion_tokens' instead."),
    "no_limit": _refuses("max_tokens", "max_completion_tokens"),
    "small_context": _small_context,
    "redirect": _redirect,
    "reset": _reset,
    "huge": _huge,
    "error_in_stream": _error_in_stream,
    "echo": _echo,
}


def _fault(one: str | Fault | Sequence[Any]) -> Fault:
    fault = Fault(one) if isinstance(one, str) else Fault(*one)
    if fault.kind not in FAULTS:
        raise ValueError(f"no fault {fault.kind!r}; there are {', '.join(FAULTS)}")
    return fault


def _tool_calls(said: Said, body: Body) -> list[dict[str, Any]]:
    number = len(body["messages"])
    return [
        {
            "id": f"call-{number}-{index}",
            "type": "function",
            "function": {"name": name, "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)},
        }
        for index, (name, arguments) in enumerate(said.calls)
    ]


def _call_text(said: Said) -> str:
    return "".join(f"{name}{arguments}" for name, arguments in said.calls)


def _usage(body: Body, content: str) -> dict[str, int]:
    before, after = len(prompt_text(body)) // 4, len(content) // 4
    return {"prompt_tokens": before, "completion_tokens": after, "total_tokens": before + after}


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description="An OpenAI-compatible server for tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--answers", type=Path, help='JSON file: {"text that occurs in the prompt": "content"}')
    parser.add_argument("--plan", type=json.loads, default=[], help="JSON list of faults for the first calls")
    chosen = parser.parse_args(arguments)
    answers = json.loads(chosen.answers.read_text(encoding="utf-8")) if chosen.answers else None
    server = Server(answers=answers, journal=chosen.journal, port=chosen.port, delay_s=chosen.delay)
    server.plan(*chosen.plan)
    server.start()
    print(server.base_url, flush=True)
    try:
        server.stopping.wait()
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
