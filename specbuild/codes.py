"""The stable codes of diagnostics: one row each, from which `specbuild explain` and the documentation are made.

A code once released keeps its meaning for ever. Ranges: 1xx reading TOML, 2xx spec fields, 3xx the graph, 4xx configuration,
5xx templates and requests, 6xx providers, services and replies, 7xx lock, records and local state, 8xx names, outputs and
the disk, 9xx everything else.
"""

from typing import NamedTuple


class Code(NamedTuple):
    """A code's `title` (a few words) and `explanation` (one paragraph: what it means, why it is so, what to do)."""

    title: str
    explanation: str


CODES: dict[str, Code] = {
    # 1xx reading TOML
    # 2xx spec fields
    # 3xx the graph
    # 4xx configuration
    # 5xx templates and requests
    # 6xx providers, services and replies
    # 7xx lock, records and local state
    # 8xx names, outputs and the disk
    "SB801": Code(
        "not a plain path inside the project",
        "An output is named by a path below the project's folder with single `/` between its components. "
        "Absolute paths, drives, backslashes, `.` and `..`, empty components, and a leading `~` or `-` are "
        "refused, because they could leave the project or mean something else to another program. Write the "
        "plain path.",
    ),
    "SB802": Code(
        "a name that some system can't hold",
        "Windows has device names (CON, NUL, COM1, …, with any extension), forbidden characters, short names "
        "such as GIT~1, and drops final dots and spaces; file systems limit a component to 255 bytes, and a "
        "path here to 1,024 bytes and 64 components. A project with such a name could not be checked out "
        "everywhere. Take another name.",
    ),
    "SB803": Code(
        "a name with hidden characters",
        "Control, bidirectional, zero-width, private and blank characters other than the space can't be seen "
        "in a name or are obeyed by a terminal; two names could look the same. Take the character out.",
    ),
    "SB804": Code(
        "a name in another Unicode spelling",
        "The same letters can be spelled composed or decomposed; some systems take both for one file and some "
        "for two. Names are written composed (NFC): the hint shows the name so.",
    ),
    "SB805": Code(
        "a name inside a `.git` folder",
        "git keeps its own files there, hooks that it runs among them. No configuration allows this. Take "
        "another name.",
    ),
    "SB806": Code(
        "a name of specbuild's own",
        "The lock, the records, the local state and temporary files are written by specbuild only; a reply "
        "that could replace them could change what is built. No configuration allows this. Take another name.",
    ),
    "SB807": Code(
        "a name that steers a tool",
        "Some files are obeyed unasked: by test runners (conftest.py), package managers, git, CI, editors, "
        "shells and assistants. Generated text may be such a file only if the person who runs specbuild "
        "allows it: add a pattern to `allow_outputs` in your own configuration. A repository can't allow it.",
    ),
    # 9xx everything else
}
