"""The provider for every endpoint that speaks OpenAI's chat completions, through the `openai` package.

One attempt, streamed unless the service is configured or turns out otherwise, bounded in time and size. Of the package
we use the transport only: what it would read from the environment, retry, follow or parse is done here, where it can be
said and tested.
"""

import functools
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from specbuild.canonical_json import canonical_json
from specbuild.chat_completion import Completion, CompletionReader
from specbuild.configuration import ServiceConfiguration
from specbuild.dialect import Dialect, first_dialect, simpler_dialect, wire_body
from specbuild.prefix import continued_body, whole_reply
from specbuild.provider import ProviderError
from specbuild.providers.watch import Watch
from specbuild.reply import Answer, Source
from specbuild.request import Request
from specbuild.retry import http_date_s, retry_after_s
from specbuild.service_fault import ServiceFault, fault_of_status
from specbuild.service_url import is_loopback, url_fault

if TYPE_CHECKING:
    import httpx2

MOST_BYTES = 64 * 1024 * 1024
_MOST_ERROR_BYTES = 256 * 1024
_CONNECT_S = 30.0
_SHORTEST_LEAK = 16
"""A key shorter than this is a placeholder of a local server ("none", "local"): it may stand in a reply by chance."""


# What each service was found to understand in this run: asked once, not at every call.
_dialects: dict[tuple[str, str, str, bool], Dialect] = {}
_dialects_lock = threading.Lock()


