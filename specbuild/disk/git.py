"""Three questions to git: is this path tracked, is it ignored, which files are there that it does not ignore. No hook,
file system monitor or pager of a repository runs.

Most often the answer costs no process: a path that is not in the bytes of the index is not tracked.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import subprocess

_TIMEOUT_S = 20
SETTINGS = ("core.fsmonitor=false", f"core.hooksPath={os.devnull}", "protocol.allow=never")
"""What git is told against the settings of a repository: nothing of it runs, and nothing is fetched."""


def is_tracked(root: Path, path: str) -> bool:
    """Return whether git tracks `path` (project-relative, posix; a folder: anything below it), in any case of its
    letters.

    False without git.
    """
    index = _index_of(root)
    if index is None:
        return False
    try:
        raw = index.read_bytes()
    except OSError:
        return False
    # Index versions 2 and 3 hold every path in full; version 4 shortens them, so that the bytes prove nothing.
    if raw[4:8] != b"\0\0\0\4" and os.fsencode(path.lower()) not in raw.lower():
        return False
    answer = git_answer(root, "ls-files", "-z", "--", f":(literal,icase){path}")
    return bool(answer is not None and answer.stdout)


def is_ignored(root: Path, path: str) -> bool:
    """Return whether git would leave `path` out of `git add`. False without git or outside a repository."""
    answer = git_answer(root, "check-ignore", "-q", "--", path)
    return answer is not None and answer.returncode == 0


class IgnoreRule(NamedTuple):
    """A rule by which git leaves a path out: the file that it stands in, its line, and its pattern."""

    source: str
    line: int
    pattern: str


def ignoring_rule(root: Path, path: str) -> IgnoreRule | None:
    """Return the rule by which git would leave `path` out of `git add` (a folder ends in "/"); None if it would not,
    without git, or outside a repository."""
    answer = git_answer(root, "check-ignore", "-v", "-z", "--stdin", given=os.fsencode(path) + b"\0")
    if answer is None or answer.returncode:
        return None
    source, line, pattern, _ = answer.stdout.decode("utf-8", "replace").split("\0")[:4]
    return None if pattern.startswith("!") or not line.isdigit() else IgnoreRule(source, int(line), pattern)


def listed(root: Path) -> tuple[str, ...] | None:
    """Return the paths below `root` (relative to it, posix) that git tracks or would add, sorted; None without git.

    A tracked path may be gone from the disk. Names that are not UTF-8 are left out.
    """
    answer = (
        git_answer(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        if is_repository(root)
        else None
    )
    if answer is None or answer.returncode:
        return None
    found = set()
    for name in answer.stdout.split(b"\0"):
        with contextlib.suppress(UnicodeDecodeError):
            found.add(name.decode("utf-8"))
    return tuple(sorted(found - {""}))


def is_repository(root: Path) -> bool:
    """Return whether `root` lies in a git work tree, looking for `.git` upwards."""
    return _git_place(root) is not None


def refusal(root: Path) -> tuple[str, str]:
    """Return why git answers no question about the repository that `root` lies in, and what to do: mostly that its
    folder belongs to another user (git-config(1), safe.directory), as in a container. Both "" if it does."""
    answer = git_answer(root, "rev-parse", "--git-dir", complaints=True)
    if answer is None:
        return "git can't be run", "install git, or look at PATH"
    if not answer.returncode:
        return "", ""
    told = answer.stderr.decode("utf-8", "replace").strip().splitlines() or ["git says nothing about it"]
    advice = next((line.strip() for line in told if line.strip().startswith("git config ")), "")
    return told[0].removeprefix("fatal: "), advice


def _index_of(root: Path) -> Path | None:
    place = _git_place(root)
    if place is None:
        return None
    if place.is_dir():
        return place / "index"
    try:  # a worktree or a submodule: a line "gitdir: PATH"
        text = place.read_bytes()[:4096].decode("utf-8", "replace")
    except OSError:
        return None
    if not text.startswith("gitdir:"):
        return None
    return place.parent / text.removeprefix("gitdir:").strip() / "index"


def _git_place(root: Path) -> Path | None:
    try:
        start = root.resolve()
    except OSError:
        return None
    return next((folder / ".git" for folder in (start, *start.parents) if os.path.lexists(folder / ".git")), None)


def git_answer(
    root: Path, *arguments: str, given: bytes = b"", of_commit: bool = False, own_settings: Sequence[str] = SETTINGS,
    complaints: bool = False,
) -> "subprocess.CompletedProcess[bytes] | None":
    """Run git in `root` with `given` on its input, and return how it ended; None if it can't be run. No hook, monitor
    or pager runs, and nothing is fetched. `of_commit`, `own_settings`: as in `git_call`. What git prints on stderr
    is kept if `complaints` says so."""
    import subprocess  # keeps starts light: most often the index answers alone

    argv, environment = git_call(root, *arguments, of_commit=of_commit, own_settings=own_settings)
    try:
        return subprocess.run(
            argv,
            cwd=root,
            env=environment,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if complaints else subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def git_answers(root: Path, *asked: Sequence[str], of_commit: bool = False) -> tuple[bytes, ...] | None:
    """Run git for each of `asked` at the same time; return what they print, None if one of them does not succeed."""
    import subprocess

    calls = [git_call(root, *arguments, of_commit=of_commit) for arguments in asked]
    processes = []
    try:
        for argv, environment in calls:
            processes.append(
                subprocess.Popen(
                    argv,
                    cwd=root,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            )
        printed = tuple(one.communicate(timeout=_TIMEOUT_S)[0] for one in processes)
    except (OSError, subprocess.TimeoutExpired):
        for one in processes:
            one.kill()
            one.wait()
        return None
    return None if any(one.returncode for one in processes) else printed


def git_call(
    root: Path, *arguments: str, of_commit: bool = False, own_settings: Sequence[str] = SETTINGS
) -> tuple[list[str], dict[str, str]]:
    """Return the arguments and the environment with which git runs in `root`.

    `of_commit`: it sees the index of the commit that is under way. `git commit -a` and `git commit FILE` make one
    beside the repository's own, and name it to their hooks (githooks(5), GIT_INDEX_FILE). `own_settings` win over the
    repository's.
    """
    argv = ["git", *(part for one in own_settings for part in ("-c", one)), "--no-pager", *arguments]
    # Variables such as GIT_DIR, set while a hook runs, would point to another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    environment["GIT_NO_LAZY_FETCH"] = "1"
    index, place = os.environ.get("GIT_INDEX_FILE", ""), _git_place(root)
    if of_commit and index and place is not None:
        environment["GIT_INDEX_FILE"] = os.path.join(place.parent, index)  # it may be relative to the top of the tree
    return argv, environment


def hooks_folder(root: Path) -> Path | None:
    """Return the folder from which git runs the hooks of the repository that `root` lies in, as core.hooksPath says;
    None without git."""
    if not is_repository(root):
        return None
    # `rev-parse` runs no hook.
    answer = git_answer(root, "rev-parse", "--git-path", "hooks", own_settings=())
    return None if answer is None or answer.returncode else root / os.fsdecode(answer.stdout).rstrip("\n")
