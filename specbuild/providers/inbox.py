"""The provider whose model is a person, or any assistant: the request is a file, the answer is a file.

For each request there is a folder named by its reply key with REQUEST.md (to read) and request.json (canonical body).
The answer goes into a file REPLY beside them. A REPLY that is not empty counts as finished: a program that writes
slowly writes another name and renames it. Nothing else in the folder is read, and a link is not followed.
"""

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from specbuild.canonical_json import Json, canonical_json
from specbuild.configuration import ServiceConfiguration
from specbuild.keys import reply_key
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
it in pieces writes another name and renames it at the end. Then `specbuild build` goes on with it.

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
        received(len(content))
        return Answer(Reply(normalised(content)), Source(provider="inbox", model=None), raw)

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
    parts = [_HEAD]
    others = {name: value for name, value in request.body.items() if name != "messages"}
    parts.append("".join(f"* {name}: `{canonical_json(value)}`\n" for name, value in sorted(others.items())))
    messages = request.body["messages"]
    assert isinstance(messages, (list, tuple))
    for number, message in enumerate(messages, 1):
        assert isinstance(message, Mapping)
        parts.append(_message_text(number, message))
    return "".join(parts)


def _message_text(number: int, message: Mapping[str, Json]) -> str:
    content = message.get("content")
    text = content if isinstance(content, str) else canonical_json(content)
    longest = max((len(run) for run in "".join(c if c == "`" else " " for c in text).split()), default=0)
    fence = "`" * max(3, longest + 1)
    end = "" if text.endswith("\n") else "\n(The message ends without a newline.)\n"
    newline = "" if text.endswith("\n") else "\n"
    rest = {name: value for name, value in message.items() if name not in ("role", "content")}
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
    temporary = path.with_name(f".{path.name}.{os.getpid()}.specbuild-tmp")
    temporary.write_bytes(text)
    temporary.replace(path)
