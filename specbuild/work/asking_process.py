"""Calls made in a process of their own: of many at once, the client's work would hold up all that is done here.

In: the services of a run, requests, deadlines. Out: the same answers and failures as of the provider `openai_chat`,
which does the work in a forked copy of this process. So nothing depends on it: where it can't be had, where it has died
or has no room left, the call is made here. It ends with this process, whatever happens to that.
"""

import gc
import json
import os
import queue
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any, NoReturn, cast

from specbuild.configuration import ServiceConfiguration
from specbuild.disk.shares import processors
from specbuild.provider import ProviderError
from specbuild.providers import openai_chat
from specbuild.reply import Answer, Reply, Source, Usage
from specbuild.request import Request

_MOST_ROOM = 256
"""So many calls at most are under way in it: each takes an open file here and two there."""
_OFTEN_S = 0.1
"""How far a call has come is told so often at most."""


class _Channel:
    """One end of what a call's request and answer go through."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self._reader = end.makefile("rb")

    def send(self, told: object) -> None:
        """Send a value of JSON, else raise TypeError. Raises OSError if the other end is gone."""
        text = json.dumps(told).encode("ascii")
        self.end.sendall(len(text).to_bytes(8, "big") + text)

    def receive(self) -> Any:
        """Return what was sent. Raises OSError if the other end is gone."""
        size = int.from_bytes(self._exactly(8), "big")
        return json.loads(self._exactly(size))

    def _exactly(self, size: int) -> bytes:
        read = self._reader.read(size)
        if len(read) < size:  # it ended in the middle
            raise ConnectionResetError
        return read

    def close(self) -> None:
        """Close it: the other end is told."""
        self._reader.close()
        self.end.close()


class AskingProcess:
    """A provider for services of kind "openai"; used as a context manager, which ends the process."""

    def __init__(self) -> None:
        self.is_begun = False
        self._pid = 0
        self._life = -1
        self._room: queue.SimpleQueue[_Channel] = queue.SimpleQueue()
        self._channels: list[_Channel] = []

    def __enter__(self) -> "AskingProcess":
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()

    def begin(self, services: Mapping[str, ServiceConfiguration], width: int) -> None:
        """Fork the process, and let it load the client, if that pays on this machine; nothing happens if it runs."""
        # Of another thread only its locks would be in the copy, and nobody to let go of them.
        if self.is_begun or sys.platform != "linux" or processors() < 2 or threading.active_count() > 1:
            return
        # Where no more files or processes are to be had, nothing is begun either.
        with suppress(OSError), ExitStack() as theirs, ExitStack() as ours:
            pairs: list[tuple[socket.socket, socket.socket]] = []
            for _ in range(min(width, _MOST_ROOM)):
                pairs.append(socket.socketpair())
                ours.enter_context(pairs[-1][0])
                theirs.enter_context(pairs[-1][1])
            ends, life = os.pipe()
            ours.callback(os.close, life)
            theirs.callback(os.close, ends)

            def serve() -> NoReturn:
                ours.close()
                _serve(services, [end for _, end in pairs], ends)

            self._pid = _forked(serve)
            ours.pop_all()
            self._life = life
            self._channels = [_Channel(end) for end, _ in pairs]
            for channel in self._channels:
                self._room.put(channel)
            self.is_begun = True

    def close(self) -> None:
        """End the process; whatever is asked from now on is asked here."""
        if not self._channels:
            return
        self.is_begun = False
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self._pid, signal.SIGKILL)  # first: whoever still reads a channel finds its end
            os.waitpid(self._pid, 0)
        os.close(self._life)
        for channel in self._channels:
            channel.close()
        self._channels.clear()

    def answer(
        self,
        request: Request,
        *,
        service: ServiceConfiguration,
        deadline_s: float,
        received: Callable[[int], None],
        cancelled: Callable[[], bool],
    ) -> Answer:
        """Ask once and return the answer, as `openai_chat.answer` does. Raises ProviderError."""
        channel = None if cancelled() else self._sent((service.name, request.body, request.sample, deadline_s))
        if channel is None:
            return openai_chat.answer(
                request, service=service, deadline_s=deadline_s, received=received, cancelled=cancelled
            )
        try:
            while type(told := channel.receive()) is int:
                received(told)
        except OSError:
            self.is_begun = False
            raise ProviderError("unavailable", "the process that makes the calls has ended") from None
        self._room.put(channel)
        characters, *outcome = told
        if characters:
            received(characters)
        return _answered(*outcome)

    def _sent(self, asked: object) -> _Channel | None:
        """Send it to the process and return on which channel; None if there is no room, or no process."""
        try:
            channel = self._room.get_nowait() if self.is_begun else None
        except queue.Empty:
            return None
        try:
            if channel is not None:
                channel.send(asked)
        except OSError:
            self.is_begun, channel = False, None
        except TypeError:  # a body with a value of another kind than JSON's own
            self._room.put(cast(_Channel, channel))
            channel = None
        return channel


def _forked(serve: Callable[[], NoReturn]) -> int:
    """Fork and return the child's number; the child does what `serve` does, and ends. Raises OSError."""
    gc.freeze()  # what is there already is neither looked through nor copied by the child's collector
    try:
        pid = os.fork()
        if pid == 0:
            try:
                serve()
            finally:
                os._exit(1)
        return pid
    finally:
        gc.unfreeze()


