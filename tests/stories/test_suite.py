"""The test suite of a staged package is generated code at work: it runs held off from the machine, and is believed only
with a report.

Each attack first succeeds where only the machine's files are protected, as in the stories of the sandboxes. All is done
as an ordinary user and, if the tests run as root, as root.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specbuild.diagnostic import Diagnostic
from specbuild.iteration import SuiteCounts
from specbuild.sandboxes import suite as module
from specbuild.sandboxes.suite import Suite, SuiteRun, read_counts, run_suite
from tests.stories.test_sandbox_attacks import CANARY, ORDINARY, ROOT, USERS, Place, _marked, _server, _state, _until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is Linux's")


class Suites(Place):
    """A place that every user can read: the tool's code, attacks, a project with an environment, and its stage."""

    def __init__(self, top: Path) -> None:
        super().__init__(top)
        leave_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "specbuild", self.package / "specbuild", ignore=leave_out, dirs_exist_ok=True)
        self.project = top / "project"
        for folder, word in ((self.project, "project"), (top / "stage", "stage")):
            (folder / "pkg").mkdir(parents=True)
            (folder / "pkg" / "__init__.py").write_text(f'WORD = "{word}"\n')
        subprocess.run([self.python, "-m", "venv", "--without-pip", str(self.project / ".venv")], check=True)
        (packages,) = (self.project / ".venv" / "lib").glob("*/site-packages")
        (packages / "pkg.pth").write_text(f"{self.project}\n")  # as an editable install has it

    def stage(self, user: str) -> Path:
        """Make a new stage that `user` may write."""
        stage = Path(tempfile.mkdtemp(dir=self.top, prefix="stage-"))
        shutil.copytree(self.top / "stage", stage, dirs_exist_ok=True)
        shutil.copytree(self.snapshot, stage / "attacks")
        (stage / "logs").mkdir()
        if os.geteuid() == 0:
            for path in (stage, *stage.rglob("*")):
                os.chown(path, *(2 * [ORDINARY if user == "user" else 0]))
        return stage

    def asked(self, stage: Path, *argv: str, **more: Any) -> dict[str, Any]:
        python = str(self.project / ".venv" / "bin" / "python")
        suite = {"argv": argv, "python": python, "stage": str(stage), "root": str(self.project), "package": "pkg"}
        return {**suite, "most_s": 30, "log": str(stage / "logs" / "log"), **more}

    def suite(self, user: str, *argv: str, stage: Path | None = None, **more: Any) -> dict[str, Any]:
        """Run a suite as `user`, with the canary in the environment, and return what came of it."""
        stage = stage or self.stage(user)
        done = subprocess.run(
            [self.python, "-B", str(self.snapshot / "suite_runner.py"), str(self.package)],
            input=json.dumps(self.asked(stage, *argv, **more)), text=True, capture_output=True, timeout=60,
            check=False, **self.as_user(user),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def attack(self, user: str, name: str, *args: str, **more: Any) -> dict[str, Any]:
        """Run an attack as a suite, and check that it ran."""
        told = self.suite(user, "python", f"attacks/{name}.py", *args, **more)
        assert "code" not in told, told
        return told


@pytest.fixture(scope="module")
def place() -> Iterator[Suites]:
    top = Path(tempfile.mkdtemp(prefix="specbuild-suite-tests-"))
    top.chmod(0o755)
    yield Suites(top)
    shutil.rmtree(top)


@pytest.fixture(params=USERS)
def user(request: pytest.FixtureRequest) -> str:
    return str(request.param)


LOOK = """
import os, pkg, sys
print(pkg.WORD, pkg.__file__, os.getcwd(), sorted(os.environ.items()))
open("made", "w").write("here")
open("/tmp/made", "w").write("here")
"""


def test_a_suite_finds_the_stage_at_the_projects_own_path(place: Suites, user: str) -> None:
    stage = place.stage(user)
    told = place.suite(user, "python", "-c", LOOK, stage=stage)
    assert told["passed"] and told["exit_code"] == 0, told
    word, file, folder = told["log"].split()[:3]
    assert (word, file, folder) == ("stage", f"{place.project}/pkg/__init__.py", str(place.project))
    for name, value in (("CI", "true"), ("HOME", "/tmp/home"), ("LANG", "C.UTF-8"), ("TZ", "UTC")):
        assert f"('{name}', '{value}')" in told["log"]
    assert (stage / "made").read_text() == "here"
    assert not (place.project / "made").exists() and not Path("/tmp/made").exists()


def test_its_tests_can_interrupt_each_other_even_if_we_were_started_to_ignore_that(place: Suites, user: str) -> None:
    send = "import os, signal, subprocess as s; p = s.Popen(['sleep', '20']); p.send_signal(2); print(p.wait())"
    ignoring = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        started = subprocess.run(["python3", "-c", send.replace("20", "1")], capture_output=True, text=True, check=True)
        told = place.suite(user, "python", "-c", send)
    finally:
        signal.signal(signal.SIGINT, ignoring)
    assert started.stdout == "0\n", "the control: it was ignored"
    assert told["log"] == "-2\n", told


def test_its_environment_is_clean(place: Suites, user: str) -> None:
    assert "SUCCEEDED" in place.control(user, "environment", CANARY[::-1])
    assert "nothing found" in place.attack(user, "environment", CANARY[::-1])["log"]


def test_it_reads_no_key_in_a_temporary_folder(place: Suites, user: str) -> None:
    key = str(place.home(user) / ".ssh" / "id")
    assert "SUCCEEDED" in place.control(user, "read_file", key, CANARY)
    told = place.attack(user, "read_file", key, CANARY)["log"]
    assert "SUCCEEDED" not in told and "No such file" in told


def test_it_reads_nothing_in_a_home_wherever_that_is(place: Suites, user: str) -> None:
    file = next(path for path in sorted(Path("/usr/share").glob("*/*")) if path.is_file() and not path.is_symlink())
    read = "import sys; print(len(open(sys.argv[1], 'rb').read()))"
    assert place.suite(user, "python", "-c", read, str(file))["passed"], "the control"
    told = place.suite(user, "python", "-c", read, str(file), home=str(file.parent))
    assert not told["passed"] and "FileNotFoundError" in told["log"]


def test_it_writes_nothing_outside(place: Suites, user: str) -> None:
    loose = place.home(user)
    assert "SUCCEEDED" in place.control(user, "write_file", str(loose), bwrap=("--bind", str(loose), str(loose)))
    home = place.home(user)
    before = _state(home)
    assert "SUCCEEDED" not in place.attack(user, "write_file", str(home))["log"]
    assert _state(home) == before
    canary = Path(f"/usr/{CANARY}-{os.getpid()}")
    told = place.suite(user, "python", "-c", f"open({str(canary)!r}, 'w')")
    assert not told["passed"] and ("Read-only file system" in told["log"] or "Permission denied" in told["log"])
    assert not canary.exists()
    assert user != "root" or "Read-only file system" in told["log"]


def test_the_environment_of_the_project_is_read_only(place: Suites, user: str) -> None:
    python = place.project / ".venv" / "bin" / "activate"
    before = python.read_bytes()
    told = place.suite(user, "python", "-c", "open('.venv/bin/activate', 'a').write('x')")
    assert not told["passed"] and "Error" in told["log"]
    assert python.read_bytes() == before


@pytest.mark.parametrize("kind", ["tcp", "udp", "dns", "unix", "abstract"])
def test_it_reaches_no_server_of_the_machine(place: Suites, user: str, kind: str) -> None:
    with _server(kind, place.top) as (address, reached):
        assert "SUCCEEDED" in place.control(user, "connect", kind, address, CANARY)
        assert reached.is_set()
        reached.clear()
        assert "SUCCEEDED" not in place.attack(user, "connect", kind, address, CANARY)["log"]
        assert not reached.is_set()


def test_it_has_a_network_of_its_own(place: Suites, user: str) -> None:
    talk = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); c = socket.create_connection(s.getsockname());"
        "c.send(b'hello'); print(s.accept()[0].recv(9))"
    )
    told = place.suite(user, "python", "-c", talk)
    assert told["passed"] and "hello" in told["log"], told


