"""What root does so that its sandbox runs as nobody: it hands over what only root can reach, and is nobody for a time.

All of it is done to one thread, which must end with the job.
"""

import contextlib
import ctypes
import os
import platform
import stat
from collections.abc import Iterator
from dataclasses import replace

from specbuild.sandbox import Job, Mount

NOBODY = 65534
"""The user and the group that bubblewrap runs as."""
CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x1000, 0x4000, 1 << 18
STAGE = "/run"
"""Where root's mounts are gathered, in a namespace of one thread: nobody else sees it."""


def staged(job: Job) -> Job:
    """Return `job` with sources that NOBODY can reach, whatever the rights of the folders above them.

    Changes the mount namespace of this thread, which must end with the job. If the kernel does not allow that (root of
    a container), the job is returned as it is, and bubblewrap says what it can't reach.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    sources = [mount.source for mount in (*job.readonly, *job.write)]
    if not sources or libc.unshare(CLONE_NEWNS) or libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None):
        return job
    opened = []
    try:
        for source in sources:
            opened.append(os.open(source, os.O_PATH | os.O_CLOEXEC))
        if libc.mount(b"tmpfs", STAGE.encode(), b"tmpfs", 0, b"mode=755"):
            return job
        places = [_bound(libc, at, file) for at, file in enumerate(opened)]
    except OSError:
        return job
    finally:
        for file in opened:
            os.close(file)
    moved = [Mount(path, mount.inside) for path, mount in zip(places, (*job.readonly, *job.write), strict=True)]
    return replace(job, readonly=tuple(moved[: len(job.readonly)]), write=tuple(moved[len(job.readonly) :]))


def _bound(libc: ctypes.CDLL, at: int, file: int) -> str:
    """Mount what is open as `file` at a place of its own below STAGE and return that."""
    place = f"{STAGE}/{at}"
    if stat.S_ISDIR(os.fstat(file).st_mode):
        os.mkdir(place)
    else:
        os.close(os.open(place, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC))
    if libc.mount(f"/proc/self/fd/{file}".encode(), place.encode(), None, MS_BIND | MS_REC, None):
        raise OSError(ctypes.get_errno(), "can't mount")
    return place


SETRESUID_SETRESGID = {"x86_64": (117, 119), "aarch64": (147, 149)}


@contextlib.contextmanager
def as_inside() -> Iterator[None]:
    """As root: be NOBODY, in this thread only: the file system inside knows no other user, and only NOBODY can set its
    limits.

    The system calls themselves are made, because the C library's functions would change all threads.
    """
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    set_user, set_group = SETRESUID_SETRESGID[platform.machine()]
    if libc.syscall(set_group, NOBODY, NOBODY, 0) or libc.syscall(set_user, NOBODY, NOBODY, 0):
        raise OSError(ctypes.get_errno(), "can't become an unprivileged user")
    try:
        yield
    finally:
        libc.syscall(set_user, 0, 0, 0)
        libc.syscall(set_group, 0, 0, 0)
