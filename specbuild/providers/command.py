"""The provider whose model is a program: the request goes to its standard input, the reply is its standard output.

The program is named by a person's own configuration, never by a repository. It starts in an empty folder of its own:
what it answers is to depend on the request alone, not on the project that lies around it.
"""

import codecs
import os
import re
import selectors
import signal
import subprocess
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from specbuild.canonical_json import canonical_json
from specbuild.configuration import ServiceConfiguration
from specbuild.provider import FailureKind, ProviderError
from specbuild.reply import Answer, Reply, Source, normalised
from specbuild.request import Request

MOST_BYTES = 64 * 1024 * 1024
MODEL = "{model}"
"""Stands in `argv` for the name of the request's model."""
REQUEST = "{request}"
"""Stands in `argv` for the path of a file with the whole request, as canonical JSON."""
TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: the program itself says that another attempt may help."""

_MODEL_NAME = re.compile(r"[A-Za-z0-9][\w.:/@+-]*", re.ASCII)
_MOST_ERROR_BYTES = 2000
_LOOK_S = 0.5
_PIECE = 65536


def answer(
    request: Request,
    *,
    service: ServiceConfiguration,
    deadline_s: float,
    received: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> Answer:
    """Run the program of `service` once and return what it printed, as UTF-8.

    `deadline_s` bounds the whole run; a program that is late is ended with all that it started. Raises ProviderError:
    "setup" if it can't be started, "unavailable" if it is late or ends with status 75, else "refused_request" with the
    end of its standard error.
    """
    if cancelled():
        raise ProviderError("cancelled", "interrupted before anything was started", sent=False)
    with tempfile.TemporaryDirectory(prefix="specbuild-", ignore_cleanup_errors=True) as place:
        folder = Path(place, "empty")
        folder.mkdir()
        argv = _argv(service.argv, request, Path(place))
        program = Path(argv[0]).name
        try:
            process = subprocess.Popen(
                argv,
                cwd=folder,
                env=_environment(os.environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,  # Ctrl-C is for the build, which waits for what is under way
            )
        except OSError as fault:
            message = f"{argv[0]} can't be started: {fault.strerror} ({service.source or 'argv'})"
            raise ProviderError("setup", message, sent=False) from None
        given_up = weakref.finalize(process, _end, process.pid)  # called at exit too: a second Ctrl-C waits for nobody
        try:
            with process:
                said = _converse(process, conversation_text(request).encode("utf-8"), deadline_s, received)
        except BaseException:
            given_up()
            raise
        given_up.detach()
    return _answer_of(said, program, deadline_s, service)


def conversation_text(request: Request) -> str:
    """Return what stands on the program's standard input: the texts of the messages in order, a blank line between.

    A conversation that goes on after a reply has a line `[user]` or `[assistant]` above each message.
    """
    messages = request.body["messages"]
    assert isinstance(messages, Sequence) and not isinstance(messages, str)
    parts = [(str(one.get("role")), str(one.get("content"))) for one in messages if isinstance(one, Mapping)]
    if all(role in ("system", "user") for role, _ in parts):
        texts = [text for _, text in parts]
    else:
        texts = [f"[{role}]\n{text}" for role, text in parts]
    return "\n\n".join(text.rstrip("\n") for text in texts) + "\n"


class _Said(NamedTuple):
    """What a program wrote to both streams, its exit status, and why it was ended if it did not end by itself."""

    output: bytes
    errors: bytes
    status: int
    ended: str | None


def _argv(argv: Sequence[str], request: Request, place: Path) -> list[str]:
    """Return the argument list to start; the request is written to a file in `place` only where `argv` names it."""
    if any(MODEL in one for one in argv) and not _MODEL_NAME.fullmatch(request.model):
        # The name may come from a repository; with a dash in front it would be an option of the person's program.
        message = f"the model name {request.model!r} can't stand in an argument list; the program was not started"
        raise ProviderError("refused_request", message, sent=False)
    file = place / "request.json"
    if any(REQUEST in one for one in argv):
        file.write_text(canonical_json(dict(request.body)), encoding="utf-8")
    made = [one.replace(MODEL, request.model).replace(REQUEST, str(file)) for one in argv]
    return [os.path.expanduser(made[0]), *made[1:]]


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the person's environment without the keys of other services, which go to their own URLs only."""
    return {name: value for name, value in environ.items() if not re.fullmatch(r"SPECBUILD_SERVICE_\w+_KEY", name)}


