"""A clean clone of many targets: what is merely absent comes back by several processes at once, and nothing else does.

The processes are a matter of time only: with and without them a build says and leaves the same.
"""

import os
import re
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

import pytest

from specbuild.disk import shares
from specbuild.work import restore
from tests.scene import Project, Server

MANY = 24


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A built project: many texts, an executable one, two files of one target, a need."""
    with Server() as server:
        project = Project(tmp_path_factory.mktemp("many") / "origin", server)
        project.write("specbuild.toml", 'edition = 1\nmodel = "m"\n')
        specs = [project.spec(f"f{number % 3}/p{number:02}", f"Print {number}.") for number in range(MANY)]
        specs.append(project.spec("tool", executable=True))
        specs.append(project.spec("pair", outputs=["one.md", "two.md"], needs=["tool"]))
        for spec in specs:  # a language whose checks start no program
            spec.write_text(spec.read_text().replace('language = "python"', 'language = "markdown"'))
        project.build()
        yield project


@pytest.fixture
def shared() -> Iterator[list[int]]:
    """Let few items be worth a process, though a server's threads run beside this test; the forked pids."""
    pids: list[int] = []
    fork = os.fork

    def noted() -> int:
        pid = fork()
        pids.append(pid)
        return pid

    with (
        patch.object(shares, "FEWEST", 5),
        patch.object(shares, "processors", lambda: 3),
        patch.object(threading, "active_count", lambda: 1),
        patch.object(os, "fork", noted),
    ):
        yield pids


def test_all_come_back_byte_for_byte_and_the_lock_stays(origin: Project, shared: list[int], tmp_path: Path) -> None:
    clone = cloned(origin, tmp_path)
    lock = clone.stamps()["specbuild.lock"]
    ran = clone.build("--offline")
    assert len(shared) == 4, "two for the specs, two for the outputs"
    assert f"{MANY + 2} replayed" in ran.err
    assert clone.outputs() == origin.outputs()
    assert os.access(clone.root / "build/tool.md", os.X_OK)
    assert not os.access(clone.root / "build/one.md", os.X_OK)
    assert clone.stamps()["specbuild.lock"] == lock
    assert not (clone.root / "cache/local/store").exists(), "nothing new is known"
    assert f"{MANY + 2} fresh" in clone.build().err
    assert clone.run("check").code == 0


def damage_a_record(clone: Project) -> None:
    record = record_of(clone, "f0/p03")
    record.write_text(record.read_text().replace("Print 3", "Print 4"))


def lose_a_record(clone: Project) -> None:
    record_of(clone, "f1/p04").unlink()


def write_into_an_output(clone: Project) -> None:
    clone.write("build/f2/p05.md", "mine\n")


def write_into_one_of_two(clone: Project) -> None:
    clone.write("build/two.md", "mine\n")


def change_a_spec(clone: Project) -> None:
    clone.change("specs/tool.toml", "Print a line.", "Print two lines.")


def change_the_header(clone: Project) -> None:
    clone.change("specs/tool.toml", "executable = true", "executable = true\nheader = false")


def mix_a_stanza(clone: Project) -> None:
    clone.write("specbuild.lock", re.sub(r'("attempts": )1', r"\g<1>2", clone.read("specbuild.lock"), count=1))


@pytest.mark.parametrize(
    "faults",
    [
        (damage_a_record, lose_a_record, write_into_an_output, write_into_one_of_two, change_a_spec),
        (change_the_header, mix_a_stanza),
    ],
    ids=["one", "two"],
)
def test_what_is_more_than_absent_ends_as_it_does_one_by_one(
    origin: Project, shared: list[int], tmp_path: Path, faults: Sequence[Callable[[Project], None]]
) -> None:
    several, alone = cloned(origin, tmp_path / "several"), cloned(origin, tmp_path / "alone")
    for do in faults:
        do(several)
        do(alone)
    ran = several.run("build", "--offline")
    with patch.object(restore, "locked_states", return_value=None):  # nothing can be laid: all is left to the build
        one_by_one = alone.run("build", "--offline")
    assert ran.code == one_by_one.code
    assert told(ran.err) == told(one_by_one.err)
    assert several.outputs() == alone.outputs()
    assert several.read("specbuild.lock") == alone.read("specbuild.lock")
    assert several.states() == alone.states()
    assert (
        several.outputs().items() >= {path: data for path, data in origin.outputs().items() if "f1/p1" in path}.items()
    )


def test_before_any_work_means_before_any_file(origin: Project, shared: list[int], tmp_path: Path) -> None:
    clone = cloned(origin, tmp_path)
    change_a_spec(clone)
    ran = clone.run("build", environment={"OPENAI_BASE_URL": "", "OPENAI_API_KEY": ""})
    assert ran.code == 2, ran.err
    assert clone.outputs() == {}
    # The control: with somebody to ask, all are there.
    assert len(clone.build().err) > 0
    assert len(clone.outputs()) == MANY + 3


def test_a_process_that_dies_costs_time_only(origin: Project, shared: list[int], tmp_path: Path) -> None:
    clone = cloned(origin, tmp_path)
    parent, real = os.getpid(), restore.restored_outputs

    def dying(*arguments: object, **keywords: object) -> object:
        if os.getpid() != parent and arguments[1].id.endswith("7"):  # type: ignore[attr-defined]
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **keywords)  # type: ignore[arg-type]

    with patch.object(restore, "restored_outputs", dying):
        clone.build("--offline")
    assert clone.outputs() == origin.outputs()


def test_a_file_that_appears_meanwhile_is_kept(origin: Project, shared: list[int], tmp_path: Path) -> None:
    clone = cloned(origin, tmp_path)
    place = restore.place_laid

    def late(root: Path, targets: object) -> object:
        clone.write("build/f0/p00.md", "mine\n")
        return place(root, targets)  # type: ignore[arg-type]

    with patch.object(restore, "place_laid", late):
        ran = clone.run("build", "--offline")
    assert clone.read("build/f0/p00.md") == "mine\n"
    assert clone.states()["f0/p00"] == "edited"
    assert "f0/p00" in ran.err
    assert len(clone.outputs()) == MANY + 3


def test_control_a_reply_that_gives_other_bytes_is_not_placed(
    origin: Project, shared: list[int], tmp_path: Path
) -> None:
    clone = cloned(origin, tmp_path)
    real = restore.known_outputs

    def other(files: dict[str, str], *arguments: object, **keywords: object) -> object:
        return real({name: text + "\n" for name, text in files.items()}, *arguments, **keywords)  # type: ignore[arg-type]

    with patch.object(restore, "known_outputs", other), patch.object(restore, "place_laid") as placed:
        clone.build("--offline")
    assert not placed.called
    assert clone.outputs() == origin.outputs()


def cloned(origin: Project, folder: Path) -> Project:
    clone = Project(folder / "clone", origin.server)
    ignored = shutil.ignore_patterns("build", "local")
    shutil.copytree(origin.root, clone.root, dirs_exist_ok=True, ignore=ignored)
    return clone


def record_of(project: Project, id: str) -> Path:
    key = project.stanza(id)["reply"]["key"]
    return next((project.root / "cache/replies").rglob(f"{key}.*"))


def told(text: str) -> list[str]:
    """Return what a build told, in any order, without times and counts."""
    return sorted(re.sub(r"\[ *\d+/\d+\] |\(?\d+(\.\d+)? m?s\)?", "", line).strip() for line in text.splitlines())
