"""How long and how large: a deep chain and a wide fan of specs. `python -m tests.benchmarks.scale --number 10000`.

No test: it takes minutes. Each command is a process of its own; its time and its peak memory are the kernel's. The
replies come from a model that answers at once inside the process, and the language is one whose checks start no
program (each costs the same for any target; `--language python` shows them), so that a build's time is ours alone.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

SPEC = """\
[file]
name = "m{number}"
language = "{language}"
description = "Part {number}"
[project]
requirements = "Print {number}."
[build]
needs = [{needs}]
"""
ANSWERING = """\
import sys
from specbuild.providers import openai_chat
from specbuild.reply import Answer, Reply, Source, Usage
from tests.server import default_answer
def answer(request, **_):
    usage = Usage(len(str(request.body)) // 3, 10)
    return Answer(Reply(default_answer(request.body)), Source("openai", "m", usage), b"{}")
openai_chat.answer = answer
from specbuild.commands.root import run
sys.exit(run(sys.argv[1:]))
"""


MEASURING = """\
import os, sys
told, quiet = os.dup(1), os.open(os.devnull, os.O_WRONLY)
os.dup2(quiet, 1)
if not os.environ.pop("BENCHMARK_LOUD", ""):
    os.dup2(quiet, 2)
child = os.fork()
if not child:
    os.execve(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
os.write(told, f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss}".encode())
"""
"""A process begins with the peak of the one that started it: here a bare Python."""


class Measured(NamedTuple):
    """What one command took: seconds, MiB at its peak, its exit code."""

    elapsed_s: float
    peak_mib: float
    code: int


SHAPES: dict[str, Callable[[int], Sequence[int]]] = {
    "chain": lambda number: [number - 1] if number else [],
    "fan": lambda number: [0] if number else [],
    "flat": lambda number: [],
}


def lay_out(root: Path, shape: str, number: int, language: str) -> None:
    """Write a project of so many specs; a thousand in a folder, as people would have them."""
    (root / "specbuild.toml").write_text('edition = 1\nmodel = "m"\n')

    def id_of(one: int) -> str:
        return f"p{one // 1000:03}/m{one}"

    for one in range(number):
        file = root / "specs" / f"{id_of(one)}.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        needs = ", ".join(f'"{id_of(need)}"' for need in SHAPES[shape](one))
        file.write_text(SPEC.format(number=one, needs=needs, language=language))


def remove(root: Path, *paths: str) -> None:
    """Remove files and folders of the project, as a fresh clone would lack them."""
    for path in paths:
        if (root / path).is_dir():
            shutil.rmtree(root / path)
        else:
            (root / path).unlink(missing_ok=True)


def measured(command: Sequence[str], root: Path, *, answering: bool = False) -> Measured:
    """Run one command line of specbuild in `root`."""
    start = [sys.executable, "-c", ANSWERING] if answering else [sys.executable, "-m", "specbuild"]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(root.parent),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    }
    if os.environ.get("BENCHMARK_LOUD"):
        environment["BENCHMARK_LOUD"] = "1"
    measuring = [sys.executable, "-I", "-S", "-c", MEASURING, *start, *command]
    began_s = time.monotonic()
    done = subprocess.run(measuring, cwd=root, env=environment, stdout=subprocess.PIPE, check=True)
    elapsed_s = time.monotonic() - began_s
    code, peak_kib = map(int, done.stdout.split())
    return Measured(elapsed_s, peak_kib / 1024, code)


def main(arguments: Sequence[str]) -> int:
    """Measure each shape and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--number", type=int, default=10_000)
    parser.add_argument("--language", default="markdown")
    parser.add_argument("--shape", choices=sorted(SHAPES), action="append")
    parser.add_argument("--keep", type=Path, help="leave the projects in this folder")
    parser.add_argument("--table", action="store_true", help="in Markdown")
    chosen = parser.parse_args(arguments)
    if chosen.table:
        print(f"### Deep and wide, {chosen.number:,} targets\n")
        print("| shape | command | s | MiB at the peak |\n| --- | --- | ---: | ---: |", flush=True)
    place = chosen.keep or Path(tempfile.mkdtemp(prefix="specbuild-scale-"))
    for shape in chosen.shape or sorted(SHAPES):
        root = place / shape
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        lay_out(root, shape, chosen.number, chosen.language)

        def tell(what: str, *command: str, answering: bool = False, of: str = shape, at: Path = root) -> None:
            found = measured(command, at, answering=answering)
            line = f"{of:<6} {what:<22} {found.elapsed_s:8.2f} s {found.peak_mib:8.0f} MiB   exit {found.code}"
            row = f"| {of} | {what} | {found.elapsed_s:.2f} | {found.peak_mib:.0f} |"
            print(row if chosen.table else line, flush=True)
            assert found.code == 0 or not chosen.table, found

        tell("plan, all new", "plan")
        tell("build, instant model", "build", answering=True)
        remove(root, "build", "cache/local")
        tell("build --offline", "build", "--offline")
        remove(root, "build", "cache/local", "specbuild.lock")
        tell("the same, no lock", "build", "--offline")
        tell("status, nothing to do", "status")
        tell("build, nothing to do", "build")
    if chosen.keep is None:
        shutil.rmtree(place)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