def _converse(
    process: "subprocess.Popen[bytes]", request: bytes, deadline_s: float, received: Callable[[int], None]
) -> _Said:
    """Write the request and read both streams at once, until the program ends or is ended."""
    assert process.stdin and process.stdout and process.stderr
    until_s = time.monotonic() + deadline_s
    output, errors = bytearray(), bytearray()
    characters, decoder = 0, codecs.getincrementaldecoder("utf-8")("replace")
    ended: str | None = None
    left = memoryview(request)
    with selectors.DefaultSelector() as streams:
        for stream, event in (
            (process.stdin, selectors.EVENT_WRITE),
            (process.stdout, selectors.EVENT_READ),
            (process.stderr, selectors.EVENT_READ),
        ):
            os.set_blocking(stream.fileno(), False)
            streams.register(stream, event)
        while process.stdout in _open(streams) or process.poll() is None:
            if time.monotonic() >= until_s:
                ended = f"no complete reply within {max(deadline_s, 0):.3g} s (the total limit)"
                break
            if len(output) > MOST_BYTES:
                ended = f"the output is larger than {MOST_BYTES // 2**20} MiB"
                break
            gone = process.poll() is not None
            ready = _ready(streams, min(_LOOK_S, max(0.0, until_s - time.monotonic())))
            if gone and not ready:
                break  # what it left behind holds its streams open
            for stream in ready:
                if stream is process.stdin:
                    left = _written(streams, process.stdin, left)
                    continue
                piece = os.read(stream.fileno(), _PIECE)
                if not piece:
                    streams.unregister(stream)
                elif stream is process.stdout:
                    output += piece
                    characters += len(decoder.decode(piece))
                    received(characters)
                else:
                    errors = (errors + piece)[-_MOST_ERROR_BYTES:]
    if ended is not None:
        _end(process.pid)
    return _Said(bytes(output), bytes(errors), process.wait(), ended)


def _end(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _open(streams: selectors.BaseSelector) -> list[Any]:
    return [key.fileobj for key in streams.get_map().values()]


def _ready(streams: selectors.BaseSelector, timeout_s: float) -> list[Any]:
    if not streams.get_map():
        time.sleep(min(timeout_s, 0.02))  # the streams are closed, the program is about to end
        return []
    return [key.fileobj for key, _ in streams.select(timeout_s)]


def _written(streams: selectors.BaseSelector, stdin: IO[bytes], left: memoryview) -> memoryview:
    try:
        left = left[os.write(stdin.fileno(), left[:_PIECE]) :]
    except BrokenPipeError:
        left = left[:0]  # a program need not read what it was asked
    if not left:
        streams.unregister(stdin)
        stdin.close()
    return left


def _answer_of(said: _Said, program: str, deadline_s: float, service: ServiceConfiguration) -> Answer:
    if said.ended is not None:
        kind: FailureKind = "refused_request" if "larger" in said.ended else "unavailable"
        raise ProviderError(kind, f"{program}: {said.ended}")
    if said.status != 0:
        kind = "unavailable" if said.status == TRY_AGAIN else "refused_request"
        how = f"ended with status {said.status}" if said.status > 0 else f"was ended by signal {-said.status}"
        told = " ".join(_without_key(said.errors, service).decode("utf-8", "replace").split())
        raise ProviderError(kind, f"{program} {how}" + (f": {told}" if told else ""))
    try:
        content = said.output.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        message = f"the output of {program} is not UTF-8 (byte {fault.start})"
        raise ProviderError("refused_request", message, raw=_without_key(said.output, service)) from None
    key = service.key.reveal() if service.key else ""
    if len(key) >= 16 and key in content:
        raise ProviderError("refused_request", f"the reply holds the key of service {service.name}; it was not kept")
    return Answer(Reply(normalised(content)), Source(provider="command"), said.output)


def _without_key(text: bytes, service: ServiceConfiguration) -> bytes:
    key = service.key.reveal().encode() if service.key else b""
    return text.replace(key, b"(key)") if len(key) >= 4 else text
