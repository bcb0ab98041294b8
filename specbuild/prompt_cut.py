"""Did the service count far fewer tokens than the prompt can have? Then it cut the prompt, and answered something else.

Servers with a small context do so without a word. A body and a count in, a sentence or None out.
"""

import re
from collections.abc import Mapping, Sequence

from specbuild.canonical_json import Json
from specbuild.cost import estimated_input
from specbuild.reply import Usage

_LEAST_TOKENS = 500
"""A shorter prompt fits into any context; a count below is the oddity of a gateway."""
_FAR_UNDER = 0.5
"""Half the estimate is eight bytes for each token: twice what the tokenizers of today reach on prose or code."""


def prompt_cut(body: Mapping[str, Json], usage: Usage) -> str | None:
    """Return why the reply to `body` answers only a part of it, by the tokens of input that the service counted; None
    if the count is plausible, or not known (0 says as little as nothing).

    A run of one character may be a single token, so it counts as one character.
    """
    if not usage.input:
        return None
    messages = body.get("messages")
    if not isinstance(messages, Sequence) or isinstance(messages, str):
        return None
    if usage.input >= estimated_input({"messages": messages}) * _FAR_UNDER:
        return None  # squeezed it would only be less, and squeezing takes its time
    least = estimated_input({"messages": [_squeezed(one) for one in messages]})
    if least < _LEAST_TOKENS or usage.input >= least * _FAR_UNDER:
        return None
    return f"the service read {usage.input} tokens of a prompt of about {least}: it cut the rest off"


def _squeezed(message: Json) -> Json:
    content = message.get("content") if isinstance(message, Mapping) else None
    if not isinstance(message, Mapping) or not isinstance(content, str):
        return message
    return {**message, "content": re.sub(r"(.)\1+", r"\1", content, flags=re.DOTALL)}
