"""The exit codes of the `specbuild` command: the one list, from which the documentation is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specbuild.progress import Ending

SUCCESS = 0
FINDING = 1
USAGE = 2
INTERNAL = 3
MISSING_REPLY = 4
LIMIT = 5
INBOX = 6
NO_SANDBOX = 69
INTERRUPTED = 130

EXIT_CODES: dict[int, str] = {
    SUCCESS: "success, or nothing to do; an edited or held output that a build keeps is no failure",
    FINDING: "a finding (check, plan --exit-code, diff --exit-code, --locked) or a failed target",
    USAGE: "a usage, configuration or spec error, found before any work",
    INTERNAL: "an internal error",
    MISSING_REPLY: "nothing may be asked (--offline, replay) and a reply is missing",
    LIMIT: "stopped by a limit (--max-calls, --max-tokens, --max-cost)",
    INBOX: "waiting for replies in the inbox",
    NO_SANDBOX: "something must run and no sandbox starts",
    INTERRUPTED: "interrupted; everything finished is kept",
}

ENDING_CODES: tuple[tuple[Ending, int], ...] = (
    ("stopped", LIMIT),
    ("missing", MISSING_REPLY),
    ("failed", FINDING),
    ("waiting", INBOX),
    ("blocked", FINDING),
)
"""What the endings of targets mean; of several the first of this list decides. A person's text that is kept is none."""


def of_endings(endings: Mapping[Ending, int]) -> int:
    """Return the exit code of a run in which so many targets ended so."""
    return next((code for ending, code in ENDING_CODES if endings.get(ending)), SUCCESS)
