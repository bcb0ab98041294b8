"""Runs a job in bubblewrap: its own namespaces of every kind, no network, nothing of the machine but what is named,
read-only.

What the program can write is one file system in memory, bounded, which nobody else sees. bubblewrap is stopped in the
middle of its setting up (it reads a pipe until we close it); at that moment the files are laid out in that file system
through /proc/PID/root, and the limits are put on its one process, so that whatever it starts inherits them. The same
descriptor, held over the end of everything inside, gives back what the program left there. No launcher runs inside,
and no host folder is writable.

Started by root, bubblewrap runs as NOBODY: its user inside must not be root outside, or it could write /proc/sys.
"""

import contextlib
import fcntl
import functools
import os
import platform
import re
import resource
import select
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from io import FileIO
from typing import NamedTuple

from specbuild.sandbox import (
    HOME,
    JOB,
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
from specbuild.sandboxes.as_root import NOBODY, as_inside, staged
from specbuild.sandboxes.bubblewrap_start import abandoned, first_process, given_the_word, rest_of, waits_at
from specbuild.sandboxes.folders import FOLDER, Bounds, TooMuch, clear, copy_in, copy_out
from specbuild.sandboxes.seccomp import AF_INET, AF_INET6, AF_UNIX, PROCESSORS, filter_program
from specbuild.sandboxes.watchdog import memory_of, resource_limits, signal_of, watch

NAME = "bubblewrap"
INSIDE_ID = 1000
"""The user and group that the program believes to be, on every machine."""
SHARED_MEMORY_BYTES = 64 << 20
MOST_INODES = 50_000
"""A file system in memory bounds bytes, not empty files; these cost the kernel some 1 KiB each."""

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
NETWORK_FILES = ("/etc/resolv.conf", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/services")
ETC = {
    "passwd": f"user:x:{INSIDE_ID}:{INSIDE_ID}:user:{HOME}:/bin/sh\nnobody:x:{NOBODY}:{NOBODY}:nobody:/:/bin/false\n",
    "group": f"user:x:{INSIDE_ID}:\nnobody:x:{NOBODY}:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
GATE = "/.gate"
NEW_ROOT = "root/newroot"
"""Where bubblewrap has the new root while it sets up."""
PIPE_BYTES = 4096
WAITING = 'command -v "$1" >/dev/null || exit 127; read -r go && exec "$@"'
"""The program starts only at our word, which is the first line of its input: a shell reads no further than that."""
LAYING = ".laying"
"""Ends the name of an incomplete folder. Only complete ones let bubblewrap go on after the gate."""


@functools.cache
def available() -> str | None:
    """Return why bubblewrap can't be used here, None if it can: found out once, by running `true` in it."""
    if platform.machine() not in PROCESSORS:
        return f"there is no table of system calls for the processor {platform.machine()}"
    ran = run(Job(("true",)))
    if isinstance(ran, NotStarted):
        return ran.reason
    return None if ran.exit_code == 0 else f"`true` ended with {ran.exit_code} inside"


def run(job: Job, *, cancelled: Callable[[], bool] = lambda: False) -> Ran | NotStarted:
    """Run `job` in bubblewrap and wait for it; nothing that it started is left at the return."""
    program = shutil.which("bwrap", path="/usr/bin:/bin:/usr/local/bin")
    if program is None:
        return NotStarted("bwrap is not installed (the package is called bubblewrap)")
    if os.geteuid() != 0:
        return _run(program, job, cancelled)
    # As root, what is mounted must be made reachable for NOBODY. That takes a mount namespace, and those belong to
    # threads.
    outcome: list[Ran | NotStarted | BaseException] = []
    interrupted = threading.Event()

    def in_a_namespace() -> None:
        try:
            outcome.append(_run(program, staged(job), lambda: interrupted.is_set() or cancelled()))
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=in_a_namespace, name="sandbox")
    thread.start()
    try:
        thread.join()
    except BaseException:
        interrupted.set()
        thread.join()
        raise
    result = outcome[0]
    if isinstance(result, BaseException):
        raise result
    return result


def _run(program: str, job: Job, cancelled: Callable[[], bool]) -> Ran | NotStarted:
    with contextlib.ExitStack() as stack:
        try:
            started = _start(program, job, stack)
        except OSError as error:
            return NotStarted(f"bubblewrap could not be set up: {error.strerror or error}")
        except TooMuch:
            return NotStarted("the files of the job are more than its disk limit allows", "command")
        if isinstance(started, NotStarted):
            return started
        watched = watch(
            started.process,
            job.stdin,
            job.limits,
            over=lambda: _over(started, job.limits),
            stop=lambda: _stop(started),
            cancelled=cancelled,
        )
        told = re.search(rb'"exit-code": (\d+)', rest_of(started.status))
        ended: Ended = watched.ended
        if told is None and ended == "exited":
            return _refusal(watched.stderr)
        if job.work is not None and not _brought_back(started, job.work, job.limits) and ended == "exited":
            ended = "disk"
        code = int(told[1]) if told is not None and ended == "exited" else None
        return Ran(code, signal_of(code), watched.stdout, watched.stderr, ended, watched.wall_s)


class _Started(NamedTuple):
    """A sandbox that was let go, as descriptors: first process, JOB, /dev/shm and /proc, bubblewrap's report."""

    process: subprocess.Popen[bytes]
    first: int
    writable: int
    shared_memory: int
    processes: int
    status: int


def _start(program: str, job: Job, stack: contextlib.ExitStack) -> _Started | NotStarted:
    """Start bubblewrap, lay the files out while it waits at the gate, set the limits and open the gate."""
    gate_end, gate = _pipe(stack)
    status, status_written = _pipe(stack)
    # Open for reading too: a report that nobody waits for any more must not end bubblewrap half-way, which would leave
    # a process that waits for ever.
    both = os.open(f"/proc/self/fd/{status_written.fileno()}", os.O_RDWR | os.O_CLOEXEC)
    status_end = stack.enter_context(FileIO(both, "w"))
    gate.write(b"\n" * fcntl.fcntl(gate, fcntl.F_SETPIPE_SZ, PIPE_BYTES))
    # Without `network` the two internet families reach the program's own loopback and nothing else.
    seccomp = _memory(stack, filter_program(platform.machine(), families=(AF_UNIX, AF_INET, AF_INET6)))
    options = [*_options(job), "--seccomp", str(seccomp), "--json-status-fd", str(status_end.fileno())]
    options += ["--file", str(gate_end.fileno()), GATE]
    # Both fail, and bubblewrap with them, if the gate opens because we are no more.
    options += ["--chmod", "0755", SNAPSHOT, "--chmod", "0755", WORK, "--remount-ro", "/"]
    listed = _memory(stack, b"".join(os.fsencode(option) + b"\0" for option in options))
    root = os.geteuid() == 0
    process = subprocess.Popen(
        [program, "--args", str(listed), "--", "/bin/sh", "-c", WAITING, "sh", *job.argv],
        env={},  # of its own too: what it has, its first process inside would have
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=(gate_end.fileno(), status_end.fileno(), seccomp, listed),
        start_new_session=True,
        user=NOBODY if root else None,
        group=NOBODY if root else None,
        extra_groups=[] if root else None,
    )
    first_pid = None
    try:
        gate_end.close()
        status_end.close()
        status_written.close()
        first_pid = first_process(status.fileno())
        if first_pid is None or not waits_at(gate.fileno()):
            return _refusal(abandoned(process, first_pid))
        first = _kept(stack, os.pidfd_open(first_pid))
        inside = f"/proc/{first_pid}/{NEW_ROOT}"
        writable, shared_memory, processes = (
            _kept(stack, os.open(inside + path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
            for path in (JOB, "/dev/shm", "/proc")
        )
        _lay_out(job, inside, writable)
        with as_inside():
            _limit(first_pid, job.limits)
        gate.close()
        if not given_the_word(process, first_pid):
            said = abandoned(process, first_pid)
            missing = NotStarted(f"can't start {job.argv[0]}: no such program", "command")
            return _refusal(said) if said.strip() else missing
    except BaseException:
        abandoned(process, first_pid)
        raise
    return _Started(process, first, writable, shared_memory, processes, status.fileno())


def _options(job: Job) -> list[str]:
    """Return bubblewrap's options up to the gate: namespaces, what is seen, the environment."""
    options = ["--unshare-all", "--unshare-user", "--uid", str(INSIDE_ID), "--gid", str(INSIDE_ID)]
    options += ["--hostname", "sandbox", *(["--share-net"] if job.network else [])]
    options += ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    for path in SYSTEM:
        if os.path.islink(path):
            options += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            options += ["--ro-bind", path, path]
    for path in SYSTEM_FILES + (NETWORK_FILES if job.network else ()):
        if os.path.exists(path):
            options += ["--ro-bind", os.path.realpath(path), path]
    options += ["--proc", "/proc", "--dev", "/dev"]
    options += ["--perms", "1777", "--size", str(SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    for source, inside in job.readonly:
        options += ["--ro-bind", source, inside]
    options += ["--dir", "/etc"]
    if any(inside.startswith("/tmp/") for _, inside in job.write):
        options += ["--dir", "/tmp"]
    else:
        options += ["--symlink", TEMPORARY.removeprefix("/"), "/tmp"]
    for source, inside in job.write:
        options += ["--bind", source, inside]
    options += ["--size", str(job.limits.disk_bytes), "--tmpfs", JOB, "--chdir", directory_of(job)]
    for name, value in environment_of(job).items():
        options += ["--setenv", name, value]
    return options


def _lay_out(job: Job, inside: str, writable: int) -> None:
    """Write what the job finds: /etc, and the folders below JOB with copies of its snapshot and its work folder."""
    with as_inside():
        os.unlink(inside + GATE)
        for name, text in ETC.items():
            with open(f"{inside}/etc/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        for path in (HOME, TEMPORARY, SNAPSHOT + LAYING, WORK + LAYING):
            os.mkdir(path.removeprefix(f"{JOB}/"), 0o755, dir_fd=writable)
    for source, path in ((job.snapshot, SNAPSHOT), (job.work, WORK)):
        with _folder(writable, path + LAYING) as target:
            if source is not None:
                copy_in(source, target, Bounds(job.limits.disk_bytes), making=as_inside)
        name = path.removeprefix(f"{JOB}/")
        with as_inside():
            os.rename(name + LAYING, name, src_dir_fd=writable, dst_dir_fd=writable)


def _limit(pid: int, limits: Limits) -> None:
    """Put the resource limits on the one process that there is: all others inside inherit them.

    They are set here and not before the start, because a limit of processes counts within a user namespace (Linux
    5.14), and outside it would count everything that the user runs.
    """
    for kind, most in resource_limits(limits, others=1):
        hard = resource.prlimit(pid, kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.prlimit(pid, kind, (bound, bound))


def _over(started: _Started, limits: Limits) -> Ended | None:
    """Tell whether all inside together pass a bound that no resource limit holds."""
    pids = [int(name) for name in os.listdir(started.processes) if name.isdigit()]
    if memory_of(started.processes, pids, limits.memory_bytes) > limits.memory_bytes:
        return "memory"
    for folder in (started.writable, started.shared_memory):
        room = os.fstatvfs(folder)
        if room.f_files - room.f_ffree > MOST_INODES:
            return "disk"
    return None


def _stop(started: _Started) -> None:
    """Kill the first process inside, and with it its namespace; wait until the last one is gone."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(started.first, signal.SIGKILL)
    select.select([started.first], [], [])


def _brought_back(started: _Started, work: str, limits: Limits) -> bool:
    """Copy what the dead program left in WORK to the folder `work`. False if that is more than fits."""
    bounds = Bounds(limits.disk_bytes)
    try:
        with _folder(started.writable, WORK) as left:
            copy_out(left, work, bounds)
    except TooMuch:
        return False
    except (FileNotFoundError, NotADirectoryError):  # the program put something else in the folder's place
        clear(work)
    return True


def _refusal(stderr: bytes) -> NotStarted:
    """Return why bubblewrap ran nothing, from its own words."""
    lines = [line.removeprefix("bwrap: ") for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    reason = lines[-1] if lines else "it ended without a word"
    if reason.startswith("execvp "):
        return NotStarted(f"can't start {reason.removeprefix('execvp ')}", "command")
    if reason.startswith("Can't chdir to"):
        return NotStarted(f"{reason[0].lower()}{reason[1:]}", "command")
    return NotStarted(f"bubblewrap: {reason}")


@contextlib.contextmanager
def _folder(writable: int, path: str) -> Iterator[int]:
    """Open the folder `path` below JOB. Raises OSError if it is not there, or is no folder any more."""
    folder = os.open(path.removeprefix(f"{JOB}/"), FOLDER, dir_fd=writable)
    try:
        yield folder
    finally:
        os.close(folder)


def _pipe(stack: contextlib.ExitStack) -> tuple[FileIO, FileIO]:
    """Return a pipe's reading and writing end."""
    reading, writing = os.pipe2(os.O_CLOEXEC)
    return stack.enter_context(FileIO(reading, "r")), stack.enter_context(FileIO(writing, "w"))


def _memory(stack: contextlib.ExitStack, content: bytes) -> int:
    """Return a descriptor of a file in memory that holds `content`, at its beginning."""
    file = _kept(stack, os.memfd_create("specbuild", os.MFD_CLOEXEC))
    os.write(file, content)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _kept(stack: contextlib.ExitStack, file: int) -> int:
    stack.callback(os.close, file)
    return file
