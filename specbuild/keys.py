"""The key under which a reply is kept: a hash of what the model sees, and of nothing else (FORMATS: Reply key).

A request in, its key out. Must not know how a request is sent, nor how a reply is stored.
"""

from collections.abc import Mapping
from typing import NewType

from specbuild.canonical_json import CanonicalError, Json, digest
from specbuild.request import Request

ReplyKey = NewType("ReplyKey", str)
"""64 lower-case hex digits."""

KEY_VERSION = 1
"""Stands in every key. A new number makes every kept reply unknown: a decision, never a side effect."""

EXCLUDED_NAMES = frozenset(
    {
        # how the answer is delivered
        "stream",
        "stream_options",
        # who asks, and what the service notes about it
        "user",
        "safety_identifier",
        "metadata",
        "store",
        "service_tier",
        # how the call is made
        "timeout",
        "timeout_s",
        "timeouts",
        "request_timeout",
        "headers",
        "extra_headers",
        "default_headers",
    }
)
"""Top-level names of a body that the model does not see."""
EXCLUDED_PREFIX = "prompt_cache_"
"""Every name that begins so is excluded too."""
OUTPUT_LIMIT = "max_output_tokens"
OUTPUT_LIMIT_NAMES = frozenset({OUTPUT_LIMIT, "max_tokens", "max_completion_tokens"})
"""What endpoints call the output limit; the key knows one name for it."""


def reply_key(request: Request) -> ReplyKey:
    """Return the key under which the reply to `request` is kept: 64 lower-case hex digits.

    It is the SHA-256 of the canonical JSON of the logical body, the service label and the sample number. It covers all
    that the model sees and nothing else, so a new release of specbuild finds the replies of an old one.

    Raises CanonicalError if the request holds a NaN, an infinity, a lone surrogate or a non-string key.
    """
    return ReplyKey(
        digest(
            {
                "key_version": KEY_VERSION,
                "service": request.service,
                "sample": request.sample,
                "body": logical_body(request.body),
            }
        )
    )


def logical_body(body: Mapping[str, Json]) -> dict[str, Json]:
    """Return `body` as the key and the record have it: without the excluded names, the output limit under one name.

    Only names at the top level are looked at; every other parameter stays, unknown ones too. Doing it twice changes
    nothing. Raises CanonicalError if two names of the output limit have different values.
    """
    logical: dict[str, Json] = {}
    for name, value in body.items():
        if name in EXCLUDED_NAMES or name.startswith(EXCLUDED_PREFIX):
            continue
        kept = OUTPUT_LIMIT if name in OUTPUT_LIMIT_NAMES else name
        if kept == OUTPUT_LIMIT and logical.get(kept, value) != value:
            raise CanonicalError(f"$.{name}: the output limit is named twice, with {logical[kept]!r} and {value!r}")
        logical[kept] = value
    return logical
