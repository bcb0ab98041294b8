"""Many new outputs at once: all files of a target or none, over nothing that lies there, and nothing left behind."""

import os
from pathlib import Path

import pytest

from specbuild.diagnostic import DiagnosticError
from specbuild.disk import laid
from specbuild.disk.laid import Folders, drop_laid, lay, place_laid


def lay_all(root: Path, *paths: str) -> None:
    folders = Folders(root, create=True)
    for path in paths:
        lay(folders, path, path.encode(), executable=path.endswith(".sh"))
    folders.close()


def files(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def test_what_was_laid_is_placed_with_its_mode(tmp_path: Path) -> None:
    lay_all(tmp_path, "a/one.py", "a/b/two.sh", "three")
    assert not {"a/one.py", "a/b/two.sh", "three"} & files(tmp_path).keys()
    assert place_laid(tmp_path, [["a/one.py", "a/b/two.sh"], ["three"]]) == [True, True]
    assert files(tmp_path) == {path: path.encode() for path in ("a/one.py", "a/b/two.sh", "three")}
    assert os.access(tmp_path / "a/b/two.sh", os.X_OK)
    assert not os.access(tmp_path / "three", os.X_OK)


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_a_target_with_one_place_taken_gets_none_of_its_files(tmp_path: Path, kind: str) -> None:
    lay_all(tmp_path, "a/one", "b/two", "c/three")
    place = tmp_path / "b/two"
    {"file": lambda: place.write_bytes(b"theirs"), "folder": place.mkdir, "link": lambda: place.symlink_to("x")}[kind]()
    assert place_laid(tmp_path, [["a/one", "b/two"], ["c/three"]]) == [False, True]
    assert set(files(tmp_path)) == {"c/three"} | ({"b/two"} if kind == "file" else set())


def test_what_is_dropped_leaves_nothing(tmp_path: Path) -> None:
    lay_all(tmp_path, "a/one", "b/two")
    drop_laid(tmp_path, ["a/one", "b/two", "b/never", "never/at/all"])
    assert files(tmp_path) == {}


def test_more_folders_than_may_be_open_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laid, "FOLDERS_OPEN", 3)
    targets = [[f"f{number}/a", f"g{number}/b"] for number in range(5)] + [["f0/c"], [f"h{one}/x" for one in range(5)]]
    lay_all(tmp_path, *(path for paths in targets for path in paths))
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert place_laid(tmp_path, targets) == [True] * 7
    assert files(tmp_path) == {path: path.encode() for paths in targets for path in paths}
    assert not before or len(os.listdir("/proc/self/fd")) == before


def test_a_link_on_the_way_is_followed_by_nobody(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "root"
    root.mkdir()
    (root / "a").symlink_to(outside)
    with pytest.raises(DiagnosticError) as caught:
        lay_all(root, "a/one")
    assert caught.value.diagnostics[0].code == "SB826"
    assert files(outside) == {}
