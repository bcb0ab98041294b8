"""The client of the package `openai`, one for each address in a run, on connections that are kept for the next call.

Imported for calls only: the package takes half a second to load. The client is given the bytes as they were hashed and
a transport that sends them with our headers and no others; what it would make of options, environment and answers is
left out, which is most of the processor time of a call.
"""

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx2
import openai

from specbuild.providers.http_post import Posted, post
from specbuild.providers.watch import Watch

FAULTS = (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, http.client.HTTPException, OSError, ValueError)
"""What `posted` raises when the world is at fault."""
_PATH = "/chat/completions"


class Call(NamedTuple):
    """What the transport needs to know of the call that its thread makes."""

    base_url: str
    headers: list[tuple[str, str]]
    tls: ssl.SSLContext | None
    connect_s: float
    read_s: float
    watch: Watch


@contextmanager
def posted(call: Call, body: bytes) -> Iterator[httpx2.Response]:
    """Send `body` once and yield the response, its body unread. Raises one of FAULTS."""
    _present.call = call
    try:
        try:
            response = _client(call.base_url).post(_PATH, cast_to=httpx2.Response, content=body, stream=True)
        except (_Refused, openai.APIConnectionError) as told:
            refused = cause_of(told)  # releases differ in what they put an error of their own around
            if not isinstance(refused, _Refused):
                raise
            response = refused.response
        try:
            yield response
        finally:
            response.close()
    finally:
        _present.call = None


def cause_of(fault: Exception) -> Exception:
    """Return the fault itself where the client put one of its own around it."""
    cause = fault.__cause__ if isinstance(fault, openai.APIConnectionError) else None
    return cause if isinstance(cause, Exception) else fault


class _Refused(Exception):
    """A status other than 200, on its way through the client, which must not make an error of its own out of it."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__()
        self.response = response


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: Posted) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.pieces()

    def close(self) -> None:
        self._answer.close()


class _Transport(httpx2.BaseTransport):
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request's bytes. OPENAI_CUSTOM_HEADERS, OPENAI_ORG_ID and the package's own ideas end here."""
        call: Call = _present.call
        answer = post(
            call.base_url, _PATH, call.headers, request.content,
            tls=call.tls, connect_s=call.connect_s, read_s=call.read_s,
            connected=call.watch.connected, sending=call.watch.sending,
        )  # fmt: skip
        response = httpx2.Response(answer.status, headers=answer.headers(), stream=_Body(answer))
        if answer.status != 200:
            raise _Refused(response)
        return response


class _Client(openai.OpenAI):
    def _build_request(self, options: Any, *_: object, **__: object) -> httpx2.Request:
        # What the package would put together here, the transport does not send. Without this method of the package the
        # call would be the same, and dearer.
        return httpx2.Request("POST", _ADDRESS, content=options.content)


_ADDRESS = httpx2.URL(f"http://in.transport{_PATH}")
"""Stands in the request for the service's, which the transport knows."""
_present = threading.local()
_clients: dict[str, openai.OpenAI] = {}
_clients_lock = threading.Lock()


def _client(base_url: str) -> openai.OpenAI:
    """Return the client for an address, made once: it takes longer to make than to use."""
    with _clients_lock:
        found = _clients.get(base_url)
        if found is None:
            transport = httpx2.Client(
                transport=_Transport(),
                trust_env=False,  # no proxy, no netrc: the environment can't send a key elsewhere
                follow_redirects=False,
            )
            found = _clients[base_url] = _Client(
                api_key="unused: the transport sends the header",
                admin_api_key="",
                organization="",
                project="",
                webhook_secret="",
                base_url=base_url,
                max_retries=0,
                http_client=transport,
            )
    return found
