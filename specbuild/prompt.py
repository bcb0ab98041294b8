"""What a prompt is made of and what comes of it, as values; and the two things known of a request without rendering.

Values in, values out. It knows no template engine: planning and the trace way import this module only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from specbuild.blocks import marker_of
from specbuild.canonical_json import Json
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.keys import OUTPUT_LIMIT, OUTPUT_LIMIT_NAMES
from specbuild.request import Request

LAST_PART = "# How to answer\n"
"""The fixed first line of an edition's last part: the one that carries the marker and the names of the files."""


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file, or the interface of one, that the prompt shows. `path` is relative to the target's directory, for a
    context file to the project; `language` is a fence's info string, "" for none.
    """

    path: str
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class ShownExample:
    """An example that is not hidden. What is None is not compared; files map relative paths to texts."""

    args: tuple[str, ...] = ()
    stdin: str = ""
    stdout: str | None = None
    stderr: str | None = None
    exit_code: int = 0
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    expect_files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptFields:
    """All that a prompt may show of one target, under the names that a template uses. None or () where a spec says
    nothing.

    `outputs` are the names of the files to return, as declared. Neither an id nor a spec's path is here, so moving a
    spec changes no request.
    """

    name: str
    language: str
    description: str
    requirements: str
    outputs: tuple[str, ...]
    specs: str | None = None
    hints: str | None = None
    dependencies: tuple[str, ...] | None = None
    interface: str | None = None
    needs: tuple[ShownFile, ...] = ()
    context: tuple[ShownFile, ...] = ()
    examples: tuple[ShownExample, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """A prompt's messages (each with `role` and `content`) and the marker that their last part asks for."""

    messages: tuple[Mapping[str, str], ...]
    marker: str


def request_of(
    rendered: RenderedPrompt, *, model: str, service: str, parameters: Mapping[str, Json], sample: int = 0
) -> Request:
    """Return the request that asks `rendered` of `model` with the named `parameters` and nothing else.

    The output limit goes in as `max_output_tokens`, under whichever of its names it was given. Raises DiagnosticError
    (SB507) for a parameter that specbuild writes itself, or for an output limit named twice.
    """
    body: dict[str, Json] = {"model": model, "messages": rendered.messages}
    for written, value in parameters.items():
        name = OUTPUT_LIMIT if written in OUTPUT_LIMIT_NAMES else written
        if name in body or name in ("tools", "tool_choice", "functions"):
            why = (
                "specbuild writes this part of the request itself" if name != OUTPUT_LIMIT else "one limit has one name"
            )
            what = f"the parameter {written!r} can't be set here"
            raise DiagnosticError(Diagnostic("SB507", what, why=why, hint="remove the parameter"))
        body[name] = value
    return Request(body, service, sample)


def marker_in(messages: Sequence[Mapping[str, Json]]) -> str | None:
    """Return the marker of a conversation's first request, from its messages; None if they have no last part.

    It is `marker_of` the message texts up to where the last line LAST_PART of the last message begins.
    """
    texts = [text if isinstance(text := message.get("content"), str) else "" for message in messages]
    start = f"\n{texts[-1]}".rfind(f"\n{LAST_PART}") if texts else -1
    return None if start < 0 else marker_of([*texts[:-1], texts[-1][:start]])


_REFERENCE = re.compile(r"""\{%[-+]?\s*(?:include|extends|import|from)\s+("[^"\n]*"|'[^'\n]*')""")


def included(source: str) -> tuple[str, ...]:
    """Return the names that a template's `source` includes, extends or imports, in order, each once.

    Only literal names count: a template can reach what its files name and nothing else. Names inside of comments count
    too.
    """
    return tuple(dict.fromkeys(found[1][1:-1] for found in _REFERENCE.finditer(source)))
