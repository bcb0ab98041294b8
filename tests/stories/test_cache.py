"""`cache`: what a clone holds of replies, brought back where it is lost, thinned out, handed over. No call in any of
it."""

import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from specbuild.disk.history import write_iteration
from specbuild.iteration import ModuleMeasure
from specbuild.lock import Lock, read_lock
from tests.scene import Project
from tests.server import default_answer
from tests.stories.test_failed_attempts import left_out
from tests.stories.test_merging import commit, git
from tests.unit.test_iteration import ITERATION


def records(project: Project) -> dict[str, bytes]:
    """Return every committed record's bytes by name."""
    return {path.name: path.read_bytes() for path in (project.root / "cache/replies").rglob("*.json")}


def record_of(project: Project, id: str) -> Path:
    pin = project.stanza(id)["reply"]
    name = f"{pin['key']}.{pin['attempts']}.{pin['sha256'][:16]}.json"
    return project.root / "cache/replies" / name[:2] / name


@pytest.fixture
def built(project: Project) -> Project:
    project.run("init")
    project.spec("one", "Print the word one.")
    project.spec("two", "Print the word two.")
    project.build()
    return project


def test_a_record_that_is_gone_comes_back_from_the_local_store(built: Project) -> None:
    before = records(built)
    record_of(built, "one").unlink()
    assert built.run("cache").code == 1
    stats = built.run("cache", "stats", "--json").json
    assert (len(stats["missing"]), stats["reached"]["lock"]["count"]) == (1, 1)
    assert built.run("reproduce").code == 0, "this clone still has the reply"
    assert built.clone("bare", without=("cache/local",)).run("reproduce").code == 1, "another one would not"
    ran = built.run("cache", "heal")
    assert (ran.code, ran.calls) == (0, 0), ran.err
    assert "from the local store" in ran.out and "1 good, 1 brought back, 0 lost" in ran.out
    assert records(built) == before
    assert built.run("cache").code == 0


@pytest.mark.parametrize("how", ["gone", "damaged", "gone in the last commit"])
def test_a_record_that_is_gone_or_damaged_comes_back_from_git(built: Project, how: str) -> None:
    before = records(built)
    git(built, "init", "-q")
    commit(built)
    record = record_of(built, "one")
    record.unlink()
    if how == "damaged":
        record.write_bytes(before[record.name].replace(b"You", b"you", 1))
    if how == "gone in the last commit":
        commit(built, "Lose a record")
    clone = built.clone(without=("cache/local",))
    ran = clone.run("cache", "heal", "--json")
    assert (ran.code, ran.calls) == (0, 0), ran.err
    assert ran.json["brought"] == [{"name": record.name, "source": "git"}]
    assert records(clone) == before
    lost = built.clone("lost", without=("cache/local", ".git"))
    ran = lost.run("cache", "heal")
    assert (ran.code, ran.calls) == (1, 0), "the control: without git nothing can bring it back"
    assert "SB727" in ran.err and "one needs is lost" in ran.err


def test_every_turn_of_a_conversation_comes_back(project: Project) -> None:
    answers = iter([left_out, default_answer])
    project.server.answer = lambda body: next(answers)(body)
    project.spec("one", attempts=2)
    assert project.build().calls == 2
    before = records(project)
    assert len(before) == 2
    for path in (project.root / "cache/replies").rglob("*.json"):
        path.unlink()
    assert project.run("cache", "heal", "--json").json["good"] == 0
    assert records(project) == before


