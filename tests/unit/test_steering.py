"""Each row of the table catches its own file, and only with a reason."""

from specbuild.steering import STEERING, steering_row


def test_every_row_catches_a_file_of_its_name() -> None:
    for row in STEERING:
        path = row.name.removeprefix("/").replace("*", "x")
        assert steering_row(path + "x" if path.endswith("/") else path) == row


def test_a_row_from_the_root_holds_at_the_root_only() -> None:
    for row in STEERING:
        if row.name.startswith("/"):
            assert steering_row("sub" + row.name) is None
        else:
            assert steering_row("sub/deep/" + row.name.replace("*", "x").rstrip("/")) == row


def test_every_row_is_folded_once_and_says_who_reads_it() -> None:
    names = [row.name for row in STEERING]
    assert len(set(names)) == len(names)
    for row in STEERING:
        assert row.name == row.name.casefold() and row.reader and not row.reader.endswith(".")


def test_a_folder_that_steers_covers_all_that_lies_in_it() -> None:
    assert steering_row("a/.github/b/c.py") is not None
    assert steering_row("a/github/b/c.py") is None
