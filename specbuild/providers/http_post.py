"""One POST over HTTP/1.1, on a connection that is kept for the next: sockets and TLS, nothing of the environment.

Of HTTP a chat completion needs one method, no redirect, no cookie and no proxy; a transport that can do more takes four
times the processor time. In: an address, headers, bytes. Out: the status, headers, and the body as it comes.
"""

import atexit
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import http.client

_KEPT_S = 4.0
"""So long an idle connection is used again: most servers close theirs after five seconds or later."""
_END_S = 0.005
"""So long the end of a body is waited for whose content is complete: without it the connection can't be kept."""
_PIECE = 65536


class Address(NamedTuple):
    """Where a connection leads: what is kept there is used again by whoever asks there with the same trust."""

    host: str
    port: int
    tls: ssl.SSLContext | None


class Posted:
    """The answer to one POST. `close` it in the end: a connection whose body was read whole is kept."""

    def __init__(self, address: Address, connection: socket.socket, response: "http.client.HTTPResponse") -> None:
        self.status = response.status
        self._address = address
        self._connection = connection
        self._response = response

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers of the answer."""
        return self._response.getheaders()

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it comes. Raises OSError, HTTPException: it broke off."""
        import http.client

        while piece := self._response.read1(_PIECE):
            yield piece
        if self._response.length:  # `read1` ends a body that was promised longer like any other
            raise http.client.IncompleteRead(b"", self._response.length)

    def close(self) -> None:
        """Keep the connection if it may be used again, else close it."""
        import http.client

        response = self._response
        if not response.will_close and not response.isclosed():
            self._connection.settimeout(_END_S)
            with suppress(OSError, ValueError, http.client.HTTPException):
                if not response.read1(_PIECE):
                    response.close()  # the body was whole but for its end
        keep = response.isclosed() and not response.will_close
        response.close()
        if keep:
            _kept.add(self._address, self._connection)
        else:
            self._connection.close()


def post(
    base_url: str,
    path: str,
    headers: Sequence[tuple[str, str]],
    body: bytes,
    *,
    tls: ssl.SSLContext | None,
    connect_s: float,
    read_s: float,
    connected: Callable[[socket.socket], None],
    sending: Callable[[], None],
) -> Posted:
    """Send `body` to `base_url` + `path`; `connected` is told of each socket that is waited for, `sending` when the
    first byte is about to go out.

    Raises OSError or http.client.HTTPException. Nothing is sent twice: that a kept connection ended meanwhile is a
    fault like any other, since the service may have read what was sent.
    """
    import http.client  # with the parser of its headers a thirtieth of a second

    parts = urlsplit(base_url)
    default_port = 443 if tls is not None else 80
    address = Address(parts.hostname or "", parts.port or default_port, tls)
    connection = _kept.take(address)
    if connection is None:
        connection = _connected(address, connect_s, connected)
    else:
        connected(connection)
    response: http.client.HTTPResponse | None = None
    try:
        host = address.host if ":" not in address.host else f"[{address.host}]"
        named = host if address.port == default_port else f"{host}:{address.port}"
        lines = [f"POST {parts.path}{path} HTTP/1.1", f"Host: {named}"]
        lines += [f"{name}: {value}" for name, value in headers]
        lines += [f"Content-Length: {len(body)}", "Connection: keep-alive", "", ""]
        sending()
        connection.settimeout(read_s)
        connection.sendall("\r\n".join(lines).encode("ascii") + body)
        response = http.client.HTTPResponse(connection, method="POST")
        response.begin()
    except BaseException:
        if response is not None:
            response.close()
        connection.close()
        raise
    return Posted(address, connection, response)


def _connected(address: Address, connect_s: float, connected: Callable[[socket.socket], None]) -> socket.socket:
    connection = socket.create_connection((address.host, address.port), timeout=connect_s)
    try:
        connected(connection)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if address.tls is not None:
            connection = address.tls.wrap_socket(
                connection, server_hostname=address.host, do_handshake_on_connect=False
            )
            connected(connection)  # before the handshake, so that a deadline ends it too
            connection.do_handshake()
    except BaseException:
        connection.close()
        raise
    return connection


class _Kept:
    """The idle connections by address, the one that was used last on top."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._idle: dict[Address, list[tuple[float, socket.socket]]] = {}

    def take(self, address: Address) -> socket.socket | None:
        """Return a connection that is still open, None if there is none."""
        while True:
            with self._guard:
                idle = self._idle.get(address)
                if not idle:
                    return None
                since_s, connection = idle.pop()
            if time.monotonic() - since_s < _KEPT_S and not _has_something(connection):
                return connection
            connection.close()

    def add(self, address: Address, connection: socket.socket) -> None:
        """Keep a connection on which nothing is under way."""
        with self._guard:
            self._idle.setdefault(address, []).append((time.monotonic(), connection))

    def close(self) -> None:
        """Close all."""
        with self._guard:
            for idle in self._idle.values():
                for _, connection in idle:
                    connection.close()
            self._idle.clear()


def _has_something(connection: socket.socket) -> bool:
    """Return whether an idle connection has something to read: its end, or what nobody asked for."""
    if hasattr(select, "poll"):  # `select` itself knows no descriptor beyond 1023
        poll = select.poll()
        poll.register(connection, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([connection], [], [], 0)[0])


_kept = _Kept()
atexit.register(_kept.close)
