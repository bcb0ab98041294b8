"""What a command found as Markdown for the summary page of a CI job. Nothing in it can become markup, whatever a spec
says."""

import re
from collections.abc import Sequence

from specbuild.formats.annotation import Annotation
from specbuild.text_safety import printable

MOST_ROWS = 200
"""A page takes 1 MiB of a step; nobody reads more rows than these."""
_LONGEST = 300
_STARTS_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&@:])")


def step_summary(command: str, headline: str, annotations: Sequence[Annotation]) -> str:
    """Return a title, the `headline`, and a table with a row for each remark."""
    parts = [f"### specbuild {command}", "", _cell(headline), ""]
    if annotations:
        parts += ["| what | where | message |", "| --- | --- | --- |"]
        parts += [
            f"| {one.severity} {_cell(one.title)} | {_cell(str(one.place or ''))} | {_cell(one.message)} |"
            for one in annotations[:MOST_ROWS]
        ]
        if len(annotations) > MOST_ROWS:
            parts.append(f"| | | {len(annotations) - MOST_ROWS} more |")
        parts.append("")
    return "\n".join([*parts, ""])


def _cell(text: str) -> str:
    one_line = " ".join(printable(text, keep_newlines=False).split())
    return _STARTS_MARKUP.sub(r"\\\1", one_line[:_LONGEST])
