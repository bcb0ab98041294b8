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
    # 9xx everything else
}