def answer(
    request: Request,
    *,
    service: ServiceConfiguration,
    deadline_s: float,
    received: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> Answer:
    """Ask `service` once and return its answer within `deadline_s` seconds; `received` is told the characters so far.

    Raises ProviderError; neither it nor anything it carries holds the service's key. A service that refuses `stream`,
    `stream_options` or the name of the output limit did no work, so it is asked again without, within this attempt.
    """
    base_url = _checked_base_url(service)
    _checked_key(service)
    if cancelled():
        raise ProviderError("cancelled", "interrupted before anything was sent", sent=False)
    until_s = time.monotonic() + deadline_s
    known_as = (service.name, base_url, request.model, service.stream)
    dialect = _dialects.get(known_as) or first_dialect(base_url, stream=service.stream)
    tried = {dialect}
    while True:
        body = wire_body(continued_body(request.body), dialect)
        outcome = _exchange(service, base_url, body, dialect.stream, until_s - time.monotonic(), received)
        simpler = simpler_dialect(dialect, outcome.result) if isinstance(outcome.result, ServiceFault) else None
        if simpler is None or simpler in tried:
            break
        tried.add(simpler)
        dialect = simpler
    if dialect.stream and outcome.silent:
        # llama.cpp's Python server ends a stream before its first byte where it refuses; in one piece it says why.
        whole = wire_body(continued_body(request.body), dialect._replace(stream=False))
        outcome = _exchange(service, base_url, whole, False, until_s - time.monotonic(), received)
    if isinstance(outcome.result, ServiceFault):
        raise _error(outcome.result, outcome, service)
    with _dialects_lock:
        _dialects[known_as] = dialect
    completion = outcome.result
    if _leaks(completion, service):
        # A service that echoes its requests would otherwise bring the key into the store.
        raise ProviderError("refused_request", f"the reply holds the key of service {service.name}; it was not kept")
    source = Source(provider="openai", model=completion.model, usage=completion.usage)
    return Answer(whole_reply(completion.reply, request.body), source, _without_key(outcome.raw, service))


def warm() -> None:
    """Import the `openai` package in a background thread: it takes a third of a second that other work can use."""
    threading.Thread(target=load, name="specbuild-warm-openai", daemon=True).start()


def load() -> None:
    """Import the `openai` package."""
    from specbuild.providers import openai_client  # noqa: F401


class _Outcome(NamedTuple):
    result: Completion | ServiceFault
    raw: bytes = b""
    retry_after_s: float | None = None
    sent: bool = True
    silent: bool = False
    """It was accepted (status 200) and ended properly without a word."""


def _exchange(
    service: ServiceConfiguration,
    base_url: str,
    body: bytes,
    stream: bool,
    deadline_s: float,
    received: Callable[[int], None],
) -> _Outcome:
    """Send `body` once and read what comes back. Every fault of the world is returned as a value.

    No exception of the client leaves this function: those hold the request with its headers.
    """
    from specbuild.providers import openai_client  # with the package half a second, for calls only

    try:
        trusted = _tls() if base_url.startswith("https:") else None
    except OSError as fault:
        return _Outcome(ServiceFault("setup", _setup_fault(fault)), sent=False)
    watch = Watch(deadline_s)

    reader = CompletionReader()
    raw = bytearray()
    early: str | None = None
    # A silent body is normal until a whole reply is ready; a stream that is silent is stuck.
    idle_s = max(min(service.idle_s, deadline_s) if stream else deadline_s, 0.001)
    connect_s = max(min(_CONNECT_S, deadline_s), 0.001)
    call = openai_client.Call(base_url, _headers(service, stream), trusted, connect_s, idle_s, watch)
    try:
        with watch.running(), openai_client.posted(call, body) as response:
            if response.status_code != 200:
                return _refusal(response, base_url)
            for piece in response.iter_bytes():
                raw += piece
                if len(raw) > MOST_BYTES:
                    large = f"the response is larger than {MOST_BYTES // 2**20} MiB"
                    return _Outcome(ServiceFault("malformed", large, 200))
                reader.feed(piece)
                received(reader.characters)
                if reader.finished:
                    break
                if watch.expired:
                    early = watch.message
                    break
    except openai_client.FAULTS as told:
        cause = openai_client.cause_of(told)
        if not watch.expired and _is_absent(cause, base_url):
            absent = f"{_shown(base_url)} refused the connection: nothing listens there"
            return _Outcome(ServiceFault("absent", absent), sent=False)
        limit_s = idle_s if watch.sent else connect_s
        early = watch.message if watch.expired else _connection_fault(cause, base_url, limit_s, sent=watch.sent)
    if watch.expired and early is None and not reader.finished:
        early = watch.message  # the watch ends a read like the end of a body
    silent = early is None and not raw.strip()
    return _Outcome(reader.result(ended_early=early), bytes(raw), sent=watch.sent, silent=silent)


def _headers(service: ServiceConfiguration, stream: bool) -> list[tuple[str, str]]:
    from specbuild import __version__

    headers = [
        ("User-Agent", f"specbuild/{__version__}"),
        ("Accept", "text/event-stream, application/json" if stream else "application/json"),
        ("Accept-Encoding", "identity"),
        ("Content-Type", "application/json"),
    ]
    if service.key:
        headers.append(("Authorization", f"Bearer {service.key.reveal()}"))
    return headers


def _refusal(response: "httpx2.Response", base_url: str) -> _Outcome:
    status = response.status_code
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > _MOST_ERROR_BYTES:
            break
    if 300 <= status < 400:
        message = (
            f"{_shown(base_url)} answered with a redirect (status {status}), which is not followed: "
            "a key goes to no other address than the configured one"
        )
        return _Outcome(ServiceFault("refused_request", message, status), bytes(body))
    if 200 <= status < 300:
        return _Outcome(ServiceFault("malformed", f"the service answered with status {status} instead of 200", status))
    fault = fault_of_status(status, bytes(body))
    return _Outcome(fault, bytes(body), _asked_wait_s(response))


def _asked_wait_s(response: "httpx2.Response") -> float | None:
    milliseconds = response.headers.get("retry-after-ms", "")
    if re.fullmatch(r"\d{1,12}(\.\d{0,9})?", milliseconds, re.ASCII):
        return float(milliseconds) / 1000
    # The service's own clock wrote the date, so it is the one to measure by.
    now_s = http_date_s(response.headers.get("date", ""))
    return retry_after_s(response.headers.get("retry-after"), now_s=time.time() if now_s is None else now_s)


def _checked_base_url(service: ServiceConfiguration) -> str:
    url = service.base_url or "https://api.openai.com/v1"
    fault = url_fault(
        url, allow_http=True
    )  # whether plain http may be used was decided when the service was configured
    if fault is not None:
        where = f" ({service.source})" if service.source else ""
        raise ProviderError(
            "refused_request", f"the address of service {service.name}{where} can't be used: {fault}", sent=False
        )
    return url.rstrip("/")


def _checked_key(service: ServiceConfiguration) -> None:
    if service.key and not re.fullmatch(r"[!-~]+", service.key.reveal()):
        raise ProviderError(
            "authentication",
            f"the key of service {service.name} holds a space, a line break or a character that no header can carry"
            + (f" ({service.source})" if service.source else ""),
            sent=False,
        )


def _error(fault: ServiceFault, outcome: _Outcome, service: ServiceConfiguration) -> ProviderError:
    message = _without_key(fault.message.encode("utf-8", "replace"), service).decode("utf-8", "replace")
    return ProviderError(
        fault.kind,
        message,
        status=fault.status,
        retry_after_s=outcome.retry_after_s,
        parameter=fault.parameter,
        sent=outcome.sent,
        raw=_without_key(outcome.raw, service),
    )


def _without_key(text: bytes, service: ServiceConfiguration) -> bytes:
    key = service.key.reveal().encode("ascii", "ignore") if service.key else b""
    return text.replace(key, b"(key)") if len(key) >= 4 else text


def _leaks(completion: Completion, service: ServiceConfiguration) -> bool:
    key = service.key.reveal() if service.key else ""
    if len(key) < _SHORTEST_LEAK:
        return False
    thoughts = completion.reply.reasoning.values()
    return any(key in one for one in (completion.reply.content, *thoughts)) or key in canonical_json(
        list(completion.reply.tool_calls)
    )


def _connection_fault(fault: Exception, base_url: str, limit_s: float, *, sent: bool) -> str:
    # Only the kind of the fault is told: its text may quote what was sent or received.
    where = _shown(base_url)
    if isinstance(fault, TimeoutError):
        if sent:
            return f"{where} sent nothing for {limit_s:g} s (the idle limit)"
        return f"{where} could not be reached within {limit_s:g} s"
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"the certificate of {where} could not be verified"
    if isinstance(fault, ConnectionRefusedError):
        return f"{where} refused the connection: nothing listens there"
    if isinstance(fault, socket.gaierror):
        return f"the host of {where} is not known here (no network, or a wrong name)"
    if not sent:
        return f"no connection to {where}"
    return f"the connection to {where} broke off ({type(fault).__name__})"


def _is_absent(fault: Exception, base_url: str) -> bool:
    host = base_url.split("/")[2].rpartition(":")[0] or base_url.split("/")[2]
    return is_loopback(host) and isinstance(fault, ConnectionRefusedError)


def _setup_fault(fault: OSError) -> str:
    named = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)]
    unreadable = isinstance(fault, ssl.SSLError)  # its text is OpenSSL's own
    why = "they hold no certificate that can be read" if unreadable else fault.strerror or "unreadable"
    source = " and ".join(f"{name}={os.environ[name]}" for name in named) or "the system's own"
    return f"the certificate authorities ({source}) can't be loaded: {why}"


def _shown(base_url: str) -> str:
    return "/".join(base_url.split("/")[:3])


@functools.cache
def _tls() -> ssl.SSLContext:
    # The system's authorities, or those of SSL_CERT_FILE: that changes whom we trust, not where the call goes.
    import httpx2

    return httpx2.create_ssl_context()
