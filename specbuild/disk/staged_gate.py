"""Is what is staged what the last build left, with nothing to do? A quick answer for `check --staged`.

In: the arguments, the index of the gate, git's index. Out: an exit code, after the stored text was written, or None:
then the command itself looks. The last look saw everything fresh, and nothing has changed since (`gate`); if every file
of it is staged just as it lies there, and nothing else is staged that a plan reads, the commit takes just that.
"""

import os
from pathlib import Path

from specbuild import gate
from specbuild.disk.git import git_answers

ARGUMENTS = ("check", "--staged")
_RECORDS = "cache/replies/"
"""The index is believed only if the cache folder has its usual name."""


def answer(arguments: list[str], version: str) -> int | None:
    """Return the exit code of `check --staged` if nothing is to find; None if that is not certain."""
    if arguments not in ([*ARGUMENTS], [*ARGUMENTS, "-q"], [*ARGUMENTS, "--quiet"]):
        return None
    try:
        here = os.getcwd()
        root = gate.project_root(here)
        index = gate.read_index(root, version) if root else None
        if root is None or index is None:
            return None
        os.chdir(root)
        try:
            if not gate.is_unchanged(index) or not _is_staged(Path(root), index):
                return None
        finally:
            os.chdir(here)
        return gate.tell(index.results, "check", quiet=len(arguments) > len(ARGUMENTS))
    except (OSError, ValueError, TypeError, IndexError, UnicodeError):
        return None


def _is_staged(root: Path, index: gate.Index) -> bool:
    new = ("ls-files", "-z", "--others", "--exclude-standard", "--", _RECORDS)
    # Both at once: they look at other files.
    told = git_answers(root, ("ls-files", "-z", "-t", "--cached", "--modified"), new, of_commit=True)
    if told is None or told[1]:
        return False
    names = told[0].split(b"\0")[:-1]
    # "H": as it is in the index; a path that differs is told once more as "C". Any other letter is a case of its own.
    if any(one[:2] not in (b"H ", b"C ") for one in names):
        return False
    staged = {os.fsdecode(one[2:]) for one in names if one[:2] == b"H "}
    looked_at = {path for path in index.paths if not path.startswith("/")}
    for one in names:
        path = os.fsdecode(one[2:])
        if one[:2] == b"C " and (path in looked_at or path.endswith(".toml") or path == gate.NAMED[2]):
            return False
    return all(path in staged or os.path.isdir(path) for path in looked_at)
