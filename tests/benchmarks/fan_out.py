"""Many calls at once against the ideal: `python -m tests.benchmarks.fan_out --calls 1000 --width 64`.

No test: it takes minutes. The model is a server in a process of its own that answers after a while, and keeps
connections open as services do; whole targets are made, with records and lock. The ideal is calls / width x the mean
time of an answer, and nothing else: no start, no import, no disk. Beside the whole command stands its part from the
first call to the last finished target, as the run's own events tell it, and processor time, because on a busy machine
that is what can be compared. One kind of run has a disk with slow flushes: a library in front
of the system's (Linux, a C compiler) holds up each of them.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.scale import lay_out
from tests.server import default_answer

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
SLOW_FLUSHES = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
#define SLOW(name) int name(int file) { usleep(HELD_UP_US); return ((int (*)(int)) dlsym(RTLD_NEXT, #name))(file); }
SLOW(fsync) SLOW(fdatasync) SLOW(syncfs)
"""


class Kind(NamedTuple):
    """What a run is like: the shortest and the longest time until an answer, and how much longer a flush takes."""

    latency_s: tuple[float, float]
    flush_ms: int = 0


KINDS = {
    "200 ms": Kind((0.2, 0.2)),
    "100 to 300 ms": Kind((0.1, 0.3)),
    "200 ms, each flush held up by 20 ms": Kind((0.2, 0.2), 20),
    "1 s": Kind((1.0, 1.0)),
    "2 s": Kind((2.0, 2.0)),
}


class Run(NamedTuple):
    """One build: its time, its processor time, and the ideal."""

    elapsed_s: float
    processor_s: float
    ideal_s: float
    calling_s: float = 0.0
    """From the first call to the last finished target."""

    @property
    def ratio(self) -> float:
        """How many times the ideal it took."""
        return self.elapsed_s / self.ideal_s

    @property
    def calling_ratio(self) -> float:
        """How many times the ideal the calls took, with all that is done for each target."""
        return self.calling_s / self.ideal_s


def serve(port: Connection, least_s: float, most_s: float) -> None:
    """Answer every request after a time between the two; the present number of the port is told through `port`."""
    chance = random.Random(1)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await answer_one(reader, writer)
        writer.close()

    async def answer_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        asked = json.loads(await reader.readexactly(length))
        until = asyncio.get_running_loop().time() + chance.uniform(least_s, most_s)
        reply = {
            "model": asked["model"], "usage": {"prompt_tokens": length // 3, "completion_tokens": 10},
            "choices": [{"message": {"content": default_answer(asked)}, "finish_reason": "stop"}],
        }  # fmt: skip
        body = json.dumps(reply).encode()
        await asyncio.sleep(until - asyncio.get_running_loop().time())
        writer.write(HEAD.format(len(body)).encode() + body)
        await writer.drain()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextlib.contextmanager
def answering(latency_s: tuple[float, float]) -> Iterator[dict[str, str]]:
    """Run the server in a process of its own; give the variables by which a build finds it."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs, *latency_s), daemon=True)
    server.start()
    try:
        yield {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"http://127.0.0.1:{ours.recv()}/v1"}
    finally:
        server.terminate()
        server.join()


def new_project(place: Path, calls: int) -> Path:
    """Lay out a flat project in a folder of its own. None is deleted between runs: that would slow the next."""
    root = Path(tempfile.mkdtemp(prefix="project-", dir=place))
    lay_out(root, "flat", calls, "text")
    return root


def slow_flushes(place: Path, flush_ms: int) -> dict[str, str]:
    """Return the variable by which every flush of a command takes so much longer; a library is compiled in `place`.

    Raises OSError or CalledProcessError if there is no C compiler.
    """
    if not flush_ms:
        return {}
    source, library = place / "slow_flushes.c", place / f"slow_flushes_{flush_ms}.so"
    source.write_text(SLOW_FLUSHES)
    subprocess.run(["cc", "-shared", "-fPIC", f"-DHELD_UP_US={flush_ms * 1000}", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library)}


def built(calls: int, width: int, kind: Kind, place: Path, code: Path) -> Run:
    """Build a flat project of so many new specs."""
    root = new_project(place, calls)
    with answering(kind.latency_s) as service:
        environment = {"PATH": os.environ["PATH"], "HOME": str(place), "PYTHONPATH": str(code), **service}
        environment |= slow_flushes(place, kind.flush_ms)
        command = [sys.executable, "-m", "specbuild", "build", "-q", "-j", str(width)]
        began_s = time.perf_counter()
        child = subprocess.Popen(command, cwd=root, env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        elapsed_s = time.perf_counter() - began_s
    assert status == 0, status
    return Run(elapsed_s, usage.ru_utime + usage.ru_stime, calls / width * sum(kind.latency_s) / 2, calling_s(root))


def calling_s(root: Path) -> float:
    """Return the time from the first call of the last run to the end of its last target, as its events tell it."""
    events = [json.loads(line) for line in (root / "cache/local/last-run.jsonl").read_text().splitlines()]
    first = next(one["t"] for one in events if one["event"] == "working" and one["what"] == "asking")
    last = max(one["t"] for one in events if one["event"] == "ended")
    return float(last - first)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--code", type=Path, default=Path(__file__).parents[2], help="the specbuild that is measured")
    asked = parser.parse_args(arguments)
    print(f"### {asked.calls:,} calls, {asked.width} at once\n")
    print("| answers after | median, s | x ideal | from the first call on, x ideal | processor, ms a call |")
    print("| --- | ---: | ---: | ---: | ---: |")
    runs: dict[str, list[Run]] = {name: [] for name in KINDS}
    with tempfile.TemporaryDirectory(prefix="fan-out-") as place:
        for _ in range(asked.rounds):
            for name, kind in KINDS.items():
                runs[name].append(built(asked.calls, asked.width, kind, Path(place), asked.code))
    for name, found in runs.items():
        elapsed_s = statistics.median(run.elapsed_s for run in found)
        ratio = statistics.median(run.ratio for run in found)
        processor_ms = statistics.median(run.processor_s for run in found) * 1000 / asked.calls
        calling = statistics.median(run.calling_ratio for run in found)
        print(f"| {name} | {elapsed_s:.2f} | {ratio:.2f} | {calling:.2f} | {processor_ms:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
