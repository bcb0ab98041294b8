"""Shuts itself in with Landlock and seccomp and becomes the program: a process of its own, run by path with `-I -S`.

It imports nothing of ours. Two processes: the child shuts itself in and executes the program; the parent, which the
program can't signal, ends the whole process group when the child ends or the process that started this one is gone.
argv: the number of a descriptor with the plan as JSON, and of one for the report ("E2": not started, errno 2;
"X256": ended with this wait status).
"""

import ctypes
import errno
import json
import os
import resource
import signal
import struct
import sys

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, FILTER = 1, 22, 38, 2
READ, WRITE = 0b1101, 0xFFFF
"""LANDLOCK_ACCESS_FS_*: execute, read files and folders; all that Landlock 5 knows."""
OF_FILES = 0b1100000000000111
"""Those that a rule for a file may name."""
NETWORK, SCOPES = 0b11, 0b11
"""TCP binding and connecting; abstract UNIX sockets and signals, since Landlock 6."""


def main() -> None:
    """Read the plan, become the unprivileged user, start, wait, report, end all."""
    plan_file, report = int(sys.argv[1]), int(sys.argv[2])
    with open(plan_file, encoding="utf-8", errors="surrogateescape") as file:
        plan = json.load(file)
    os.set_inheritable(report, False)
    libc = ctypes.CDLL(None, use_errno=True)
    if plan["user"] is not None:
        os.setgroups([])
        os.setresgid(*3 * (plan["user"],))
        os.setresuid(*3 * (plan["user"],))
    signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != plan["parent"]:
        return
    child = os.fork()
    if child == 0:
        try:
            _become(plan, libc)
        except OSError as error:
            os.write(report, f"E{error.errno}".encode())
        os._exit(127)
    for stream in (0, 1, 2):
        os.close(stream)
    os.write(report, f"X{os.waitpid(child, 0)[1]}".encode())
    os.killpg(0, signal.SIGKILL)


def _become(plan: dict, libc: ctypes.CDLL) -> None:  # type: ignore[type-arg]
    """Give up every right that the plan does not name, then execute its program. Raises OSError."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.chdir(plan["directory"])
    for kind, most in plan["limits"]:
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))
    network = 0 if plan["network"] else NETWORK
    ruleset = _call(libc, CREATE_RULESET, struct.pack("<QQQ", WRITE, network, SCOPES), 24, 0)
    for paths, rights in ((plan["read"], READ), (plan["write"], WRITE)):
        for path in paths:
            folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
            allowed = rights if os.path.isdir(path) else rights & OF_FILES
            _call(libc, ADD_RULE, ruleset, 1, struct.pack("<Qi", allowed, folder), 0)
            os.close(folder)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    _call(libc, RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    lines = bytes.fromhex(plan["filter"])
    kept = ctypes.create_string_buffer(lines, len(lines))
    program = struct.pack("<HxxxxxxQ", len(lines) // 8, ctypes.addressof(kept))
    if libc.prctl(PR_SET_SECCOMP, FILTER, program, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")
    # Not os.execvpe: that imports, and by now this interpreter's own library may be out of reach.
    name: str = plan["argv"][0]
    environment: dict[str, str] = plan["environment"]
    missing = OSError(errno.ENOENT, "no such program")
    places = [""] if "/" in name else environment["PATH"].split(":")
    for place in places:
        try:
            os.execve(os.path.join(place, name), plan["argv"], environment)
        except OSError as error:
            missing = missing if error.errno in (errno.ENOENT, errno.ENOTDIR) else error
    raise missing


def _call(libc: ctypes.CDLL, number: int, *arguments: int | bytes) -> int:
    """Make a system call that the C library has no function for. Raises OSError."""
    words = [ctypes.c_char_p(one) if isinstance(one, bytes) else ctypes.c_long(one) for one in arguments]
    result: int = libc.syscall(ctypes.c_long(number), *words)
    if result < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    return result


if __name__ == "__main__":
    main()
