"""How a request is written for one service: never what it says, so nothing of this is part of a key.

The output limit goes out as `max_tokens`, the name that compatible servers know, and to OpenAI itself as
`max_completion_tokens`. A service that refuses a way of writing is asked in a simpler one; who remembers that is the
provider.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from specbuild.canonical_json import Json, canonical_json
from specbuild.service_fault import ServiceFault

_REFUSALS = (400, 404, 415, 422, 501)
_LIMIT_NAMES = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


class Dialect(NamedTuple):
    """What a service understands: streaming, the option that streams usage too, and its name for the output limit."""

    stream: bool
    stream_options: bool
    limit_name: str


def first_dialect(base_url: str, *, stream: bool) -> Dialect:
    """Return what to begin with at `base_url`."""
    own = re.match(r"https://(?:[^/@]+\.)?openai\.com(?::443)?(?:/|$)", base_url, re.IGNORECASE)
    return Dialect(stream, True, "max_completion_tokens" if own else "max_tokens")


def wire_body(body: Mapping[str, Json], dialect: Dialect) -> bytes:
    """Return the bytes to send: the canonical JSON that was hashed, but for the names that are no part of the key.

    Raises CanonicalError as `canonical_json` does.
    """
    sent = {
        (dialect.limit_name if name == "max_output_tokens" else name): value
        for name, value in body.items()
        if name not in ("stream", "stream_options")
    }
    if dialect.stream:
        sent["stream"] = True
        if dialect.stream_options:
            sent["stream_options"] = {"include_usage": True}
    return canonical_json(sent).encode("utf-8")


def simpler_dialect(dialect: Dialect, fault: ServiceFault) -> Dialect | None:
    """Return the next way to try at a service that refused `dialect`, or None if `fault` is about something else."""
    if fault.status not in _REFUSALS:
        return None
    said = f"{fault.parameter or ''} {fault.message}".lower()
    if dialect.stream and dialect.stream_options and "stream_options" in said:
        return dialect._replace(stream_options=False)
    if dialect.stream and re.search(r"\bstream", said):
        return dialect._replace(stream=False)
    other = _LIMIT_NAMES[dialect.limit_name]
    if fault.parameter == "max_output_tokens" and (other in said or "unsupported" in said):
        # As OpenAI says it: Unsupported parameter: 'max_tokens' … Use 'max_completion_tokens' instead.
        return dialect._replace(limit_name=other)
    return None