def test_sandboxes_start_inside(place: Suites, user: str) -> None:
    inner = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "echo", "started"]
    told = place.suite(user, *inner)
    assert told["passed"] and "started" in told["log"], told
    if user == "root":  # an ordinary user's too, as in the stories of the sandboxes
        told = place.suite(user, "python", "-c", f"import subprocess; subprocess.run({inner}, user=12345, check=True)")
        assert told["passed"] and "started" in told["log"], told


def test_a_daemon_dies_with_it(place: Suites, user: str) -> None:
    mark = f"suite-{os.getpid()}-{user}"
    look = f"for file in /proc/[0-9]*/cmdline; do grep -q {mark} $file && echo $file; done | grep -v $$ | head -1"
    told = place.suite(user, "sh", "-c", f"python attacks/daemon.py {mark}; {look}")
    assert "/proc/" in told["log"], told  # inside, before its end, the daemon is there
    assert _marked(mark) == []


def test_an_endless_suite_is_ended_with_all_that_it_started(place: Suites, user: str) -> None:
    mark = f"suite-{os.getpid()}-{user}-endless"
    told = place.suite(
        user, "sh", "-c", f"python attacks/daemon.py {mark}; trap '' TERM; while :; do :; done", most_s=1.5
    )
    assert not told["passed"] and told["ended"] == "timeout" and told["exit_code"] is None
    assert "took more than" in told["why"] and told["wall_s"] < 10
    assert _marked(mark) == []


