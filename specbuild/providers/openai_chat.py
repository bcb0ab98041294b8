"""The provider for every endpoint that speaks OpenAI's chat completions, through the `openai` package.

One attempt, streamed unless the service is configured or turns out otherwise, bounded in time and size. Of the package
we use the transport only: what it would read from the environment, retry, follow or parse is done here, where it can be
said and tested.
"""

import functools
import os
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    import openai

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
    threading.Thread(target=_import_openai, name="specbuild-warm-openai", daemon=True).start()


class _Outcome(NamedTuple):
    result: Completion | ServiceFault
    raw: bytes = b""
    retry_after_s: float | None = None
    sent: bool = True
    silent: bool = False
    """It was accepted (status 200) and ended properly without a word."""


class _Refused(Exception):
    """A status other than 200, on its way through the client, which must not make an error of its own out of it."""

    def __init__(self, outcome: _Outcome) -> None:
        super().__init__()
        self.outcome = outcome


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
    import httpx2  # with openai a third of a second, for calls only
    import openai

    try:
        trusted = _tls() if base_url.startswith("https:") else _no_tls()
    except OSError as fault:
        return _Outcome(ServiceFault("setup", _setup_fault(fault)), sent=False)
    watch = Watch(deadline_s)

    reader = CompletionReader()
    raw = bytearray()
    early: str | None = None
    # A silent body is normal until a whole reply is ready; a stream that is silent is stuck.
    idle_s = min(service.idle_s, deadline_s) if stream else deadline_s
    connect_s = min(_CONNECT_S, deadline_s)
    timeout = httpx2.Timeout(connect=connect_s, read=max(idle_s, 0.001), write=max(idle_s, 0.001), pool=connect_s)
    try:
        with watch.running(), _under_way(_Call(service, base_url, stream, watch)):
            response = _client(base_url, trusted).post(
                "/chat/completions", cast_to=httpx2.Response, content=body, stream=True, options={"timeout": timeout}
            )
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
    except _Refused as refused:
        return refused.outcome
    except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, OSError) as fault:
        if not watch.expired and _is_absent(fault, base_url):
            absent = f"{_shown(base_url)} refused the connection: nothing listens there"
            return _Outcome(ServiceFault("absent", absent), sent=False)
        early = watch.message if watch.expired else _connection_fault(fault, base_url, idle_s)
    if watch.expired and early is None and not reader.finished:
        early = watch.message  # the watch ends a read like the end of a body
    silent = early is None and not raw.strip()
    return _Outcome(reader.result(ended_early=early), bytes(raw), sent=watch.sent, silent=silent)


class _Call(NamedTuple):
    """What the hooks of the shared client need to know of the call that its thread makes."""

    service: ServiceConfiguration
    base_url: str
    stream: bool
    watch: "Watch"


_present = threading.local()
_clients: dict[tuple[str, bool | ssl.SSLContext], "openai.OpenAI"] = {}
_clients_lock = threading.Lock()


@contextmanager
def _under_way(call: _Call) -> Iterator[None]:
    _present.call = call
    try:
        yield
    finally:
        _present.call = None


def _client(base_url: str, trusted: bool | ssl.SSLContext) -> "openai.OpenAI":
    """Return the client for an address, made once: it takes longer to make than to use. No connection is kept."""
    import httpx2
    import openai

    with _clients_lock:
        found = _clients.get((base_url, trusted))
        if found is None:
            transport = httpx2.Client(
                verify=trusted,
                trust_env=False,  # no proxy, no netrc: the environment can't send a key elsewhere
                follow_redirects=False,
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
                event_hooks={"request": [_sending], "response": [_answered]},
            )
            found = _clients[base_url, trusted] = openai.OpenAI(
                api_key="unused: the header is set in `_sending`",
                admin_api_key="",
                organization="",
                project="",
                webhook_secret="",
                base_url=base_url,
                max_retries=0,
                http_client=transport,
            )
    return found


def _sending(sent: "httpx2.Request") -> None:
    # OPENAI_CUSTOM_HEADERS, OPENAI_ORG_ID and the package's own ideas end here: these headers go out and no others.
    import httpx2

    call: _Call = _present.call
    sent.headers = httpx2.Headers(_headers(sent, call.service, call.stream))
    sent.extensions = {**sent.extensions, "trace": call.watch.traced}


def _answered(response: "httpx2.Response") -> None:
    if response.status_code != 200:
        raise _Refused(_refusal(response, _present.call.base_url))


def _headers(sent: "httpx2.Request", service: ServiceConfiguration, stream: bool) -> list[tuple[str, str]]:
    from specbuild import __version__

    headers = [
        ("Host", sent.url.netloc.decode("ascii")),
        ("User-Agent", f"specbuild/{__version__}"),
        ("Accept", "text/event-stream, application/json" if stream else "application/json"),
        ("Accept-Encoding", "identity"),
        ("Connection", "close"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(sent.content))),
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


def _connection_fault(fault: Exception, base_url: str, idle_s: float) -> str:
    # Only the kind of the fault is told: texts of the client may quote the request.
    cause: BaseException | None = fault.__cause__ if fault.__cause__ is not None else fault
    names = [type(one).__name__ for one in _causes(cause)]
    where = _shown(base_url)
    if "ReadTimeout" in names:
        return f"{where} sent nothing for {idle_s:g} s (the idle limit)"
    if "ConnectTimeout" in names:
        return f"{where} could not be reached within {_CONNECT_S:g} s"
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in _causes(cause)):
        return f"the certificate of {where} could not be verified"
    if any(isinstance(one, ConnectionRefusedError) for one in _causes(cause)):
        return f"{where} refused the connection: nothing listens there"
    if "gaierror" in names:
        return f"the host of {where} is not known here (no network, or a wrong name)"
    if "ConnectError" in names:
        return f"no connection to {where}"
    return f"the connection to {where} broke off ({names[0] if names else 'unknown'})"


def _is_absent(fault: Exception, base_url: str) -> bool:
    host = base_url.split("/")[2].rpartition(":")[0] or base_url.split("/")[2]
    return is_loopback(host) and any(isinstance(one, ConnectionRefusedError) for one in _causes(fault))


def _setup_fault(fault: OSError) -> str:
    named = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)]
    unreadable = isinstance(fault, ssl.SSLError)  # its text is OpenSSL's own
    why = "they hold no certificate that can be read" if unreadable else fault.strerror or "unreadable"
    source = " and ".join(f"{name}={os.environ[name]}" for name in named) or "the system's own"
    return f"the certificate authorities ({source}) can't be loaded: {why}"


def _causes(fault: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while fault is not None and len(found) < 10:
        found.append(fault)
        fault = fault.__cause__ or fault.__context__
    return found


def _shown(base_url: str) -> str:
    return "/".join(base_url.split("/")[:3])


@functools.cache
def _tls() -> ssl.SSLContext:
    # The system's authorities, or those of SSL_CERT_FILE: that changes whom we trust, not where the call goes.
    import httpx2

    return httpx2.create_ssl_context()


@functools.cache
def _no_tls() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # for http: loads no authorities, so it accepts nobody


def _import_openai() -> None:
    import openai  # noqa: F401
