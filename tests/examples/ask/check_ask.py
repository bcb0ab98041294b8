"""Judge a program that asks a model: `python check_ask.py ASK.py`. The exit status is 0 if all is well.

An endpoint on this machine streams answers piece by piece. It sends the second piece only when the first was seen on
the program's standard output, so a program that holds pieces back is found out without looking at a clock.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

WAIT_S = 120.0
WORDS = ("How", "are  you", "{today}?")
QUESTION = "How are  you {today}?"


class Sent(NamedTuple):
    """One answer: its status, its lines, and the number of lines after which it waits until the test lets it go on."""

    lines: tuple[str, ...]
    status: int = 200
    pause_after: int = 0


class Endpoint(ThreadingHTTPServer):
    """It notes every request and answers with `sent`."""

    daemon_threads = True

    def __init__(self, sent: Sent) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.sent = sent
        self.go_on = threading.Event()
        self.requests: list[tuple[str, dict[str, str], Any]] = []


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.path, headers, json.loads(body)))
        sent = self.server.sent
        self.send_response(sent.status)
        self.send_header("Content-Type", "text/event-stream" if sent.status == 200 else "application/json")
        self.end_headers()
        try:
            for number, line in enumerate(sent.lines, 1):
                self.wfile.write(line.encode())
                self.wfile.flush()
                if number == sent.pause_after:
                    self.server.go_on.wait(WAIT_S)
        except OSError:
            pass  # the program was interrupted

    def log_message(self, *arguments: object) -> None:
        pass


def piece(text: str | None, finish: str | None = None) -> str:
    """Return an event that carries a piece of the answer."""
    delta = {} if text is None else {"content": text}
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta, 'finish_reason': finish}]})}\n\n"


DONE = "data: [DONE]\n\n"


@contextmanager
def asking(program: str, sent: Sent, key: str = "sk-check") -> Iterator[tuple[subprocess.Popen[bytes], Endpoint]]:
    """Run the program against an endpoint that answers with `sent`."""
    endpoint = Endpoint(sent)
    threading.Thread(target=endpoint.serve_forever, daemon=True).start()
    environment = {
        **os.environ,
        "OPENAI_API_URL": f"http://127.0.0.1:{endpoint.server_port}/v1/",
        "OPENAI_API_MODEL": "m-small",
        "OPENAI_API_KEY": key,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    process = subprocess.Popen(
        [sys.executable, program, *WORDS], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    late = threading.Timer(WAIT_S, process.kill)
    late.start()
    try:
        yield process, endpoint
    finally:
        late.cancel()
        process.kill()
        process.communicate()
        endpoint.shutdown()
        endpoint.server_close()


def ended(program: str, *sent: str, status: int = 200, key: str = "sk-check") -> tuple[int, str, str]:
    """Return the exit status and both streams of a run to its end."""
    with asking(program, Sent(sent, status), key) as (process, endpoint):
        out, err = process.communicate(timeout=WAIT_S)
        (one,) = endpoint.requests
        path, headers, body = one
        same("path", path, "/v1/chat/completions")
        wanted = {"model": "m-small", "messages": [{"role": "user", "content": QUESTION}], "stream": True}
        same("body", body, wanted)
        same("authorization", headers.get("authorization"), f"Bearer {key}" if key else None)
        return process.returncode, out.decode(), err.decode()


def same(what: str, seen: object, wanted: object) -> None:
    """End with a message if `seen` is not what is wanted."""
    if seen != wanted:
        sys.exit(f"{what}: {seen!r} instead of {wanted!r}")


def seen_at_once(program: str) -> None:
    """A piece is seen before the next one is sent, and Ctrl-C ends an answer politely."""
    first, second = piece("Grüße"), piece(", all\n")
    with asking(program, Sent((first, second, DONE), pause_after=1)) as (process, endpoint):
        assert process.stdout is not None
        same("the first piece, before the second was sent", process.stdout.read(7).decode(), "Grüße")
        endpoint.go_on.set()
        out, err = process.communicate(timeout=WAIT_S)
        same("the rest of the answer", (process.returncode, out.decode(), err.decode()), (0, ", all\n", ""))
    with asking(program, Sent((first, second, DONE), pause_after=1)) as (process, endpoint):
        assert process.stdout is not None
        process.stdout.read(7)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=WAIT_S)
        same("after Ctrl-C", (process.returncode, out.decode(), err.decode()), (130, "\nGoodbye!\n", ""))
        endpoint.go_on.set()


def main(program: str) -> None:
    a, b = piece("a"), piece("b")
    usage = 'data: {"choices": [], "usage": {"total_tokens": 3}}\n\n'
    same("an answer", ended(program, ": hello\n\n", a, piece(None), usage, b, DONE), (0, "ab\n", ""))
    same("no space, CR LF", ended(program, "data:" + piece("c\n")[6:].replace("\n", "\r\n"), DONE), (0, "c\n", ""))
    same("a finish reason", ended(program, a, piece("b", "stop"), piece("no")), (0, "ab\n", ""))
    same("without a key", ended(program, a, DONE, key=""), (0, "a\n", ""))
    same("cut off", ended(program, a), (1, "a\n", "ask: the answer was cut off\n"))
    same("the length", ended(program, a, piece(None, "length")), (1, "a\n", "ask: the answer was cut off\n"))
    same("no text", ended(program, piece(None), DONE), (1, "", "ask: no answer\n"))
    told = '{"error": {"message": "too\\nmany", "type": "x"}}'
    same("a refusal", ended(program, told, status=429), (1, "", "ask: the service answered 429: too many\n"))
    same("a bare refusal", ended(program, "<html>", status=502), (1, "", "ask: the service answered 502\n"))
    seen_at_once(program)


if __name__ == "__main__":
    main(sys.argv[1])
