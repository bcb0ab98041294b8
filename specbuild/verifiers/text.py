"""Generated text holds no character that hides or steers: NUL, escape codes, bidirectional controls, invisible
characters.
"""

from collections.abc import Mapping

from specbuild.target import Target
from specbuild.text_safety import text_faults
from specbuild.trial import Bench
from specbuild.verifier import Verdict

MOST_SHOWN = 10


def verify(files: Mapping[str, str], target: Target, *, bench: Bench) -> Verdict:
    """Judge every file; at most ten faults a file are named.

    Bytes that are no UTF-8 can't get here: a reply is text, and its lone surrogates became U+FFFD when it was received.
    """
    messages = [
        f"{name}:{fault.line}:{fault.column}: {fault.kind} character (U+{ord(fault.character):04X})"
        for name, text in sorted(files.items())
        for fault in text_faults(text)[:MOST_SHOWN]
    ]
    return Verdict("text", "failed" if messages else "passed", tuple(messages))
