"""The hook of a commit: `check` and `check --staged` over many targets with outputs of 5 to 10 KB, all fresh.

`python -m tests.benchmarks.hook --number 1000`. No test: it takes minutes. With the index, as after a build; and
without, as in a fresh clone, where every file is read. The commands take turns, each is a process of its own; beside
them the start of Python, and git's own look at the same files.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.nothing_to_do import LAUNCHER
from tests.benchmarks.scale import ANSWERING, lay_out

LARGE = ANSWERING.replace(
    "def answer(",
    """\
import hashlib, re
def larger(text):
    seed = hashlib.sha256(text.encode()).hexdigest()
    number = 72 + int(seed[:4], 16) % 66
    lines = [f"{line:04} {hashlib.sha256(f'{seed}{line}'.encode()).hexdigest()}" for line in range(number)]
    return re.sub(r"(?m)^(=== specbuild:[0-9a-f]+ end ===)$", "\\n".join(lines) + r"\\n\\1", text)
def answer(""",
).replace("Reply(default_answer(request.body))", "Reply(larger(default_answer(request.body)))")
IDENTITY = ("-c", "user.name=A Person", "-c", "user.email=person@example.org")


def project(root: Path, number: int) -> dict[str, str]:
    """Build and commit a project of so many specs; return the environment in which it is checked."""
    lay_out(root, "flat", number, "text")
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(root.parent), "GIT_CONFIG_GLOBAL": os.devnull,
        "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    }  # fmt: skip
    build = [sys.executable, "-c", LARGE, "-C", str(root), "build", "-q", "-j", "16"]
    subprocess.run(build, env=environment, check=True, cwd=Path(__file__).parents[2])
    (root / ".gitignore").write_text("cache/local/\n")
    for command in (["init", "-q"], ["add", "-A"], [*IDENTITY, "commit", "-q", "-m", "All"]):
        subprocess.run(["git", *command], env=environment, check=True, cwd=root)
    for _ in range(3):  # the first looks after it renew what was written in the tick of the record
        subprocess.run([launcher(root.parent), "build", "-q"], env=environment, check=True, cwd=root)
    return environment


def launcher(top: Path) -> str:
    """Return a script that starts specbuild as an installed one is started."""
    file = top / "specbuild"
    if not file.exists():
        file.write_text(LAUNCHER.format(python=sys.executable))
        file.chmod(0o755)
    return str(file)


def measured(commands: Mapping[str, tuple[Sequence[str], Path]], environment: Mapping[str, str], rounds: int) -> str:
    """Run all commands in turn, so often; return their medians and quickest in ms as rows of a table."""
    times: dict[str, list[float]] = {what: [] for what in commands}
    for turn in range(rounds + 1):
        for what in list(commands) if turn % 2 else list(reversed(commands)):
            argv, folder = commands[what]
            began = time.perf_counter()
            done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, check=False)
            elapsed = time.perf_counter() - began
            assert done.returncode == 0, (what, done.stderr[-500:])
            if turn:  # the first round fills the caches
                times[what].append(elapsed * 1000)
    rows = [f"| {what} | {statistics.median(found):.1f} | {min(found):.1f} |" for what, found in times.items()]
    return "\n".join(["| command | median, ms | quickest, ms |", "| --- | ---: | ---: |", *rows, ""])


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="hook-") as place:
        top = Path(place)
        root, clone = top / "project", top / "clone"
        root.mkdir()
        environment = project(root, asked.number)
        subprocess.run(["git", "clone", "-q", str(root), str(clone)], env=environment, check=True)
        sizes = sorted(path.stat().st_size for path in (root / "build").rglob("*.txt"))
        program = launcher(top)
        commands: dict[str, tuple[Sequence[str], Path]] = {
            "bare Python": ([sys.executable, "-c", "pass"], top),
            "git status": (["git", "status", "--porcelain"], root),
            "check, with the index": ([program, "check"], root),
            "check --staged, with the index": ([program, "check", "--staged"], root),
            "check, without": ([program, "check"], clone),
            "check --staged, without": ([program, "check", "--staged"], clone),
        }
        table = measured(commands, environment, asked.rounds)
        shutil.rmtree(clone)
    kib = f"{sizes[0] / 1024:.1f} to {sizes[-1] / 1024:.1f} KiB"
    say(f"### The hook of a commit, {asked.number:,} targets with outputs of {kib}\n\n{table}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
