"""What a sandbox is: a module that runs one job, shut in, and the values that go in and come out.

A sandbox is a module with `available` and `run`. "The sandbox did not start" (NotStarted) and "the code failed" (Ran
with an exit code) are two results. Inside, every path is fixed: no path of the machine reaches the program by way of
its arguments.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol

SANDBOXES = ("bubblewrap", "landlock", "seatbelt")
"""The sandboxes in order of preference, by module name. `unsandboxed` is none: only a person's own flag chooses it."""

JOB = "/job"
"""The one place that is writable inside: a file system in memory, bounded by `Limits.disk_bytes`."""
SNAPSHOT = f"{JOB}/snapshot"
WORK = f"{JOB}/work"
HOME = f"{JOB}/home"
TEMPORARY = f"{JOB}/tmp"

BASE_ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {"HOME": HOME, "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "TMPDIR": TEMPORARY, "TZ": "UTC"}
)
"""What a program finds in its environment if the job names nothing else. Nothing of the caller's is added."""

MIB = 1 << 20

Ended = Literal["exited", "timeout", "output", "memory", "disk", "cancelled"]
"""How a run ended: by itself (also where a resource limit made it fail), or killed because of a bound."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run. `disk_bytes` counts all that it writes, `output_bytes` both streams together."""

    wall_s: float = 10.0
    cpu_s: int = 60
    memory_bytes: int = 1024 * MIB
    processes: int = 128
    file_bytes: int = 64 * MIB
    disk_bytes: int = 256 * MIB
    output_bytes: int = 4 * MIB


class Mount(NamedTuple):
    """A file or folder of the machine (`source`, absolute) that is seen inside, read-only, at `inside` (absolute)."""

    source: str
    inside: str


@dataclass(frozen=True, slots=True)
class Job:
    """One run: `argv` with `stdin`, in `cwd` (absolute inside, or relative to SNAPSHOT), with BASE_ENVIRONMENT and
    `env`.

    `snapshot` is a folder of the machine, copied to SNAPSHOT; what is done to the copy is thrown away. `work` is a
    folder whose contents are copied to WORK and which afterwards holds what WORK then held: regular files and folders,
    never links. Links in either are left out. `write` are folders that the person opened for writing, at their own
    paths. `network` gives the machine's.
    """

    argv: tuple[str, ...]
    cwd: str = SNAPSHOT
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    snapshot: str | None = None
    work: str | None = None
    readonly: tuple[Mount, ...] = ()
    write: tuple[Mount, ...] = ()
    network: bool = False
    limits: Limits = Limits()


class Ran(NamedTuple):
    """What a run gave. A program that a signal ended has `exit_code` 128 + `signal`; one that we killed has none."""

    exit_code: int | None
    signal: int | None
    stdout: bytes
    stderr: bytes
    ended: Ended
    wall_s: float


class NotStarted(NamedTuple):
    """Nothing of the job ran. `kind`: the sandbox itself does not work here, or the command is not there."""

    reason: str
    kind: Literal["sandbox", "command"] = "sandbox"


class Sandbox(Protocol):
    """The protocol that each module in `sandboxes/` satisfies."""

    NAME: str
    """Its name in evidence, messages and `--sandbox`."""

    def available(self) -> str | None:
        """Return why it can't be used here, None if it can: found out once, by really starting a program inside."""

    def run(self, job: Job, *, cancelled: Callable[[], bool] = ...) -> Ran | NotStarted:
        """Run `job` and wait. At the return no process of it is left. Raises only what interrupts the caller."""


def environment_of(job: Job) -> dict[str, str]:
    """Return the whole environment of the job's program, sorted by name."""
    return dict(sorted({**BASE_ENVIRONMENT, **job.env}.items()))


def directory_of(job: Job) -> str:
    """Return the absolute path inside at which the program starts."""
    return job.cwd if job.cwd.startswith("/") else f"{SNAPSHOT}/{job.cwd}".rstrip("/.")
