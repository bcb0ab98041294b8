"""A large project taken in at once: its files stay as they stand, nothing is asked, and from then on they are kept."""

from unittest.mock import patch

from specbuild.disk.lock_file import LockFile
from tests.scene import Project

MANY = 300


def laid_out(project: Project) -> dict[str, str]:
    """Write the specs of MANY files that stand there already, a tenth of which need another; return their texts."""
    texts = {}
    for number in range(MANY):
        needs = {"needs": [f"old/p{number - 1:03}"]} if number % 10 == 1 else {}
        project.spec(f"old/p{number:03}", f"Print {number}.", tags=["old"], **needs)
        texts[f"build/old/p{number:03}.py"] = f'"""Print {number}."""\n\nprint({number})\n'
    for path, text in texts.items():
        project.write(path, text)
    return texts


def test_300_files_are_accepted_in_one_run_and_come_back_in_a_clean_clone(project: Project) -> None:
    texts = laid_out(project)
    with patch.object(LockFile, "write", autospec=True, side_effect=LockFile.write) as written:
        ran = project.run("accept", "build/old")
    assert (ran.code, ran.calls, ran.out.count("accepted  ")) == (0, 0, MANY)
    assert written.call_count == 1
    assert {path: project.read(path) for path in texts} == texts
    assert project.run("check").code == 0

    clone = project.clone()
    gone = [f"build/old/p{number:03}.py" for number in range(0, MANY, MANY // 20)]
    assert len(gone) == 20
    for path in gone:
        (clone.root / path).unlink()
    ran = clone.build("--offline")
    assert (ran.calls, ran.err.count("replayed  ")) == (0, 20)
    assert {path: clone.read(path) for path in texts} == texts
    # The control: without its record a file is not made up.
    (clone.root / gone[0]).unlink()
    key = clone.stanza("old/p000")["reply"]["key"]
    next((clone.root / "cache/replies").rglob(f"{key}.*")).unlink()
    assert "the pinned reply is lost" in clone.run("build", "--offline").err
    assert not (clone.root / gone[0]).exists()


def test_one_file_that_can_not_be_accepted_keeps_no_other_back(project: Project) -> None:
    for name in ("one", "two", "three", "four"):
        project.spec(name)
        project.write(f"build/{name}.py", "print(1)\n")
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" * 2
    project.write("build/two.py", f'TOKEN = "{token[:40]}"\n')
    project.spec("above", needs=["two"])
    project.write("build/above.py", "print(2)\n")
    project.write("build/three.py", b"\xff\n")
    (project.root / "build/four.py").unlink()
    ran = project.run("accept", "*")
    assert ran.code == 1
    refused = {one["id"] for one in project.run("status", "--json").json["targets"] if one["state"] != "fresh"}
    assert refused == {"above", "two", "three", "four"}
    assert ran.out.count("refused") == 4
    assert all(code in ran.err for code in ("SB640", "SB825", "SB843")), ran.err