def test_gc_takes_what_nothing_reaches_and_the_local_store_keeps_it(built: Project) -> None:
    first = records(built)
    built.change("specs/one.toml", "the word one", "the word 1")
    built.build()
    assert len(records(built)) == 3
    before = built.stamps()
    dry = built.run("cache", "gc", "--dry-run")
    assert "would remove: 1 committed records" in dry.out and records(built).keys() > first.keys()
    assert {path for path, stamp in built.stamps().items() if before.get(path) != stamp} <= {"cache/local/mutex"}
    ran = built.run("cache", "gc", "--json")
    assert (ran.code, ran.calls) == (0, 0)
    assert [name in first for name in ran.json["records"]] == [True]
    assert len(records(built)) == 2
    assert built.run("reproduce").code == 0
    assert built.clone(without=("cache/local", "build")).build("--offline").calls == 0
    built.change("specs/one.toml", "the word 1", "the word one")
    assert built.build().calls == 0, "going back is still free here"
    assert records(built).keys() == {*first, *records(built)}
    assert built.run("cache", "gc").code == 0
    built.change("specs/two.toml", "the word two", "the word 2")
    built.run("cache", "gc", "--older-than", "0")
    assert len(records(built)) == 2, "what a build now would call for is not known, what the lock names stays"


def test_local_entries_leave_by_age_only(built: Project) -> None:
    built.change("specs/one.toml", "the word one", "the word 1")
    built.build()
    young = built.run("cache", "gc", "--older-than", "1", "--json")
    assert (len(young.json["records"]), young.json["local"]["count"]) == (1, 0)
    old = built.run("cache", "gc", "--older-than", "0", "--json")
    assert old.json["local"]["count"] > 0
    assert built.run("check").code == 0
    built.change("specs/one.toml", "the word 1", "the word one")
    assert built.build().calls == 1, "the control: now that reply is gone for good"


def test_gc_keeps_what_an_iteration_reaches(built: Project) -> None:
    lock = read_lock(built.read("specbuild.lock"))
    assert isinstance(lock, Lock)
    old = record_of(built, "one").name
    built.change("specs/one.toml", "the word one", "the word 1")
    built.build()
    control = built.clone("control", without=())
    keep_iteration(built, lock)
    assert built.run("cache", "gc", "--json").json["records"] == []
    assert built.run("cache", "stats", "--json").json["reached"]["iterations"]["count"] == 1
    (built.root / "cache/replies" / old[:2] / old).unlink()
    assert built.run("cache", "heal", "--json").json["brought"] == [{"name": old, "source": "the local store"}]
    assert control.run("cache", "gc", "--json").json["records"] == [old], "the control: without the iteration it goes"
    kept = built.root / "build/history/iter0/specbuild.lock"
    kept.write_text(kept.read_text().replace('"attempts": 1', '"attempts": 2', 1))
    ran = built.run("cache", "gc")
    assert ran.code == 1 and "SB725" in ran.err, "an iteration that can't be believed: nobody knows what it needs"


def keep_iteration(project: Project, lock: Lock) -> None:
    """Let the history hold one iteration with the entry that `lock` has of `one`."""
    iteration = replace(ITERATION, number=0, parent=None, inputs={}, package={}, modules={"one": ModuleMeasure(1, 0.0)})
    write_iteration(project.root, "build", iteration, Lock({"one": lock.targets["one"]}), {})


def test_gc_keeps_a_reply_that_the_next_build_would_take(built: Project) -> None:
    built.change("specs/one.toml", "the word one", "the word 1")
    built.build()
    back = built.clone(without=("cache/local",))
    back.change("specs/one.toml", "the word 1", "the word one")
    assert back.states()["one"] == "replay"
    assert back.run("cache", "gc", "--json").json["records"] == []
    assert back.build().calls == 0


def test_gc_removes_nothing_while_the_lock_is_in_conflict(built: Project) -> None:
    built.write("specbuild.lock", built.read("specbuild.lock").replace('"attempts": 1', '"attempts": 2', 1))
    before = records(built)
    ran = built.run("cache", "gc")
    assert ran.code == 1 and "SB725" in ran.err
    assert records(built) == before


