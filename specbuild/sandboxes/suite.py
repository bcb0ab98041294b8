"""Runs a project's whole test suite on a staged copy of it, held off from the machine, but not shut in as a job is.

A suite is generated code at work, so it never runs bare; and it starts programs, servers and sandboxes itself, so the
strict sandbox can't hold it. In bubblewrap it sees the machine read-only, without the persons' homes, without network,
with empty temporary folders, and the stage lies writable at the project's own path: an editable install and every path
mean the stage. What it could still do: read what all on the machine may read, fill the stage; started by root it stays
root with all rights in its own mount namespace, as tests of sandboxes need, and could undo what is read-only.
"""

import contextlib
import os
import pwd
import re
import select
import selectors
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import FileIO
from pathlib import Path
from typing import Literal, NamedTuple
from xml.parsers import expat

from specbuild.diagnostic import Diagnostic, Place
from specbuild.iteration import SuiteCounts

MOST_SECONDS = 3600.0
MOST_LOG_BYTES = 64 << 20
MOST_REPORT_BYTES = 64 << 20
LAST_LINES = 40
HOME = "/tmp/home"
REPORT = "/tmp/specbuild-report"
HIDDEN = ("/tmp", "/var/tmp", "/run", "/home", "/root")
"""Folders that are empty inside; so is the home of the person, wherever that is."""
PROC = 'mount -t proc proc /proc && exec "$@"'
"""As root bubblewrap covers parts of /proc; a kernel lets no user namespace mount a new one then (mount_too_revealing),
which the suite's own sandboxes have to."""
AFRESH = (
    "import os, signal, sys\n"
    "for one in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}: signal.signal(one, signal.SIG_DFL)\n"
    "os.execvp(sys.argv[1], sys.argv[1:])"
)
"""What we may have been started to ignore (interrupts, in the background of a script) a suite's tests send."""
TICK_S = 0.1
GROUP_ENDS_S = 5.0


class SuiteRun(NamedTuple):
    """How a suite ended. `passed` only if it exited with 0 and, where it is pytest, its report says the same; `why` is
    the first thing that kept it from that. `counts` is None where nothing counts. `last_lines` are those of the log.
    """

    passed: bool
    why: str
    counts: SuiteCounts | None
    ended: Literal["exited", "timeout", "cancelled"]
    exit_code: int | None
    wall_s: float
    last_lines: str


class Suite(NamedTuple):
    """What is to be run: `argv` ("python" at its head is the interpreter at `python`, as it is named outside) on the
    copy `stage` of the project at `root`, whose package lies in the folder `package` below it. All paths absolute.
    """

    argv: tuple[str, ...]
    python: str
    stage: str
    root: str
    package: str
    home: str = ""
    """The person's home, if it is not the one that the system knows."""
    most_s: float = MOST_SECONDS


class _Ended(NamedTuple):
    ended: Literal["exited", "timeout", "cancelled"]
    exit_code: int | None
    wall_s: float


def run_suite(
    suite: Suite, log: Path, *, bare: bool = False, cancelled: Callable[[], bool] = lambda: False
) -> SuiteRun | Diagnostic:
    """Run the suite; what it prints goes to the file `log`. Nothing that it started is left at the return.

    Before it, the package is imported once as any program would: SB852 if that is not the staged one. SB850 if
    bubblewrap does not start. `bare` is the person's own --sandbox=none: it runs as any program of theirs, in the
    stage.
    """
    with tempfile.TemporaryDirectory(prefix="specbuild-suite-", ignore_cleanup_errors=True) as place:
        shell = _bare(suite, place) if bare else _shut(suite, place)
        if isinstance(shell, Diagnostic):
            return shell
        fault = _other_package(suite, shell, Path(place, "import"), cancelled)
        if fault is not None:
            return fault
        counting = "pytest" in suite.argv
        words = (
            suite.python,
            "-I",
            "-S",
            "-c",
            AFRESH,
            *_words(suite),
            *((f"--junitxml={shell.report}/junit.xml",) if counting else ()),
        )
        done = _run(shell, words, shell.directory, log, suite.most_s, cancelled)
        counts = read_counts(Path(place, "report", "junit.xml")) if counting else None
        why = _failure(done, counts, counting=counting)
        return SuiteRun(not why, why, counts, done.ended, done.exit_code, done.wall_s, _last_lines(log))