def test_nothing_outlives_a_killed_supervisor(place: Suites, user: str) -> None:
    mark = f"suite-{os.getpid()}-{user}-killed"
    supervisor = subprocess.Popen(
        [place.python, "-B", str(place.snapshot / "suite_runner.py"), str(place.package)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, **place.as_user(user),
    )  # fmt: skip
    assert supervisor.stdin is not None
    supervisor.stdin.write(json.dumps(place.asked(place.stage(user), "python", "attacks/wait.py", mark)))
    supervisor.stdin.close()
    assert _until(lambda: len(_marked(mark, "wait.py")) >= 2), "nothing started"
    supervisor.kill()
    supervisor.wait()
    assert _until(lambda: not _marked(mark)), "something outlived its supervisor"


def test_another_package_than_the_staged_one_is_told_before_any_test(place: Suites, user: str) -> None:
    other = place.top / "other" / "pkg"
    if not other.exists():
        other.mkdir(parents=True)
        (other / "__init__.py").write_text("")
    environment = place.top / "environment"
    if not environment.exists():
        subprocess.run([place.python, "-m", "venv", "--without-pip", str(environment)], check=True)
    (packages,) = (environment / "lib").glob("*/site-packages")
    stage = place.stage(user)
    for pth, told in ((f"{other.parent}\n", "No module named 'pkg'"), (f"{packages}\n", "took"), (None, "No module")):
        (packages / "pkg.pth").write_text(pth or "")
        shutil.rmtree(packages / "pkg", ignore_errors=True)
        if told == "took":
            shutil.copytree(other, packages / "pkg")
        found = place.suite(
            user, "python", "-c", "open('ran', 'w')", stage=stage, python=str(environment / "bin/python")
        )
        assert found["code"] == "SB852" and told in found["why"], found
    assert not (stage / "ran").exists()
    (packages / "pkg.pth").write_text(f"{place.project}\n")
    shutil.rmtree(packages / "pkg", ignore_errors=True)
    found = place.suite(user, "python", "-c", "open('ran', 'w')", stage=stage, python=str(environment / "bin/python"))
    assert found["passed"] and (stage / "ran").exists(), "the control"


def test_a_package_that_ends_on_import_is_told(place: Suites, user: str) -> None:
    stage = place.stage(user)
    (stage / "pkg" / "__init__.py").write_text("import os\nos._exit(0)\n")
    assert place.suite(user, "python", "-c", "pass", stage=stage)["code"] == "SB852"


# With pytest, as the person who runs these tests: their environment has it, and this checkout stands for the project.

GOOD = "def test_one(): pass\n"
SKIPPED = "import pytest\n\n\n@pytest.mark.skip\ndef test_two(): pass\n"
FAILING = "def test_three(): assert 1 == 2\n"
BROKEN = "import pytest\n\n\n@pytest.fixture\ndef x(): raise OSError\n\n\ndef test_four(x): pass\n"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A stage of this project that has nothing but an empty package and one good test."""
    (tmp_path / "specbuild").mkdir()
    (tmp_path / "specbuild" / "__init__.py").touch()
    (tmp_path / "test_good.py").write_text(GOOD)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def tried(stage: Path, *argv: str, bare: bool = False, **more: Any) -> SuiteRun:
    words = argv or ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    asked = Suite(words, sys.executable, str(stage), str(ROOT), "specbuild", **more)
    ran = run_suite(asked, stage.parent / f"{stage.name}.log", bare=bare)
    assert isinstance(ran, SuiteRun), ran
    return ran


@pytest.mark.parametrize("bare", [False, True])
def test_tests_are_counted(small: Path, bare: bool) -> None:
    (small / "test_skipped.py").write_text(SKIPPED)
    ran = tried(small, bare=bare)
    assert ran.passed and ran.counts == SuiteCounts(1, 0, 1), ran
    (small / "test_failing.py").write_text(FAILING)
    (small / "test_broken.py").write_text(BROKEN)
    ran = tried(small, bare=bare)
    assert (ran.passed, ran.counts, ran.exit_code) == (False, SuiteCounts(1, 2, 1), 1)
    assert ran.why == "2 of 3 tests failed" and "assert 1 == 2" in ran.last_lines


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import os; os._exit(0)\n", "it ended without a report of tests that passed"),
        ("", "it ended with exit status 5"),
        ("import os; os.kill(os.getpid(), 11)\n", "it ended with exit status 139"),
    ],
    ids=["exit", "none", "crash"],
)
def test_an_end_without_a_report_is_no_success(small: Path, text: str, why: str) -> None:
    (small / "test_good.py").write_text(text)
    ran = tried(small)
    assert (ran.passed, ran.why) == (False, why), ran


def test_without_pytest_the_exit_status_decides(small: Path) -> None:
    ran = tried(small, "python", "-c", "print('done')")
    assert ran.passed and ran.counts is None and ran.last_lines == "done\n"
    assert tried(small, "python", "-c", "raise SystemExit(3)").why == "it ended with exit status 3"
    assert not tried(small, "no-such-program").passed


def test_a_log_stops_growing_and_the_suite_goes_on(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LOG_BYTES", 1000)
    ran = tried(small, "python", "-c", "print('x' * 10**6)")
    assert ran.passed and (small.parent / f"{small.name}.log").stat().st_size == 1000


def test_an_interrupt_ends_it(small: Path) -> None:
    asked = Suite(("python", "-c", "import time; time.sleep(60)"), sys.executable, str(small), str(ROOT), "specbuild")
    interrupted = threading.Event()
    log = small.parent / "interrupted.log"
    threading.Timer(1.5, interrupted.set).start()
    ran = run_suite(asked, log, cancelled=interrupted.is_set)
    assert isinstance(ran, SuiteRun)
    assert (ran.passed, ran.ended, ran.why) == (False, "cancelled", "it was interrupted")


def test_without_bubblewrap_nothing_runs(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Suite(("python", "-c", "open('ran', 'w')"), sys.executable, str(small), str(ROOT), "specbuild")
    monkeypatch.setattr(module.shutil, "which", lambda *_, **__: None)
    told = run_suite(asked, small.parent / "log")
    assert isinstance(told, Diagnostic) and told.code == "SB850" and "not installed" in told.why
    monkeypatch.setattr(module.shutil, "which", lambda *_, **__: "/bin/false")
    told = run_suite(asked, small.parent / "log")
    assert isinstance(told, Diagnostic) and told.code == "SB850"
    assert not (small / "ran").exists()


def test_a_bare_run_leaves_no_group_behind(small: Path) -> None:
    mark = f"suite-{os.getpid()}-bare"
    shutil.copytree(ROOT / "tests" / "attacks", small / "attacks")
    ran = tried(small, "sh", "-c", f"python3 attacks/wait.py {mark} & exit 0", bare=True)
    assert ran.passed
    assert _marked(mark) == []


SUITE = '<testsuites><testsuite tests="4" failures="1" errors="1" skipped="1"><testcase/></testsuite></testsuites>'


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (SUITE, SuiteCounts(1, 2, 1)),
        (SUITE.replace("</testsuites>", '<testsuite tests="2"/></testsuites>'), SuiteCounts(3, 2, 1)),
        ('<testsuite tests="1"><failure message="&lt;!DOCTYPE"/></testsuite>', SuiteCounts(1, 0, 0)),
        ('<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + SUITE, None),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd">' + SUITE, None),
        (SUITE.replace('tests="4"', 'tests="many"'), None),
        (SUITE.replace('tests="4"', 'tests="2"'), None),
        (SUITE.replace('errors="1"', 'errors="-9"'), None),
        (SUITE[:-5], None),
        ("", None),
    ],
)  # fmt: skip
def test_a_report_is_read_without_trust(tmp_path: Path, text: str, counts: SuiteCounts | None) -> None:
    (tmp_path / "junit.xml").write_text(text)
    assert read_counts(tmp_path / "junit.xml") == counts


def test_a_report_that_is_no_file_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real.xml").write_text(SUITE)
    (tmp_path / "link.xml").symlink_to(tmp_path / "real.xml")
    os.mkfifo(tmp_path / "pipe.xml")
    (tmp_path / "folder.xml").mkdir()
    for name in ("link.xml", "pipe.xml", "folder.xml", "none.xml"):
        assert read_counts(tmp_path / name) is None, name
    monkeypatch.setattr(module, "MOST_REPORT_BYTES", len(SUITE) - 1)
    assert read_counts(tmp_path / "real.xml") is None
