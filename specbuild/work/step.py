"""One target on the walk: its decision, and all that led to it. Holds only; deciding is the walk's work."""

from dataclasses import dataclass

from specbuild.comparison import Difference
from specbuild.components import Components
from specbuild.decision import Decision, Facts
from specbuild.diagnostic import Diagnostic
from specbuild.fitting import Fit
from specbuild.stanza import Stanza
from specbuild.target import Target
from specbuild.why import Reason
from specbuild.work.conversation import Conversation
from specbuild.work.observe import Observation
from specbuild.work.prompts import Prepared
from specbuild.work.question import Lineage


@dataclass(frozen=True, slots=True)
class Step:
    """One target with its decision and all that led to it. `problem` says why no request could be made of it, `lineage`
    what its answer will be."""

    target: Target
    decision: Decision
    reasons: tuple[Reason, ...]
    facts: Facts
    components: Components
    fit: Fit | None
    home: Stanza | None
    observation: Observation
    differences: tuple[Difference, ...] = ()
    prepared: Prepared | None = None
    conversation: Conversation | None = None
    problem: Diagnostic | None = None
    lineage: Lineage = Lineage()

    @property
    def reason(self) -> str:
        """The reasons as one text."""
        return "; ".join(reason.text for reason in self.reasons)
