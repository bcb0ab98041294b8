"""The past of one file in git, commit by commit, and other files as they were then. Nothing is fetched."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from specbuild.disk.git import git_answer, is_repository
from specbuild.disk.git_objects import blobs

AT_ONCE = 40
"""So many versions of a file are in memory at once."""


class Commit(NamedTuple):
    """A commit that changed a file: when (ISO 8601), its hash and subject, and the file before and after it (object
    ids; "" where it was not there). A merge stands once for each parent that had another file."""

    hash: str
    date: str
    subject: str
    is_merge: bool
    before: str
    after: str


def commits_of(root: Path, path: str) -> tuple[Commit, ...]:
    """Return the commits of the present branch that changed `path`, oldest first; none without git."""
    if not is_repository(root):
        return ()
    answer = git_answer(
        root, "log", "--reverse", "--date-order", "-m", "--raw", "--no-abbrev", "--no-renames",
        "--format=%x01%H%x02%cI%x02%P%x02%s", "--", f":(literal){path}",
    )  # fmt: skip
    if answer is None or answer.returncode:
        return ()
    found = []
    for entry in answer.stdout.decode("utf-8", "replace").split("\x01")[1:]:
        head, _, rest = entry.partition("\n")
        told = re.search(r"^:\d+ \d+ ([0-9a-f]+) ([0-9a-f]+) ", rest, re.MULTILINE)
        if told is not None:
            hash_, date, parents, subject = head.split("\x02", 3)
            before, after = ("" if not one.strip("0") else one for one in told.groups())
            found.append(Commit(hash_, date, subject, " " in parents, before, after))
    return tuple(found)


def versions(root: Path, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield each of these blobs once, with its id, few at a time; what is not in this clone is left out."""
    wanted = [one for one in dict.fromkeys(oids) if one]
    for begin in range(0, len(wanted), AT_ONCE):
        yield from blobs(root, wanted[begin : begin + AT_ONCE]).items()


def files_as_of(root: Path, wanted: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
    """Return the bytes of files by (commit, path); "" as commit is the index. What is not there is left out."""
    asked = [one for one in dict.fromkeys(wanted) if "\n" not in one[1] and "\0" not in one[1]]
    if not asked or not is_repository(root):
        return {}
    given = b"".join(os.fsencode(f"{commit}:./{path}\n") for commit, path in asked)
    answer = git_answer(root, "cat-file", "--batch", given=given)
    raw = answer.stdout if answer is not None else b""
    found: dict[tuple[str, str], bytes] = {}
    at = 0
    for one in asked:
        end = raw.find(b"\n", at)
        if end < 0:
            break
        told = re.fullmatch(rb"[0-9a-f]+ (\w+) ([0-9]+)", raw[at:end])
        at = end + 1
        if told is None:
            continue  # "… missing" is a line alone
        size = int(told[2])
        if told[1] == b"blob":
            found[one] = raw[at : at + size]
        at += size + 1
    return found
