"""What generated code could try: each attack first succeeds where the one protection is missing, and fails inside.

A control never runs bare: read, write and connect attacks run in a bubblewrap that shows the machine read-only but
shuts nothing else; resource attacks run in the sandbox itself under loose limits. All is done as an ordinary user and,
if the tests run as root, as root. A sandbox that does not start fails these tests: nothing is skipped.
"""

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ATTACKS = "attacks"
CANARY = "canary-5d1f0c"
ORDINARY = 54321 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""An ordinary user's id for tests that run as root; it has no name and owns nothing. Each test worker has one of its
own: the kernel's bound on processes counts all that a user runs, a neighbour's too."""
USERS = ("user", "root") if os.geteuid() == 0 else ("user",)
MIB = 1 << 20
STRICT = {
    "wall_s": 5,
    "memory_bytes": 1024 * MIB,
    "processes": 64,
    "file_bytes": 16 * MIB,
    "disk_bytes": 32 * MIB,
    "output_bytes": MIB,
}
"""The bounds inside. An attack on a bound is proven by a control with a looser one."""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="these are Linux's sandboxes; seatbelt was never run by these tests"
)


class Place:
    """A folder that every user can read, with the sandbox's code, the attacks, and a home to be protected."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.python = _python_for_all()
        package = top / "package" / "specbuild"
        shutil.copytree(
            ROOT / "specbuild" / "sandboxes", package / "sandboxes", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copy(ROOT / "specbuild" / "sandbox.py", package)
        (package / "__init__.py").touch()
        shutil.copytree(ROOT / "tests" / "attacks", top / ATTACKS, ignore=shutil.ignore_patterns("__pycache__"))
        self.snapshot = top / ATTACKS
        self.package = package.parent
        self.temporary = top / "tmp"
        self.temporary.mkdir()
        self.temporary.chmod(0o1777)

    def home(self, user: str) -> Path:
        """Make a new home with a key in it, owned by `user`."""
        home = Path(tempfile.mkdtemp(dir=self.top, prefix="home-"))
        (home / ".ssh").mkdir()
        (home / ".ssh" / "id").write_text(CANARY)
        (home / "there").write_text("there")
        if os.geteuid() == 0:
            for path in (home, home / ".ssh", home / ".ssh" / "id", home / "there"):
                os.chown(path, *(2 * [_id_of(user)]))
        return home

    def as_user(self, user: str) -> dict[str, Any]:
        """Return what makes subprocess start something as `user`, with the canary in its environment."""
        identity = (
            {"user": ORDINARY, "group": ORDINARY, "extra_groups": []} if os.geteuid() == 0 and user == "user" else {}
        )
        return {
            "cwd": "/",
            **identity,
            "env": {"PATH": "/usr/bin:/bin", "SECRET": CANARY, "TMPDIR": str(self.temporary)},
        }

    def inside(self, user: str, sandbox: str, attack: str, *args: str, **job: Any) -> dict[str, Any]:
        """Run an attack in `sandbox` and return what came of it."""
        asked = {
            "argv": ["/usr/bin/python3", f"/job/snapshot/{attack}.py", *args],
            "snapshot": str(self.snapshot), "limits": STRICT, "cwd": "/job/work", **job,
        }  # fmt: skip
        return self.run(user, sandbox, asked)

    def run(self, user: str, sandbox: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Run a job given as JSON and return its result, with its streams as text."""
        done = subprocess.run(
            [self.python, "-B", str(self.snapshot / "runner.py"), str(self.package), sandbox],
            input=json.dumps(asked), text=True, capture_output=True, timeout=60, check=False, **self.as_user(user),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        for stream in ("stdout", "stderr"):
            if stream in told:
                told[stream] = base64.b64decode(told[stream]).decode()
        return told

    def control(self, user: str, attack: str, *args: str, bwrap: tuple[str, ...] = ()) -> str:
        """Run an attack where only the machine's files are protected from it, and return what it printed."""
        scratch = Path(tempfile.mkdtemp(dir=self.top, prefix="scratch-"))
        scratch.chmod(0o777)
        argv = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--bind", str(scratch), str(scratch), *bwrap]
        argv += [
            "--die-with-parent",
            "--chdir",
            str(scratch),
            "/usr/bin/python3",
            str(self.snapshot / f"{attack}.py"),
            *args,
        ]
        done = subprocess.run(argv, text=True, capture_output=True, timeout=20, check=False, **self.as_user(user))
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    top = Path(tempfile.mkdtemp(prefix="specbuild-attacks-"))
    top.chmod(0o755)
    yield Place(top)
    shutil.rmtree(top)


@pytest.fixture(params=USERS)
def user(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=("bubblewrap", "landlock"))
def sandbox(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_sandbox_starts_here(place: Place, user: str, sandbox: str) -> None:
    told = place.run(user, sandbox, {"argv": ["true"], "available": True})
    assert told.get("exit_code") == 0, told


def test_an_innocent_program_passes(place: Place, user: str, sandbox: str) -> None:
    work = Path(tempfile.mkdtemp(dir=place.top, prefix="work-"))
    (work / "given.txt").write_text("given")
    if os.geteuid() == 0:
        os.chown(work, *(2 * [_id_of(user)]))
    without = ("--no-loopback", "--no-metadata") if sandbox == "landlock" else ()
    told = place.inside(user, sandbox, "innocent", "an argument", *without, stdin="in", work=str(work))
    assert told["ended"] == "exited" and told["exit_code"] == 0, told
    assert told["stdout"].endswith("innocent\n")
    assert sorted(path.name for path in work.iterdir()) == ["given.txt", "here.txt"]
    if sandbox == "bubblewrap":
        assert '"cwd": "/job/work"' in told["stdout"]


def test_the_environment_is_clean(place: Place, user: str, sandbox: str) -> None:
    assert "SUCCEEDED" in place.control(user, "environment", CANARY[::-1])
    fails(place.inside(user, sandbox, "environment", CANARY[::-1]))


def test_a_key_is_not_read(place: Place, user: str, sandbox: str) -> None:
    key = str(place.home(user) / ".ssh" / "id")
    assert "SUCCEEDED" in place.control(user, "read_file", key, CANARY)
    fails(place.inside(user, sandbox, "read_file", key, CANARY))


def test_nothing_is_written_outside(place: Place, user: str, sandbox: str) -> None:
    loose = place.home(user)
    told = place.control(user, "write_file", str(loose), bwrap=("--bind", str(loose), str(loose)))
    assert told.count("SUCCEEDED") >= 4, told
    home = place.home(user)
    before = _state(home)
    fails(place.inside(user, sandbox, "write_file", str(home)))
    assert _state(home) == before


def test_the_core_pattern_is_not_written(place: Place, user: str, sandbox: str) -> None:
    if user == "root":  # an ordinary user never can; what it already holds is what is written
        assert "SUCCEEDED" in place.control(user, "core_pattern", bwrap=("--dev-bind", "/proc", "/proc"))
    fails(place.inside(user, sandbox, "core_pattern"))


@pytest.mark.parametrize("kind", ["tcp", "udp", "dns", "unix", "abstract"])
def test_no_server_of_the_machine_is_reached(place: Place, user: str, sandbox: str, kind: str) -> None:
    with _server(kind, place.top) as (address, reached):
        assert "SUCCEEDED" in place.control(user, "connect", kind, address, CANARY)
        assert reached.is_set()
        reached.clear()
        fails(place.inside(user, sandbox, "connect", kind, address, CANARY))
        assert not reached.is_set()


@pytest.mark.parametrize("family", ["vsock", "netlink"])
def test_no_other_family_of_sockets_is_there(place: Place, user: str, sandbox: str, family: str) -> None:
    assert "SUCCEEDED" in place.control(user, "family", family)
    fails(place.inside(user, sandbox, "family", family))


CALLS = {
    "io_uring": ("425", "1", "0"),
    "unshare a user namespace": ("272", "0x10000000"),
    "mount": ("165", "0", "0", "0", "0", "0"),
    "userfaultfd": ("323", "1"),
    "memfd": ("319", "0", "0"),
    "add_key": ("248", "0", "0", "0", "0", "0"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_kernel_refuses_what_is_not_needed(place: Place, user: str, sandbox: str, call: tuple[str, ...]) -> None:
    if os.uname().machine != "x86_64":
        call = (AARCH64[call[0]], *call[1:])
    told = place.inside(user, sandbox, "calls", *call)
    fails(told)
    assert "refused" in told["stdout"]
    if call[0] not in ("165", "40", "323", "282"):  # the two that the control's user may not do either
        assert "SUCCEEDED" in place.control(user, "calls", *call)


AARCH64 = {"425": "425", "272": "97", "165": "40", "323": "282", "319": "279", "248": "217"}


def test_a_fork_bomb_stops_at_the_bound(place: Place, user: str, sandbox: str) -> None:
    # bubblewrap's bound is the kernel's; under Landlock a watchdog counts for root: many may come between two looks.
    wanted = 100 if sandbox == "bubblewrap" else 800
    loose = place.inside(user, sandbox, "forks", str(wanted), limits=loosely(processes=wanted + 50))
    assert "SUCCEEDED" in loose["stdout"], loose
    told = place.inside(user, sandbox, "forks", str(wanted))
    fails(told)
    made = int(told["stdout"].split()[-1])
    assert 20 < made <= (64 if sandbox == "bubblewrap" else wanted - 1), told


def test_memory_of_many_processes_counts_together(place: Place, user: str) -> None:
    loose = place.inside(user, "bubblewrap", "memory", "2", "520", limits=loosely(memory_bytes=1500 * MIB))
    assert "SUCCEEDED" in loose["stdout"], loose
    told = place.inside(user, "bubblewrap", "memory", "10", "700")
    fails(told)
    assert told["ended"] == "memory", told


def test_shared_memory_counts_too(place: Place, user: str, sandbox: str) -> None:
    loose = place.inside(user, sandbox, "memory", "2", "120", "shared", limits=loosely(memory_bytes=600 * MIB))
    assert "SUCCEEDED" in loose["stdout"], loose
    told = place.inside(user, sandbox, "memory", "10", "700", "shared", limits={**STRICT, "memory_bytes": 200 * MIB})
    fails(told)
    assert told["ended"] == "memory", told


def test_an_endless_loop_that_ignores_signals_ends(place: Place, user: str, sandbox: str) -> None:
    loose = place.inside(user, sandbox, "endless", "0.4")
    assert "SUCCEEDED" in loose["stdout"], loose
    told = place.inside(user, sandbox, "endless", "1000", limits={**STRICT, "wall_s": 0.3})
    fails(told)
    assert told["ended"] == "timeout" and told["wall_s"] < 2


def test_processor_time_is_bounded(place: Place, user: str, sandbox: str) -> None:
    told = place.inside(user, sandbox, "endless", "1000", limits={**STRICT, "cpu_s": 1})
    fails(told)
    assert told["ended"] == "exited" and told["signal"] == signal.SIGKILL


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_four_gibibytes_of_output_are_cut_off(place: Place, user: str, sandbox: str, stream: str) -> None:
    loose = place.inside(user, sandbox, "output", "8", stream, limits=loosely(output_bytes=9 * MIB))
    assert "SUCCEEDED" in loose["stdout"] and loose["ended"] == "exited"
    told = place.inside(user, sandbox, "output", "4096", stream)
    fails(told)
    assert told["ended"] == "output" and len(told["stdout"] + told["stderr"]) == MIB and told["wall_s"] < 3


@pytest.mark.parametrize(
    ("way", "amount", "loose"),
    [
        ("one", 20, {"file_bytes": 30 * MIB}),
        ("sparse", 20, {"file_bytes": 30 * MIB}),
        ("many", 80, {"disk_bytes": 100 * MIB}),
    ],
)
def test_a_disk_is_not_filled(place: Place, user: str, way: str, amount: int, loose: dict[str, int]) -> None:
    told = place.inside(
        user, "bubblewrap", "disk", way, str(amount), limits=loosely(**{"disk_bytes": 100 * MIB, **loose})
    )
    assert "SUCCEEDED" in told["stdout"], told
    told = place.inside(user, "bubblewrap", "disk", way, str(amount))
    # /dev/shm has a bound of its own, which is a part of what the sandbox may use
    assert [line for line in told["stdout"].splitlines() if "SUCCEEDED" in line and "/dev/shm" not in line] == [], told


def test_empty_files_are_bounded_too(place: Place, user: str) -> None:
    assert "SUCCEEDED" in place.inside(user, "bubblewrap", "disk", "empty", "1")["stdout"]
    told = place.inside(user, "bubblewrap", "disk", "empty", "1000")
    fails(told)
    assert told["ended"] == "disk"


def test_a_daemon_dies_with_its_sandbox(place: Place, user: str, sandbox: str) -> None:
    mark = f"mark-{os.getpid()}-{user}-{sandbox}"
    look = f"for file in /proc/[0-9]*/cmdline; do grep -q {mark} $file && echo $file; done"
    alone = f"python3 /job/snapshot/daemon.py {mark}; {look}"
    if sandbox == "bubblewrap":  # inside, before its end, the daemon is there
        told = place.inside(user, sandbox, "daemon", argv=["sh", "-c", f"{alone} | grep -v $$ | head -1"])
        assert "/proc/" in told["stdout"], told
    told = place.inside(user, sandbox, "daemon", mark)
    assert told["ended"] == "exited", told
    assert _marked(mark) == []


def test_nothing_outlives_a_killed_supervisor(place: Place, user: str, sandbox: str) -> None:
    for protected in (False, True):
        mark = f"mark-{os.getpid()}-{user}-{sandbox}-{protected}"
        if protected:
            argv = [place.python, "-B", str(place.snapshot / "runner.py"), str(place.package), sandbox]
        else:  # the control: a bubblewrap that is not bound to the life of who started it
            waiting = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--unshare-pid", "/usr/bin/python3"]
            waiting += [str(place.snapshot / "wait.py"), mark]
            argv = [place.python, "-c", f"import subprocess; subprocess.run({waiting!r})"]
        supervisor = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, **place.as_user(user)
        )
        assert supervisor.stdin is not None
        job = {
            "argv": ["/usr/bin/python3", "/job/snapshot/wait.py", mark],
            "snapshot": str(place.snapshot),
            "limits": {"wall_s": 60},
        }
        supervisor.stdin.write(json.dumps(job))
        supervisor.stdin.close()
        inside = _until(lambda mark=mark: len(_marked(mark, "wait.py")) >= 2)
        assert inside, "nothing started"
        supervisor.kill()
        supervisor.wait()
        if protected:
            assert _until(lambda mark=mark: not _marked(mark)), "something outlived its supervisor"
        else:
            assert not _until(lambda mark=mark: not _marked(mark), 0.3), "the control does not work"
            for pid in _marked(mark):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def test_no_moment_of_a_start_lets_a_program_outlive_its_supervisor(place: Place, user: str) -> None:
    mark = f"mark-{os.getpid()}-{user}-moments"
    job = {
        "argv": ["/usr/bin/python3", "/job/snapshot/wait.py", mark],
        "snapshot": str(place.snapshot),
        "limits": {"wall_s": 60},
    }
    for step in range(30):
        argv = [place.python, "-B", str(place.snapshot / "runner.py"), str(place.package), "bubblewrap"]
        supervisor = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, **place.as_user(user)
        )
        assert supervisor.stdin is not None
        supervisor.stdin.write(json.dumps(job))
        supervisor.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            supervisor.wait(0.03 + 0.003 * step)
        supervisor.kill()
        supervisor.wait()
    assert _until(lambda: not _marked(mark, "wait.py")), "a program outlived its supervisor"
    # A fault that we know and keep: in its first 0.3 ms a process of bubblewrap can be left waiting. It runs nothing.
    for pid in _marked(mark):
        os.kill(pid, signal.SIGKILL)


def test_a_sandbox_that_does_not_start_is_not_a_program_that_fails(place: Place, user: str, sandbox: str) -> None:
    missing = place.run(user, sandbox, {"argv": ["no-such-program"]})
    assert missing["kind"] == "command" and "no-such-program" in missing["reason"]
    assert "exit_code" not in missing
    failing = place.run(user, sandbox, {"argv": ["false"]})
    assert failing["exit_code"] == 1 and failing["ended"] == "exited"


def loosely(**limits: int) -> dict[str, int]:
    """Return the bounds of a control: looser in `limits`, and in time, so that a busy machine is no hindrance."""
    return {**STRICT, "wall_s": 30, **limits}


def fails(told: dict[str, Any]) -> None:
    """Check that an attack ran and did not succeed."""
    assert "reason" not in told, told
    assert "SUCCEEDED" not in told["stdout"], told


def _python_for_all() -> str:
    """Return a Python that an ordinary user can start: ours, or the system's."""
    identity: dict[str, Any] = {"user": ORDINARY, "group": ORDINARY, "extra_groups": []} if os.geteuid() == 0 else {}
    for python in (os.path.realpath(sys.executable), "/usr/bin/python3"):
        with contextlib.suppress(OSError):
            if (
                subprocess.run(
                    [python, "-c", "import ssl"], cwd="/", capture_output=True, check=False, **identity
                ).returncode
                == 0
            ):
                return python
    raise AssertionError("no Python that an ordinary user can start")


def _id_of(user: str) -> int:
    return ORDINARY if user == "user" else 0


def _state(home: Path) -> list[tuple[object, ...]]:
    """Return names, contents, modes and times of all that is in `home`."""
    return [
        (path.name, path.lstat().st_mode, path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in sorted(home.rglob("*"))
    ]


def _marked(mark: str, program: str = "") -> list[int]:
    """Return the processes of this machine whose command line has the word `mark`, if given only those of `program`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().split(b"\0")
            if mark.encode() in words and (not program or program.encode() in b"".join(words[1:2])):
                found.append(int(path.parent.name))
    return found


def _until(condition: Callable[[], Any], most_s: float = 10.0) -> Any:
    """Ask until `condition` holds, at most for `most_s`; return its last answer."""
    until = time.monotonic() + most_s
    turn = threading.Event()
    while not (answer := condition()) and time.monotonic() < until:
        turn.wait(0.01)
    return answer


@contextlib.contextmanager
def _server(kind: str, top: Path) -> Iterator[tuple[str, threading.Event]]:
    """Serve the canary on this machine; give the address and what is set when somebody asks."""
    reached = threading.Event()
    datagrams = kind in ("udp", "dns")
    with socket.socket(
        socket.AF_UNIX if kind in ("unix", "abstract") else socket.AF_INET,
        socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM,
    ) as server:
        name = f"s{os.getpid()}{time.monotonic_ns()}"
        address: Any = {"unix": str(top / name), "abstract": "\0" + name}.get(kind, ("127.0.0.1", 0))
        server.bind(address)
        if kind == "unix":
            os.chmod(address, 0o777)
        if not datagrams:
            server.listen()

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    if datagrams:
                        _, sender = server.recvfrom(512)
                        if sender is None:  # shut down
                            return
                        reached.set()
                        server.sendto(CANARY.encode(), sender)
                    else:
                        connection, _ = server.accept()
                        reached.set()
                        with connection:
                            connection.recv(512)
                            connection.sendall(CANARY.encode())

        threading.Thread(target=serve, daemon=True).start()
        yield {"unix": str(top / name), "abstract": name}.get(kind) or str(server.getsockname()[1]), reached
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