def _serve(services: Mapping[str, ServiceConfiguration], ends: Sequence[socket.socket], life: int) -> NoReturn:
    """Be the child: answer what comes until the parent is gone; an interrupt is the parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=openai_chat.load, daemon=True).start()
    with selectors.DefaultSelector() as waiting:
        waiting.register(life, selectors.EVENT_READ)
        for end in ends:
            waiting.register(end, selectors.EVENT_READ, end)
        while True:
            for key, _ in waiting.select():
                if key.data is None:
                    os._exit(0)
                waiting.unregister(key.fileobj)
                threading.Thread(target=_answer_all, args=(services, _Channel(key.data)), daemon=True).start()


def _answer_all(services: Mapping[str, ServiceConfiguration], channel: _Channel) -> None:
    try:
        while True:
            name, body, sample, deadline_s = channel.receive()
            service = services[name]
            channel.send(_told(Request(body, name, sample), service, deadline_s, channel))
    except OSError:
        pass  # the parent is gone
    finally:
        channel.close()


def _told(request: Request, service: ServiceConfiguration, deadline_s: float, channel: _Channel) -> tuple[object, ...]:
    """Return what is told of a call in the end: the characters of which nothing was told yet, and its outcome."""
    untold, until_s = 0, time.monotonic() + _OFTEN_S

    def received(characters: int) -> None:
        nonlocal untold, until_s
        untold = characters
        if time.monotonic() > until_s:
            channel.send(characters)
            untold, until_s = 0, time.monotonic() + _OFTEN_S

    try:
        answer = openai_chat.answer(
            request, service=service, deadline_s=deadline_s, received=received, cancelled=lambda: False
        )
    except ProviderError as fault:
        failure = (fault.kind, fault.message, fault.status, fault.retry_after_s, fault.parameter, fault.sent)
        return untold, None, failure, fault.raw.decode("latin-1")
    reply, source = answer.reply, answer.source
    told = (reply.content, reply.finish_reason, reply.tool_calls, dict(reply.reasoning))
    return untold, told, (source.provider, source.model, source.usage), answer.raw.decode("latin-1")


def _answered(told: Sequence[Any] | None, about: Sequence[Any], raw: str) -> Answer:
    if told is None:
        kind, message, status, retry_after_s, parameter, sent = about
        raise ProviderError(
            kind, message, status=status, retry_after_s=retry_after_s, parameter=parameter, raw=raw.encode("latin-1"),
            sent=sent,
        )  # fmt: skip
    content, finish_reason, tool_calls, reasoning = told
    provider, model, usage = about
    reply = Reply(content, finish_reason, tuple(tool_calls), reasoning)
    return Answer(reply, Source(provider, model, Usage(*usage)), raw.encode("latin-1"))
