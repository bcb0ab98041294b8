"""How a target's program is started from a snapshot: the words of its command, found for its language, compiled if
need be.

In: files, their target and a bench. Out: an `Entry`, or why there is none. What is run is run by the bench.
"""

from collections.abc import Mapping
from typing import NamedTuple

from specbuild.canonical_output import canonical_output
from specbuild.runners import Runner, runner_of_file, shebang, words
from specbuild.sandbox import SNAPSHOT, WORK, Mount, NotStarted
from specbuild.target import Target
from specbuild.trial import Absent, Bench, Placed, Tool, Trial, snapshot_of

BUILD_TIMEOUT_S = 60.0
PROGRAM_SUFFIX = ".program"


class Entry(NamedTuple):
    """What starts the program: words before its own arguments, the snapshot that it lies in, what it needs to see."""

    argv: tuple[str, ...]
    snapshot: Mapping[str, Placed]
    mounts: tuple[Mount, ...] = ()


class Refused(NamedTuple):
    """The program can't be made: what the compiler says, in canonical form."""

    message: str


def entry_of(files: Mapping[str, str], target: Target, bench: Bench) -> Entry | Absent | NotStarted | Refused:
    """Return how the entry among `files` (declared name → text) is started."""
    snapshot = snapshot_of(files, target, bench)
    path = target.outputs[target.names.index(target.entry)]
    row = runner_of_file(path, target.language, files[target.entry])
    inside = f"{SNAPSHOT}/{path}"
    if row is None:
        if not shebang(files[target.entry]):
            return Absent(
                f"nothing here runs {target.entry}: begin it with a #! line, or let another file be the entry"
            )
        return Entry((inside,), {**snapshot, path: Placed(snapshot[path].data, executable=True)})
    tool = tool_of(row, bench)
    if isinstance(tool, Absent):
        return tool
    if not row.build:
        return Entry((tool.path, *words(row.run, entry=inside)), snapshot, tool.mounts)
    return _built(tool, row.build, path, snapshot, bench)


def tool_of(row: Runner, bench: Bench) -> Tool | Absent:
    """Return the first of a row's programs that is there and understands its probe; "python" is the project's own."""
    for program in row.programs:
        if program == "python":
            python = bench.interpreter()
            if isinstance(python, Absent):
                return python
            return Tool(python.path, python.mounts)
        found = bench.find(program)
        if isinstance(found, Tool) and (not row.probe or _understands(found, row.probe, bench)):
            return found
    return Absent(f"install {row.install}")


def _understands(tool: Tool, probe: tuple[str, ...], bench: Bench) -> bool:
    tried = bench.run(Trial((tool.path, *probe), {}, mounts=tool.mounts))
    return not isinstance(tried, NotStarted) and tried.ran.exit_code == 0


def _built(
    tool: Tool, row: tuple[str, ...], path: str, snapshot: dict[str, Placed], bench: Bench
) -> Entry | NotStarted | Refused:
    ending = path.rpartition(".")[2]
    sources = tuple(f"{SNAPSHOT}/{one}" for one in sorted(snapshot) if one.endswith(f".{ending}"))
    argv = (tool.path, *words(row, entry=f"{SNAPSHOT}/{path}", sources=sources, program=f"{WORK}/program"))
    tried = bench.run(Trial(argv, snapshot, timeout_s=BUILD_TIMEOUT_S, mounts=tool.mounts))
    if isinstance(tried, NotStarted):
        return tried
    made = tried.left.get("program")
    if tried.ran.exit_code != 0 or made is None:
        told = canonical_output(tried.ran.stderr).strip().replace("\n", "\n  ")
        return Refused(f"the program can't be compiled:\n  {told or tried.ran.ended}")
    return Entry((f"{SNAPSHOT}/{path}{PROGRAM_SUFFIX}",), {**snapshot, path + PROGRAM_SUFFIX: Placed(made.data, True)})
