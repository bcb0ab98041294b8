"""What git keeps of files that are gone or disputed: the sides of a merge, and every version of what lies in a folder.

Comes in: a project's root and project-relative paths. Reads only what is in the clone: nothing is fetched, and without
git there is nothing.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from specbuild.disk.git import git_answer, is_repository


class MergeSides(NamedTuple):
    """A file as both sides of a merge have it, and as they began with it; b"" where it is not there."""

    base: bytes
    ours: bytes
    theirs: bytes


def merge_sides(root: Path, path: str) -> MergeSides | None:
    """Return the sides of the merge that `path` is in: of the index if it is unmerged there, else of the merge under
    way, else of the one that HEAD is. None if there is none.
    """
    if not is_repository(root):
        return None
    stages = _stages(root, path)
    if stages:
        found = blobs(root, list(stages.values()))
        return MergeSides(*(found.get(stages.get(number, ""), b"") for number in (1, 2, 3)))
    for ours, theirs in (("HEAD", "MERGE_HEAD"), ("HEAD^1", "HEAD^2")):
        if _resolved(root, f"{theirs}^{{commit}}"):
            before = git_answer(root, "merge-base", ours, theirs)
            base = before.stdout.decode("ascii", "replace").split() if before is not None else []
            names = [f"{one}:./{path}" if one else "" for one in (base[0] if base else "", ours, theirs)]
            oids = [_resolved(root, name) if name else "" for name in names]
            found = blobs(root, [one for one in oids if one])
            return MergeSides(*(found.get(one, b"") for one in oids))
    return None


def is_unmerged(root: Path, path: str) -> bool:
    """Return whether git's index holds `path` as a conflict. False without git."""
    return is_repository(root) and bool(_stages(root, path))


def file_at(root: Path, commit: str, path: str) -> bytes | None:
    """Return the bytes of `path` as of `commit`, b"" if it is not there; None if git knows no such commit here."""
    if "\0" in commit or not is_repository(root) or not _resolved(root, f"{commit}^{{commit}}"):
        return None
    oid = _resolved(root, f"{commit}:./{path}")
    return blobs(root, [oid]).get(oid, b"")


def versions_below(root: Path, folder: str) -> Mapping[str, Sequence[str]]:
    """Return the object ids of every version of every file below `folder` that the index, a branch, a tag or the
    reflog still reaches, by project-relative path.
    """
    if not is_repository(root):
        return {}
    prefix = _prefix(root)
    found: dict[str, dict[str, None]] = {}
    listed = git_answer(root, "ls-files", "-s", "-z", "--", f":(literal){folder}")
    for entry in (listed.stdout if listed is not None else b"").decode("utf-8", "replace").split("\0"):
        head, tab, path = entry.partition("\t")
        if tab:
            found.setdefault(path, {})[head.split()[1]] = None
    reached = git_answer(root, "rev-list", "--objects", "--all", "--reflog", "--full-history", "--", folder)
    for line in (reached.stdout if reached is not None else b"").decode("utf-8", "replace").splitlines():
        oid, space, path = line.partition(" ")
        if space and path.startswith(prefix):
            found.setdefault(path.removeprefix(prefix), {})[oid] = None
    return {path: tuple(oids) for path, oids in found.items()}


def blobs(root: Path, oids: Collection[str]) -> Mapping[str, bytes]:
    """Return the bytes of the blobs among `oids`, by id; what is none or not in this clone is left out."""
    asked = "".join(f"{one}\n" for one in oids).encode("ascii")
    answer = git_answer(root, "cat-file", "--batch", given=asked) if asked else None
    raw = answer.stdout if answer is not None else b""
    found: dict[str, bytes] = {}
    at = 0
    while at < len(raw):
        head, _, _ = raw[at : at + 400].partition(b"\n")
        at += len(head) + 1
        told = re.fullmatch(rb"([0-9a-f]+) (\w+) ([0-9]+)", head)
        if told is None:
            continue  # "… missing" is a line alone
        size = int(told[3])
        if told[2] == b"blob":
            found[told[1].decode("ascii")] = raw[at : at + size]
        at += size + 1
    return found


def _stages(root: Path, path: str) -> Mapping[int, str]:
    """Return the object id of each stage of an unmerged path."""
    listed = git_answer(root, "ls-files", "-u", "-z", "--", f":(literal){path}")
    found: dict[int, str] = {}
    for entry in (listed.stdout if listed is not None else b"").decode("utf-8", "replace").split("\0"):
        told = re.match(r"[0-7]+ ([0-9a-f]+) ([123])\t", entry)
        if told is not None:
            found[int(told[2])] = told[1]
    return found


def _resolved(root: Path, name: str) -> str:
    """Return the object id that `name` stands for, "" if there is none."""
    answer = git_answer(root, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
    return answer.stdout.decode("ascii", "replace").strip() if answer is not None and not answer.returncode else ""


def _prefix(root: Path) -> str:
    """Return the path of `root` in its repository, as `path/` or ""."""
    answer = git_answer(root, "rev-parse", "--show-prefix")
    return answer.stdout.decode("utf-8", "replace").rstrip("\n") if answer is not None else ""
