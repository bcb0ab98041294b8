"""What a model is told after a failed attempt: the failed verdicts as the next message of the same conversation.

In: verdicts, the marker and the declared names. Out: one message. Its wording is part of edition 1.
"""

from collections.abc import Mapping, Sequence

from specbuild.canonical_json import Json
from specbuild.verifier import Verdict


def repair_messages(verdicts: Sequence[Verdict], *, marker: str, names: Sequence[str]) -> list[Mapping[str, Json]]:
    """Return the messages that are appended after the failed reply: only failures are told, in the order of judging."""
    parts = ["The answer above can't be used yet. What was found:", ""]
    for verdict in verdicts:
        if verdict.outcome == "failed":
            parts += ["* " + message.replace("\n", "\n  ") for message in verdict.messages]
    parts += ["", "Answer again with every file whole and corrected, in the same form as before:", ""]
    for name in names:
        parts += [f"=== specbuild:{marker} file: {name} ===", f"(the complete text of {name})"]
        parts += [f"=== specbuild:{marker} end ==="]
    return [{"role": "user", "content": "\n".join([*parts, ""])}]
