"""The start of bubblewrap: the gate at which it waits for us, and what it says on its way there and after.

Comes in: the process, the number of the first one inside, and descriptors. What the job is, is not known here.
"""

import array
import contextlib
import fcntl
import os
import re
import select
import signal
import subprocess
import termios
import time

from specbuild.sandboxes.watchdog import read_at

START_S = 10.0
"""So long bubblewrap may take for each step of its start."""
TURN_S = 0.0002


def first_process(status: int) -> int | None:
    """Return the pid, as seen from here, of the first process inside; None if there is none in time."""
    report = b""
    until = time.monotonic() + START_S
    while b"\n" not in report:
        if not select.select([status], [], [], max(0.0, until - time.monotonic()))[0]:
            return None
        piece = os.read(status, 4096)
        if not piece:
            return None
        report += piece
    told = re.search(rb'"child-pid": (\d+)', report)
    return int(told[1]) if told else None


def waits_at(gate: int) -> bool:
    """Wait until the full pipe has room: bubblewrap has read from it, so all before it is set up. False if it ended."""
    poll = select.poll()
    poll.register(gate, select.POLLOUT)
    events = poll.poll(START_S * 1000)
    return bool(events) and not events[0][1] & select.POLLERR


def given_the_word(process: subprocess.Popen[bytes], first_pid: int) -> bool:
    """Let the program start, once the first process inside is bound to our life. False if there is no program to start.

    --die-with-parent is set on that process only after the gate. If we were killed just before, nothing would end it:
    so the program must wait for that. bubblewrap puts its filter on that process right after it, which can be seen.
    Killed before we give the word, we leave a shell whose input ends.
    """
    assert process.stdin is not None
    until = time.monotonic() + START_S
    while b"\nSeccomp:\t2" not in read_at("/proc", f"{first_pid}/status"):
        if process.poll() is not None or time.monotonic() > until:
            return False
        time.sleep(TURN_S)
    with contextlib.suppress(BrokenPipeError):
        os.write(process.stdin.fileno(), b"\n")
    unread = array.array("i", [1])
    while True:
        ended = process.poll() is not None
        fcntl.ioctl(process.stdin.fileno(), termios.FIONREAD, unread)
        if unread[0] == 0 or ended or time.monotonic() > until:
            return unread[0] == 0
        time.sleep(TURN_S)


def abandoned(process: subprocess.Popen[bytes], first_pid: int | None) -> bytes:
    """End a bubblewrap that is not to go on; return what it said. At the gate it is not yet bound to our life."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.1)
    if process.returncode is None:
        if first_pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(first_pid, signal.SIGKILL)
        process.kill()
    return process.communicate()[1]


def rest_of(status: int) -> bytes:
    """Return what is left of bubblewrap's report."""
    os.set_blocking(status, False)
    with contextlib.suppress(BlockingIOError):
        return os.read(status, 4096)
    return b""
