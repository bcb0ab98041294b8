"""What showing a run costs: `python -m tests.benchmarks.progress --calls 2000 --width 1000`.

No test: it takes minutes. The same project is built with the live view on a terminal, with its lines into a file, and
with `--quiet`; the model is the server of `fan_out`. The three take turns in another order each round: who comes first
finds another machine. What the view costs is the processor time beyond the quiet build, as a part of the build's wall
time: on a busy machine that is what can be compared.
"""

import argparse
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.fan_out import Run, answering, new_project

WAYS = {"quiet": ["-q"], "lines": [], "live view": ["--color", "always"]}


def built(way: str, calls: int, width: int, latency_s: tuple[float, float], place: Path, code: Path) -> Run:
    """Build a flat project of so many new specs, shown in one of WAYS."""
    root = new_project(place, calls)
    command = [sys.executable, "-m", "specbuild", "build", *WAYS[way], "-j", str(width)]
    reader, terminal = pty.openpty() if way == "live view" else os.pipe()
    shown: list[int] = []
    drain = threading.Thread(target=_drained, args=(reader, shown))
    with answering(latency_s) as service:
        machine = {"PATH": os.environ["PATH"], "HOME": str(place), "PYTHONPATH": str(code), "TERM": "xterm-256color"}
        environment = {**machine, **service}
        began_s = time.perf_counter()
        child = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=terminal)
        os.close(terminal)
        drain.start()
        _, status, usage = os.wait4(child.pid, 0)
        elapsed_s = time.perf_counter() - began_s
    drain.join()
    os.close(reader)
    assert status == 0, status
    assert (sum(shown) > 0) == (way != "quiet"), "the view was not shown"
    return Run(elapsed_s, usage.ru_utime + usage.ru_stime, calls / width * sum(latency_s) / 2)


def _drained(reader: int, shown: list[int]) -> None:
    try:
        while data := os.read(reader, 1 << 16):
            shown.append(len(data))
    except OSError:  # a terminal whose other end is closed
        return


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--width", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--code", type=Path, default=Path(__file__).parents[2], help="the specbuild that is measured")
    asked = parser.parse_args(arguments)
    runs: dict[str, list[Run]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory(prefix="progress-") as place:
        for turn in range(asked.rounds):
            first = turn % len(WAYS)
            for way in [*WAYS][first:] + [*WAYS][:first]:
                runs[way].append(built(way, asked.calls, asked.width, (5.0, 15.0), Path(place), asked.code))
    print(f"### {asked.calls:,} jobs, {asked.width:,} at once, answers after 5 to 15 s\n")
    print("| shown as | median, s | processor, s | what showing costs, of the wall time |")
    print("| --- | ---: | ---: | ---: |")
    quiet_s = statistics.median(run.processor_s for run in runs["quiet"])
    for way, found in runs.items():
        elapsed_s = statistics.median(run.elapsed_s for run in found)
        processor_s = statistics.median(run.processor_s for run in found)
        cost = "–" if way == "quiet" else f"{(processor_s - quiet_s) / elapsed_s * 100:.1f} %"
        print(f"| {way} | {elapsed_s:.2f} | {processor_s:.2f} | {cost} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