def test_records_go_from_clone_to_clone_in_a_file(built: Project, tmp_path: Path) -> None:
    file = tmp_path / "records.tar"
    before = built.stamps()
    ran = built.run("cache", "export", str(file))
    assert (ran.code, ran.out) == (0, "2 records exported\n")
    assert built.stamps() == before, "exporting writes nothing into the project"
    other = built.clone("other", without=("cache", "build", "specbuild.lock"))
    control = built.clone("control", without=("cache", "build", "specbuild.lock"))
    ran = other.run("cache", "import", str(file))
    assert (ran.code, ran.calls) == (0, 0), ran.err
    assert ran.out == "2 records taken into the local store, 0 known already\n"
    assert other.run("cache", "import", str(file)).out.startswith("0 records taken into the local store, 2 known")
    assert other.build().calls == 0
    assert (other.outputs(), records(other)) == (built.outputs(), records(built))
    assert control.build().calls == 2, "the control: without the file they are asked for"
    assert built.run("cache", "export", str(file)).code == 2, "a file is never written over"
    again = tmp_path / "again.tar"
    other.run("cache", "export", str(again))
    assert again.read_bytes() == file.read_bytes()


def test_a_folder_of_records_can_be_taken_in(built: Project) -> None:
    other = built.clone("other", without=("cache", "build", "specbuild.lock"))
    assert other.run("cache", "import", str(built.root / "cache")).code == 0
    assert other.build("--offline").calls == 0


def test_a_record_is_laid_out_anew_without_what_the_model_does_not_see(project: Project) -> None:
    project.spec("one", more='[build]\nparameters = { user = "me", max_tokens = 900 }\n')
    project.build()
    other = project.clone("other", without=("cache", "specbuild.lock", "build"))
    assert other.run("cache", "import", str(project.root / "cache")).code == 0
    assert other.build().calls == 0 and project.server.calls[0]["body"]["user"] == "me"
    [record] = (project.root / "cache/replies").rglob("*.json")
    assert other.read(str(record.relative_to(project.root))) == record.read_text(encoding="utf-8")


def test_a_planted_record_is_refused_and_nothing_is_laid_out(built: Project, tmp_path: Path) -> None:
    file = tmp_path / "planted.tar"
    record = record_of(built, "one")
    evil = tmp_path / record.name
    evil.write_bytes(record.read_bytes().replace(b"def mark", b"def evil"))
    with tarfile.open(file, "w") as tar:
        tar.add(evil, f"replies/{record.name[:2]}/{record.name}")
        tar.add(evil, "../../outside.json")
        link = tarfile.TarInfo(f"replies/ab/{'a' * 64}.1.{'b' * 16}.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    other = built.clone("other", without=("cache", "build", "specbuild.lock"))
    ran = other.run("cache", "import", str(file), "--json")
    assert ran.code == 1
    assert (ran.json["new"], [one["code"] for one in ran.json["refused"]]) == (0, ["SB706"])
    assert not (tmp_path / "outside.json").exists() and not (tmp_path.parent / "outside.json").exists()
    assert other.build().calls == 2, "nothing of it is ever served"
    (tmp_path / "text").write_text("no archive")
    ran = other.run("cache", "import", str(tmp_path / "text"))
    assert ran.code == 2 and "SB726" in ran.err


def test_a_local_reply_with_a_secret_is_neither_exported_nor_brought_back(project: Project, tmp_path: Path) -> None:
    project.server.answers["the word"] = "```python\nkey = 'ghp_" + "a1B2c3D4e5F6" * 3 + "'\n```\n"
    project.spec("one", "Print the word.")
    assert project.run("build").code == 1
    ran = project.run("cache", "export", str(tmp_path / "records.tar"), "--json")
    assert (ran.json["records"], len(ran.json["withheld"])) == (0, 1)
    ran = project.run("cache", "export", str(tmp_path / "all.tar"), "--allow-secret", "--json")
    assert ran.json["records"] == 1, "the control: a person may say so"
    project.build("--allow-secret")
    record_of(project, "one").unlink()
    assert project.run("cache", "heal").code == 1
    assert project.run("cache", "heal", "--allow-secret").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["export"],
        ["stats", "x"],
        ["stats", "--dry-run"],
        ["import"],
        ["gc", "--allow-secret"],
        ["heal", "--older-than", "1"],
    ],
)
def test_what_does_not_belong_to_an_action_is_a_usage_error(built: Project, arguments: list[str]) -> None:
    assert built.run("cache", *arguments).code == 2
