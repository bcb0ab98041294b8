"""Runs a job as any other program of the person: only `--sandbox=none` chooses this, never a repository.

Time, memory and output are bounded, and its process group is killed at the end; a program that leaves the group stays.
It sees the machine: the job's mounts are not made, and words of its command that name a place inside are translated to
the place meant.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable

from specbuild.sandbox import (
    HOME,
    SNAPSHOT,
    TEMPORARY,
    WORK,
    Ended,
    Job,
    Limits,
    NotStarted,
    Ran,
    directory_of,
    environment_of,
)
from specbuild.sandboxes.folders import FOLDER, Bounds, TooMuch, copy_in, copy_out
from specbuild.sandboxes.watchdog import memory_of, signal_of, watch

NAME = "none"


def available() -> str | None:
    """Return None: it always can be used."""
    return None


def run(job: Job, *, cancelled: Callable[[], bool] = lambda: False) -> Ran | NotStarted:
    """Run `job` in a throw-away folder and wait for it; its process group is dead at the return."""
    with tempfile.TemporaryDirectory(prefix="specbuild-", ignore_cleanup_errors=True) as place:
        try:
            places = laid_out(job, place)
        except TooMuch:
            return NotStarted("the files of the job are more than its disk limit allows", "command")
        environment = {name: translated(value, places) for name, value in environment_of(job).items()}
        argv = [translated(word, places) for word in job.argv]
        return run_command(job, argv, environment, translated(directory_of(job), places), place, cancelled)


def laid_out(job: Job, place: str) -> list[tuple[str, str]]:
    """Make the job's folders below `place`; return (path inside, path of the machine), the longest inside first.

    Raises OSError, TooMuch.
    """
    places = [(mount.inside, mount.source) for mount in job.readonly]
    for inside, source in ((SNAPSHOT, job.snapshot), (WORK, job.work), (HOME, None), (TEMPORARY, None)):
        path = os.path.join(place, inside.rpartition("/")[2])
        os.mkdir(path)
        places.append((inside, path))
        if source is not None:
            folder = os.open(path, FOLDER)
            try:
                copy_in(source, folder, Bounds(job.limits.disk_bytes))
            finally:
                os.close(folder)
    return sorted(places, key=lambda pair: -len(pair[0]))


def translated(word: str, places: list[tuple[str, str]]) -> str:
    """Return `word` with the path of the machine in place of a path inside that it is or begins with."""
    for inside, outside in places:
        if word == inside or word.startswith(f"{inside}/"):
            return outside + word[len(inside) :]
    return word


def run_command(
    job: Job,
    argv: list[str],
    environment: dict[str, str],
    directory: str,
    place: str,
    cancelled: Callable[[], bool],
    *,
    pass_fds: tuple[int, ...] = (),
    user: int | None = None,
) -> Ran | NotStarted:
    """Run what stands for `job` on this machine, watch it, and bring its work folder back from below `place`."""
    program = shutil.which(argv[0], path=environment["PATH"])
    if program is None:
        return NotStarted(f"can't start {argv[0]}: No such file or directory", "command")
    try:
        process = subprocess.Popen(
            argv,
            executable=program,
            env=environment,
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=pass_fds,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    except OSError as error:
        return NotStarted(f"can't start {job.argv[0]}: {error.strerror}", "command")
    watched = watch(
        process,
        job.stdin,
        job.limits,
        over=lambda: _over(process.pid, place, job.limits),
        stop=lambda: kill_group(process.pid),
        cancelled=cancelled,
    )
    ended: Ended = watched.ended
    if job.work is not None:
        try:
            folder = os.open(os.path.join(place, WORK.rpartition("/")[2]), FOLDER)
            try:
                copy_out(folder, job.work, Bounds(job.limits.disk_bytes))
            finally:
                os.close(folder)
        except (OSError, TooMuch):
            ended = "disk" if ended == "exited" else ended
    code = watched.exit_code if watched.exit_code >= 0 else 128 - watched.exit_code
    shown = code if ended == "exited" else None
    return Ran(shown, signal_of(shown), watched.stdout, watched.stderr, ended, watched.wall_s)


def kill_group(leader: int) -> None:
    """Kill every process of the group that `leader` began."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _over(leader: int, place: str, limits: Limits) -> Ended | None:
    """Tell whether the processes of the group pass the bound of memory, where the system has /proc."""
    if not os.path.isdir("/proc/self"):
        return None
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit() and _group(int(name)) == leader]
    if memory_of("/proc", pids, limits.memory_bytes) > limits.memory_bytes:
        return "memory"
    return None if _used(place, limits.disk_bytes) <= limits.disk_bytes else "disk"


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return -1


def _used(place: str, enough: int) -> int:
    """Return the bytes below `place`, counted until they are more than `enough`."""
    used = 0
    for folder, _, names in os.walk(place):
        for name in names:
            with contextlib.suppress(OSError):
                used += os.lstat(os.path.join(folder, name)).st_blocks * 512
        if used > enough:
            break
    return used
