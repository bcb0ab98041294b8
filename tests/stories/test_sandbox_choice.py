"""Which sandbox and which interpreter serve; to look for them runs nothing of a stranger's project."""

import os
import sys
import threading
from pathlib import Path

import pytest

from specbuild.diagnostic import Diagnostic
from specbuild.sandbox import Job, NotStarted, Ran
from specbuild.sandboxes import bubblewrap, landlock, seatbelt, unsandboxed
from specbuild.trial import Absent, Interpreter
from specbuild.work.choose_sandbox import choose_sandbox
from specbuild.work.interpreter import find_interpreter, find_tool


def test_the_first_that_starts_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_sandbox() is bubblewrap
    monkeypatch.setattr(bubblewrap, "available", lambda: "bwrap is not installed")
    assert choose_sandbox() is landlock


def test_where_none_starts_nothing_is_run_and_each_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for sandbox, reason in ((bubblewrap, "not installed"), (landlock, "an old kernel"), (seatbelt, "no Mac")):
        monkeypatch.setattr(sandbox, "available", lambda reason=reason: reason)
    refusal = choose_sandbox()
    assert isinstance(refusal, Diagnostic) and refusal.code == "SB850"
    assert refusal.why == "bubblewrap: not installed; landlock: an old kernel; seatbelt: no Mac"
    assert "--sandbox=none" in refusal.hint


def test_none_is_taken_only_when_the_person_says_so() -> None:
    assert choose_sandbox("none") is unsandboxed
    assert isinstance(choose_sandbox("unsandboxed"), Diagnostic)
    assert isinstance(choose_sandbox("../evil"), Diagnostic)


def test_without_a_sandbox_time_memory_and_output_are_still_bounded(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("cat; echo $PWD; echo written > left.txt\n")
    (tmp_path / "work").mkdir()
    job = Job(
        ("sh", "/job/snapshot/a.sh"),
        cwd="/job/work",
        stdin=b"in\n",
        snapshot=str(tmp_path),
        work=str(tmp_path / "work"),
    )
    ran = unsandboxed.run(job)
    assert isinstance(ran, Ran) and ran.exit_code == 0 and ran.stdout.startswith(b"in\n")
    assert (tmp_path / "work" / "left.txt").read_text() == "written\n"
    assert isinstance(unsandboxed.run(Job(("no-such-program",))), NotStarted)


def test_the_snapshot_of_a_job_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("kept")
    ran = bubblewrap.run(Job(("sh", "-c", "echo changed > kept.txt; cat kept.txt; pwd"), snapshot=str(tmp_path)))
    assert isinstance(ran, Ran) and ran.stdout == b"changed\n/job/snapshot\n"
    assert (tmp_path / "kept.txt").read_text() == "kept"


def test_links_that_a_program_leaves_are_not_brought_back(tmp_path: Path) -> None:
    program = "ln -s /etc/passwd link; mkfifo pipe; mkdir sub; echo x > sub/file; rm given"
    (tmp_path / "given").write_text("given")
    ran = bubblewrap.run(Job(("sh", "-c", program), cwd="/job/work", work=str(tmp_path)))
    assert isinstance(ran, Ran) and ran.exit_code == 0, ran
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["sub", "sub/file"]


def test_a_work_folder_that_is_replaced_by_a_link_is_empty(tmp_path: Path) -> None:
    ran = bubblewrap.run(
        Job(("sh", "-c", "cd /job && rm -r work && ln -s /etc work"), cwd="/job/work", work=str(tmp_path))
    )
    assert isinstance(ran, Ran) and list(tmp_path.iterdir()) == []


def test_the_interpreter_is_ours_where_a_project_has_none(tmp_path: Path) -> None:
    found = find_interpreter(str(tmp_path), None, run=bubblewrap.run)
    assert isinstance(found, Interpreter), found
    assert found.version == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert found.path == f"/python/bin/python{found.version}" and "json" in found.stdlib
    program = "import sys, ssl, sqlite3; print(sys.prefix, sys.executable)"
    ran = bubblewrap.run(Job((found.path, "-c", program), readonly=found.mounts))
    assert isinstance(ran, Ran) and ran.stdout.decode() == f"/python {found.path}\n", ran


def test_a_project_s_own_python_is_never_started_outside(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    program = tmp_path / ".venv" / "bin" / "python3.11"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho ran > {witness}\n")
    program.chmod(0o755)
    (program.parent / "python").symlink_to("python3.11")
    library = tmp_path / ".venv" / "lib" / "python3.11"
    library.mkdir(parents=True)
    assert isinstance(find_interpreter(str(tmp_path), None, run=bubblewrap.run), Absent)
    (library / "os.py").touch()  # now it looks like an installation, and is started: inside
    assert isinstance(find_interpreter(str(tmp_path), None, run=bubblewrap.run), Absent)
    assert not witness.exists()


def test_a_setting_that_names_no_python_shows_nothing_of_the_machine(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets" / "bin"
    secrets.mkdir(parents=True)
    (secrets / "python3.11").symlink_to("/bin/sh")
    for wish in (str(secrets / "python3.11"), "no-such-python", "secrets/bin/python3.11"):
        found = find_interpreter(str(tmp_path), wish, run=bubblewrap.run)
        assert isinstance(found, Absent) and "of the configuration" in found.remedy


def test_tools_are_found_or_named() -> None:
    shell = find_tool("sh")
    assert shell.path == "/usr/bin/sh" or shell.path == "/bin/sh"
    assert find_tool("no-such-tool") == Absent("install no-such-tool")


def test_no_descriptor_thread_or_folder_is_left(tmp_path: Path) -> None:
    bubblewrap.run(Job(("true",)))
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    for argv in (("true",), ("no-such-program",), ("sh", "-c", "sleep 60 & exit 3")):
        bubblewrap.run(Job(argv, snapshot=str(tmp_path)))
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before
