"""A person, or any assistant, is the model: the request is a file, the answer is a file."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from specbuild.canonical_json import canonical_json
from specbuild.configuration import ServiceConfiguration
from specbuild.fences import fenced
from specbuild.keys import reply_key
from specbuild.provider import ProviderError
from specbuild.providers.inbox import BODY, REPLY, REQUEST, Inbox, request_text
from specbuild.reply import Answer, Reply, Source
from specbuild.request import Request, next_body

SYSTEM = "You write programs.\n"
USER = "Write `x`.\n```\nfenced\n```\n~~~\n````four````\n=== specbuild:0123456789ab file: a.py ==="
ASKED = Request(
    {
        "model": "m",
        "temperature": 0,
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": USER}],
    },
    "desk",
)


def ask(inbox: Inbox, request: Request = ASKED) -> Answer:
    service = ServiceConfiguration("desk", kind="inbox")
    return inbox.answer(request, service=service, deadline_s=1, received=lambda _: None, cancelled=lambda: False)


def waiting(inbox: Inbox, request: Request = ASKED) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(inbox, request)
    assert caught.value.kind == "waiting" and not caught.value.sent
    return caught.value


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path / "cache" / "inbox")


def test_a_request_is_laid_out_and_the_message_names_the_file_to_fill(inbox: Inbox) -> None:
    error = waiting(inbox)
    place = inbox.folder / reply_key(ASKED)
    assert str(place / REPLY) in error.message
    assert sorted(path.name for path in place.iterdir()) == sorted([BODY, REQUEST])
    assert (place / BODY).read_text(encoding="utf-8") == canonical_json(dict(ASKED.body))
    assert (inbox.folder / ".gitignore").read_text() == "*\n"


def test_the_request_tells_a_stranger_what_to_do_and_shows_each_message_exactly(inbox: Inbox) -> None:
    waiting(inbox)
    text = (inbox.place(ASKED) / REQUEST).read_text(encoding="utf-8")
    assert f"`{REPLY}`" in text[:200]
    assert "exactly what the\nconversation below asks for" in text[:400]
    assert '* model: `"m"`' in text and "* temperature: `0`" in text
    shown = [fence.text for fence in fenced(text)]
    assert shown == [SYSTEM, USER + "\n"]
    assert text.count("(The message ends without a newline.)") == 1


def test_the_reply_is_the_file_exactly(inbox: Inbox) -> None:
    waiting(inbox)
    raw = "=== x ===\r\nprint('ü😀')\n\n  no newline at the end".encode()
    (inbox.place(ASKED) / REPLY).write_bytes(raw)
    found = ask(inbox)
    assert found == Answer(Reply(raw.decode(), "stop"), Source("inbox", None), raw)
    assert ask(inbox) == found, "reading takes nothing away"


def test_a_mark_of_byte_order_that_an_editor_wrote_is_no_part_of_the_reply(inbox: Inbox) -> None:
    waiting(inbox)
    (inbox.place(ASKED) / REPLY).write_bytes(b"\xef\xbb\xbfx\n")
    assert ask(inbox).reply.content == "x\n"


def test_an_empty_reply_is_still_waited_for(inbox: Inbox) -> None:
    waiting(inbox)
    for raw in (b"", b"\n \n"):
        (inbox.place(ASKED) / REPLY).write_bytes(raw)
        waiting(inbox)


def test_a_reply_without_its_request_counts_too(inbox: Inbox) -> None:
    inbox.place(ASKED).mkdir(parents=True)
    (inbox.place(ASKED) / REPLY).write_text("x")
    assert ask(inbox).reply.content == "x"


def test_another_request_has_another_folder(inbox: Inbox) -> None:
    other = Request(ASKED.body, "desk", sample=1)
    waiting(inbox)
    (inbox.place(ASKED) / REPLY).write_text("x")
    waiting(inbox, other)
    assert inbox.place(other) != inbox.place(ASKED)


def test_a_later_turn_shows_the_whole_conversation(inbox: Inbox) -> None:
    messages = ASKED.body["messages"]
    assert isinstance(messages, list)
    call: Any = {"id": "c", "type": "function", "function": {"name": "run", "arguments": "{}"}}
    added: list[Any] = [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "user", "content": "It fails.\n"},
    ]
    text = request_text(Request({**ASKED.body, "messages": [*messages, *added]}, "desk"))
    assert [line for line in text.split("\n") if line.startswith("## Message")] == [
        "## Message 1: system",
        "## Message 2: user",
        "## Message 3: assistant",
        "## Message 4: user",
    ]
    assert canonical_json({"tool_calls": [call]}) in text


def test_what_is_no_plain_text_file_is_refused_with_its_reason(inbox: Inbox, tmp_path: Path) -> None:
    waiting(inbox)
    reply = inbox.place(ASKED) / REPLY
    secret = tmp_path / "secret"
    secret.write_text("a person's file")

    def refusal() -> str:
        with pytest.raises(ProviderError) as caught:
            ask(inbox)
        assert caught.value.kind == "refused_request"
        return caught.value.message

    reply.symlink_to(secret)
    refusal()
    reply.unlink()
    reply.mkdir()
    refusal()
    reply.rmdir()
    os.mkfifo(reply)
    assert "no ordinary file" in refusal()
    reply.unlink()
    reply.write_bytes(b"ab\xff")
    assert "not UTF-8 (byte 2)" in refusal()
    reply.write_text("x")
    assert ask(inbox).reply.content == "x", "the control"


def test_nothing_is_written_through_a_link(inbox: Inbox, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    inbox.folder.mkdir(parents=True)
    inbox.place(ASKED).symlink_to(elsewhere)
    with pytest.raises(ProviderError, match="symbolic link"):
        ask(inbox)
    assert list(elsewhere.iterdir()) == []


def test_asking_again_writes_nothing_new(inbox: Inbox) -> None:
    waiting(inbox)
    path = inbox.place(ASKED) / REQUEST
    before = path.stat()
    waiting(inbox)
    assert path.stat().st_mtime_ns == before.st_mtime_ns and path.stat().st_ino == before.st_ino


def test_a_stored_request_is_cleared_away_and_foreign_files_stay(inbox: Inbox) -> None:
    waiting(inbox)
    (inbox.place(ASKED) / REPLY).write_text("x")
    inbox.forget(ASKED)
    assert not inbox.place(ASKED).exists()
    inbox.forget(ASKED)
    waiting(inbox)
    (inbox.place(ASKED) / "notes").write_text("mine")
    inbox.forget(ASKED)
    assert [path.name for path in inbox.place(ASKED).iterdir()] == ["notes"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_text("a file stands where the folder should")
    with pytest.raises(ProviderError) as caught:
        ask(Inbox(tmp_path / "inbox"))
    assert caught.value.kind == "refused_request"


def test_the_body_beside_the_request_gives_the_same_key(inbox: Inbox) -> None:
    waiting(inbox)
    body = json.loads((inbox.place(ASKED) / BODY).read_text(encoding="utf-8"))
    assert reply_key(Request(body, "desk")) == inbox.place(ASKED).name


TOOL: Any = {
    "type": "function",
    "function": {"name": "run", "description": "Run it.", "parameters": {"type": "object"}},
}


def test_calls_of_tools_come_back_as_from_a_service_and_what_to_mend_is_told(inbox: Inbox) -> None:
    request = Request({**ASKED.body, "tools": [TOOL]}, "desk")
    waiting(inbox, request)
    text = (inbox.place(request) / REQUEST).read_text(encoding="utf-8")
    marker = f"=== specbuild:{reply_key(request)[:12]}"
    assert f"{marker} end ===" in text and "### run\n\nRun it." in text and "* tools:" not in text
    reply = inbox.place(request) / REPLY
    reply.write_text(f"{marker} call: run ===\n")
    with pytest.raises(ProviderError, match=f"line 2: the answer's last line is missing: {marker} end") as caught:
        ask(inbox, request)
    assert caught.value.kind == "refused_request" and reply.exists(), "nothing is lost"
    raw = f"I run it.\n{marker} call: run ===\n{marker} end ===\n".encode()
    reply.write_bytes(raw)
    call = {"id": f"call_{marker[-12:]}_1", "type": "function", "function": {"name": "run", "arguments": "{}"}}
    found = ask(inbox, request)
    assert found == Answer(Reply("I run it.", "tool_calls", (call,)), Source("inbox", None), raw)
    after = request_text(Request(next_body(request.body, found.reply, [{"role": "user", "content": "Go on."}]), "desk"))
    assert "\nI run it.\n=== specbuild:" in after and '"function"' not in after.split("## Message 1")[1]
    inbox.place(ASKED).mkdir()
    (inbox.place(ASKED) / REPLY).write_bytes(raw)
    assert ask(inbox).reply == Reply(raw.decode()), "the control: a request without tools gets the bytes"


def test_requests_that_are_laid_out_at_once_do_not_meet(inbox: Inbox) -> None:
    requests = [Request(ASKED.body, "desk", sample=number) for number in range(16)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda one: waiting(inbox, one), requests))
    assert all((inbox.place(one) / REQUEST).exists() for one in requests)
    assert sorted(path.name for path in inbox.folder.iterdir() if path.is_file()) == [".gitignore"]
