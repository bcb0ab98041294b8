"""What a build would do, as one value: a line per target, totals of calls, tokens and cost, and the findings of
`check`.

In: decisions with their reasons and estimates. Out: values that `formats` print. It decides nothing.
"""

from dataclasses import dataclass

from specbuild.decision import Calls, State
from specbuild.why import Reason

ORDER: tuple[State, ...] = (
    "invalid", "conflict", "edited", "held", "failed", "blocked",
    "call", "maybe", "recheck", "replay", "orphan", "fresh",
)  # fmt: skip
"""The order in which states are shown: what needs a person first, what needs nothing last."""


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What a build would do with one target. `local`: true of this clone only, another may hold other replies."""

    id: str
    state: State
    row: int
    reasons: tuple[Reason, ...]
    calls: Calls
    tokens: int | None = None
    cost: float | None = None
    local: bool = False
    finding: bool = False
    outputs: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """The reasons as one text."""
        return "; ".join(reason.text for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Plan:
    """All lines, in the order of needs."""

    lines: tuple[PlanLine, ...]

    @property
    def calls(self) -> Calls:
        """The calls of the whole build: least, expected, most."""
        calls = [line.calls for line in self.lines]
        return Calls(
            sum(one.least for one in calls), sum(one.expected for one in calls), sum(one.most for one in calls)
        )

    @property
    def findings(self) -> tuple[PlanLine, ...]:
        """The lines that make `check` exit with 1."""
        return tuple(line for line in self.lines if line.finding)

    @property
    def stale(self) -> tuple[PlanLine, ...]:
        """The lines that are not fresh."""
        return tuple(line for line in self.lines if line.state != "fresh")

    def by_state(self) -> tuple[tuple[State, tuple[PlanLine, ...]], ...]:
        """Return the lines sorted into their states, in `ORDER`; states without a line are left out."""
        groups = ((state, tuple(line for line in self.lines if line.state == state)) for state in ORDER)
        return tuple((state, lines) for state, lines in groups if lines)


def is_finding(state: State, *, disk_absent_only: bool, commit_outputs: bool) -> bool:
    """Tell whether `check` counts a state as a finding.

    A blocked or maybe target is none: its cause is one. Outputs that are merely absent count only if the project
    commits them.
    """
    if state in ("fresh", "blocked", "maybe"):
        return False
    if state == "replay" and disk_absent_only:
        return commit_outputs
    return True
