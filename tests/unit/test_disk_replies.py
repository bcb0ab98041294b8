"""Replies: committed and local ones behind one face, each proved before it is served."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from specbuild.canonical_json import digest
from specbuild.comparison import inputs_digest
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.replies import Replies
from specbuild.keys import ReplyKey
from specbuild.record import Record, record_name, record_text, reply_record
from specbuild.reply import Reply, Source
from specbuild.request import Request, next_body
from specbuild.stanza import OutputState, ReplyPin, Stanza

SOURCE = Source("openai")


def asked(text: str = "write it", sample: int = 0) -> Request:
    return Request({"model": "m", "messages": [{"role": "user", "content": text}]}, "default", sample)


def first(content: str = "one\n", request: Request | None = None) -> Record:
    return reply_record(request or asked(), Reply(content), source=SOURCE, spec={"file.name": "x"})


def later(parent: Record, body: dict[str, object], content: str) -> tuple[Record, dict[str, object]]:
    append = [{"role": "user", "content": "repair it"}]
    after = next_body(body, parent.reply, append)  # type: ignore[arg-type]
    record = reply_record(Request(after, "default"), Reply(content), source=SOURCE, parent=parent, append=append)
    return record, after  # type: ignore[return-value]


def conversation() -> tuple[Record, Record, Record]:
    one = first()
    two, body = later(one, dict(asked().body), "two\n")
    three, _ = later(two, body, "three\n")
    return one, two, three


def codes(replies: Replies) -> list[str]:
    return [fault.code for fault in replies.faults]


def file_of(root: Path, record: Record) -> Path:
    name = record_name(record)
    return root / "cache/replies" / name[:2] / name


def test_asking_makes_nothing(tmp_path: Path) -> None:
    replies = Replies(tmp_path)
    assert replies.turns(first().key) == ()
    assert replies.get(first().key, 1, "0" * 16) is None
    assert replies.kept_stanzas(digest(1)) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_stored_reply_is_known_to_every_later_run(tmp_path: Path) -> None:
    one, two, three = conversation()
    replies = Replies(tmp_path)
    replies.store(one, b"raw bytes")
    replies.store_all([(three, b""), (two, b"")])
    assert replies.turns(one.key) == (one, two, three)
    again = Replies(tmp_path)
    assert again.turns(one.key) == (one, two, three)
    assert again.get(one.key, 3, three.reply16) == three
    assert again.get(one.key, 3, two.reply16) is None
    assert not again.faults
    assert not (tmp_path / "cache/replies").exists()


def test_a_committed_record_is_all_a_clone_needs(tmp_path: Path) -> None:
    one, two, _ = conversation()
    replies = Replies(tmp_path)
    assert replies.commit(one)
    assert replies.commit(two)
    assert not replies.commit(one)
    assert replies.is_committed(one)
    assert file_of(tmp_path, one).read_text() == record_text(one)
    assert Replies(tmp_path).turns(one.key) == (one, two)
    assert not (tmp_path / "cache/local").exists()


def test_two_replies_to_one_request_lie_side_by_side(tmp_path: Path) -> None:
    replies = Replies(tmp_path)
    a, b = first("a\n"), first("b\n")
    replies.commit(a)
    replies.store(b, b"")
    assert replies.turns(a.key) == tuple(sorted((a, b), key=record_name))


def test_a_flipped_byte_is_refused_and_the_good_local_copy_serves(tmp_path: Path) -> None:
    one = first("content of the reply\n")
    replies = Replies(tmp_path)
    replies.commit(one)
    file = file_of(tmp_path, one)
    file.write_bytes(file.read_bytes().replace(b"content of", b"cOntent of"))
    assert replies.turns(one.key) == ()
    assert codes(replies) == ["SB706"]
    replies.store(one, b"")
    assert replies.turns(one.key) == (one,)
    assert replies.commit(one)
    assert Replies(tmp_path).get(one.key, 1, one.reply16) == one


def test_a_turn_without_its_parent_is_not_served(tmp_path: Path) -> None:
    one, two, three = conversation()
    replies = Replies(tmp_path)
    for record in (one, three):
        replies.commit(record)
    assert replies.turns(one.key) == (one,)
    assert codes(replies) == ["SB719"]
    replies = Replies(tmp_path)
    replies.store(two, b"")  # the control: committed and local turns make one conversation
    assert replies.get(one.key, 3, three.reply16) == three
    assert not replies.faults


def test_a_record_under_another_conversation_s_name_is_refused(tmp_path: Path) -> None:
    one = first()
    Replies(tmp_path).commit(one)
    other = "0" * 64
    renamed = tmp_path / "cache/replies/00" / record_name(one).replace(one.key, other)
    renamed.parent.mkdir()
    renamed.write_bytes(file_of(tmp_path, one).read_bytes())
    replies = Replies(tmp_path)
    assert replies.turns(ReplyKey(other)) == ()
    assert codes(replies) == ["SB706"]


@pytest.mark.parametrize("kind", ["pipe", "folder", "link", "huge", "binary"])
def test_what_is_no_record_file_is_told_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    one = first()
    file = file_of(tmp_path, one)
    file.parent.mkdir(parents=True)
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    elif kind == "link":
        (tmp_path / "elsewhere").write_text(record_text(one))
        file.symlink_to(tmp_path / "elsewhere")
    elif kind == "huge":
        file.touch()
        os.truncate(file, 1 << 30)
    else:
        file.write_bytes(b"\xff\0")
    replies = Replies(tmp_path)
    assert replies.turns(one.key) == ()
    assert codes(replies) == ["SB825" if kind == "binary" else "SB717"]


def test_records_are_neither_read_nor_written_through_a_linked_folder(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "cache").mkdir(parents=True)
    one = first()
    outside.mkdir()
    Replies(outside).commit(one)
    (root / "cache/replies").symlink_to(outside / "cache/replies")
    replies = Replies(root)
    assert replies.turns(one.key) == ()
    assert codes(replies) == ["SB826"]


def test_an_incomplete_reply_is_evidence_and_never_served(tmp_path: Path) -> None:
    one = first()
    replies = Replies(tmp_path)
    replies.keep_incomplete(one.key, Reply("half of i", "length"), b"raw")
    assert replies.turns(one.key) == ()
    assert len(replies._store.below(f"incomplete/{one.key}.")) == 1


def test_stanzas_are_kept_by_their_inputs(tmp_path: Path) -> None:
    inputs = {
        "edition": 1, "mode": "single", "model": "m", "parameters": "0" * 16, "service": "default",
        "spec": {"file.name": "1" * 16}, "template": "default", "context": {}, "needs": {},
    }  # fmt: skip
    stanza = Stanza(inputs, outputs={"a": OutputState("644", "a" * 64)}, reply=ReplyPin(1, "b" * 64, 0, "c" * 64))
    never_passed = Stanza(inputs)
    Replies(tmp_path).keep_stanzas([stanza, never_passed])
    assert Replies(tmp_path).kept_stanzas(inputs_digest(inputs)) == (stanza,)
    assert Replies(tmp_path).kept_stanzas(digest(1)) == ()


def test_one_key_is_bought_once_by_many_threads(tmp_path: Path) -> None:
    bought: list[int] = []
    waited: list[int | None] = []
    one = first()

    def build() -> None:
        replies = Replies(tmp_path)
        with replies.claim(one.key, waiting=waited.append):
            if not replies.turns(one.key):
                bought.append(1)
                replies.store(one, b"")
        replies.close()

    threads = [threading.Thread(target=build) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bought == [1]
    assert os.listdir(tmp_path / "cache/local/claims") == []


_BUYER = """
import sys
from pathlib import Path
from specbuild.disk.replies import Replies
from tests.unit.test_disk_replies import first
replies, one = Replies(Path(sys.argv[1])), first()
sys.stdin.read()
with replies.claim(one.key):
    if not replies.turns(one.key):
        with open(sys.argv[1] + "/bought", "a") as bought:
            bought.write("1")
        replies.store(one, b"")
assert replies.turns(one.key) == (one,), replies.faults
"""


def test_one_key_is_bought_once_by_many_processes(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", _BUYER, str(tmp_path)]
    root = Path(__file__).parents[2]
    runs = [subprocess.Popen(argv, stdin=subprocess.PIPE, cwd=root) for _ in range(4)]
    for run in runs:
        assert run.stdin is not None
        run.stdin.close()
        run.stdin = None
    assert [run.wait() for run in runs] == [0] * 4
    assert (tmp_path / "bought").read_text() == "1"


def test_clones_may_share_one_store(tmp_path: Path) -> None:
    one = first()
    for name in ("shared", "a", "b"):
        (tmp_path / name).mkdir()
    Replies(tmp_path / "a", local=LocalFolder(tmp_path / "shared", "local")).store(one, b"")
    other = Replies(tmp_path / "b", local=LocalFolder(tmp_path / "shared", "local"))
    assert other.turns(one.key) == (one,)
