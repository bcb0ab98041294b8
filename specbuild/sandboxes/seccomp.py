"""A seccomp filter, assembled here: which system calls a program inside can make. No library is needed.

`filter_program` returns classic BPF for the processor that it is made for. A call that a shut-in program has no use
for answers EPERM, or ENOSYS where programs then fall back to something older; a foreign instruction set kills the
program. Sources: linux/filter.h, linux/seccomp.h, linux/audit.h and the tables of system calls (x86_64:
syscall_64.tbl, aarch64: asm-generic/unistd.h).
"""

import errno
import struct
from typing import NamedTuple

EVERYWHERE = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "clone3": 435, "pidfd_getfd": 438,
    "process_madvise": 440, "mount_setattr": 442, "quotactl_fd": 443, "memfd_secret": 447, "fchmodat2": 452,
    "statmount": 457, "listmount": 458, "setxattrat": 463, "removexattrat": 466, "open_tree_attr": 467, "file_setattr":
    469,
}  # fmt: skip
"""Calls that came after 2019 have one number on all processors."""


class Processor(NamedTuple):
    """`audit`: AUDIT_ARCH_* of linux/audit.h; `calls`: name → number; from `foreign_bit` on they mean others."""

    audit: int
    calls: dict[str, int]
    foreign_bit: int | None


PROCESSORS = {
    "x86_64": Processor(
        0xC000003E,
        {
            **EVERYWHERE,
            "ioctl": 16, "shmget": 29, "socket": 41, "socketpair": 53, "clone": 56, "semget": 64, "msgget": 68,
            "chmod": 90, "chown": 92, "lchown": 94, "ptrace": 101, "syslog": 103, "setpgid": 109, "setsid": 112,
            "utime": 132, "vhangup": 153, "modify_ldt": 154, "pivot_root": 155, "adjtimex": 159, "chroot": 161, "acct":
            163, "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168, "reboot": 169,
            "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173, "init_module": 175, "delete_module":
            176, "quotactl": 179, "setxattr": 188, "lsetxattr": 189, "removexattr": 197, "lremovexattr": 198,
            "lookup_dcookie": 212, "clock_settime": 227, "utimes": 235, "mq_open": 240, "kexec_load": 246, "add_key":
            248, "request_key": 249, "keyctl": 250, "migrate_pages": 256, "fchownat": 260, "futimesat": 261,
            "fchmodat": 268, "unshare": 272, "vmsplice": 278, "move_pages": 279, "utimensat": 280, "perf_event_open":
            298, "fanotify_init": 300, "name_to_handle_at": 303, "open_by_handle_at": 304, "clock_adjtime": 305,
            "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313,
            "memfd_create": 319, "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
        },
        0x40000000,  # x32
    ),
    "aarch64": Processor(
        0xC00000B7,
        {
            **EVERYWHERE,
            "setxattr": 5, "lsetxattr": 6, "removexattr": 14, "lremovexattr": 15, "lookup_dcookie": 18, "ioctl": 29,
            "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "fchmodat": 53, "fchownat": 54, "vhangup": 58,
            "quotactl": 60, "vmsplice": 75, "utimensat": 88, "acct": 89, "unshare": 97, "kexec_load": 104,
            "init_module": 105, "delete_module": 106, "clock_settime": 112, "syslog": 116, "ptrace": 117, "reboot": 142,
            "setpgid": 154, "setsid": 157, "sethostname": 161, "setdomainname": 162, "settimeofday": 170, "adjtimex":
            171, "mq_open": 180, "msgget": 186, "semget": 190, "shmget": 194, "socket": 198, "socketpair": 199,
            "add_key": 217, "request_key": 218, "keyctl": 219, "clone": 220, "swapon": 224, "swapoff": 225,
            "migrate_pages": 238, "move_pages": 239, "perf_event_open": 241, "fanotify_init": 262, "name_to_handle_at":
            264, "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268, "process_vm_readv": 270,
            "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "memfd_create": 279, "bpf": 280, "userfaultfd":
            282, "kexec_file_load": 294,
        },
        None,
    ),
}  # fmt: skip
"""The processors for which there is a table. On any other the sandbox is not available."""

