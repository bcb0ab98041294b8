"""A fresh clone with no network and no key gives everything back, byte for byte, or says exactly what is missing."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scene import Project, Server

SPECS = ("words", "lines", "tools/count")


@pytest.fixture
def origin(tmp_path: Path) -> Project:
    """A repository whose build was committed: specs, outputs, lock and records."""
    with Server() as server:
        project = Project(tmp_path / "origin", server)
        project.write("specbuild.toml", 'edition = 1\nmodel = "m"\n')
        project.write(".gitignore", "cache/local/\n")
        for id in SPECS:
            project.spec(id, f"Count the {id} of standard input.", needs=["words"] if id == "lines" else [])
        project.build()
    _git(project.root, "init", "-q")
    _git(project.root, "add", ".")
    _git(project.root, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "Build")
    return project


@pytest.fixture
def clone(origin: Project, tmp_path: Path) -> Project:
    """A clone on another path without its outputs and its lock."""
    _git(tmp_path, "clone", "-q", str(origin.root), "elsewhere/clone")
    project = Project(tmp_path / "elsewhere" / "clone", origin.server)
    shutil.rmtree(project.root / "build")
    (project.root / "specbuild.lock").unlink()
    return project


def test_an_offline_build_gives_lock_and_outputs_back_without_network_and_key(clone: Project, origin: Project) -> None:
    ran = _without_network(clone, "build", "--offline")
    assert ran.returncode == 0, ran.stderr
    assert clone.outputs() == origin.outputs()
    assert clone.read("specbuild.lock") == origin.read("specbuild.lock")
    assert _git(clone.root, "status", "--porcelain") == ""
    again = _without_network(clone, "reproduce")
    assert again.returncode == 0, again.stderr


def test_control_the_network_is_really_cut(clone: Project) -> None:
    with Server() as server:
        reach = f"import socket; socket.create_connection(('127.0.0.1', {server.port}), 2)"
        assert subprocess.run([sys.executable, "-c", reach], check=False).returncode == 0
        cut = subprocess.run([*_unshared(), sys.executable, "-c", reach], capture_output=True, check=False)
    assert cut.returncode != 0


def test_a_record_that_is_gone_is_named_and_exits_with_4(clone: Project) -> None:
    record = _record_of(clone, "tools/count")
    record.unlink()
    ran = _without_network(clone, "build", "--offline")
    assert ran.returncode == 4
    assert record.name.split(".")[0] in ran.stderr


def test_a_record_with_one_byte_changed_is_refused(clone: Project) -> None:
    record = _record_of(clone, "tools/count")
    raw = record.read_bytes()
    at = raw.index(b'"content"') + 30
    record.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
    ran = _without_network(clone, "build", "--offline")
    assert ran.returncode == 4
    assert record.name in ran.stderr
    assert not (clone.root / "build/tools/count.py").exists()


def test_one_changed_word_in_a_spec_needs_a_reply_and_exits_with_4(clone: Project) -> None:
    clone.change("specs/words.toml", "standard input", "standard INPUT")
    ran = _without_network(clone, "build", "--offline")
    assert ran.returncode == 4
    assert (clone.root / "build/tools/count.py").exists(), "what needs no call is done all the same"


def test_reproduce_notices_one_changed_byte_of_an_output(clone: Project) -> None:
    assert _without_network(clone, "build", "--offline").returncode == 0
    output = clone.root / "build/words.py"
    output.write_bytes(output.read_bytes() + b"\n")
    ran = _without_network(clone, "reproduce")
    assert ran.returncode == 1
    assert "build/words.py" in ran.stdout + ran.stderr


def test_reproduce_notices_a_changed_entry_of_the_lock(clone: Project) -> None:
    assert _without_network(clone, "build", "--offline").returncode == 0
    lock = json.loads(clone.read("specbuild.lock"))
    lock["targets"]["words"]["interface"] = "python/1:0000000000000000"
    clone.write("specbuild.lock", json.dumps(lock))
    assert _without_network(clone, "reproduce").returncode == 1


def _without_network(project: Project, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "HOME": str(project.root.parent), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [*_unshared(), sys.executable, "-m", "specbuild", *arguments],
        cwd=project.root, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def _unshared() -> list[str]:
    return ["unshare", "--net"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--net"]


def _record_of(project: Project, id: str) -> Path:
    for record in sorted((project.root / "cache/replies").rglob("*.json")):
        if f"Count the {id} of" in record.read_text(encoding="utf-8"):
            return record
    raise AssertionError(f"no record of {id}")


def _git(folder: Path, *arguments: str) -> str:
    ran = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return ran.stdout
