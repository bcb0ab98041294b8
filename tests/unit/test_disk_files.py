"""Reading a project's files: bounded, inside, never a device."""

import os
from pathlib import Path

import pytest

from specbuild.diagnostic import Diagnostic
from specbuild.disk.files import ProjectFiles, normalised_text, spec_files


def code(value: object) -> str:
    assert isinstance(value, Diagnostic), value
    return value.code


def test_a_file_is_read_as_bytes_and_as_normalised_text(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.md").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    files = ProjectFiles(tmp_path)
    assert files.read("docs/a.md") == b"\xef\xbb\xbfone\r\ntwo\rthree\n"
    assert files.text("docs/a.md") == "one\ntwo\rthree\n"
    assert files.is_file("docs/a.md")
    assert not files.is_file("docs")


def test_a_link_inside_the_project_is_followed_and_one_that_leads_out_is_not(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "docs").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (root / "docs/real.md").write_text("inside")
    (root / "inside.md").symlink_to("docs/real.md")
    (root / "outside.md").symlink_to("../secret")
    (root / "up").symlink_to("..")
    files = ProjectFiles(root)
    assert files.text("inside.md") == "inside"
    for path in ("outside.md", "up/secret", "../secret", "docs/../../secret", str(tmp_path / "secret"), "docs/.."):
        assert code(files.read(path)) == "SB823", path
        assert not files.is_file(path)


def test_what_is_no_plain_file_is_told_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "big").touch()
    os.truncate(tmp_path / "big", 1 << 30)
    files = ProjectFiles(tmp_path)
    assert code(files.read("pipe")) == "SB829"
    assert code(files.read("folder")) == "SB829"
    assert code(files.read("null")) == "SB823"
    assert code(files.read("loop")) in ("SB820", "SB829")
    assert code(files.read("big")) == "SB822"
    assert code(files.read("absent")) == "SB820"
    assert code(files.read("absent/inner")) == "SB820"
    assert code(files.read("big/inner")) == "SB820"
    assert code(files.read("a\0b")) == "SB820"
    assert code(files.read("n" * 300)) == "SB820"


def test_the_state_of_an_output_shows_line_ends_and_the_x_bit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\n")
    (tmp_path / "b").write_bytes(b"x\r\n")
    (tmp_path / "b").chmod(0o755)
    files = ProjectFiles(tmp_path)
    a, b = files.state("a"), files.state("b")
    assert a is not None and not isinstance(a, Diagnostic)
    assert b is not None and not isinstance(b, Diagnostic)
    assert a.sha256 == a.lf_sha256 == b.lf_sha256 != b.sha256
    assert (a.executable, b.executable) == (False, True)
    assert files.state("absent") is None
    (tmp_path / "folder").mkdir()
    assert code(files.state("folder")) == "SB829"


def test_text_that_is_not_utf_8_is_placed(tmp_path: Path) -> None:
    fault = normalised_text(b"good\nbad \xff here\n", "a.md")
    assert isinstance(fault, Diagnostic)
    assert str(fault.place) == "a.md:2:5"


def test_spec_files_are_listed_sorted_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("specs/b.toml", "specs/a/z.toml", "specs/.hidden.toml", "specs/.git/x.toml", "specs/note.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert spec_files(tmp_path, "specs") == (("specs/a/z.toml", "specs/b.toml"), ())
    assert spec_files(tmp_path, "specs/") == (("specs/a/z.toml", "specs/b.toml"), ())
    assert spec_files(tmp_path, "absent") == ((), ())
    for name in ("specbuild.toml", "pyproject.toml", "a.toml", "specs/pyproject.toml"):
        (tmp_path / name).touch()
    found = ("a.toml", "specs/a/z.toml", "specs/b.toml", "specs/pyproject.toml")
    assert spec_files(tmp_path, ".") == (found, ()), "the project's own configuration is no spec"


def test_what_hides_specs_is_told(tmp_path: Path) -> None:
    (tmp_path / "specs/circle").mkdir(parents=True)
    (tmp_path / "specs/circle/again").symlink_to("..")
    os.close(os.open(os.fsencode(tmp_path) + b"/specs/caf\xe9.toml", os.O_CREAT))
    (tmp_path / "specs/deep").mkdir()
    paths, faults = spec_files(tmp_path, "specs")
    assert paths == ()
    assert [one.code for one in faults] == ["SB831", "SB832"]


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_a_folder_that_can_t_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "specs/locked").mkdir(parents=True)
    (tmp_path / "specs/locked").chmod(0)
    try:
        assert [one.code for one in spec_files(tmp_path, "specs")[1]] == ["SB830"]
    finally:
        (tmp_path / "specs/locked").chmod(0o700)
