"""The provider whose model is a person, or any assistant: the request is a file, the answer is a file.

For each request there is a folder named by its reply key with REQUEST.md (to read) and request.json (canonical body).
The answer goes into a file REPLY beside them; calls of tools stand in it in the form of `call_sheet`. A REPLY that is
not empty counts as finished: a program that writes slowly writes another name and renames it. Nothing else in the
folder is read, and a link is not followed.
"""

import os
import stat
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from specbuild.call_sheet import Unreadable, instructions, reply_of, written_calls
from specbuild.canonical_json import Json, canonical_json
from specbuild.configuration import ServiceConfiguration
from specbuild.keys import ReplyKey, reply_key
from specbuild.provider import ProviderError
from specbuild.reply import Answer, Reply, Source, normalised
from specbuild.request import Request

MOST_BYTES = 64 * 1024 * 1024
REQUEST = "REQUEST.md"
BODY = "request.json"
REPLY = "REPLY"

_HEAD = """\
# A request that waits for your reply

Write your reply into a file named `REPLY` in the folder of this file, as UTF-8 text. It is to be exactly what the
conversation below asks for, as if you were the assistant in it: its bytes are taken as they are, so no greeting around
it and no code fence that the conversation does not ask for. A `REPLY` that is not empty counts as finished; who writes
it in pieces writes another name and renames it at the end. Then the same command again goes on with it.

"""


@dataclass(frozen=True, slots=True)
class Inbox:
    """The provider over one inbox folder (`<cache>/inbox`); satisfies the protocol `Provider`."""

    folder: Path

    def answer(
        self,
        request: Request,
        *,
        service: ServiceConfiguration,
        deadline_s: float,
        received: Callable[[int], None],
        cancelled: Callable[[], bool],
    ) -> Answer:
        """Return the reply that lies in the request's folder.

        If there is none, lay the request out and raise ProviderError of kind "waiting" whose message names the file to
        fill. Nothing is waited for.
        """
        place = self.place(request)
        for folder in (self.folder, place):
            if folder.is_symlink():  # a repository could point it out of the project
                raise ProviderError("refused_request", f"{folder} is a symbolic link: remove it", sent=False)
        raw = _read_reply(place / REPLY)
        if raw is None:
            try:
                self._lay_out(request, place)
            except OSError as fault:
                message = f"the request can't be laid out in {place}: {fault.strerror}"
                raise ProviderError("refused_request", message, sent=False) from None
            message = f"waiting for the file {place / REPLY}; {REQUEST} beside it says what to write"
            raise ProviderError("waiting", message, sent=False)
        try:
            content = raw.decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            message = f"{place / REPLY} is not UTF-8 (byte {fault.start})"
            raise ProviderError("refused_request", message, sent=False, raw=raw) from None
        reply = Reply(normalised(content))
        if _tools(request):
            read = reply_of(reply.content, reply_key(request))
            if isinstance(read, Unreadable):
                message = f"{place / REPLY} can't be read as calls: line {read.line}: {read.message}"
                raise ProviderError("refused_request", message, sent=False, raw=raw)
            reply = read
        received(len(content))
        return Answer(reply, Source(provider="inbox", model=None), raw)

    def place(self, request: Request) -> Path:
        """Return the folder of `request`, whether or not it is there."""
        return self.folder / reply_key(request)

    def forget(self, request: Request) -> None:
        """Remove the request's files once its reply is stored; whatever else lies there stays."""
        place = self.place(request)
        for name in (REQUEST, BODY, REPLY):
            (place / name).unlink(missing_ok=True)
        try:
            place.rmdir()
        except OSError:
            return  # something else lies there, or it never was

    def _lay_out(self, request: Request, place: Path) -> None:
        place.mkdir(parents=True, exist_ok=True)
        # Requests are working state and may be large: git leaves the inbox alone wherever the cache folder is.
        _write(self.folder / ".gitignore", b"*\n")
        _write(place / BODY, canonical_json(dict(request.body)).encode("utf-8"))
        _write(place / REQUEST, request_text(request).encode("utf-8"))


def request_text(request: Request) -> str:
    """Return the text of REQUEST.md: what to do, then the whole conversation, each message exactly in a fence."""
    tools, key = _tools(request), reply_key(request)
    parts = [instructions(tools, key) + "## The request\n\n" if tools else _HEAD]
    others = {name: value for name, value in request.body.items() if name not in ("messages", "tools" if tools else "")}
    parts.append("".join(f"* {name}: `{canonical_json(value)}`\n" for name, value in sorted(others.items())))
    messages = request.body["messages"]
    assert isinstance(messages, (list, tuple))
    for number, message in enumerate(messages, 1):
        assert isinstance(message, Mapping)
        parts.append(_message_text(number, message, key if tools else None))
    if tools:
        parts.append(f"\n(Here your reply follows, as the beginning of this file says, into the file `{REPLY}`.)\n")
    return "".join(parts)


def _tools(request: Request) -> Sequence[Json]:
    tools = request.body.get("tools")
    return tools if isinstance(tools, (list, tuple)) else ()


def _message_text(number: int, message: Mapping[str, Json], key: ReplyKey | None) -> str:
    content, calls = message.get("content"), message.get("tool_calls")
    shown = {"role", "content"}
    text = content if isinstance(content, str) else canonical_json(content)
    if key is not None and isinstance(calls, (list, tuple)):
        shown.add("tool_calls")
        text = (text.rstrip("\n") + "\n" if text else "") + written_calls(calls, key)
    longest = max((len(run) for run in "".join(c if c == "`" else " " for c in text).split()), default=0)
    fence = "`" * max(3, longest + 1)
    end = "" if text.endswith("\n") else "\n(The message ends without a newline.)\n"
    newline = "" if text.endswith("\n") else "\n"
    rest = {name: value for name, value in message.items() if name not in shown}
    extra = f"\nand `{canonical_json(rest)}`\n" if rest else ""
    return f"\n## Message {number}: {message.get('role')}\n\n{fence}text\n{text}{newline}{fence}\n{end}{extra}"


def _read_reply(path: Path) -> bytes | None:
    """Return the bytes of a finished REPLY, or None if it isn't there or still changes."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise ProviderError("refused_request", f"{path} can't be read: {fault.strerror}", sent=False) from None
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise ProviderError("refused_request", f"{path} is no ordinary file", sent=False)
        if before.st_size > MOST_BYTES:
            limit = MOST_BYTES // 2**20
            raise ProviderError("refused_request", f"{path} is larger than {limit} MiB", sent=False)
        with open(descriptor, "rb", closefd=False) as file:
            raw = file.read(MOST_BYTES + 1)
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if len(raw) != after.st_size or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return None
    return raw if raw.strip() else None


def _write(path: Path, text: bytes) -> None:
    if path.is_file() and path.read_bytes() == text:
        return
    # Requests that are laid out at once share the folder's .gitignore.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.specbuild-tmp")
    temporary.write_bytes(text)
    temporary.replace(path)
