"""A clean clone: a thousand targets back from committed records, beside writing the same files.

`python -m tests.benchmarks.replay --number 1000`. No test: it takes minutes. Beside it the same files are written each
as a temporary file and renamed, and once more with a flush before the rename, in one process and in one thread; both
in the same rounds as the build, into folders that were not there before (deleting trees slows later runs).
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.scale import lay_out, measured


def written(files: Mapping[str, bytes], folder: Path, *, flush: bool) -> float:
    """Write each file as a temporary one and rename it; return the seconds."""
    began_s = time.perf_counter()
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f".{place.name}.tmp")
        with beside.open("wb") as file:
            file.write(data)
            if flush:
                file.flush()
                os.fsync(file.fileno())
        beside.rename(place)
    return time.perf_counter() - began_s


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="replay-") as name:
        top = Path(name)
        first = top / "first"
        first.mkdir()
        lay_out(first, "flat", asked.number, "text")
        assert measured(["build", "-q", "-j", "16"], first, answering=True).code == 0
        files = {str(one.relative_to(first)): one.read_bytes() for one in (first / "build").rglob("*") if one.is_file()}
        assert len(files) == asked.number
        times: dict[str, list[float]] = {"temporary files, renamed": [], "the same, flushed": [], "build --offline": []}
        for turn in range(asked.rounds):
            clone = top / f"clone{turn}"
            shutil.copytree(first, clone, ignore=shutil.ignore_patterns("build", "local"))
            times["temporary files, renamed"].append(written(files, top / f"written{turn}", flush=False))
            times["the same, flushed"].append(written(files, top / f"flushed{turn}", flush=True))
            ran = measured(["build", "-q", "--offline"], clone)
            assert ran.code == 0
            assert all((clone / path).read_bytes() == data for path, data in files.items())
            times["build --offline"].append(ran.elapsed_s)
        least_s = statistics.median(times["temporary files, renamed"])
        say(f"### Back from committed records, {asked.number:,} targets\n")
        say("| what | median, s | x files renamed |\n| --- | ---: | ---: |")
        for what, found in times.items():
            say(f"| {what} | {statistics.median(found):.2f} | {statistics.median(found) / least_s:.1f} |")
        say("")
    return 0


if __name__ == "__main__":
    sys.exit(main())
