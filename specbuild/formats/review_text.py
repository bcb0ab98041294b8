"""What reviews found, as text for people and JSON for machines."""

from collections.abc import Sequence
from typing import Protocol

from specbuild.canonical_json import Json
from specbuild.review import Finding, Severity
from specbuild.styled_text import Span, Style


class Opinion(Protocol):
    """What was found in one target's outputs; `read`: by a model too."""

    @property
    def id(self) -> str: ...
    @property
    def findings(self) -> Sequence[Finding]: ...
    @property
    def read(self) -> bool: ...


_STYLES: dict[Severity, Style] = {"error": "error", "warning": "warning", "note": "faint"}


def review_text(opinions: Sequence[Opinion]) -> list[Span]:
    """Return a line for each finding, as compilers print theirs, and one for each target."""
    spans: list[Span] = []
    for one in opinions:
        for finding in one.findings:
            spans += [
                Span(f"{finding.name}:{finding.line}: "),
                Span(finding.severity, _STYLES[finding.severity]),
                Span(f": {finding.text}\n"),
            ]
        spans += [Span(one.id, "strong"), Span(f": {_counted(one.findings)}{'' if one.read else ', by rules alone'}\n")]
    return spans


def review_json(opinions: Sequence[Opinion]) -> Json:
    """Return one object for each target."""
    return [
        {
            "id": one.id,
            "read": one.read,
            "findings": [
                {"severity": finding.severity, "path": finding.name, "line": finding.line, "text": finding.text}
                for finding in one.findings
            ],
        }
        for one in opinions
    ]


def _counted(findings: Sequence[Finding]) -> str:
    counts = {severity: sum(one.severity == severity for one in findings) for severity in _STYLES}
    told = [f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts.items() if count]
    return ", ".join(told) or "no findings"