REFUSED = (
    # other processes, other namespaces, the kernel itself
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd", "unshare", "setns",
    "chroot", "pivot_root", "mount", "umount2", "open_tree", "open_tree_attr", "move_mount", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "statmount", "listmount", "name_to_handle_at", "open_by_handle_at",
    "quotactl", "quotactl_fd", "swapon", "swapoff", "acct", "reboot", "sethostname", "setdomainname", "init_module",
    "finit_module", "delete_module", "kexec_load", "kexec_file_load", "iopl", "ioperm", "modify_ldt", "settimeofday",
    "clock_settime", "clock_adjtime", "adjtimex", "syslog", "lookup_dcookie", "vhangup", "fanotify_init", "add_key",
    "request_key", "keyctl", "perf_event_open", "bpf", "userfaultfd", "migrate_pages", "move_pages", "vmsplice",
)  # fmt: skip
"""Answered with EPERM."""

ABSENT = (
    # clone3 keeps its flags behind a pointer, where a filter can't look; io_uring does what other calls do, unfiltered
    "clone3", "io_uring_setup", "io_uring_enter", "io_uring_register",
    # memory that counts for no process: no limit of ours would see it
    "memfd_create", "memfd_secret", "shmget", "msgget", "semget", "mq_open",
)  # fmt: skip
"""Answered with ENOSYS, so that a program takes the older way."""

OUTSIDE_METADATA = (
    "chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "setxattr", "lsetxattr", "setxattrat",
    "removexattr", "lremovexattr", "removexattrat", "utime", "utimes", "futimesat", "utimensat", "file_setattr",
)  # fmt: skip
"""Changes of a file's metadata by its path, which Landlock does not govern: refused where that stands alone."""

LEAVING_THE_GROUP = ("setsid", "setpgid")
"""Refused where the process group is what everything is killed by."""

AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
CLONE_NEW = 0x7E020080
"""CLONE_NEWTIME | NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET (linux/sched.h)."""
TERMINAL_INPUT = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX put characters into a terminal's input (CVE-2017-5226, CVE-2023-28100)."""

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST, SECOND = 0, 4, 16, 24
"""Offsets in struct seccomp_data; of an argument the lower half, which comes first on both processors."""
KILL, ERROR, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000


def filter_program(machine: str, *, families: tuple[int, ...], also_refused: tuple[str, ...] = ()) -> bytes:
    """Return the filter for processor `machine` ("x86_64", "aarch64") as an array of struct sock_filter.

    Sockets can be made of the address `families` only (pairs of AF_UNIX always). Raises KeyError for another processor.
    """
    processor = PROCESSORS[machine]
    calls = processor.calls
    lines = [
        _line(LOAD, ARCHITECTURE),
        _line(EQUAL, processor.audit, 1, 0),
        _line(RETURN, KILL),
        _line(LOAD, NUMBER),
    ]
    if processor.foreign_bit is not None:
        lines += [_line(AT_LEAST, processor.foreign_bit, 0, 1), _line(RETURN, KILL)]
    for names, error in ((REFUSED + also_refused, errno.EPERM), (ABSENT, errno.ENOSYS)):
        for name in names:
            if name in calls:
                lines += [_line(EQUAL, calls[name], 0, 1), _line(RETURN, ERROR | error)]
    lines += _argument_in(calls["socket"], FIRST, families, errno.EAFNOSUPPORT)
    lines += _argument_in(calls["socketpair"], FIRST, (AF_UNIX,), errno.EAFNOSUPPORT)
    lines += [
        _line(EQUAL, calls["clone"], 0, 4),
        _line(LOAD, FIRST),
        _line(ANY_BIT, CLONE_NEW, 0, 1),
        _line(RETURN, ERROR | errno.EPERM),
        _line(RETURN, ALLOW),
        _line(EQUAL, calls["ioctl"], 0, 5),
        _line(LOAD, SECOND),
        _line(EQUAL, TERMINAL_INPUT[0], 1, 0),
        _line(EQUAL, TERMINAL_INPUT[1], 0, 1),
        _line(RETURN, ERROR | errno.EPERM),
        _line(RETURN, ALLOW),
        _line(RETURN, ALLOW),
    ]
    return b"".join(lines)


def _argument_in(call: int, offset: int, allowed: tuple[int, ...], error: int) -> list[bytes]:
    """Return the lines that let `call` through with one of the `allowed` values only; other calls go on behind them."""
    checks = [_line(EQUAL, value, len(allowed) - at, 0) for at, value in enumerate(allowed)]
    return [
        _line(EQUAL, call, 0, len(allowed) + 3),
        _line(LOAD, offset),
        *checks,
        _line(RETURN, ERROR | error),
        _line(RETURN, ALLOW),
    ]


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)
