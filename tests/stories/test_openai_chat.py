"""One attempt at a real HTTP server that behaves, misbehaves, listens for keys and forwards elsewhere."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from specbuild.configuration import ServiceConfiguration
from specbuild.provider import ProviderError
from specbuild.providers import http_post, openai_chat, openai_client
from specbuild.reply import Answer, Usage
from specbuild.request import Request
from specbuild.secret import Secret
from tests.server import Server, default_answer, read_journal

KEY = "sk-CANARY-0123456789abcdef"
ROOT = Path(__file__).parent.parent.parent
PROMPT = "Write it, ü 😀.\n=== specbuild:0123456789ab file: a.py ===\n"
REQUEST = Request({"model": "m", "messages": [{"role": "user", "content": PROMPT}]}, "default")


@pytest.fixture
def server() -> Iterator[Server]:
    openai_chat._dialects.clear()  # what one test's server refused is not known of the next one's
    with Server() as running:
        yield running


def ask(
    server: Server | str,
    request: Request = REQUEST,
    *,
    stream: bool = True,
    deadline_s: float = 20.0,
    idle_s: float = 20.0,
    received: Callable[[int], None] = lambda _: None,
    cancelled: bool = False,
    key: str = KEY,
) -> Answer:
    url = server if isinstance(server, str) else server.base_url
    service = ServiceConfiguration("fast", base_url=url, key=Secret(key), stream=stream, idle_s=idle_s)
    return openai_chat.answer(
        request, service=service, deadline_s=deadline_s, received=received, cancelled=lambda: cancelled
    )


def failure(server: Server | str, fault: Any = None, **options: Any) -> ProviderError:
    """Return how an attempt at a server with this fault fails; wherever the key could show, it must not."""
    if fault is not None:
        assert isinstance(server, Server)
        server.plan(fault)
    with pytest.raises(ProviderError) as caught:
        ask(server, **options)
    error = caught.value
    shown = "".join(traceback.format_exception(error))
    assert "CANARY" not in shown
    assert "CANARY" not in repr(error.__dict__)
    assert error.__context__ is None and error.__cause__ is None, "a chained exception holds the request's headers"
    return error


@pytest.mark.parametrize("stream", [True, False])
def test_the_reply_arrives_exactly_with_its_source(server: Server, stream: bool) -> None:
    text = "".join(chr(code) for code in range(0x20, 0x500)) + "\r\nb\r\u2028\n😀```\n" + "x" * 1_000_000
    server.answers[PROMPT] = text
    server.piece = 4999
    seen: list[int] = []
    found = ask(server, stream=stream, received=seen.append)
    assert found.reply.content == text
    assert found.reply.finish_reason == "stop"
    assert found.source.provider == "openai"
    assert found.source.model == "m"
    assert found.source.usage == Usage(len(PROMPT) // 4, len(text) // 4)
    assert found.raw
    if stream:
        assert seen[-1] == len(text) and len(seen) > 10


def test_a_reply_is_the_same_value_streamed_or_not(server: Server) -> None:
    assert ask(server, stream=True).reply == ask(server, stream=False).reply


def test_what_is_sent_is_the_request_and_nothing_that_nobody_named(server: Server) -> None:
    ask(server, stream=False)
    ask(server)
    plain, streamed = (call["body"] for call in server.calls)
    assert plain == REQUEST.body
    assert streamed == {**REQUEST.body, "stream": True, "stream_options": {"include_usage": True}}
    headers = {name.lower() for name in server.calls[0]["headers"]}
    expected = "accept accept-encoding authorization connection content-length content-type host user-agent"
    assert headers == set(expected.split())
    assert server.calls[0]["headers"]["Authorization"] == f"Bearer {KEY}"
    assert server.calls[0]["path"] == "/v1/chat/completions"


def test_without_a_key_no_key_is_sent(server: Server) -> None:
    ask(server, key="")
    assert "Authorization" not in server.calls[0]["headers"]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("rate_limit", "rate_limit"),
        ("server_error", "unavailable"),
        ("cut_json", "malformed"),
        ("cut_body", "unavailable"),
        ("cut_stream", "unavailable"),
        (("cut_stream", {"clean": True}), "unavailable"),
        ("html", "malformed"),
        ("choices_null", "malformed"),
        ("choices_empty", "malformed"),
        ("no_finish_reason", "malformed"),
        ("unauthorized", "authentication"),
        ("quota", "quota"),
        ("bad_parameter", "parameter"),
        ("context_length", "context_length"),
        ("error_in_stream", "unavailable"),
        ("reset", "unavailable"),
        ("redirect", "refused_request"),
    ],
)
def test_each_misbehaviour_is_noticed_and_named(server: Server, fault: Any, kind: str, stream: bool) -> None:
    assert failure(server, fault, stream=stream).kind == kind
    assert ask(server, stream=stream).reply.content, "the control: the next call is answered"


@pytest.mark.parametrize(("fault", "kind"), [("unauthorized", "authentication"), ("reset", "unavailable")])
def test_a_refusal_is_told_also_by_a_client_that_wraps_what_its_transport_raises(
    server: Server, monkeypatch: pytest.MonkeyPatch, fault: str, kind: str
) -> None:
    """As the first releases of openai 3 do; the test before this one asks the installed release."""

    def wrapping(self: openai.OpenAI, *given: Any, **named: Any) -> Any:
        try:
            return openai.OpenAI.post(self, *given, **named)
        except Exception as told:
            raise openai.APIConnectionError(request=httpx2.Request("POST", server.base_url)) from told

    monkeypatch.setattr(openai_client._Client, "post", wrapping)
    assert failure(server, fault).kind == kind


def test_a_right_body_counts_whatever_its_content_type_and_form(server: Server) -> None:
    proper = ask(server).reply
    for fault in ("wrong_type", "whole_although_streamed", "cut_after_finish"):
        server.plan(fault)
        assert ask(server).reply == proper


def test_an_empty_reply_keeps_its_reason_so_that_it_is_told_as_what_it_is(server: Server) -> None:
    server.plan("content_null")
    assert ask(server).reply.content == ""
    server.finish_reason = "length"
    assert ask(server).reply.finish_reason == "length"


def test_the_wait_that_a_service_asks_for_is_read_as_seconds_and_as_a_date(server: Server) -> None:
    assert failure(server, ("rate_limit", {"retry_after": "7"})).retry_after_s == 7.0
    # Far ahead, so the second in which the server's Date falls does not matter.
    found = failure(server, ("rate_limit", {"retry_after": "Fri, 01 Jan 2999 00:00:00 GMT"})).retry_after_s
    assert found is not None and found > 1e9
    assert failure(server, ("rate_limit", {"retry_after": None})).retry_after_s is None


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("fault", ["hang", "hang_in_stream", "slow_head", ("slow_drip", {"pause_s": 0.05})])
def test_no_server_holds_a_call_longer_than_its_total_limit(server: Server, fault: Any, stream: bool) -> None:
    began = time.monotonic()
    error = failure(server, fault, stream=stream, deadline_s=0.3)
    assert time.monotonic() - began < 2.0
    assert error.kind == "unavailable"
    assert "limit" in error.message


def test_a_silent_stream_ends_at_the_idle_limit_and_a_dripping_one_does_not(server: Server) -> None:
    error = failure(server, "hang_in_stream", idle_s=0.2)
    assert "(the idle limit)" in error.message
    server.plan(("slow_drip", {"pause_s": 0.02}))
    assert ask(server, idle_s=0.2).reply == ask(server).reply


def test_a_response_without_end_is_cut_at_the_size_limit(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_chat, "MOST_BYTES", 1024 * 1024)
    error = failure(server, "huge")
    assert error.kind == "malformed" and "larger than 1 MiB" in error.message


@pytest.mark.parametrize(
    ("fault", "dropped"),
    [("no_stream_options", {"stream_options"}), ("no_stream", {"stream", "stream_options"})],
)
def test_a_service_that_refuses_a_way_of_sending_is_asked_without_it_from_then_on(
    server: Server, fault: str, dropped: set[str]
) -> None:
    server.always(fault)
    first = ask(server)
    refused = len(server.calls) - 1
    assert refused >= 1
    assert ask(server).reply == first.reply
    assert len(server.calls) == refused + 2, "what was refused once is remembered"
    assert not dropped & set(server.calls[-1]["body"])


def test_a_stream_that_ends_before_its_first_byte_is_asked_for_in_one_piece_which_says_why(server: Server) -> None:
    server.plan("silent_stream", "silent_stream")
    assert failure(server).kind == "context_length"
    assert [one["body"].get("stream") for one in server.calls] == [True, None]
    assert ask(server).reply.content
    assert server.calls[-1]["body"]["stream"], "nothing is concluded from it for the next call"
    server.plan("silent_stream", "none")
    assert ask(server).reply.content, "the control: it was silent by chance"


def test_the_output_limit_goes_out_under_the_name_that_the_service_takes(server: Server) -> None:
    limited = Request({**REQUEST.body, "max_output_tokens": 9}, "default")
    ask(server, limited)
    assert server.calls[-1]["body"]["max_tokens"] == 9
    assert "max_output_tokens" not in server.calls[-1]["body"]
    openai_chat._dialects.clear()
    server.always("no_max_tokens")
    ask(server, limited)
    assert server.calls[-1]["body"]["max_completion_tokens"] == 9
    server.always("no_limit")
    error = failure(server, request=limited)
    assert (error.kind, error.parameter) == ("parameter", "max_output_tokens")


def test_a_redirect_takes_the_key_nowhere(server: Server) -> None:
    with Server() as other:
        for status in (301, 302, 307, 308):
            error = failure(server, ("redirect", {"to": f"{other.base_url}/chat/completions", "status": status}))
            assert "redirect" in error.message
        assert other.calls == []


def test_the_environment_moves_no_call_and_adds_no_header(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server() as other:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{other.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setenv("OPENAI_BASE_URL", other.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-another")
        monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-another")
        monkeypatch.setenv("OPENAI_ORG_ID", "org-x")
        monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-x")
        monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer stolen\nHost: evil.example\nX-Extra: 1")
        ask(server)
        assert other.calls == []
    headers = server.calls[0]["headers"]
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert headers["Host"] == f"127.0.0.1:{server.port}"
    assert not [name for name in headers if name.lower().startswith(("openai-", "x-"))]


def test_a_key_that_no_header_can_carry_is_refused_before_anything_is_sent(server: Server) -> None:
    for key in ("sk-CANARY 1", "sk-CANARY\n", "sk-CANARY\r\nX: 1", "sk-CANARY-ü"):
        error = failure(server, key=key)
        assert error.kind == "authentication" and not error.sent
    assert server.calls == []


def test_a_service_that_echoes_the_key_brings_it_into_nothing(server: Server) -> None:
    assert failure(server, "echo").kind == "refused_request"
    assert "(key)" in failure(server, "unauthorized").message


def test_a_port_where_nobody_listens_is_told_as_that_and_counts_as_not_sent() -> None:
    with Server() as gone:
        url = gone.base_url
    error = failure(url)
    assert error.kind == "absent"
    assert "nothing listens there" in error.message
    assert not error.sent


def test_an_address_with_a_login_or_query_is_refused_and_not_repeated(server: Server) -> None:
    for url in ("http://me:CANARY@127.0.0.1/v1", "http://127.0.0.1/v1?key=CANARY", "ftp://127.0.0.1", "file:///etc"):
        assert failure(url).kind == "refused_request"


def test_an_interrupted_run_sends_nothing(server: Server) -> None:
    error = failure(server, cancelled=True)
    assert error.kind == "cancelled" and not error.sent
    assert server.calls == []


def test_many_calls_are_in_flight_at_once_and_do_not_mix(server: Server) -> None:
    server.delay_s = 0.2
    server.answer = lambda body: "you said " + body["messages"][0]["content"]
    found: dict[int, str] = {}

    def one(number: int) -> None:
        request = Request({"model": "m", "messages": [{"role": "user", "content": f"{number}"}]}, "default")
        found[number] = ask(server, request).reply.content

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: f"you said {number}" for number in range(8)}
    assert server.most_in_flight >= 2


_PROGRAM = """
import sys, traceback
from specbuild.configuration import ServiceConfiguration
from specbuild.providers import openai_chat
from specbuild.provider import ProviderError
from specbuild.request import Request
from specbuild.secret import Secret
import os
openai_chat.warm()
service = ServiceConfiguration("fast", base_url=sys.argv[1], key=Secret(os.environ["KEY"]))
request = Request({"model": "m", "messages": [{"role": "user", "content": "hi"}]}, "default")
for _ in range(3):
    try:
        print(openai_chat.answer(
            request, service=service, deadline_s=20, received=lambda n: None, cancelled=lambda: False
        ))
    except ProviderError:
        traceback.print_exc()
