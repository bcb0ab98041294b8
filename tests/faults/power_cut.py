"""The power is cut at many moments of a build: no acknowledged reply is lost, no file is empty or torn.

`python -m tests.faults.power_cut` (root, Linux, some minutes; no part of the suite). A build runs on an ext4 with a
journal, on a loop device, on a file that logs every write and every flush (`logged_disk`). For each cut the disk is
made as it may have been then: everything before the last flush, and of what came after it any part, sector by sector.
It is mounted, which plays its journal back, and looked at: replies that the store had acknowledged, targets that were
told as done, every record, output and lock. Now and then the build is finished on it.

The controls must lose something, or the simulation proves nothing: a store that does not flush its log at each commit,
and files that are renamed without a flush.
"""

import argparse
import contextlib
import mmap
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.scale import lay_out
from tests.faults.logged_disk import read_log

SECTOR = 512
_INSIDE = "POWER_CUT_INSIDE"
IMAGE_MIB = 64
VARIANTS = {
    "as it is": "",
    "control: log not flushed": "local_store.SETTINGS['sqlite_synchronous'] = 1",
    "control: renamed unflushed": "os.fsync = lambda descriptor: None; flushes._syncfs = lambda: lambda folder: 0",
}
BUILDING = """\
import mmap, os, random, struct, sys, time
from specbuild.disk import flushes, local_store
from specbuild.providers import openai_chat
from specbuild.reply import Answer, Reply, Source, Usage
from specbuild.work import tally
from tests.server import default_answer
changes, count, acknowledged, pause_s = sys.argv[1:5]
exec(changes)
with open(count, "r+b") as file:
    position = mmap.mmap(file.fileno(), 8)
acks = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def acknowledge(kind, names):
    now = struct.unpack("<Q", position[:])[0]
    os.write(acks, "".join(f"{now} {kind} {name}\\n" for name in names).encode())
def answer(request, **_):
    time.sleep(random.uniform(0, float(pause_s)))
    os.write(acks, f"0 asked {request.body['model']}\\n".encode())
    usage = Usage(len(str(request.body)) // 3, 10)
    return Answer(Reply(default_answer(request.body)), Source("openai", "m", usage), b"{}")
openai_chat.answer = answer
put, ended = local_store.LocalStore.put, tally.Tally.ended
def put_and_tell(self, pairs):
    put(self, pairs)
    acknowledge("reply", [key.removeprefix("record/") for key, _ in pairs if key.startswith("record/")])
def ended_and_tell(self, step, result, elapsed_s):
    if result.ending == "built":
        acknowledge("done", step.target.outputs)
    ended(self, step, result, elapsed_s)
local_store.LocalStore.put, tally.Tally.ended = put_and_tell, ended_and_tell
from specbuild.commands.root import run
sys.exit(run(sys.argv[5:]))
"""


class Acknowledged(NamedTuple):
    """Something that the run said was safe, and how many writes and flushes the disk had seen by then."""

    position: int
    kind: str
    name: str


class Found(NamedTuple):
    """What one cut left: things acknowledged, those lost of them, files looked at, those empty or torn."""

    acknowledged: int
    lost: tuple[str, ...]
    files: int
    torn: tuple[str, ...]


class Disk:
    """A logged disk with a file system on it, mounted at `place`."""

    def __init__(self, folder: Path) -> None:
        self.image, self.log, self.count = folder / "image", folder / "log", folder / "count"
        self.place = folder / "mounted"
        self._served = folder / "served"
        for one in (self.place, self._served):
            one.mkdir()
        with self.image.open("wb") as file:
            file.truncate(IMAGE_MIB << 20)
        made = "nodiscard,lazy_itable_init=0,lazy_journal_init=0"
        _run("mkfs.ext4", "-q", "-E", made, "-J", "size=4", str(self.image))
        self.count.write_bytes(bytes(8))

    @contextlib.contextmanager
    def mounted(self) -> Iterator[None]:
        """Serve, attach and mount the disk."""
        argv = [sys.executable, "-m", "tests.faults.logged_disk"]
        argv += [str(one) for one in (self._served, self.image, self.log, self.count)]
        server = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        try:
            with attached(self._served / "image", self.place):
                yield
        finally:
            for lazily in [False] * 100 + [True]:  # the loop device lets go of the file some time after it was told to
                argv = ["umount", *(["-l"] if lazily else []), str(self._served)]
                if subprocess.run(argv, capture_output=True, check=False).returncode == 0:
                    break
                time.sleep(0.1)
            server.kill()
            server.wait()

    def position(self) -> int:
        """Return how many writes and flushes there were so far."""
        with self.count.open("r+b") as file, mmap.mmap(file.fileno(), 8) as mapped:
            return int(struct.unpack("<Q", mapped[:])[0])


