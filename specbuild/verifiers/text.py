"""Generated text holds no character that hides or steers: NUL, escape codes, bidirectional controls, invisible characters."""

from collections.abc import Mapping

from specbuild.target import Target
from specbuild.text_safety import text_faults
from specbuild.verifier import Verdict

MOST_SHOWN = 10


def verify(files: Mapping[str, str], target: Target) -> Verdict:
    """Judge every file; at most ten faults a file are named."""
    messages = [
        f"{name}:{fault.line}:{fault.column}: {fault.kind} character"
        for name, text in sorted(files.items())
        for fault in text_faults(text)[:MOST_SHOWN]
    ]
    return Verdict("text", "failed" if messages else "passed", tuple(messages))
