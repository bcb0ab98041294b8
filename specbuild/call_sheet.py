"""An answer with calls of tools as a person writes it: plain text, in which a long argument needs no quoting.

In go a request's tools, its key and what was written; out come a text that says how to write, a Reply as a service
would have given it, or what is to be mended. Calls that were made before are shown in the same form.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from specbuild.canonical_json import Json, canonical_json
from specbuild.keys import ReplyKey
from specbuild.line_lists import lines_of
from specbuild.reply import Reply

MARKER_LENGTH = 12
"""So many digits of the request's key stand in every line of the form: text that an answer quotes is never one."""


class Unreadable(NamedTuple):
    """What is to be mended in an answer, and in which of its lines, from 1."""

    line: int
    message: str


def instructions(tools: Sequence[Json], key: ReplyKey) -> str:
    """Return how an answer to the request is written, and each of its tools with its parameters."""
    return _HOW.replace("MARKER", key[:MARKER_LENGTH]) + "".join(map(_tool_text, tools))


def written_calls(calls: Sequence[Json], key: ReplyKey) -> str:
    """Return calls of an earlier reply as an answer to this request would have them."""
    return "".join(_call_text(call, key[:MARKER_LENGTH]) for call in calls)


def reply_of(text: str, key: ReplyKey) -> Reply | Unreadable:
    """Return the reply that an answer stands for. Without a line of the form it is content alone.

    Arguments that are no JSON object stay as they were written: what becomes of them is for the tools to say, as with
    any model.
    """
    marker = key[:MARKER_LENGTH]
    said: list[str] = []
    reasoning: list[str] = []
    calls: list[_Call] = []
    ended, into = 0, said
    lines = [str(line) for line in lines_of(text)]
    for number, line in enumerate(lines, 1):
        own = _OWN.match(line)
        what = _WHAT.fullmatch(own[2].rstrip()) if own else None
        if own is None or (own[1] != marker and (into is not said or what is None or what[2] != "call:")):
            into.append(line)
            continue
        fault = _fault(own[1], marker, what, calls) or (f"line {ended} ended the answer already" if ended else "")
        if fault or what is None:
            return Unreadable(number, fault)
        if what[2] == "call:":
            calls.append(_Call(what[3], [], {}))
            into = calls[-1].arguments
        elif what[2] == "argument:":
            into = calls[-1].texts[what[3]] = []
        else:
            ended, into = (number, said) if what[1] == "end" else (0, reasoning)
    if into is not said:
        return Unreadable(len(lines) + 1, f"the answer's last line is missing: {_line(marker, 'end')}")
    if not ended:
        return Reply(text)
    made = tuple(call.value(f"call_{marker}_{number}") for number, call in enumerate(calls, 1))
    thoughts = {"reasoning": "".join(reasoning)} if reasoning else {}
    return Reply("".join(said).strip("\n"), "tool_calls" if made else "stop", made, thoughts)


class _Call(NamedTuple):
    """A call as it was written: the lines of its JSON, and those of each argument in a block of its own."""

    name: str
    arguments: list[str]
    texts: dict[str, list[str]]

    def value(self, call_id: str) -> Json:
        """Return the call as a service sends it."""
        return {"id": call_id, "type": "function", "function": {"name": self.name, "arguments": self._written()}}

    def _written(self) -> str:
        text = "".join(self.arguments).strip()
        blocks = {name: "".join(lines) for name, lines in self.texts.items()}
        try:
            found = json.loads(text or "{}")
            if isinstance(found, dict):
                return canonical_json({**found, **blocks})
        except (ValueError, RecursionError):  # what has no canonical form is a ValueError
            pass
        return "\n".join([text, *blocks.values()])


_OWN = re.compile(r"=== specbuild:([0-9a-f]{12})(?![0-9a-f])(.*)")
_WHAT = re.compile(r" (?:(reasoning|end)|(call:|argument:) *(\S+)) ===")
_KINDS = ("call: NAME", "argument: NAME", "reasoning", "end")

_HOW = """\
# A request that waits for your reply

You are the assistant in the conversation below. Your next reply is asked for, one and no more: it says what you do now,
by calls of the tools that stand here. Write it as UTF-8 text into a file named `REPLY` in the folder of this file. A
program reads it, does the calls in their order, and lays out another request with what they returned; nothing else has
an effect. A `REPLY` that is not empty counts as finished; who writes it in pieces writes another name and renames it at
the end.

## How your reply is written

```text
What you say, in a sentence or two; it may be left out.
=== specbuild:MARKER call: some_tool ===
{"path": "an/example.txt", "first": 3}
=== specbuild:MARKER argument: text ===
A text that is an argument stands here as it is,
"quotes", \\backslashes and empty lines too: nothing is escaped.
=== specbuild:MARKER call: another_tool ===
=== specbuild:MARKER end ===
```

* Each line that begins with `=== specbuild:MARKER` stands on a line of its own, exactly so; the one with `end` comes
  last.
* Below a `call` line stand the call's arguments as one JSON object; nothing there means none.
* An argument that is a text may stand below an `argument` line in place of the JSON: its value is all lines up to the
  next `===` line of this request, each with the newline at its end. A text that ends without one stands in the JSON.
* Thoughts that are kept but are no part of the reply may stand below a line `=== specbuild:MARKER reasoning ===`,
  before the first call.
* A reply without any such line says something and calls nothing.
* Around the whole there is no code fence.

## The tools

"""


def _fault(found: str, marker: str, what: re.Match[str] | None, calls: Sequence[_Call]) -> str:
    """Return what is to be mended in a line of the form, "" if nothing is."""
    if found != marker:
        return f"that line is for another request: those of this one begin with === specbuild:{marker}"
    if what is None:
        return f"a line that begins like this is one of: {', '.join(_line(marker, kind) for kind in _KINDS)}"
    if what[2] == "argument:" and (not calls or what[3] in calls[-1].texts):
        where = f"stands there already for {calls[-1].name}" if calls else "has no call above it"
        return f"the argument {what[3]} {where}"
    return ""


def _line(marker: str, what: str) -> str:
    return f"=== specbuild:{marker} {what} ==="


def _tool_text(tool: Json) -> str:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    if not isinstance(function, Mapping):
        return f"`{canonical_json(tool)}`\n\n"
    schema = canonical_json(function.get("parameters", {}))
    return f"### {function.get('name')}\n\n{function.get('description', '')}\n\nIts arguments: `{schema}`\n\n"


def _call_text(call: Json, marker: str) -> str:
    function = call.get("function") if isinstance(call, Mapping) else None
    function = function if isinstance(function, Mapping) else {}
    written = str(function.get("arguments", ""))
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        found = None
    texts = {}
    if isinstance(found, dict):
        texts = {name: value for name, value in found.items() if isinstance(value, str) and value.endswith("\n")}
        rest = {name: value for name, value in found.items() if name not in texts}
        written = canonical_json(rest) if rest else ""
    blocks = "".join(_line(marker, f"argument: {name}") + "\n" + text for name, text in texts.items())
    return "\n".join([_line(marker, f"call: {function.get('name')}"), *([written] if written else []), blocks])