@contextlib.contextmanager
def attached(image: Path, place: Path) -> Iterator[None]:
    """Mount the file system in `image` at `place` through a loop device that keeps nothing back."""
    device = _run("losetup", "--direct-io=on", "--show", "-f", str(image)).strip()
    try:
        _run("mount", "-t", "ext4", "-o", "commit=1", device, str(place))
        try:
            yield
        finally:
            _run("umount", str(place))
    finally:
        _run("losetup", "-d", device)


def as_left(disk: Disk, cuts: Sequence[int], chance: random.Random) -> Iterator[tuple[int, bytes]]:
    """Yield what the disk may hold after each of these cuts (ascending numbers of writes and flushes)."""
    safe = bytearray(disk.image.read_bytes())
    waiting: list[tuple[int, bytes]] = []
    left = list(cuts)
    for number, (offset, data) in enumerate(read_log(disk.log)):
        while left and left[0] == number:
            yield left.pop(0), _cut(safe, waiting, chance)
        if data is not None:
            waiting.append((offset, data))
            continue
        for at, content in waiting:
            safe[at : at + len(content)] = content
        waiting = []
    for one in left:
        yield one, _cut(safe, waiting, chance)


def _cut(safe: bytearray, waiting: Sequence[tuple[int, bytes]], chance: random.Random) -> bytes:
    """Return the safe bytes with any part of what waits: all, nothing, or sector by sector as it comes."""
    image = bytearray(safe)
    share = chance.choice((0.0, 0.5, 0.9, 1.0))
    for offset, data in waiting:
        for start in range(0, len(data), SECTOR):
            if chance.random() < share:
                sector = data[start : start + SECTOR]
                image[offset + start : offset + start + len(sector)] = sector
    return bytes(image)


def built(root: Path, disk: Disk | None, acks: Path, changes: str) -> None:
    """Run a build in `root` that tells what is acknowledged; the model is a function that takes its time."""
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(acks.parent), "PYTHONPATH": str(Path(__file__).parents[2]),
        "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    }  # fmt: skip
    count = disk.count if disk is not None else acks.with_name("no-count")
    if disk is None:
        count.write_bytes(bytes(8))
    argv = [sys.executable, "-c", BUILDING, changes, str(count), str(acks), "0.2" if disk else "0"]
    subprocess.run([*argv, "build", "-q", "-j", "8"], cwd=root, env=environment, check=True)


def looked_at(root: Path, acknowledged: Sequence[Acknowledged], expected: dict[str, bytes]) -> Found:
    """Look at what a cut left, as the next run would: a store that was open is opened first."""
    from specbuild.diagnostic import Diagnostic, DiagnosticError
    from specbuild.disk.lock_file import LockFile
    from specbuild.disk.record_files import read_record_file
    from specbuild.disk.replies import Replies
    from specbuild.keys import ReplyKey

    lost = []
    replies = Replies(root)
    with contextlib.suppress(DiagnosticError):
        replies._store.open()
    for one in acknowledged:
        if one.kind == "reply":
            key, turn, reply16, _ = one.name.split(".")
            if replies.get(ReplyKey(key), int(turn), reply16) is None:
                lost.append(f"the reply {one.name}, acknowledged at {one.position}")
        elif one.kind == "done":
            place = root / one.name
            if not place.is_file() or place.read_bytes() != expected[one.name]:
                lost.append(f"the output {one.name}, acknowledged at {one.position}")
    replies.close()
    torn = []
    outputs = [one for one in (root / "build").rglob("*") if one.is_file() and not one.name.endswith(".specbuild-tmp")]
    for file in outputs:
        if file.read_bytes() != expected.get(str(file.relative_to(root)), b"?"):
            torn.append(f"{file.relative_to(root)} ({file.stat().st_size} bytes)")
    records = [one for one in (root / "cache/replies").rglob("*.json") if not one.name.startswith(".")]
    for file in records:
        if isinstance(read_record_file(root, "cache", file.name), Diagnostic):
            torn.append(f"{file.name} ({file.stat().st_size} bytes)")
    if isinstance(LockFile(root).read(), Diagnostic):
        torn.append("specbuild.lock")
    return Found(
        len([one for one in acknowledged if one.kind != "asked"]), tuple(lost), len(outputs) + len(records), tuple(torn)
    )


