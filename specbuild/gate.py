"""Is there nothing to do? The stored answer of the last look, if nothing that it depends on has changed since.

In: the arguments, the index that a build left (docs/formats.md, "Nothing to do: the index"). Out: an exit code, after
the stored text was written, or None: then the real commands look. Imports os and sys only, so that this costs less than
a glance; it writes nothing and believes nothing that does not match to the last digit.
"""

import os
import sys

MAGIC = b"specbuild index 1\n"
COMMANDS = ("build", "check", "status", "plan")
INDEX = "cache/local/index"
MARK = "cache/local/folder"
NAMED = ("specbuild.toml", "pyproject.toml", "specbuild.lock")
"""A folder with one of these may be a project; the nearest one counts, with an index or without."""
FORK_FROM = 3000
"""Paths from which on the looking is shared among the processors."""
STAT_BYTES = 32
HEAD_BYTES = 100
"""More than the line before a result may have."""
PART = 1000
"""So many rows are numbers at a time."""


def answer(arguments: list[str], version: str) -> int | None:
    """Return the exit code of a command that has nothing to do, its text written; None if that is not certain."""
    if not is_plain(arguments):
        return None
    try:
        here = os.getcwd()
        root = project_root(here)
        index = read_index(root, version) if root else None
        if root is None or index is None:
            return None
        os.chdir(root)
        try:
            if not is_unchanged(index):
                return None
        finally:
            os.chdir(here)
        return tell(index.results, arguments[0], quiet=len(arguments) > 1)
    except (OSError, ValueError, TypeError, IndexError, UnicodeError):
        return None


def is_plain(arguments: list[str]) -> bool:
    """Say if the arguments are a command whose answer is kept, with no option but `-q`."""
    return bool(arguments) and arguments[0] in COMMANDS and arguments[1:] in ([], ["-q"], ["--quiet"])


def may_answer(arguments: list[str]) -> bool:
    """Say if there is an index, so that a second look may show that nothing but times has changed."""
    try:
        return is_plain(arguments) and project_root(os.getcwd()) is not None
    except OSError:
        return False


class Index:
    """An index as read: `stats` has four numbers a path (ctime_ns, mtime_ns, size, inode), `results` what was told."""

    __slots__ = ("absent", "digests", "paths", "results", "stats")

    def __init__(
        self, stats: memoryview, paths: list[str], absent: list[str], digests: memoryview, results: memoryview
    ) -> None:
        self.stats = stats
        self.paths = paths
        self.absent = absent
        self.digests = digests
        self.results = results


def project_root(here: str) -> str | None:
    """Return the nearest folder upwards that holds an index; None if another project comes before it, or none does."""
    folder = here
    while True:
        if os.path.lexists(f"{folder}/{INDEX}"):
            return folder
        if folder == "/" or any(os.path.lexists(f"{folder}/{name}") for name in NAMED):
            return None
        folder = os.path.dirname(folder)


def read_index(root: str, version: str) -> Index | None:
    """Return the index below `root` if it was made in this very folder under the present premises; else None."""
    local = os.stat(f"{root}/cache/local", follow_symlinks=False)
    with open(f"{root}/{MARK}", "rb") as file:
        mark = file.read(200)
    if local.st_uid != os.getuid() or not mark.endswith(b" inode %d\n" % local.st_ino):
        return None  # somebody else's, or copied with its folder
    with open(f"{root}/{INDEX}", "rb", buffering=0) as file:
        raw = file.read()
    head_end = raw.find(b"\n\n")
    if head_end < 0 or not raw.startswith(MAGIC):
        return None
    written, _, counts = raw[len(MAGIC) : head_end].rpartition(b"\n")
    if written != premises(version, os.environ):
        return None
    return _taken_apart(memoryview(raw), [int(one) for one in counts.split()], head_end + 2)


