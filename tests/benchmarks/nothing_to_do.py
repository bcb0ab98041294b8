"""Nothing to do, and one change: specbuild beside ninja, make and plain doit, in one run, interleaved.

`python -m tests.benchmarks.nothing_to_do --sizes 100 1000 10000`. No test: it takes minutes. Each command is a process
of its own; the table gives medians in ms and the ratio to ninja's of the same rounds. Every tool has as many sources,
and as many outputs. The replies that specbuild builds from come from a model that answers at once.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.scale import ANSWERING, lay_out

NINJA = "rule copy\n  command = cp $in $out\n"
DODO = """\
import glob
DOIT_CONFIG = {"verbosity": 0}
def task_copy():
    for source in sorted(glob.glob("in/*")):
        out = "out/" + source[3:]
        yield {"name": source, "actions": [f"cp {source} {out}"], "file_dep": [source], "targets": [out]}
"""


class Row(NamedTuple):
    """One command at one size: the median in ms, and its ratio to ninja's."""

    what: str
    median_ms: float
    ratio: float


Command = tuple[Sequence[str], Path]


def specbuild_project(root: Path, number: int) -> dict[str, str]:
    """Build a project of so many specs; return the environment in which it is built."""
    lay_out(root, "flat", number, "text")
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(root.parent), "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    }  # fmt: skip
    build = [sys.executable, "-c", ANSWERING, "-C", str(root), "build", "-q", "-j", "16"]
    subprocess.run(build, env=environment, check=True, cwd=Path(__file__).parents[2])
    for _ in range(3):  # the first looks after it renew what was written in the tick of the record
        subprocess.run([_program(), "build", "-q"], env=environment, check=True, cwd=root)
    return environment


def others(root: Path, number: int) -> None:
    """Lay out the same number of copies for ninja, make and doit, and make them."""
    for folder in ("in", "out"):
        (root / folder).mkdir(parents=True)
    names = [f"f{one:05}.txt" for one in range(number)]
    for name in names:
        (root / "in" / name).write_text(f"{name}\n")
    lines = [f"build out/{name}: copy in/{name}" for name in names]
    (root / "build.ninja").write_text(NINJA + "\n".join(lines) + "\n")
    rules = "".join(f"out/{name}: in/{name}\n\tcp $< $@\n" for name in names)
    (root / "Makefile").write_text(
        ".SUFFIXES:\nMAKEFLAGS += -r\nall: " + " ".join(f"out/{n}" for n in names) + f"\n{rules}"
    )
    (root / "dodo.py").write_text(DODO)
    subprocess.run(["ninja", "--quiet"], cwd=root, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        [sys.executable, "-m", "doit", "-q"],
        cwd=root,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    subprocess.run([sys.executable, "-m", "doit"], cwd=root, check=True, stdout=subprocess.DEVNULL)


def measured(commands: dict[str, Command], environment: dict[str, str], rounds: int) -> list[Row]:
    """Run all commands in turn, so often; the order is turned around every second round."""
    times: dict[str, list[float]] = {what: [] for what in commands}
    for turn in range(rounds + 1):
        order = list(commands) if turn % 2 else list(reversed(commands))
        for what in order:
            argv, folder = commands[what]
            began = time.perf_counter()
            done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, check=False)
            elapsed = time.perf_counter() - began
            assert done.returncode == 0, (what, done.stderr[-500:])
            if turn:  # the first round fills the caches
                times[what].append(elapsed * 1000)
    medians = {what: statistics.median(found) for what, found in times.items()}
    return [Row(what, median, median / medians["ninja"]) for what, median in medians.items()]


def one_change(projects: Path, environment: dict[str, str], number: int, rounds: int) -> list[Row]:
    """Change one source and build, so often: the models answer at once, so the time is the tool's."""
    spec = projects / "specs" / "specs" / "p000" / "m7.toml"
    source = projects / "others" / "in" / "f00007.txt"
    text = spec.read_text()
    build = [sys.executable, "-c", ANSWERING, "-C", str(projects / "specs"), "build", "-q"]
    times: dict[str, list[float]] = {"ninja": [], "specbuild build": []}
    for turn in range(rounds):
        spec.write_text(text.replace("Part 7", f"Part 7, {turn}"))
        source.write_text(f"{turn}\n")
        for what, argv, folder in (
            ("ninja", ["ninja", "--quiet"], projects / "others"),
            ("specbuild build", build, Path(__file__).parents[2]),
        ):
            began = time.perf_counter()
            subprocess.run(argv, cwd=folder, env=environment, check=True, capture_output=True)
            times[what].append((time.perf_counter() - began) * 1000)
    medians = {what: statistics.median(found) for what, found in times.items()}
    return [Row(what, median, median / medians["ninja"]) for what, median in medians.items()]


def table(title: str, rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [f"### {title}", "", "| command | median, ms | × ninja |", "| --- | ---: | ---: |"]
    lines += [f"| {row.what} | {row.median_ms:.1f} | {row.ratio:.2f} |" for row in rows]
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args(arguments)
    for tool in ("ninja", "make"):
        if shutil.which(tool) is None:
            parser.error(f"{tool} is not installed")
    for number in asked.sizes:
        with tempfile.TemporaryDirectory(prefix="nothing-") as place:
            top = Path(place)
            (top / "specs").mkdir()
            environment = specbuild_project(top / "specs", number)
            others(top / "others", number)
            commands: dict[str, Command] = {
                "ninja": (["ninja", "--quiet"], top / "others"),
                "make": (["make", "-s"], top / "others"),
                "doit": ([sys.executable, "-m", "doit", "-v0"], top / "others"),
                "bare Python": ([sys.executable, "-c", "pass"], top),
                **{
                    f"specbuild {one}": ([_launcher(top), one, "-q"], top / "specs")
                    for one in ("build", "check", "status")
                },
            }
            if "import re" in Path(_program()).read_text():
                commands["specbuild build, started by a script of pip before 25"] = (
                    [_program(), "build", "-q"], top / "specs"
                )  # fmt: skip
            say(table(f"Nothing to do, {number:,} targets", measured(commands, environment, asked.rounds)))
            say(
                table(
                    f"One change, {number:,} targets", one_change(top, environment, number, max(3, asked.rounds // 4))
                )
            )
    return 0


LAUNCHER = """\
#!{python}
import sys
from specbuild.__main__ import main
if __name__ == '__main__':
    sys.argv[0] = sys.argv[0].removesuffix('.exe')
    sys.exit(main())
"""
"""What pip from 25.0 on, and uv, make of an entry point. Before that it imported `re`, half of Python's start again."""


def _launcher(top: Path) -> str:
    file = top / "specbuild"
    if not file.exists():
        file.write_text(LAUNCHER.format(python=sys.executable))
        file.chmod(0o755)
    return str(file)


def _program() -> str:
    return str(Path(sys.executable).with_name("specbuild"))


if __name__ == "__main__":
    sys.exit(main())