def read_counts(report: Path) -> SuiteCounts | None:
    """Return what a report of tests in JUnit's XML counts; None if it is no such report. No entity is ever expanded."""
    raw = _regular(report, MOST_REPORT_BYTES)
    if not raw:
        return None
    found = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        if name == "testsuite":
            for each in found:
                found[each] += int(attributes.get(each, "0"))

    def refuse(*_: object) -> None:
        raise ValueError("a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(raw, True)
    except (expat.ExpatError, ValueError):
        return None
    failed = found["failures"] + found["errors"]
    passed = found["tests"] - failed - found["skipped"]
    return SuiteCounts(passed, failed, found["skipped"]) if min(passed, *found.values()) >= 0 else None


class _Shell(NamedTuple):
    """How a program is started: bubblewrap and its options (none: bare), its environment, and the project's and the
    report's folder as it knows them."""

    options: tuple[str, ...]
    environment: Mapping[str, str]
    directory: str
    report: str


def _shut(suite: Suite, place: str) -> _Shell | Diagnostic:
    program = shutil.which("bwrap", path="/usr/bin:/bin:/usr/local/bin")
    if program is None:
        return _no_sandbox("bwrap is not installed (the package is called bubblewrap)")
    os.mkdir(f"{place}/report")
    environment = _environment(suite, HOME)
    options = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--die-with-parent", "--new-session"]
    as_root = os.geteuid() == 0
    options += ["--cap-add", "ALL"] if as_root else ["--unshare-user"]
    options += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    hidden = _hidden(suite)
    for folder in hidden:
        options += ["--perms", "1777" if folder.endswith("tmp") else "755", "--tmpfs", folder]
    options += ["--dir", HOME, "--bind", f"{place}/report", REPORT, "--bind", suite.stage, suite.root]
    for kind, source, inside in _of_python(suite, hidden):
        options += [kind, source, inside]
    shell = _Shell((program, *options), environment, suite.root, REPORT)
    log = Path(place, "start")
    done = _run(shell, ("true",), "/", log, 60.0, lambda: False)
    return (
        shell if done.exit_code == 0 else _no_sandbox(_last_lines(log, 1).strip() or f"it ended with {done.exit_code}")
    )


def _bare(suite: Suite, place: str) -> _Shell:
    for name in ("home", "report"):
        os.mkdir(f"{place}/{name}")
    above = os.path.dirname(f"{suite.stage}/{suite.package}")
    environment = {**_environment(suite, f"{place}/home"), "PYTHONPATH": above}
    return _Shell((), environment, suite.stage, f"{place}/report")


def _environment(suite: Suite, home: str) -> dict[str, str]:
    programs = os.path.dirname(os.path.abspath(suite.python))
    return {
        "CI": "true",
        "HOME": home,
        "LANG": "C.UTF-8",
        "PATH": ":".join(dict.fromkeys((programs, "/usr/local/bin", "/usr/bin", "/bin"))),
        "TZ": "UTC",
    }


def _hidden(suite: Suite) -> list[str]:
    """Return the folders to be emptied: none that lies in another one, none that holds the whole system."""
    homes = [suite.home, os.environ.get("HOME", "")]
    with contextlib.suppress(KeyError):
        homes.append(pwd.getpwuid(os.getuid()).pw_dir)
    found: list[str] = []
    for folder in sorted({os.path.realpath(one) for one in (*HIDDEN, *homes) if one.startswith("/")}):
        system = any(_lies_in(one, folder) for one in ("/usr", "/bin", "/dev", "/proc", "/etc"))
        if os.path.isdir(folder) and not system and not any(_lies_in(folder, one) for one in found):
            found.append(folder)
    return found


def _of_python(suite: Suite, hidden: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the mounts without which the interpreter would be hidden: its environment, its installation, the links
    between them. What lies in the project is shown read-only, whatever the stage has there."""
    link, covered = os.path.abspath(suite.python), [*hidden, os.path.realpath(suite.root)]
    environment = os.path.dirname(os.path.dirname(link))
    prefixes = [os.path.dirname(os.path.dirname(os.path.realpath(link)))]
    if os.path.isfile(f"{environment}/pyvenv.cfg"):
        prefixes.insert(0, environment)
    if os.path.isdir(f"{suite.root}/.venv"):
        prefixes.insert(0, f"{suite.root}/.venv")
    shown: list[str] = []
    for prefix in prefixes:
        # An installation whose prefix is a whole home, or the project itself, shows no more than was hidden.
        if any(_lies_in(prefix, one) and prefix != one for one in covered) and prefix not in shown:
            shown.append(prefix)
            yield "--ro-bind", prefix, prefix
    while os.path.islink(link):
        target = os.readlink(link)
        if any(_lies_in(link, one) for one in hidden) and not any(_lies_in(link, one) for one in (*shown, suite.root)):
            yield "--symlink", target, link
        link = os.path.normpath(os.path.join(os.path.dirname(link), target))


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _words(suite: Suite) -> tuple[str, ...]:
    head, *rest = suite.argv
    return (suite.python if head == "python" else head, *rest)


def _other_package(suite: Suite, shell: _Shell, log: Path, cancelled: Callable[[], bool]) -> Diagnostic | None:
    """Import the package as any program would, from a folder that is not the project's; SB852 if it is another one."""
    name = suite.package.rpartition("/")[2]
    program = f"import {name}; print({name}.__file__)"
    done = _run(shell, (suite.python, "-c", program), "/", log, 60.0, cancelled)
    told = _last_lines(log, 3).strip()
    if done.exit_code == 0 and _lies_in(told.rpartition("\n")[2], f"{shell.directory}/{suite.package}"):
        return None
    if done.ended == "cancelled":
        return None
    found = f"`import {name}` " + ("ended with: " if done.exit_code else "took ") + (told or "nothing")
    return Diagnostic(
        "SB852", f"the tests would not see the package {suite.package} as it was staged", Place(suite.package),
        found, "install the project in its environment so that it is used in place: pip install -e .",
    )  # fmt: skip


def _run(
    shell: _Shell, words: Sequence[str], directory: str, log: Path, most_s: float, cancelled: Callable[[], bool]
) -> _Ended:
    """Run one program and wait for the last process of it; both its streams go to `log`, as far as that may grow."""
    started = time.monotonic()
    ended: Literal["exited", "timeout", "cancelled"] = "exited"
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(open(log, "wb", 0))
        process, pipe, first = _started(shell, words, directory, stack)
        selector = stack.enter_context(selectors.DefaultSelector())
        selector.register(pipe, selectors.EVENT_READ)
        left = MOST_LOG_BYTES
        try:
            while process.poll() is None and ended == "exited":
                if selector.select(TICK_S):
                    piece = pipe.read(1 << 16)
                    if piece == b"":  # it closed its streams and goes on
                        selector.unregister(pipe)
                    left -= file.write((piece or b"")[:left])
                if time.monotonic() - started > most_s:
                    ended = "timeout"
                elif cancelled():
                    ended = "cancelled"
        finally:
            _kill(process, first)
        while piece := pipe.read(1 << 16):  # all who could write are dead
            left -= file.write(piece[:left])
    return _Ended(ended, process.returncode if ended == "exited" else None, time.monotonic() - started)


def _started(
    shell: _Shell, words: Sequence[str], directory: str, stack: contextlib.ExitStack
) -> "tuple[subprocess.Popen[bytes], FileIO, int | None]":
    """Start a program; return it, what it prints, and a descriptor of the first process in its namespace, if it has
    one."""
    reading, writing = (stack.enter_context(FileIO(end, mode)) for end, mode in zip(os.pipe(), "rw", strict=True))
    told, telling = (stack.enter_context(FileIO(end, mode)) for end, mode in zip(os.pipe(), "rw", strict=True))
    before: tuple[str, ...] = ()
    if shell.options:
        # As root a /proc that is covered nowhere comes first.
        root = ("/bin/sh", "-c", PROC, "sh") if os.geteuid() == 0 else ()
        before = (*shell.options, "--info-fd", str(telling.fileno()), "--chdir", directory, "--", *root)
    process = subprocess.Popen(
        [*before, *words],
        env=dict(shell.environment),  # bubblewrap's own too: its first process inside shows what it has
        cwd="/" if shell.options else directory,
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=writing,
        pass_fds=(telling.fileno(),) if shell.options else (),
        start_new_session=True,
    )
    writing.close()
    telling.close()
    os.set_blocking(reading.fileno(), False)
    report = b""
    while shell.options and b"}" not in report and (piece := told.read(4096)):
        report += piece
    first = re.search(rb'"child-pid": (\d+)', report)
    descriptor = None
    with contextlib.suppress(ProcessLookupError):  # it may be over already
        descriptor = os.pidfd_open(int(first[1])) if first else None
    if descriptor is not None:
        stack.callback(os.close, descriptor)
    return process, reading, descriptor


def _kill(process: "subprocess.Popen[bytes]", first: int | None) -> None:
    """Kill all that the program started: with the first process of a namespace goes every other one in it."""
    if first is not None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(first, signal.SIGKILL)
        select.select([first], [], [])
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        until = time.monotonic() + GROUP_ENDS_S
        while time.monotonic() < until:  # until the last one of the group is gone
            os.killpg(process.pid, signal.SIGKILL)
            time.sleep(TICK_S / 10)
    process.wait()


def _failure(done: _Ended, counts: SuiteCounts | None, *, counting: bool) -> str:
    """Return why a suite did not pass, "" if it did. An exit with 0 that left no report proves nothing."""
    if done.ended == "timeout":
        return f"it took more than {done.wall_s:.0f} s"
    if done.ended == "cancelled":
        return "it was interrupted"
    if counts is not None and counts.failed:
        return f"{counts.failed} of {counts.passed + counts.failed} tests failed"
    if done.exit_code:
        return f"it ended with exit status {done.exit_code}"
    if counting and (counts is None or not counts.passed):
        return "it ended without a report of tests that passed"
    return ""


def _regular(file: Path, most: int) -> bytes | None:
    """Return the bytes of a file that the suite left: no link is followed, no pipe waited for."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    seen = os.fstat(descriptor)
    if not stat.S_ISREG(seen.st_mode) or seen.st_size > most:
        os.close(descriptor)
        return None
    with open(descriptor, "rb") as opened:
        return opened.read(most)


def _last_lines(log: Path, most: int = LAST_LINES) -> str:
    with open(log, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 200 * most))
        lines = file.read().decode("utf-8", "replace").splitlines()[-most:]
    return "".join(f"{line}\n" for line in lines)


def _no_sandbox(reason: str) -> Diagnostic:
    return Diagnostic(
        "SB850", "the tests of generated code run in bubblewrap only, and it does not start", why=reason,
        hint="install the package bubblewrap, or say --sandbox=none for code that you have read",
    )  # fmt: skip