def tried(changes: str, folder: Path, *, targets: int, cuts: int, chance: random.Random) -> list[Found]:
    """Build once on a logged disk, and look at it after each of so many cuts."""
    disk = Disk(folder)
    acks = folder / "acks"
    root = disk.place / "project"
    with disk.mounted():
        root.mkdir()
        lay_out(root, "flat", targets, "text")
        _run("sync", "-f", str(root))
        begun = disk.position()
        built(root, disk, acks, changes)
        ended = disk.position()
        expected = {
            str(one.relative_to(root)): one.read_bytes() for one in (root / "build").rglob("*") if one.is_file()
        }
    assert len(expected) == targets
    acknowledged = [
        Acknowledged(int(position), kind, name)
        for position, kind, name in (line.split(" ", 2) for line in acks.read_text().splitlines())
        if kind != "asked"
    ]
    moments = [one.position + chance.randrange(3) for one in acknowledged]
    moments += [chance.randrange(begun, ended) for _ in range(len(moments) // 2)]
    chosen = sorted(chance.sample(moments, min(cuts, len(moments))))
    found = []
    for number, (cut, image) in enumerate(as_left(disk, chosen, chance)):
        after = folder / f"after-{number}"
        after.write_bytes(image)
        with attached(after, disk.place):
            at = disk.place / "project"
            mine = [one for one in acknowledged if one.position <= cut]
            seen = looked_at(at, mine, expected)
            if not changes and number % 8 == 0:
                seen = seen._replace(torn=(*seen.torn, *finished(at, mine, expected, folder)))
        found.append(seen._replace(lost=tuple(f"{one}, at {cut} of {ended}" for one in seen.lost)))
        after.unlink()
    return found


def finished(root: Path, acknowledged: Sequence[Acknowledged], expected: dict[str, bytes], folder: Path) -> list[str]:
    """Finish the build after a cut; return what is wrong then: other bytes, or a reply asked for twice."""
    acks = folder / f"again-{time.monotonic_ns()}"
    built(root, None, acks, "")
    present = {str(one.relative_to(root)): one.read_bytes() for one in (root / "build").rglob("*") if one.is_file()}
    wrong = [] if present == expected else ["the finished build has other outputs"]
    asked = sum(" asked " in line for line in acks.read_text().splitlines()) if acks.exists() else 0
    known = len({one.name for one in acknowledged if one.kind == "reply"})
    return wrong if asked <= len(expected) - known else [*wrong, f"{asked} asked though {known} were acknowledged"]


def _run(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout


def main(arguments: Sequence[str] | None = None) -> int:
    """Try all variants and print a table; 1 if a cut loses something, or a control loses nothing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--targets", type=int, default=100)
    parser.add_argument("--cuts", type=int, default=100, help="for each variant")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("/dev/shm"), help="where the disks lie: best in memory")
    parser.add_argument("--variant", choices=list(VARIANTS), action="append")
    asked = parser.parse_args(arguments)
    if os.geteuid() or not os.path.exists("/dev/fuse") or shutil.which("mkfs.ext4") is None:
        parser.error("this needs root, /dev/fuse, loop devices and mkfs.ext4")
    print(
        "| variant | cuts | acknowledged | lost | files | empty or torn |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    )
    code = 0
    for variant, changes in VARIANTS.items():
        if asked.variant and variant not in asked.variant:
            continue
        with tempfile.TemporaryDirectory(prefix="power-cut-", dir=asked.folder) as name:
            found = tried(changes, Path(name), targets=asked.targets, cuts=asked.cuts, chance=random.Random(asked.seed))
        lost = [one for each in found for one in each.lost]
        torn = [one for each in found for one in each.torn]
        acknowledged, files = sum(one.acknowledged for one in found), sum(one.files for one in found)
        print(
            f"| {variant} | {len(found)} | {acknowledged:,} | {len(lost):,} | {files:,} | {len(torn):,} |", flush=True
        )
        if bool(lost or torn) is not bool(changes):
            code = 1
            print(
                "\n".join([*lost[:20], *torn[:20]] or ["a control that loses nothing: the simulation proves nothing"])
            )
    return code


if __name__ == "__main__":
    sys.exit(main())
