"""Finding the project from a folder inside it."""

from pathlib import Path

import pytest

from specbuild.diagnostic import Diagnostic
from specbuild.disk.project import Project, find_project, personal_cache


def lay(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.mark.parametrize(("name", "text"), [
    ("specbuild.toml", ""),
    ("specbuild.lock", ""),
    ("pyproject.toml", "[tool.specbuild]\nedition = 1\n"),
    ("pyproject.toml", "tool.specbuild.edition = 1\n"),
    ("pyproject.toml", "[tool.specbuild]\nbroken = \n"),
    ("specs/deep/a.toml", ""),
])  # fmt: skip
def test_the_nearest_folder_that_says_so_is_the_root(tmp_path: Path, name: str, text: str) -> None:
    lay(tmp_path, {f"p/{name}": text, "p/src/inner/x": ""})
    root = (tmp_path / "p").resolve()
    assert find_project(tmp_path / "p/src/inner") == Project(root)
    assert find_project(tmp_path / "p") == Project(root)


def test_what_says_nothing_of_specbuild_is_passed_over(tmp_path: Path) -> None:
    named = '[project]\nname = "specbuild-user"\n'
    lay(tmp_path, {"specbuild.toml": "", "p/pyproject.toml": named, "p/specs/x.md": ""})
    assert find_project(tmp_path / "p") == Project(tmp_path.resolve())


def test_a_named_root_goes_before_a_nearer_specs_folder(tmp_path: Path) -> None:
    lay(tmp_path, {"specbuild.toml": "", "tests/specs/a.toml": ""})
    assert find_project(tmp_path / "tests") == Project(tmp_path.resolve())


def test_a_project_in_a_world_writable_folder_counts_only_where_the_search_starts(tmp_path: Path) -> None:
    lay(tmp_path, {"open/specbuild.toml": "", "open/mine/x": ""})
    (tmp_path / "open").chmod(0o1777)
    assert find_project(tmp_path / "open") == Project((tmp_path / "open").resolve())
    assert isinstance(find_project(tmp_path / "open/mine"), Diagnostic)
    (tmp_path / "open").chmod(0o755)  # the control
    assert isinstance(find_project(tmp_path / "open/mine"), Project)


def test_no_project_is_a_diagnostic_with_a_way_on(tmp_path: Path) -> None:
    fault = find_project(tmp_path)
    assert isinstance(fault, Diagnostic)
    assert fault.code == "SB720"
    assert "specbuild init" in fault.hint


def test_the_personal_cache_follows_the_xdg_rules() -> None:
    assert personal_cache({"XDG_CACHE_HOME": "/c", "HOME": "/h"}) == Path("/c/specbuild")
    assert personal_cache({"XDG_CACHE_HOME": "c", "HOME": "/h"}) == Path("/h/.cache/specbuild")
    assert personal_cache({"HOME": "/h"}) == Path("/h/.cache/specbuild")
