"""Runs a job shut in by Landlock and seccomp, where namespaces can't be had: the second best.

The machine's own paths are seen: places inside are translated to a throw-away folder, and only what is named can be
opened. There are no sockets but pairs, no changes of a file's metadata, and no process leaves the group by which all
are killed. What it promises less than bubblewrap stands in docs/sandbox.md. It needs Landlock 6 (Linux 6.12): before
that, a program could signal others.
"""

import ctypes
import functools
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable

from specbuild.sandbox import Job, NotStarted, Ran, directory_of, environment_of
from specbuild.sandboxes.folders import TooMuch
from specbuild.sandboxes.seccomp import (
    AF_INET,
    AF_INET6,
    LEAVING_THE_GROUP,
    OUTSIDE_METADATA,
    PROCESSORS,
    filter_program,
)
from specbuild.sandboxes.unsandboxed import laid_out, run_command, translated
from specbuild.sandboxes.watchdog import resource_limits

NAME = "landlock"
NOBODY = 65534
LEAST_VERSION = 6
CREATE_RULESET, ASK_VERSION = 444, 1
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32", "/etc/ld.so.cache", "/etc/alternatives")
NETWORK_FILES = ("/etc/resolv.conf", "/etc/ssl", "/etc/hosts", "/etc/nsswitch.conf")
DEVICES = ("/dev/zero", "/dev/urandom", "/dev/random")


@functools.cache
def available() -> str | None:
    """Return why Landlock can't be used here, None if it can: found out once, by running `true` under it."""
    if sys.platform != "linux":
        return "it is a part of Linux"
    if platform.machine() not in PROCESSORS:
        return f"there is no table of system calls for the processor {platform.machine()}"
    version = ctypes.CDLL(None).syscall(CREATE_RULESET, None, 0, ASK_VERSION)
    if version < LEAST_VERSION:
        return f"Landlock {LEAST_VERSION} is needed (Linux 6.12), this kernel has {max(version, 0) or 'none'}"
    ran = run(Job(("true",)))
    if isinstance(ran, NotStarted):
        return ran.reason
    return None if ran.exit_code == 0 else f"`true` ended with {ran.exit_code} inside"


def run(job: Job, *, cancelled: Callable[[], bool] = lambda: False) -> Ran | NotStarted:
    """Run `job` and wait for it; its process group is dead at the return."""
    with tempfile.TemporaryDirectory(prefix="specbuild-", ignore_cleanup_errors=True) as place:
        try:
            places = laid_out(job, place)
            user = NOBODY if os.geteuid() == 0 else None
            if user is not None:
                _give(place, user)
            plan = {
                "argv": [translated(word, places) for word in job.argv],
                "environment": {name: translated(value, places) for name, value in environment_of(job).items()},
                "directory": translated(directory_of(job), places),
                "read": [path for path in _readable(job) if os.path.exists(path)],
                "write": [place, "/dev/null", *(mount.source for mount in job.write)],
                "network": job.network,
                "limits": resource_limits(job.limits, others=_tasks_of(os.geteuid() if user is None else user)),
                "filter": filter_program(
                    platform.machine(),
                    families=(AF_INET, AF_INET6) if job.network else (),
                    also_refused=OUTSIDE_METADATA + LEAVING_THE_GROUP,
                ).hex(),
                "user": user,
                "parent": os.getpid(),
            }
        except OSError as error:
            return NotStarted(f"Landlock could not be set up: {error.strerror or error}")
        except TooMuch:
            return NotStarted("the files of the job are more than its disk limit allows", "command")
        return _run(job, plan, place, cancelled)


def _run(job: Job, plan: dict[str, object], place: str, cancelled: Callable[[], bool]) -> Ran | NotStarted:
    plan_file = os.memfd_create("specbuild", os.MFD_CLOEXEC)
    reading, writing = os.pipe2(os.O_CLOEXEC)
    try:
        os.write(plan_file, json.dumps(plan).encode())
        os.lseek(plan_file, 0, os.SEEK_SET)
        start = os.path.join(os.path.dirname(__file__), "landlock_start.py")
        argv = [sys.executable, "-I", "-S", start, str(plan_file), str(writing)]
        # The environment is the plan's: no variable of the job's may reach a process that is not shut in.
        ran = run_command(job, argv, {"PATH": "/usr/bin:/bin"}, "/", place, cancelled, pass_fds=(plan_file, writing))
        os.close(writing)
        writing = -1
        report = os.read(reading, 64)
    finally:
        for file in (plan_file, reading, writing):
            if file >= 0:
                os.close(file)
    if isinstance(ran, NotStarted):
        return ran
    if report.startswith(b"E"):
        error = int(report[1:].partition(b"X")[0])
        return NotStarted(f"can't start {job.argv[0]}: {os.strerror(error)}", "command")
    if ran.ended != "exited":
        return ran
    if not report.startswith(b"X"):
        said = ran.stderr.decode("utf-8", "replace").strip()
        return NotStarted(f"Landlock did not start: {said[-200:] or 'it ended without a word'}")
    code = os.waitstatus_to_exitcode(int(report[1:]))
    return ran._replace(exit_code=code if code >= 0 else 128 - code, signal=-code if code < 0 else None)


def _readable(job: Job) -> list[str]:
    """Return what can be read and executed: the system's programs, and what the job names."""
    return [*SYSTEM, *DEVICES, *(mount.source for mount in job.readonly), *(NETWORK_FILES if job.network else ())]


def _give(place: str, user: int) -> None:
    """Make `user` the owner of all below `place`."""
    for folder, _, names in os.walk(place):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            os.chown(path, user, user, follow_symlinks=False)


def _tasks_of(user: int) -> int:
    """Return how many tasks `user` has: without a namespace of its own the limit of processes counts those too."""
    tasks = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.stat(f"/proc/{name}").st_uid == user:
                    tasks += os.stat(f"/proc/{name}/task").st_nlink - 2
            except OSError:
                continue
    return tasks
