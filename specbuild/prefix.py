"""A reply that begins as the request says: the parameter `prefix`, and what a stop sequence took away at the end.

Bodies and replies in, bodies and replies out. In the key and in records a request has the prefix as a parameter, and a
reply is the assistant's whole message, so that it is the same whoever was asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from specbuild.canonical_json import Json
from specbuild.fences import fenced
from specbuild.reply import Reply

PREFIX = "prefix"
"""The parameter: a text that the assistant's message is to begin with. A value that is no text is sent as it is."""


def continued_body(body: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return `body` as a service is asked that completes a beginning: as the last message, the assistant's, marked
    `"prefix": true` (DeepSeek's chat prefix completion and Mistral's; others go on with any last assistant message).
    """
    prefix, messages = _prefix(body), body["messages"]
    if not prefix or not isinstance(messages, Sequence) or isinstance(messages, str):
        return body
    begun: dict[str, Json] = {"role": "assistant", "content": prefix, "prefix": True}
    return {**{name: value for name, value in body.items() if name != PREFIX}, "messages": [*messages, begun]}


def whole_reply(reply: Reply, body: Mapping[str, Json]) -> Reply:
    """Return `reply` to the request `body` as the assistant's whole message.

    The prefix is put in front, unless the service sent it too. A fence that is open at the end of a finished reply gets
    its closing line back if a stop sequence is one: the service ends the text before it. An empty reply stays empty.
    """
    if not reply.content.strip():
        return reply
    prefix = _prefix(body)
    content = reply.content if reply.content.startswith(prefix) else prefix + reply.content
    if reply.finish_reason == "stop" and not _is_closed(content):
        line_end = "" if content.endswith("\n") else "\n"
        endings = (f"{content}{line_end}{stop.strip()}\n" for stop in _stops(body) if "\n" not in stop.strip())
        content = next((one for one in endings if _is_closed(one)), content)
    return replace(reply, content=content)


def _prefix(body: Mapping[str, Json]) -> str:
    prefix = body.get(PREFIX)
    return prefix if isinstance(prefix, str) else ""


def _stops(body: Mapping[str, Json]) -> list[str]:
    stop = body.get("stop")
    listed = [stop] if isinstance(stop, str) else stop if isinstance(stop, Sequence) else []
    return [one for one in listed if isinstance(one, str) and one.strip()]


def _is_closed(content: str) -> bool:
    fences = fenced(content.replace("\r\n", "\n"))
    return not fences or fences[-1].closed
