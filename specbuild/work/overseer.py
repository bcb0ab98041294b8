"""Who watches an agent: each action is shown before it is done, and the answer decides."""

from typing import NamedTuple, Protocol

from specbuild.agent_tools import Call, Files


class Action(NamedTuple):
    """What an agent wants to do: in which of its replies, by which call, and the files before and after it. `said` is
    what it said beside its calls, told with the first of them."""

    target_id: str
    step: int
    call: Call
    before: Files
    after: Files
    said: str = ""


class Overseer(Protocol):
    """Decides about actions. Its methods are called from the thread that works on the target."""

    def asks(self, action: Action) -> str:
        """Return "go", "skip" (it is not done, and the agent is told so), "stop", or any other text: a word to the
        agent, in place of the action."""

    def refused(self, target_id: str, step: int, call: Call, result: str) -> None:
        """Take in that a call can't be done, whoever watches, and what the agent is told."""

    def done(self, target_id: str, call: Call, result: str) -> None:
        """Take in what came of a call."""
