"""A request: the complete logical body that the model would see, with the two labels that belong to its key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from specbuild.canonical_json import Json
from specbuild.reply import Reply


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked.

    `body` holds `model`, `messages` (each with `role` and one string `content`) and only those parameters that somebody
    named; the output limit stands as `max_output_tokens`. `service` is the project's label, `sample` counts from 0.
    """

    body: Mapping[str, Json]
    service: str
    sample: int = 0

    @property
    def model(self) -> str:
        """The model's name as the body has it."""
        model = self.body["model"]
        assert isinstance(model, str)
        return model


def next_body(body: Mapping[str, Json], reply: Reply, append: Sequence[Json]) -> dict[str, Json]:
    """Return the body of a conversation's next turn: `body`, its reply as assistant message, and the messages
    `append`.
    """
    messages = body["messages"]
    assert isinstance(messages, Sequence) and not isinstance(messages, str)
    answered: dict[str, Json] = {"role": "assistant", "content": reply.content}
    if reply.tool_calls:
        answered["tool_calls"] = reply.tool_calls
    return {**body, "messages": [*messages, answered, *append]}