def _taken_apart(raw: memoryview, counts: list[int], offset: int) -> Index | None:
    present, absent, path_bytes, result_bytes = counts
    ends = [offset]
    for size in (STAT_BYTES * present, path_bytes, 32 * present, result_bytes):
        ends.append(ends[-1] + size)
    if len(raw) != ends[-1] or min(counts) < 0:
        return None
    paths = os.fsdecode(bytes(raw[ends[1] : ends[2]])).split("\0")
    if len(paths) != present + absent:
        return None
    gone = paths[present:]
    del paths[present:]
    # Views: of ten thousand targets each copy would be a good part of what this process has.
    return Index(raw[offset : ends[1]].cast("Q"), paths, gone, raw[ends[2] : ends[3]], raw[ends[3] :])


def premises(version: str, environment: "os._Environ[str]") -> bytes:
    """Return what the answer supposes beyond files, as NAME=value lines: any difference makes the index worth nothing.

    Of the environment it has what planning reads, never a key.
    """
    lines = [f"tool={version}", f"python={sys.version_info[0]}.{sys.version_info[1]}", f"byteorder={sys.byteorder}"]
    for name in sorted(environment):
        if name in ("HOME", "XDG_CONFIG_HOME") or name.startswith(("SPECBUILD_", "OPENAI_")):
            shown = "(set)" if name.endswith("_KEY") else environment[name]
            lines.append(f"{name}={shown}".replace("\n", "\\n"))
    return os.fsencode("\n".join(lines))


def is_unchanged(index: Index) -> bool:
    """Say if every path of the index is as it was, and every absent one still absent. Many are shared out."""
    if any(os.path.lexists(path) for path in index.absent):
        return False
    count = len(index.paths)
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if count < FORK_FROM or processors == 1:
        return _are_unchanged(index, 0, count)
    shares = [(count * one // processors, count * (one + 1) // processors) for one in range(processors)]
    children = []
    for start, stop in shares[1:]:
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if _are_unchanged(index, start, stop) else 1)
            finally:
                os._exit(2)
        children.append(child)
    unchanged = _are_unchanged(index, *shares[0])
    # Every child is waited for, whatever the others found.
    codes = [os.waitpid(child, 0)[1] for child in children]
    return unchanged and not any(codes)


def _are_unchanged(index: Index, start: int, stop: int) -> bool:
    try:
        return all(_is_part_unchanged(index, first, min(first + PART, stop)) for first in range(start, stop, PART))
    except OSError:
        return False


def _is_part_unchanged(index: Index, start: int, stop: int) -> bool:
    stat = os.stat
    numbers = index.stats[4 * start : 4 * stop].tolist()
    position = 0
    for path in index.paths[start:stop]:
        seen = stat(path)
        # All zero, an untrusted row, is equal to no file.
        if (
            seen.st_ctime_ns != numbers[position]
            or seen.st_mtime_ns != numbers[position + 1]
            or seen.st_size != numbers[position + 2]
            or seen.st_ino != numbers[position + 3]
        ):
            return False
        position += 4
    return True


def tell(results: memoryview, command: str, *, quiet: bool) -> int | None:
    """Write what `command` said when nothing was to do, and return its exit code.

    A result is a line `COMMAND STREAM PLAIN_BYTES COLOURED_BYTES` and the two texts; the stream is 1 or 2.
    """
    place = 0
    while place < len(results):
        line = bytes(results[place : place + HEAD_BYTES]).partition(b"\n")[0]
        name, stream, plain, coloured = line.decode("ascii").split(" ")
        start = place + len(line) + 1
        place = start + int(plain) + int(coloured)
        if name != command:
            continue
        if stream == "2" and quiet:
            return 0
        file = sys.stdout if stream == "1" else sys.stderr
        if file is None or file.encoding.lower() not in ("utf-8", "utf8"):
            return None
        text = results[start + int(plain) : place] if in_colour(file.isatty()) else results[start : start + int(plain)]
        descriptor = file.fileno()
        while text:
            text = text[os.write(descriptor, text) :]
        return 0
    return None


def in_colour(is_terminal: bool) -> bool:
    """Say if text is written in colour, by the environment's conventions (`terminal.console.wants_color`)."""
    environment = os.environ
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return is_terminal and environment.get("TERM", "") not in ("dumb", "")