"""


def test_no_log_and_no_traceback_shows_the_key_even_with_debug_logging(server: Server) -> None:
    server.plan("unauthorized", "reset")
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, server.base_url],
        env={**os.environ, "KEY": KEY, "OPENAI_LOG": "debug", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    output = done.stdout + done.stderr
    assert "Reply(content=" in output and "ProviderError" in output and "DEBUG" in output, output
    assert "CANARY" not in output
    assert len(server.calls) == 3, "the package's own retries are off"


@pytest.mark.parametrize("stream", [True, False])
def test_a_connection_is_kept_for_the_next_call_where_the_server_keeps_it(server: Server, stream: bool) -> None:
    server.keeps_connections = True
    first = ask(server, stream=stream)
    assert ask(server, stream=stream).reply == first.reply
    assert len(set(server.connections)) == 1
    server.keeps_connections = False
    for _ in range(2):
        ask(server, stream=stream)
    assert len(set(server.connections)) == 2, "the control: one that the server ended is not used again"


@pytest.mark.parametrize("fault", ["cut_body", "cut_stream", "reset", "huge"])
def test_a_connection_that_broke_off_or_was_left_in_the_middle_is_not_used_again(
    server: Server, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_chat, "MOST_BYTES", 1024 * 1024)
    proper = ask(server).reply
    server.keeps_connections = True
    failure(server, fault)
    assert ask(server).reply == proper
    assert server.connections[-1] != server.connections[-2]


def test_an_idle_connection_that_the_server_closed_or_wrote_to_is_not_used(server: Server) -> None:
    for after in (b"", b"HTTP/1.1 408 Request Timeout\r\n\r\n"):
        ours, theirs = socket.socketpair()
        kept = http_post._Kept()
        address = http_post.Address("127.0.0.1", 1, None)
        kept.add(address, ours)
        assert kept.take(address) is ours, "the control"
        kept.add(address, ours)
        theirs.sendall(after) if after else theirs.close()
        assert kept.take(address) is None
        assert ours.fileno() == -1
        theirs.close()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="nothing here makes a certificate")
def test_over_tls_a_connection_is_kept_too_and_a_certificate_that_nobody_trusts_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout"]
    named = ["key.pem", "-out", "cert.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*made, *named], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    openai_chat._tls.cache_clear()
    with Server(tls=context) as server:
        url = f"https://localhost:{server.port}/v1"
        server.keeps_connections = True
        assert ask(url).reply == ask(url, stream=False).reply
        assert len(set(server.connections)) == 1
        monkeypatch.delenv("SSL_CERT_FILE")
        openai_chat._tls.cache_clear()
        error = failure(url)
        assert (error.kind, error.sent) == ("unavailable", False)
        assert "could not be verified" in error.message
    openai_chat._tls.cache_clear()


def test_importing_the_provider_does_not_import_the_package() -> None:
    program = "import sys, specbuild.providers.openai_chat; print('openai' in sys.modules, 'httpx2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_the_test_server_as_a_process_keeps_its_own_journal(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    command = [sys.executable, "-m", "tests.server", "--journal", str(journal), "--plan", '["html"]']
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            assert failure(url).kind == "malformed"
            found = ask(url)
        finally:
            process.terminate()
    assert found.reply.content == default_answer(dict(REQUEST.body))
    calls = read_journal(journal)
    assert [call["fault"] for call in calls] == ["html", "none"]
    assert calls[0]["in_flight"] == 1
    assert "CANARY" not in json.dumps(calls)


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_authorities_that_cannot_be_loaded_are_told_with_their_place_and_no_attempt_is_made(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    openai_chat._tls.cache_clear()
    error = failure("https://localhost:1/v1")
    assert (error.kind, error.sent) == ("setup", False)
    assert f"SSL_CERT_FILE={file}" in error.message
    monkeypatch.delenv("SSL_CERT_FILE")
    assert failure("https://localhost:1/v1").kind == "absent", "the control"
