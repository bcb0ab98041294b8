"""What verifiers run and what comes of it, as values; and the bench: all that those verifiers work with which run
something.

A verifier describes a `Trial`; who shuts it in, lays its files out and reads back what it left is handed in by name.
Nothing here runs anything. Inside, the snapshot lies at `sandbox.SNAPSHOT` and the trial's own files at
`sandbox.WORK`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from specbuild.sandbox import WORK, Mount, NotStarted, Ran
from specbuild.shape import shaped
from specbuild.target import Target


class Placed(NamedTuple):
    """A file as it lies in a snapshot: its bytes, and whether its owner may run it."""

    data: bytes
    executable: bool = False


class Tool(NamedTuple):
    """A program as it is found inside: its absolute `path` there, and what must be seen for it to start."""

    path: str
    mounts: tuple[Mount, ...] = ()


class Interpreter(NamedTuple):
    """The project's Python: its `path` inside, "3.11", the names of its standard library, what must be seen of the
    machine.
    """

    path: str
    version: str
    stdlib: frozenset[str]
    mounts: tuple[Mount, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """One run in the sandbox, from `cwd` (absolute inside). `files` are laid out below WORK, `snapshot` below
    SNAPSHOT.
    """

    argv: tuple[str, ...]
    snapshot: Mapping[str, Placed]
    files: Mapping[str, Placed] = field(default_factory=dict)
    cwd: str = WORK
    stdin: bytes = b""
    env: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 10.0
    mounts: tuple[Mount, ...] = ()
    generated: bool = False
    """Generated code runs in it: if no sandbox starts, that is no verdict but an error (exit 69)."""


class Tried(NamedTuple):
    """What a trial gave: how it ran, and the files that were left below WORK, by path."""

    ran: Ran
    left: Mapping[str, Placed]


class Absent(NamedTuple):
    """A tool or an interpreter is not there; `remedy` says what a person would do ("install ruff")."""

    remedy: str


def _forgets(key: str) -> bytes | None:
    return None


def _keeps_nothing(key: str, value: bytes) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Bench:
    """What a verifier has at hand.

    `run` makes a trial. `find` and `interpreter` find programs. `beside` gives what lies in the snapshot beside the
    target's own outputs, by project path: verify files and the outputs of all needs; `generated` are those of its
    paths that specs build. `nonce` gives a new random word. `recall` and `remember` keep small results by a key that
    is a content hash. `way` and `modes` say how own outputs are shaped. `kept` gives the public names of the locked
    text, each with what dependents see of it, which a spec may forbid to take away.
    """

    run: Callable[[Trial], Tried | NotStarted]
    find: Callable[[str], Tool | Absent]
    interpreter: Callable[[], Interpreter | Absent]
    beside: Callable[[], Mapping[str, Placed]]
    generated: frozenset[str] = frozenset()
    way: str = ""
    nonce: Callable[[], str] = str
    modes: Mapping[str, str] = field(default_factory=dict)
    kept: Callable[[], Mapping[str, str]] = dict
    recall: Callable[[str], bytes | None] = _forgets
    remember: Callable[[str, bytes], None] = _keeps_nothing


def snapshot_of(files: Mapping[str, str], target: Target, bench: Bench) -> dict[str, Placed]:
    """Return the snapshot in which `files` (declared name → text) are judged: what lies beside, then the own outputs
    as shaped.
    """
    own = shaped(files, target, way=bench.way, modes=bench.modes)
    return {**bench.beside(), **{one.path: Placed(one.data, one.mode == "755") for one in own}}


def _runs_nothing(trial: Trial) -> NotStarted:
    return NotStarted("nothing is run here")


PAPER = Bench(
    run=_runs_nothing,
    find=lambda name: Absent(f"install {name}"),
    interpreter=lambda: Absent("nothing is run here"),
    beside=dict,
)
"""A bench with nothing on it: for judgements that read only."""
