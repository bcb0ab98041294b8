"""What has changed since a commit: the paths in which the working tree differs from it."""

from pathlib import Path

from specbuild.diagnostic import Diagnostic
from specbuild.disk.git import git_answer, is_repository


def changed_since(root: Path, ref: str) -> frozenset[str] | Diagnostic:
    """Return the paths below `root` (relative to it, posix) that differ from the commit `ref`, those included that git
    would add; or why that can't be told (SB322). Names that are not UTF-8 are left out.
    """
    if not is_repository(root):
        return _untold(ref, "the project lies in no git repository")
    commit = git_answer(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if commit is None:
        return _untold(ref, "git can't be run")
    if commit.returncode:
        return _untold(ref, "git knows no such commit")
    name = commit.stdout.decode("ascii").strip()
    differing = git_answer(root, "diff", "--name-only", "--no-renames", "--relative", "-z", name, "--")
    new = git_answer(root, "ls-files", "-z", "--others", "--exclude-standard")
    if differing is None or new is None or differing.returncode or new.returncode:
        return _untold(ref, "git does not say what differs")
    paths = (differing.stdout + b"\0" + new.stdout).split(b"\0")
    return frozenset(path.decode("utf-8", "ignore") for path in paths) - {""}


def _untold(ref: str, why: str) -> Diagnostic:
    hint = "name a commit, a branch or a tag: since:HEAD, since:main, since:v1.2"
    return Diagnostic("SB322", f"`since:{ref}` can't be told", why=why, hint=hint)
